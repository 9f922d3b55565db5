#include "work/training_log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/output_file.h"

enum { LINE_SIZE = 512 };

static const char header[] =
    "epoch,step,loss,accuracy,validation_loss,validation_accuracy,"
    "validation_accuracy_2,learning_rate,samples_per_second,seconds\n";

static Status write_error(Error *error, const char *path)
{
    return error_set(error, STATUS_OUTPUT, "cannot write the training log %s: %s", path,
                     strerror(errno));
}

// A row that was written to its end: a run may have been killed inside its last one.
static bool is_whole_row(const char *line)
{
    size_t n_commas = 0, n_wanted = 0;
    for (const char *c = line; *c != '\0'; c++)
        n_commas += *c == ',';
    for (const char *c = header; *c != '\0'; c++)
        n_wanted += *c == ',';
    return n_commas == n_wanted && strchr(line, '\n') != NULL;
}

// Copies the rows of the log `path` up to `step`.
static void copy_rows(const char *path, size_t step, FILE *to)
{
    FILE *from = step > 0 ? fopen(path, "r") : NULL;
    if (from == NULL)
        return;
    char line[LINE_SIZE];
    while (fgets(line, sizeof line, from) != NULL) {
        double epoch;
        size_t row_step;
        if (sscanf(line, "%lf,%zu,", &epoch, &row_step) == 2 && row_step <= step &&
            is_whole_row(line))
            fputs(line, to);
    }
    fclose(from);
}

Status training_log_start(const char *path, size_t step, Error *error)
{
    OutputFile *file;
    Status status = output_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    fputs(header, output_file_stream(file));
    copy_rows(path, step, output_file_stream(file));
    return output_file_commit(file, error);
}

Status training_log_append(const char *path, const TrainingLogRow *row, Error *error)
{
    FILE *file = fopen(path, "a");
    if (file == NULL)
        return write_error(error, path);
    fprintf(file, "%.4f,%zu,%.6f,%.6f,", row->epoch, row->step, row->loss, row->accuracy);
    if (row->validated)
        fprintf(file, "%.6f,%.6f,%.6f,", row->validation_loss, row->validation_accuracy,
                row->validation_accuracy_2);
    else
        fputs(",,,", file);
    fprintf(file, "%.6e,%.2f,%.1f\n", row->learning_rate, row->samples_per_second, row->seconds);
    bool failed = ferror(file) != 0;
    failed = fclose(file) != 0 || failed;
    return failed ? write_error(error, path) : STATUS_OK;
}
