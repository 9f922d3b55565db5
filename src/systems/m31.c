// Star clusters of M 31 on ground-based images: paper 002. PAndAS, MegaCam on CFHT, g and i; its
// two bands and a constant channel are the colours of a picture to the four networks it compares.
#include "systems/system.h"

// Enlarged first, so that the mean and deviation are of what the network sees.
#define M31_STEPS                                                                                  \
    {STEP_RESIZE, 1, {224}}, {STEP_ZSCORE, 0, {0}},                                                \
    {                                                                                              \
        STEP_CONSTANT, 1,                                                                          \
        {                                                                                          \
            255                                                                                    \
        }                                                                                          \
    }

// What mmpretrain does besides where its own defaults are left on: ImageNet's rule for 8-bit
// pictures.
#define TOOLS_STEPS                                                                                \
    "resize 224; zscore; constant 255; colour_mean 123.675 116.28 103.53; "                        \
    "divide 58.395 57.12 57.375"

// The disc's numbers give the paper's radii to 0.023 kpc. 28 pixels each way; outside the image is
// 0, and zeros are data.
#define M31_RECIPE(name)                                                                           \
    .system = name, .n_bands = 2,                                                                  \
    .bands = {{"G", "G.MP9401 G", ""}, {"I", "I.MP9702 I.MP9701 I", ""}}, .n_classes = 2,          \
    .classes = {{"star cluster", {"", "", "circle"}}, {"not a cluster", {"", "", "cross"}}},       \
    .disc = "10.6847083 41.26875 38 77 769", .pixel_scale = 0.187, .cutout_size = 56,              \
    .cutout_nearest = true, .cutout_pad = true, .n_steps = 3, .steps = {M31_STEPS},                \
    .training = M31_TRAINING

// mmpretrain's defaults with the paper's learning rate; each source 56 times an epoch: turned,
// mirrored, moved (by up to two of its own pixels) and with noise, of which the paper says how much
// of none.
#define M31_TRAINING                                                                               \
    "epochs=100,batch=32,optimiser=sgd,learning_rate=0.01,momentum=0.9,"                           \
    "weight_decay=0.0001,schedule=steps,step_epochs=30,step_factor=0.1,"                           \
    "initial=resnet,balance=none,copies=56,right_angles=yes,reflections=yes,"                      \
    "shift=8,noise=0.1,scale_probability=0"

#define M31_SYSTEM(suffix, network)                                                                \
    const System system_m31_##suffix = {                                                           \
        .name = "m31-" #suffix,                                                                    \
        .summary = "star clusters in M 31 from the ground, two bands, cluster or not",             \
        .paper = "paper 002: " network " on PAndAS images of M 31",                                \
        .architecture = &architecture_##suffix,                                                    \
        .choices = m31_choices,                                                                    \
        .recipe = {M31_RECIPE("m31-" #suffix)},                                                    \
    }

// The paper's threshold leaves undecided what no class is sure of.
static const RecipeChoice m31_choices[] = {
    {"normalise", "zscore", NULL, NULL},
    {"normalise", "tool", TOOLS_STEPS, NULL},
    {"decide", "best", NULL, NULL},
    {"decide", "reject", NULL, "reject 0.669"},
    {NULL, NULL, NULL, NULL},
};

M31_SYSTEM(resnet50, "ResNet-50");
M31_SYSTEM(resnet18, "ResNet-18");
M31_SYSTEM(resnet101, "ResNet-101");
M31_SYSTEM(vgg16, "VGG-16");
