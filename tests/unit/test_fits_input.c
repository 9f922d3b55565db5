// FITS headers from outside, before any library reads them; and limits of memory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/fits_card.h"
#include "base/fits_input.h"
#include "base/limits.h"
#include "scratch.h"
#include "sky/image/sky_wcs.h"

enum { CARDS_MAX = 36, DATA_SIZE = 2880 };

// A FITS file of one header with these cards, and a block of data; free() its path.
static char *fits_of(const char *name, const char *const *cards, size_t n)
{
    char bytes[FITS_BLOCK_SIZE + DATA_SIZE];
    memset(bytes, ' ', FITS_BLOCK_SIZE);
    memset(bytes + FITS_BLOCK_SIZE, 0, DATA_SIZE);
    assert_true(n < CARDS_MAX);
    for (size_t i = 0; i < n; i++)
        memcpy(bytes + i * FITS_CARD_SIZE, cards[i], strlen(cards[i]));
    memcpy(bytes + n * FITS_CARD_SIZE, "END", 3);
    return scratch_write(name, bytes, sizeof bytes);
}

// What is wrong with a 4 x 4 image that has these cards besides.
static void expect_card(const char *card, const char *wanted)
{
    const char *cards[] = {"SIMPLE  =                    T", "BITPIX  =                    8",
                           "NAXIS   =                    2", "NAXIS1  =                    4",
                           "NAXIS2  =                    4", card};
    char *path = fits_of("card.fits", cards, 6);
    Error error = {0};
    Status status = fits_check(path, &error);
    if (wanted == NULL)
        assert_int_equal(status, STATUS_OK);
    else if (status != STATUS_BAD_INPUT || strstr(error.text, wanted) == NULL)
        fail_msg("\"%s\" gives \"%s\"", card, error.text);
    free(path);
}

static void cards_that_libraries_trip_over_are_refused(void **state)
{
    (void)state;
    expect_card("ZTILE1  = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'", "ZTILE1");
    expect_card("ZNAXIS2 = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'", "ZNAXIS2");
    expect_card("ZBITPIX = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'", "ZBITPIX");
    expect_card("NSOURCE = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'", "NSOURCE");
    expect_card("BZERO   = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'", "BZERO");
    expect_card("ZTILE1  =                    0", "ZTILE1");
    expect_card("ZTILE1  =                  1.5", "ZTILE1");
    expect_card("PCOUNT  =                   -1", "PCOUNT");
    expect_card("NAXIS3  =                 12 x", "NAXIS3");
    expect_card("TSCAL1  =                 12 x", "TSCAL1");
    expect_card("NAXIS1  =                    5", "NAXIS1 stands there twice");
}

static void cards_that_are_only_odd_are_let_by(void **state)
{
    (void)state;
    expect_card("BLANK   = 'none'", NULL);
    expect_card("BSCALE  = 1.0D0 / as FORTRAN writes it", NULL);
    expect_card("DATE-OBS= 2001-01-01", NULL);
    expect_card("ZTILES  = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'", NULL);
    expect_card("OBJECT  = 'it''s / here'  / a comment", NULL);
    expect_card("NAXIS1  =                    4", NULL);
    expect_card("COMMENT   ZTILE1 = 'x", NULL);
}

static void a_header_may_not_promise_more_than_the_file_has(void **state)
{
    (void)state;
    static const char *const huge[] = {
        "SIMPLE  =                    T", "BITPIX  =                  -64",
        "NAXIS   =                    3", "NAXIS1  =           2000000000",
        "NAXIS2  =           2000000000", "NAXIS3  =           2000000000"};
    Error error = {0};
    char *path = fits_of("huge.fits", huge, 6);
    assert_int_equal(fits_check(path, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "is truncated"));
    free(path);
}

// cfitsio takes what begins so for an extension, whatever stands where the "=" should.
static void an_extension_may_not_promise_more_either(void **state)
{
    (void)state;
    static const char *const image[] = {"SIMPLE  =                    T",
                                        "BITPIX  =                    8",
                                        "NAXIS   =                    0"};
    static const char *const extension[] = {
        "XTENSION 'IMAGE   '", "BITPIX  =                    8", "NAXIS   =                    0",
        "PCOUNT  =           2147483648", "GCOUNT  =                    1"};
    Error error = {0};
    size_t size = 0, more = 0;
    char *first = fits_of("first.fits", image, 3), *second = fits_of("second.fits", extension, 5);
    char *head = scratch_read(first, &size), *tail = scratch_read(second, &more);
    char bytes[2 * FITS_BLOCK_SIZE + DATA_SIZE];
    memcpy(bytes, head, FITS_BLOCK_SIZE);
    memcpy(bytes + FITS_BLOCK_SIZE, tail, more);
    char *path = scratch_write("extension.fits", bytes, FITS_BLOCK_SIZE + more);
    assert_int_equal(fits_check(path, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "is truncated"));
    free(path);
    free(tail);
    free(head);
    free(second);
    free(first);
}

static void a_tile_may_not_need_more_than_a_run_may_use(void **state)
{
    (void)state;
    static const char *const tile[] = {
        "SIMPLE  =                    T", "BITPIX  =                    8",
        "NAXIS   =                    0", "ZTILE1  =            100000000",
        "ZTILE2  =            100000000"};
    Error error = {0};
    char *path = fits_of("tile.fits", tile, 5);
    assert_int_equal(fits_check(path, &error), STATUS_MEMORY);
    assert_non_null(strstr(error.text, "SKYCLASS_MEMORY"));
    free(path);
}

static void gzip_files_are_looked_into(void **state)
{
    (void)state;
    static const char *const image[] = {
        "SIMPLE  =                    T", "BITPIX  =                  -32",
        "NAXIS   =                    2", "NAXIS1  =                20000",
        "NAXIS2  =                20000"};
    Error error = {0};
    size_t size = 0;
    char *plain = fits_of("plain.fits", image, 5), *path = scratch_path("packed.fits.gz");
    char *bytes = scratch_read(plain, &size);
    gzFile stream = gzopen(path, "wb");
    assert_int_equal(gzwrite(stream, bytes, (unsigned)size), size);
    gzclose(stream);
    assert_int_equal(fits_check(path, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "cannot unpack to 1.6 GB"));
    free(path);
    path = scratch_write("length.fits.gz", "\x1f\x8b\xff\xfe", 4);
    assert_int_equal(fits_check(path, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "cannot unpack to 4.3 GB from 4 bytes"));
    free(path);
    free(plain);
    free(bytes);
}

static void what_is_no_ordinary_file_is_not_opened(void **state)
{
    (void)state;
    Error error = {0};
    char *path = scratch_path("pipe.fits");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(fits_check(path, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "not an ordinary file"));
    free(path);
}

// A sky position card by card, with one more; NULL where it is usable.
static void expect_wcs(const char *card, const char *wanted)
{
    const char *cards[] = {"CTYPE1  = 'RA---TAN-SIP'",
                           "CTYPE2  = 'DEC--TAN-SIP'",
                           "CRPIX1  = 2.0",
                           "CRPIX2  = 2.0",
                           "CRVAL1  = 20.0",
                           "CRVAL2  = 5.0",
                           "CD1_1   = -1E-5",
                           "CD2_2   = 1E-5",
                           card};
    enum { N = sizeof cards / sizeof cards[0] };
    char text[N * FITS_CARD_SIZE];
    memset(text, ' ', sizeof text);
    for (size_t i = 0; i < N; i++)
        memcpy(text + i * FITS_CARD_SIZE, cards[i], strlen(cards[i]));
    Error error = {0};
    SkyWcs *wcs = NULL;
    Status status = sky_wcs_parse(text, N, &wcs, &error);
    sky_wcs_free(wcs);
    bool right = wanted == NULL ? status == STATUS_OK
                                : status == STATUS_BAD_INPUT && strstr(error.text, wanted) != NULL;
    if (!right)
        fail_msg("\"%s\" gives \"%s\"", card, error.text);
}

static void a_broken_card_of_the_wcs_is_named(void **state)
{
    (void)state;
    expect_wcs("A_1_1   = 1 x", "A_1_1");
    expect_wcs("WCSAXES =                15000", "WCSAXES");
    expect_wcs("A_ORDER =             90000000", "A_ORDER");
    expect_wcs("CRPIX12000 =", NULL); // no value, no card
    expect_wcs("BP_0_1  =", NULL);
    expect_wcs("BP_0_1             1E-06", NULL);
    expect_wcs("BP_0_1  = 'x'", "BP_0_1");
    expect_wcs("B_0_2   =                    F", "B_0_2");
    expect_wcs("PC1_8000= 4", "PC1_8000");
    expect_wcs("PV99999_= 4", "PV99999_");
    expect_wcs("PV1_1   = 0.0", NULL);
    expect_wcs("DATE-OBS= 2001-01-01", NULL);
    expect_wcs("A_1_1   = 1E-5", NULL);
}

static void the_limit_is_read_from_the_environment(void **state)
{
    (void)state;
    uint64_t bytes;
    Error error = {0};
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"4G", (uint64_t)4 << 30},
                {"500 MB", (uint64_t)500 << 20},
                {"1.5GiB", (uint64_t)3 << 29},
                {"300000000", 300000000}};
    static const char *const bad[] = {"lots", "-1", "1K", "4X", "4G of memory"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        setenv("SKYCLASS_MEMORY", good[i].text, 1);
        assert_int_equal(limits_memory(&bytes, &error), STATUS_OK);
        assert_true(bytes == good[i].bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        setenv("SKYCLASS_MEMORY", bad[i], 1);
        assert_int_equal(limits_memory(&bytes, &error), STATUS_USAGE);
    }
    setenv("SKYCLASS_MEMORY", "300M", 1);
    assert_int_equal(limits_check(300 << 20, "it", &error), STATUS_OK);
    assert_int_equal(limits_check(301 << 20, "it", &error), STATUS_MEMORY);
    unsetenv("SKYCLASS_MEMORY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards_that_libraries_trip_over_are_refused),
        cmocka_unit_test(cards_that_are_only_odd_are_let_by),
        cmocka_unit_test(a_header_may_not_promise_more_than_the_file_has),
        cmocka_unit_test(an_extension_may_not_promise_more_either),
        cmocka_unit_test(a_tile_may_not_need_more_than_a_run_may_use),
        cmocka_unit_test(gzip_files_are_looked_into),
        cmocka_unit_test(what_is_no_ordinary_file_is_not_opened),
        cmocka_unit_test(a_broken_card_of_the_wcs_is_named),
        cmocka_unit_test(the_limit_is_read_from_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
