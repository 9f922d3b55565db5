// Damaged FITS files: whatever bytes are wrong, opening and reading gives pixels or an error.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "sky/image/band.h"
#include "sky/image/image.h"
#include "sky/image/sky_wcs.h"
#include "unit/fits_file.h"

// wcslib 7.12's linset loses two small arrays where a header's matrix cannot be inverted; wcsfree
// does not know them.
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:linset";
}

enum { ROUNDS = 400, FILE_MAX = 1 << 17 };

static size_t load(const char *path, unsigned char *bytes)
{
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    size_t n = fread(bytes, 1, FILE_MAX, stream);
    fclose(stream);
    return n;
}

static void save(const char *path, const unsigned char *bytes, size_t n)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, n, stream), n);
    fclose(stream);
}

// Other digits and letters in header cards, stray bytes anywhere, or a cut.
static size_t damage(Random *random, unsigned char *bytes, size_t n)
{
    static const char likely[] = "0123456789-.'T=E ";
    size_t n_changes = 1 + random_index(random, 6);
    for (size_t i = 0; i < n_changes; i++) {
        bool header = random_uniform(random) < 0.8;
        size_t place = random_index(random, header && n > 2880 ? 2880 : n);
        if (random_uniform(random) < 0.7)
            bytes[place] = (unsigned char)likely[random_index(random, sizeof likely - 1)];
        else
            bytes[place] = (unsigned char)random_bits(random);
    }
    return random_uniform(random) < 0.1 ? 1 + random_index(random, n) : n;
}

static void use(const char *path, size_t *n_opened)
{
    Image *image = NULL;
    Error error = {0};
    Status status = image_open(path, 0, &image, &error);
    if (status != STATUS_OK) {
        assert_null(image);
        assert_true(strlen(error.text) > 10);
        return;
    }
    ++*n_opened;
    char band[BAND_NAME_SIZE];
    float pixels[16 * 16];
    double ra, dec, x, y;
    bool known;
    band_of_image(image, band, sizeof band);
    status = image_read(image, 3, 2, 16, 16, pixels, &error);
    assert_true(status == STATUS_OK || strlen(error.text) > 10);
    if (image_wcs(image) != NULL &&
        sky_wcs_to_sky(image_wcs(image), 5.0, 6.0, &ra, &dec, &known, NULL) == STATUS_OK && known)
        sky_wcs_to_pixel(image_wcs(image), ra, dec, &x, &y, &known, NULL);
    image_close(image);
}

// How many of the damaged copies still opened.
static size_t survive(const char *original, const char *name, uint64_t stream)
{
    static unsigned char bytes[FILE_MAX], damaged[FILE_MAX];
    size_t n = load(original, bytes), n_opened = 0;
    Random random = random_start(2026, stream);
    for (int round = 0; round < ROUNDS; round++) {
        memcpy(damaged, bytes, n);
        save(test_path(name), damaged, damage(&random, damaged, n));
        use(test_path(name), &n_opened);
    }
    return n_opened;
}

static const char *original(const char *name)
{
    const char *path = test_path(name);
    fitsfile *file = test_create(path);
    test_append_image(file, 40, 30, 1, 0.0f);
    test_key_text(file, "FILTER", "F555W");
    test_wcs(file, 65.0, -54.9, 20, 15, 0.04, 30);
    test_close(file);
    return path;
}

static void plain_images(void **state)
{
    (void)state;
    size_t n = survive(original("plain.fits"), "damaged.fits", 1);
    // The damage is neither always fatal nor always harmless.
    assert_true(n > ROUNDS / 20 && n < ROUNDS);
}

static void tables_before_the_image(void **state)
{
    (void)state;
    const char *path = test_path("multi.fits");
    fitsfile *file = test_create(path);
    int code = 0;
    char *names[] = {"A"}, *forms[] = {"3E"};
    fits_create_img(file, BYTE_IMG, 0, NULL, &code);
    fits_create_tbl(file, BINARY_TBL, 5, 1, names, forms, NULL, "T", &code);
    test_check(code);
    test_append_image(file, 20, 20, 2, 0.0f);
    test_close(file);
    size_t n = survive(path, "damaged_multi.fits", 2);
    assert_true(n > ROUNDS / 20 && n < ROUNDS);
}

static void gzipped_images(void **state)
{
    (void)state;
    char command[1500], path[1500];
    const char *plain = original("zipped.fits");
    snprintf(command, sizeof command, "gzip -kf '%s'", plain);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s.gz", plain);
    // Most damage to compressed bytes is fatal.
    assert_true(survive(path, "damaged.fits.gz", 3) < ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_images),
        cmocka_unit_test(tables_before_the_image),
        cmocka_unit_test(gzipped_images),
    };
    return cmocka_run_group_tests_name("image_damage", tests, NULL, test_directory_remove);
}
