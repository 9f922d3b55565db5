// Output files that appear whole or not at all: written aside in the same directory, flushed to
// disk, then renamed over the old file.
#ifndef SKYCLASS_BASE_OUTPUT_FILE_H
#define SKYCLASS_BASE_OUTPUT_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

typedef struct OutputFile OutputFile;

// Starts writing `path`. A symbolic link is followed; a device or pipe is written directly. Ends
// with output_file_commit or output_file_discard, which free it.
Status output_file_open(const char *path, OutputFile **file, Error *error);

// Where to write. Write errors may be ignored until the commit, which finds them.
FILE *output_file_stream(OutputFile *file);

// Puts the new file in the old one's place. On failure the old file is untouched and nothing of
// the new one is left.
Status output_file_commit(OutputFile *file, Error *error);
void output_file_discard(OutputFile *file);

// The three in one for `size` bytes that are already in memory.
Status output_file_write(const char *path, const void *bytes, size_t size, Error *error);

#endif
