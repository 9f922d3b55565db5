#include "result/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/output_file.h"
#include "result/result_internal.h"

static void name_classes(Result *result, const char *const *class_names)
{
    result->looks[0] = class_look_default(0);
    for (size_t i = 0; i < result->n_classes; i++) {
        snprintf(result->names[i], sizeof result->names[i], "%s", class_names[i]);
        result->class_names[i] = result->names[i];
        result->looks[i + 1] = class_look_default(i + 1);
    }
}

Status result_new(const SourceList *list, size_t n_classes, const char *const *class_names,
                  Result **result, Error *error)
{
    size_t n_scores;
    *result = memory_new(1, sizeof **result);
    Result *fresh = *result;
    if (fresh != NULL && memory_multiply(list->n, n_classes, &n_scores)) {
        fresh->list = list;
        fresh->n_classes = n_classes;
        fresh->names = memory_new(n_classes, sizeof *fresh->names);
        fresh->class_names = memory_new(n_classes, sizeof *fresh->class_names);
        fresh->looks = memory_new(n_classes + 1, sizeof *fresh->looks);
        fresh->classes = memory_new(list->n, sizeof *fresh->classes);
        fresh->scores = memory_new(n_scores, sizeof *fresh->scores);
        fresh->flags = memory_new(list->n, sizeof *fresh->flags);
        if (fresh->classes != NULL && fresh->scores != NULL && fresh->flags != NULL &&
            fresh->names != NULL && fresh->class_names != NULL && fresh->looks != NULL) {
            name_classes(fresh, class_names);
            for (size_t i = 0; i < n_scores; i++)
                fresh->scores[i] = NAN;
            return STATUS_OK;
        }
    }
    result_free(fresh);
    *result = NULL;
    return error_memory(error, "the results");
}

static Status add_votes(Result *result, Error *error)
{
    result->votes = memory_new(result->list->n, sizeof *result->votes);
    return result->votes != NULL ? STATUS_OK : error_memory(error, "the results");
}

Status result_new_for(const SourceList *list, const Recipe *recipe, Result **result, Error *error)
{
    const char *names[RECIPE_CLASSES_MAX];
    for (size_t i = 0; i < recipe->n_classes; i++)
        names[i] = recipe->classes[i].name;
    Status status = result_new(list, recipe->n_classes, names, result, error);
    for (size_t class = 0; class <= recipe->n_classes && status == STATUS_OK; class ++)
        (*result)->looks[class] = recipe_class_look(recipe, class);
    if (status == STATUS_OK && recipe->decision.kind == DECISION_VOTE)
        status = add_votes(*result, error);
    if (status != STATUS_OK) {
        result_free(*result);
        *result = NULL;
    }
    return status;
}

void result_free(Result *result)
{
    if (result == NULL)
        return;
    for (size_t i = 0; i < result->n_notes; i++) {
        free(result->notes[i].key);
        free(result->notes[i].value);
    }
    free(result->notes);
    free(result->names);
    free(result->class_names);
    free(result->looks);
    free(result->classes);
    free(result->scores);
    free(result->flags);
    free(result->votes);
    free(result);
}

Status result_note(Result *result, const char *key, const char *value, Error *error)
{
    ResultNote *notes = memory_resize(result->notes, result->n_notes + 1, sizeof *notes);
    if (notes == NULL)
        return error_memory(error, "the results");
    result->notes = notes;
    ResultNote note = {memory_copy_text(key), memory_copy_text(value)};
    if (note.key == NULL || note.value == NULL) {
        free(note.key);
        free(note.value);
        return error_memory(error, "the results");
    }
    notes[result->n_notes++] = note;
    return STATUS_OK;
}

float result_score(const Result *result, size_t row)
{
    size_t class = result->classes[row];
    return class > 0 ? result->scores[row * result->n_classes + class - 1] : NAN;
}

static bool is_predictions(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash != NULL ? slash + 1 : path, "predictions.csv") == 0;
}

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

// Rows and notes of all results in one, with a source list of its own.
static Status join(const Result *const *results, size_t n, SourceList **list, Result **joined,
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
        status = add_votes(*joined, error);
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

// What writes one file of n >= 1 results.
typedef struct Writing {
    const Result *result; // all rows in one, except of regions
    const Result *const *results;
    size_t n;
    const char *path, *galaxy;
    const ResultStyle *style;
} Writing;

static Status write_regions(const Writing *writing, FILE *stream, Error *error)
{
    (void)error;
    for (size_t i = 0; i < writing->n; i++)
        result_write_regions(writing->results[i], writing->style, stream);
    return STATUS_OK;
}

static Status write_predictions(const Writing *writing, FILE *stream, Error *error)
{
    (void)error;
    result_write_starcnet_predictions(writing->result, writing->galaxy, stream);
    return STATUS_OK;
}

static Status write_starcnet_table(const Writing *writing, FILE *stream, Error *error)
{
    (void)error;
    result_write_starcnet_table(writing->result, stream);
    return STATUS_OK;
}

static Status write_table(const Writing *writing, FILE *stream, Error *error)
{
    OwnColumns *own;
    Status status = own_columns_new(writing->results, writing->n, &own, error);
    if (status != STATUS_OK)
        return status;
    status =
        result_write_table(writing->result, own, table_format_find(writing->path), stream, error);
    own_columns_free(own);
    return status;
}

static bool is_region_path(const char *path)
{
    return path_ends_with(path, ".reg");
}

static bool is_starcnet_path(const char *path)
{
    return path_ends_with(path, ".tab");
}

static bool is_table_path(const char *path)
{
    return table_format_find(path) != NULL;
}

typedef struct ResultFormat {
    bool (*is_meant)(const char *path);
    bool each; // takes results as they are, not joined
    Status (*write)(const Writing *writing, FILE *stream, Error *error);
} ResultFormat;

// The first that is meant.
static const ResultFormat formats[] = {
    {is_predictions, false, write_predictions},
    {is_starcnet_path, false, write_starcnet_table},
    {is_region_path, true, write_regions},
    {is_table_path, false, write_table},
};

static Status find_format(const char *path, const ResultFormat **format, Error *error)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].is_meant(path)) {
            *format = &formats[i];
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE,
                     "%s: the ending decides the format and this is none of %s, .tab, .reg; "
                     "choose one",
                     path, table_format_endings);
}

Status result_write_all(const Result *const *results, size_t n, const char *path,
                        const ResultStyle *style, const char *galaxy, Error *error)
{
    static const ResultStyle plain = {.palette = PALETTE_STARCNET};
    const ResultFormat *format = NULL;
    OutputFile *file = NULL;
    SourceList *list = NULL;
    Result *joined = NULL;
    Status status = find_format(path, &format, error);
    if (status == STATUS_OK && n > 1 && !format->each)
        status = join(results, n, &list, &joined, error);
    if (status == STATUS_OK)
        status = output_file_open(path, &file, error);
    if (status == STATUS_OK) {
        Writing writing = {.result = joined != NULL ? joined : results[0],
                           .results = results,
                           .n = n,
                           .path = path,
                           .galaxy = galaxy,
                           .style = style != NULL ? style : &plain};
        status = format->write(&writing, output_file_stream(file), error);
    }
    if (status == STATUS_OK)
        status = output_file_commit(file, error);
    else if (file != NULL)
        output_file_discard(file);
    result_free(joined);
    source_list_free(list);
    return status;
}

Status result_write(const Result *result, const char *path, const ResultStyle *style,
                    const char *galaxy, Error *error)
{
    return result_write_all(&result, 1, path, style, galaxy, error);
}
