// Output files that appear whole or not at all: written aside in the same directory, flushed to
// disk, then renamed over the old file, whose permissions and owner they keep. Of two writers of
// one name both succeed and the last wins. A writer holds a lock on its file aside; one that nobody
// holds was left by a killed run, and the next writer of the same name removes it.
#ifndef SKYCLASS_BASE_OUTPUT_FILE_H
#define SKYCLASS_BASE_OUTPUT_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

typedef struct OutputFile OutputFile;

// Starts writing `path`. A symbolic link is followed to its end; a device, a pipe or an open
// descriptor (/dev/stdout, /dev/fd/N) is written directly and never replaced. Ends with
// output_file_commit or output_file_discard, which free it.
Status output_file_open(const char *path, OutputFile **file, Error *error);

// The same for a library that opens a file by its name and moves about in it: that is
// output_file_name, an empty file. What goes to a device is copied there by the commit.
Status output_file_open_named(const char *path, OutputFile **file, Error *error);
const char *output_file_name(const OutputFile *file);

// Where to write. Write errors may be ignored until the commit, which finds them.
FILE *output_file_stream(OutputFile *file);

// Puts the new file in the old one's place. On failure the old file is untouched and nothing of
// the new one is left.
Status output_file_commit(OutputFile *file, Error *error);
void output_file_discard(OutputFile *file);

// The three in one for `size` bytes that are already in memory.
Status output_file_write(const char *path, const void *bytes, size_t size, Error *error);

#endif
