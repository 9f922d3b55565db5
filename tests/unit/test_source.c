// Source lists: every kind of file that holds positions.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sky/image/physical.h"
#include "sky/source/source.h"
#include "unit/scratch.h"

#define LEGUS                                                                                      \
    "../shared/data/legus/hlsp_legus_hst_wfc3_ngc1566_multiband_v1_padagb-mwext-avgapcor.tab"

static SourceList *read_text(const char *text)
{
    SourceList *list = NULL;
    Error error = {0};
    char *path = scratch_write("sources.txt", text, strlen(text));
    if (source_list_read(path, &list, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    free(path);
    return list;
}

static void expect_error(const char *text, size_t size, const char *part)
{
    SourceList *list = NULL;
    Error error = {0};
    char *path = scratch_write("bad.txt", text, size);
    assert_int_equal(source_list_read(path, &list, &error), STATUS_BAD_INPUT);
    assert_null(list);
    if (strstr(error.text, part) == NULL || strstr(error.text, "bad.txt") == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, part);
    free(path);
}

static void expect_xy(const SourceList *list, size_t i, const char *id, double x, double y)
{
    assert_true(i < list->n);
    assert_string_equal(list->sources[i].id, id);
    assert_true(list->sources[i].has_xy);
    assert_true(list->sources[i].x == x);
    assert_true(list->sources[i].y == y);
}

static void expect_sky(const SourceList *list, size_t i, double ra, double dec)
{
    assert_true(i < list->n);
    assert_true(list->sources[i].has_sky);
    assert_float_equal(list->sources[i].ra, ra, 1e-9);
    assert_float_equal(list->sources[i].dec, dec, 1e-9);
}

static void test_legus_catalogue(void **state)
{
    (void)state;
    if (access(LEGUS, R_OK) != 0) {
        print_message("the LEGUS catalogue is not at %s: skipped\n", LEGUS);
        skip();
    }
    SourceList *list;
    Error error;
    assert_int_equal(source_list_read(LEGUS, &list, &error), STATUS_OK);
    assert_int_equal(list->n, 2752);
    expect_xy(list, 0, "1", 3006.141, 5901.000);
    expect_sky(list, 0, 65.00340, -54.90707);
    assert_int_equal(list->sources[2751].row, 2751);
    assert_int_equal(list->n_repeated_ids, 0);
    source_list_free(list);
}

static void test_headerless(void **state)
{
    (void)state;
    const char *const texts[] = {"a1 10.5 20\nb 30 40.25\n", "a1,10.5,20\nb,30,40.25",
                                 "a1\t10.5\t20\r\nb\t30\t40.25\r\n",
                                 "  a1   10.5 \t 20  \n\n# note\n  b 30   4.025E1\n",
                                 "\xef\xbb\xbf"
                                 "a1;10.5;20\nb;30;40.25\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        SourceList *list = read_text(texts[i]);
        assert_int_equal(list->n, 2);
        expect_xy(list, 0, "a1", 10.5, 20.0);
        expect_xy(list, 1, "b", 30.0, 40.25);
        assert_false(list->sources[0].has_sky);
        source_list_free(list);
    }
}

static void test_two_columns_are_x_and_y(void **state)
{
    (void)state;
    SourceList *list = read_text("10 20\n30 40\n");
    expect_xy(list, 0, "1", 10.0, 20.0);
    expect_xy(list, 1, "2", 30.0, 40.0);
    source_list_free(list);
}

static void test_headers(void **state)
{
    (void)state;
    // Each names a source "7" at pixel 10.5, 20.25 and one "8" at 30, 40.
    static const char *const texts[] = {
        "id,x,y\n7,10.5,20.25\n8,30,40\n",
        "ID\tX\tY\tmag\n7\t10.5\t20.25\t1\n8\t30\t40\t2\n",
        "y x ID\n20.25 10.5 7\n40 30 8\n",
        "NUMBER X_IMAGE Y_IMAGE\n7 10.5 20.25\n8 30 40\n",
        "# id x y\n7 10.5 20.25\n8 30 40\n",
        "# made by hand\n#\n#id, x, y\n7,10.5,20.25\n8,30,40\n",
        "id;x;y\n7;10.5;20.25\n8;30;40\n",
        "| id | x    | y     |\n| 7  | 10.5 | 20.25 |\n| 8  | 30   | 40    |\n",
        "id|x|y\n7|10.5|20.25\n8|30|40\n",
        " id    x     y\n--- ----- -----\n  7  10.5 20.25\n  8  30    40\n",
        "#Table\n\nid\tx\ty\n\tpix\tpix\n---\t---\t---\n7\t10.5\t20."
        "25\n8\t30\t40\n", // VizieR
        "\\comment\n|id |x     |y    |\n|int|double|double|\n 7   10.5   20.25\n 8 "
        "  30    "
        "40\n", // IPAC
        "#   1 NUMBER                 Running object number\n"
        "#   2 MAG_APER               Fixed aperture magnitude vector            "
        "[mag]\n"
        "#   5 X_IMAGE                Object position along x                    "
        "[pixel]\n"
        "#   6 Y_IMAGE                Object position along y                    "
        "[pixel]\n"
        "         7  -9.1 -9.2 -9.3   10.5000    20.2500\n"
        "         8  -9.1 -9.2 -9.3   30.0000    40.0000\n", // SExtractor
                                                             // ASCII_HEAD
        "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - {name: id, "
        "datatype: int64}\n"
        "# - {name: x, unit: pix, datatype: float64}\n# schema: astropy-2.0\n"
        "id,x,y\n7,10.5,20.25\n8,30,40\n",
        "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: id, datatype: int64}\nid x y\n"
        "7 10.5 20.25\n8 30 40\n",
        "id,X [pix],Y (pixel)\n7,1.05D1,2.025e+01\n8,30,40\n",
        "id,note,x,y\n7,\"a, \"\"b\"\"\nc\",10.5,20.25\n8,,30,40\n",
        "id,xcentroid,ycentroid\n7,9.5,19.25\n8,29,39\n", // photutils counts from 0
        "id xcenter ycenter aperture_sum\n7 9.5 19.25 1\n8 29 39 2\n",
        "id,thresh,npix,tnpix,x,y\n7,1,2,3,9.5,19.25\n8,1,2,3,29,39\n", // SEP
        "7,10.5,20.25,,\n8,30,40,,\n",
        "col1 col2 col3\n7 10.5 20.25\n8 30 40\n",
        "# (1) ID of the source\n#   1 LIKELY [704]\n#   3 SECURE\n# (2) Y "
        "(pixel)\n# (3) X\n"
        "# (1)\t(2)  (3)\n7 20.25 10.5\n8 40 30\n",
        "# 1. y pixel\n# 2. x pixel\n# 3. name\n20.25 10.5 7\n40 30 8\n",
        "#col1 = id\n#col2 = y\n#col3 = x\n# 1 certain\n# 2 "
        "likely\n7,20.25,10.5\n8,40,30\n",
        "# id y x\n# - pixel pixel\n#-----\n7 20.25 10.5\n8 40 30\n",
        "#K FWHMPSF = 2.5 scaleunit %-23.7g\n#\n#N XCENTER   YCENTER   MAG      ID "
        "        \\\n"
        "#U pixels    pixels    #        #           \\\n#F %-13.3f   %-10.3f   "
        "%-9.3f   %-6d  \\\n"
        "#\n   10.5      20.25     -1.5     7     \n   30        40        INDEF   "
        " 8 \n", // DAOFIND
        "#N IMAGE   XINIT  YINIT  ID  \\\n#U imagename pixels pixels ## \\\n#\n"
        "#N XCENTER  YCENTER  CERROR \\\n#U pixels pixels cerrors \\\n"
        "#N RAPERT SUM MAG PERROR \\\n#U scale counts mag perrors\n"
        "a.fits 11. 21. 7 \\\n  10.5 20.25 NoError \\\n 3.0 99.5 21.5 NoError *\\\n"
        " 5.0 199.5 20.5 NoError *\n"
        "a.fits 31. 41. 8 \\\n  30 40 BigShift \\\n 3.0 99.5 INDEF NoError *\\\n"
        " 5.0 199.5 20.5 NoError *\n", // PHOT with two apertures
        " NL    NX    NY  LOWBAD HIGHBAD  THRESH     AP1  PH/ADU  RNOISE\n"
        "  1  2048  4096   -46.6 32000.0   20.00    3.00    1.60    4.00\n\n"
        "      7   10.50   20.25   14.553    2\n      8   30.00   40.00   15.1     "
        " 3\n", // DAOPHOT
        " NL    NX    NY  LOWBAD\n  2  2048  4096   -46.6\n\n\n"
        "      7   10.50   20.25   14.553\n      24.5 3.1 0.1 0.004\n\n"
        "      8   30.00   40.00   15.100\n      24.5 3.1 0.1 0.005\n",
        "Title: A list\nTable: 1\n========================\nByte-by-byte "
        "Description of file: t\n"
        "------------------------\n   Bytes Format Units Label Explanations\n"
        "------------------------\n   1-  2 A2 --- ID Name\n   4-  7 F4.1 pix x  ? "
        "Column of\n"
        "                    the image\n   8- 13 F6.2 pix y  Its row\n      15 A1 "
        "--- c ?\n"
        "------------------------\nNote (1): 1-2 I2 is "
        "none.\n------------------------\n"
        " 7 10.5 20.25 A\n 8 30   40.00\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        SourceList *list = read_text(texts[i]);
        assert_int_equal(list->n, 2);
        expect_xy(list, 0, "7", 10.5, 20.25);
        expect_xy(list, 1, "8", 30.0, 40.0);
        assert_int_equal(list->roles.zero_based, i >= 17 && i <= 19);
        source_list_free(list);
    }
}

static void test_sky_positions(void **state)
{
    (void)state;
    // Each puts its first source at 24.174170833 +15.80825.
    static const char *const texts[] = {
        "id,ra,dec\na,24.174170833333335,15.80825\n",
        "RAJ2000\tDEJ2000\n\"h:m:s\"\t\"d:m:s\"\n-----\t-----\n01 36 41.801\t+15 48 29.70\n",
        "id ALPHA_J2000 DELTA_J2000\na 24.174170833333335 15.80825\n",
        "RA,DEC\n01:36:41.801,+15:48:29.7\n",
        "name,ra,dec\nx,1h36m41.801s,15d48m29.7s\n",
        "name,ra,dec\nx,24.174170833333335d,15.80825d\n",
        "01:36:41.801 +15:48:29.7\n",
        "a 01:36:41.801 +15:48:29.7\n",
        "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: ra, unit: hourangle, datatype: float64}\n"
        "# - {name: dec, unit: deg, datatype: float64}\nra dec\n1.6116113888888889 15.80825\n",
        "sky_centroid.ra,sky_centroid.dec\n24.174170833333335,15.80825\n",
        "ra,dec,x,y\n24.174170833333335,15.80825,1,2\n",
        "# Byte-by-byte Description of file: t\n# ------------\n#  1-  4 A4 --- Name Galaxy\n"
        "#  6- 14 F9.6 deg RAdeg Right ascension\n# 16- 24 F9.6 deg DEdeg Declination\n# -------\n"
        "# Note\n# -------\nAb c 24.174171 15.808250\n",
        "   1-  4 A4 --- Name Galaxy\n   6-  7 I2 h RAh Hour\n   9- 10 I2 min RAm Minute\n"
        "  12- 17 F6.3 s RAs Second\n      19 A1 --- DE- Sign\n  20- 21 I2 deg DEd Degree\n"
        "  23- 24 I2 arcmin DEm Minute\n  26- 29 F4.1 arcsec DEs Second\n---------\n"
        "Ab c 01 36 41.801 +15 48 29.7\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        SourceList *list = read_text(texts[i]);
        assert_true(list->sources[0].has_sky);
        assert_float_equal(list->sources[0].ra, 24.174170833333335, i == 11 ? 2e-7 : 1e-9);
        assert_float_equal(list->sources[0].dec, 15.80825, 1e-9);
        assert_int_equal(list->sources[0].has_xy, i == 10);
        source_list_free(list);
    }
}

static void test_unknown_positions_are_kept(void **state)
{
    (void)state;
    SourceList *list = read_text("id,x,y,ra,dec\na,,,1,2\nb,nan,5,1,99\nc,INDEF,--,null,\n");
    assert_int_equal(list->n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_false(list->sources[i].has_xy);
        assert_int_equal(list->sources[i].has_sky, i == 0);
    }
    source_list_free(list);
}

static void test_identifiers(void **state)
{
    (void)state;
    SourceList *list = read_text("id,x,y\na,1,2\n,3,4\na,5,6\n\"a\",7,8\n\xc3\xa9,9,10\n");
    assert_int_equal(list->n_repeated_ids, 2);
    assert_string_equal(list->sources[1].id, "2");
    assert_string_equal(list->sources[4].id, "\xc3\xa9");
    source_list_free(list);
}

static void test_encodings(void **state)
{
    (void)state;
    static const unsigned char little[] =
        "\xff\xfe"
        "i\0d\0,\0x\0,\0y\0\n\0\xe9\0,\0001\0,\0002\0\n";
    static const unsigned char big[] = "\xfe\xff\0i\0d\0,\0x\0,\0y\0\n\0\xe9\0,\0001\0,\0002\0\n";
    static const unsigned char latin1[] = "id,x,y\n\xe9,1,2\n";
    static const unsigned char utf8[] = "\xef\xbb\xbfid,x,y\n\xc3\xa9,1,2\n";
    const struct {
        const unsigned char *bytes;
        size_t size;
    } files[] = {{little, sizeof little},
                 {big, sizeof big - 1},
                 {latin1, sizeof latin1 - 1},
                 {utf8, sizeof utf8 - 1}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *path = scratch_write("encoded.csv", files[i].bytes, files[i].size);
        SourceList *list;
        Error error = {0};
        if (source_list_read(path, &list, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_int_equal(list->n, 1);
        expect_xy(list, 0, "\xc3\xa9", 1.0, 2.0);
        source_list_free(list);
        free(path);
    }
    expect_error("a\0b", 3, "is neither text nor FITS");
}

static void test_bad_tables(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", "holds no sources"},
        {"\n# nothing\n\n", "holds no sources"},
        {"id,x,y\n", "has a header but no sources"},
        {"id,x,y\n1,2,3\n2,ten,4\n", "line 3, column 2 (x): \"ten\" is not a number"},
        {"1 2 3\n# note\n\n2 4 five\n", "line 4, column 3: \"five\" is not a number"},
        {"id,ra,dec\n1,12,north\n", "line 2, column 3 (dec): \"north\""},
        {"id,x,y\n1,0x10,3\n", "column 2 (x): \"0x10\""},
        {"id,x,y\n1,inf,3\n", "column 2 (x): \"inf\""},
        {"id,x,y\n1,2,3\n2,3\n", "line 3: 2 values where the header names 3"},
        {"id,x,y\n1,2,3\n2,3,4,5\n", "line 3: 4 values where the header names 3"},
        {"1 2 3\n2 3\n", "line 2: 2 values where the first row has 3"},
        {"id,x,y\n\"1,2,3\n", "line 2: a quote"},
        {"id,mag\n1,2\n", "no columns for x and y, or ra and dec, among id mag"},
        {"id,x,mag\n1,2,3\n", "no columns for x and y"},
        {"17\n18\n", "no columns for x and y"},
        {"id,x,y\n1,2,1 2\n", "\"1 2\" is not a number"},
        {"id,ra,dec\n1,15d30m,2h\n", "\"2h\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_error(bad[i].text, strlen(bad[i].text), bad[i].says);
}

static void test_line_numbers(void **state)
{
    (void)state;
    // Counted in the file: comments, blank lines, CRLF and line ends inside quotes.
    static const char text[] = "# a\r\nid,n,x,y\r\n\r\n1,\"a\r\nb\",1,2\r\n2,c,x,2\r\n";
    expect_error(text, sizeof text - 1, "line 6, column 3");
}

static void test_missing_files(void **state)
{
    (void)state;
    SourceList *list;
    Error error = {0};
    assert_int_equal(source_list_read("/nowhere/a.csv", &list, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "/nowhere/a.csv: cannot open"));
    assert_int_equal(source_list_read("/tmp", &list, &error), STATUS_BAD_INPUT);
    assert_non_null(strstr(error.text, "is a directory"));
}

static void test_chosen_columns(void **state)
{
    (void)state;
    char *path = scratch_write("chosen.csv", "a,b,x,y\n1,2,3,4\n", 16);
    SourceList *list;
    Error error = {0};
    SourceColumns columns = {.column = {[ROLE_X] = "A", [ROLE_Y] = "2"}, .zero_based = true};
    assert_int_equal(source_list_read_columns(path, &columns, &list, &error), STATUS_OK);
    expect_xy(list, 0, "1", 2.0, 3.0);
    source_list_free(list);
    columns = (SourceColumns){.column = {[ROLE_X] = "nosuch", [ROLE_Y] = "b"}};
    assert_int_equal(source_list_read_columns(path, &columns, &list, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "has no column nosuch"));
    free(path);
    path = scratch_write("chosen.reg", "image;point(1,2)\n", 17);
    assert_int_equal(source_list_read_columns(path, &columns, &list, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "has no columns"));
    free(path);
}

static void test_regions(void **state)
{
    (void)state;
    SourceList *list = read_text(
        "image\ncircle(10,20,3) # text={a}\n-box(1,2,3,4,0)\n"
        "icrs;point(12,-3)\nphysical;point(5,6)\nlinear;point(7,8)\n");
    assert_int_equal(list->n, 5);
    expect_xy(list, 0, "a", 10.0, 20.0);
    expect_xy(list, 1, "2", 1.0, 2.0);
    assert_true(list->sources[1].excluded);
    expect_sky(list, 2, 12.0, -3.0);
    assert_false(list->sources[2].has_xy);
    expect_xy(list, 3, "4", 5.0, 6.0);
    assert_false(list->sources[4].has_xy || list->sources[4].has_sky);
    assert_non_null(list->regions);
    source_list_free(list);
    Error error = {0};
    assert_int_equal(source_list_from_regions("image;point(3,4)", &list, &error), STATUS_OK);
    expect_xy(list, 0, "1", 3.0, 4.0);
    source_list_free(list);
}

// DS9 saved both from an image with LTV1 = -10 and LTV2 = -20.
static void test_physical_regions(void **state)
{
    (void)state;
    SourceList *image, *physical;
    Error error = {0};
    assert_int_equal(source_list_read("tests/unit/data/regions/ds9_image.reg", &image, &error),
                     STATUS_OK);
    assert_int_equal(
        source_list_read("tests/unit/data/regions/ds9_physical.reg", &physical, &error), STATUS_OK);
    assert_int_equal(physical->n, image->n);
    const Physical shifted = {{1.0, 0.0, 0.0, 1.0, -10.0, -20.0}};
    for (int times = 0; times < 2; times++) {
        source_list_place_physical(physical, &shifted);
        source_list_place_physical(image, &shifted); // which they do not concern
        for (size_t i = 0; i < image->n; i++) {
            assert_float_equal(physical->sources[i].x, image->sources[i].x, 1e-6);
            assert_float_equal(physical->sources[i].y, image->sources[i].y, 1e-6);
        }
    }
    assert_true(image->sources[0].x == 100.0);
    source_list_free(image);
    source_list_free(physical);
}

static void test_positions(void **state)
{
    (void)state;
    const double x[] = {1.5, NAN}, y[] = {2.5, 3.0};
    const char *const ids[] = {"p", "p"};
    SourceList *list;
    Error error = {0};
    assert_int_equal(source_list_from_positions(x, y, NULL, 2, &list, &error), STATUS_OK);
    expect_xy(list, 0, "1", 1.5, 2.5);
    assert_false(list->sources[1].has_xy);
    assert_int_equal(list->n_repeated_ids, 0);
    source_list_free(list);
    assert_int_equal(source_list_from_positions(x, y, ids, 2, &list, &error), STATUS_OK);
    assert_int_equal(list->n_repeated_ids, 1);
    source_list_free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legus_catalogue),
        cmocka_unit_test(test_headerless),
        cmocka_unit_test(test_two_columns_are_x_and_y),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_sky_positions),
        cmocka_unit_test(test_unknown_positions_are_kept),
        cmocka_unit_test(test_identifiers),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_bad_tables),
        cmocka_unit_test(test_line_numbers),
        cmocka_unit_test(test_missing_files),
        cmocka_unit_test(test_chosen_columns),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_physical_regions),
        cmocka_unit_test(test_positions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
