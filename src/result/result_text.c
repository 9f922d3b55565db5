// Results as text tables: CSV, ECSV, and the two files that StarcNet's own program writes.
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/csv_text.h"
#include "base/number_text.h"
#include "result/result_internal.h"
#include "sky/cutout/cutout.h"

// `missing` stands for what is not known.
static void put_number(bool known, double value, const char *missing, FILE *stream)
{
    char text[32];
    fputs(known && !isnan(value) ? number_text(value, text, sizeof text) : missing, stream);
}

static void put_single(float value, const char *missing, FILE *stream)
{
    char text[32];
    fputs(!isnan(value) ? number_text_single(value, text, sizeof text) : missing, stream);
}

// The rows of the contract. ECSV quotes all text and has no empty numbers.
static void put_rows(const Result *result, bool quote_all, const char *missing, FILE *stream)
{
    fputs("id,x,y,ra,dec,class,score", stream);
    for (size_t k = 1; k <= result->n_classes; k++)
        fprintf(stream, ",score_%zu", k);
    fputs(",flag\n", stream);
    for (size_t i = 0; i < result->list->n; i++) {
        const Source *source = &result->list->sources[i];
        csv_text_write(source->id, quote_all, stream);
        fputc(',', stream);
        put_number(source->has_xy, source->x, missing, stream);
        fputc(',', stream);
        put_number(source->has_xy, source->y, missing, stream);
        fputc(',', stream);
        put_number(source->has_sky, source->ra, missing, stream);
        fputc(',', stream);
        put_number(source->has_sky, source->dec, missing, stream);
        fprintf(stream, ",%zu,", result->classes[i]);
        put_single(result_score(result, i), missing, stream);
        for (size_t k = 0; k < result->n_classes; k++) {
            fputc(',', stream);
            put_single(result->scores[i * result->n_classes + k], missing, stream);
        }
        char flag[RESULT_FLAG_SIZE];
        source_flag_text(result->flags[i], flag, sizeof flag);
        fputc(',', stream);
        csv_text_write(flag, quote_all, stream);
        fputc('\n', stream);
    }
}

void result_write_csv(const Result *result, FILE *stream)
{
    put_rows(result, false, "", stream);
}

// A double-quoted YAML scalar on one line.
static void put_yaml(const char *text, FILE *stream)
{
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(stream, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(stream, "\\x%02x", c);
        else
            fputc(c, stream);
    }
    fputc('"', stream);
}

// Enhanced CSV 1.0 (Astropy Proposal for Enhancement 6).
void result_write_ecsv(const Result *result, FILE *stream)
{
    fputs(
        "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n"
        "# - {name: id, datatype: string}\n"
        "# - {name: x, unit: pix, datatype: float64, description: '1-based'}\n"
        "# - {name: y, unit: pix, datatype: float64, description: '1-based'}\n"
        "# - {name: ra, unit: deg, datatype: float64, description: ICRS}\n"
        "# - {name: dec, unit: deg, datatype: float64, description: ICRS}\n"
        "# - {name: class, datatype: int32, description: '0 where not classified'}\n"
        "# - {name: score, datatype: float32, description: of that class}\n",
        stream);
    for (size_t k = 1; k <= result->n_classes; k++) {
        fprintf(stream, "# - {name: score_%zu, datatype: float32, description: ", k);
        put_yaml(result->class_names[k - 1], stream);
        fputs("}\n", stream);
    }
    fputs("# - {name: flag, datatype: string}\n# meta: !!omap\n# - classes:\n", stream);
    for (size_t k = 0; k < result->n_classes; k++) {
        fputs("#   - ", stream);
        put_yaml(result->class_names[k], stream);
        fputc('\n', stream);
    }
    fputs("# - skyclass: !!omap\n", stream);
    fputs("#   - writer: " SKYCLASS_VERSION "\n", stream);
    for (size_t i = 0; i < result->n_notes; i++) {
        fputs("#   - ", stream);
        put_yaml(result->notes[i].key, stream);
        fputs(": ", stream);
        put_yaml(result->notes[i].value, stream);
        fputc('\n', stream);
    }
    fputs("# schema: astropy-2.0\n", stream);
    put_rows(result, true, "nan", stream);
}

// Positions as StarcNet writes them: the whole pixels that it cuts at.
static void put_whole(bool known, double value, FILE *stream)
{
    if (known)
        fprintf(stream, "%.0f", trunc(value));
    else
        fputs("nan", stream);
}

// id, x, y, class, [scores], with tabs between.
void result_write_starcnet_table(const Result *result, FILE *stream)
{
    for (size_t i = 0; i < result->list->n; i++) {
        const Source *source = &result->list->sources[i];
        for (const char *c = source->id; *c != '\0'; c++)
            fputc((unsigned char)*c < 0x20 ? ' ' : *c, stream);
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
        csv_text_write(galaxy, false, stream);
        fputc(',', stream);
        csv_text_write(source->id, false, stream);
        fputc(',', stream);
        put_whole(source->has_xy, source->x, stream);
        fputc(',', stream);
        put_whole(source->has_xy, source->y, stream);
        fprintf(stream, ",%zu\n", result->classes[i]);
    }
}
