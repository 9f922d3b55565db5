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
    FILE *stream;    // a buffer before write_bytes
    int descriptor;  // -1 when closed
    int code;        // errno of the first write that failed; 0 while all is well
    char *path;      // the file itself, links resolved
    char *temporary; // beside it; NULL for a device or pipe, which is written directly
};

static Status fail(const char *path, int code, Error *error)
{
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

// The stream's way to the disk: stdio itself does not keep why a write failed.
static ssize_t write_bytes(void *cookie, const char *bytes, size_t size)
{
    OutputFile *file = cookie;
    size_t n = 0;
    while (n < size && file->code == 0) {
        ssize_t written = write(file->descriptor, bytes + n, size - n);
        if (written >= 0)
            n += (size_t)written;
        else if (errno != EINTR)
            file->code = errno;
    }
    return (ssize_t)n;
}

static void release(OutputFile *file)
{
    if (file->stream != NULL)
        fclose(file->stream);
    if (file->descriptor >= 0)
        close(file->descriptor);
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
    file->descriptor = -1;
    if (exists && S_ISDIR(existing.st_mode))
        errno = EISDIR;
    else if (exists && !S_ISREG(existing.st_mode))
        file->descriptor = open(file->path, O_WRONLY | O_CLOEXEC);
    else if (!exists || access(file->path, W_OK) == 0) // renaming gets around write protection
        file->descriptor = open_beside(file);
    if (file->descriptor < 0) {
        Status status = fail(path, errno, error);
        release(file);
        return status;
    }
    if (file->temporary != NULL && exists)
        (void)!fchmod(file->descriptor, existing.st_mode & 07777);
    static const cookie_io_functions_t functions = {.write = write_bytes};
    file->stream = fopencookie(file, "wb", functions);
    if (file->stream == NULL) {
        release(file);
        return error_memory(error, path);
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
    bool flushed = fclose(file->stream) == 0;
    file->stream = NULL;
    if (!flushed && file->code == 0)
        file->code = EIO;
    if (file->code == 0 && file->temporary != NULL && fsync(file->descriptor) != 0)
        file->code = errno;
    // Some file systems (NFS) say only here that there was no room.
    if (close(file->descriptor) != 0 && file->code == 0)
        file->code = errno;
    file->descriptor = -1;
    if (file->code == 0 && file->temporary != NULL) {
        if (rename(file->temporary, file->path) != 0) {
            file->code = errno;
        } else {
            free(file->temporary);
            file->temporary = NULL;
        }
    }
    Status status = file->code == 0 ? STATUS_OK : fail(file->path, file->code, error);
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
