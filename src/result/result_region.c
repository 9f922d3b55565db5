// Results as DS9 regions: the user's own with class marks, or points.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/result_write_internal.h"
#include "sky/cutout/cutout.h"
#include "sky/region/region.h"

typedef struct Marking {
    const Result *result;
    const ResultStyle *style;
    char class_tag[32], flag_tag[RESULT_FLAG_SIZE + 8], text[32];
} Marking;

static void mark(void *context, size_t row, RegionMark *mark)
{
    Marking *marking = context;
    const Result *result = marking->result;
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

static void put_points(const Result *result, size_t first, size_t n, Marking *marking, FILE *stream)
{
    for (size_t i = first; i < first + n; i++) {
        RegionMark point = {.colour = NULL};
        mark(marking, i, &point);
        source_point_write(result->list, i, marking->style->coords, marking->style->physical,
                           &point, stream);
    }
}

void result_write_regions(const Result *result, const ResultStyle *style, FILE *stream)
{
    Marking marking = {.result = result, .style = style};
    if (result->list->regions != NULL) {
        region_file_write(result->list->regions, mark, &marking, stream);
        return;
    }
    fputs("# Region file format: DS9 version 4.1\n", stream);
    for (size_t i = 0; i < result->n_notes; i++)
        region_write_comment(result->notes[i].key, result->notes[i].value, stream);
    put_points(result, 0, result->list->n, &marking, stream);
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
    if (result->list->regions != NULL)
        region_file_write_some(result->list->regions, first, n, mark, &marking, stream);
    else
        put_points(result, first, n, &marking, stream);
    bool good = !ferror(stream);
    if (fclose(stream) != 0 || !good) {
        free(*text);
        *text = NULL;
        return error_memory(error, "the markers");
    }
    return STATUS_OK;
}
