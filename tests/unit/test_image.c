#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <limits.h>

#include <cmocka.h>
#include <zlib.h>

#include "sky/image/band.h"
#include "sky/image/image.h"
#include "sky/image/sky_wcs.h"
#include "unit/fits_file.h"

static Image *open_image(const char *path, size_t plane)
{
    Image *image = NULL;
    Error error = {0};
    if (image_open(path, plane, &image, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return image;
}

// The message of the failure that opening must be.
static const char *open_failure(const char *path, size_t plane)
{
    static Error error;
    Image *image = NULL;
    assert_int_equal(image_open(path, plane, &image, &error), STATUS_BAD_INPUT);
    assert_null(image);
    assert_null(strchr(error.text, '\n'));
    return error.text;
}

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

// The whole image equals test_pixel(x, y, offset).
static void assert_holds_pixels(Image *image, float offset)
{
    Error error = {0};
    size_t width = image_width(image), height = image_height(image);
    float *pixels = malloc(width * height * sizeof *pixels);
    if (image_read(image, 0, 0, width, height, pixels, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            assert_float_equal(pixels[y * width + x], test_pixel((long)x, (long)y, offset), 0.0);
    free(pixels);
}

static void assert_opens_and_holds(const char *path, float offset)
{
    Image *image = open_image(path, 0);
    assert_string_equal(image_path(image), path);
    assert_holds_pixels(image, offset);
    image_close(image);
}

static void reads_a_plain_image(void **state)
{
    (void)state;
    Image *image = open_image(test_image("plain.fits", 30, 20, NULL), 0);
    assert_int_equal(image_width(image), 30);
    assert_int_equal(image_height(image), 20);
    assert_int_equal(image_plane_count(image), 1);
    assert_null(image_wcs(image));
    assert_string_equal(image_wcs_problem(image), "");
    assert_holds_pixels(image, 0.0f);
    image_close(image);
}

static void fills_pixels_outside_with_nan(void **state)
{
    (void)state;
    Image *image = open_image(test_image("edges.fits", 10, 8, NULL), 0);
    static const long starts[][2] = {{-3, -2}, {6, 5},   {-3, 5}, {6, -2}, {2, 1},
                                     {-2, 3},  {-50, 0}, {0, 50}, {10, 8}, {-7, -6}};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        float pixels[6 * 7];
        Error error = {0};
        assert_int_equal(image_read(image, starts[i][0], starts[i][1], 7, 6, pixels, &error), 0);
        for (long row = 0; row < 6; row++)
            for (long column = 0; column < 7; column++) {
                long x = starts[i][0] + column, y = starts[i][1] + row;
                float value = pixels[row * 7 + column];
                if (x < 0 || y < 0 || x >= 10 || y >= 8)
                    assert_true(isnan(value));
                else
                    assert_float_equal(value, test_pixel(x, y, 0.0f), 0.0);
            }
    }
    // An image smaller than what is asked for.
    float pixels[14 * 14];
    Error error = {0};
    assert_int_equal(image_read(image, -2, -3, 14, 14, pixels, &error), 0);
    assert_float_equal(pixels[3 * 14 + 2], test_pixel(0, 0, 0.0f), 0.0);
    assert_float_equal(pixels[10 * 14 + 11], test_pixel(9, 7, 0.0f), 0.0);
    assert_true(isnan(pixels[10 * 14 + 12]) && isnan(pixels[11 * 14 + 2]));
    image_close(image);
}

// Primary without data, a table, then images SCI,1 WHT,1 SCI,2.
static const char *multi_extension_file(void)
{
    const char *path = test_path("multi.fits");
    fitsfile *file = test_create(path);
    int code = 0;
    char *column_name[] = {"A"}, *column_type[] = {"1J"};
    fits_create_img(file, BYTE_IMG, 0, NULL, &code);
    test_check(code);
    test_key_text(file, "FILTER", "F336W");
    fits_create_tbl(file, BINARY_TBL, 3, 1, column_name, column_type, NULL, "TABLE", &code);
    test_check(code);
    for (int i = 0; i < 3; i++) {
        test_append_image(file, 12, 10, 1, (float)(100000 * (i + 1)));
        test_key_text(file, "EXTNAME", i == 1 ? "WHT" : "SCI");
        test_key_number(file, "EXTVER", i == 2 ? 2 : 1);
    }
    test_close(file);
    return path;
}

static void takes_the_first_image_or_the_extension_asked_for(void **state)
{
    (void)state;
    char path[1500];
    const char *file = multi_extension_file();
    static const struct {
        const char *extension;
        float offset;
    } cases[] = {{"", 1e5f},        {"[2]", 1e5f},     {"[3]", 2e5f},     {"[SCI]", 1e5f},
                 {"[sci,2]", 3e5f}, {"[WHT,1]", 2e5f}, {"[SCI,1]", 1e5f}, {"[4]", 3e5f}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(path, sizeof path, "%s%s", file, cases[i].extension);
        assert_opens_and_holds(path, cases[i].offset);
    }
    static const struct {
        const char *extension, *message;
    } wrong[] = {{"[0]", "no image"},         {"[1]", "no image"},
                 {"[9]", "no extension [9]"}, {"[DQ]", "no extension"},
                 {"[SCI,3]", "no extension"}, {"[SCI,x]", "name,version"},
                 {"[]", "brackets"},          {"[1:5,1:5]", "name,version"},
                 {"[-1]", "no extension"},    {"[99999999999]", "no extension"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(path, sizeof path, "%s%s", file, wrong[i].extension);
        assert_says(open_failure(path, 0), wrong[i].message);
    }
}

static void lists_the_images_of_a_file(void **state)
{
    (void)state;
    char path[1500];
    ImageExtension *list;
    size_t n;
    Error error = {0};
    assert_int_equal(image_list(multi_extension_file(), &list, &n, &error), STATUS_OK);
    assert_int_equal(n, 3);
    assert_int_equal(list[0].number, 2);
    assert_int_equal(list[2].number, 4);
    assert_string_equal(list[1].name, "WHT");
    assert_int_equal(list[1].width, 12);
    assert_int_equal(list[1].height, 10);
    free(list);
    snprintf(path, sizeof path, "%s[WHT]", test_path("multi.fits"));
    assert_int_equal(image_list(path, &list, &n, &error), STATUS_OK);
    assert_int_equal(n, 1);
    assert_int_equal(list[0].number, 3);
    free(list);
}

static void reads_planes_of_cubes(void **state)
{
    (void)state;
    const char *path = test_path("cube.fits");
    fitsfile *file = test_create(path);
    test_append_image(file, 9, 7, 3, 0.0f);
    test_close(file);
    for (size_t plane = 0; plane <= 3; plane++) {
        Image *image = open_image(path, plane);
        assert_int_equal(image_plane_count(image), 3);
        assert_int_equal(image_plane(image), plane > 0 ? plane : 1);
        assert_holds_pixels(image, plane > 1 ? 1e6f * (float)(plane - 1) : 0.0f);
        image_close(image);
    }
    assert_says(open_failure(path, 4), "has 3 planes, not 4");
}

static void numbers_planes_through_higher_axes(void **state)
{
    (void)state;
    const char *path = test_path("hyper.fits");
    fitsfile *file = test_create(path);
    int code = 0;
    long axes[4] = {2, 2, 2, 3};
    float pixels[24];
    for (int i = 0; i < 24; i++)
        pixels[i] = (float)i;
    fits_create_img(file, FLOAT_IMG, 4, axes, &code);
    fits_write_img(file, TFLOAT, 1, 24, pixels, &code);
    test_check(code);
    test_close(file);
    for (size_t plane = 1; plane <= 6; plane++) {
        float got[4];
        Error error = {0};
        Image *image = open_image(path, plane);
        assert_int_equal(image_plane_count(image), 6);
        assert_int_equal(image_read(image, 0, 0, 2, 2, got, &error), 0);
        for (int i = 0; i < 4; i++)
            assert_float_equal(got[i], (float)(4 * (plane - 1)) + (float)i, 0.0);
        image_close(image);
    }
}

static void scales_integers_and_turns_blank_into_nan(void **state)
{
    (void)state;
    const char *path = test_path("integers.fits");
    fitsfile *file = test_create(path);
    int code = 0;
    long axes[2] = {4, 1}, blank = -99;
    short stored[4] = {0, 10, -99, -5};
    fits_create_img(file, SHORT_IMG, 2, axes, &code);
    fits_write_img(file, TSHORT, 1, 4, stored, &code);
    fits_write_key(file, TLONG, "BLANK", &blank, NULL, &code);
    test_check(code);
    // Written after the pixels, so that these are the stored numbers.
    test_key_number(file, "BSCALE", 0.5);
    test_key_number(file, "BZERO", 100.0);
    test_close(file);
    Image *image = open_image(path, 0);
    float pixels[4];
    Error error = {0};
    assert_int_equal(image_read(image, 0, 0, 4, 1, pixels, &error), 0);
    assert_float_equal(pixels[0], 100.0, 0.0);
    assert_float_equal(pixels[1], 105.0, 0.0);
    assert_true(isnan(pixels[2]));
    assert_float_equal(pixels[3], 97.5, 0.0);
    image_close(image);
}

static void reads_every_pixel_type(void **state)
{
    (void)state;
    static const int types[] = {BYTE_IMG,  SBYTE_IMG,    SHORT_IMG, USHORT_IMG, LONG_IMG,
                                ULONG_IMG, LONGLONG_IMG, FLOAT_IMG, DOUBLE_IMG};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const char *path = test_path("type.fits");
        fitsfile *file = test_create(path);
        int code = 0;
        long axes[2] = {3, 2};
        float pixels[6] = {0, 1, 2, 3, 50, 127}, got[6];
        fits_create_img(file, types[i], 2, axes, &code);
        fits_write_img(file, TFLOAT, 1, 6, pixels, &code);
        test_check(code);
        test_close(file);
        Image *image = open_image(path, 0);
        Error error = {0};
        assert_int_equal(image_read(image, 0, 0, 3, 2, got, &error), 0);
        for (int k = 0; k < 6; k++)
            assert_float_equal(got[k], pixels[k], 0.0);
        image_close(image);
    }
}

static void infinite_and_unrepresentable_pixels_are_nan(void **state)
{
    (void)state;
    const char *path = test_path("doubles.fits");
    fitsfile *file = test_create(path);
    int code = 0;
    long axes[2] = {5, 1};
    double pixels[5] = {1.5, NAN, INFINITY, 1e300, -1e300};
    fits_create_img(file, DOUBLE_IMG, 2, axes, &code);
    fits_write_img(file, TDOUBLE, 1, 5, pixels, &code);
    test_check(code);
    test_close(file);
    Image *image = open_image(path, 0);
    float got[5];
    Error error = {0};
    assert_int_equal(image_read(image, 0, 0, 5, 1, got, &error), 0);
    assert_float_equal(got[0], 1.5, 0.0);
    for (int i = 1; i < 5; i++)
        assert_true(isnan(got[i]));
    image_close(image);
}

static const char *tile_compressed_file(const char *name, int kind, long tile_width,
                                        long tile_height)
{
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    int code = 0;
    long axes[2] = {60, 50}, tile[2] = {tile_width, tile_height};
    int *pixels = malloc(60 * 50 * sizeof *pixels);
    for (long y = 0; y < 50; y++)
        for (long x = 0; x < 60; x++)
            pixels[y * 60 + x] = (int)test_pixel(x, y, 0.0f);
    fits_set_compression_type(file, kind, &code);
    fits_set_tile_dim(file, 2, tile, &code);
    fits_create_img(file, LONG_IMG, 2, axes, &code);
    fits_write_img(file, TINT, 1, 60 * 50, pixels, &code);
    free(pixels);
    test_check(code);
    test_key_text(file, "FILTER", "F814W");
    test_close(file);
    return path;
}

static void reads_tile_compressed_images(void **state)
{
    (void)state;
    size_t width, height;
    assert_opens_and_holds(tile_compressed_file("rice.fits.fz", RICE_1, 60, 1), 0.0f);
    assert_opens_and_holds(tile_compressed_file("gzip.fits.fz", GZIP_1, 16, 16), 0.0f);
    Image *image = open_image(test_path("gzip.fits.fz"), 0);
    assert_true(image_tile_size(image, &width, &height));
    assert_int_equal(width, 16);
    assert_int_equal(height, 16);
    char band[IMAGE_NAME_SIZE];
    band_of_image(image, band, sizeof band);
    assert_string_equal(band, "F814W");
    image_close(image);
    image = open_image(test_path("plain.fits"), 0);
    assert_false(image_tile_size(image, &width, &height));
    image_close(image);
}

// Puts `size` zeros, packed by gzip, into the tile of a table's row, but for the last `cut` bytes.
static void put_zeros(const char *path, LONGLONG row, uLong size, LONGLONG cut)
{
    unsigned char zeros[8192] = {0}, packed[8192];
    z_stream stream = {.next_in = zeros, .avail_in = (uInt)size};
    assert_true(size <= sizeof zeros);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    fitsfile *file;
    int code = 0, column;
    fits_open_diskfile(&file, path, READWRITE, &code);
    fits_movabs_hdu(file, 2, NULL, &code);
    fits_get_colnum(file, CASEINSEN, "COMPRESSED_DATA", &column, &code);
    fits_write_col(file, TBYTE, column, row, 1, (LONGLONG)stream.total_out - cut, packed, &code);
    deflateEnd(&stream);
    test_check(code);
    test_close(file);
}

static void a_gzipped_tile_unpacks_to_its_pixels_or_is_refused(void **state)
{
    (void)state;
    const char *path = tile_compressed_file("bomb.fits.fz", GZIP_1, 16, 16);
    float pixels[4];
    Error error = {0};
    put_zeros(path, 2, 16 * 16 * sizeof(int), 0);
    put_zeros(path, 3, 16 * 16 * sizeof(double) + 1, 0);
    put_zeros(path, 4, 16 * 16 * sizeof(int), 10);
    Image *image = open_image(path, 0);
    assert_int_equal(image_read(image, 20, 0, 2, 2, pixels, &error), STATUS_OK);
    for (int i = 0; i < 4; i++)
        assert_true(pixels[i] == 0.0f);
    assert_int_equal(image_read(image, 31, 15, 2, 2, pixels, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "tile 3 of the compressed image is damaged"));
    assert_int_equal(image_read(image, 48, 0, 2, 2, pixels, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "tile 4 of the compressed image is damaged"));
    assert_int_equal(image_read(image, 48, 16, 2, 2, pixels, &error), STATUS_OK);
    image_close(image);
}

static void gzip_file(const char *path)
{
    char command[1500];
    snprintf(command, sizeof command, "gzip -kf '%s'", path);
    assert_int_equal(system(command), 0);
}

static void reads_gzipped_files(void **state)
{
    (void)state;
    char path[1500];
    const char *plain = test_image("zipped.fits", 40, 30, NULL);
    gzip_file(plain);
    snprintf(path, sizeof path, "%s.gz", plain);
    assert_opens_and_holds(path, 0.0f);
}

static void write_bytes(const char *path, const char *bytes, size_t n)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, n, stream), n);
    fclose(stream);
}

static void says_what_is_wrong_with_a_file(void **state)
{
    (void)state;
    assert_says(open_failure(test_path("absent.fits"), 0), "no such file");
    assert_says(open_failure(test_path("absent.fits[1]"), 0), "no such file");
    assert_says(open_failure("", 0), "empty name");
    assert_says(open_failure(test_directory(), 0), "a directory");
    assert_says(open_failure("/dev/null", 0), "not an ordinary file");
    write_bytes(test_path("empty.fits"), "", 0);
    assert_says(open_failure(test_path("empty.fits"), 0), "is empty");
    write_bytes(test_path("text.fits"), "id x y\n1 2 3\n", 13);
    assert_says(open_failure(test_path("text.fits"), 0), "is not a FITS file");
    write_bytes(test_path("short.fits"), "SIMPLE  =                    T", 30);
    assert_says(open_failure(test_path("short.fits"), 0), "short.fits");
    char name[3000];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_says(open_failure(name, 0), "longer than");
}

static void cut_file(const char *from, const char *to, double fraction)
{
    static char bytes[1 << 20];
    FILE *stream = fopen(from, "rb");
    size_t n = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    write_bytes(to, bytes, (size_t)((double)n * fraction));
}

static void notices_truncated_files_when_opening(void **state)
{
    (void)state;
    char path[1500];
    const char *plain = test_image("whole.fits", 100, 100, NULL);
    const char *cut = test_path("cut.fits");
    cut_file(plain, cut, 0.6);
    assert_says(open_failure(cut, 0), "is truncated: its header promises");
    gzip_file(plain);
    snprintf(path, sizeof path, "%s.gz", plain);
    cut_file(path, test_path("cut.fits.gz"), 0.5);
    open_failure(test_path("cut.fits.gz"), 0);
    cut_file(tile_compressed_file("whole.fits.fz", RICE_1, 60, 1), test_path("cut.fits.fz"), 0.7);
    open_failure(test_path("cut.fits.fz"), 0);
}

static void file_names_are_data(void **state)
{
    (void)state;
    static const char *const names[] = {"a b.fits",
                                        " leading.fits",
                                        "trailing.fits ",
                                        "x;touch PWNED.fits",
                                        "$(touch PWNED)",
                                        "`touch PWNED`.fits",
                                        "|touch PWNED",
                                        "[1].fits",
                                        "pic[1]",
                                        "pic[x > 3]",
                                        "out(copy.fits)",
                                        "a.fits(out.fits)",
                                        "!new.fits",
                                        "~root.fits",
                                        "-",
                                        "stdin",
                                        "new\nline.fits",
                                        "quote'd.fits",
                                        "\"double\".fits",
                                        "{",
                                        "back\\slash",
                                        "M\303\251ssier 31 \346\230\237.fits",
                                        "100%s%n.fits",
                                        "a+1",
                                        "#hash.fits",
                                        "a,b",
                                        "@list",
                                        "*.fits",
                                        "?",
                                        "mem:",
                                        "[exec touch PWNED]"};
    char directory[PATH_MAX];
    assert_non_null(getcwd(directory, sizeof directory));
    assert_int_equal(chdir(test_directory()), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        // Made under a harmless name, so that nothing but the code under test sees the odd one.
        assert_int_equal(rename(test_image("odd.fits", 8, 6, NULL), test_path(names[i])), 0);
        assert_opens_and_holds(test_path(names[i]), 0.0f);
        assert_opens_and_holds(names[i], 0.0f);
        char extended[1400];
        snprintf(extended, sizeof extended, "%s[0]", names[i]);
        assert_opens_and_holds(extended, 0.0f);
        assert_int_equal(unlink(names[i]), 0);
    }
    assert_int_equal(access("PWNED", F_OK), -1);
    assert_int_equal(access("copy.fits", F_OK), -1);
    assert_int_equal(access("out.fits", F_OK), -1);
    assert_int_equal(chdir(directory), 0);
}

static void cfitsios_extended_names_are_not_understood(void **state)
{
    (void)state;
    static const char *const tails[] = {"(%s/copy.fits)", "[1:3,1:3]", "[pixr X>3]", "+1",
                                        "[0][1:3,1:3]",   "[0](x)",    "[bin X,Y]"};
    char path[3000], tail[1500];
    const char *file = test_image("target.fits", 8, 6, NULL);
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        snprintf(tail, sizeof tail, tails[i], test_directory());
        snprintf(path, sizeof path, "%s%s", file, tail);
        open_failure(path, 0);
    }
    open_failure("http://localhost:1/x.fits", 0);
    open_failure("sh://touch PWNED", 0);
    open_failure("|touch PWNED", 0);
    open_failure("mem://", 0);
    snprintf(path, sizeof path, "file://%s", file);
    open_failure(path, 0);
    assert_int_equal(access("PWNED", F_OK), -1);
    assert_int_equal(access(test_path("copy.fits"), F_OK), -1);
}

static void reads_header_values(void **state)
{
    (void)state;
    char text[IMAGE_NAME_SIZE];
    double number = 0.0;
    Image *image = open_image(multi_extension_file(), 0);
    image_header_text(image, "EXTNAME", text, sizeof text);
    assert_string_equal(text, "SCI");
    // Not in the extension: taken from the primary HDU.
    image_header_text(image, "FILTER", text, sizeof text);
    assert_string_equal(text, "F336W");
    image_header_text(image, "ABSENT", text, sizeof text);
    assert_string_equal(text, "");
    assert_true(image_header_number(image, "NAXIS1", &number));
    assert_float_equal(number, 12.0, 0.0);
    assert_false(image_header_number(image, "FILTER", &number));
    assert_false(image_header_number(image, "ABSENT", &number));
    image_close(image);

    const char *path = test_path("header.fits");
    fitsfile *file = test_create(path);
    test_append_image(file, 4, 4, 1, 0.0f);
    test_key_text(file, "OBJECT", "it's a 'test' ");
    test_key_number(file, "EXPTIME", 1.5e3);
    test_close(file);
    image = open_image(path, 0);
    image_header_text(image, "OBJECT", text, sizeof text);
    assert_string_equal(text, "it's a 'test'");
    assert_true(image_header_number(image, "EXPTIME", &number));
    assert_float_equal(number, 1500.0, 0.0);
    char small[5];
    image_header_text(image, "OBJECT", small, sizeof small);
    assert_string_equal(small, "it's");
    image_close(image);
}

static void an_unusable_wcs_does_not_hide_the_pixels(void **state)
{
    (void)state;
    const char *path = test_path("badwcs.fits");
    fitsfile *file = test_create(path);
    test_append_image(file, 8, 8, 1, 0.0f);
    test_wcs(file, 10.0, 20.0, 4.0, 4.0, 1.0, 45.0);
    test_key_number(file, "CD1_1", 1e-4); // a singular matrix
    test_key_number(file, "CD1_2", 1e-4);
    test_key_number(file, "CD2_1", 1e-4);
    test_key_number(file, "CD2_2", 1e-4);
    test_close(file);
    Image *image = open_image(path, 0);
    assert_null(image_wcs(image));
    assert_says(image_wcs_problem(image), "WCS");
    assert_holds_pixels(image, 0.0f);
    image_close(image);
}

static void one_file_may_be_open_twice(void **state)
{
    (void)state;
    const char *path = test_image("shared.fits", 20, 10, NULL);
    Image *first = open_image(path, 0), *second = open_image(path, 0);
    image_close(first);
    assert_holds_pixels(second, 0.0f);
    image_close(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_plain_image),
        cmocka_unit_test(fills_pixels_outside_with_nan),
        cmocka_unit_test(takes_the_first_image_or_the_extension_asked_for),
        cmocka_unit_test(lists_the_images_of_a_file),
        cmocka_unit_test(reads_planes_of_cubes),
        cmocka_unit_test(numbers_planes_through_higher_axes),
        cmocka_unit_test(scales_integers_and_turns_blank_into_nan),
        cmocka_unit_test(reads_every_pixel_type),
        cmocka_unit_test(infinite_and_unrepresentable_pixels_are_nan),
        cmocka_unit_test(reads_tile_compressed_images),
        cmocka_unit_test(a_gzipped_tile_unpacks_to_its_pixels_or_is_refused),
        cmocka_unit_test(reads_gzipped_files),
        cmocka_unit_test(says_what_is_wrong_with_a_file),
        cmocka_unit_test(notices_truncated_files_when_opening),
        cmocka_unit_test(file_names_are_data),
        cmocka_unit_test(cfitsios_extended_names_are_not_understood),
        cmocka_unit_test(reads_header_values),
        cmocka_unit_test(an_unusable_wcs_does_not_hide_the_pixels),
        cmocka_unit_test(one_file_may_be_open_twice),
    };
    return cmocka_run_group_tests_name("image", tests, NULL, test_directory_remove);
}
