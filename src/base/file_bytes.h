// Whole files as bytes.
#ifndef SKYCLASS_BASE_FILE_BYTES_H
#define SKYCLASS_BASE_FILE_BYTES_H

#include <stddef.h>

#include "base/error.h"

// Reads the regular file `path` into *bytes (free()) of *size bytes. `what` says in the error what
// the file should have been: "a model file". Errors do not name the path.
Status file_bytes_read(const char *path, const char *what, unsigned char **bytes, size_t *size,
                       Error *error);

#endif
