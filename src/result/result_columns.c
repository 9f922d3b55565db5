// Results as a table: the contract's columns, then those that the input had.
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "result/result_write_internal.h"
#include "sky/cutout/cutout.h"
#include "sky/source/own_columns.h"
#include "sky/source/source_columns.h"

static void class_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const Result *result = column->data;
    cell->whole = (long long)result->classes[row];
    cell->known = true;
}

static void winning_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    cell->number = (double)result_score(column->data, row);
    cell->known = true;
}

static void score_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const Result *result = column->data;
    cell->number = (double)result->scores[row * result->n_classes + column->index];
    cell->known = true;
}

static void vote_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const Result *result = column->data;
    float quality;
    cell->whole = (long long)result_vote(result, row, &quality);
    cell->known = true;
}

static void quality_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    float quality;
    result_vote(column->data, row, &quality);
    cell->number = (double)quality;
    cell->known = true;
}

static void deviation_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    cell->number = (double)result_deviation(column->data, row, column->index);
    cell->known = true;
}

static void disc_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const Result *result = column->data;
    const Source *source = &result->list->sources[row];
    cell->number = source->has_sky ? disc_radius(&result->disc, source->ra, source->dec) : NAN;
    cell->known = true;
}

static void flag_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const Result *result = column->data;
    source_flag_text(result->flags[row], cell->buffer, sizeof cell->buffer);
    cell->text = cell->buffer;
}

static const OutputColumn class_column = {.kind = CELL_SMALL,
                                          .unit = "",
                                          .description = "0 where not classified",
                                          .ucd = "src.class",
                                          .cell = class_cell};
static const OutputColumn winning_column = {.kind = CELL_SINGLE,
                                            .unit = "",
                                            .description = "of that class",
                                            .ucd = "stat.probability",
                                            .cell = winning_cell};
static const OutputColumn vote_column = {.kind = CELL_SMALL,
                                         .unit = "",
                                         .description = "class that most members choose",
                                         .ucd = "src.class",
                                         .cell = vote_cell};
static const OutputColumn quality_column = {.kind = CELL_SINGLE,
                                            .unit = "",
                                            .description = "fraction of the members that do",
                                            .ucd = "stat.ratio",
                                            .cell = quality_cell};
static const OutputColumn disc_column = {.kind = CELL_SINGLE,
                                         .unit = "kpc",
                                         .description = "radius in the plane of the disc",
                                         .ucd = "pos.galactocentric",
                                         .cell = disc_cell};
static const OutputColumn flag_column = {.kind = CELL_TEXT,
                                         .unit = "",
                                         .description = "empty where all is well",
                                         .ucd = "meta.code",
                                         .cell = flag_cell};

static Status add(OutputTable *table, const char *name, OutputColumn column, const Result *result,
                  Error *error)
{
    column.data = result;
    return output_table_add(table, name, &column, error);
}

static Status add_scores(OutputTable *table, const Result *result, Error *error)
{
    Status status = STATUS_OK;
    for (size_t k = 0; k < result->n_classes && status == STATUS_OK; k++) {
        char name[32];
        snprintf(name, sizeof name, "score_%zu", k + 1);
        OutputColumn column = {.kind = CELL_SINGLE,
                               .unit = "",
                               .description = result->class_names[k],
                               .ucd = "stat.probability",
                               .index = k,
                               .cell = score_cell};
        status = add(table, name, column, result, error);
    }
    return status;
}

// What an ensemble's members say, beside their mean scores.
static Status add_members(OutputTable *table, const Result *result, Error *error)
{
    Status status = add(table, "vote", vote_column, result, error);
    if (status == STATUS_OK)
        status = add(table, "quality", quality_column, result, error);
    for (size_t k = 0; k < result->n_classes && status == STATUS_OK; k++) {
        char name[32];
        snprintf(name, sizeof name, "score_sd_%zu", k + 1);
        OutputColumn column = {.kind = CELL_SINGLE,
                               .unit = "",
                               .description = "standard deviation over the members",
                               .ucd = "stat.stdev",
                               .index = k,
                               .cell = deviation_cell};
        status = add(table, name, column, result, error);
    }
    return status;
}

static Status add_columns(OutputTable *table, const Result *result, const OwnColumns *own,
                          Error *error)
{
    Status status = source_columns_position(result->list, table, error);
    if (status == STATUS_OK)
        status = add(table, "class", class_column, result, error);
    if (status == STATUS_OK)
        status = add(table, "score", winning_column, result, error);
    if (status == STATUS_OK)
        status = add_scores(table, result, error);
    if (status == STATUS_OK && result->members != NULL)
        status = add_members(table, result, error);
    if (status == STATUS_OK)
        status = add(table, "flag", flag_column, result, error);
    if (status == STATUS_OK && result->disc.distance > 0.0)
        status = add(table, "r_proj", disc_column, result, error);
    return status == STATUS_OK ? own_columns_add(own, table, error) : status;
}

Status result_write_table(const Result *result, const TableFormat *format, FILE *stream,
                          Error *error)
{
    OwnColumns *own = NULL;
    char looks[RECIPE_CLASSES_MAX + 1][CLASS_LOOK_TEXT_SIZE];
    const char *look_texts[RECIPE_CLASSES_MAX + 1];
    for (size_t class = 0; class <= result->n_classes; class ++) {
        class_look_text(&result->looks[class], looks[class]);
        look_texts[class] = looks[class];
    }
    OutputNote *notes = memory_new(result->n_notes, sizeof *notes);
    if (notes == NULL)
        return error_memory(error, "the results");
    for (size_t i = 0; i < result->n_notes; i++)
        notes[i] = (OutputNote){result->notes[i].key, result->notes[i].value};
    OutputTable table = {.name = "SKYCLASS",
                         .n_notes = result->n_notes,
                         .notes = notes,
                         .n_classes = result->n_classes,
                         .class_names = result->class_names,
                         .class_looks = look_texts};
    Status status = own_columns_new(result->list, &own, error);
    if (status == STATUS_OK)
        status = add_columns(&table, result, own, error);
    if (status == STATUS_OK)
        status = format->write(&table, stream, error);
    output_table_clear(&table);
    own_columns_free(own);
    free(notes);
    return status;
}
