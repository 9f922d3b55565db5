// Why a source was given its class: pictures of what counted, on the pixels of its cutout.
#ifndef SKYCLASS_WORK_EXPLAIN_H
#define SKYCLASS_WORK_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "classifier/model.h"
#include "sky/image/bands.h"
#include "sky/image/local_plane.h"
#include "sky/source/source.h"

typedef enum ExplainMethod {
    EXPLAIN_GRADCAM,        // class_map.h
    EXPLAIN_GUIDED,         // guided backpropagation
    EXPLAIN_GUIDED_GRADCAM, //
    EXPLAIN_GRADIENT,       // dy/dinput
    EXPLAIN_OCCLUSION,      // how much the class's score falls while a patch is covered
    EXPLAIN_METHOD_COUNT
} ExplainMethod;

// "gradcam", "guided", "guided-gradcam", "gradient", "occlusion".
const char *explain_method_name(ExplainMethod method);
bool explain_method_find(const char *name, ExplainMethod *method);

enum { EXPLAIN_LAYER_SIZE = 48, EXPLAIN_PLANE_SIZE = 32 };

typedef struct ExplainOptions {
    ExplainMethod method;           // [gradcam]
    size_t class;                   // from 1; 0: the class that each source is given [0]
    char layer[EXPLAIN_LAYER_SIZE]; // whose maps Grad-CAM looks at; "": the last [""]
    // Of occlusion: the side of the square that is covered by the median of the cutout's outermost
    // pixels, band by band; by how much it moves; and whether bands are covered one at a time.
    size_t patch;     // pixels; 0: a sixth of the cutout, 3 at least [0]
    size_t stride;    // pixels; 0: half the patch [0]
    bool each_band;   // [false]
    size_t n_threads; // 0: one a core
    const Progress *progress;
} ExplainOptions;

// Maps are of the model as a whole: of an ensemble the mean of its members' maps, each divided by
// its largest absolute value first. What could not be classified has a flag, class 0 and NaN maps.
typedef struct Explanation {
    ExplainOptions options; // progress is NULL
    size_t n, n_classes, n_planes, size;
    char (*planes)[EXPLAIN_PLANE_SIZE]; // what each plane is: "map", or a band or channel
    float *maps;                        // [n][n_planes][size][size], rows upwards
    float *scores;                      // [n][n_classes]
    size_t *classes;                    // [n] as classified, from 1; 0: not, or undecided
    size_t *explained;                  // [n] the class that the map is of, from 1; 0: none
    unsigned *flags;                    // [n] SOURCE_FLAG_ bits
    long (*corners)[2];                 // [n] x, y of the cutout's first pixel in the first band's
                                        // image, from 0
    char **ids;                         // [n]
    LocalPlane *planes_of_sky;          // [n] in the cutout's pixels
    bool *has_sky;                      // [n]
    char model_name[MODEL_NAME_SIZE], model_checksum[32];
} Explanation;

// The model is prepared, the list located on the bands (bands_locate). STATUS_USAGE where the class
// or the layer does not exist.
Status explain(const Model *model, Bands *bands, const SourceList *list,
               const ExplainOptions *options, Explanation **explanation, Error *error);
void explanation_free(Explanation *explanation);

// Writes the maps of some of the sources, indices[n], as FITS: one source's as the primary image,
// several as one extension each, called after its id. With the WCS of the field, and LTV1, LTV2
// that give the field's pixels; class, scores and method in the header.
Status explanation_write(const Explanation *explanation, const size_t *indices, size_t n,
                         const char *path, Error *error);

#endif
