// Star clusters in PHANGS galaxies: paper 001. The classes and bands of LEGUS, two architectures of
// ten models each, whose votes are kept apart.
#include "systems/legus.h"
#include "systems/system.h"

// 50 pixels as scikit-image enlarges them, in the bands' order; the sixth channel is zero. The
// paper mentions no normalisation: none.
#define PHANGS_STEPS                                                                               \
    {STEP_RESIZE, 1, {299}},                                                                       \
    {                                                                                              \
        STEP_CONSTANT, 1,                                                                          \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

// ImageNet's means and deviations, for the colours whose kernels the bands get; zero stays zero.
#define IMAGENET                                                                                   \
    "resize 299; colour_mean 0.485 0.456 0.406 0.485 0.456; "                                      \
    "divide 0.229 0.224 0.225 0.229 0.224; constant 0"

#define PHANGS_RECIPE(name)                                                                        \
    .system = name, LEGUS_BANDS, LEGUS_CLASSES, LEGUS_VIEWS, .pixel_scale = 0.03962,               \
    .cutout_size = 50, .cutout_nearest = true, .zero_block = CUTOUT_ZERO_BLOCK,                    \
    .unit = "electrons/s", .n_steps = 2, .steps = {PHANGS_STEPS},                                  \
    .decision = {DECISION_VOTE, 0, 0}

// Each drawn image is turned by any angle and mirrored after it was resized. Not said: the
// optimiser, what fills the corners, whether the repeated first kernel was halved, whether layers
// were held.
#define PHANGS_TRAINING                                                                            \
    "optimiser=adam,learning_rate=0.0001,balance=draw,copies=1,right_angles=no,reflections=yes,"   \
    "rotation=360,corners=mirror,scale_probability=0,first_conv=copy,"

static const RecipeChoice phangs_choices[] = {
    {"normalise", "none", NULL, NULL},
    {"normalise", "imagenet", IMAGENET, NULL},
    {NULL, NULL, NULL, NULL},
};

const System system_phangs_resnet18 = {
    .name = "phangs-resnet18",
    .summary = "star clusters in PHANGS galaxies, five HST bands, four classes",
    .paper = "paper 001: ensembles of ResNet18 on PHANGS-HST images",
    .architecture = &architecture_resnet18,
    .choices = phangs_choices,
    .recipe = {PHANGS_RECIPE("phangs-resnet18"),
               .training = PHANGS_TRAINING "batch=32,batches=5000"},
};

const System system_phangs_vgg19bn = {
    .name = "phangs-vgg19bn",
    .summary = "star clusters in PHANGS galaxies, five HST bands, four classes",
    .paper = "paper 001: ensembles of VGG19 with batch norm on PHANGS-HST images",
    .architecture = &architecture_vgg19_bn,
    .choices = phangs_choices,
    .recipe = {PHANGS_RECIPE("phangs-vgg19bn"),
               .training = PHANGS_TRAINING "batch=16,batches=10000"},
};
