// Makes what mock_reality.py holds against real data:
//
//   mock_reality DIRECTORY CATALOG
//
// Writes DIRECTORY/stars.npy [star][band][51][51], stars of flux 1 at any place within a pixel of
// 0.04"; positions.npy [star][2], where in the stamp, 0-based; noise.npy [1000][1000], blank sky;
// and a mock NGC 1566 from its LEGUS catalogue in DIRECTORY/ngc1566.
#include <stdio.h>
#include <stdlib.h>

#include "npy.h"

#include "base/memory.h"
#include "base/random.h"
#include "mock/mock_light.h"
#include "mock/mock_noise.h"
#include "mock/mock_simulate.h"

enum { N_STARS = 40, STAMP = 51, SKY = 1000, PATH_SIZE = 4096 };

static void stop(const char *text)
{
    fprintf(stderr, "mock_reality: %s\n", text);
    exit(1);
}

static void save(const char *directory, const char *name, const float *values,
                 const size_t *dimensions, size_t n_dimensions)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s.npy", directory, name);
    if (!npy_write(path, values, dimensions, n_dimensions))
        stop("could not write an array");
}

static void make_stars(const char *directory)
{
    MockSettings settings = mock_settings_default();
    MockPsf psf = mock_psf(0.04, settings.psf_width);
    Random random = random_start(1, 0);
    size_t n_pixels = (size_t)N_STARS * MOCK_BANDS * STAMP * STAMP;
    float *stamps = memory_new(n_pixels, sizeof *stamps);
    float positions[N_STARS * 2];
    if (stamps == NULL)
        stop("no memory");
    for (size_t i = 0; i < N_STARS; i++) {
        MockLight star = {.shape = MOCK_POINT,
                          .x = STAMP / 2 + random_uniform(&random) - 0.5,
                          .y = STAMP / 2 + random_uniform(&random) - 0.5,
                          .axis_ratio = 1.0};
        positions[2 * i] = (float)star.x;
        positions[2 * i + 1] = (float)star.y;
        for (int band = 0; band < MOCK_BANDS; band++) {
            star.flux[band] = 1.0;
            MockCanvas canvas = {stamps + (i * MOCK_BANDS + (size_t)band) * STAMP * STAMP, 0, 0,
                                 STAMP, STAMP};
            mock_light_render(&star, &psf, band, 1e-9, &canvas);
        }
    }
    save(directory, "stars", stamps, (const size_t[]){N_STARS, MOCK_BANDS, STAMP, STAMP}, 4);
    save(directory, "positions", positions, (const size_t[]){N_STARS, 2}, 2);
    free(stamps);
}

static void make_noise(const char *directory)
{
    MockNoise noise = {mock_band(MOCK_I)->exposure, mock_band(MOCK_I)->sky, 3.1, 3.0};
    Parallel *parallel = NULL;
    Error error;
    float *pixels = memory_new(SKY * SKY, sizeof *pixels);
    if (pixels == NULL || parallel_new(0, &parallel, &error) != STATUS_OK ||
        mock_noise_add(&noise, 1, 0, pixels, SKY, SKY, parallel, &error) != STATUS_OK)
        stop("no memory");
    parallel_free(parallel);
    save(directory, "noise", pixels, (const size_t[]){SKY, SKY}, 2);
    free(pixels);
}

// NGC 1566: distance of Sabbi et al. (2018); inclination and scale length of its disc to the
// accuracy that the background needs (Elagali et al. 2019).
static void make_galaxy(const char *directory, const char *catalog)
{
    char path[PATH_SIZE];
    MockSettings settings;
    Error error;
    if (mock_settings_catalog(catalog, &settings, &error) != STATUS_OK)
        stop(error.text);
    snprintf(settings.name, sizeof settings.name, "NGC1566");
    settings.distance = 17.9;
    settings.inclination = 31.0;
    settings.scale_length = 4.0;
    settings.surface_brightness = 20.0;
    snprintf(path, sizeof path, "%s/ngc1566", directory);
    if (mock_simulate_files(&settings, path, &error) != STATUS_OK)
        stop(error.text);
}

int main(int n_arguments, char **arguments)
{
    if (n_arguments != 3)
        stop("usage: mock_reality DIRECTORY CATALOG");
    make_stars(arguments[1]);
    make_noise(arguments[1]);
    make_galaxy(arguments[1], arguments[2]);
    return 0;
}
