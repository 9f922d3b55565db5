// StarcNet (Perez et al. 2021, ApJ 907, 100): star clusters in five HST bands, four classes.
#include "systems/legus.h"
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
            LEGUS_BANDS,
            LEGUS_CLASSES,
            LEGUS_VIEWS,
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
        },
};
