#include "fuzz.h"

#include <dirent.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATHS_MAX = 8 };

static char directory[64];
static char paths[PATHS_MAX][160];

// wcslib 7.12's linset loses two small arrays where a header's matrix cannot be inverted; wcsfree
// does not know them. cfitsio 4.2 loses small blocks where a tile cannot be unpacked, in
// functions without names; that skyclass closes its files the unit tests show. So does HDF5.
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:linset\nleak:libcfitsio\nleak:libhdf5";
}

// A block of more than 1 GB is as good as one that there is no memory for; that must be survived.
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}

static void remove_directory(void)
{
    DIR *files = opendir(directory);
    const struct dirent *entry;
    while (files != NULL && (entry = readdir(files)) != NULL)
        (void)!unlinkat(dirfd(files), entry->d_name, 0);
    if (files != NULL)
        closedir(files);
    rmdir(directory);
}

static void make_directory(void)
{
    const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(directory, sizeof directory, "%s/skyclass-fuzz-XXXXXX", place);
    if (mkdtemp(directory) == NULL)
        abort();
    atexit(remove_directory);
}

const char *fuzz_path(const char *name)
{
    if (directory[0] == '\0')
        make_directory();
    for (int i = 0; i < PATHS_MAX; i++) {
        size_t length = strlen(directory);
        if (paths[i][0] == '\0')
            snprintf(paths[i], sizeof paths[i], "%s/%s", directory, name);
        if (strcmp(paths[i] + length + 1, name) == 0)
            return paths[i];
    }
    abort();
}

const char *fuzz_write(const char *name, const void *bytes, size_t size)
{
    const char *path = fuzz_path(name);
    FILE *stream = fopen(path, "wb");
    if (stream == NULL || fwrite(bytes, 1, size, stream) != size || fclose(stream) != 0)
        abort();
    return path;
}

char *fuzz_text(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        abort();
    memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

void fuzz_expect(bool holds, const char *format, ...)
{
    if (holds)
        return;
    va_list arguments;
    va_start(arguments, format);
    fputs("fuzz: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

void fuzz_expect_words(Status status, const Error *error)
{
    fuzz_expect(status != STATUS_OK && status == error->status, "status %d, error's %d", status,
                error->status);
    fuzz_expect(strlen(error->text) > 10, "a failure says no more than \"%s\"", error->text);
    fuzz_expect(strchr(error->text, '\n') == NULL, "an error of two lines: %s", error->text);
}

bool fuzz_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}
