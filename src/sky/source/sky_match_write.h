// Matched lists as one table.
#ifndef SKYCLASS_SKY_SOURCE_SKY_MATCH_WRITE_H
#define SKYCLASS_SKY_SOURCE_SKY_MATCH_WRITE_H

#include "base/error.h"
#include "sky/source/sky_match.h"

// Which rows of the first list are written.
typedef enum MatchKeep { KEEP_ALL, KEEP_MATCHED, KEEP_UNMATCHED } MatchKeep;
extern const char *const match_keep_names[]; // "all", "matched", "unmatched", NULL

// The first list's id, x, y, ra, dec and own columns; then separation (arcsec), n_matches and,
// where `note` is not "", note ("ID from NOTE"); then the partner's columns as NAME_2, empty where
// there is none. The ending decides: .fits .csv .ecsv .vot. *n_written (may be NULL) is how many
// rows.
Status sky_match_write(const SourceList *list, const SourceList *other, const SkyMatch *match,
                       MatchKeep keep, const char *note, const char *path, size_t *n_written,
                       Error *error);

// The list without its duplicates (sky_duplicates), and n_merged: how many rows a row stands for.
Status sky_duplicates_write(const SourceList *list, const SkyMatch *match, const char *path,
                            size_t *n_written, Error *error);

#endif
