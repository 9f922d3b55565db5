// Datasets: one that is read is written and read again as the same dataset.
#include <stdlib.h>
#include <string.h>

#include "dataset/dataset_file.h"
#include "fuzz.h"

static void expect_same_source(const Dataset *a, const Dataset *b, size_t i)
{
    fuzz_expect(a->labels[i] == b->labels[i] && a->fields[i] == b->fields[i] &&
                    fuzz_same(a->x[i], b->x[i]) && fuzz_same(a->y[i], b->y[i]),
                "source %zu changed", i);
    fuzz_expect(strcmp(a->ids[i], b->ids[i]) == 0, "\"%s\" became \"%s\"", a->ids[i], b->ids[i]);
    for (size_t j = 0; j < a->n_columns; j++)
        fuzz_expect(fuzz_same(a->columns[j][i], b->columns[j][i]), "column %s changed",
                    a->column_names[j]);
}

static void expect_same(const Dataset *a, const Dataset *b)
{
    fuzz_expect(a->n == b->n && a->n_bands == b->n_bands && a->size == b->size &&
                    a->n_classes == b->n_classes && a->n_fields == b->n_fields &&
                    a->n_columns == b->n_columns && fuzz_same(a->pixel_scale, b->pixel_scale),
                "the shape changed");
    for (size_t i = 0; i < a->n_bands; i++)
        fuzz_expect(strcmp(a->bands[i], b->bands[i]) == 0, "band %s became %s", a->bands[i],
                    b->bands[i]);
    for (size_t i = 0; i < a->n_fields; i++)
        fuzz_expect(strcmp(a->field_names[i], b->field_names[i]) == 0, "field \"%s\" became \"%s\"",
                    a->field_names[i], b->field_names[i]);
    for (size_t i = 0; i < a->n; i++)
        expect_same_source(a, b, i);
    for (size_t i = 0; i < a->n * dataset_cutout_values(a); i++)
        fuzz_expect(fuzz_same((double)a->cutouts[i], (double)b->cutouts[i]), "pixel %zu changed",
                    i);
}

static void check(const Dataset *dataset)
{
    for (size_t i = 0; i < dataset->n; i++) {
        fuzz_expect(dataset->labels[i] >= 1 && dataset->labels[i] <= dataset->n_classes,
                    "class %zu of %zu", dataset->labels[i], dataset->n_classes);
        fuzz_expect(dataset->fields[i] >= 0 && (size_t)dataset->fields[i] < dataset->n_fields,
                    "field %d of %zu", dataset->fields[i], dataset->n_fields);
        fuzz_expect(dataset->ids[i] != NULL, "a source without id");
    }
}

static void check_round_trip(const Dataset *dataset)
{
    Dataset *back = NULL;
    Error error = {0};
    const char *path = fuzz_path("again.fits");
    Status status = dataset_write(dataset, path, &error);
    fuzz_expect(status == STATUS_OK, "cannot write: %s", error.text);
    status = dataset_read(path, &back, &error);
    fuzz_expect(status == STATUS_OK, "cannot read again: %s", error.text);
    expect_same(dataset, back);
    dataset_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Dataset *dataset;
    Error error = {0};
    char *copy = fuzz_text(bytes, size);
    fuzz_set_checksums((uint8_t *)copy, size);
    Status status = dataset_read(fuzz_write("dataset.fits", copy, size), &dataset, &error);
    free(copy);
    if (status != STATUS_OK) {
        fuzz_expect(dataset == NULL, "a dataset with an error");
        fuzz_expect_words(status, &error);
        return 0;
    }
    check(dataset);
    check_round_trip(dataset);
    dataset_free(dataset);
    return 0;
}
