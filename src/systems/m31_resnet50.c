// Star clusters of M 31 on ground-based images: paper 002's first model. PAndAS, MegaCam on CFHT,
// g and i; ResNet-50 with its two bands and a constant channel as the colours of a picture.
#include "systems/system.h"

const System system_m31_resnet50 = {
    .name = "m31-resnet50",
    .summary = "star clusters in M 31 from the ground, two bands, cluster or not",
    .paper = "paper 002: ResNet-50 on PAndAS images of M 31",
    .architecture = &architecture_resnet50,
    .recipe =
        {
            .system = "m31-resnet50",
            .n_bands = 2,
            .bands = {{"G", "G.MP9401 G", ""}, {"I", "I.MP9702 I.MP9701 I", ""}},
            .n_classes = 2,
            .classes = {{"star cluster", {"", "", "circle"}}, {"not a cluster", {"", "", "cross"}}},
            .pixel_scale = 0.187,
            // 28 pixels each way; outside the image is 0, and zeros are data.
            .cutout_size = 56,
            .cutout_nearest = true,
            .cutout_pad = true,
            // Enlarged first, so that the mean and deviation are of what the network sees.
            .n_steps = 3,
            .steps = {{STEP_RESIZE, 1, {224}}, {STEP_ZSCORE, 0, {0}}, {STEP_CONSTANT, 1, {255}}},
            // mmpretrain's defaults with the paper's learning rate; each source 56 times an epoch.
            .training = "epochs=100,batch=32,optimiser=sgd,learning_rate=0.01,momentum=0.9,"
                        "weight_decay=0.0001,schedule=steps,step_epochs=30,step_factor=0.1,"
                        "initial=he,balance=none,copies=56,right_angles=yes,reflections=yes,"
                        "scale_probability=0",
        },
};
