// Results as DS9 regions: the user's own with class marks, or points.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/result_write_internal.h"
#include "sky/cutout/cutout.h"
#include "sky/region/region.h"
#include "sky/source/source_share.h"

typedef struct Marking {
    const Result *result;
    const ResultStyle *style;
    size_t first; // row of the part's first source
    char class_tag[32], flag_tag[RESULT_FLAG_SIZE + 8], text[32];
} Marking;

// Of source `index` of a part.
static void mark(void *context, size_t index, RegionMark *mark)
{
    Marking *marking = context;
    const Result *result = marking->result;
    const size_t row = marking->first + index;
    size_t class = result->classes[row];
    const ClassLook *look = &result->looks[class];
    mark->colour = marking->style->palette == PALETTE_SAFE ? look->safe_colour : look->colour;
    mark->point = look->shape;
    snprintf(marking->class_tag, sizeof marking->class_tag, "class %zu", class);
    mark->tags[0] = "skyclass";
    mark->tags[1] = marking->class_tag;
    mark->tags[2] = NULL;
    char flag[RESULT_FLAG_SIZE];
    source_flag_text(result->flags[row], flag, sizeof flag);
    if (flag[0] != '\0') {
        snprintf(marking->flag_tag, sizeof marking->flag_tag, "flag %s", flag);
        mark->tags[2] = marking->flag_tag;
    }
    mark->text = NULL;
    if (marking->style->score_text && class > 0) {
        snprintf(marking->text, sizeof marking->text, "%.2f", (double)result_score(result, row));
        mark->text = marking->text;
    }
}

static void put_points(const SourceList *part, size_t first, size_t n, Marking *marking,
                       FILE *stream)
{
    for (size_t i = first; i < first + n; i++) {
        RegionMark point = {.colour = NULL};
        mark(marking, i, &point);
        source_point_write(part, i, marking->style->coords, marking->style->physical, &point,
                           stream);
    }
}

static void put_header(const Result *result, FILE *stream)
{
    fputs("# Region file format: DS9 version 4.1\n", stream);
    for (size_t i = 0; i < result->n_notes; i++)
        region_write_comment(result->notes[i].key, result->notes[i].value, stream);
}

// A part that was regions is that file again; the others' points stand under one header.
void result_write_regions(const Result *result, const ResultStyle *style, FILE *stream)
{
    Marking marking = {.result = result, .style = style};
    bool headed = false;
    for (size_t i = 0; i < source_list_part_count(result->list); i++) {
        const SourceList *part = source_list_part(result->list, i, &marking.first);
        if (part->regions != NULL) {
            region_file_write(part->regions, mark, &marking, stream);
            continue;
        }
        if (!headed)
            put_header(result, stream);
        headed = true;
        put_points(part, 0, part->n, &marking, stream);
    }
}

// Rows first .. end-1, as far as they are this part's.
static void put_some(const SourceList *part, size_t first, size_t end, Marking *marking,
                     FILE *stream)
{
    const size_t from = first > marking->first ? first - marking->first : 0;
    const size_t to = end < marking->first + part->n ? end - marking->first : part->n;
    if (part->regions != NULL)
        region_file_write_some(part->regions, from, to - from, mark, marking, stream);
    else
        put_points(part, from, to - from, marking, stream);
}

Status result_region_text(const Result *result, size_t first, size_t n, const ResultStyle *style,
                          char **text, Error *error)
{
    *text = NULL;
    size_t size;
    FILE *stream = open_memstream(text, &size);
    if (stream == NULL)
        return error_memory(error, "the markers");
    Marking marking = {.result = result, .style = style};
    for (size_t i = 0; i < source_list_part_count(result->list); i++) {
        const SourceList *part = source_list_part(result->list, i, &marking.first);
        if (marking.first < first + n && first < marking.first + part->n)
            put_some(part, first, first + n, &marking, stream);
    }
    bool good = !ferror(stream);
    if (fclose(stream) != 0 || !good) {
        free(*text);
        *text = NULL;
        return error_memory(error, "the markers");
    }
    return STATUS_OK;
}
