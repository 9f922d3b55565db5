#include "sky/source/sky_match_write.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/output_file.h"
#include "sky/source/source_columns.h"
#include "sky/table/output_table.h"

const char *const match_keep_names[] = {"all", "matched", "unmatched", NULL};

// Some rows of a table's columns, in another order.
typedef struct RowChoice {
    const size_t *rows; // [n] of the inner table; NO_MATCH: an empty cell
    OutputTable inner;
} RowChoice;

typedef struct Matching {
    const SourceList *list;
    const SkyMatch *match;
    const char *note;        // "" for none
    const SourceList *other; // NULL of one list
    size_t n;
    size_t *rows;     // [n] of the first list
    size_t *partners; // [n] of the other, or NO_MATCH
    size_t *merged;   // [list->n] rows that a row stands for; NULL of two lists
    RowChoice first, second;
} Matching;

static void chosen_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const RowChoice *choice = column->data;
    const OutputColumn *inner = &choice->inner.columns[column->index];
    if (choice->rows[row] != NO_MATCH)
        inner->cell(inner, choice->rows[row], cell);
    else if (column->kind == CELL_TEXT)
        cell->text = "";
}

static void separation_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const Matching *matching = column->data;
    cell->number = matching->match->separation[matching->rows[row]];
    cell->known = matching->partners[row] != NO_MATCH;
}

static void count_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const Matching *matching = column->data;
    const size_t source = matching->rows[row];
    cell->whole = (long long)(matching->merged != NULL ? matching->merged[source]
                                                       : matching->match->n_within[source]);
    cell->known = true;
}

static void note_cell(const OutputColumn *column, size_t row, OutputCell *cell)
{
    const Matching *matching = column->data;
    const size_t partner = matching->partners[row];
    cell->buffer[0] = '\0';
    if (partner != NO_MATCH)
        snprintf(cell->buffer, sizeof cell->buffer, "%s from %s",
                 matching->other->sources[partner].id, matching->note);
    cell->text = cell->buffer;
}

// The inner table's columns with its rows chosen; `suffix` is added to their names.
static Status add_chosen(const RowChoice *choice, const char *suffix, OutputTable *table,
                         Error *error)
{
    Status status = STATUS_OK;
    for (size_t i = 0; i < choice->inner.n_columns && status == STATUS_OK; i++) {
        OutputColumn column = choice->inner.columns[i];
        char name[256];
        snprintf(name, sizeof name, "%s%s", column.name, suffix);
        column.data = choice;
        column.index = i;
        column.cell = chosen_cell;
        status = output_table_add(table, name, &column, error);
    }
    return status;
}

static Status read_columns(const SourceList *list, OutputTable *table, Error *error)
{
    Status status = source_columns_position(list, table, error);
    return status == STATUS_OK ? source_columns_own(list, table, error) : status;
}

static Status add_figures(Matching *matching, OutputTable *table, Error *error)
{
    const OutputColumn separation = {.kind = CELL_DOUBLE,
                                     .unit = "arcsec",
                                     .description = "to the nearest match",
                                     .ucd = "pos.angDistance",
                                     .data = matching,
                                     .cell = separation_cell};
    const OutputColumn count = {.kind = CELL_WHOLE,
                                .unit = "",
                                .description = matching->merged != NULL
                                                   ? "rows that this one stands for"
                                                   : "sources within the radius",
                                .ucd = "meta.number",
                                .data = matching,
                                .cell = count_cell};
    const OutputColumn note = {.kind = CELL_TEXT,
                               .unit = "",
                               .description = "known as",
                               .ucd = "meta.note",
                               .data = matching,
                               .cell = note_cell};
    if (matching->merged != NULL)
        return output_table_add(table, "n_merged", &count, error);
    Status status = output_table_add(table, "separation", &separation, error);
    if (status == STATUS_OK)
        status = output_table_add(table, "n_matches", &count, error);
    if (status == STATUS_OK && matching->note[0] != '\0')
        status = output_table_add(table, "note", &note, error);
    return status;
}

static Status fill_table(Matching *matching, OutputTable *table, Error *error)
{
    table->n_rows = matching->n;
    matching->first.rows = matching->rows;
    matching->second.rows = matching->partners;
    Status status = read_columns(matching->list, &matching->first.inner, error);
    if (status == STATUS_OK && matching->other != NULL)
        status = read_columns(matching->other, &matching->second.inner, error);
    if (status == STATUS_OK)
        status = add_chosen(&matching->first, "", table, error);
    if (status == STATUS_OK)
        status = add_figures(matching, table, error);
    if (status == STATUS_OK && matching->other != NULL)
        status = add_chosen(&matching->second, "_2", table, error);
    return status;
}

static Status write_table(Matching *matching, const char *path, Error *error)
{
    const TableFormat *format = table_format_find(path);
    if (format == NULL)
        return error_set(error, STATUS_USAGE,
                         "%s: the ending decides the format and this is none of %s; choose one",
                         path, table_format_endings);
    OutputFile *file;
    OutputTable table = {.name = "MATCHES"};
    Status status = output_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    status = fill_table(matching, &table, error);
    if (status == STATUS_OK)
        status = format->write(&table, output_file_stream(file), error);
    output_table_clear(&table);
    output_table_clear(&matching->first.inner);
    output_table_clear(&matching->second.inner);
    if (status == STATUS_OK)
        return output_file_commit(file, error);
    output_file_discard(file);
    return status;
}

static bool is_kept(const SkyMatch *match, size_t source, MatchKeep keep)
{
    bool matched = match->partner[source] != NO_MATCH;
    return keep == KEEP_ALL || matched == (keep == KEEP_MATCHED);
}

static Status choose_rows(Matching *matching, MatchKeep keep, Error *error)
{
    const size_t n = matching->list->n;
    matching->rows = memory_new(n, sizeof *matching->rows);
    matching->partners = memory_new(n, sizeof *matching->partners);
    if (matching->rows == NULL || matching->partners == NULL)
        return error_memory(error, "the matches");
    for (size_t i = 0; i < n; i++)
        if (is_kept(matching->match, i, keep)) {
            matching->rows[matching->n] = i;
            matching->partners[matching->n++] = matching->match->partner[i];
        }
    return STATUS_OK;
}

static Status write_rows(Matching *matching, MatchKeep keep, const char *path, size_t *n_written,
                         Error *error)
{
    Status status = choose_rows(matching, keep, error);
    if (status == STATUS_OK && matching->n == 0)
        status = error_set(error, STATUS_BAD_INPUT, "no row is left to be written: %s",
                           keep == KEEP_MATCHED ? "nothing matches; is the radius large enough?"
                                                : "everything matches");
    if (status == STATUS_OK)
        status = write_table(matching, path, error);
    if (n_written != NULL)
        *n_written = matching->n;
    free(matching->rows);
    free(matching->partners);
    return status;
}

Status sky_match_write(const SourceList *list, const SourceList *other, const SkyMatch *match,
                       MatchKeep keep, const char *note, const char *path, size_t *n_written,
                       Error *error)
{
    Matching matching = {.list = list, .other = other, .match = match, .note = note};
    return write_rows(&matching, keep, path, n_written, error);
}

Status sky_duplicates_write(const SourceList *list, const SkyMatch *match, const char *path,
                            size_t *n_written, Error *error)
{
    Matching matching = {.list = list, .match = match, .note = ""};
    matching.merged = memory_new(list->n, sizeof *matching.merged);
    if (matching.merged == NULL)
        return error_memory(error, "the matches");
    for (size_t i = 0; i < list->n; i++)
        matching.merged[match->partner[i] != NO_MATCH ? match->partner[i] : i]++;
    Status status = write_rows(&matching, KEEP_UNMATCHED, path, n_written, error);
    free(matching.merged);
    return status;
}
