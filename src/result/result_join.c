#include "result/result_join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sky/source/source_share.h"

// Adds the notes of `from` to those of `to`: a key that both have gets both values.
static Status join_notes(Result *to, const Result *from, Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < from->n_notes && status == STATUS_OK; i++) {
        const ResultNote *note = &from->notes[i];
        ResultNote *known = NULL;
        for (size_t k = 0; k < to->n_notes && known == NULL; k++)
            if (strcmp(to->notes[k].key, note->key) == 0)
                known = &to->notes[k];
        if (known == NULL) {
            status = result_note(to, note->key, note->value, error);
        } else if (strstr(known->value, note->value) == NULL) {
            size_t size = strlen(known->value) + strlen(note->value) + 3;
            char *both = memory_new(size, 1);
            if (both == NULL)
                return error_memory(error, "the results");
            snprintf(both, size, "%s; %s", known->value, note->value);
            free(known->value);
            known->value = both;
        }
    }
    return status;
}

static bool same_classes(const Result *a, const Result *b)
{
    bool same = a->n_classes == b->n_classes;
    for (size_t i = 0; same && i < a->n_classes; i++)
        same = strcmp(a->class_names[i], b->class_names[i]) == 0;
    return same;
}

static Status join_sources(const Result *const *results, size_t n, SourceList **list, Error *error)
{
    SourceList **lists = memory_new(n, sizeof *lists);
    if (lists == NULL)
        return error_memory(error, "the results");
    for (size_t i = 0; i < n; i++)
        lists[i] = results[i]->list;
    Status status = source_list_join(lists, n, list, error);
    free(lists);
    return status;
}

// The members that all results have; 0 where they differ.
static size_t common_members(const Result *const *results, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (results[i]->n_members != results[0]->n_members)
            return 0;
    return results[0]->n_members;
}

static Status check_classes(const Result *const *results, size_t n, Error *error)
{
    for (size_t i = 1; i < n; i++)
        if (!same_classes(results[0], results[i]))
            return error_set(error, STATUS_USAGE,
                             "the results are of models with different classes; write each to a "
                             "file of its own");
    return STATUS_OK;
}

static void copy_rows(const Result *from, Result *to, size_t row)
{
    const size_t n = from->list->n;
    memcpy(to->classes + row, from->classes, n * sizeof *from->classes);
    memcpy(to->flags + row, from->flags, n * sizeof *from->flags);
    memcpy(to->scores + row * from->n_classes, from->scores,
           n * from->n_classes * sizeof *from->scores);
    const size_t n_members = to->n_members * to->n_classes; // scores of a row's
    if (to->members != NULL)
        memcpy(to->members + row * n_members, from->members, n * n_members * sizeof *from->members);
}

static Status fill(const Result *const *results, size_t n, Result *joined, Error *error)
{
    memcpy(joined->looks, results[0]->looks, (joined->n_classes + 1) * sizeof *joined->looks);
    joined->disc = results[0]->disc;
    const size_t n_members = common_members(results, n);
    Status status = n_members > 0 ? result_add_members(joined, n_members, error) : STATUS_OK;
    size_t row = 0;
    for (size_t i = 0; i < n && status == STATUS_OK; row += results[i]->list->n, i++) {
        copy_rows(results[i], joined, row);
        status = join_notes(joined, results[i], error);
    }
    return status;
}

Status result_join(const Result *const *results, size_t n, Result **joined, Error *error)
{
    SourceList *list;
    *joined = NULL;
    Status status = check_classes(results, n, error);
    if (status == STATUS_OK)
        status = join_sources(results, n, &list, error);
    if (status == STATUS_OK)
        status = result_new_of(list, results[0]->n_classes, results[0]->class_names, joined, error);
    if (status == STATUS_OK)
        status = fill(results, n, *joined, error);
    if (status != STATUS_OK) {
        result_free(*joined);
        *joined = NULL;
    }
    return status;
}
