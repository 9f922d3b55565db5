// Model files: what goes in comes out, other FITS programs can read them, and damaged or doctored
// ones end in one clear line.
#include <fitsio.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/random.h"
#include "classifier/file/rice.h"
#include "classifier/model.h"
#include "scratch.h"

static void add(Network *network, Layer layer)
{
    Error error = {0};
    if (layer.n_inputs == 0 && layer.kind != LAYER_INPUT) {
        layer.n_inputs = 1;
        layer.inputs[0] = network_layer_count(network) - 1;
    }
    if (network_add(network, &layer, NULL, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

// One layer of every kind, with weights large enough (conv2 and fc) to be compressed.
static Network *small_network(void)
{
    Network *network;
    Error error = {0};
    Random random = random_start(3, 0);
    assert_int_equal(network_new(&network, &error), STATUS_OK);
    add(network,
        (Layer){.kind = LAYER_INPUT, .name = "input", .height = 16, .width = 16, .channels = 3});
    add(network, (Layer){.kind = LAYER_CONVOLUTION,
                         .name = "conv1",
                         .kernel = 3,
                         .stride = 1,
                         .padding = 1,
                         .channels = 32,
                         .bias = true});
    add(network,
        (Layer){.kind = LAYER_BATCH_NORM, .name = "norm1", .epsilon = 1e-5, .momentum = 0.1});
    add(network, (Layer){.kind = LAYER_RELU, .name = "relu"});
    add(network, (Layer){.kind = LAYER_MAX_POOL, .name = "pool", .kernel = 2, .stride = 2});
    add(network, (Layer){.kind = LAYER_CONVOLUTION,
                         .name = "conv2",
                         .kernel = 3,
                         .stride = 1,
                         .padding = 1,
                         .channels = 32});
    add(network, (Layer){.kind = LAYER_GROUP_NORM, .name = "norm2", .groups = 8, .epsilon = 1e-5});
    add(network, (Layer){.kind = LAYER_LEAKY_RELU, .name = "leaky", .slope = 0.01});
    add(network, (Layer){.kind = LAYER_ADD, .name = "add", .n_inputs = 2, .inputs = {4, 7}});
    add(network,
        (Layer){.kind = LAYER_CONCATENATE, .name = "join", .n_inputs = 2, .inputs = {4, 8}});
    add(network, (Layer){.kind = LAYER_CROP_ENLARGE,
                         .name = "crop",
                         .crop_start = 2,
                         .crop_size = 4,
                         .height = 8,
                         .width = 8});
    add(network, (Layer){.kind = LAYER_AVERAGE_POOL,
                         .name = "average",
                         .kernel = 2,
                         .stride = 2,
                         .rectangular = true,
                         .across = {3, 2, 1, 1}});
    add(network, (Layer){.kind = LAYER_ADAPTIVE_AVERAGE, .name = "mean", .height = 2, .width = 2});
    add(network, (Layer){.kind = LAYER_FLATTEN, .name = "flatten"});
    add(network, (Layer){.kind = LAYER_LINEAR, .name = "fc", .channels = 20, .bias = true});
    add(network, (Layer){.kind = LAYER_DROPOUT, .name = "dropout", .rate = 0.5});
    add(network, (Layer){.kind = LAYER_LINEAR, .name = "out", .channels = 4, .bias = true});
    for (size_t i = 0; i < network_parameter_count(network); i++) {
        Parameter *parameter = network_parameter(network, i);
        for (size_t j = 0; j < parameter->n_values; j++)
            parameter->values[j] = (float)(0.05 * random_normal(&random));
    }
    return network;
}

// No field at its default.
static Recipe odd_recipe(void)
{
    return (Recipe){
        .system = "test'system & co",
        .n_bands = 2,
        .bands = {{"NUV", "F275W", "24.15"}, {"B", "F438W F435W", "24.84 nan"}},
        .n_classes = 4,
        .classes = {{"a cluster, named at as much length as class names may ever be",
                     {"#112233", "#445566", "circle"}},
                    {"b", {"cyan", "", ""}},
                    {.name = "it's c"},
                    {.name = "not a cluster"}},
        .pixel_scale = 1.0 / 3.0,
        .cutout_size = 20,
        .cutout_border = 11,
        .cutout_nearest = true,
        .cutout_pad = true,
        .zero_block = 7,
        .unit = "counts",
        .n_steps = 4,
        .steps = {{STEP_RESIZE, 1, {16}},
                  {STEP_BAND_MEAN, 2, {0.1 + 1e-17, -2.0 / 3.0}},
                  {STEP_ZSCORE, 0, {0}},
                  {STEP_CONSTANT, 1, {255.5}}},
        .n_views = 2,
        .views = {{"12|34", {1, 1, 2, 2}}, {"1|rest", {1, 2, 2, 2}}},
        .decision = {.kind = DECISION_REJECT, .threshold = 0.669},
        .training = "epochs=100,optimiser=sgd",
    };
}

static Model *small_model(void)
{
    Model *model;
    Error error = {0};
    Recipe recipe = odd_recipe();
    if (model_new(&recipe, small_network(), &model, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    snprintf(model->name, sizeof model->name, "small one");
    assert_int_equal(model_note(model, "trained on",
                                "a long note that a FITS card cannot hold, "
                                "so that it goes on over several cards; 'quoted' & co",
                                &error),
                     STATUS_OK);
    assert_int_equal(model_note(model, "epochs", "15", &error), STATUS_OK);
    return model;
}

static char *write_small(const char *name, bool compress)
{
    Error error = {0};
    char *path = scratch_path(name);
    Model *model = small_model();
    if (model_write(model, path, compress, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    model_free(model);
    return path;
}

static Model *read_model(const char *path)
{
    Model *model;
    Error error = {0};
    if (model_read(path, &model, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return model;
}

static void assert_same_layer(const Layer *a, const Layer *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->n_inputs, b->n_inputs);
    assert_memory_equal(a->inputs, b->inputs, sizeof a->inputs);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->channels, b->channels);
    assert_int_equal(a->kernel, b->kernel);
    assert_int_equal(a->stride, b->stride);
    assert_int_equal(a->padding, b->padding);
    assert_int_equal(a->groups, b->groups);
    assert_int_equal(a->dilation, b->dilation);
    assert_int_equal(a->rectangular, b->rectangular);
    assert_memory_equal(&a->across, &b->across, sizeof a->across);
    assert_int_equal(a->crop_start, b->crop_start);
    assert_int_equal(a->crop_size, b->crop_size);
    assert_true(a->epsilon == b->epsilon && a->slope == b->slope && a->momentum == b->momentum &&
                a->rate == b->rate && a->bias == b->bias);
}

static void gives_back_the_recipe_and_notes(void **state)
{
    (void)state;
    char *path = write_small("recipe.fits", false);
    Model *written = small_model();
    Model *model = read_model(path);
    const Recipe *a = &written->recipe;
    const Recipe *b = &model->recipe;
    assert_string_equal(model->name, "small one");
    assert_memory_equal(a, b, sizeof *a);
    assert_int_equal(model->n_notes, 2);
    assert_string_equal(model->notes[0], written->notes[0]);
    assert_string_equal(model->notes[1], "epochs = 15");
    model_free(model);
    model_free(written);
    free(path);
}

static void gives_back_layers_and_weights(void **state)
{
    (void)state;
    char *path = write_small("weights.fits", false);
    Network *written = small_network();
    Model *model = read_model(path);
    assert_int_equal(network_layer_count(model_network(model)), network_layer_count(written));
    for (size_t i = 0; i < network_layer_count(written); i++)
        assert_same_layer(network_layer(written, i), network_layer(model_network(model), i));
    assert_int_equal(network_parameter_count(model_network(model)),
                     network_parameter_count(written));
    for (size_t i = 0; i < network_parameter_count(written); i++) {
        const Parameter *a = network_parameter_const(written, i);
        const Parameter *b = network_parameter_const(model_network(model), i);
        assert_string_equal(a->name, b->name);
        assert_memory_equal(a->values, b->values, a->n_values * sizeof(float));
    }
    model_free(model);
    network_free(written);
    free(path);
}

static bool is_large_weight(const Parameter *parameter)
{
    return parameter->n_dimensions > 1 && parameter->n_values >= 4096;
}

// Half a step of rms / 512, and nothing at all for the small tensors.
static void compression_keeps_weights_within_half_a_step(void **state)
{
    (void)state;
    char *path = write_small("compressed.fits", true);
    Network *written = small_network();
    Model *model = read_model(path);
    size_t n_compressed = 0;
    for (size_t i = 0; i < network_parameter_count(written); i++) {
        const Parameter *a = network_parameter_const(written, i);
        const Parameter *b = network_parameter_const(model_network(model), i);
        double sum = 0.0;
        double largest = 0.0;
        for (size_t j = 0; j < a->n_values; j++) {
            sum += (double)a->values[j] * a->values[j];
            largest = fmax(largest, fabs((double)a->values[j] - b->values[j]));
        }
        double step = sqrt(sum / (double)a->n_values) / 512;
        n_compressed += is_large_weight(a);
        assert_true(is_large_weight(a) ? largest > 0 && largest <= 0.501 * step : largest == 0);
    }
    assert_int_equal(n_compressed, 2);
    model_free(model);
    network_free(written);
    free(path);
}

// cfitsio stands for DS9, fv and the rest: our decoder and theirs see the same numbers.
static void other_programs_read_the_tensors(void **state)
{
    (void)state;
    char *path = write_small("foreign.fits", true);
    Model *model = read_model(path);
    fitsfile *file;
    int code = 0;
    fits_open_diskfile(&file, path, READONLY, &code);
    for (size_t i = 0; i < network_parameter_count(model_network(model)); i++) {
        const Parameter *parameter = network_parameter_const(model_network(model), i);
        float *values = malloc(parameter->n_values * sizeof *values);
        long axes[2] = {1, 1};
        fits_movnam_hdu(file, IMAGE_HDU, (char *)parameter->name, 0, &code);
        fits_get_img_size(file, 2, axes, &code);
        assert_int_equal(axes[0] * axes[1], parameter->n_values);
        fits_read_img(file, TFLOAT, 1, (LONGLONG)parameter->n_values, NULL, values, NULL, &code);
        assert_int_equal(code, 0);
        assert_memory_equal(values, parameter->values, parameter->n_values * sizeof *values);
        free(values);
    }
    fits_close_file(file, &code);
    model_free(model);
    free(path);
}

static void checksum_names_the_file(void **state)
{
    (void)state;
    char *plain = write_small("one.fits", false);
    char *compressed = write_small("two.fits", true);
    Model *a = read_model(plain);
    Model *again = read_model(plain);
    Model *b = read_model(compressed);
    assert_memory_equal(a->checksum, "crc32:", 6);
    assert_string_equal(a->checksum, again->checksum);
    assert_string_not_equal(a->checksum, b->checksum);
    model_free(a);
    model_free(again);
    model_free(b);
    free(plain);
    free(compressed);
}

static unsigned char *slurp(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    fseek(stream, 0, SEEK_END);
    *size = (size_t)ftell(stream);
    rewind(stream);
    unsigned char *bytes = malloc(*size);
    assert_int_equal(fread(bytes, 1, *size, stream), *size);
    fclose(stream);
    return bytes;
}

// No date anywhere, so that a model's checksum names its content.
static void the_same_model_gives_the_same_bytes(void **state)
{
    (void)state;
    char *first = write_small("first.fits", true);
    char *second = write_small("second.fits", true);
    size_t size;
    size_t again;
    unsigned char *a = slurp(first, &size);
    unsigned char *b = slurp(second, &again);
    assert_int_equal(size, again);
    assert_memory_equal(a, b, size);
    assert_null(memmem(a, size, " updated ", 9));
    free(a);
    free(b);
    free(first);
    free(second);
}

static void file_names_are_data(void **state)
{
    (void)state;
    char *path = write_small("a b[1].fits;touch PWNED (x).gz", true);
    model_free(read_model(path));
    free(path);
}

static void assert_read_fails(const char *path, const char *words)
{
    Model *model;
    Error error = {0};
    assert_int_equal(model_read(path, &model, &error), STATUS_BAD_INPUT);
    assert_null(model);
    if (strstr(error.text, words) == NULL || strstr(error.text, path) == NULL)
        fail_msg("says \"%s\", not \"%s\"", error.text, words);
}

static void spill(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    fclose(stream);
}

static void says_what_is_no_model(void **state)
{
    (void)state;
    char *path = scratch_path("no_model");
    assert_read_fails("/nowhere/at/all.fits", "No such file");
    assert_read_fails(scratch_directory(), "not a file");
    spill(path, (const unsigned char *)"", 0);
    assert_read_fails(path, "not a skyclass model (not FITS)");
    spill(path, (const unsigned char *)"PK\003\004", 4);
    assert_read_fails(path, "skyclass import");
    free(path);
}

static void says_what_is_truncated_or_damaged(void **state)
{
    (void)state;
    char *path = write_small("whole.fits", true);
    char *damaged = scratch_path("damaged.fits");
    size_t size;
    unsigned char *bytes = slurp(path, &size);
    spill(damaged, bytes, size / 2 / 2880 * 2880);
    assert_read_fails(damaged, "damaged");
    spill(damaged, bytes, size - 100);
    assert_read_fails(damaged, "cut off within a FITS block");
    bytes[size - 2880] ^= 1;
    spill(damaged, bytes, size);
    assert_read_fails(damaged, "out.bias does not fit its checksum");
    free(bytes);
    free(damaged);
    free(path);
}

// ---- Doctored files: changed with cfitsio, checksums set right again
// ------------------------------

typedef void Doctor(fitsfile *file, int *code);

static void doctored(const char *name, Doctor *doctor, const char *words)
{
    static unsigned char *bytes; // of a good model, written once
    static size_t size;
    if (bytes == NULL) {
        char *good = write_small("good.fits", true);
        bytes = slurp(good, &size);
        free(good);
    }
    char *path = scratch_path(name);
    fitsfile *file;
    int code = 0;
    int n = 0;
    spill(path, bytes, size);
    fits_open_diskfile(&file, path, READWRITE, &code);
    doctor(file, &code);
    fits_get_num_hdus(file, &n, &code);
    for (int hdu = 1; hdu <= n; hdu++) {
        fits_movabs_hdu(file, hdu, NULL, &code);
        fits_write_chksum(file, &code);
    }
    fits_close_file(file, &code);
    if (code != 0) {
        fits_report_error(stderr, code);
        fail_msg("%s could not be doctored", name);
    }
    assert_read_fails(path, words);
    free(path);
}

static void set_number(fitsfile *file, const char *key, LONGLONG value, int *code)
{
    fits_movabs_hdu(file, 1, NULL, code);
    fits_update_key(file, TLONGLONG, key, &value, NULL, code);
}

static void set_cell(fitsfile *file, char *column, LONGLONG row, LONGLONG value, int *code)
{
    int number = 0;
    fits_movabs_hdu(file, 2, NULL, code);
    fits_get_colnum(file, CASEINSEN, column, &number, code);
    fits_write_col(file, TLONGLONG, number, row, 1, 1, &value, code);
}

static void other_format(fitsfile *file, int *code)
{
    fits_update_key(file, TSTRING, "FORMAT", "another", NULL, code);
}
static void newer_version(fitsfile *file, int *code)
{
    set_number(file, "FMTVERS", 99, code);
}
static void many_bands(fitsfile *file, int *code)
{
    set_number(file, "NBANDS", 17, code);
}
static void negative_size(fitsfile *file, int *code)
{
    set_number(file, "CUTSIZE", -5, code);
}
static void no_class(fitsfile *file, int *code)
{
    fits_delete_key(file, "CLASS2", code);
}
static void other_step(fitsfile *file, int *code)
{
    fits_update_key(file, TSTRING, "STEP3", "magic 1", NULL, code);
}
static void long_system(fitsfile *file, int *code)
{
    char text[200];
    memset(text, 's', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    fits_update_key_longstr(file, "SYSTEM", text, NULL, code);
}
static void more_classes(fitsfile *file, int *code)
{
    fits_update_key(file, TSTRING, "CLASS5", "fifth", NULL, code);
    fits_delete_key(file, "VIEW1", code);
    set_number(file, "NCLASSES", 5, code);
}
static void other_input(fitsfile *file, int *code)
{
    fits_update_key(file, TSTRING, "STEP1", "resize 32", NULL, code);
}
static void cycle(fitsfile *file, int *code)
{
    set_cell(file, "INPUTS", 4, 9, code);
}
static void reads_itself(fitsfile *file, int *code)
{
    set_cell(file, "INPUTS", 4, 3, code);
}
static void huge_linear(fitsfile *file, int *code)
{
    set_cell(file, "CHANNELS", 15, 65536, code);
}
static void absurd_channels(fitsfile *file, int *code)
{
    set_cell(file, "CHANNELS", 2, INT64_MAX, code);
}
static void huge_input(fitsfile *file, int *code)
{
    set_cell(file, "HEIGHT", 1, 65536, code);
    set_cell(file, "WIDTH", 1, 65536, code);
}
static void no_stride(fitsfile *file, int *code)
{
    set_cell(file, "STRIDE", 2, 0, code);
}
static void other_kind(fitsfile *file, int *code)
{
    int column = 0;
    char *kind = "teleport";
    fits_movabs_hdu(file, 2, NULL, code);
    fits_get_colnum(file, CASEINSEN, "KIND", &column, code);
    fits_write_col(file, TSTRING, column, 4, 1, 1, &kind, code);
}
static void no_layers(fitsfile *file, int *code)
{
    fits_movabs_hdu(file, 2, NULL, code);
    fits_update_key(file, TSTRING, "EXTNAME", "STRATA", NULL, code);
}
static void no_column(fitsfile *file, int *code)
{
    int column = 0;
    fits_movabs_hdu(file, 2, NULL, code);
    fits_get_colnum(file, CASEINSEN, "NAME", &column, code);
    fits_delete_col(file, column, code);
}
static void wide_column(fitsfile *file, int *code)
{
    int column = 0;
    fits_movabs_hdu(file, 2, NULL, code);
    fits_get_colnum(file, CASEINSEN, "NAME", &column, code);
    fits_modify_vector_len(file, column, 4000, code);
}
static void renamed_tensor(fitsfile *file, int *code)
{
    fits_movnam_hdu(file, IMAGE_HDU, "conv1.bias", 0, code);
    fits_update_key(file, TSTRING, "EXTNAME", "conv1.tilt", NULL, code);
}
static void extra_tensor(fitsfile *file, int *code)
{
    long axes[2] = {3, 3};
    fits_create_img(file, FLOAT_IMG, 2, axes, code);
    fits_update_key(file, TSTRING, "EXTNAME", "extra", NULL, code);
    fits_write_chksum(file, code);
}
static void other_shape(fitsfile *file, int *code)
{
    fits_movnam_hdu(file, IMAGE_HDU, "conv1.weight", 0, code);
    fits_update_key(file, TSTRING, "TDIMS", "32 27 1 1", NULL, code);
}
static void smaller_image(fitsfile *file, int *code)
{
    long axes[1] = {16};
    fits_movnam_hdu(file, IMAGE_HDU, "conv1.bias", 0, code);
    fits_resize_img(file, FLOAT_IMG, 1, axes, code);
}
static void not_finite(fitsfile *file, int *code)
{
    float value = INFINITY;
    fits_movnam_hdu(file, IMAGE_HDU, "conv1.bias", 0, code);
    fits_write_img(file, TFLOAT, 5, 1, &value, code);
}
// The compressed HDU seen as the table it is.
static void tile_keyword(fitsfile *file, const char *key, LONGLONG value, int *code)
{
    fits_movnam_hdu(file, IMAGE_HDU, "fc.weight", 0, code);
    fits_update_key(file, TLONGLONG, key, &value, NULL, code);
}
static void wide_tiles(fitsfile *file, int *code)
{
    tile_keyword(file, "ZTILE1", 100000, code);
}
static void small_blocks(fitsfile *file, int *code)
{
    tile_keyword(file, "ZVAL1", 1, code);
}
static void far_tile(fitsfile *file, int *code)
{
    fits_movnam_hdu(file, IMAGE_HDU, "fc.weight", 0, code);
    fits_write_descript(file, 1, 1, 100, 1 << 30, code);
}
static void short_tile(fitsfile *file, int *code)
{
    fits_movnam_hdu(file, IMAGE_HDU, "fc.weight", 0, code);
    fits_write_descript(file, 1, 1, 5, 0, code);
}

static void says_what_was_doctored(void **state)
{
    (void)state;
    doctored("d1.fits", other_format, "not a skyclass model");
    doctored("d2.fits", newer_version, "layout version 99");
    doctored("d3.fits", many_bands, "NBANDS is out of range");
    doctored("d4.fits", negative_size, "CUTSIZE is out of range");
    doctored("d5.fits", no_class, "CLASS2 cannot be read");
    doctored("d6.fits", other_step, "input step \"magic\"");
    doctored("d7.fits", long_system, "SYSTEM has 199 characters, 63 are allowed");
    doctored("d8.fits", more_classes, "the recipe names 5 classes");
    doctored("d9.fits", other_input, "the recipe makes inputs of 32 x 32 x 3");
    doctored("d10.fits", cycle, "layer relu reads a layer that is not before it");
    doctored("d11.fits", reads_itself, "layer relu reads a layer that is not before it");
    doctored("d12.fits", huge_linear, "layer fc is too large for this file");
    doctored("d13.fits", absurd_channels, "CHANNELS is out of range");
    doctored("d14.fits", huge_input, "layer input is too large");
    doctored("d15.fits", no_stride, "conv1");
    doctored("d16.fits", other_kind, "kind \"teleport\"");
    doctored("d17.fits", no_layers, "its first extension is not LAYERS");
    doctored("d18.fits", no_column, "NAME cannot be read");
    doctored("d19.fits", wide_column, "column NAME of its layers has another type");
    doctored("d20.fits", renamed_tensor, "tensor conv1.bias is missing");
    doctored("d21.fits", extra_tensor, "the file holds 14");
    doctored("d22.fits", other_shape, "conv1.weight has the shape 32 27 1 1");
    doctored("d23.fits", smaller_image, "conv1.bias is not laid out");
    doctored("d24.fits", not_finite, "conv1.bias holds values that are not finite");
    doctored("d25.fits", wide_tiles, "fc.weight is not laid out");
    doctored("d26.fits", small_blocks, "fc.weight is not laid out");
    doctored("d27.fits", far_tile, "fc.weight is not laid out");
    doctored("d28.fits", short_tile, "a compressed tensor ends early");
}

// ---- Versions ----------------------------------------------------------------------------------

typedef void Change(fitsfile *file, int *code);

// The small model's file after `change`, checksums set right again.
static char *changed_file(const char *name, Change *change)
{
    char *path = write_small(name, false);
    fitsfile *file;
    int code = 0;
    int n = 0;
    fits_open_diskfile(&file, path, READWRITE, &code);
    change(file, &code);
    fits_get_num_hdus(file, &n, &code);
    for (int hdu = 1; hdu <= n; hdu++) {
        fits_movabs_hdu(file, hdu, NULL, &code);
        fits_write_chksum(file, &code);
    }
    fits_close_file(file, &code);
    assert_int_equal(code, 0);
    return path;
}

static void leave_out(fitsfile *file, int *code)
{
    static const char *const keys[] = {"PIXSCALE", "CUTBORD", "CUTNEAR", "CUTPAD",  "TRAINING",
                                       "COLR1",    "VIEW1",   "FILT1",   "DECISION"};
    int column = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fits_delete_key(file, keys[i], code);
    fits_movabs_hdu(file, 2, NULL, code);
    fits_get_colnum(file, CASEINSEN, "RATE", &column, code);
    fits_delete_col(file, column, code);
}

static void what_is_missing_has_its_default(void **state)
{
    (void)state;
    char *path = changed_file("sparse.fits", leave_out);
    Model *model = read_model(path);
    const Recipe *recipe = &model->recipe;
    assert_true(recipe->pixel_scale == 0.0 && recipe->cutout_border == 0);
    assert_false(recipe->cutout_nearest || recipe->cutout_pad);
    assert_int_equal(recipe->n_views, 0);
    assert_int_equal(recipe->decision.kind, DECISION_ARGMAX);
    assert_string_equal(recipe_class_look(recipe, 1).colour, "red");
    assert_string_equal(recipe_class_look(recipe, 1).safe_colour, "#445566");
    assert_true(network_layer(model_network(model), 15)->rate == 0.0);
    model_free(model);
    free(path);
}

static void write_news(fitsfile *file, int *code)
{
    double number = 25.5;
    fits_update_key(file, TDOUBLE, "ZEROPT1", &number, "from a later version", code);
    fits_update_key_longstr(file, "POEM",
                            "a text that is too long for one card of a header and so goes on in "
                            "cards that continue it, all of which must be kept",
                            NULL, code);
}

static void what_is_unknown_is_kept(void **state)
{
    (void)state;
    Error error = {0};
    char *path = changed_file("later.fits", write_news);
    char *again = scratch_path("again.fits");
    Model *model = read_model(path);
    assert_int_equal(model_write(model, again, false, &error), STATUS_OK);
    fitsfile *file;
    int code = 0;
    double number = 0.0;
    char *text = NULL;
    fits_open_diskfile(&file, again, READONLY, &code);
    fits_read_key(file, TDOUBLE, "ZEROPT1", &number, NULL, &code);
    fits_read_key_longstr(file, "POEM", &text, NULL, &code);
    fits_close_file(file, &code);
    assert_int_equal(code, 0);
    assert_true(number == 25.5);
    assert_non_null(strstr(text, "all of which must be kept"));
    free(text);
    model_free(model);
    model_free(read_model(again));
    free(again);
    free(path);
}

// The bundled model is of the first version: one normalisation, no look, no views.
static void the_first_version_is_read_and_written_as_the_second(void **state)
{
    (void)state;
    Error error = {0};
    char *path = scratch_path("second.fits");
    Model *first = read_model("models/starcnet.fits");
    const Recipe *recipe = &first->recipe;
    assert_string_equal(recipe->system, "starcnet");
    assert_int_equal(recipe->n_steps, 1);
    assert_int_equal(recipe->steps[0].kind, STEP_BAND_MEAN);
    assert_int_equal(recipe->steps[0].n_values, 5);
    assert_true(recipe_band_mean(recipe, 4) > 0.0);
    assert_int_equal(recipe->n_views, 3);
    assert_string_equal(recipe_class_look(recipe, 4).colour, "yellow");
    assert_int_equal(recipe->decision.kind, DECISION_ARGMAX);
    assert_int_equal(first->n_cards, 0);
    assert_int_equal(model_write(first, path, false, &error), STATUS_OK);
    Model *second = read_model(path);
    assert_memory_equal(&second->recipe, recipe, sizeof *recipe);
    for (size_t i = 0; i < network_parameter_count(model_network(first)); i++) {
        const Parameter *a = network_parameter_const(model_network(first), i);
        const Parameter *b = network_parameter_const(model_network(second), i);
        assert_memory_equal(a->values, b->values, a->n_values * sizeof(float));
    }
    model_free(first);
    model_free(second);
    free(path);
}

static Classifier *small_member(float first_value)
{
    Error error = {0};
    Classifier *member;
    Network *network = small_network();
    network_parameter(network, 0)->values[0] = first_value;
    assert_int_equal(classifier_of_network(network, &member, &error), STATUS_OK);
    return member;
}

static void a_file_holds_several_members(void **state)
{
    (void)state;
    Error error = {0};
    char *path = scratch_path("members.fits");
    Recipe recipe = odd_recipe();
    recipe.decision = (Decision){.kind = DECISION_VOTE};
    Classifier *members[3], *ensemble;
    Model *model;
    for (size_t i = 0; i < 3; i++)
        members[i] = small_member((float)i);
    assert_int_equal(classifier_of_members(members, 3, &ensemble, &error), STATUS_OK);
    assert_int_equal(model_new_of(&recipe, ensemble, &model, &error), STATUS_OK);
    assert_int_equal(model_write(model, path, true, &error), STATUS_OK);
    model_free(model);
    model = read_model(path);
    assert_string_equal(classifier_kind_name(model->classifier), "ensemble");
    assert_int_equal(classifier_member_count(model->classifier), 3);
    for (size_t i = 0; i < 3; i++) {
        Network *network = classifier_network(model->classifier, i);
        assert_true(network_parameter(network, 0)->values[0] == (float)i);
    }
    assert_int_equal(model->recipe.decision.kind, DECISION_VOTE);
    model_free(model);
    free(path);
}

// Sets every HDU's sums right, where cfitsio can still read the file.
static void fix_checksums(const char *path)
{
    fitsfile *file = NULL;
    int code = 0;
    int n = 0;
    if (fits_open_diskfile(&file, path, READWRITE, &code) != 0)
        return;
    fits_get_num_hdus(file, &n, &code);
    for (int hdu = 1; hdu <= n && code == 0; hdu++) {
        fits_movabs_hdu(file, hdu, NULL, &code);
        fits_write_chksum(file, &code);
    }
    code = 0;
    fits_close_file(file, &code);
    fits_clear_errmsg();
}

// Any change of bytes, with checksums that fit or do not: a whole model or one line.
static void survives_any_damage(void **state)
{
    (void)state;
    enum { ROUNDS = 120, CHANGES_MAX = 6 };
    char *path = write_small("fuzz.fits", true);
    char *damaged = scratch_path("fuzzed.fits");
    size_t size;
    size_t n_refused = 0;
    unsigned char *bytes = slurp(path, &size);
    unsigned char *changed = malloc(size);
    Random random = random_start(11, 0);
    for (size_t round = 0; round < ROUNDS; round++) {
        Model *model;
        Error error = {0};
        memcpy(changed, bytes, size);
        size_t n_changes = 1 + random_index(&random, CHANGES_MAX);
        for (size_t i = 0; i < n_changes; i++) {
            // Headers and the table, which are most telling, as often as everything else.
            size_t range = random_index(&random, 2) == 0 ? 6 * 2880 : size;
            changed[random_index(&random, range)] = (unsigned char)random_bits(&random);
        }
        spill(damaged, changed, round % 10 == 0 ? random_index(&random, size / 2880) * 2880 : size);
        if (round % 2 == 0)
            fix_checksums(damaged);
        if (model_read(damaged, &model, &error) != STATUS_OK) {
            n_refused++;
            assert_null(model);
            assert_true(strlen(error.text) > strlen(damaged));
        }
        model_free(model);
    }
    assert_true(n_refused > ROUNDS / 2);
    free(changed);
    free(bytes);
    free(damaged);
    free(path);
}

static void decodes_no_bytes_it_was_not_given(void **state)
{
    (void)state;
    float values[64];
    const unsigned char zeros[64] = {0};
    const unsigned char header[] = {0, 0, 0, 7, 0xff};
    assert_false(rice_decode(zeros, 0, 1.0, 0.0, values, 64));
    assert_false(rice_decode(zeros, 4, 1.0, 0.0, values, 64));
    // A block header of 31 is none, and one of 1 asks for a bit that never comes.
    assert_false(rice_decode(header, sizeof header, 1.0, 0.0, values, 64));
    const unsigned char endless[16] = {0, 0, 0, 7, 0x08};
    assert_false(rice_decode(endless, sizeof endless, 1.0, 0.0, values, 64));
    // Two blocks of the one value 7.
    assert_true(rice_decode((const unsigned char[]){0, 0, 0, 7, 0, 0}, 6, 0.5, 1.0, values, 64));
    assert_true(values[0] == 4.5f && values[63] == 4.5f);
}

static void refuses_to_write_what_is_no_use(void **state)
{
    (void)state;
    Error error = {0};
    Model *model = small_model();
    char *path = scratch_path("never.fits");
    network_parameter(model_network(model), 0)->values[3] = NAN;
    assert_int_equal(model_write(model, path, false, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "conv1.weight holds a value that is not finite"));
    network_parameter(model_network(model), 0)->values[3] = 0.0f;
    assert_int_equal(model_write(model, "/nowhere/at/all.fits", false, &error), STATUS_OUTPUT);
    assert_int_equal(access(path, F_OK), -1);
    model_free(model);
    free(path);
}

static void a_recipe_must_fit_its_network(void **state)
{
    (void)state;
    Error error = {0};
    Model *model;
    Network *network = small_network();
    Recipe recipe = odd_recipe();
    recipe.n_bands = 5;
    recipe_set_band_means(&recipe, (const double[5]){0.0});
    assert_int_equal(model_new(&recipe, network, &model, &error), STATUS_BAD_INPUT);
    assert_string_equal(error.text,
                        "the recipe makes inputs of 16 x 16 x 6, the network takes 16 x "
                        "16 x 3 (rows, columns, bands)");
    recipe = odd_recipe();
    recipe.n_classes = 3;
    assert_int_equal(model_new(&recipe, network, &model, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "names 3 classes"));
    assert_null(model);
    network_free(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_the_recipe_and_notes),
        cmocka_unit_test(gives_back_layers_and_weights),
        cmocka_unit_test(compression_keeps_weights_within_half_a_step),
        cmocka_unit_test(other_programs_read_the_tensors),
        cmocka_unit_test(checksum_names_the_file),
        cmocka_unit_test(the_same_model_gives_the_same_bytes),
        cmocka_unit_test(file_names_are_data),
        cmocka_unit_test(says_what_is_no_model),
        cmocka_unit_test(says_what_is_truncated_or_damaged),
        cmocka_unit_test(says_what_was_doctored),
        cmocka_unit_test(what_is_missing_has_its_default),
        cmocka_unit_test(what_is_unknown_is_kept),
        cmocka_unit_test(the_first_version_is_read_and_written_as_the_second),
        cmocka_unit_test(a_file_holds_several_members),
        cmocka_unit_test(survives_any_damage),
        cmocka_unit_test(decodes_no_bytes_it_was_not_given),
        cmocka_unit_test(refuses_to_write_what_is_no_use),
        cmocka_unit_test(a_recipe_must_fit_its_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
