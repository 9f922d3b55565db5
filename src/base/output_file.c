#include "base/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct OutputFile {
    FILE *stream;
    char *path;      // the file itself, links resolved
    char *temporary; // beside it; NULL for a device or pipe, which is written directly
};

static Status fail(const char *path, Error *error)
{
    int code = errno;
    const char *advice = "check the disk";
    if (code == ENOSPC || code == EDQUOT || code == EFBIG)
        advice = "free some space or write elsewhere; nothing was written";
    else if (code == ENOENT || code == ENOTDIR)
        advice = "make its directory first";
    else if (code == EACCES || code == EPERM || code == EROFS)
        advice = "write to a directory that is yours";
    else if (code == EISDIR)
        advice = "give the name of a file";
    return error_set(error, STATUS_OUTPUT, "%s: cannot write: %s; %s", path, strerror(code),
                     advice);
}

static void release(OutputFile *file)
{
    if (file->stream != NULL)
        fclose(file->stream);
    if (file->temporary != NULL)
        unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    free(file);
}

// Opens a new file in the directory of file->path. O_EXCL, so that nobody's file or link is
// followed; the name is short because the target's own may already be as long as names can be.
static int open_beside(OutputFile *file)
{
    char *copy = memory_copy_text(file->path);
    if (copy == NULL)
        return -1;
    const char *directory = dirname(copy);
    size_t size = strlen(directory) + 64;
    file->temporary = memory_new(size, 1);
    int descriptor = -1;
    for (unsigned attempt = 0; file->temporary != NULL && attempt < 1000; attempt++) {
        snprintf(file->temporary, size, "%s/.skyclass-%ld-%u.part", directory, (long)getpid(),
                 attempt);
        descriptor = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST)
            break;
    }
    if (descriptor < 0) {
        free(file->temporary);
        file->temporary = NULL;
    }
    free(copy);
    return descriptor;
}

Status output_file_open(const char *path, OutputFile **result, Error *error)
{
    *result = NULL;
    OutputFile *file = memory_new(1, sizeof *file);
    if (file == NULL)
        return error_memory(error, path);
    file->path = realpath(path, NULL);
    if (file->path == NULL)
        file->path = memory_copy_text(path);
    if (file->path == NULL) {
        free(file);
        return error_memory(error, path);
    }
    struct stat existing;
    bool exists = stat(file->path, &existing) == 0;
    int descriptor;
    if (exists && S_ISDIR(existing.st_mode)) {
        errno = EISDIR;
        descriptor = -1;
    } else if (exists && !S_ISREG(existing.st_mode)) {
        descriptor = open(file->path, O_WRONLY | O_CLOEXEC);
    } else if (exists && access(file->path, W_OK) != 0) {
        descriptor = -1; // renaming would get around a write protection that someone meant
    } else {
        descriptor = open_beside(file);
        if (descriptor >= 0 && exists)
            (void)!fchmod(descriptor, existing.st_mode & 07777);
    }
    if (descriptor >= 0)
        file->stream = fdopen(descriptor, "wb");
    if (file->stream == NULL) {
        Status status = fail(path, error);
        if (descriptor >= 0)
            close(descriptor);
        release(file);
        return status;
    }
    *result = file;
    return STATUS_OK;
}

FILE *output_file_stream(OutputFile *file)
{
    return file->stream;
}

Status output_file_commit(OutputFile *file, Error *error)
{
    errno = 0;
    bool written = fflush(file->stream) == 0 && !ferror(file->stream);
    if (written && file->temporary != NULL)
        written = fsync(fileno(file->stream)) == 0;
    if (!written && errno == 0)
        errno = EIO; // an earlier write failed; its own code is gone
    int code = errno;
    if (fclose(file->stream) != 0 && written) {
        written = false;
        code = errno;
    }
    file->stream = NULL;
    if (written && file->temporary != NULL) {
        written = rename(file->temporary, file->path) == 0;
        code = errno;
        if (written) {
            free(file->temporary);
            file->temporary = NULL;
        }
    }
    Status status = STATUS_OK;
    if (!written) {
        errno = code;
        status = fail(file->path, error);
    }
    release(file);
    return status;
}

void output_file_discard(OutputFile *file)
{
    if (file != NULL)
        release(file);
}

Status output_file_write(const char *path, const void *bytes, size_t size, Error *error)
{
    OutputFile *file;
    Status status = output_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    fwrite(bytes, 1, size, file->stream);
    return output_file_commit(file, error);
}
