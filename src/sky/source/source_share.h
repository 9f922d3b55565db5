// Lists that are made of other lists: shared, copied, joined.
#ifndef SKYCLASS_SKY_SOURCE_SOURCE_SHARE_H
#define SKYCLASS_SKY_SOURCE_SOURCE_SHARE_H

#include "sky/source/source.h"

// One more owner of the list; each of them ends with source_list_free.
SourceList *source_list_share(SourceList *list);

// The sources again, as they are placed now: locating one list does not move the other. Table and
// regions are not copied, both have them.
Status source_list_copy(SourceList *list, SourceList **copy, Error *error);

// n >= 1 lists one after the other, which it shares: the result has neither table nor regions but
// `parts`, which have theirs.
Status source_list_join(SourceList *const *lists, size_t n, SourceList **joined, Error *error);

// The parts of a list, one where it is not joined, as `part` of n: *first is its first row.
size_t source_list_part_count(const SourceList *list);
const SourceList *source_list_part(const SourceList *list, size_t part, size_t *first);

#endif
