// The norms' shape, for those who gather statistics over a batch.
#ifndef SKYCLASS_NN_TYPES_NORM_H
#define SKYCLASS_NN_TYPES_NORM_H

#include "nn/layer_type.h"

NormShape norm_shape(const LayerView *view);

#endif
