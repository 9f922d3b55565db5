// The mock sky: optics, noise, photometry, the classes, whole fields and their files.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"
#include "mock/mock_catalog.h"
#include "mock/mock_light.h"
#include "mock/mock_noise.h"
#include "mock/mock_object.h"
#include "mock/mock_population.h"
#include "mock/mock_simulate.h"
#include "mock/mock_write.h"
#include "sky/detect/photometry.h"
#include "sky/image/band.h"
#include "sky/image/image.h"
#include "sky/image/sky_wcs.h"

enum { SIDE = 101, MIDDLE = SIDE / 2 };

// The default's, of the mock galaxies that look like one's own field.
static MockPsf psf_of(double pixel_scale)
{
    MockSettings settings = mock_settings_default();
    return mock_psf(pixel_scale, settings.psf_width);
}

static float *blank_stamp(MockCanvas *canvas)
{
    float *pixels = memory_new(SIDE * SIDE, sizeof *pixels);
    assert_non_null(pixels);
    *canvas = (MockCanvas){pixels, 0, 0, SIDE, SIDE};
    return pixels;
}

static MockLight light_of(MockShape shape, double radius, double axis_ratio)
{
    MockLight light = {.shape = shape,
                       .x = MIDDLE + 0.3,
                       .y = MIDDLE - 0.2,
                       .radius = radius,
                       .slope = 2.6,
                       .axis_ratio = axis_ratio,
                       .angle = 0.6};
    for (int band = 0; band < MOCK_BANDS; band++)
        light.flux[band] = 1.0;
    return light;
}

static double within_at(const float *pixels, double x, double y, double radius)
{
    return photometry_aperture(pixels, SIDE, SIDE, x, y, radius);
}

static double within(const float *pixels, const MockLight *light, double radius)
{
    return photometry_aperture(pixels, SIDE, SIDE, light->x, light->y, radius);
}

// Encircled energies of 100 real ACS F814W stars, normalised at 0.75" (COSMOS mosaics from GalSim).
static void stars_in_I_have_the_measured_encircled_energy(void **state)
{
    (void)state;
    static const double radii[] = {0.04, 0.06, 0.08, 0.10, 0.12, 0.16, 0.20, 0.28, 0.40};
    static const double real[] = {0.204, 0.375, 0.528, 0.649, 0.738, 0.852, 0.902, 0.936, 0.974};
    static const double scale = 0.04;
    MockPsf psf = psf_of(scale);
    MockCanvas canvas;
    float *pixels = blank_stamp(&canvas);
    MockLight star = light_of(MOCK_POINT, 0.0, 1.0);
    mock_light_render(&star, &psf, MOCK_I, 1e-9, &canvas);
    double all = within(pixels, &star, 0.75 / scale);
    for (size_t i = 0; i < sizeof radii / sizeof radii[0]; i++)
        assert_true(fabs(within(pixels, &star, radii[i] / scale) / all - real[i]) < 0.03);
    double ci = photometry_ci(pixels, SIDE, SIDE, star.x, star.y);
    assert_true(fabs(ci - 1.40) < 0.05);
    free(pixels);
}

static void stars_are_narrower_in_bluer_bands(void **state)
{
    (void)state;
    MockPsf psf = psf_of(0.04);
    MockLight star = light_of(MOCK_POINT, 0.0, 1.0);
    double redder = INFINITY;
    for (int band = MOCK_I; band >= MOCK_NUV; band--) {
        MockCanvas canvas;
        float *pixels = blank_stamp(&canvas);
        mock_light_render(&star, &psf, band, 1e-9, &canvas);
        double ci = photometry_ci(pixels, SIDE, SIDE, star.x, star.y);
        assert_true(ci < redder);
        redder = ci;
        free(pixels);
    }
}

static void stars_are_as_wide_as_the_camera_says(void **state)
{
    (void)state;
    MockPsf psf = mock_psf(0.04, (const double[MOCK_BANDS]){1.0, 1.0, 1.0, 1.0, 1.0});
    MockLight star = light_of(MOCK_POINT, 0.0, 1.0);
    for (int band = 0; band < MOCK_BANDS; band++) {
        MockCanvas canvas;
        float *pixels = blank_stamp(&canvas);
        mock_light_render(&star, &psf, band, 1e-9, &canvas);
        // The CI of the real stars in F814W.
        assert_true(fabs(photometry_ci(pixels, SIDE, SIDE, star.x, star.y) - 1.40) < 0.05);
        free(pixels);
    }
}

// Azimuthal scatter over the mean at 0.09" from the middle: 0.03 to 0.075 in the real ACS F814W
// stars.
static double asymmetry(const float *pixels, const MockLight *star)
{
    enum { N_ANGLES = 24 };
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < N_ANGLES; i++) {
        double angle = 2.0 * 3.14159265 * i / N_ANGLES;
        double value =
            within_at(pixels, star->x + 2.25 * cos(angle), star->y + 2.25 * sin(angle), 0.7);
        sum += value / N_ANGLES;
        squares += value * value / N_ANGLES;
    }
    return sqrt(squares - sum * sum) / sum;
}

static void aberrations_make_one_side_brighter_and_keep_the_light(void **state)
{
    (void)state;
    MockSettings settings = mock_settings_draw(1);
    double mean = 0.0;
    enum { N_FIELDS = 40 };
    for (uint64_t seed = 0; seed < N_FIELDS; seed++) {
        Random random = random_start(seed, 0);
        MockPsf psf = psf_of(0.04);
        MockCanvas canvas;
        MockLight star = light_of(MOCK_POINT, 0.0, 1.0);
        float *pixels = blank_stamp(&canvas);
        mock_light_render(&star, &psf, MOCK_I, 1e-9, &canvas);
        double before = within(pixels, &star, 20.0);
        assert_true(asymmetry(pixels, &star) < 0.04); // of the pixels' places
        free(pixels);
        mock_psf_aberrate(&psf, 0.04, settings.aberration, &random);
        pixels = blank_stamp(&canvas);
        mock_light_render(&star, &psf, MOCK_I, 1e-9, &canvas);
        assert_true(fabs(within(pixels, &star, 20.0) - before) < 1e-4);
        mean += asymmetry(pixels, &star) / N_FIELDS;
        free(pixels);
    }
    assert_true(mean > 0.03 && mean < 0.075);
}

static void every_shape_keeps_its_flux_and_half_light_radius(void **state)
{
    (void)state;
    // So fine a pixel scale would not exist; here it makes the PSF small beside the light.
    MockPsf psf = psf_of(1.0);
    static const MockShape shapes[] = {MOCK_EFF, MOCK_EXPONENTIAL, MOCK_GAUSSIAN};
    for (size_t i = 0; i < 3; i++) {
        MockCanvas canvas;
        float *pixels = blank_stamp(&canvas);
        MockLight light = light_of(shapes[i], 5.0, 1.0);
        mock_light_render(&light, &psf, MOCK_V, 1e-12, &canvas);
        assert_true(fabs(within(pixels, &light, 5.0) - 0.5) < 0.01);
        // The wings of an EFF profile with this slope hold 5 % beyond nine half-light radii.
        assert_true(within(pixels, &light, 45.0) > 0.95);
        assert_true(within(pixels, &light, 45.0) < 1.001);
        free(pixels);
    }
}

static void a_canvas_shows_its_part_of_the_whole(void **state)
{
    (void)state;
    MockPsf psf = psf_of(0.04);
    MockCanvas whole;
    float *pixels = blank_stamp(&whole);
    float part[20 * 30] = {0.0f};
    MockCanvas window = {part, MIDDLE - 7, MIDDLE - 15, 20, 30};
    MockLight light = light_of(MOCK_EFF, 3.0, 0.5);
    mock_light_render(&light, &psf, MOCK_V, 1e-6, &whole);
    mock_light_render(&light, &psf, MOCK_V, 1e-6, &window);
    for (size_t row = 0; row < 30; row++)
        for (size_t column = 0; column < 20; column++)
            assert_true(part[row * 20 + column] ==
                        pixels[(row + MIDDLE - 15) * SIDE + column + MIDDLE - 7]);
    free(pixels);
}

static void measuring_finds_centre_and_shape(void **state)
{
    (void)state;
    MockPsf psf = psf_of(0.04);
    MockCanvas canvas;
    float *pixels = blank_stamp(&canvas);
    MockLight light = light_of(MOCK_GAUSSIAN, 2.0, 0.5);
    mock_light_render(&light, &psf, MOCK_V, 1e-9, &canvas);
    double x = MIDDLE;
    double y = MIDDLE;
    photometry_centre(pixels, SIDE, SIDE, &x, &y);
    assert_true(hypot(x - light.x, y - light.y) < 0.05);
    double elongated = photometry_roundness(pixels, SIDE, SIDE, x, y);
    free(pixels);
    pixels = blank_stamp(&canvas);
    light.axis_ratio = 1.0;
    mock_light_render(&light, &psf, MOCK_V, 1e-9, &canvas);
    assert_true(photometry_roundness(pixels, SIDE, SIDE, x, y) > 0.98);
    // 1 to 2 before the PSF, whose core and wings make it rounder: 0.70 for the core alone.
    assert_true(elongated > 0.70 && elongated < 0.80);
    free(pixels);
}

static void magnitudes_and_colours_go_both_ways(void **state)
{
    (void)state;
    for (int band = 0; band < MOCK_BANDS; band++)
        assert_true(fabs(mock_band_magnitude(band, mock_band_flux(band, 23.4)) - 23.4) < 1e-9);
    // E(B-V) is what the difference of the extinctions in B and V says: close to 1 in these bands.
    MockColours colours = mock_cluster_colours(7.0);
    double before = colours.minus_v[MOCK_B];
    mock_colours_redden(&colours, 1.0);
    assert_true(fabs(colours.minus_v[MOCK_B] - before - 0.91) < 1e-9);
    assert_true(colours.minus_v[MOCK_V] == 0.0);
    double flux[MOCK_BANDS];
    mock_colours_flux(&colours, 20.0, flux);
    assert_true(fabs(mock_band_magnitude(MOCK_V, flux[MOCK_V]) - 20.0) < 1e-9);
    // Old populations are redder than young ones, hot stars bluer than cool ones.
    assert_true(mock_cluster_colours(9.5).minus_v[MOCK_U] >
                mock_cluster_colours(7.0).minus_v[MOCK_U] + 1.0);
    assert_true(mock_star_colours(4000.0).minus_v[MOCK_I] <
                mock_star_colours(30000.0).minus_v[MOCK_I] - 1.0);
}

static void magnitudes_follow_the_luminosity_function(void **state)
{
    (void)state;
    // dN/dm ~ 10^(0.4 m): of those between 20 and 24, 10^-0.8 are brighter than 22.
    Random random = random_start(3, 0);
    enum { N = 40000 };
    size_t bright = 0;
    for (size_t i = 0; i < N; i++) {
        double m = mock_magnitude_draw(&random, 20.0, 24.0, 0.4);
        assert_true(m >= 20.0 && m <= 24.0);
        bright += m < 22.0;
    }
    double expected = (pow(10.0, 0.8) - 1.0) / (pow(10.0, 1.6) - 1.0);
    assert_true(fabs((double)bright / N - expected) < 0.006);
}

static float *noisy(size_t width, size_t height, size_t n_threads, float light)
{
    MockNoise noise = {1000.0, 0.05, 3.0, 3.0};
    Parallel *parallel = NULL;
    assert_int_equal(parallel_new(n_threads, &parallel, NULL), STATUS_OK);
    float *pixels = memory_new(width * height, sizeof *pixels);
    assert_non_null(pixels);
    for (size_t i = 0; i < width * height; i++)
        pixels[i] = light;
    assert_int_equal(mock_noise_add(&noise, 7, 1, pixels, width, height, parallel, NULL),
                     STATUS_OK);
    parallel_free(parallel);
    return pixels;
}

static double covariance(const float *pixels, size_t size, size_t dx, size_t dy, double mean)
{
    double sum = 0.0;
    for (size_t y = 0; y + dy < size; y++)
        for (size_t x = 0; x + dx < size; x++)
            sum += ((double)pixels[y * size + x] - mean) *
                   ((double)pixels[(y + dy) * size + x + dx] - mean);
    return sum / (double)((size - dx) * (size - dy));
}

// Autocorrelation of real drizzled sky (COSMOS mosaics from GalSim).
static void noise_is_correlated_as_drizzling_leaves_it(void **state)
{
    (void)state;
    enum { SIZE = 500 };
    float *pixels = noisy(SIZE, SIZE, 2, 0.2f);
    double mean = 0.0;
    for (size_t i = 0; i < SIZE * SIZE; i++)
        mean += (double)pixels[i] / (SIZE * SIZE);
    assert_true(fabs(mean - 0.2) < 1e-3);
    double variance = covariance(pixels, SIZE, 0, 0, mean);
    static const struct {
        size_t dx, dy;
        double real;
    } lags[] = {{1, 0, 0.48}, {0, 1, 0.48}, {1, 1, 0.23}, {2, 0, 0.05},
                {0, 2, 0.05}, {3, 0, 0.01}, {0, 3, 0.01}};
    for (size_t i = 0; i < sizeof lags / sizeof lags[0]; i++) {
        double r = covariance(pixels, SIZE, lags[i].dx, lags[i].dy, mean) / variance;
        assert_true(fabs(r - lags[i].real) < 0.05);
    }
    // Sums over 20 x 20 pixels scatter as the electrons in them do: Poisson of light and sky, and
    // three readouts of 3 electrons a pixel. Drizzling loses an edge's worth, under 10 %.
    double scatter = 0.0;
    for (size_t by = 0; by < SIZE / 20; by++) {
        for (size_t bx = 0; bx < SIZE / 20; bx++) {
            double sum = 0.0;
            for (size_t i = 0; i < 400; i++)
                sum += (double)pixels[(by * 20 + i / 20) * SIZE + bx * 20 + i % 20] - mean;
            scatter += sum * sum / (SIZE / 20 * SIZE / 20);
        }
    }
    double electrons = 400.0 * (0.25 * 1000.0 + 3.0 * 9.0) / (1000.0 * 1000.0);
    assert_true(fabs(scatter / electrons - 0.95) < 0.15);
    free(pixels);
}

static void noise_is_the_same_whatever_the_threads(void **state)
{
    (void)state;
    // Several blocks of 64 rows and a remainder.
    float *one = noisy(97, 200, 1, 0.01f);
    float *three = noisy(97, 200, 3, 0.01f);
    assert_memory_equal(one, three, 97 * 200 * sizeof *one);
    free(one);
    free(three);
}

static void a_hit_keeps_its_electrons(void **state)
{
    (void)state;
    float pixels[9 * 9] = {0.0f};
    mock_noise_hit(4.2, 3.7, 2.0, pixels, 9, 9);
    mock_noise_hit(-1.0, 0.0, 2.0, pixels, 9, 9); // all but a corner outside
    double sum = 0.0;
    for (size_t i = 0; i < 81; i++)
        sum += (double)pixels[i];
    assert_true(pixels[4 * 9 + 4] > 0.4f * 2.0f);
    assert_true(sum > 2.0 && sum < 2.5);
}

static void associations_are_four_stars_within_five_pixels_on_diffuse_light(void **state)
{
    (void)state;
    MockSettings settings = mock_settings_default();
    Random random = random_start(11, 0);
    for (int i = 0; i < 200; i++) {
        MockObject object;
        mock_object_draw(&settings, 3, 22.0, 0.0, &random, &object);
        assert_int_equal(object.kind, MOCK_ASSOCIATION);
        size_t stars = 0;
        double diffuse = 0.0;
        double all = 0.0;
        for (size_t k = 0; k < object.n; k++) {
            const MockLight *light = &object.lights[k];
            stars += light->shape == MOCK_POINT && hypot(light->x, light->y) <= 5.0;
            all += light->flux[MOCK_V];
            if (light->shape != MOCK_POINT)
                diffuse += light->flux[MOCK_V];
        }
        assert_true(stars >= 4);
        assert_true(diffuse > 0.1 * all);
        assert_true(fabs(mock_band_magnitude(MOCK_V, all) - 22.0) < 1e-6);
    }
}

static void clusters_are_half_a_parsec_to_ten(void **state)
{
    (void)state;
    MockSettings settings = mock_settings_default();
    settings.distance = 3.0;
    double parsecs = settings.distance * 1e6 * settings.pixel_scale / 206264.8;
    Random random = random_start(12, 0);
    double sum = 0.0;
    enum { N = 400 };
    for (int i = 0; i < N; i++) {
        MockObject object;
        mock_object_draw(&settings, 1, 20.0, 0.0, &random, &object);
        double radius = object.radius * parsecs;
        assert_true(radius >= 0.499 && radius <= 10.001);
        sum += log(radius) / N;
    }
    assert_true(exp(sum) > 2.0 && exp(sum) < 3.0); // Ryon et al. 2015, 2017
}

static MockSettings small_settings(void)
{
    MockSettings settings = mock_settings_default();
    settings.width = 320;
    settings.height = 300;
    settings.n_sources = 40;
    settings.n_threads = 2;
    return settings;
}

static void a_field_holds_what_the_selection_lets_through(void **state)
{
    (void)state;
    MockSettings settings = small_settings();
    MockField *field = NULL;
    assert_int_equal(mock_simulate_field(&settings, &field, NULL), STATUS_OK);
    size_t n = mock_field_source_count(field);
    assert_true(n > 25 && n <= 42);
    const MockSource *sources = mock_field_sources(field);
    size_t counts[MOCK_CLASSES] = {0};
    for (size_t i = 0; i < n; i++) {
        const MockSource *source = &sources[i];
        assert_int_equal(source->id, i + 1);
        assert_true(source->ci >= settings.ci_cut);
        assert_true(source->magnitude[MOCK_V] <= settings.limit);
        assert_true(source->x > 1.0 && source->x < 320.0 && source->y > 1.0 && source->y < 300.0);
        assert_true(source->label >= 1 && source->label <= MOCK_CLASSES);
        counts[source->label - 1]++;
        int seen = 0;
        for (int band = 0; band < MOCK_BANDS; band++)
            seen += source->error[band] <= 0.3;
        assert_true(seen >= 4);
    }
    for (size_t i = 0; i < MOCK_CLASSES; i++)
        assert_true(counts[i] > 0);
    assert_true(counts[3] > counts[0]);
    mock_field_free(field);
}

static void bare_stars_and_clusters_come_besides_whatever_the_limits(void **state)
{
    (void)state;
    MockSettings settings = small_settings();
    MockField *plain = NULL, *field = NULL;
    assert_int_equal(mock_simulate_field(&settings, &plain, NULL), STATUS_OK);
    settings.n_bare = 15;
    assert_int_equal(mock_simulate_field(&settings, &field, NULL), STATUS_OK);
    size_t n = mock_field_source_count(field), below = 0;
    // A few are hidden by neighbours, or hide one.
    assert_true(n > mock_field_source_count(plain) + 20);
    assert_true(n <= mock_field_source_count(plain) + 32);
    const MockSource *sources = mock_field_sources(field);
    for (size_t i = 0; i < n; i++)
        if (sources[i].ci < settings.ci_cut) {
            assert_true(sources[i].kind == MOCK_STAR || sources[i].kind == MOCK_SYMMETRIC);
            below += sources[i].kind == MOCK_STAR;
        }
    assert_true(below >= 8);
    mock_field_free(plain);
    mock_field_free(field);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    MockSettings settings = small_settings();
    MockField *two = NULL;
    MockField *one = NULL;
    MockField *other = NULL;
    assert_int_equal(mock_simulate_field(&settings, &two, NULL), STATUS_OK);
    settings.n_threads = 1;
    assert_int_equal(mock_simulate_field(&settings, &one, NULL), STATUS_OK);
    settings.seed++;
    assert_int_equal(mock_simulate_field(&settings, &other, NULL), STATUS_OK);
    size_t bytes = settings.width * settings.height * sizeof(float);
    for (int band = 0; band < MOCK_BANDS; band++) {
        assert_memory_equal(mock_field_image(one, band), mock_field_image(two, band), bytes);
        assert_memory_not_equal(mock_field_image(one, band), mock_field_image(other, band), bytes);
    }
    assert_int_equal(mock_field_source_count(one), mock_field_source_count(two));
    mock_field_free(one);
    mock_field_free(two);
    mock_field_free(other);
}

static void drawn_galaxies_differ_and_stay_in_range(void **state)
{
    (void)state;
    double nearest = INFINITY;
    double farthest = 0.0;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        MockSettings settings = mock_settings_draw(seed);
        nearest = fmin(nearest, settings.distance);
        farthest = fmax(farthest, settings.distance);
        double sum = 0.0;
        for (size_t i = 0; i < MOCK_CLASSES; i++)
            sum += settings.class_mix[i];
        assert_true(fabs(sum - 1.0) < 1e-9);
    }
    assert_true(nearest >= 3.0 && nearest < 3.3);
    assert_true(farthest <= 18.0 && farthest > 16.5);
}

static void settings_that_make_no_field_are_refused(void **state)
{
    (void)state;
    MockSettings settings = small_settings();
    settings.height = 50;
    MockField *field = NULL;
    Error error;
    assert_int_equal(mock_simulate_field(&settings, &field, &error), STATUS_USAGE);
    assert_null(field);
    assert_non_null(strstr(error.text, "320 x 50"));
    settings = small_settings();
    settings.distance = 0.0;
    assert_int_equal(mock_simulate_field(&settings, &field, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "distance"));
    settings = small_settings();
    settings.psf_width[MOCK_U] = 0.0;
    assert_int_equal(mock_simulate_field(&settings, &field, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "psf_width of F336W"));
    settings = small_settings();
    settings.n_bare = 2000000;
    assert_int_equal(mock_simulate_field(&settings, &field, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "2000000 sources"));
    settings = small_settings();
    settings.class_mix[0] = 2.0;
    assert_int_equal(mock_simulate_field(&settings, &field, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "add up to 1"));
}

typedef struct Scratch {
    char directory[256];
    char path[512];
} Scratch;

static Scratch scratch_new(void)
{
    Scratch scratch;
    const char *base = getenv("TMPDIR");
    snprintf(scratch.directory, sizeof scratch.directory, "%s/mock-XXXXXX",
             base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(scratch.directory));
    return scratch;
}

static const char *scratch_file(Scratch *scratch, const char *name)
{
    snprintf(scratch->path, sizeof scratch->path, "%s/%s", scratch->directory, name);
    return scratch->path;
}

static void scratch_free(Scratch *scratch)
{
    static const char *const names[] = {"MOCK_f275w.fits", "MOCK_f336w.fits", "MOCK_f438w.fits",
                                        "MOCK_f555w.fits", "MOCK_f814w.fits", "MOCK.tab",
                                        "MOCK_truth.fits", "catalog.tab"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(scratch_file(scratch, names[i]));
    // Fails, as it should, where a half-written file was left.
    assert_int_equal(rmdir(scratch->directory), 0);
}

static void files_read_back_and_say_that_they_are_simulated(void **state)
{
    (void)state;
    MockSettings settings = small_settings();
    Scratch scratch = scratch_new();
    MockField *field = NULL;
    assert_int_equal(mock_simulate_field(&settings, &field, NULL), STATUS_OK);
    assert_int_equal(mock_write_field(field, scratch.directory, NULL), STATUS_OK);
    Image *image = NULL;
    assert_int_equal(image_open(scratch_file(&scratch, "MOCK_f555w.fits"), 0, &image, NULL),
                     STATUS_OK);
    assert_int_equal(image_width(image), 320);
    assert_int_equal(image_height(image), 300);
    char text[BAND_NAME_SIZE];
    band_of_image(image, text, sizeof text);
    assert_string_equal(text, "F555W");
    image_header_text(image, "TELESCOP", text, sizeof text);
    assert_string_equal(text, "MOCK");
    image_header_text(image, "BUNIT", text, sizeof text);
    assert_string_equal(text, "ELECTRONS/S");
    float pixels[4];
    assert_int_equal(image_read(image, 10, 20, 2, 2, pixels, NULL), STATUS_OK);
    assert_true(pixels[0] == mock_field_image(field, MOCK_V)[20 * 320 + 10]);
    // Catalogue and header agree on where the sources are.
    const MockSource *source = &mock_field_sources(field)[0];
    double ra;
    double dec;
    bool known;
    assert_non_null(image_wcs(image));
    assert_true(sky_wcs_to_sky(image_wcs(image), source->x, source->y, &ra, &dec, &known, NULL) ==
                    STATUS_OK &&
                known);
    assert_true(fabs(ra - source->ra) < 1e-8 && fabs(dec - source->dec) < 1e-8);
    assert_true(fabs(sky_wcs_pixel_scale(image_wcs(image)) - settings.pixel_scale) < 1e-6);
    image_close(image);
    mock_field_free(field);
    scratch_free(&scratch);
}

static void a_directory_that_cannot_be_written_is_named(void **state)
{
    (void)state;
    MockSettings settings = small_settings();
    Error error;
    assert_int_equal(mock_simulate_files(&settings, "/proc/no/such/place", &error), STATUS_OUTPUT);
    assert_non_null(strstr(error.text, "/proc/no/such/place"));
}

enum { CATALOG_ROWS = 6 };

static const struct {
    double ci;
    int label;
} catalog_rows[CATALOG_ROWS] = {{1.42, 1}, {1.55, 2}, {1.60, 3}, {1.48, 4}, {1.70, 0}, {1.52, 1}};

// A LEGUS catalogue of sources far from each other, on a sky turned by some degrees; `bad_cell`,
// if not NULL, stands where the CI of the second row should.
static void write_catalog(const char *path, const char *bad_cell)
{
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    for (int i = 0; i < CATALOG_ROWS; i++) {
        double x = 60.0 + 70.0 * (i % 3) + 0.123;
        double y = 80.0 + 90.0 * (i / 3) + 0.456;
        double dec = -54.9 + (0.9 * y + 0.2 * x) * 1.1e-5;
        double ra = 65.0 + (-0.9 * x + 0.2 * y) * 1.1e-5 / cos(-54.9 * 0.0174532925);
        char ci[16];
        snprintf(ci, sizeof ci, "%.3f", catalog_rows[i].ci);
        fprintf(stream, "%d %.3f %.3f %.7f %.7f", 101 + i, x, y, ra, dec);
        fprintf(stream, " 99.999 99.999 20.5 0.05 21.0 0.05 21.2 0.05 20.7 0.05 %s",
                bad_cell != NULL && i == 1 ? bad_cell : ci);
        fprintf(stream, " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 4 %d 0 0 0 0 0\n", catalog_rows[i].label);
    }
    fclose(stream);
}

static void a_catalogue_gets_its_sources_where_it_has_them(void **state)
{
    (void)state;
    Scratch scratch = scratch_new();
    const char *path = scratch_file(&scratch, "catalog.tab");
    write_catalog(path, NULL);
    MockSettings settings;
    assert_int_equal(mock_settings_catalog(path, &settings, NULL), STATUS_OK);
    settings.n_threads = 2;
    settings.star_density = 0.01; // so that nothing else lies in the apertures
    settings.surface_brightness = 26.0;
    MockField *field = NULL;
    assert_int_equal(mock_simulate_field(&settings, &field, NULL), STATUS_OK);
    assert_int_equal(mock_field_source_count(field), CATALOG_ROWS);
    MockCatalog *catalog = NULL;
    assert_int_equal(mock_catalog_read(path, &catalog, NULL), STATUS_OK);
    for (size_t i = 0; i < CATALOG_ROWS; i++) {
        const MockSource *source = &mock_field_sources(field)[i];
        const MockCatalogRow *row = &catalog->rows[i];
        assert_int_equal(source->id, 101 + i);
        assert_true(source->x == row->x && source->y == row->y);
        assert_true(fabs(source->dec - row->dec) < 3e-7);
        assert_true(fabs(source->ra - row->ra) < 3e-7);
        assert_true(row->label == 0 ? source->label >= 1 : source->label == row->label);
        assert_true(fabs(source->ci - row->ci) < 0.08);
        // The light within 4 pixels, corrected as for a cluster, is near the total for each class.
        assert_true(fabs(source->magnitude[MOCK_V] - 21.2) < 0.35);
        double colour = source->magnitude[MOCK_V] - source->magnitude[MOCK_I];
        assert_true(fabs(colour - 0.5) < 0.25);
        assert_true(source->magnitude[MOCK_NUV] > 23.0); // was not detected
    }
    mock_catalog_free(catalog);
    mock_field_free(field);
    scratch_free(&scratch);
}

static void a_catalogue_that_is_none_is_refused_with_the_place(void **state)
{
    (void)state;
    Scratch scratch = scratch_new();
    const char *path = scratch_file(&scratch, "catalog.tab");
    MockSettings settings;
    Error error;
    write_catalog(path, "wide");
    assert_int_equal(mock_settings_catalog(path, &settings, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "catalog.tab"));
    assert_non_null(strstr(error.text, "line 2"));
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs("1 10.0 20.0\n2 30.0 40.0\n", stream);
    fclose(stream);
    assert_int_equal(mock_settings_catalog(path, &settings, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "3 columns"));
    unlink(path);
    assert_int_equal(mock_settings_catalog(path, &settings, &error), STATUS_BAD_INPUT);
    scratch_free(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars_in_I_have_the_measured_encircled_energy),
        cmocka_unit_test(stars_are_narrower_in_bluer_bands),
        cmocka_unit_test(stars_are_as_wide_as_the_camera_says),
        cmocka_unit_test(aberrations_make_one_side_brighter_and_keep_the_light),
        cmocka_unit_test(every_shape_keeps_its_flux_and_half_light_radius),
        cmocka_unit_test(a_canvas_shows_its_part_of_the_whole),
        cmocka_unit_test(measuring_finds_centre_and_shape),
        cmocka_unit_test(magnitudes_and_colours_go_both_ways),
        cmocka_unit_test(magnitudes_follow_the_luminosity_function),
        cmocka_unit_test(noise_is_correlated_as_drizzling_leaves_it),
        cmocka_unit_test(noise_is_the_same_whatever_the_threads),
        cmocka_unit_test(a_hit_keeps_its_electrons),
        cmocka_unit_test(associations_are_four_stars_within_five_pixels_on_diffuse_light),
        cmocka_unit_test(clusters_are_half_a_parsec_to_ten),
        cmocka_unit_test(a_field_holds_what_the_selection_lets_through),
        cmocka_unit_test(bare_stars_and_clusters_come_besides_whatever_the_limits),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(drawn_galaxies_differ_and_stay_in_range),
        cmocka_unit_test(settings_that_make_no_field_are_refused),
        cmocka_unit_test(files_read_back_and_say_that_they_are_simulated),
        cmocka_unit_test(a_directory_that_cannot_be_written_is_named),
        cmocka_unit_test(a_catalogue_gets_its_sources_where_it_has_them),
        cmocka_unit_test(a_catalogue_that_is_none_is_refused_with_the_place),
    };
    return cmocka_run_group_tests_name("mock sky", tests, NULL, NULL);
}
