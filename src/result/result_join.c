#include "result/result_join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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

static Status join_sources(const Result *const *results, size_t n, size_t n_rows, SourceList **list,
                           Error *error)
{
    double *nowhere = memory_new(n_rows, sizeof *nowhere);
    const char **ids = memory_new(n_rows, sizeof *ids);
    Status status = nowhere != NULL && ids != NULL ? STATUS_OK : error_memory(error, "the results");
    size_t row = 0;
    for (size_t i = 0; status == STATUS_OK && i < n; i++)
        for (size_t k = 0; k < results[i]->list->n; k++)
            ids[row++] = results[i]->list->sources[k].id;
    if (status == STATUS_OK)
        status = source_list_from_positions(nowhere, nowhere, ids, n_rows, list, error);
    row = 0;
    for (size_t i = 0; status == STATUS_OK && i < n; i++)
        for (size_t k = 0; k < results[i]->list->n; k++, row++) {
            char *id = (*list)->sources[row].id;
            (*list)->sources[row] = results[i]->list->sources[k];
            (*list)->sources[row].id = id;
        }
    free(nowhere);
    free(ids);
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

Status result_join(const Result *const *results, size_t n, SourceList **list, Result **joined,
                   Error *error)
{
    size_t n_rows = 0;
    for (size_t i = 0; i < n; i++) {
        n_rows += results[i]->list->n;
        if (!same_classes(results[0], results[i]))
            return error_set(error, STATUS_USAGE,
                             "the results are of models with different classes; write each to a "
                             "file of its own");
    }
    Status status = join_sources(results, n, n_rows, list, error);
    if (status == STATUS_OK)
        status = result_new(*list, results[0]->n_classes, results[0]->class_names, joined, error);
    if (status == STATUS_OK)
        memcpy((*joined)->looks, results[0]->looks,
               (results[0]->n_classes + 1) * sizeof *(*joined)->looks);
    size_t row = 0, n_members = common_members(results, n);
    if (status == STATUS_OK && n_members > 0)
        status = result_add_members(*joined, n_members, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        const Result *from = results[i];
        size_t n_scores = from->list->n * from->n_classes;
        memcpy((*joined)->classes + row, from->classes, from->list->n * sizeof *from->classes);
        memcpy((*joined)->flags + row, from->flags, from->list->n * sizeof *from->flags);
        memcpy((*joined)->scores + row * from->n_classes, from->scores,
               n_scores * sizeof *from->scores);
        if ((*joined)->members != NULL)
            memcpy((*joined)->members + row * n_members * from->n_classes, from->members,
                   n_members * n_scores * sizeof *from->members);
        row += from->list->n;
        status = join_notes(*joined, from, error);
    }
    return status;
}
