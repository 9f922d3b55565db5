// A reader of Python pickles that knows tensors and nothing else: numbers, texts, tuples, lists,
// dictionaries, and the few names PyTorch writes for tensors. Nothing is executed; a pickle that
// asks for any other name is refused with a line that says which. Protocols 0 to 5, as far as
// saved weights use them (https://docs.python.org/3/library/pickletools.html).
#ifndef SKYCLASS_CLASSIFIER_IMPORT_PICKLE_H
#define SKYCLASS_CLASSIFIER_IMPORT_PICKLE_H

#include <stdint.h>

#include "base/error.h"
#include "classifier/import/tensor_view.h"

typedef struct Pickle Pickle; // owns all its values

typedef enum PickleKind {
    PICKLE_NONE,
    PICKLE_INTEGER, // also booleans
    PICKLE_REAL,
    PICKLE_TEXT, // also bytes
    PICKLE_TUPLE,
    PICKLE_LIST,
    PICKLE_DICTIONARY, // items: key, value, key, value, ...
    PICKLE_NAME,       // a global name PyTorch uses
    PICKLE_STORAGE,
    PICKLE_TENSOR,
} PickleKind;

typedef struct PickleStorage {
    ElementKind kind;
    const char *key; // which storage of the file
    size_t n;        // elements
    size_t offset;   // of a view into the keyed storage (old files), elements
} PickleStorage;

typedef struct PickleValue PickleValue;
struct PickleValue {
    PickleKind kind;
    int64_t integer;
    char *text; // NUL-terminated; bytes past a NUL inside are not seen
    size_t n_items;
    PickleValue **items;   // borrowed, as all values belong to the Pickle
    PickleStorage storage; // STORAGE, and TENSOR's
    TensorView view;       // TENSOR
};

// Reads the pickle at the start of bytes[size]; *used is its length.
Status pickle_read(const unsigned char *bytes, size_t size, Pickle **pickle, size_t *used,
                   Error *error);
void pickle_free(Pickle *pickle);
const PickleValue *pickle_root(const Pickle *pickle);

// Every storage the pickle names, in order, repeats included; free() the array, NULL without
// memory.
const PickleStorage **pickle_storages(const Pickle *pickle, size_t *n);

// The value of a text key, or NULL.
const PickleValue *pickle_lookup(const PickleValue *dictionary, const char *key);

#endif
