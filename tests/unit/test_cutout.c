#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "sky/cutout/cutout.h"
#include "sky/image/sky_wcs.h"
#include "unit/fits_file.h"

static const CutoutRule starcnet = {.size = 32, .border = 17};
static const double scale = 0.04; // arcsec a pixel of the test grids
static const double ra = 65.0, dec = -54.9;

static Source at(double x, double y)
{
    return (Source){.has_xy = true, .x = x, .y = y};
}

static Bands *open_bands(const char *const *paths, size_t n)
{
    Bands *bands = NULL;
    Error error = {0};
    if (bands_open(paths, NULL, n, &bands, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return bands;
}

static const char *bands_failure(const char *first, const char *second)
{
    static Error error;
    const char *paths[] = {first, second};
    Bands *bands = NULL;
    assert_int_equal(bands_open(paths, NULL, 2, &bands, &error), STATUS_BAD_INPUT);
    assert_null(bands);
    return error.text;
}

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void read_many(Bands *bands, const CutoutRule *rule, const Source *sources,
                      const size_t *order, size_t n, float *cutouts, unsigned *flags)
{
    Error error = {0};
    if (cutout_read(bands, rule, sources, order, n, cutouts, flags, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static unsigned read_one(Bands *bands, const CutoutRule *rule, Source source, float *cutout)
{
    size_t order = 0;
    unsigned flags = ~0u;
    read_many(bands, rule, &source, &order, 1, cutout, &flags);
    return flags;
}

static const char *image_of(const char *name, const float *pixels, long width, long height)
{
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    long axes[2] = {width, height};
    int code = 0;
    fits_create_img(file, FLOAT_IMG, 2, axes, &code);
    fits_write_img(file, TFLOAT, 1, width * height, (void *)pixels, &code);
    test_check(code);
    test_close(file);
    return path;
}

// test_pixel values with a WCS whose reference pixel (x, y) is at (ra, dec).
static const char *grid(const char *name, long width, long height, double x, double y,
                        double pixel_scale, double rotation)
{
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    test_append_image(file, width, height, 1, 0.0f);
    test_wcs(file, ra, dec, x, y, pixel_scale, rotation);
    test_close(file);
    return path;
}

static void add_key_text(const char *path, const char *key, const char *value)
{
    fitsfile *file;
    int code = 0;
    fits_open_diskfile(&file, path, READWRITE, &code);
    test_check(code);
    test_key_text(file, key, value);
    test_close(file);
}

static void truncates_the_position_as_starcnet_does(void **state)
{
    (void)state;
    const char *path = test_image("plain.fits", 100, 80, "F555W");
    Bands *bands = open_bands(&path, 1);
    float cutout[32 * 32];
    assert_int_equal(read_one(bands, &starcnet, at(50.9, 40.2), cutout), 0);
    // Rows int(y)-16 .. int(y)+15 and columns int(x)-16 .. int(x)+15, 0-based.
    for (long row = 0; row < 32; row++)
        for (long column = 0; column < 32; column++)
            assert_float_equal(cutout[row * 32 + column],
                               test_pixel(50 - 16 + column, 40 - 16 + row, 0.0f), 0.0);
    bands_close(bands);
}

static void centres_on_the_nearest_pixel_if_asked(void **state)
{
    (void)state;
    const char *path = test_image("plain.fits", 100, 80, NULL);
    Bands *bands = open_bands(&path, 1);
    const CutoutRule nearest = {.size = 5, .centre = CUTOUT_NEAREST};
    float cutout[25];
    static const struct {
        double position;
        long pixel; // 1-based
    } cases[] = {{50.0, 50}, {50.49, 50}, {49.51, 50}, {50.51, 51}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_one(bands, &nearest, at(cases[i].position, 40.0), cutout), 0);
        assert_float_equal(cutout[2 * 5 + 2], test_pixel(cases[i].pixel - 1, 39, 0.0f), 0.0);
    }
    bands_close(bands);
}

static void a_position_without_a_source_is_read_all_the_same(void **state)
{
    (void)state;
    const char *path = test_image("plain.fits", 100, 80, NULL);
    Bands *bands = open_bands(&path, 1);
    float cutout[32 * 32], empty[32 * 32] = {0};
    Source source = at(50.0, 40.0);
    assert_int_equal(read_one(bands, &starcnet, source, cutout), 0);
    source.no_source = true;
    assert_int_equal(read_one(bands, &starcnet, source, empty), SOURCE_FLAG_NO_SOURCE);
    assert_memory_equal(cutout, empty, sizeof cutout);
    bands_close(bands);
}

static void flags_the_border_as_starcnet_does(void **state)
{
    (void)state;
    const char *path = test_image("plain.fits", 100, 80, NULL);
    Bands *bands = open_bands(&path, 1);
    float cutout[32 * 32];
    static const struct {
        double x, y;
        unsigned flags;
    } cases[] = {{17.0, 40, SOURCE_FLAG_BORDER},  {17.01, 40, 0},
                 {83.0, 40, SOURCE_FLAG_BORDER},  {82.99, 40, 0},
                 {50, 17.0, SOURCE_FLAG_BORDER},  {50, 17.01, 0},
                 {50, 63.0, SOURCE_FLAG_BORDER},  {50, 62.99, 0},
                 {-5, 40, SOURCE_FLAG_BORDER},    {50, 500, SOURCE_FLAG_BORDER},
                 {1e300, 40, SOURCE_FLAG_BORDER}, {50, -1e300, SOURCE_FLAG_BORDER}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(cutout, 0xff, sizeof cutout);
        assert_int_equal(read_one(bands, &starcnet, at(cases[i].x, cases[i].y), cutout),
                         cases[i].flags);
        if (cases[i].flags != 0)
            for (size_t k = 0; k < 32 * 32; k++)
                assert_float_equal(cutout[k], 0.0, 0.0);
    }
    bands_close(bands);
}

static void flags_a_cutout_that_reaches_outside(void **state)
{
    (void)state;
    const char *path = test_image("plain.fits", 100, 80, NULL);
    Bands *bands = open_bands(&path, 1);
    const CutoutRule wide = {.size = 64, .border = 17};
    float cutout[64 * 64];
    assert_int_equal(read_one(bands, &wide, at(50, 40), cutout), 0);
    assert_int_equal(read_one(bands, &wide, at(31.9, 40), cutout), SOURCE_FLAG_BORDER);
    assert_int_equal(read_one(bands, &wide, at(32, 40), cutout), 0);
    assert_int_equal(read_one(bands, &wide, at(69, 40), cutout), SOURCE_FLAG_BORDER);
    assert_int_equal(read_one(bands, &wide, at(50, 49), cutout), SOURCE_FLAG_BORDER);
    bands_close(bands);
}

static void pads_with_zero_if_asked(void **state)
{
    (void)state;
    const char *path = test_image("plain.fits", 100, 80, NULL);
    Bands *bands = open_bands(&path, 1);
    const CutoutRule m31 = {.size = 56, .centre = CUTOUT_NEAREST, .border = 17, .pad = true};
    float cutout[56 * 56];
    // Padding is no missing data: no flag.
    assert_int_equal(read_one(bands, &m31, at(3, 78), cutout), 0);
    for (long row = 0; row < 56; row++)
        for (long column = 0; column < 56; column++) {
            long x = 2 - 28 + column, y = 77 - 28 + row;
            bool inside = x >= 0 && y >= 0 && x < 100 && y < 80;
            assert_float_equal(cutout[row * 56 + column], inside ? test_pixel(x, y, 0.0f) : 0.0f,
                               0.0);
        }
    assert_int_equal(read_one(bands, &m31, at(-40, 40), cutout), SOURCE_FLAG_NO_DATA);
    assert_int_equal(read_one(bands, &m31, at(1e18, 40), cutout), SOURCE_FLAG_NO_DATA);
    bands_close(bands);
}

// Stacks on two grids, of other sizes and turned against each other: nothing is resampled.
static void a_source_is_cut_out_at_its_position_in_each_band(void **state)
{
    (void)state;
    enum { SIZE = 8, AREA = SIZE * SIZE };
    const CutoutRule rule = {.size = SIZE, .centre = CUTOUT_NEAREST, .pad = true};
    const char *paths[] = {grid("own_g.fits", 60, 50, 30, 25, scale, 0),
                           grid("own_i.fits", 70, 64, 36, 31, scale, 20)};
    const double positions[] = {40.2, 20.4, 51.6, 33.0};
    Source source = at(40.2, 20.4);
    float both[2 * AREA], alone[AREA];
    Bands *bands = open_bands(paths, 2);
    source.band_xy = positions;
    assert_int_equal(read_one(bands, &rule, source, both), 0);
    bands_close(bands);
    for (size_t band = 0; band < 2; band++) {
        bands = open_bands(&paths[band], 1);
        read_one(bands, &rule, at(positions[2 * band], positions[2 * band + 1]), alone);
        for (size_t i = 0; i < AREA; i++)
            assert_true(both[2 * i + band] == alone[i]);
        bands_close(bands);
    }
}

static void a_source_without_a_position_in_a_band_says_so(void **state)
{
    (void)state;
    const CutoutRule rule = {.size = 8, .centre = CUTOUT_NEAREST};
    const char *paths[] = {grid("some_g.fits", 60, 50, 30, 25, scale, 0),
                           grid("some_i.fits", 60, 50, 30, 25, scale, 0)};
    const double unknown[] = {40.2, 20.4, NAN, 33.0}, outside[] = {40.2, 20.4, 59.0, 33.0};
    Bands *bands = open_bands(paths, 2);
    Source source = at(40.2, 20.4);
    float cutout[2 * 64];
    source.band_xy = unknown;
    assert_int_equal(read_one(bands, &rule, source, cutout), SOURCE_FLAG_NO_POSITION);
    source.band_xy = outside;
    assert_int_equal(read_one(bands, &rule, source, cutout), SOURCE_FLAG_BORDER);
    bands_close(bands);
}

// Paper 004: a source whose middle is 0 in a band is not used.
static void a_band_without_the_middle_is_missing_if_asked(void **state)
{
    (void)state;
    enum { WIDTH = 20 };
    CutoutRule rule = {.size = 8, .centre = CUTOUT_NEAREST, .middle = true};
    float pixels[WIDTH * WIDTH], cutout[2 * 64];
    for (size_t i = 0; i < WIDTH * WIDTH; i++)
        pixels[i] = 1.0f;
    const char *whole = image_of("whole.fits", pixels, WIDTH, WIDTH);
    // The middle (index 3 and 4 of 0 to 7) of a cutout about pixel 10 (1-based): 9 and 10.
    for (size_t y = 8; y < 10; y++)
        for (size_t x = 8; x < 10; x++)
            pixels[y * WIDTH + x] = 0.0f;
    const char *paths[] = {whole, image_of("hole.fits", pixels, WIDTH, WIDTH)};
    Bands *bands = open_bands(paths, 2);
    assert_int_equal(read_one(bands, &rule, at(10, 10), cutout), SOURCE_FLAG_BAND_MISSING);
    assert_int_equal(read_one(bands, &rule, at(13, 10), cutout), 0);
    rule.middle = false;
    assert_int_equal(read_one(bands, &rule, at(10, 10), cutout), 0);
    bands_close(bands);
}

static void fills_nan_and_says_so(void **state)
{
    (void)state;
    static float pixels[80 * 80], zeros[80 * 80];
    for (size_t i = 0; i < 80 * 80; i++)
        pixels[i] = i / 80 >= 60 ? NAN : 1.0f;
    const char *paths[] = {image_of("nan.fits", pixels, 80, 80),
                           image_of("zero.fits", zeros, 80, 80)};
    Bands *bands = open_bands(paths, 2);
    const CutoutRule rule = {.size = 16};
    float cutout[16 * 16 * 2];
    // This rule takes zeros as they stand: only NaN is missing.
    assert_int_equal(read_one(bands, &rule, at(40, 30), cutout), 0);
    assert_int_equal(read_one(bands, &rule, at(40, 60), cutout), SOURCE_FLAG_MISSING_FILLED);
    for (size_t i = 0; i < 16 * 16; i++) {
        assert_float_equal(cutout[2 * i], i / 16 < 8 ? 1.0 : 0.0, 0.0);
        assert_float_equal(cutout[2 * i + 1], 0.0, 0.0);
    }
    assert_int_equal(read_one(bands, &rule, at(40, 70), cutout), SOURCE_FLAG_BAND_MISSING);
    for (size_t i = 0; i < 16 * 16 * 2; i++)
        assert_float_equal(cutout[i], 0.0, 0.0);
    bands_close(bands);
}

static const CutoutRule usual = {.size = 16, .zero_block = CUTOUT_ZERO_BLOCK};

// 1 where the 1-based column is above `x`, 0 elsewhere.
static const char *half_of(const char *name, size_t x)
{
    float pixels[80 * 80];
    for (size_t i = 0; i < 80 * 80; i++)
        pixels[i] = i % 80 >= x ? 1.0f : 0.0f;
    return image_of(name, pixels, 80, 80);
}

static void areas_of_zeros_are_no_data(void **state)
{
    (void)state;
    const char *paths[] = {half_of("half.fits", 40), half_of("most.fits", 20)};
    Bands *bands = open_bands(paths, 2);
    float cutout[16 * 16 * 2];
    assert_int_equal(read_one(bands, &usual, at(60, 40), cutout), 0);
    assert_int_equal(read_one(bands, &usual, at(40, 40), cutout), SOURCE_FLAG_MISSING_FILLED);
    for (size_t i = 0; i < 16 * 16; i++) {
        assert_float_equal(cutout[2 * i], (i % 16 < 8 ? 0.0 : 1.0), 0.0);
        assert_float_equal(cutout[2 * i + 1], 1.0, 0.0);
    }
    assert_int_equal(read_one(bands, &usual, at(30, 40), cutout), SOURCE_FLAG_BAND_MISSING);
    assert_int_equal(read_one(bands, &usual, at(10, 40), cutout), SOURCE_FLAG_NO_DATA);
    bands_close(bands);
}

static void zeros_outside_are_kept_where_the_recipe_pads_with_them(void **state)
{
    (void)state;
    const char *path = half_of("half.fits", 40);
    Bands *bands = open_bands(&path, 1);
    const CutoutRule m31 = {.size = 16, .centre = CUTOUT_NEAREST, .pad = true};
    float cutout[16 * 16];
    assert_int_equal(read_one(bands, &m31, at(40, 2), cutout), 0);
    assert_int_equal(read_one(bands, &m31, at(10, 2), cutout), 0);
    bands_close(bands);
}

// An image of ones with an extension of the same size that holds `marked` in the columns above 40,
// `other` elsewhere.
static const char *with_companion(const char *name, const char *extension, const char *telescope,
                                  float other, float marked)
{
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    float pixels[80 * 80];
    long axes[2] = {80, 80};
    int code = 0;
    for (size_t i = 0; i < 80 * 80; i++)
        pixels[i] = 1.0f;
    fits_create_img(file, BYTE_IMG, 0, NULL, &code);
    test_check(code);
    test_key_text(file, "TELESCOP", telescope);
    fits_create_img(file, FLOAT_IMG, 2, axes, &code);
    fits_write_img(file, TFLOAT, 1, 80 * 80, pixels, &code);
    test_check(code);
    test_key_text(file, "EXTNAME", "SCI");
    for (size_t i = 0; i < 80 * 80; i++)
        pixels[i] = i % 80 >= 40 ? marked : other;
    fits_create_img(file, FLOAT_IMG, 2, axes, &code);
    fits_write_img(file, TFLOAT, 1, 80 * 80, pixels, &code);
    test_check(code);
    test_key_text(file, "EXTNAME", extension);
    test_close(file);
    return path;
}

static void pixels_of_no_weight_are_no_data(void **state)
{
    (void)state;
    static const struct {
        const char *extension, *telescope;
        float other, marked;
        unsigned flag; // of a source where all pixels are marked
    } cases[] = {
        {"WHT", "HST", 900.0f, 0.0f, SOURCE_FLAG_NO_DATA},
        {"WEIGHT", "CFHT", 1.0f, 0.0f, SOURCE_FLAG_NO_DATA},
        {"DQ", "HST", 0.0f, 2.0f + 4096.0f, SOURCE_FLAG_NO_DATA},
        {"DQ", "HST", 0.0f, 4096.0f, 0}, // a cosmic ray
        {"DQ", "JWST", 0.0f, 1.0f, SOURCE_FLAG_NO_DATA},
        {"DQ", "elsewhere", 0.0f, 2.0f, 0}, // of unknown meaning
        {"CTX", "HST", 1.0f, 0.0f, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = with_companion("weights.fits", cases[i].extension, cases[i].telescope,
                                          cases[i].other, cases[i].marked);
        Bands *bands = open_bands(&path, 1);
        float cutout[16 * 16];
        assert_int_equal(read_one(bands, &usual, at(20, 40), cutout), 0);
        assert_int_equal(read_one(bands, &usual, at(60, 40), cutout), cases[i].flag);
        assert_int_equal(read_one(bands, &usual, at(40, 40), cutout),
                         cases[i].flag != 0 ? SOURCE_FLAG_MISSING_FILLED : 0);
        assert_float_equal(cutout[8], (cases[i].flag != 0 ? 0.0 : 1.0), 0.0);
        bands_close(bands);
        const char *named = test_path("weights.fits[SCI]");
        bands = open_bands(&named, 1);
        assert_int_equal(read_one(bands, &usual, at(60, 40), cutout), cases[i].flag);
        bands_close(bands);
    }
}

static void weights_of_another_size_are_not_the_images(void **state)
{
    (void)state;
    const char *path = test_path("small.fits");
    fitsfile *file = test_create(path);
    test_append_image(file, 80, 80, 1, 1.0f);
    int code = 0;
    float zeros[40 * 40] = {0};
    long axes[2] = {40, 40};
    fits_create_img(file, FLOAT_IMG, 2, axes, &code);
    fits_write_img(file, TFLOAT, 1, 40 * 40, zeros, &code);
    test_check(code);
    test_key_text(file, "EXTNAME", "WHT");
    test_close(file);
    Bands *bands = open_bands(&path, 1);
    assert_null(bands_weights(bands, 0));
    bands_close(bands);
}

static void keeps_sources_that_cannot_be_read(void **state)
{
    (void)state;
    const char *path = test_image("plain.fits", 100, 80, NULL);
    Bands *bands = open_bands(&path, 1);
    float cutout[32 * 32];
    Source excluded = at(50, 40);
    excluded.excluded = true;
    assert_int_equal(read_one(bands, &starcnet, excluded, cutout), SOURCE_FLAG_EXCLUDED);
    assert_int_equal(read_one(bands, &starcnet, (Source){0}, cutout), SOURCE_FLAG_NO_POSITION);
    assert_int_equal(read_one(bands, &starcnet, at(NAN, 40), cutout), SOURCE_FLAG_NO_POSITION);
    assert_int_equal(read_one(bands, &starcnet, at(50, INFINITY), cutout), SOURCE_FLAG_NO_POSITION);
    bands_close(bands);
}

static void orders_sources_by_row(void **state)
{
    (void)state;
    Source sources[] = {at(5, 30), at(9, 10), {0}, at(2, 10), at(7, NAN), at(1, 20), at(9, 10)};
    size_t order[7];
    cutout_order(sources, 7, order);
    static const size_t expected[] = {3, 1, 6, 5, 0, 2, 4};
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(order[i], expected[i]);
}

static const char *compressed_copy(const char *path, const char *name, long tile_width,
                                   long tile_height)
{
    fitsfile *in, *out = test_create(test_path(name));
    int code = 0;
    long tile[2] = {tile_width, tile_height};
    fits_open_diskfile(&in, path, READONLY, &code);
    fits_set_compression_type(out, GZIP_1, &code);
    fits_set_quantize_level(out, 0.0f, &code); // lossless
    fits_set_tile_dim(out, 2, tile, &code);
    fits_img_compress(in, out, &code);
    test_check(code);
    test_close(in);
    test_close(out);
    return test_path(name);
}

static void cutouts_do_not_depend_on_order_or_storage(void **state)
{
    (void)state;
    enum { N = 700, SIZE = 8 };
    const char *plain = test_image("wide.fits", 600, 500, NULL);
    const char *paths[] = {plain, compressed_copy(plain, "rows.fits.fz", 600, 1),
                           compressed_copy(plain, "tiles.fits.fz", 64, 100)};
    Bands *bands = open_bands(paths, 3);
    const CutoutRule rule = {.size = SIZE, .border = 5};
    static Source sources[N];
    static size_t order[N];
    static float cutouts[N][SIZE * SIZE][3];
    static unsigned flags[N];
    Random random = random_start(1, 0);
    for (size_t i = 0; i < N; i++)
        sources[i] = at(600.0 * random_uniform(&random), 500.0 * random_uniform(&random));
    for (int shuffled = 0; shuffled < 2; shuffled++) {
        cutout_order(sources, N, order);
        if (shuffled)
            random_shuffle(&random, order, N);
        read_many(bands, &rule, sources, order, N, &cutouts[0][0][0], flags);
        for (size_t i = 0; i < N; i++) {
            const Source *source = &sources[order[i]];
            bool border = source->x <= 5 || source->y <= 5 || source->x >= 595 || source->y >= 495;
            assert_int_equal(flags[i], border ? SOURCE_FLAG_BORDER : 0);
            for (long k = 0; k < SIZE * SIZE && !border; k++)
                for (size_t band = 0; band < 3; band++)
                    assert_float_equal(cutouts[i][k][band],
                                       test_pixel((long)source->x - 4 + k % SIZE,
                                                  (long)source->y - 4 + k / SIZE, 0.0f),
                                       0.0);
        }
    }
    bands_close(bands);
}

static void bands_of_one_size_need_no_wcs(void **state)
{
    (void)state;
    const char *paths[] = {test_image("a.fits", 60, 50, NULL),
                           grid("b.fits", 60, 50, 30, 25, scale, 0)};
    Bands *bands = open_bands(paths, 2);
    assert_int_equal(bands_count(bands), 2);
    assert_false(bands_resampled(bands, 1));
    bands_close(bands);
}

static void other_sizes_without_wcs_are_an_error_that_names_both(void **state)
{
    (void)state;
    const char *message =
        bands_failure(test_image("a.fits", 60, 50, NULL), test_image("b.fits", 60, 51, NULL));
    assert_says(message, "a.fits (60 x 50)");
    assert_says(message, "b.fits (60 x 51)");
    message =
        bands_failure(grid("a.fits", 60, 50, 30, 25, scale, 0), test_image("b.fits", 9, 9, NULL));
    assert_says(message, "b.fits: it has no WCS");
}

static void fields_that_do_not_overlap_are_an_error(void **state)
{
    (void)state;
    assert_says(bands_failure(grid("a.fits", 60, 50, 30, 25, scale, 0),
                              grid("b.fits", 60, 50, 3000, 25, scale, 0)),
                "different parts of the sky");
    assert_says(bands_failure(grid("a.fits", 60, 50, 30, 25, scale, 0),
                              grid("b.fits", 60, 50, 30, 25, 40 * scale, 0)),
                "pixel scale");
}

static void agreement_within_half_a_pixel_is_alignment(void **state)
{
    (void)state;
    const char *paths[] = {grid("a.fits", 100, 80, 50, 40, scale, 0),
                           grid("b.fits", 100, 80, 50.45, 40, scale, 0)};
    Bands *bands = open_bands(paths, 2);
    assert_false(bands_resampled(bands, 1));
    bands_close(bands);
    paths[1] = grid("b.fits", 100, 80, 50.6, 40, scale, 0);
    bands = open_bands(paths, 2);
    assert_true(bands_resampled(bands, 1));
    bands_close(bands);
}

static void reads_a_cut_of_the_same_grid_shifted(void **state)
{
    (void)state;
    const char *paths[] = {grid("a.fits", 100, 80, 50, 40, scale, 20),
                           grid("b.fits", 60, 70, 50 - 30, 40 + 7, scale, 20)};
    Bands *bands = open_bands(paths, 2);
    const CutoutRule rule = {.size = 16};
    float cutout[16 * 16][2];
    assert_false(bands_resampled(bands, 1));
    assert_int_equal(read_one(bands, &rule, at(60, 40), cutout[0]), 0);
    for (long i = 0; i < 16 * 16; i++) {
        long x = 60 - 8 + i % 16, y = 40 - 8 + i / 16;
        assert_float_equal(cutout[i][0], test_pixel(x, y, 0.0f), 0.0);
        assert_float_equal(cutout[i][1], test_pixel(x - 30, y + 7, 0.0f), 0.0);
    }
    // Where the second image has nothing.
    assert_int_equal(read_one(bands, &rule, at(34, 40), cutout[0]), SOURCE_FLAG_MISSING_FILLED);
    assert_int_equal(read_one(bands, &rule, at(20, 40), cutout[0]), SOURCE_FLAG_BAND_MISSING);
    bands_close(bands);
}

static void resamples_through_the_wcs(void **state)
{
    (void)state;
    // test_pixel is linear in x and y, which bilinear interpolation reproduces.
    static const struct {
        double ratio, rotation;
    } cases[] = {{1.0, 0.0}, {1.0, 90.0}, {1.0, 33.0}, {1.25, -10.0}, {0.5, 33.0}, {0.3, 0.0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double ratio = cases[i].ratio;
        long size = (long)(150 / ratio);
        const char *paths[] = {grid("a.fits", 150, 120, 75, 60, scale, 0),
                               grid("b.fits", size, size + 1, size / 2.0 + 0.3, size / 2.0,
                                    ratio * scale, cases[i].rotation)};
        Bands *bands = open_bands(paths, 2);
        const CutoutRule rule = {.size = 40};
        static float cutout[40 * 40][2];
        assert_true(bands_resampled(bands, 1));
        assert_int_equal(read_one(bands, &rule, at(70, 65), cutout[0]), SOURCE_FLAG_RESAMPLED);
        const SkyWcs *from = image_wcs(bands_image(bands, 0));
        const SkyWcs *to = image_wcs(bands_image(bands, 1));
        for (long k = 0; k < 40 * 40; k++) {
            double a, d, x, y;
            bool known;
            assert_true(sky_wcs_to_sky(from, 70 - 20 + k % 40 + 1, 65 - 20 + k / 40 + 1, &a, &d,
                                       &known, NULL) == STATUS_OK &&
                        known);
            assert_true(sky_wcs_to_pixel(to, a, d, &x, &y, &known, NULL) == STATUS_OK && known);
            double expected = (1000.0 * (y - 1.0) + (x - 1.0)) / (ratio * ratio);
            if (!(fabs(cutout[k][1] / expected - 1.0) < 2e-6))
                fail_msg("scale %g rotation %g pixel %ld: %g, not %g", ratio, cases[i].rotation, k,
                         cutout[k][1], expected);
        }
        bands_close(bands);
    }
}

static void resampling_conserves_flux_but_not_of_surface_brightness(void **state)
{
    (void)state;
    static float star[200 * 200];
    double total = 0.0;
    for (int i = 0; i < 200 * 200; i++) {
        double x = i % 200 - 99.0, y = i / 200 - 99.0;
        star[i] = (float)exp(-0.5 * (x * x + y * y) / 9.0);
        total += (double)star[i];
    }
    for (int per_area = 0; per_area < 2; per_area++) {
        const char *paths[] = {grid("a.fits", 100, 100, 50, 50, scale, 0),
                               image_of("b.fits", star, 200, 200)};
        fitsfile *file;
        int code = 0;
        fits_open_diskfile(&file, paths[1], READWRITE, &code);
        test_check(code);
        test_wcs(file, ra, dec, 100, 100, scale / 2, 30);
        test_close(file);
        add_key_text(paths[1], "BUNIT", per_area ? "MJy/sr" : "ELECTRONS/S");
        Bands *bands = open_bands(paths, 2);
        const CutoutRule rule = {.size = 64};
        static float cutout[64 * 64][2];
        assert_int_equal(read_one(bands, &rule, at(50, 50), cutout[0]), SOURCE_FLAG_RESAMPLED);
        double sum = 0.0, x_sum = 0.0, y_sum = 0.0;
        for (int i = 0; i < 64 * 64; i++) {
            sum += (double)cutout[i][1];
            x_sum += (double)cutout[i][1] * (i % 64);
            y_sum += (double)cutout[i][1] * (i / 64);
        }
        assert_float_equal(sum / total, per_area ? 0.25 : 1.0, 1e-3);
        // The star is at (50, 50), 1-based: 0-based 49, and the cutout starts at 50 - 32.
        assert_float_equal(x_sum / sum, 31.0, 1e-3);
        assert_float_equal(y_sum / sum, 31.0, 1e-3);
        bands_close(bands);
    }
}

static void resampling_flags_what_the_band_lacks(void **state)
{
    (void)state;
    const char *paths[] = {grid("a.fits", 150, 120, 75, 60, scale, 0),
                           grid("b.fits", 50, 50, 25, 25, scale, 45)};
    Bands *bands = open_bands(paths, 2);
    const CutoutRule rule = {.size = 16};
    float cutout[16 * 16 * 2];
    assert_int_equal(read_one(bands, &rule, at(75, 60), cutout), SOURCE_FLAG_RESAMPLED);
    assert_int_equal(read_one(bands, &rule, at(75, 93), cutout),
                     SOURCE_FLAG_RESAMPLED | SOURCE_FLAG_MISSING_FILLED);
    for (size_t i = 0; i < sizeof cutout / sizeof cutout[0]; i++)
        assert_true(isfinite(cutout[i]));
    assert_int_equal(read_one(bands, &rule, at(20, 20), cutout), SOURCE_FLAG_BAND_MISSING);
    bands_close(bands);
}

static void locates_sources_both_ways(void **state)
{
    (void)state;
    const char *path = grid("a.fits", 100, 80, 50, 40, scale, 0);
    Bands *bands = open_bands(&path, 1);
    Source sources[] = {at(50, 40),
                        {.has_sky = true, .ra = ra, .dec = dec + 10 * scale / 3600},
                        {.has_sky = true, .ra = ra + 180, .dec = -dec},
                        {0}};
    SourceList list = {.n = 4, .sources = sources};
    assert_int_equal(bands_locate(bands, &list, NULL), STATUS_OK);
    assert_true(sources[0].has_sky);
    assert_float_equal(sources[0].ra, ra, 1e-9);
    assert_float_equal(sources[0].dec, dec, 1e-9);
    assert_true(sources[1].has_xy);
    assert_float_equal(sources[1].x, 50.0, 1e-4);
    assert_float_equal(sources[1].y, 50.0, 1e-4);
    assert_false(sources[2].has_xy); // behind the tangent plane
    assert_false(sources[3].has_xy || sources[3].has_sky);
    bands_close(bands);
}

static void flags_have_words(void **state)
{
    (void)state;
    char text[64];
    source_flag_text(0, text, sizeof text);
    assert_string_equal(text, "");
    source_flag_text(SOURCE_FLAG_RESAMPLED | SOURCE_FLAG_MISSING_FILLED, text, sizeof text);
    assert_string_equal(text, "missing_filled,resampled");
    source_flag_text(SOURCE_FLAG_BAND_MISSING, text, sizeof text);
    assert_string_equal(text, "band_missing");
    source_flag_text(SOURCE_FLAG_NOT_CLASSIFIED, text, sizeof text);
    assert_string_equal(text, "border,no_data,no_position,excluded,band_missing,not_done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncates_the_position_as_starcnet_does),
        cmocka_unit_test(centres_on_the_nearest_pixel_if_asked),
        cmocka_unit_test(a_position_without_a_source_is_read_all_the_same),
        cmocka_unit_test(flags_the_border_as_starcnet_does),
        cmocka_unit_test(flags_a_cutout_that_reaches_outside),
        cmocka_unit_test(pads_with_zero_if_asked),
        cmocka_unit_test(a_source_is_cut_out_at_its_position_in_each_band),
        cmocka_unit_test(a_source_without_a_position_in_a_band_says_so),
        cmocka_unit_test(a_band_without_the_middle_is_missing_if_asked),
        cmocka_unit_test(fills_nan_and_says_so),
        cmocka_unit_test(areas_of_zeros_are_no_data),
        cmocka_unit_test(zeros_outside_are_kept_where_the_recipe_pads_with_them),
        cmocka_unit_test(pixels_of_no_weight_are_no_data),
        cmocka_unit_test(weights_of_another_size_are_not_the_images),
        cmocka_unit_test(keeps_sources_that_cannot_be_read),
        cmocka_unit_test(orders_sources_by_row),
        cmocka_unit_test(cutouts_do_not_depend_on_order_or_storage),
        cmocka_unit_test(bands_of_one_size_need_no_wcs),
        cmocka_unit_test(other_sizes_without_wcs_are_an_error_that_names_both),
        cmocka_unit_test(fields_that_do_not_overlap_are_an_error),
        cmocka_unit_test(agreement_within_half_a_pixel_is_alignment),
        cmocka_unit_test(reads_a_cut_of_the_same_grid_shifted),
        cmocka_unit_test(resamples_through_the_wcs),
        cmocka_unit_test(resampling_conserves_flux_but_not_of_surface_brightness),
        cmocka_unit_test(resampling_flags_what_the_band_lacks),
        cmocka_unit_test(locates_sources_both_ways),
        cmocka_unit_test(flags_have_words),
    };
    return cmocka_run_group_tests_name("cutout", tests, NULL, test_directory_remove);
}
