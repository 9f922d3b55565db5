// Files of a test's own: one directory a process, removed at its end.
#ifndef SKYCLASS_TESTS_SCRATCH_H
#define SKYCLASS_TESTS_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_directory_name[64];

static inline void scratch_remove(void)
{
    DIR *directory = opendir(scratch_directory_name);
    const struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL)
        (void)!unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory != NULL)
        closedir(directory);
    rmdir(scratch_directory_name);
}

static inline const char *scratch_directory(void)
{
    if (scratch_directory_name[0] == '\0') {
        snprintf(scratch_directory_name, sizeof scratch_directory_name, "/tmp/skyclass-XXXXXX");
        if (mkdtemp(scratch_directory_name) == NULL)
            abort();
        atexit(scratch_remove);
    }
    return scratch_directory_name;
}

// The path of `name` there; free().
static inline char *scratch_path(const char *name)
{
    const char *directory = scratch_directory();
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (path == NULL)
        abort();
    snprintf(path, size, "%s/%s", directory, name);
    return path;
}

// Writes `size` bytes to a new file `name` there and returns its path; free().
static inline char *scratch_write(const char *name, const void *bytes, size_t size)
{
    char *path = scratch_path(name);
    FILE *stream = fopen(path, "wb");
    if (stream == NULL || fwrite(bytes, 1, size, stream) != size || fclose(stream) != 0)
        abort();
    return path;
}

// The whole of a file, NUL-terminated; NULL when there is none. free().
static inline char *scratch_read(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return NULL;
    char *bytes = NULL;
    *size = 0;
    for (size_t room = 4096;; room *= 2) {
        bytes = realloc(bytes, room + 1);
        if (bytes == NULL)
            abort();
        *size += fread(bytes + *size, 1, room - *size, stream);
        if (*size < room)
            break;
    }
    bytes[*size] = '\0';
    fclose(stream);
    return bytes;
}

#endif
