#include "base/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/aside_file.h"
#include "base/memory.h"

struct OutputFile {
    FILE *stream;    // a buffer before write_bytes
    int code;        // errno of the first write that failed; 0 while all is well
    char *path;      // the file itself, links resolved
    int device;      // what is written directly, or by the commit; -1 for a file
    AsideFile aside; // of a file; of a device only where the writer wants a name
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
    else if (code == ELOOP)
        advice = "remove the links that point at each other";
    return error_set(error, STATUS_OUTPUT, "%s: cannot write: %s; %s", path, strerror(code),
                     advice);
}

static int write_all(int descriptor, const char *bytes, size_t size)
{
    size_t n = 0;
    while (n < size) {
        ssize_t written = write(descriptor, bytes + n, size - n);
        if (written >= 0)
            n += (size_t)written;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

// The stream's way to the disk: stdio itself does not keep why a write failed.
static ssize_t write_bytes(void *cookie, const char *bytes, size_t size)
{
    OutputFile *file = cookie;
    int descriptor = file->device >= 0 ? file->device : file->aside.descriptor;
    if (file->code == 0)
        file->code = write_all(descriptor, bytes, size);
    return (ssize_t)size;
}

static void release(OutputFile *file)
{
    if (file->stream != NULL)
        fclose(file->stream);
    aside_file_close(&file->aside);
    if (file->device >= 0)
        close(file->device);
    free(file->path);
    free(file);
}

// What `link`, a symbolic link, points to, as seen from here; NULL with errno on failure.
static char *follow_link(const char *link)
{
    char target[PATH_MAX];
    ssize_t length = readlink(link, target, sizeof target - 1);
    char *copy = length >= 0 ? memory_copy_text(link) : NULL;
    if (copy == NULL)
        return NULL;
    target[length] = '\0';
    const char *folder = target[0] == '/' ? "" : dirname(copy);
    size_t size = strlen(folder) + (size_t)length + 2;
    char *path = memory_new(size, 1);
    if (path != NULL)
        snprintf(path, size, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", target);
    free(copy);
    return path;
}

// The file at the end of all links, even where it does not exist yet (which realpath refuses).
static char *resolve(const char *path)
{
    enum { LINKS_MOST = 40 }; // as many as Linux follows
    char *resolved = memory_copy_text(path);
    struct stat about;
    for (int i = 0; resolved != NULL && lstat(resolved, &about) == 0 && S_ISLNK(about.st_mode);
         i++) {
        char *next = i < LINKS_MOST ? follow_link(resolved) : NULL;
        if (i == LINKS_MOST)
            errno = ELOOP;
        free(resolved);
        resolved = next;
    }
    return resolved;
}

// The open descriptor that a name stands for; -1 for other names. Opening such a name anew would
// lose the place in a file that the shell has opened, and renaming would replace it.
static int named_descriptor(const char *path)
{
    int number = -1, end = 0;
    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    if ((sscanf(path, "/dev/fd/%d%n", &number, &end) == 1 ||
         sscanf(path, "/proc/self/fd/%d%n", &number, &end) == 1) &&
        path[end] == '\0')
        return number;
    return -1;
}

// Opens the device, pipe or descriptor; or makes the file aside. 0, or an errno.
static int begin(OutputFile *file, const char *path, bool named)
{
    struct stat existing;
    int descriptor = named_descriptor(path);
    bool exists = stat(path, &existing) == 0;
    if (descriptor >= 0)
        file->device = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    else if (exists && S_ISDIR(existing.st_mode))
        return EISDIR;
    else if (exists && !S_ISREG(existing.st_mode))
        file->device = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    else if (exists && access(path, W_OK) != 0) // renaming would get around the protection
        return errno;
    else
        return aside_file_make(file->path, exists ? &existing : NULL, &file->aside);
    if (file->device < 0)
        return errno;
    const char *temporary = getenv("TMPDIR");
    char scratch[PATH_MAX];
    snprintf(scratch, sizeof scratch, "%s/device", temporary != NULL ? temporary : "/tmp");
    return named ? aside_file_make(scratch, NULL, &file->aside) : 0;
}

static Status open_output(const char *path, bool named, OutputFile **result, Error *error)
{
    *result = NULL;
    OutputFile *file = memory_new(1, sizeof *file);
    if (file == NULL)
        return error_memory(error, path);
    file->device = -1;
    file->aside = (AsideFile){.descriptor = -1, .directory = -1};
    errno = ENOMEM;
    file->path = resolve(path);
    int code = file->path != NULL ? begin(file, path, named) : errno;
    static const cookie_io_functions_t functions = {.write = write_bytes};
    if (code == 0 && !named && (file->stream = fopencookie(file, "wb", functions)) == NULL)
        code = ENOMEM;
    if (code != 0) {
        release(file);
        return fail(path, code, error);
    }
    *result = file;
    return STATUS_OK;
}

Status output_file_open(const char *path, OutputFile **file, Error *error)
{
    return open_output(path, false, file, error);
}

Status output_file_open_named(const char *path, OutputFile **file, Error *error)
{
    return open_output(path, true, file, error);
}

FILE *output_file_stream(OutputFile *file)
{
    return file->stream;
}

const char *output_file_name(const OutputFile *file)
{
    return file->aside.path;
}

static int copy_to_device(int from, int device)
{
    char bytes[65536];
    if (lseek(from, 0, SEEK_SET) != 0)
        return errno;
    for (;;) {
        ssize_t n = read(from, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : 0;
        int code = write_all(device, bytes, (size_t)n);
        if (code != 0)
            return code;
    }
}

static int finish(OutputFile *file)
{
    if (file->device < 0)
        return aside_file_rename(&file->aside, file->path);
    int code = file->aside.path != NULL ? copy_to_device(file->aside.descriptor, file->device) : 0;
    // Some file systems (NFS) say only here that there was no room.
    int closed = close(file->device);
    file->device = -1;
    return code != 0 ? code : closed != 0 ? errno : 0;
}

Status output_file_commit(OutputFile *file, Error *error)
{
    if (file->stream != NULL && fclose(file->stream) != 0 && file->code == 0)
        file->code = EIO;
    file->stream = NULL;
    if (file->code == 0)
        file->code = finish(file);
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
