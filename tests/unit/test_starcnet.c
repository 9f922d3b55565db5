// StarcNet's layer list against section 1 of the systems' description and the published weights.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "systems/system.h"

static Recipe published_recipe(void)
{
    return system_find("starcnet")->recipe;
}

static Network *build(const Recipe *recipe, const char *options)
{
    Network *network;
    Error error = {0};
    if (system_build(system_find("starcnet"), recipe, options, &network, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return network;
}

static const Layer *layer_named(const Network *network, const char *name)
{
    for (size_t i = 0; i < network_layer_count(network); i++)
        if (strcmp(network_layer(network, i)->name, name) == 0)
            return network_layer(network, i);
    fail_msg("no layer is named %s", name);
    return NULL;
}

static void has_the_published_number_of_parameters(void **state)
{
    (void)state;
    Recipe recipe = published_recipe();
    Network *network = build(&recipe, "");
    assert_int_equal(network_value_count(network), 15265156);
    assert_int_equal(network_class_count(network), 4);
    network_free(network);
}

// 1.73 G: conv 32x32: 9 * 128 * (5 + 3 * 128) * 1024; 16x16: 9 * 128 * 3 * 128 * 256;
// fc1 32768 * 128; all three times, and fc2.
static void costs_what_the_layers_add_up_to(void **state)
{
    (void)state;
    Recipe recipe = published_recipe();
    Network *network = build(&recipe, "");
    double pathway = 9.0 * 128 * (5 + 3 * 128) * 1024 + 9.0 * 128 * 3 * 128 * 256 + 32768.0 * 128;
    assert_true(network_multiply_adds(network) == 3 * pathway + 384 * 4);
    network_free(network);
}

static void names_parameters_as_the_published_weights(void **state)
{
    (void)state;
    static const char *const prefixes[] = {"", "a", "aa"};
    static const char *const layers[] = {"conv1",  "bn1",  "conv3", "bn3", "conv4",  "bn4",
                                         "conv7",  "bn7",  "conv8", "bn8", "conv11", "bn11",
                                         "conv12", "bn12", "fc1",   "bn13"};
    static const char *const parts[] = {"weight", "bias"};
    Recipe recipe = published_recipe();
    Network *network = build(&recipe, "");
    size_t n_found = 0;
    char name[64];
    for (size_t p = 0; p < 3; p++)
        for (size_t l = 0; l < sizeof layers / sizeof layers[0]; l++)
            for (size_t part = 0; part < 2; part++) {
                snprintf(name, sizeof name, "%s%s.%s", prefixes[p], layers[l], parts[part]);
                if (network_parameter_find(network, name) == NULL)
                    fail_msg("no parameter is named %s", name);
                n_found++;
            }
    assert_non_null(network_parameter_find(network, "fc2.weight"));
    assert_non_null(network_parameter_find(network, "fc2.bias"));
    assert_int_equal(network_parameter_count(network), n_found + 2);
    network_free(network);
}

static void parameters_have_pytorchs_shapes(void **state)
{
    (void)state;
    Recipe recipe = published_recipe();
    Network *network = build(&recipe, "");
    const Parameter *conv1 = network_parameter_find(network, "aaconv1.weight");
    assert_int_equal(conv1->n_dimensions, 4);
    assert_int_equal(conv1->dimensions[0], 128);
    assert_int_equal(conv1->dimensions[1], 5);
    assert_int_equal(conv1->dimensions[2], 3);
    assert_int_equal(conv1->dimensions[3], 3);
    const Parameter *fc1 = network_parameter_find(network, "afc1.weight");
    assert_int_equal(fc1->n_dimensions, 2);
    assert_int_equal(fc1->dimensions[0], 128);
    assert_int_equal(fc1->dimensions[1], 32768);
    network_free(network);
}

static void crops_the_published_rows(void **state)
{
    (void)state;
    Recipe recipe = published_recipe();
    Network *network = build(&recipe, "");
    assert_int_equal(layer_named(network, "acrop")->crop_start, 6);
    assert_int_equal(layer_named(network, "acrop")->crop_size, 20);
    assert_int_equal(layer_named(network, "aacrop")->crop_start, 11);
    assert_int_equal(layer_named(network, "aacrop")->crop_size, 11);
    network_free(network);
}

static void crops_scale_with_the_input(void **state)
{
    (void)state;
    static const size_t sizes[] = {24, 28, 48, 64, 96};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        Recipe recipe = published_recipe();
        recipe.cutout_size = sizes[i];
        Network *network = build(&recipe, "");
        assert_int_equal(network_input_shape(network).height, sizes[i]);
        for (int pathway = 1; pathway < 3; pathway++) {
            const Layer *crop = layer_named(network, pathway == 1 ? "acrop" : "aacrop");
            double magnification = pathway == 1 ? 1.6 : 32.0 / 11.0;
            assert_true(crop->crop_size * magnification >= (double)sizes[i] - 0.5 * magnification);
            assert_true(crop->crop_size * magnification <= (double)sizes[i] + 0.5 * magnification);
            size_t after = sizes[i] - crop->crop_start - crop->crop_size;
            assert_true(crop->crop_start == after || crop->crop_start == after + 1);
        }
        network_free(network);
    }
}

// Each pathway has 5,087,872 values; the last layer 128 a pathway and class, and a bias a class.
static void builds_one_and_two_pathways(void **state)
{
    (void)state;
    Recipe recipe = published_recipe();
    Network *one = build(&recipe, "pathways=1");
    assert_int_equal(network_value_count(one), 5087872 + 128 * 4 + 4);
    assert_null(network_parameter_find(one, "aconv1.weight"));
    network_free(one);
    Network *two = build(&recipe, "pathways=2");
    assert_int_equal(network_value_count(two), 2 * 5087872 + 256 * 4 + 4);
    assert_null(network_parameter_find(two, "aaconv1.weight"));
    network_free(two);
}

static void builds_batch_norm(void **state)
{
    (void)state;
    Recipe recipe = published_recipe();
    Network *network = build(&recipe, "pathways=1,norm=batch");
    assert_int_equal(layer_named(network, "bn7")->kind, LAYER_BATCH_NORM);
    assert_non_null(network_parameter_find(network, "bn13.running_var"));
    network_free(network);
}

static void takes_other_bands_and_classes(void **state)
{
    (void)state;
    Recipe recipe = published_recipe();
    recipe.n_bands = 3;
    recipe.n_classes = 2;
    Network *network = build(&recipe, "");
    assert_int_equal(network_input_shape(network).channels, 3);
    assert_int_equal(network_class_count(network), 2);
    network_free(network);
}

static void refuses_what_it_cannot_build(void **state)
{
    (void)state;
    Network *network;
    Error error = {0};
    Recipe recipe = published_recipe();
    assert_int_equal(system_build(system_find("starcnet"), &recipe, "pathways=4", &network, &error),
                     STATUS_USAGE);
    assert_string_equal(
        error.text,
        "system starcnet has no option \"pathways=4\"; it has "
        "pathways=3|2|1, norm=group|batch, "
        "network=resnet18|resnet34|resnet50|resnet101|vgg16|vgg19-bn|starcnet|members|small");
    assert_int_equal(
        system_build(system_find("starcnet"), &recipe, "norm=batch,depth=9", &network, &error),
        STATUS_USAGE);
    assert_non_null(strstr(error.text, "\"depth=9\""));
    recipe.cutout_size = 4;
    assert_int_equal(system_build(system_find("starcnet"), &recipe, "", &network, &error),
                     STATUS_USAGE);
    assert_non_null(strstr(error.text, "inputs of 4 pixels"));
    assert_null(network);
}

static void is_found_by_name(void **state)
{
    (void)state;
    assert_string_equal(system_find("starcnet")->name, "starcnet");
    assert_null(system_find("StarcNet2"));
    assert_null(system_at(system_count()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_published_number_of_parameters),
        cmocka_unit_test(costs_what_the_layers_add_up_to),
        cmocka_unit_test(names_parameters_as_the_published_weights),
        cmocka_unit_test(parameters_have_pytorchs_shapes),
        cmocka_unit_test(crops_the_published_rows),
        cmocka_unit_test(crops_scale_with_the_input),
        cmocka_unit_test(builds_one_and_two_pathways),
        cmocka_unit_test(builds_batch_norm),
        cmocka_unit_test(takes_other_bands_and_classes),
        cmocka_unit_test(refuses_what_it_cannot_build),
        cmocka_unit_test(is_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
