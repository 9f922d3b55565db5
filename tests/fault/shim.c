// Loaded in front of everything (LD_PRELOAD): counts the calls of one kind that the program makes
// and lets the one with a given number fail, or ends the process there.
//
// FAULT_KIND   memory: malloc, calloc, realloc, posix_memalign, and the C library's functions that
//              allocate (fopen, fopencookie, open_memstream, realpath), where the caller is
//              skyclass or a library it uses; Tcl's own allocations end the process by Tcl's
//              decision, those of cfitsio's fits_clean_url, which every fits_open_diskfile for
//              writing calls, are followed by a null pointer (4.2), and where those of wcslib's
//              scanners fail, it jumps to nowhere (7.12): all three are left out.
//              write: write, fwrite, fflush, fclose, fsync, rename, ftruncate of regular files, and
//              the creation of files. site: as memory, but only the first call from each place in
//              the code counts: few numbers for all there is to see.
//
// FAULT_IN     memory, site: where the caller is this library (libsep, libwcs, ...); else any of
// those.
//
// FAULT_AT     which call fails, from 1; 0: none.
//
// FAULT_HOW    fail; stay: that call and all after it; kill: SIGKILL in place of the call.
//
// FAULT_COUNT  a file that gets the number of calls at the end.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

typedef enum Kind { KIND_NONE, KIND_MEMORY, KIND_SITE, KIND_WRITE } Kind;

static Kind kind;
static const char *library; // FAULT_IN
static bool kills, stays;
static long fault_at;
static atomic_long n_calls;
static atomic_bool out_of_memory; // FAULT_HOW=stay, from the call on

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void report(void)
{
    const char *path = getenv("FAULT_COUNT");
    char text[32];
    Kind was = kind;
    kind = KIND_NONE;
    int file =
        path == NULL || was == KIND_NONE ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0)
        return;
    snprintf(text, sizeof text, "%ld\n", (long)n_calls);
    (void)!write(file, text, strlen(text));
    close(file);
}

__attribute__((constructor)) static void start(void)
{
    const char *name = getenv("FAULT_KIND"), *at = getenv("FAULT_AT"), *how = getenv("FAULT_HOW");
    if (name == NULL)
        return;
    atexit(report);
    fault_at = at != NULL ? atol(at) : 0;
    library = getenv("FAULT_IN");
    kills = how != NULL && strcmp(how, "kill") == 0;
    stays = how != NULL && strcmp(how, "stay") == 0;
    kind = strcmp(name, "memory") == 0 ? KIND_MEMORY
           : strcmp(name, "site") == 0 ? KIND_SITE
                                       : KIND_WRITE;
}

static bool counted(void)
{
    long call = ++n_calls;
    if (fault_at == 0 || call != fault_at)
        return false;
    out_of_memory = stays;
    if (kills)
        raise(SIGKILL);
    return true;
}

// fits_clean_url, and wcslib's scanners: functions of their prefixes, or without a name of theirs.
static bool is_left_out(const Dl_info *info)
{
    static const char *const scanners[] = {"wcspih", "wcsbth", "wcsutrn", "wcsulex"};
    const char *function = info->dli_sname;
    if (strstr(info->dli_fname, "libwcs") == NULL)
        return function != NULL && strcmp(function, "fits_clean_url") == 0;
    for (size_t i = 0; function != NULL && i < sizeof scanners / sizeof scanners[0]; i++)
        if (strncmp(function, scanners[i], strlen(scanners[i])) == 0)
            return true;
    return function == NULL;
}

// Whether the code at `address` is skyclass's or of a library that it brings into the process.
static bool is_ours(const void *address)
{
    static const char *const names[] = {"libskyclass", "libcfitsio", "libwcs",      "libsep",
                                        "libzip",      "libjansson", "libprotobuf", "libexpat"};
    static _Thread_local bool busy;
    Dl_info info;
    if (busy)
        return false;
    busy = true;
    bool known = dladdr(address, &info) != 0 && info.dli_fname != NULL, ours = false;
    if (known && library != NULL)
        ours = strstr(info.dli_fname, library) != NULL;
    for (size_t i = 0; known && library == NULL && !ours && i < sizeof names / sizeof names[0]; i++)
        ours = strstr(info.dli_fname, names[i]) != NULL;
    if (ours && is_left_out(&info))
        ours = false;
    busy = false;
    return ours;
}

// Whether this place was not seen before. More places than there is room for are not counted.
static bool is_new_site(const void *caller)
{
    enum { SITES_MAX = 1 << 14 };
    static _Atomic(const void *) sites[SITES_MAX];
    size_t start = ((size_t)caller >> 2) % SITES_MAX;
    for (size_t i = 0; i < SITES_MAX; i++) {
        const void *seen = NULL;
        if (atomic_compare_exchange_strong(&sites[(start + i) % SITES_MAX], &seen, caller))
            return true;
        if (seen == caller)
            return false;
    }
    return false;
}

static bool memory_fails(const void *caller)
{
    if ((kind != KIND_MEMORY && kind != KIND_SITE) || !is_ours(caller))
        return false;
    bool counts = kind == KIND_MEMORY || is_new_site(caller);
    if (!out_of_memory && !(counts && counted()))
        return false;
    errno = ENOMEM;
    return true;
}

static bool is_file(int descriptor)
{
    struct stat about;
    return descriptor >= 0 && fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

static bool write_fails(bool concerns)
{
    if (kind != KIND_WRITE || !concerns || !counted())
        return false;
    errno = ENOSPC;
    return true;
}

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

// ---- Memory --------------------------------------------------------------------------------

PUBLIC void *malloc(size_t size)
{
    return memory_fails(CALLER) ? NULL : __libc_malloc(size);
}

PUBLIC void *calloc(size_t n, size_t size)
{
    return memory_fails(CALLER) ? NULL : __libc_calloc(n, size);
}

PUBLIC void *realloc(void *block, size_t size)
{
    return memory_fails(CALLER) ? NULL : __libc_realloc(block, size);
}

PUBLIC int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (memory_fails(CALLER))
        return ENOMEM;
    *block = __libc_memalign(alignment, size);
    return *block != NULL ? 0 : ENOMEM;
}

PUBLIC void *aligned_alloc(size_t alignment, size_t size)
{
    return memory_fails(CALLER) ? NULL : __libc_memalign(alignment, size);
}

PUBLIC char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memory_fails(CALLER) ? NULL : __libc_malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

PUBLIC FILE *open_memstream(char **text, size_t *size)
{
    FILE *(*real)(char **, size_t *) = next("open_memstream");
    return memory_fails(CALLER) ? NULL : real(text, size);
}

PUBLIC FILE *fopencookie(void *restrict cookie, const char *restrict mode, cookie_io_functions_t f)
{
    FILE *(*real)(void *, const char *, cookie_io_functions_t) = next("fopencookie");
    return memory_fails(CALLER) ? NULL : real(cookie, mode, f);
}

// Two versions exist; programs of today mean the newer.
PUBLIC char *realpath(const char *restrict path, char *restrict resolved)
{
    char *(*real)(const char *, char *) = dlvsym(RTLD_NEXT, "realpath", "GLIBC_2.3");
    if (real == NULL)
        real = next("realpath");
    return resolved == NULL && memory_fails(CALLER) ? NULL : real(path, resolved);
}

// ---- Files ---------------------------------------------------------------------------------

PUBLIC FILE *fopen(const char *restrict path, const char *restrict mode)
{
    FILE *(*real)(const char *, const char *) = next("fopen");
    bool creates = strpbrk(mode, "wa+") != NULL;
    return memory_fails(CALLER) || write_fails(creates) ? NULL : real(path, mode);
}

PUBLIC int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int mode = (flags & O_CREAT) != 0 ? va_arg(arguments, int) : 0;
    va_end(arguments);
    int (*real)(const char *, int, ...) = next("open");
    return write_fails((flags & O_CREAT) != 0) ? -1 : real(path, flags, mode);
}

PUBLIC int mkostemp(char *pattern, int flags)
{
    int (*real)(char *, int) = next("mkostemp");
    return write_fails(true) ? -1 : real(pattern, flags);
}

PUBLIC ssize_t write(int descriptor, const void *bytes, size_t size)
{
    ssize_t (*real)(int, const void *, size_t) = next("write");
    return write_fails(is_file(descriptor)) ? -1 : real(descriptor, bytes, size);
}

PUBLIC size_t fwrite(const void *restrict bytes, size_t size, size_t n, FILE *restrict stream)
{
    size_t (*real)(const void *, size_t, size_t, FILE *) = next("fwrite");
    return write_fails(is_file(fileno(stream))) ? 0 : real(bytes, size, n, stream);
}

PUBLIC int fflush(FILE *stream)
{
    int (*real)(FILE *) = next("fflush");
    return write_fails(stream != NULL && is_file(fileno(stream))) ? EOF : real(stream);
}

// The file is closed all the same, as after a real failure.
PUBLIC int fclose(FILE *stream)
{
    int (*real)(FILE *) = next("fclose");
    bool fails = write_fails(is_file(fileno(stream)) &&
                             (fcntl(fileno(stream), F_GETFL) & O_ACCMODE) != O_RDONLY);
    int status = real(stream);
    if (fails)
        errno = ENOSPC;
    return fails ? EOF : status;
}

PUBLIC int fsync(int descriptor)
{
    int (*real)(int) = next("fsync");
    return write_fails(true) ? -1 : real(descriptor);
}

PUBLIC int ftruncate(int descriptor, off_t size)
{
    int (*real)(int, off_t) = next("ftruncate");
    return write_fails(true) ? -1 : real(descriptor, size);
}

PUBLIC int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = next("rename");
    return write_fails(true) ? -1 : real(from, to);
}
