#include "base/file_bytes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/memory.h"

Status file_bytes_read(const char *path, const char *what, unsigned char **bytes, size_t *size,
                       Error *error)
{
    Status status = STATUS_OK;
    struct stat about;
    *bytes = NULL;
    *size = 0;
    // Asked first: opening a pipe waits until somebody writes to it.
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return error_set(error, STATUS_BAD_INPUT, "not a file; give %s", what);
    FILE *stream = fopen(path, "rbe");
    if (stream == NULL || fstat(fileno(stream), &about) != 0) {
        status = error_set(error, STATUS_BAD_INPUT, "cannot be opened: %s", strerror(errno));
        goto done;
    }
    *size = (size_t)about.st_size;
    status = limits_check(*size, what, error);
    if (status != STATUS_OK)
        goto done;
    *bytes = memory_new_aligned(*size, 1);
    if (*bytes == NULL)
        status = error_memory(error, what);
    else if (fread(*bytes, 1, *size, stream) != *size)
        status = error_set(error, STATUS_BAD_INPUT, "cannot be read: %s", strerror(errno));
done:
    if (stream != NULL)
        fclose(stream);
    return status;
}
