#include "sky/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/output_file.h"
#include "sky/result_private.h"

Status result_new(const SourceList *list, size_t n_classes, const char *const *class_names,
                  Result **result, Error *error)
{
    size_t n_scores;
    *result = memory_new(1, sizeof **result);
    Result *fresh = *result;
    if (fresh != NULL && memory_multiply(list->n, n_classes, &n_scores)) {
        fresh->list = list;
        fresh->n_classes = n_classes;
        fresh->class_names = class_names;
        fresh->classes = memory_new(list->n, sizeof *fresh->classes);
        fresh->scores = memory_new(n_scores, sizeof *fresh->scores);
        fresh->flags = memory_new(list->n, sizeof *fresh->flags);
        if (fresh->classes != NULL && fresh->scores != NULL && fresh->flags != NULL) {
            for (size_t i = 0; i < n_scores; i++)
                fresh->scores[i] = NAN;
            return STATUS_OK;
        }
    }
    result_free(fresh);
    *result = NULL;
    return error_memory(error, "the results");
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
    free(result->classes);
    free(result->scores);
    free(result->flags);
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

static bool ends_with(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcasecmp(path + n - m, ending) == 0;
}

static bool is_predictions(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash != NULL ? slash + 1 : path, "predictions.csv") == 0;
}

Status result_write(const Result *result, const char *path, const ResultStyle *style,
                    const char *galaxy, Error *error)
{
    static const char *const endings[] = {".fits", ".csv", ".ecsv", ".tab", ".reg"};
    enum { FITS, CSV, ECSV, TAB, REG, N_ENDINGS } format = FITS;
    while (format < N_ENDINGS && !ends_with(path, endings[format]))
        format++;
    if (format == N_ENDINGS)
        return error_set(error, STATUS_USAGE,
                         "%s: the ending decides the format and this is none of .fits, .csv, "
                         ".ecsv, .tab, .reg; choose one",
                         path);
    OutputFile *file;
    Status status = output_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    FILE *stream = output_file_stream(file);
    static const ResultStyle plain = {PALETTE_STARCNET, false};
    if (format == FITS)
        status = result_write_fits(result, path, stream, error);
    else if (format == ECSV)
        result_write_ecsv(result, stream);
    else if (format == TAB)
        result_write_starcnet_table(result, stream);
    else if (format == REG)
        result_write_regions(result, style != NULL ? style : &plain, stream);
    else if (is_predictions(path))
        result_write_starcnet_predictions(result, galaxy, stream);
    else
        result_write_csv(result, stream);
    if (status == STATUS_OK)
        return output_file_commit(file, error);
    output_file_discard(file);
    return status;
}
