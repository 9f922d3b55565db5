// The two files that StarcNet's own program writes.
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/csv_text.h"
#include "result/result_write_internal.h"

// Positions as StarcNet writes them: the whole pixels that it cuts at.
static void put_whole(bool known, double value, FILE *stream)
{
    if (known)
        fprintf(stream, "%.0f", trunc(value));
    else
        fputs("nan", stream);
}

// One that would make its row a comment is put in quotes.
static void put_id(const char *id, FILE *stream)
{
    if (id[0] == '#' || id[0] == '\\') {
        csv_text_write(id, true, stream);
        return;
    }
    csv_text_put_guard(id, stream);
    for (const char *c = id; *c != '\0'; c++)
        fputc((unsigned char)*c < 0x20 ? ' ' : *c, stream);
}

// id, x, y, class, [scores], with tabs between.
void result_write_starcnet_table(const Result *result, FILE *stream)
{
    for (size_t i = 0; i < result->list->n; i++) {
        const Source *source = &result->list->sources[i];
        put_id(source->id, stream);
        fputc('\t', stream);
        put_whole(source->has_xy, source->x, stream);
        fputc('\t', stream);
        put_whole(source->has_xy, source->y, stream);
        fprintf(stream, "\t%zu\t[", result->classes[i]);
        for (size_t k = 0; k < result->n_classes; k++)
            fprintf(stream, "%s%.2f", k > 0 ? " - " : "",
                    (double)result->scores[i * result->n_classes + k]);
        fputs("]\n", stream);
    }
}

// The field from the source file's name: LEGUS names it fifth (hlsp_legus_hst_wfc3_ngc1566_...),
// else the name without its ending.
static void name_galaxy(const char *path, char *galaxy, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t length = strcspn(name, ".");
    if (strncasecmp(name, "hlsp_", 5) == 0) {
        const char *part = name;
        for (int i = 0; i < 4 && part != NULL; i++) {
            part = strchr(part, '_');
            part = part != NULL ? part + 1 : NULL;
        }
        if (part != NULL) {
            name = part;
            length = strcspn(part, "_.");
        }
    }
    snprintf(galaxy, size, "%.*s", (int)length, name);
}

void result_write_starcnet_predictions(const Result *result, const char *galaxy, FILE *stream)
{
    char from_path[256];
    if (galaxy == NULL || galaxy[0] == '\0') {
        name_galaxy(result->list->path, from_path, sizeof from_path);
        galaxy = from_path;
    }
    fputs("Galaxy,Id,X,Y,Prediction\n", stream);
    for (size_t i = 0; i < result->list->n; i++) {
        const Source *source = &result->list->sources[i];
        csv_text_write_guarded(galaxy, stream);
        fputc(',', stream);
        csv_text_write_guarded(source->id, stream);
        fputc(',', stream);
        put_whole(source->has_xy, source->x, stream);
        fputc(',', stream);
        put_whole(source->has_xy, source->y, stream);
        fprintf(stream, ",%zu\n", result->classes[i]);
    }
}
