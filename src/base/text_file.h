// Text files in whatever encoding they come, read whole as UTF-8.
#ifndef SKYCLASS_BASE_TEXT_FILE_H
#define SKYCLASS_BASE_TEXT_FILE_H

#include <stddef.h>

#include "base/error.h"

// Reads `path` into *text (NUL-terminated, free()) of *size bytes. UTF-8 (with or without byte
// order mark) and UTF-16 (with one) are recognised; bytes that are not UTF-8 are taken as Latin-1.
// NUL bytes in anything else mean that the file is not text, an error.
Status text_file_read(const char *path, char **text, size_t *size, Error *error);

// The bytes of `path` as they are, with a NUL after the last.
Status text_file_load(const char *path, char **bytes, size_t *size, Error *error);

// The decoding alone: *bytes is replaced. `name` is for the error.
Status text_file_decode(const char *name, char **bytes, size_t *size, Error *error);

#endif
