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

#include "base/random.h"
#include "classifier/import/weights.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_format_to_the_same_values),
        cmocka_unit_test(says_why_a_file_is_refused),
        cmocka_unit_test(names_every_tensor_that_does_not_fit),
        cmocka_unit_test(refuses_impossible_pickles),
        cmocka_unit_test(survives_any_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
