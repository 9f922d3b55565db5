// StarcNet (Perez et al. 2021, ApJ 907, 100): star clusters in five HST bands, four classes.
#include "systems/system.h"

enum { PUBLISHED_SIZE = 32 };

const System system_starcnet = {
    .name = "starcnet",
    .summary = "star clusters in nearby galaxies, five HST bands, four classes",
    .paper = "Perez et al. 2021, ApJ 907, 100",
    .architecture = &architecture_starcnet,
    .recipe =
        {
            .system = "starcnet",
            .n_bands = 5,
            // WFC3/UVIS, infinite aperture (ISR WFC3 2017-14, 2021-04, to 0.03 mag), in F435W too,
            // which only ACS has: there F438W's, as the factor 0.474 of the published RGB pictures
            // means.
            .bands = {{"NUV", "F275W", "24.15"},
                      {"U", "F336W", "24.67"},
                      {"B", "F438W F435W", "24.84 24.84"},
                      {"V", "F555W F606W", "25.81 26.08"},
                      {"I", "F814W", "25.12"}},
            .n_classes = 4,
            .classes = {{"symmetric compact cluster", {"red", "#d55e00", "circle"}},
                        {"elongated or asymmetric cluster", {"green", "#009e73", "diamond"}},
                        {"multi-peaked compact association", {"blue", "#56b4e9", "box"}},
                        {"not a cluster", {"yellow", "#f0e442", "cross"}}},
            .pixel_scale = 0.04,
            .cutout_size = PUBLISHED_SIZE,
            .cutout_border = PUBLISHED_SIZE / 2 + 1,
            .zero_block = CUTOUT_ZERO_BLOCK,
            .unit = "electrons/s",
            .n_steps = 1,
            .steps = {{STEP_BAND_MEAN,
                       5,
                       {0.02376737085711172, 0.13796898991372922, 0.14457472840383698,
                        0.25429259936146564, 0.3901880480545905}}},
            .n_views = 3,
            .views = {{"12|34", {1, 1, 2, 2}}, {"123|4", {1, 1, 1, 2}}, {"12|3|4", {1, 1, 2, 3}}},
        },
};
