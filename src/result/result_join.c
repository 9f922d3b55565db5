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

static bool all_vote(const Result *const *results, size_t n)
{
    bool votes = true;
    for (size_t i = 0; i < n; i++)
        votes = votes && results[i]->votes != NULL;
    return votes;
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
    if (status == STATUS_OK && all_vote(results, n))
        status = result_add_votes(*joined, error);
    size_t row = 0;
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        const Result *from = results[i];
        size_t n_scores = from->list->n * from->n_classes;
        memcpy((*joined)->classes + row, from->classes, from->list->n * sizeof *from->classes);
        memcpy((*joined)->flags + row, from->flags, from->list->n * sizeof *from->flags);
        memcpy((*joined)->scores + row * from->n_classes, from->scores,
               n_scores * sizeof *from->scores);
        if ((*joined)->votes != NULL)
            memcpy((*joined)->votes + row, from->votes, from->list->n * sizeof *from->votes);
        row += from->list->n;
        status = join_notes(*joined, from, error);
    }
    return status;
}
