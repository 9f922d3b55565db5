#include "base/aside_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/memory.h"

// ".skyclass-TARGET-RANDOM.part", both as hexadecimal: short, because the target's own name may
// already be as long as names can be.
enum { TARGET_DIGITS = 16, RANDOM_DIGITS = 16, NAME_SIZE = 64, ATTEMPTS = 100 };
static const char name_start[] = ".skyclass-", name_end[] = ".part";

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u; // FNV-1a
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

// The part of the name that all files aside of one target share.
static void name_prefix(const char *target, char prefix[NAME_SIZE])
{
    const char *slash = strrchr(target, '/');
    snprintf(prefix, NAME_SIZE, "%s%016" PRIx64 "-", name_start,
             hash_text(slash != NULL ? slash + 1 : target));
}

static bool is_aside(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 && strspn(name + n, "0123456789abcdef") == RANDOM_DIGITS &&
           strcmp(name + n + RANDOM_DIGITS, name_end) == 0;
}

// Removes a file aside whose writer is gone: a living one holds its lock.
static void remove_if_left(int directory, const char *name)
{
    struct stat about;
    int descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return;
    if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() &&
        flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        unlinkat(directory, name, 0);
    close(descriptor);
}

static void remove_leftovers(int directory, const char *prefix)
{
    int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    if (entries == NULL) {
        if (copy >= 0)
            close(copy);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL)
        if (is_aside(entry->d_name, prefix))
            remove_if_left(directory, entry->d_name);
    closedir(entries);
}

// Locks the new file. A writer that is just removing leftovers may have taken it for one, between
// its making and its locking: false then, and it is as if it had never been made.
static bool lock_new(int descriptor)
{
    struct stat about;
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        return errno != EWOULDBLOCK && errno != EINTR; // file systems without locks
    return fstat(descriptor, &about) == 0 && about.st_nlink > 0;
}

static void keep_owner_and_mode(int descriptor, const struct stat *existing)
{
    // Who may not give files away keeps them; the mode comes last because a new owner resets it.
    if (existing->st_uid != geteuid() || existing->st_gid != getegid())
        (void)!fchown(descriptor, existing->st_uid, existing->st_gid);
    (void)!fchmod(descriptor, existing->st_mode & 07777);
}

static int make_file(const char *folder, const char *prefix, const struct stat *existing,
                     AsideFile *aside)
{
    size_t size = strlen(folder) + NAME_SIZE;
    aside->path = memory_new(size, 1);
    if (aside->path == NULL)
        return ENOMEM;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint64_t random;
        if (getrandom(&random, sizeof random, 0) != sizeof random)
            return errno;
        snprintf(aside->path, size, "%s/%s%016" PRIx64 "%s", folder, prefix, random, name_end);
        // Nobody reads what will be a private file before it has its mode.
        int descriptor = open(aside->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                              existing != NULL ? 0600 : 0666);
        if (descriptor < 0 && errno != EEXIST)
            return errno;
        if (descriptor >= 0 && lock_new(descriptor)) {
            aside->descriptor = descriptor;
            if (existing != NULL)
                keep_owner_and_mode(descriptor, existing);
            return 0;
        }
        if (descriptor >= 0)
            close(descriptor);
    }
    return EEXIST;
}

int aside_file_make(const char *target, const struct stat *existing, AsideFile *aside)
{
    char prefix[NAME_SIZE], *copy = memory_copy_text(target);
    *aside = (AsideFile){.descriptor = -1, .directory = -1};
    if (copy == NULL)
        return ENOMEM;
    const char *folder = dirname(copy);
    name_prefix(target, prefix);
    // One may write into a directory without being allowed to list it.
    aside->directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (aside->directory >= 0)
        remove_leftovers(aside->directory, prefix);
    int code = make_file(folder, prefix, existing, aside);
    free(copy);
    return code;
}

int aside_file_rename(AsideFile *aside, const char *target)
{
    if (fsync(aside->descriptor) != 0 || rename(aside->path, target) != 0)
        return errno;
    free(aside->path);
    aside->path = NULL;
    // The new name is on disk once the directory is. Some file systems have no way to say so, and
    // the file is in its place already: no failure.
    if (aside->directory >= 0)
        (void)!fsync(aside->directory);
    return 0;
}

void aside_file_close(AsideFile *aside)
{
    if (aside->path != NULL && aside->descriptor >= 0)
        unlink(aside->path);
    if (aside->descriptor >= 0)
        close(aside->descriptor);
    if (aside->directory >= 0)
        close(aside->directory);
    free(aside->path);
    *aside = (AsideFile){.descriptor = -1, .directory = -1};
}
