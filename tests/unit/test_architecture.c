// The architectures against the numbers of parameters and the names that their publishers' weights
// have.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "systems/system.h"

static Network *build(const Architecture *architecture, InputShape input, size_t n_classes)
{
    Network *network;
    Error error;
    if (architecture_build(architecture, "test", input, n_classes, "", &network, &error) !=
        STATUS_OK)
        fail_msg("%s", error.text);
    return network;
}

// torchvision's, for ImageNet's 1000 classes.
static void have_torchvisions_number_of_parameters(void **state)
{
    (void)state;
    static const struct {
        const Architecture *architecture;
        size_t n_parameters;
    } cases[] = {
        {&architecture_resnet18, 11689512}, {&architecture_resnet34, 21797672},
        {&architecture_resnet50, 25557032}, {&architecture_resnet101, 44549160},
        {&architecture_vgg16, 138357544},   {&architecture_vgg19_bn, 143678248},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Network *network = build(cases[i].architecture, (InputShape){224, 3}, 1000);
        assert_int_equal(network_value_count(network), cases[i].n_parameters);
        network_free(network);
    }
}

// With the inputs and classes of papers 000, 001, 002 and 003.
static void have_the_papers_number_of_parameters(void **state)
{
    (void)state;
    static const struct {
        const Architecture *architecture;
        InputShape input;
        size_t n_classes, n_parameters;
        double multiply_adds;
    } cases[] = {
        {&architecture_starcnet, {32, 5}, 4, 15265156, 1.73e9},
        {&architecture_resnet18, {299, 6}, 4, 11187972, 3.61e9},
        {&architecture_vgg19_bn, {299, 6}, 4, 139599364, 34.3e9},
        {&architecture_resnet50, {224, 3}, 2, 23512130, 4.09e9},
        {&architecture_vgg16, {244, 3}, 2, 134268738, 18.1e9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Network *network = build(cases[i].architecture, cases[i].input, cases[i].n_classes);
        assert_int_equal(network_value_count(network), cases[i].n_parameters);
        assert_float_equal(network_multiply_adds(network) / cases[i].multiply_adds, 1.0, 0.005);
        network_free(network);
    }
}

static void assert_parameter(const Network *network, const char *name, size_t n_values)
{
    for (size_t i = 0; i < network_parameter_count(network); i++) {
        const Parameter *parameter = network_parameter_const(network, i);
        if (strcmp(parameter->name, name) == 0) {
            assert_int_equal(parameter->n_values, n_values);
            return;
        }
    }
    fail_msg("no parameter is called %s", name);
}

static void resnets_have_pytorchs_names(void **state)
{
    (void)state;
    Network *network = build(&architecture_resnet50, (InputShape){64, 3}, 2);
    assert_parameter(network, "conv1.weight", 64 * 3 * 7 * 7);
    assert_parameter(network, "bn1.running_var", 64);
    assert_parameter(network, "layer1.0.downsample.0.weight", 256 * 64);
    assert_parameter(network, "layer1.0.downsample.1.bias", 256);
    assert_parameter(network, "layer3.5.conv2.weight", 256 * 256 * 9);
    assert_parameter(network, "layer4.2.bn3.running_mean", 2048);
    assert_parameter(network, "fc.bias", 2);
    // torchvision's state dictionary has 320 tensors, of which 53 num_batches_tracked.
    assert_int_equal(network_parameter_count(network), 320 - 53);
    network_free(network);
    network = build(&architecture_resnet18, (InputShape){64, 3}, 2);
    assert_parameter(network, "layer2.0.downsample.0.weight", 128 * 64);
    assert_parameter(network, "layer4.1.conv2.weight", 512 * 512 * 9);
    assert_int_equal(network_parameter_count(network), 122 - 20);
    network_free(network);
}

static void vggs_have_pytorchs_names(void **state)
{
    (void)state;
    static const int plain[] = {0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28};
    static const int normed[] = {0, 3, 7, 10, 14, 17, 20, 23, 27, 30, 33, 36, 40, 43, 46, 49};
    char name[40];
    Network *network = build(&architecture_vgg16, (InputShape){32, 3}, 2);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        snprintf(name, sizeof name, "features.%d.bias", plain[i]);
        assert_parameter(network, name, i < 2 ? 64 : i < 4 ? 128 : i < 7 ? 256 : 512);
    }
    assert_parameter(network, "classifier.0.weight", 25088 * 4096);
    assert_parameter(network, "classifier.6.bias", 2);
    network_free(network);
    network = build(&architecture_vgg19_bn, (InputShape){32, 3}, 2);
    for (size_t i = 0; i < sizeof normed / sizeof *normed; i++) {
        snprintf(name, sizeof name, "features.%d.running_mean", normed[i] + 1);
        assert_parameter(network, name, i < 2 ? 64 : i < 4 ? 128 : i < 8 ? 256 : 512);
    }
    network_free(network);
}

static void sizes_that_are_too_small_are_refused(void **state)
{
    (void)state;
    Network *network;
    Error error;
    assert_int_equal(architecture_build(&architecture_vgg16, "openglob", (InputShape){8, 3}, 2, "",
                                        &network, &error),
                     STATUS_USAGE);
    assert_string_equal(error.text, "openglob cannot take inputs of 8 pixels; choose 32 to 1024");
    assert_int_equal(architecture_build(&architecture_vgg16, "openglob", (InputShape){64, 3}, 2,
                                        "depth=9", &network, &error),
                     STATUS_USAGE);
    assert_string_equal(error.text, "system openglob has no option \"depth=9\"; it has none");
    assert_null(network);
}

// Each system's recipe must make what its architecture takes, and be written and read unchanged.
static void every_systems_recipe_fits_its_network(void **state)
{
    (void)state;
    for (size_t i = 0; i < system_count(); i++) {
        const System *system = system_at(i);
        Network *network;
        Model *model;
        Error error;
        assert_string_equal(system->name, system->recipe.system);
        assert_true(system->summary[0] != '\0' && system->paper[0] != '\0');
        if (system_build(system, &system->recipe, "", &network, &error) != STATUS_OK ||
            model_new(&system->recipe, network, &model, &error) != STATUS_OK)
            fail_msg("%s: %s", system->name, error.text);
        model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(have_torchvisions_number_of_parameters),
        cmocka_unit_test(have_the_papers_number_of_parameters),
        cmocka_unit_test(resnets_have_pytorchs_names),
        cmocka_unit_test(vggs_have_pytorchs_names),
        cmocka_unit_test(sizes_that_are_too_small_are_refused),
        cmocka_unit_test(every_systems_recipe_fits_its_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
