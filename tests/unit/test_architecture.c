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

// The table of the papers' parameters and multiply-adds a source.
static void systems_have_the_papers_number_of_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *system, *options;
        size_t n_parameters;
        double multiply_adds; // 0: not said
    } cases[] = {
        {"starcnet", "", 15265156, 1.73e9},
        {"phangs-resnet18", "", 11187972, 3.61e9},
        {"phangs-vgg19bn", "normalise=imagenet", 139599364, 34.3e9},
        {"m31-resnet50", "", 23512130, 4.09e9},
        {"m31-resnet18", "", 11177538, 0},
        {"m31-resnet101", "decide=reject", 42504258, 0},
        {"m31-vgg16", "normalise=tool", 134268738, 0},
        {"openglob-vgg16", "", 134268738, 18.1e9},
        {"openglob-vgg16", "head=append", 138359546, 18.1e9},
        {"members-mixed", "", 45207746, 1.62e9},
        {"members-acs", "dropout=0.3,normalise=zscore", 45208898, 0},
        {"members-all", "normalise=band_mean", 45211778, 0},
        {"m31-resnet50", "network=vgg16,head=append,decide=reject", 138359546, 0},
        {"m31-resnet50", "network=small", 377970, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const System *system = system_find(cases[i].system);
        Recipe recipe = system->recipe;
        Network *network;
        Error error;
        if (system_choose(system, cases[i].options, &recipe, &error) != STATUS_OK ||
            recipe_check(&recipe, &error) != STATUS_OK ||
            system_build(system, &recipe, cases[i].options, &network, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_int_equal(network_value_count(network), cases[i].n_parameters);
        if (cases[i].multiply_adds > 0)
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
    assert_string_equal(error.text,
                        "system openglob has no option \"depth=9\"; it has head=replace|append");
    assert_null(network);
}

static void choices_are_the_recipes_and_the_architectures(void **state)
{
    (void)state;
    const System *system = system_find("m31-vgg16");
    Recipe recipe = system->recipe;
    Network *network;
    Error error;
    assert_int_equal(system_choose(system, "decide=reject,head=append", &recipe, &error),
                     STATUS_OK);
    assert_int_equal(recipe.decision.kind, DECISION_REJECT);
    assert_float_equal(recipe.decision.threshold, 0.669, 0);
    assert_int_equal(system_choose(system, "decide=never", &recipe, &error), STATUS_USAGE);
    assert_string_equal(
        error.text,
        "system m31-vgg16 has no option \"decide=never\"; it has "
        "head=replace|append, normalise=zscore|tool, decide=best|reject, "
        "network=resnet18|resnet34|resnet50|resnet101|vgg16|vgg19-bn|starcnet|members|small");
    assert_int_equal(system_build(system, &recipe, "decid", &network, &error), STATUS_USAGE);
    assert_null(network);
}

// What is drawn: predicted members of galaxy clusters are magenta, star clusters as StarcNet's.
static void systems_have_their_classes_looks(void **state)
{
    (void)state;
    const ClassLook member = recipe_class_look(&system_find("members-acs")->recipe, 1);
    assert_string_equal(member.colour, "magenta");
    assert_string_equal(member.shape, "box");
    const ClassLook cluster = recipe_class_look(&system_find("phangs-vgg19bn")->recipe, 3);
    assert_string_equal(cluster.colour, "blue");
    assert_int_equal(system_find("phangs-resnet18")->recipe.decision.kind, DECISION_VOTE);
    assert_int_equal(system_find("phangs-resnet18")->recipe.n_views, 3);
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
        cmocka_unit_test(systems_have_the_papers_number_of_parameters),
        cmocka_unit_test(resnets_have_pytorchs_names),
        cmocka_unit_test(vggs_have_pytorchs_names),
        cmocka_unit_test(sizes_that_are_too_small_are_refused),
        cmocka_unit_test(choices_are_the_recipes_and_the_architectures),
        cmocka_unit_test(systems_have_their_classes_looks),
        cmocka_unit_test(every_systems_recipe_fits_its_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
