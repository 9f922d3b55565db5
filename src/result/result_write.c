#include "result/result_write.h"

#include <stdio.h>
#include <string.h>

#include "base/output_file.h"
#include "result/result_join.h"
#include "result/result_write_internal.h"

static bool is_predictions(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash != NULL ? slash + 1 : path, "predictions.csv") == 0;
}

// What writes one file.
typedef struct Writing {
    const Result *result;
    const char *path, *galaxy;
    const ResultStyle *style;
} Writing;

static Status write_regions(const Writing *writing, FILE *stream, Error *error)
{
    (void)error;
    result_write_regions(writing->result, writing->style, stream);
    return STATUS_OK;
}

static Status write_predictions(const Writing *writing, FILE *stream, Error *error)
{
    (void)error;
    result_write_starcnet_predictions(writing->result, writing->galaxy, stream);
    return STATUS_OK;
}

static Status write_starcnet_table(const Writing *writing, FILE *stream, Error *error)
{
    (void)error;
    result_write_starcnet_table(writing->result, stream);
    return STATUS_OK;
}

static Status write_table(const Writing *writing, FILE *stream, Error *error)
{
    return result_write_table(writing->result, table_format_find(writing->path), stream, error);
}

static bool is_region_path(const char *path)
{
    return path_ends_with(path, ".reg");
}

static bool is_starcnet_path(const char *path)
{
    return path_ends_with(path, ".tab");
}

static bool is_table_path(const char *path)
{
    return table_format_find(path) != NULL;
}

typedef struct ResultFormat {
    bool (*is_meant)(const char *path);
    Status (*write)(const Writing *writing, FILE *stream, Error *error);
} ResultFormat;

// The first that is meant.
static const ResultFormat formats[] = {
    {is_predictions, write_predictions},
    {is_starcnet_path, write_starcnet_table},
    {is_region_path, write_regions},
    {is_table_path, write_table},
};

static Status find_format(const char *path, const ResultFormat **format, Error *error)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].is_meant(path)) {
            *format = &formats[i];
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE,
                     "%s: the ending decides the format and this is none of %s, .tab, .reg; "
                     "choose one",
                     path, table_format_endings);
}

Status result_write(const Result *result, const char *path, const ResultStyle *style,
                    const char *galaxy, Error *error)
{
    static const ResultStyle plain = {.palette = PALETTE_STARCNET};
    const ResultFormat *format = NULL;
    OutputFile *file = NULL;
    Status status = find_format(path, &format, error);
    if (status == STATUS_OK)
        status = output_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    const Writing writing = {result, path, galaxy, style != NULL ? style : &plain};
    status = format->write(&writing, output_file_stream(file), error);
    if (status == STATUS_OK)
        return output_file_commit(file, error);
    output_file_discard(file);
    return status;
}

Status result_write_all(const Result *const *results, size_t n, const char *path,
                        const ResultStyle *style, const char *galaxy, Error *error)
{
    Result *joined;
    if (n == 1)
        return result_write(results[0], path, style, galaxy, error);
    Status status = result_join(results, n, &joined, error);
    if (status == STATUS_OK)
        status = result_write(joined, path, style, galaxy, error);
    result_free(joined);
    return status;
}
