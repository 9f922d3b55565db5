// Datasets: what is written is read back, fields and datasets join, splits are the paper's.
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataset/dataset.h"
#include "dataset/dataset_field.h"
#include "dataset/dataset_file.h"
#include "dataset/dataset_mock.h"
#include "dataset/dataset_split.h"
#include "fits_file.h"
#include "mock/mock_simulate.h"

static void set_id(Dataset *dataset, size_t i, const char *id)
{
    dataset->ids[i] = strdup(id);
    assert_non_null(dataset->ids[i]);
}

// n sources of two bands and 4 x 4 pixels in one field, every value different.
static Dataset *example(size_t n, const char *field)
{
    Dataset *dataset;
    Error error;
    assert_int_equal(dataset_new(n, 2, 4, 3, &dataset, &error), STATUS_OK);
    strcpy(dataset->bands[0], "F555W");
    strcpy(dataset->bands[1], "F814W");
    dataset->pixel_scale = 0.0396;
    assert_int_equal(dataset_add_field(dataset, field, &error), STATUS_OK);
    size_t magnitude;
    assert_int_equal(dataset_add_column(dataset, "magnitude", &magnitude, &error), STATUS_OK);
    for (size_t i = 0; i < n; i++) {
        char id[32];
        snprintf(id, sizeof id, "%s-%zu", field, i);
        set_id(dataset, i, id);
        dataset->labels[i] = i % 3 + 1;
        dataset->x[i] = 100.25 + (double)i;
        dataset->y[i] = 7.5 * (double)i;
        dataset->columns[magnitude][i] = 20.0 + 0.125 * (double)i;
        for (size_t k = 0; k < 32; k++)
            dataset->cutouts[i * 32 + k] = (float)(i * 32 + k) - 0.5f;
    }
    return dataset;
}

static void assert_same(const Dataset *a, const Dataset *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_bands, b->n_bands);
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->n_classes, b->n_classes);
    assert_int_equal(a->n_fields, b->n_fields);
    assert_int_equal(a->n_columns, b->n_columns);
    assert_true(a->pixel_scale == b->pixel_scale);
    assert_memory_equal(a->bands, b->bands, sizeof a->bands);
    assert_memory_equal(a->cutouts, b->cutouts,
                        a->n * dataset_cutout_values(a) * sizeof *a->cutouts);
    assert_memory_equal(a->labels, b->labels, a->n * sizeof *a->labels);
    assert_memory_equal(a->fields, b->fields, a->n * sizeof *a->fields);
    assert_memory_equal(a->x, b->x, a->n * sizeof *a->x);
    assert_memory_equal(a->y, b->y, a->n * sizeof *a->y);
    for (size_t i = 0; i < a->n; i++)
        assert_string_equal(a->ids[i], b->ids[i]);
    for (size_t i = 0; i < a->n_fields; i++)
        assert_string_equal(a->field_names[i], b->field_names[i]);
    for (size_t i = 0; i < a->n_columns; i++) {
        assert_string_equal(a->column_names[i], b->column_names[i]);
        assert_memory_equal(a->columns[i], b->columns[i], a->n * sizeof(double));
    }
}

static void a_dataset_comes_back_from_its_file(void **state)
{
    (void)state;
    Error error;
    Dataset *written = example(150, "NGC 1566"), *read;
    written->columns[0][7] = NAN;
    written->ids[8][0] = '\0';
    const char *path = test_path("odd [name].fits");
    assert_int_equal(dataset_write(written, path, &error), STATUS_OK);
    assert_int_equal(dataset_read(path, &read, &error), STATUS_OK);
    assert_same(written, read);
    dataset_free(read);
    dataset_free(written);
}

static void its_cutouts_are_planes_of_bands_in_the_file(void **state)
{
    (void)state;
    Error error;
    Dataset *dataset = example(3, "field");
    const char *path = test_path("planes.fits");
    assert_int_equal(dataset_write(dataset, path, &error), STATUS_OK);
    fitsfile *file;
    int status = 0, n_axes = 0, type = 0;
    long shape[4];
    float plane[16];
    fits_open_diskfile(&file, path, READONLY, &status);
    fits_movnam_hdu(file, IMAGE_HDU, "CUTOUTS", 0, &status);
    fits_get_img_param(file, 4, &type, &n_axes, shape, &status);
    assert_int_equal(status, 0);
    assert_int_equal(n_axes, 4);
    const long expected[] = {4, 4, 2, 3};
    assert_memory_equal(shape, expected, sizeof shape);
    // Source 3, second band.
    long first[] = {1, 1, 2, 3};
    fits_read_pix(file, TFLOAT, first, 16, NULL, plane, NULL, &status);
    assert_int_equal(status, 0);
    for (size_t i = 0; i < 16; i++)
        assert_true(plane[i] == dataset->cutouts[2 * 32 + 2 * i + 1]);
    fits_close_file(file, &status);
    dataset_free(dataset);
}

static void not_a_number_is_read_as_zero(void **state)
{
    (void)state;
    Error error;
    Dataset *dataset = example(3, "field"), *read;
    dataset->cutouts[40] = NAN;
    dataset->cutouts[41] = INFINITY;
    const char *path = test_path("nan.fits");
    assert_int_equal(dataset_write(dataset, path, &error), STATUS_OK);
    assert_int_equal(dataset_read(path, &read, &error), STATUS_OK);
    assert_true(read->cutouts[40] == 0.0f && read->cutouts[41] == 0.0f);
    assert_true(read->cutouts[42] == dataset->cutouts[42]);
    dataset_free(read);
    dataset_free(dataset);
}

static void flip_byte(const char *path, long offset)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, offset, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, offset, SEEK_SET);
    fputc(byte ^ 1, file);
    fclose(file);
}

static void damage_is_found(void **state)
{
    (void)state;
    Error error;
    Dataset *dataset = example(150, "field"), *read;
    const char *path = test_path("damaged.fits");
    assert_int_equal(dataset_write(dataset, path, &error), STATUS_OK);
    flip_byte(path, 3 * 2880 + 1001); // among the pixels
    assert_int_equal(dataset_read(path, &read, &error), STATUS_BAD_INPUT);
    assert_null(read);
    assert_non_null(strstr(error.text, "checksum"));
    assert_int_equal(dataset_write(dataset, path, &error), STATUS_OK);
    assert_int_equal(truncate(path, 3 * 2880), 0);
    assert_int_equal(dataset_read(path, &read, &error), STATUS_BAD_INPUT);
    assert_int_equal(dataset_read(test_path("none.fits"), &read, &error), STATUS_BAD_INPUT);
    dataset_free(dataset);
}

// Changes a number of the labels' table and makes the checksums right again.
static void doctor(const char *path, const char *column, int value)
{
    fitsfile *file;
    int status = 0, number = 0;
    fits_open_diskfile(&file, path, READWRITE, &status);
    fits_movnam_hdu(file, BINARY_TBL, "LABELS", 0, &status);
    fits_get_colnum(file, CASEINSEN, (char *)column, &number, &status);
    fits_write_col(file, TINT, number, 2, 1, 1, &value, &status);
    fits_write_chksum(file, &status);
    fits_close_file(file, &status);
    assert_int_equal(status, 0);
}

static void classes_and_fields_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    Error error;
    Dataset *dataset = example(5, "field"), *read;
    const char *path = test_path("doctored.fits");
    const struct {
        const char *column;
        int value;
    } cases[] = {{"CLASS", 0}, {"CLASS", 4}, {"CLASS", -1}, {"FIELD", 0}, {"FIELD", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(dataset_write(dataset, path, &error), STATUS_OK);
        doctor(path, cases[i].column, cases[i].value);
        assert_int_equal(dataset_read(path, &read, &error), STATUS_BAD_INPUT);
        assert_non_null(strstr(error.text, "row 2"));
    }
    dataset_free(dataset);
}

static void a_header_that_promises_more_than_the_file_is_refused(void **state)
{
    (void)state;
    Error error;
    Dataset *dataset = example(5, "field"), *read;
    const char *path = test_path("promises.fits");
    assert_int_equal(dataset_write(dataset, path, &error), STATUS_OK);
    fitsfile *file;
    int status = 0;
    fits_open_diskfile(&file, path, READWRITE, &status);
    fits_modify_key_lng(file, "NSOURCE", 2000000000, NULL, &status);
    fits_write_chksum(file, &status);
    fits_close_file(file, &status);
    assert_int_equal(status, 0);
    assert_int_equal(dataset_read(path, &read, &error), STATUS_BAD_INPUT);
    dataset_free(dataset);
}

static void nothing_half_written_is_left(void **state)
{
    (void)state;
    Error error;
    Dataset *dataset = example(5, "field");
    const char *path = test_path("missing directory/set.fits");
    assert_int_equal(dataset_write(dataset, path, &error), STATUS_OUTPUT);
    assert_non_null(strstr(error.text, path));
    dataset_free(dataset);
    assert_int_equal(dataset_new(0, 2, 4, 3, &dataset, &error), STATUS_OK);
    assert_int_equal(dataset_write(dataset, test_path("empty.fits"), &error), STATUS_BAD_INPUT);
    assert_int_equal(access(test_path("empty.fits"), F_OK), -1);
    dataset_free(dataset);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    Error error;
    Dataset *old = example(3, "old"), *large = example(2000, "large"), *read;
    const char *path = test_path("full.fits");
    assert_int_equal(dataset_write(old, path, &error), STATUS_OK);
    // Files may not grow beyond this: to the writer the same as a full disk.
    struct rlimit before, full;
    getrlimit(RLIMIT_FSIZE, &before);
    full = before;
    full.rlim_cur = 50000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &full);
    Status status = dataset_write(large, path, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(status, STATUS_OUTPUT);
    assert_non_null(strstr(error.text, path));
    char part[1500];
    snprintf(part, sizeof part, "%s.part", path);
    assert_int_equal(access(part, F_OK), -1);
    assert_int_equal(dataset_read(path, &read, &error), STATUS_OK);
    assert_same(old, read);
    dataset_free(read);
    dataset_free(old);
    dataset_free(large);
}

static void joined_datasets_keep_their_fields_and_columns(void **state)
{
    (void)state;
    Error error;
    Dataset *first = example(4, "one"), *second = example(3, "two");
    size_t distance;
    assert_int_equal(dataset_add_column(second, "distance", &distance, &error), STATUS_OK);
    second->columns[distance][2] = 13.3;
    assert_int_equal(dataset_append(first, second, &error), STATUS_OK);
    assert_int_equal(first->n, 7);
    assert_int_equal(first->n_fields, 2);
    assert_string_equal(first->field_names[first->fields[3]], "one");
    assert_string_equal(first->field_names[first->fields[4]], "two");
    assert_string_equal(first->ids[6], "two-2");
    assert_memory_equal(first->cutouts + 4 * 32, second->cutouts, 3 * 32 * sizeof(float));
    size_t column = dataset_column(first, "DISTANCE");
    assert_int_equal(column, 1);
    assert_true(isnan(first->columns[column][0]));
    assert_true(first->columns[column][6] == 13.3);
    assert_true(first->columns[dataset_column(first, "magnitude")][4] == 20.0);
    dataset_free(second);

    assert_int_equal(dataset_new(1, 3, 4, 3, &second, &error), STATUS_OK);
    assert_int_equal(dataset_append(first, second, &error), STATUS_BAD_INPUT);
    assert_int_equal(first->n, 7);
    assert_int_equal(first->n_fields, 2);
    dataset_free(second);
    dataset_free(first);
}

// Every source is in one part, and in one only.
static void assert_partition(const DatasetSplit *split, size_t n)
{
    unsigned char *seen = calloc(n, 1);
    const DatasetView views[] = {split->training, split->validation, split->test};
    for (size_t v = 0; v < 3; v++)
        for (size_t i = 0; i < views[v].n; i++)
            assert_int_equal(seen[views[v].indices[i]]++, 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(seen[i], 1);
    free(seen);
}

// Three sources an object; no object is in two parts.
static void a_split_keeps_groups_together(void **state)
{
    (void)state;
    enum { N = 300 };
    Dataset *dataset;
    Error error;
    size_t column, part[N] = {0};
    DatasetSplit split;
    assert_int_equal(dataset_new(N, 1, 1, 2, &dataset, &error), STATUS_OK);
    assert_int_equal(dataset_add_column(dataset, DATASET_GROUP_COLUMN, &column, &error), STATUS_OK);
    assert_int_equal(dataset_split(dataset, 1, &split, &error), STATUS_BAD_INPUT);
    for (size_t i = 0; i < N; i++)
        dataset->columns[column][i] = (double)(i * 7 % 100);
    assert_int_equal(dataset_split(dataset, 1, &split, &error), STATUS_OK);
    assert_partition(&split, N);
    assert_in_range(split.test.n, N / 5, N / 5 + 2);
    assert_in_range(split.validation.n, 24, 26);
    const DatasetView views[] = {split.training, split.validation, split.test};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < views[k].n; i++)
            part[views[k].indices[i]] = k;
    for (size_t i = 0; i + 100 < N; i++)
        assert_int_equal(part[i], part[i + 100]);
    dataset_split_free(&split);
    dataset_free(dataset);
}

static void a_split_has_the_numbers_of_the_papers_table_1(void **state)
{
    (void)state;
    Error error;
    Dataset *dataset;
    assert_int_equal(dataset_new(15471, 1, 1, 4, &dataset, &error), STATUS_OK);
    DatasetSplit split, again, other;
    assert_int_equal(dataset_split(dataset, 1, &split, &error), STATUS_OK);
    assert_int_equal(split.training.n, 11138);
    assert_int_equal(split.validation.n, 1238);
    assert_int_equal(split.test.n, 3095);
    assert_partition(&split, dataset->n);
    assert_int_equal(dataset_split(dataset, 1, &again, &error), STATUS_OK);
    assert_memory_equal(split.order, again.order, dataset->n * sizeof *split.order);
    assert_int_equal(dataset_split(dataset, 2, &other, &error), STATUS_OK);
    assert_memory_not_equal(split.order, other.order, dataset->n * sizeof *split.order);
    dataset_split_free(&split);
    dataset_split_free(&again);
    dataset_split_free(&other);
    dataset_free(dataset);
}

static void one_field_can_be_left_out(void **state)
{
    (void)state;
    Error error;
    Dataset *dataset = example(40, "one"), *second = example(7, "two");
    assert_int_equal(dataset_append(dataset, second, &error), STATUS_OK);
    DatasetSplit split;
    assert_int_equal(dataset_split_field(dataset, 1, 5, &split, &error), STATUS_OK);
    assert_int_equal(split.training.n, 36);
    assert_int_equal(split.validation.n, 4);
    assert_int_equal(split.test.n, 7);
    for (size_t i = 0; i < split.test.n; i++)
        assert_int_equal(dataset->fields[split.test.indices[i]], 1);
    assert_partition(&split, dataset->n);
    Dataset *test;
    assert_int_equal(dataset_subset(&split.test, &test, &error), STATUS_OK);
    assert_int_equal(test->n, 7);
    assert_string_equal(test->field_names[test->fields[0]], "two");
    assert_memory_equal(test->cutouts, second->cutouts, 7 * 32 * sizeof(float));
    dataset_free(test);
    dataset_split_free(&split);
    assert_int_equal(dataset_split_field(dataset, 2, 5, &split, &error), STATUS_USAGE);
    dataset_free(second);
    dataset_free(dataset);
}

// ---- From images ---------------------------------------------------------------------------

static void labelled_sources_are_cut_out_in_the_lists_order(void **state)
{
    (void)state;
    Error error;
    const char *path = test_image("field.fits", 40, 30, NULL), *paths[] = {path, path};
    Bands *bands;
    assert_int_equal(bands_open(paths, NULL, 2, &bands, &error), STATUS_OK);
    char ids[][4] = {"top", "un", "out", "low"};
    Source sources[] = {
        {.id = ids[0], .has_xy = true, .x = 20.7, .y = 22.0},
        {.id = ids[1], .has_xy = true, .x = 20.0, .y = 15.0},
        {.id = ids[2], .has_xy = true, .x = 1.0, .y = 15.0},
        {.id = ids[3], .has_xy = true, .x = 10.0, .y = 8.0},
    };
    const SourceList list = {.n = 4, .sources = sources, .path = ""};
    const size_t labels[] = {2, 0, 1, 3};
    const double magnitudes[] = {21.0, 22.0, 23.0, 24.0}, *columns[] = {magnitudes};
    const char *names[] = {"V"};
    const DatasetField field = {.name = "field",
                                .bands = bands,
                                .list = &list,
                                .labels = labels,
                                .n_columns = 1,
                                .column_names = names,
                                .columns = columns};
    const CutoutRule rule = {.size = 4, .centre = CUTOUT_STARCNET, .border = 3};
    Dataset *dataset;
    DatasetCount count;
    assert_int_equal(dataset_new(0, 2, 4, 3, &dataset, &error), STATUS_OK);
    assert_int_equal(dataset_append_field(dataset, &field, &rule, &count, &error), STATUS_OK);
    assert_int_equal(count.added, 2);
    assert_int_equal(count.unlabelled, 1);
    assert_int_equal(count.not_classifiable, 1);
    assert_int_equal(dataset->n, 2);
    assert_string_equal(dataset->ids[0], "top");
    assert_string_equal(dataset->ids[1], "low");
    assert_int_equal(dataset->labels[0], 2);
    assert_true(dataset->columns[0][1] == 24.0);
    assert_true(dataset->x[0] == 20.7);
    // trunc(20.7) and trunc(22.0) as 0-based indices are the pixel at [2][2] of the cutout.
    assert_true(dataset->cutouts[(2 * 4 + 2) * 2] == test_pixel(20, 22, 0.0f));
    assert_true(dataset->cutouts[(2 * 4 + 2) * 2 + 1] == test_pixel(20, 22, 0.0f));
    assert_true(dataset->cutouts[32] == test_pixel(8, 6, 0.0f));

    const size_t too_high[] = {1, 1, 1, 4};
    DatasetField wrong = field;
    wrong.labels = too_high;
    assert_int_equal(dataset_append_field(dataset, &wrong, &rule, &count, &error),
                     STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "low"));
    assert_int_equal(dataset->n, 2);
    dataset_free(dataset);
    bands_close(bands);
}

// ---- From the mock sky ---------------------------------------------------------------------

static void a_mock_field_in_memory_gives_what_its_files_give(void **state)
{
    (void)state;
    Error error;
    MockSettings settings = mock_settings_default();
    settings.width = settings.height = 300;
    settings.n_sources = 12;
    settings.seed = 3;
    const CutoutRule rule = {.size = 32, .centre = CUTOUT_STARCNET, .border = 17};
    Dataset *dataset;
    assert_int_equal(dataset_simulate(&settings, 1, &rule, NULL, &dataset, &error), STATUS_OK);
    assert_true(dataset->n > 0);
    assert_int_equal(dataset->n_fields, 1);
    assert_string_equal(dataset->bands[3], "F555W");
    assert_true(dataset->columns[dataset_column(dataset, "distance")][0] == settings.distance);

    const char *directory = test_path("mock");
    assert_int_equal(mkdir(directory, 0777), 0);
    assert_int_equal(mock_simulate_files(&settings, directory, &error), STATUS_OK);
    char names[MOCK_BANDS][1500];
    const char *paths[MOCK_BANDS];
    const char *const filters[] = {"f275w", "f336w", "f438w", "f555w", "f814w"};
    for (int band = 0; band < MOCK_BANDS; band++) {
        snprintf(names[band], sizeof names[band], "%s/%s_%s.fits", directory, settings.name,
                 filters[band]);
        paths[band] = names[band];
    }
    Bands *bands;
    assert_int_equal(bands_open(paths, NULL, MOCK_BANDS, &bands, &error), STATUS_OK);
    Source *sources = calloc(dataset->n, sizeof *sources);
    for (size_t i = 0; i < dataset->n; i++)
        sources[i] =
            (Source){.id = dataset->ids[i], .has_xy = true, .x = dataset->x[i], .y = dataset->y[i]};
    const SourceList list = {.n = dataset->n, .sources = sources, .path = ""};
    const DatasetField field = {
        .name = settings.name, .bands = bands, .list = &list, .labels = dataset->labels};
    Dataset *from_files;
    DatasetCount count;
    assert_int_equal(dataset_mock_new(32, &from_files, &error), STATUS_OK);
    assert_int_equal(dataset_append_field(from_files, &field, &rule, &count, &error), STATUS_OK);
    assert_int_equal(from_files->n, dataset->n);
    assert_memory_equal(from_files->cutouts, dataset->cutouts,
                        dataset->n * dataset_cutout_values(dataset) * sizeof(float));
    dataset_free(from_files);
    dataset_free(dataset);
    bands_close(bands);
    free(sources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dataset_comes_back_from_its_file),
        cmocka_unit_test(its_cutouts_are_planes_of_bands_in_the_file),
        cmocka_unit_test(not_a_number_is_read_as_zero),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(classes_and_fields_that_do_not_exist_are_refused),
        cmocka_unit_test(a_header_that_promises_more_than_the_file_is_refused),
        cmocka_unit_test(nothing_half_written_is_left),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(joined_datasets_keep_their_fields_and_columns),
        cmocka_unit_test(a_split_keeps_groups_together),
        cmocka_unit_test(a_split_has_the_numbers_of_the_papers_table_1),
        cmocka_unit_test(one_field_can_be_left_out),
        cmocka_unit_test(labelled_sources_are_cut_out_in_the_lists_order),
        cmocka_unit_test(a_mock_field_in_memory_gives_what_its_files_give),
    };
    return cmocka_run_group_tests(tests, NULL, test_directory_remove);
}
