// Keras' files, read in a process of its own: libhdf5 runs into invalid memory or endless loops on
// some damaged files, which then end that process and not the program.
#ifndef SKYCLASS_CLASSIFIER_IMPORT_KERAS_APART_H
#define SKYCLASS_CLASSIFIER_IMPORT_KERAS_APART_H

#include "classifier/import/keras_file.h"

// As keras_file_read; where libhdf5 fails over the file, or takes longer than half a minute, that
// is an error like others.
Status keras_file_read_apart(const unsigned char *bytes, size_t size, KerasFile *file,
                             Error *error);

bool keras_file_has_network(const unsigned char *bytes, size_t size); // not only weights

#endif
