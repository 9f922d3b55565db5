// For check_tables.py: reads a source list, says what it found, and writes made-up results.
//   check_tables SOURCES [OUT]...
#include <math.h>
#include <stdio.h>

#include "base/number_text.h"
#include "result/result_write.h"
#include "sky/cutout/cutout.h"
#include "sky/source/source.h"

static void print_sources(const SourceList *list)
{
    char text[4][32];
    for (size_t i = 0; i < list->n; i++) {
        const Source *source = &list->sources[i];
        printf("%s\t%s\t%s\t%s\t%s\n", source->id,
               number_text(source->has_xy ? source->x : NAN, text[0], sizeof text[0]),
               number_text(source->has_xy ? source->y : NAN, text[1], sizeof text[1]),
               number_text(source->has_sky ? source->ra : NAN, text[2], sizeof text[2]),
               number_text(source->has_sky ? source->dec : NAN, text[3], sizeof text[3]));
    }
}

// Row i has class i % 5; score k of row i is (k + 1) / (i + 10), in single precision.
static void make_up(Result *result)
{
    for (size_t i = 0; i < result->list->n; i++) {
        result->classes[i] = i % (result->n_classes + 1);
        if (result->classes[i] == 0) {
            result->flags[i] = SOURCE_FLAG_BORDER;
            continue;
        }
        for (size_t k = 0; k < result->n_classes; k++)
            result->scores[i * result->n_classes + k] = (float)(k + 1) / (float)(i + 10);
    }
}

int main(int argc, char **argv)
{
    static const char *const classes[] = {"symmetric", "elongated", "multiple, \"loose\"", "none"};
    SourceList *list = NULL;
    Result *result = NULL;
    Error error = {0};
    Status status = argc > 1 ? source_list_read(argv[1], &list, &error) : STATUS_USAGE;
    if (status == STATUS_OK)
        status = result_new(list, 4, classes, &result, &error);
    if (status == STATUS_OK)
        status = result_note(result, "image", "a \"b\": c.fits", &error);
    if (status == STATUS_OK) {
        print_sources(list);
        make_up(result);
    }
    for (int i = 2; i < argc && status == STATUS_OK; i++)
        status = result_write(result, argv[i], NULL, "", &error);
    if (status != STATUS_OK)
        fprintf(stderr, "%s\n", error.text);
    result_free(result);
    source_list_free(list);
    return status == STATUS_OK ? 0 : 1;
}
