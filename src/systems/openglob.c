// Open or globular cluster in colour pictures of the sky: paper 003.
#include "systems/system.h"

// Keras' "caffe" rule for 8-bit pictures: red, green, blue to blue, green, red, the means of
// ImageNet subtracted.
#define CAFFE                                                                                      \
    {STEP_CHANNELS, 3, {3, 2, 1}},                                                                 \
    {                                                                                              \
        STEP_COLOUR_MEAN, 3,                                                                       \
        {                                                                                          \
            103.939, 116.779, 123.68                                                               \
        }                                                                                          \
    }

const System system_openglob_vgg16 = {
    .name = "openglob-vgg16",
    .summary = "star clusters in colour pictures, open or globular",
    .paper = "paper 003: VGG16 on DSS2 colour pictures",
    .architecture = &architecture_vgg16,
    .recipe =
        {
            .system = "openglob-vgg16",
            .n_bands = 3,
            .bands = {{"RED", "RED", ""}, {"GREEN", "GREEN", ""}, {"BLUE", "BLUE", ""}},
            .n_classes = 2,
            .classes = {{"open cluster", {"cyan", "#56b4e9", "diamond"}},
                        {"globular cluster", {"#ff8000", "#e69f00", "circle"}}},
            // As it is: pooling leaves 244 pixels with as many numbers as 224.
            .cutout_size = 244,
            .cutout_nearest = true,
            .n_steps = 2,
            .steps = {CAFFE},
            // Of ImageNet's weights the paper holds four convolutions, by its number of trainable
            // parameters. The optimiser is not said.
            .training = "epochs=40,batch=16,optimiser=adam,learning_rate=0.000001,balance=none,"
                        "copies=1,hold=4,right_angles=no,reflections=no,scale_probability=0",
        },
};
