// Where a network's last maps are, how maps change their size, and what covering does.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/class_map.h"
#include "nn/feature_maps.h"
#include "systems/system.h"
#include "work/occlusion.h"

static Network *build(const Architecture *architecture, InputShape input, size_t n_classes)
{
    Network *network;
    Error error;
    if (architecture_build(architecture, "test", input, n_classes, "", &network, &error) !=
        STATUS_OK)
        fail_msg("%s", error.text);
    return network;
}

// Grad-CAM's usual layer of each: the last addition's ReLU of a ResNet, the ReLU before VGG's last
// pool (Selvaraju et al. 2017, section 3).
static void the_last_maps_are_those_before_the_decision(void **state)
{
    (void)state;
    static const struct {
        const Architecture *architecture;
        InputShape input;
        size_t side, channels;
    } cases[] = {{&architecture_resnet50, {224, 3}, 7, 2048},
                 {&architecture_resnet18, {299, 6}, 10, 512},
                 {&architecture_vgg16, {244, 3}, 15, 512},
                 {&architecture_vgg19_bn, {299, 6}, 18, 512}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Network *network = build(cases[i].architecture, cases[i].input, 2);
        FeatureMap maps[FEATURE_MAPS_MAX];
        assert_int_equal(feature_maps_last(network, maps), 1);
        assert_int_equal(maps[0].height, cases[i].side);
        assert_int_equal(maps[0].channels, cases[i].channels);
        assert_int_equal(network_layer(network, maps[0].layer)->kind, LAYER_RELU);
        assert_int_equal(maps[0].row, 0);
        assert_int_equal(maps[0].rows, cases[i].input.size);
        network_free(network);
    }
}

// Section 1 of the systems' description: 32, 20 and 11 pixels from 0, 6 and 11.
static void each_pathway_of_starcnet_has_maps_of_the_crop_it_saw(void **state)
{
    (void)state;
    Network *network = build(&architecture_starcnet, (InputShape){32, 5}, 4);
    FeatureMap maps[FEATURE_MAPS_MAX];
    assert_int_equal(feature_maps_last(network, maps), 3);
    static const size_t parts[3][2] = {{11, 11}, {6, 20}, {0, 32}}; // last pathway first
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(maps[i].row, parts[i][0]);
        assert_int_equal(maps[i].columns, parts[i][1]);
        assert_int_equal(maps[i].height, 16);
        assert_int_equal(network_layer(network, maps[i].layer)->kind, LAYER_LEAKY_RELU);
    }
    network_free(network);
}

static void a_layer_is_found_by_its_name_and_others_are_listed(void **state)
{
    (void)state;
    Network *network = build(&architecture_resnet18, (InputShape){64, 3}, 2);
    FeatureMap map;
    Error error;
    assert_int_equal(feature_map_of(network, "conv1", &map, &error), STATUS_OK);
    assert_int_equal(map.height, 32);
    assert_int_equal(feature_map_of(network, "fc", &map, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "\"fc\""));
    assert_non_null(strstr(error.text, "conv1"));
    network_free(network);
}

// PyTorch: F.interpolate(torch.tensor([[[[0., 4.], [8., 16.]]]]), (4, 4), mode="bilinear").
static void maps_are_enlarged_as_pytorch_does(void **state)
{
    (void)state;
    static const float plane[4] = {0, 4, 8, 16};
    static const float expected[16] = {0, 1,     3,      4,  2, 3.25F, 5.75F, 7,
                                       6, 7.75F, 11.25F, 13, 8, 10,    14,    16};
    float resized[16];
    map_enlarge(plane, 2, 2, 4, 4, resized);
    for (int i = 0; i < 16; i++)
        assert_float_equal(resized[i], expected[i], 1e-6);
}

// PyTorch: F.adaptive_avg_pool2d(torch.arange(9.).reshape(1, 1, 3, 3), 2).
static void a_smaller_map_has_the_means_of_what_its_pixels_cover(void **state)
{
    (void)state;
    static const float plane[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    static const float expected[4] = {2, 3, 5, 6};
    float resized[4];
    map_fit(plane, 3, 3, 2, 2, resized);
    for (int i = 0; i < 4; i++)
        assert_float_equal(resized[i], expected[i], 1e-6);
}

static const System *starcnet(void)
{
    return system_find("starcnet");
}

static Model *random_starcnet(void)
{
    Network *network;
    Model *model;
    Error error;
    Random random = random_start(3, 0);

    if (system_build(starcnet(), &starcnet()->recipe, "", &network, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    network_init_xavier(network, &random);
    if (model_new(&starcnet()->recipe, network, &model, &error) != STATUS_OK ||
        classifier_prepare(model->classifier, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return model;
}

// What is as its edge already can be covered without anything changing.
static void covering_a_flat_cutout_changes_no_score(void **state)
{
    (void)state;
    enum { SIZE = 32, BANDS = 5 };
    Model *model = random_starcnet();
    static float cutout[SIZE * SIZE * BANDS], input[SIZE * SIZE * BANDS], plane[SIZE * SIZE];
    float scores[4];
    Scorer *scorer;
    Occlusion *occlusion;
    Error error;
    for (size_t i = 0; i < SIZE * SIZE * BANDS; i++)
        cutout[i] = 0.1F * (float)(i % BANDS);
    assert_int_equal(recipe_apply(&model->recipe, cutout, 1, input, &error), STATUS_OK);
    assert_int_equal(scorer_new(model->classifier, NULL, &scorer, &error), STATUS_OK);
    assert_int_equal(scorer_run(scorer, input, 1, scores, &error), STATUS_OK);
    assert_int_equal(occlusion_new(model, 8, 8, false, scorer, &occlusion, &error), STATUS_OK);
    assert_int_equal(occlusion_run(occlusion, cutout, 1, scores[1], plane, &error), STATUS_OK);
    for (size_t i = 0; i < SIZE * SIZE; i++)
        assert_true(plane[i] == 0.0F);
    occlusion_free(occlusion);
    scorer_free(scorer);
    model_free(model);
}

static void a_patch_as_large_as_the_cutout_is_refused(void **state)
{
    (void)state;
    Model *model = random_starcnet();
    Occlusion *occlusion;
    Error error;
    assert_int_equal(occlusion_new(model, 32, 1, false, NULL, &occlusion, &error), STATUS_USAGE);
    assert_null(occlusion);
    assert_non_null(strstr(error.text, "32"));
    model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_maps_are_those_before_the_decision),
        cmocka_unit_test(each_pathway_of_starcnet_has_maps_of_the_crop_it_saw),
        cmocka_unit_test(a_layer_is_found_by_its_name_and_others_are_listed),
        cmocka_unit_test(maps_are_enlarged_as_pytorch_does),
        cmocka_unit_test(a_smaller_map_has_the_means_of_what_its_pixels_cover),
        cmocka_unit_test(covering_a_flat_cutout_changes_no_score),
        cmocka_unit_test(a_patch_as_large_as_the_cutout_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
