// The file beside an output that is written first and renamed at the end.
#ifndef SKYCLASS_BASE_ASIDE_FILE_H
#define SKYCLASS_BASE_ASIDE_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

typedef struct AsideFile {
    int descriptor; // open for reading and writing, locked; -1 when there is none
    char *path;     // owned
    int directory;  // the open directory both files are in; -1 when not known
} AsideFile;

// Makes a new, locked file in the directory of `target`, under a name that nobody can foresee, and
// removes what killed writers of `target` left there. `existing` is the file to be replaced, whose
// permissions and owner the new one gets, or NULL. 0, or an errno.
int aside_file_make(const char *target, const struct stat *existing, AsideFile *aside);

// Flushes the file to disk and puts it in the place of `target`. 0, or an errno.
int aside_file_rename(AsideFile *aside, const char *target);

// Closes it and, unless it was renamed, removes it.
void aside_file_close(AsideFile *aside);

#endif
