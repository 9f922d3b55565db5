#include "result/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sky/cutout/cutout.h"
#include "sky/source/source_share.h"

static void name_classes(Result *result, const char *const *class_names)
{
    result->looks[0] = class_look_default(0);
    for (size_t i = 0; i < result->n_classes; i++) {
        snprintf(result->names[i], sizeof result->names[i], "%s", class_names[i]);
        result->class_names[i] = result->names[i];
        result->looks[i + 1] = class_look_default(i + 1);
    }
}

Status result_new_of(SourceList *list, size_t n_classes, const char *const *class_names,
                     Result **result, Error *error)
{
    size_t n_scores;
    *result = memory_new(1, sizeof **result);
    Result *fresh = *result;
    if (fresh == NULL)
        source_list_free(list);
    else
        fresh->list = list;
    if (fresh != NULL && memory_multiply(list->n, n_classes, &n_scores)) {
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

Status result_new(SourceList *list, size_t n_classes, const char *const *class_names,
                  Result **result, Error *error)
{
    SourceList *copy;
    *result = NULL;
    Status status = source_list_copy(list, &copy, error);
    return status == STATUS_OK ? result_new_of(copy, n_classes, class_names, result, error)
                               : status;
}

Status result_add_members(Result *result, size_t n_members, Error *error)
{
    size_t n = 0;
    if (memory_multiply(result->list->n, n_members * result->n_classes, &n))
        result->members = memory_new(n, sizeof *result->members);
    if (result->members == NULL)
        return error_memory(error, "the results");
    result->n_members = n_members;
    for (size_t i = 0; i < n; i++)
        result->members[i] = NAN;
    return STATUS_OK;
}

Status result_new_for(SourceList *list, const Recipe *recipe, Result **result, Error *error)
{
    const char *names[RECIPE_CLASSES_MAX];
    for (size_t i = 0; i < recipe->n_classes; i++)
        names[i] = recipe->classes[i].name;
    Status status = result_new(list, recipe->n_classes, names, result, error);
    for (size_t class = 0; class <= recipe->n_classes && status == STATUS_OK; class ++)
        (*result)->looks[class] = recipe_class_look(recipe, class);
    if (status == STATUS_OK && recipe->disc[0] != '\0')
        status = disc_read(recipe->disc, &(*result)->disc, error);
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
    source_list_free(result->list);
    free(result->notes);
    free(result->names);
    free(result->class_names);
    free(result->looks);
    free(result->classes);
    free(result->scores);
    free(result->flags);
    free(result->members);
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

Status result_set_class(Result *result, size_t row, size_t class, Error *error)
{
    if (row >= result->list->n)
        return error_set(error, STATUS_USAGE,
                         "there is no row %zu; the result has %zu, counted from 0", row,
                         result->list->n);
    if (class > result->n_classes)
        return error_set(error, STATUS_USAGE, "there is no class %zu; the result has %zu", class,
                         result->n_classes);
    result->classes[row] = class;
    result->flags[row] =
        (result->flags[row] & ~(unsigned)SOURCE_FLAG_UNDECIDED) | SOURCE_FLAG_BY_HAND;
    return STATUS_OK;
}

float result_score(const Result *result, size_t row)
{
    size_t class = result->classes[row];
    return class > 0 ? result->scores[row * result->n_classes + class - 1] : NAN;
}

static const float *members_of(const Result *result, size_t row)
{
    return result->members + row * result->n_members * result->n_classes;
}

size_t result_vote(const Result *result, size_t row, float *quality)
{
    const float *scores = result->scores + row * result->n_classes;
    *quality = NAN;
    if (isnan(scores[0]))
        return 0;
    return decision_mode(members_of(result, row), result->n_members, result->n_classes, scores,
                         quality) +
           1;
}

float result_deviation(const Result *result, size_t row, size_t class)
{
    double mean = (double)result->scores[row * result->n_classes + class], squares = 0.0;
    for (size_t i = 0; i < result->n_members; i++) {
        double score = (double)members_of(result, row)[i * result->n_classes + class];
        squares += (score - mean) * (score - mean);
    }
    return (float)sqrt(squares / (double)(result->n_members - 1));
}
