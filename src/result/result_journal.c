// The file: a line that names the format, the key's line, a line with the numbers of rows kept and
// of classes, then the rows, each a JournalRow, its scores and its members', as this machine has
// them in memory.
#include "result/result_journal.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/output_file.h"
#include "base/text_file.h"

static const char format_line[] = "skyclass journal " SKYCLASS_VERSION;

typedef struct JournalRow {
    uint64_t row, class;
    uint64_t flags;
} JournalRow;

static size_t put_header(const Result *result, const char *key, size_t n_kept, char *header,
                         size_t size)
{
    int n =
        snprintf(header, size, "%s\n%s\n%zu of %zu rows, %zu classes, %zu members\n", format_line,
                 key, n_kept, result->list->n, result->n_classes, result->n_members);
    return n > 0 ? (size_t)n : 0;
}

// Numbers of a row's members.
static size_t members_values(const Result *result)
{
    return result->n_members * result->n_classes;
}

Status result_journal_write(const Result *result, const unsigned char *is_final, const char *key,
                            const char *path, Error *error)
{
    char header[512];
    size_t n_kept = 0;
    for (size_t i = 0; i < result->list->n; i++)
        n_kept += is_final == NULL || is_final[i];
    OutputFile *file;
    Status status = output_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    FILE *stream = output_file_stream(file);
    put_header(result, key, n_kept, header, sizeof header);
    fputs(header, stream);
    for (size_t i = 0; i < result->list->n; i++) {
        if (is_final != NULL && !is_final[i])
            continue;
        JournalRow row = {i, result->classes[i], result->flags[i]};
        fwrite(&row, sizeof row, 1, stream);
        fwrite(result->scores + i * result->n_classes, sizeof *result->scores, result->n_classes,
               stream);
        if (result->members != NULL)
            fwrite(result->members + i * members_values(result), sizeof *result->members,
                   members_values(result), stream);
    }
    return output_file_commit(file, error);
}

// Whether the header is this result's; *size becomes its length, *n_kept the rows behind it.
static bool read_header(const Result *result, const char *key, const char *bytes, size_t *size,
                        size_t *n_kept)
{
    char wanted[512];
    const char *line = strchr(bytes, '\n');
    line = line != NULL ? strchr(line + 1, '\n') : NULL;
    if (line == NULL || sscanf(line + 1, "%zu of", n_kept) != 1)
        return false;
    *size = put_header(result, key, *n_kept, wanted, sizeof wanted);
    return *size < sizeof wanted && strncmp(bytes, wanted, *size) == 0;
}

static bool row_is_possible(const Result *result, const char *bytes)
{
    JournalRow row;
    memcpy(&row, bytes, sizeof row);
    return row.row < result->list->n && row.class <= result->n_classes && row.flags <= UINT_MAX;
}

static void take_row(Result *result, const char *bytes, unsigned char *known)
{
    JournalRow row;
    memcpy(&row, bytes, sizeof row);
    result->classes[row.row] = (size_t)row.class;
    result->flags[row.row] = (unsigned)row.flags;
    bytes += sizeof row;
    memcpy(result->scores + row.row * result->n_classes, bytes,
           result->n_classes * sizeof *result->scores);
    bytes += result->n_classes * sizeof *result->scores;
    if (result->members != NULL)
        memcpy(result->members + row.row * members_values(result), bytes,
               members_values(result) * sizeof *result->members);
    known[row.row] = 1;
}

Status result_journal_read(Result *result, const char *key, const char *path, unsigned char *known,
                           Error *error)
{
    char *bytes = NULL;
    size_t size = 0, at = 0, n_kept = 0;
    Status status = text_file_load(path, &bytes, &size, error);
    if (status != STATUS_OK)
        return status == STATUS_MEMORY ? status : STATUS_OK;
    size_t row_size =
        sizeof(JournalRow) + (result->n_classes + members_values(result)) * sizeof *result->scores;
    bool whole = read_header(result, key, bytes, &at, &n_kept) && size >= at &&
                 n_kept <= result->list->n && size - at == n_kept * row_size;
    for (size_t row = at; whole && row < size; row += row_size)
        whole = row_is_possible(result, bytes + row);
    for (; whole && at < size; at += row_size)
        take_row(result, bytes + at, known);
    free(bytes);
    return STATUS_OK;
}
