// Weights from other programs. The files in tests/parity/weights hold one tiny network in every
// format, and what must be refused; tests/parity/make_weights_golden.py writes them with PyTorch.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zip.h>

#include "base/random.h"
#include "classifier/import/weights.h"
#include "nn/run/executor.h"
#include "scratch.h"

#define GOLDEN "tests/parity/weights/"

static size_t add(Network *network, Layer layer)
{
    size_t index;
    Error error = {0};
    if (layer.kind != LAYER_INPUT) {
        layer.n_inputs = 1;
        layer.inputs[0] = network_layer_count(network) - 1;
    }
    if (network_add(network, &layer, &index, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return index;
}

// The network of the golden files: convolution 2 -> 4, batch norm, linear 4 -> 3.
static Network *tiny_network(void)
{
    Network *network;
    Error error = {0};
    assert_int_equal(network_new(&network, &error), STATUS_OK);
    add(network,
        (Layer){.kind = LAYER_INPUT, .name = "input", .height = 5, .width = 5, .channels = 2});
    add(network, (Layer){.kind = LAYER_CONVOLUTION,
                         .name = "conv",
                         .kernel = 3,
                         .stride = 1,
                         .padding = 1,
                         .channels = 4,
                         .bias = true});
    add(network,
        (Layer){.kind = LAYER_BATCH_NORM, .name = "norm", .epsilon = 1e-5, .momentum = 0.1});
    add(network, (Layer){.kind = LAYER_ADAPTIVE_AVERAGE, .name = "mean", .height = 1, .width = 1});
    add(network, (Layer){.kind = LAYER_LINEAR, .name = "fc", .channels = 3, .bias = true});
    return network;
}

// The golden script's rule: values k/8, k = (7, 14, ...) mod 63 - 31 in the state dict's order,
// running variances |v| + 1. The counter of batches takes one k and is not in the network.
static void assert_golden_values(Network *network)
{
    static const char *const names[] = {"conv.weight", "conv.bias",         "norm.weight",
                                        "norm.bias",   "norm.running_mean", "norm.running_var",
                                        "(counter)",   "fc.weight",         "fc.bias"};
    int k = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const Parameter *parameter = network_parameter_find(network, names[i]);
        size_t n = parameter != NULL ? parameter->n_values : 1;
        for (size_t j = 0; j < n; j++) {
            k = (k + 7) % 63;
            float expected = (float)(k - 31) / 8.0f;
            if (strcmp(names[i], "norm.running_var") == 0)
                expected = (expected < 0 ? -expected : expected) + 1.0f;
            if (parameter != NULL && parameter->values[j] != expected)
                fail_msg("%s[%zu] is %g, not %g", names[i], j, (double)parameter->values[j],
                         (double)expected);
        }
    }
}

static void reads_every_format_to_the_same_values(void **state)
{
    (void)state;
    static const char *const files[] = {
        "plain.pth",        "legacy.pth",
        "protocol4.pth",    "half.pth",
        "bfloat16.pth",     "double.pth",
        "big_endian.pth",   "module.pth",
        "parameters.pth",   "views.pth",
        "views_legacy.pth", "checkpoint.pth",
        "plain.onnx",       "checkpoint_legacy.pth",
        "float_data.onnx",  "plain.safetensors",
        "half.safetensors", "bfloat16.safetensors",
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[256];
        Weights *weights;
        Error error = {0};
        Network *network = tiny_network();
        snprintf(path, sizeof path, GOLDEN "%s", files[i]);
        if (weights_read(path, &weights, &error) != STATUS_OK ||
            weights_apply(weights, network, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_golden_values(network);
        weights_free(weights);
        network_free(network);
    }
}

static void says_why_a_file_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *file, *words;
    } cases[] = {
        {"evil.pth", "asks to run posix.system"},
        {"evil_legacy.pth", "asks to run posix.system"},
        {"evil_protocol4.pth", "asks to run posix.system"},
        {"evil_plain.pkl", "asks to run posix.system"},
        {"whole_module.pth", "asks to run torch.nn.modules.linear.Linear"},
        {"truncated.pth", "cut off while downloading"},
        {"truncated_legacy.pth", "stored values end early"},
        {"truncated.safetensors", "tensor fc.weight has an impossible shape or place"},
        {"no_storage.pth", "archive/data/2 is missing"},
        {"short_storage.pth", "tensor conv.weight reaches outside its 2 stored values"},
        {"no_pickle.zip", "without PyTorch's data.pkl"},
        {"tensor_only.pth", "no dictionary of tensors"},
        {"absent.pth", "No such file"},
        {"../make_weights_golden.py", "no weights that skyclass reads"},
        {"..", "not a file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[256];
        Weights *weights;
        Error error = {0};
        snprintf(path, sizeof path, GOLDEN "%s", cases[i].file);
        assert_int_equal(weights_read(path, &weights, &error), STATUS_BAD_INPUT);
        assert_null(weights);
        if (strstr(error.text, cases[i].words) == NULL || strncmp(error.text, path, strlen(path)))
            fail_msg("%s: says \"%s\"", cases[i].file, error.text);
    }
    assert_int_equal(access("PWNED", F_OK), -1);
}

static void names_every_tensor_that_does_not_fit(void **state)
{
    (void)state;
    Weights *weights;
    Error error = {0};
    Network *network = tiny_network();
    assert_int_equal(weights_read(GOLDEN "misfit.pth", &weights, &error), STATUS_OK);
    assert_int_equal(weights_apply(weights, network, &error), STATUS_BAD_INPUT);
    assert_string_equal(
        error.text,
        "the weights do not fit the network: missing norm.weight, norm.bias, norm.running_mean, "
        "norm.running_var and 2 more; of another shape conv.weight (4 x 2 x 3 x 3 wanted, 4 x 2 x "
        "5 x 5 found); not in the network head.weight; choose the system they were trained for");
    // Nothing was copied.
    assert_true(network_parameter_find(network, "conv.bias")->values[0] == 0.0f);
    weights_free(weights);
    network_free(network);
}

static unsigned char *read_golden(const char *name, size_t *size)
{
    enum { SIZE_MAX_BYTES = 1 << 16 };
    char path[256];
    snprintf(path, sizeof path, GOLDEN "%s", name);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    unsigned char *bytes = malloc(SIZE_MAX_BYTES);
    *size = fread(bytes, 1, SIZE_MAX_BYTES, stream);
    fclose(stream);
    return bytes;
}

static void write_bytes(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    fclose(stream);
}

// Whatever bytes change or are cut off: weights that are whole, or one line. The sanitizers watch.
static void survives_any_damage(void **state)
{
    (void)state;
    static const char *const files[] = {"plain.pth",  "legacy.pth",        "checkpoint.pth",
                                        "plain.onnx", "plain.safetensors", "views_legacy.pth"};
    enum { ROUNDS = 250, CHANGES_MAX = 4 };
    char *path = scratch_path("damaged");
    size_t n_refused = 0;
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        size_t size;
        unsigned char *bytes = read_golden(files[f], &size);
        unsigned char *changed = malloc(size);
        Random random = random_start(7, f);
        for (size_t round = 0; round < ROUNDS; round++) {
            Weights *weights;
            Error error = {0};
            memcpy(changed, bytes, size);
            size_t n_changes = 1 + random_index(&random, CHANGES_MAX);
            for (size_t i = 0; i < n_changes; i++)
                changed[random_index(&random, size)] = (unsigned char)random_bits(&random);
            size_t kept = round % 5 == 0 ? random_index(&random, size) : size;
            write_bytes(path, changed, kept);
            if (weights_read(path, &weights, &error) == STATUS_OK) {
                assert_true(weights->n > 0);
            } else {
                n_refused++;
                assert_null(weights);
                assert_true(strlen(error.text) > strlen(path));
            }
            weights_free(weights);
        }
        free(changed);
        free(bytes);
    }
    assert_true(n_refused > 100);
    free(path);
}

// A pickle of protocol 2 that is only `body`.
static void assert_pickle_refused(const char *body, size_t length, const char *words)
{
    static const char legacy[] =
        "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
        "\x80\x02M\xe9\x03."
        "\x80\x02}.";
    unsigned char bytes[4096];
    Weights *weights;
    Error error = {0};
    char *path = scratch_path("crafted");
    memcpy(bytes, legacy, sizeof legacy - 1);
    memcpy(bytes + sizeof legacy - 1, body, length);
    write_bytes(path, bytes, sizeof legacy - 1 + length);
    assert_int_equal(weights_read(path, &weights, &error), STATUS_BAD_INPUT);
    if (strstr(error.text, words) == NULL)
        fail_msg("says \"%s\", not \"%s\"", error.text, words);
    free(path);
}

#define PICKLE_REFUSED(body, words) assert_pickle_refused(body, sizeof body - 1, words)

static void refuses_impossible_pickles(void **state)
{
    (void)state;
    PICKLE_REFUSED("\200\002c__builtin__\neval\n.", "asks to run __builtin__.eval");
    PICKLE_REFUSED("\x80\x04\x8c\x02os\x8c\x05popen\x93.", "asks to run os.popen");
    PICKLE_REFUSED("\x80\x02(X\x02\x00\x00\x00lsios\nsystem\n.", "opcode 0x69");
    PICKLE_REFUSED("\x80\x09.", "protocol 9");
    PICKLE_REFUSED("0.", "too few values");
    PICKLE_REFUSED(".", "holds nothing");
    PICKLE_REFUSED("u.", "a mark is missing");
    PICKLE_REFUSED("(Ku", "ends early");
    PICKLE_REFUSED("}(K\x01u.", "values have no place");
    PICKLE_REFUSED("K\x01s.", "too few values");
    PICKLE_REFUSED("Nr\xff\xff\xff\xff.", "impossible memo");
    PICKLE_REFUSED("h\x05.", "unknown memo");
    PICKLE_REFUSED("\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "a text ends early");
    PICKLE_REFUSED("NR.", "a call of nothing");
    PICKLE_REFUSED("NQ.", "impossible storage");
    PICKLE_REFUSED("ctorch._utils\n_rebuild_tensor_v2\n)R.", "impossible tensor");
    PICKLE_REFUSED("ctorch._utils\n_rebuild_parameter\n)R.", "a parameter without a tensor");
    PICKLE_REFUSED("cno end of the line", "a line has no end");
}

// ---- Files by others ---------------------------------------------------------------------------

#define WFC3 "../shared/data/networks/deepwfc3/"

// Figure-8 ghosts on WFC3 images: three convolutions, two of them with batch norm behind the ReLU.
static Network *wfc3_network(void)
{
    Network *network;
    Error error = {0};
    const Layer layers[] = {
        {.kind = LAYER_INPUT, .name = "input", .height = 256, .width = 256, .channels = 1},
        {.kind = LAYER_CONVOLUTION, .name = "conv1", .kernel = 3, .padding = 1, .channels = 32},
        {.kind = LAYER_RELU, .name = "relu1"},
        {.kind = LAYER_MAX_POOL, .name = "pool1", .kernel = 2, .stride = 2},
        {.kind = LAYER_CONVOLUTION, .name = "conv2", .kernel = 5, .padding = 2, .channels = 32},
        {.kind = LAYER_RELU, .name = "relu2"},
        {.kind = LAYER_BATCH_NORM, .name = "bn1", .epsilon = 1e-5, .momentum = 0.1},
        {.kind = LAYER_MAX_POOL, .name = "pool2", .kernel = 2, .stride = 2},
        {.kind = LAYER_CONVOLUTION, .name = "conv3", .kernel = 3, .padding = 1, .channels = 8},
        {.kind = LAYER_RELU, .name = "relu3"},
        {.kind = LAYER_BATCH_NORM, .name = "bn2", .epsilon = 1e-5, .momentum = 0.1},
        {.kind = LAYER_MAX_POOL, .name = "pool3", .kernel = 2, .stride = 2},
        {.kind = LAYER_FLATTEN, .name = "flatten"},
        {.kind = LAYER_LINEAR, .name = "fc1", .channels = 16},
        {.kind = LAYER_RELU, .name = "relu4"},
        {.kind = LAYER_LINEAR, .name = "fc2", .channels = 8},
        {.kind = LAYER_RELU, .name = "relu5"},
        {.kind = LAYER_LINEAR, .name = "fc3", .channels = 2},
    };
    assert_int_equal(network_new(&network, &error), STATUS_OK);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        Layer layer = layers[i];
        layer.bias = layer.kind == LAYER_CONVOLUTION || layer.kind == LAYER_LINEAR;
        layer.stride = layer.kind == LAYER_CONVOLUTION ? 1 : layer.stride;
        add(network, layer);
    }
    return network;
}

// The doubles of the only array in the archive.
static float *wfc3_examples(size_t n)
{
    enum { NPY_HEADER = 128 };
    int code;
    zip_t *archive = zip_open(WFC3 "examples.npz", ZIP_RDONLY, &code);
    assert_non_null(archive);
    zip_file_t *file = zip_fopen(archive, "examples.npy", 0);
    assert_non_null(file);
    unsigned char header[NPY_HEADER];
    double *values = malloc(n * sizeof *values);
    float *narrow = malloc(n * sizeof *narrow);
    assert_int_equal(zip_fread(file, header, sizeof header), sizeof header);
    assert_int_equal(zip_fread(file, values, n * sizeof *values), n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        narrow[i] = (float)values[i];
    free(values);
    zip_fclose(file);
    zip_discard(archive);
    return narrow;
}

static void a_network_by_others_gives_its_logits_on_two_real_images(void **state)
{
    (void)state;
    // model_c_expected.txt
    static const float expected[2][2] = {{-5.731643736362457275e-02f, -4.640492439270019531e+00f},
                                         {-1.114304351806640625e+01f, 4.442239284515380859e+00f}};
    if (access(WFC3 "examples.npz", R_OK) != 0) {
        print_message("no " WFC3 "\n");
        skip();
    }
    Network *network = wfc3_network();
    Weights *weights;
    PackedNetwork *packed;
    Executor *executor;
    Error error = {0};
    float logits[2][2];
    float *images = wfc3_examples(2 * 256 * 256);
    assert_int_equal(weights_read(WFC3 "wfc3_fig8_model_c.torch", &weights, &error), STATUS_OK);
    if (weights_apply(weights, network, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(packed_network_new(network, false, NULL, &packed, &error), STATUS_OK);
    assert_int_equal(executor_new(packed, &executor, &error), STATUS_OK);
    assert_int_equal(executor_forward(executor, images, 2, logits[0], &error), STATUS_OK);
    for (size_t i = 0; i < 4; i++)
        assert_float_equal(logits[i / 2][i % 2], expected[i / 2][i % 2], 1e-4);
    executor_free(executor);
    packed_network_free(packed);
    weights_free(weights);
    network_free(network);
    free(images);
}

static void names_of_wrappers_are_dropped(void **state)
{
    (void)state;
    assert_string_equal(weights_plain_name("module.conv1.weight"), "conv1.weight");
    assert_string_equal(weights_plain_name("module.backbone.layer1.0.bn1.bias"),
                        "layer1.0.bn1.bias");
    assert_string_equal(weights_plain_name("head.fc.weight"), "fc.weight");
    assert_string_equal(weights_plain_name("head.weight"), "head.weight");
    assert_string_equal(weights_plain_name("features.0.weight"), "features.0.weight");
}

static void a_first_kernel_is_repeated_for_more_inputs(void **state)
{
    (void)state;
    float kernel[4 * 2 * 9];
    for (size_t i = 0; i < sizeof kernel / sizeof *kernel; i++)
        kernel[i] = (float)i;
    Tensor tensor = {"backbone.conv.weight", 4, {4, 2, 3, 3}, 72, kernel};
    const Weights weights = {1, &tensor};
    for (int halve = 0; halve < 2; halve++) {
        Network *network;
        Error error = {0};
        TransferReport report;
        assert_int_equal(network_new(&network, &error), STATUS_OK);
        add(network,
            (Layer){.kind = LAYER_INPUT, .name = "input", .height = 3, .width = 3, .channels = 4});
        add(network, (Layer){.kind = LAYER_CONVOLUTION,
                             .name = "conv",
                             .kernel = 3,
                             .stride = 1,
                             .channels = 4});
        assert_int_equal(weights_transfer(&weights, network, halve == 1, &report, &error),
                         STATUS_OK);
        assert_true(report.widened);
        const float *values = network_parameter_const(network, 0)->values;
        for (size_t out = 0; out < 4; out++)
            for (size_t i = 0; i < 36; i++)
                assert_true(values[out * 36 + i] ==
                            (halve ? 0.5f : 1.0f) * kernel[out * 18 + i % 18]);
        network_free(network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_format_to_the_same_values),
        cmocka_unit_test(says_why_a_file_is_refused),
        cmocka_unit_test(names_every_tensor_that_does_not_fit),
        cmocka_unit_test(refuses_impossible_pickles),
        cmocka_unit_test(survives_any_damage),
        cmocka_unit_test(a_network_by_others_gives_its_logits_on_two_real_images),
        cmocka_unit_test(names_of_wrappers_are_dropped),
        cmocka_unit_test(a_first_kernel_is_repeated_for_more_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
