// Pictures as images: colours are planes, the bottom row is the first, damage is told.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <png.h>

#include "base/random.h"
#include "dataset/dataset_stamps.h"
#include "scratch.h"
#include "sky/image/image.h"

enum { WIDTH = 24, HEIGHT = 16 };

// Column x, row y from the top.
static unsigned char value(size_t x, size_t y, size_t colour)
{
    return (unsigned char)(x * 7 + y * 5 + colour * 40);
}

static void make_pixels(size_t n_colours, unsigned char *pixels)
{
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < WIDTH; x++)
            for (size_t c = 0; c < n_colours; c++)
                pixels[(y * WIDTH + x) * n_colours + c] = value(x, y, c);
}

static char *write_png(const char *name, unsigned format, const void *pixels)
{
    char *path = scratch_path(name);
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = WIDTH, .height = HEIGHT, .format = format};
    assert_true(png_image_write_to_file(&image, path, 0, pixels, 0, NULL));
    return path;
}

static char *write_jpeg(const char *name, size_t n_colours)
{
    unsigned char pixels[WIDTH * HEIGHT * 3];
    char *path = scratch_path(name);
    FILE *stream = fopen(path, "wb");
    struct jpeg_compress_struct jpeg = {0};
    struct jpeg_error_mgr errors;
    make_pixels(n_colours, pixels);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, stream);
    jpeg.image_width = WIDTH;
    jpeg.image_height = HEIGHT;
    jpeg.input_components = (int)n_colours;
    jpeg.in_color_space = n_colours == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
    jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < HEIGHT) {
        JSAMPROW row = pixels + jpeg.next_scanline * WIDTH * n_colours;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    fclose(stream);
    return path;
}

// Every pixel of every plane, the bottom row first.
static void assert_planes(const char *path, size_t n_planes, float tolerance)
{
    float pixels[WIDTH * HEIGHT];
    Error error;
    for (size_t plane = 1; plane <= n_planes; plane++) {
        Image *image;
        if (image_open(path, plane, &image, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_int_equal(image_plane_count(image), n_planes);
        assert_int_equal(image_width(image), WIDTH);
        assert_int_equal(image_height(image), HEIGHT);
        assert_int_equal(image_read(image, 0, 0, WIDTH, HEIGHT, pixels, &error), STATUS_OK);
        for (size_t y = 0; y < HEIGHT; y++)
            for (size_t x = 0; x < WIDTH; x++)
                assert_float_equal(pixels[y * WIDTH + x], value(x, HEIGHT - 1 - y, plane - 1),
                                   tolerance);
        image_close(image);
    }
}

static void pngs_are_planes_of_bytes_from_the_bottom_up(void **state)
{
    (void)state;
    unsigned char pixels[WIDTH * HEIGHT * 4];
    make_pixels(3, pixels);
    char *colour = write_png("colour.png", PNG_FORMAT_RGB, pixels);
    assert_planes(colour, 3, 0);
    make_pixels(1, pixels);
    char *grey = write_png("grey.png", PNG_FORMAT_GRAY, pixels);
    assert_planes(grey, 1, 0);
    // Transparency is left out, not blended in.
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        for (size_t c = 0; c < 3; c++)
            pixels[i * 4 + c] = value(i % WIDTH, i / WIDTH, c);
        pixels[i * 4 + 3] = 128;
    }
    char *clear = write_png("clear.png", PNG_FORMAT_RGBA, pixels);
    assert_planes(clear, 3, 0);
    free(colour);
    free(grey);
    free(clear);
}

static void jpegs_are_planes_of_bytes_from_the_bottom_up(void **state)
{
    (void)state;
    char *colour = write_jpeg("colour.jpg", 3), *grey = write_jpeg("grey.jpeg", 1);
    assert_planes(colour, 3, 4);
    assert_planes(grey, 1, 2);
    free(colour);
    free(grey);
}

static void write_bytes(const char *path, const char *bytes, size_t n)
{
    FILE *stream = fopen(path, "wb");
    assert_int_equal(fwrite(bytes, 1, n, stream), n);
    fclose(stream);
}

// Cut off anywhere it is refused in words that name it.
static void cut_off_pictures_are_refused(void **state)
{
    (void)state;
    unsigned char pixels[WIDTH * HEIGHT * 3];
    make_pixels(3, pixels);
    char *paths[] = {write_png("whole.png", PNG_FORMAT_RGB, pixels), write_jpeg("whole.jpg", 3)};
    char *cut = scratch_path("cut.picture");
    for (size_t i = 0; i < 2; i++) {
        size_t size = 0;
        char *bytes = scratch_read(paths[i], &size);
        for (size_t n = 9; n + 2 < size; n += 5) {
            Image *image;
            Error error;
            write_bytes(cut, bytes, n);
            assert_int_equal(image_open(cut, 0, &image, &error), STATUS_BAD_INPUT);
            assert_non_null(strstr(error.text, "cut.picture"));
        }
        free(bytes);
        free(paths[i]);
    }
    free(cut);
}

// Whatever a changed byte does, it is read or refused.
static void damaged_pictures_hurt_nothing(void **state)
{
    (void)state;
    unsigned char pixels[WIDTH * HEIGHT * 3];
    make_pixels(3, pixels);
    char *paths[] = {write_png("good.png", PNG_FORMAT_RGB, pixels), write_jpeg("good.jpg", 3)};
    char *bad = scratch_path("bad.picture");
    Random random = random_start(5, 0);
    for (size_t i = 0; i < 2; i++) {
        size_t size = 0;
        char *bytes = scratch_read(paths[i], &size);
        for (size_t k = 0; k < 300; k++) {
            Image *image;
            Error error;
            size_t place = 3 + (size_t)(random_uniform(&random) * (double)(size - 3));
            char kept = bytes[place];
            bytes[place] = (char)(random_bits(&random) & 0xff);
            write_bytes(bad, bytes, size);
            if (image_open(bad, 0, &image, &error) == STATUS_OK)
                image_close(image);
            bytes[place] = kept;
        }
        free(bytes);
        free(paths[i]);
    }
    free(bad);
}

// ---- Stamps
// ---------------------------------------------------------------------------------------

static void stamps_are_the_middle_of_their_files(void **state)
{
    (void)state;
    unsigned char pixels[WIDTH * HEIGHT * 3];
    make_pixels(3, pixels);
    char *path = write_png("stamp.png", PNG_FORMAT_RGB, pixels);
    const Stamp stamps[] = {
        {path, "a", 2, "night"}, {path, "b", 1, "day"}, {path, "c", 1, "night"}};
    const size_t planes[] = {3, 1};
    Dataset *dataset;
    Error error;
    assert_int_equal(dataset_new(0, 2, 10, 2, &dataset, &error), STATUS_OK);
    assert_int_equal(
        dataset_append_stamps(dataset, &(Stamps){stamps, 3, STAMP_CROP, planes, NULL}, &error),
        STATUS_OK);
    assert_int_equal(dataset->n, 3);
    assert_int_equal(dataset->n_fields, 2);
    assert_int_equal(dataset->fields[2], 0);
    assert_int_equal(dataset->labels[0], 2);
    assert_string_equal(dataset->ids[1], "b");
    // 24 x 16: columns 7 to 16, rows 3 to 12 from the bottom.
    for (size_t y = 0; y < 10; y++)
        for (size_t x = 0; x < 10; x++) {
            const float *pixel = dataset->cutouts + (y * 10 + x) * 2;
            assert_true(pixel[0] == value(x + 7, HEIGHT - 1 - (y + 3), 2));
            assert_true(pixel[1] == value(x + 7, HEIGHT - 1 - (y + 3), 0));
        }
    dataset_free(dataset);
    free(path);
}

// A plane that rises evenly stays one at any size.
static void stamps_are_resized_about_their_middle(void **state)
{
    (void)state;
    static const size_t sizes[] = {8, 16, 32};
    unsigned char pixels[WIDTH * HEIGHT];
    make_pixels(1, pixels);
    char *path = write_png("slope.png", PNG_FORMAT_GRAY, pixels);
    const Stamp stamp = {path, "a", 1, ""};
    for (size_t i = 0; i < 3; i++) {
        Dataset *dataset;
        Error error;
        size_t size = sizes[i];
        double step = 16.0 / (double)size;
        assert_int_equal(dataset_new(0, 1, size, 1, &dataset, &error), STATUS_OK);
        assert_int_equal(
            dataset_append_stamps(dataset, &(Stamps){&stamp, 1, STAMP_RESIZE, NULL, NULL}, &error),
            STATUS_OK);
        for (size_t k = 2; k + 2 < size; k++)
            assert_float_equal(dataset->cutouts[2 * size + k + 1] - dataset->cutouts[2 * size + k],
                               7.0 * step, k + 3 < size ? 1e-4 : 100);
        dataset_free(dataset);
    }
    free(path);
}

static void stamps_that_do_not_fit_are_refused_by_name(void **state)
{
    (void)state;
    unsigned char pixels[WIDTH * HEIGHT];
    make_pixels(1, pixels);
    char *path = write_png("small.png", PNG_FORMAT_GRAY, pixels);
    const Stamp stamp = {path, "a", 1, ""};
    Dataset *dataset;
    Error error;
    assert_int_equal(dataset_new(0, 1, 20, 1, &dataset, &error), STATUS_OK);
    assert_int_equal(
        dataset_append_stamps(dataset, &(Stamps){&stamp, 1, STAMP_CROP, NULL, NULL}, &error),
        STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "small.png: the stamp has 24 x 16 pixels, cutouts of 20"));
    assert_int_equal(dataset->n, 0);
    dataset_free(dataset);
    assert_int_equal(dataset_new(0, 2, 8, 1, &dataset, &error), STATUS_OK);
    assert_int_equal(
        dataset_append_stamps(dataset, &(Stamps){&stamp, 1, STAMP_CROP, NULL, NULL}, &error),
        STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "it has 1 plane, plane 2 is wanted"));
    dataset_free(dataset);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pngs_are_planes_of_bytes_from_the_bottom_up),
        cmocka_unit_test(jpegs_are_planes_of_bytes_from_the_bottom_up),
        cmocka_unit_test(cut_off_pictures_are_refused),
        cmocka_unit_test(damaged_pictures_hurt_nothing),
        cmocka_unit_test(stamps_are_the_middle_of_their_files),
        cmocka_unit_test(stamps_are_resized_about_their_middle),
        cmocka_unit_test(stamps_that_do_not_fit_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
