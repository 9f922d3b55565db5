// DS9 regions: what DS9 itself writes, what people write, and what is written back.
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

#include "sky/image/sky_wcs.h"
#include "sky/region/region.h"

#define DATA "tests/unit/data/regions/"

static RegionFile *parse(const char *text)
{
    RegionFile *file = NULL;
    Error error = {0};
    if (region_file_parse("a.reg", strdup(text), strlen(text), &file, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return file;
}

static RegionFile *read_data(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, DATA "%s.reg", name);
    RegionFile *file = NULL;
    Error error = {0};
    if (region_file_read(path, &file, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return file;
}

// The WCS of the image in make_ds9_regions.sh.
static SkyWcs *image_wcs(void)
{
    static const char *const cards[] = {
        "NAXIS   = 2",       "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRVAL1  = 24.174",
        "CRVAL2  = 15.7836", "CRPIX1  = 128.5",      "CRPIX2  = 100.25",     "CD1_1   = -9.9E-06",
        "CD1_2   = 3.3E-06", "CD2_1   = 3.3E-06",    "CD2_2   = 9.9E-06",    "RADESYS = 'ICRS'",
        "MJD-OBS = 51544.5",
    };
    enum { N = sizeof cards / sizeof cards[0] };
    char header[N * 80 + 1];
    for (int i = 0; i < N; i++)
        snprintf(header + 80 * i, 81, "%-80s", cards[i]);
    SkyWcs *wcs = NULL;
    Error error;
    assert_int_equal(sky_wcs_parse(header, N, &wcs, &error), STATUS_OK);
    assert_non_null(wcs);
    return wcs;
}

static void pixel(const SkyWcs *wcs, const Region *region, double *x, double *y)
{
    bool known;
    *x = region->x;
    *y = region->y;
    if (region->frame == REGION_SKY)
        assert_true(sky_wcs_to_pixel(wcs, region->ra, region->dec, x, y, &known, NULL) ==
                        STATUS_OK &&
                    known);
    else
        assert_true(region->frame != REGION_NOWHERE);
}

static void test_ds9_in_every_system(void **state)
{
    (void)state;
    static const char *const names[] = {
        "shapes",
        "ds9_fk4_degrees",
        "ds9_fk4_sexagesimal",
        "ds9_fk5_degrees",
        "ds9_fk5_sexagesimal",
        "ds9_icrs_degrees",
        "ds9_galactic_degrees",
        "ds9_galactic_sexagesimal",
        "ds9_icrs_sexagesimal",
        "ds9_ecliptic_degrees",
        "ds9_ecliptic_sexagesimal",
    };
    SkyWcs *wcs = image_wcs();
    RegionFile *image = read_data("ds9_image");
    assert_int_equal(region_file_count(image), 29);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        RegionFile *file = read_data(names[i]);
        assert_int_equal(region_file_count(file), 29);
        for (size_t k = 0; k < 29; k++) {
            const Region *a = region_file_at(image, k), *b = region_file_at(file, k);
            double x, y;
            pixel(wcs, b, &x, &y);
            // DS9 writes 0.001", 0.03 of these pixels, and rounds a polygon's corners singly. Its
            // FK4 goes by way of a proper motion (see test_sky_wcs.c).
            double tolerance = strstr(names[i], "fk4") != NULL ? 0.15 : 0.03;
            assert_float_equal(x, a->x, tolerance);
            assert_float_equal(y, a->y, tolerance);
            assert_string_equal(a->shape, b->shape);
            assert_string_equal(a->id, b->id);
            assert_int_equal(a->excluded, b->excluded);
        }
        region_file_free(file);
    }
    region_file_free(image);
    sky_wcs_free(wcs);
}

static void test_ds9_centres(void **state)
{
    (void)state;
    RegionFile *file = read_data("ds9_image");
    static const struct {
        const char *shape;
        double x, y;
    } expected[] = {
        {"circle", 100, 100},  {"circle", 50, 60},      {"annulus", 120, 80},
        {"ellipse", 60, 120},  {"ellipse", 60, 120},    {"box", 150, 150},
        {"box", 150, 150},     {"polygon", 20, 20},     {"line", 40, 65},
        {"vector", 90, 30},    {"text", 200, 50},       {"ruler", 60, 160},
        {"compass", 220, 160}, {"projection", 205, 30}, {"segment", 185, 98.75},
        {"panda", 100, 60},    {"epanda", 200, 100},    {"bpanda", 120, 180},
        {"panda", 40, 180},    {"point", 11, 21},       {"point", 12, 22},
        {"point", 13, 23},     {"point", 14, 24},       {"point", 15, 25},
        {"point", 16, 26},     {"point", 17, 27},       {"circle", 125, 130},
        {"point", 135, 130},   {"box", 130, 125},
    };
    assert_int_equal(region_file_count(file), sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < region_file_count(file); i++) {
        const Region *region = region_file_at(file, i);
        assert_string_equal(region->shape, expected[i].shape);
        assert_int_equal(region->frame, REGION_IMAGE);
        assert_true(region->x == expected[i].x && region->y == expected[i].y);
        assert_int_equal(region->excluded, i == 1);
        assert_int_equal(region->annotation, i >= 10 && i <= 12);
    }
    assert_string_equal(region_file_at(file, 0)->id, "A circle");
    assert_string_equal(region_file_at(file, 1)->id, "");
    assert_string_equal(region_file_at(file, 10)->id, "Some; text (x,y) # here");
    region_file_free(file);
}

static void test_ds9_other_formats(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        RegionFrame frame;
        size_t n;
        double x, y; // the second region, in image pixels or moved to physical ones
    } expected[] = {
        {"ds9_physical", REGION_PHYSICAL, 29, 60, 80},  {"ds9_strip", REGION_IMAGE, 26, 50, 60},
        {"ciao_image", REGION_PHYSICAL, 27, 60, 80},    {"ciao_fk5", REGION_SKY, 27, 50, 60},
        {"saotng_image", REGION_PHYSICAL, 17, 50, 60},  {"saotng_fk5", REGION_SKY, 17, 50, 60},
        {"saotng_fk5_degrees", REGION_SKY, 17, 50, 60}, {"pros_image", REGION_IMAGE, 21, 50, 60},
        {"pros_fk5", REGION_SKY, 21, 50, 60},           {"saoimage", REGION_PHYSICAL, 21, 50, 60},
    };
    SkyWcs *wcs = image_wcs();
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        RegionFile *file = read_data(expected[i].name);
        assert_int_equal(region_file_count(file), expected[i].n);
        const Region *region = region_file_at(file, 1);
        assert_int_equal(region->frame, expected[i].frame);
        double x, y;
        pixel(wcs, region, &x, &y);
        assert_float_equal(x, expected[i].x, 0.03);
        assert_float_equal(y, expected[i].y, 0.03);
        region_file_free(file);
    }
    sky_wcs_free(wcs);
}

// Everything that says "a region at pixel 10.5, 20".
static void test_ways_to_write_a_pixel(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "image\ncircle(10.5,20,3)",
        "image;circle 10.5 20 3",
        "image; circle 10.5, 20, 3",
        "IMAGE\n  Circle ( 10.5 , 20 , 3 )  ",
        "image\r\ncircle(10.5,20,3)\r\n",
        "image\rcircle(10.5,20,3)\r",
        "logical;circle(1.05e1 2.0E+1 3\")",
        "fk5;circle(10.5i,20i,3i)",
        "image # comment\ncircle(10.5,20,3)||",
        "# Region file format: DS9 version 4.1\n\n; ;image;point(10.5,20)",
        "image;x point 10.5 20",
        "image\nboxcircle point(10.5,20) # color=red",
        "image;+box(10.5,20,1,2)",
        "image;box(10.5,20,1',2p,30)",
        "image;annulus(10.5,20,1,2,n=4)",
        "image;text(10.5,20,{hello, (you)})",
        "image;text 10.5 20 \"hello\"",
        "image\n# text(10.5,20) text={hello}",
        "image\n#text 10.5 20 text={hello}",
        "image;ellipse(10.5,20,4,2,0) & !ellipse(10.5,20,2,1,0)",
        "image;rotbox(10.5,20,4,2,0)",
        "image;circle3d(10.5,20,4,2)",
        "image;pie(10.5,20,1,2,0,90)",
        "image;field()\ncircle(10.5,20,1)",
        "tile 2\nimage\nversion\ncircle(10.5,20,1)",
        "image;panda(10.5,20,0,90,1,1,2,1) # panda=(0 90)(1 2)\n"
        "panda(10.5,20,0,90,1,2,3,1) # panda=ignore",
        "image\n# composite(1,1,0) || composite=1\npoint(10.5,20) ||",
        "image;circle(10.5,20,3) # the ; circle(1,2,3) is part of this comment",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        RegionFile *file = parse(texts[i]);
        if (region_file_count(file) != 1)
            fail_msg("%zu regions in %s", region_file_count(file), texts[i]);
        const Region *region = region_file_at(file, 0);
        if (region->frame != REGION_IMAGE || region->x != 10.5 || region->y != 20.0)
            fail_msg("%s is at %g %g", texts[i], region->x, region->y);
        assert_false(region->excluded);
        region_file_free(file);
    }
}

// Everything that says "a region at 24.174170833 +15.80825".
static void test_ways_to_write_a_place(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "icrs;circle(24.174170833333335,15.80825,0.5\")",
        "icrs\nbox 01:36:41.801 +15:48:29.700 0.5\" 0.5\" # colour=yellow width=2",
        "icrs;circle(1h36m41.801s,+15d48m29.7s,1')",
        "icrs;circle(1H36M41.801S,15D48'29.7\",1')",
        "icrs;circle(24d10m27.015s,15d48m29.7s,0.1d)",
        "icrs;circle(24.174170833333335d,15.80825d,1)",
        "icrs;circle(0.421918874981248r,0.275906011478394r,1)",
        "wcs;icrs;point(24.174170833333335,15.80825)",
        "icrs\nwcs\npoint(24.174170833333335,15.80825)",
        "wcsa;icrs;polygon(24.17317083333,15.80825,24.175170833333,15.80825,24.174170833333,"
        "15.8082500)",
        "icrs;line(24.173170833333335,15.80725,24.175170833333335,15.80925)",
        "icrs;circle(-335.825829166666665,15.80825,3)",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        RegionFile *file = parse(texts[i]);
        const Region *region = region_file_at(file, 0);
        assert_int_equal(region->frame, REGION_SKY);
        if (fabs(region->ra - 24.174170833) > 1e-8 || fabs(region->dec - 15.80825) > 1e-8)
            fail_msg("%s is at %.9f %.9f", texts[i], region->ra, region->dec);
        region_file_free(file);
    }
}

static void test_systems(void **state)
{
    (void)state;
    // No system at all is physical; an angle in a pixel system is FK5; the others by their names.
    RegionFile *file = parse(
        "point(1,2)\nimage;point(1:00:00,2:00:00)\nfk5;point(15,2)\n"
        "detector;point(3,4)\nlinear;point(5,6)\nsupergalactic;point(7,8)\n"
        "amplifier;point(5p,6p)\nj2000;point(15,2)\nb1950;point(15,2)\n"
        "wcsq;point(15,2)\n");
    static const RegionFrame frames[] = {
        REGION_PHYSICAL, REGION_SKY,      REGION_SKY, REGION_DETECTOR, REGION_NOWHERE,
        REGION_NOWHERE,  REGION_PHYSICAL, REGION_SKY, REGION_SKY,      REGION_SKY};
    assert_int_equal(region_file_count(file), sizeof frames / sizeof frames[0]);
    for (size_t i = 0; i < region_file_count(file); i++)
        assert_int_equal(region_file_at(file, i)->frame, frames[i]);
    const Region *fk5 = region_file_at(file, 2);
    assert_true(region_file_at(file, 1)->ra == fk5->ra);
    assert_true(region_file_at(file, 7)->dec == fk5->dec);
    assert_float_equal(region_file_at(file, 8)->ra, 15.64, 0.02); // precession over 50 years
    region_file_free(file);
}

static void test_excluded(void **state)
{
    (void)state;
    RegionFile *file = parse(
        "-circle(1,2,3)\n!circle(1,2,3)\ncircle(1,2,3) # include=0\n"
        "# -text(1,2) text={x}\n+circle(1,2,3)\nglobal include=0\n"
        "circle(1,2,3)\n+circle(1,2,3)\ncircle(1,2,3) # include=1");
    static const bool expected[] = {true, true, true, true, false, true, false, false};
    assert_int_equal(region_file_count(file), 8);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(region_file_at(file, i)->excluded, expected[i]);
    region_file_free(file);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"image\ncircle(10,twenty,3)\n", "line 2: not a number"},
        {"image\n\n# x\nsquare(10,20,3)\n", "line 4: is neither"},
        {"image\ncircle(10,20,3", "line 2: the parenthesis is not closed"},
        {"image\npoint(10,2", "line 2: the parenthesis"},
        {"image\ncircle(10,20)", "line 2: the shape has the wrong number"},
        {"image\ncircle(10,20,3,4)", "line 2: the shape has the wrong number"},
        {"image\npolygon(1,2,3,4,5,6,7)", "line 2: a corner"},
        {"image\ncircle(1,2,3) and more", "line 2: nothing but #"},
        {"fk5\ncircle(1,91,3)", "line 2: the position"},
        {"fk5\ncircle(1\",2\",3)", "line 2: the position"},
        {"fk5\ncircle(1:60:00,2,3)", "line 2: not a number"},
        {"fk5\ncircle(1:2:3:4,2,3)", "line 2: not a number"},
        {"image\ncircle(0x10,2,3)", "line 2: not a number"},
        {"image\ncircle(nan,2,3)", "line 2: not a number"},
        {"image\ncircle(1e999,2,3)", "line 2: not a number"},
        {"image\ncircle(,,,)", "line 2: the shape has the wrong number"},
        {"image\n-\n", "line 2: is neither"},
        {"image\n", "holds no regions"},
        {"# Region file format: DS9 version 4.1\n", "holds no regions"},
        {"image;frobnicate \x1b[31m\"quoted\"", "frobnicate ?[31m\"quoted\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        RegionFile *file = NULL;
        Error error = {0};
        Status status =
            region_file_parse("a.reg", strdup(bad[i].text), strlen(bad[i].text), &file, &error);
        assert_int_equal(status, STATUS_BAD_INPUT);
        assert_null(file);
        if (strstr(error.text, bad[i].says) == NULL || strncmp(error.text, "a.reg", 5) != 0)
            fail_msg("\"%s\" does not say \"%s\"", error.text, bad[i].says);
    }
}

static void test_long_bad_line_is_cut(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'z', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    RegionFile *file;
    Error error = {0};
    assert_int_equal(region_file_parse("a.reg", strdup(text), strlen(text), &file, &error),
                     STATUS_BAD_INPUT);
    assert_true(strlen(error.text) < 200);
    assert_non_null(strstr(error.text, "zzz...\""));
}

static void test_which_text_is_regions(void **state)
{
    (void)state;
    static const char *const regions[] = {
        "circle(1,2,3)", "\n\n  fk5\n",        "# Region file format: DS9 version 4.1\n",
        "image;x",       "global color=red\n", "# note\n# text(1,2)\n",
        "-circle 1 2 3", "x point 1 2",        "wcsa;"};
    static const char *const others[] = {
        "id x y\n1 2 3\n",   "x y\n1 2\n", "image,x,y\na,1,2\n", "box x y\n", "1 2 3\n", "",
        "# id x y\n1 2 3\n", "circle\n",   "point x y",          "global\n1"};
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
        if (!region_text_looks_like(regions[i]))
            fail_msg("not taken for regions: %s", regions[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (region_text_looks_like(others[i]))
            fail_msg("taken for regions: %s", others[i]);
}

// Every region becomes class 2 with a flag; with a score when `context` is not NULL.
static void mark_all(void *context, size_t index, RegionMark *mark)
{
    (void)index;
    mark->colour = "green";
    mark->point = "diamond";
    mark->tags[0] = "skyclass";
    mark->tags[1] = "class 2";
    mark->tags[2] = context != NULL ? "flag resampled" : NULL;
    mark->text = context;
}

static char *write_all(const char *text, const char *score)
{
    RegionFile *file = parse(text);
    char *written;
    size_t size;
    FILE *stream = open_memstream(&written, &size);
    region_file_write(file, mark_all, (void *)(uintptr_t)score, stream);
    fclose(stream);
    region_file_free(file);
    return written;
}

static void expect_written(const char *text, const char *score, const char *expected)
{
    char *written = write_all(text, score);
    assert_string_equal(written, expected);
    free(written);
}

#define CLASS_2 " tag={skyclass} tag={class 2}"

static void test_writing_keeps_what_it_does_not_mark(void **state)
{
    (void)state;
    expect_written(
        "# a comment\r\n\r\nglobal color=red width=2\r\nfk5 # here\r\n"
        "circle( 1:02:03.40, -0:00:01 , 3.00\" )  # font=\"times 12\" select=0\r\n",
        NULL,
        "# a comment\r\n\r\nglobal color=red width=2\r\nfk5 # here\r\n"
        "circle( 1:02:03.40, -0:00:01 , 3.00\" ) # color=green font=\"times 12\" "
        "select=0" CLASS_2 "\r\n");
    expect_written("image;circle 1 2 3;-box 4 5 6 7 # color=blue;text(1,2)", NULL,
                   "image;circle 1 2 3 # color=green" CLASS_2 ";-box 4 5 6 7 # color=green" CLASS_2
                   ";text(1,2) # color=green" CLASS_2);
    // Of a region's own properties only the colour goes, in either spelling.
    expect_written("image;box 1 2 3 4 # colour=yellow width=2 tag={a} tag='b' tag=c", NULL,
                   "image;box 1 2 3 4 # color=green width=2 tag={a} tag='b' tag=c" CLASS_2);
    // DS9 stops reading at a property that it does not know.
    expect_written("image;circle 1 2 3 # mood=good width=3 my star", NULL,
                   "image;circle 1 2 3 # color=green width=3" CLASS_2 " mood=good my star");
    expect_written("image\n# vector(1,2,3,4) vector=1 color=red\n# text(1,2) text={a # b; c}", NULL,
                   "image\n# vector(1,2,3,4) vector=1 color=green" CLASS_2
                   "\n# text(1,2) color=green text={a # b; c}" CLASS_2);
    expect_written("image;circle(1,2,3) || box(1,2,3,4)", NULL,
                   "image;circle(1,2,3) || # color=green" CLASS_2
                   "; box(1,2,3,4) # color=green" CLASS_2);
    expect_written("image;circle(1,2,3)||box(1,2,3,4)", NULL,
                   "image;circle(1,2,3)|| # color=green" CLASS_2
                   ";box(1,2,3,4) # color=green" CLASS_2);
    expect_written("image\n# composite(1,1,0) || composite=1 color=red\npoint(1,2) ||\n", NULL,
                   "image\n# composite(1,1,0) || composite=1 color=red\n"
                   "point(1,2) || # color=green point=diamond" CLASS_2 "\n");
}

static void test_points_take_the_shape(void **state)
{
    (void)state;
    expect_written("image;point(1,2) # point=circle 15 width=2", NULL,
                   "image;point(1,2) # color=green point=diamond 15 width=2" CLASS_2);
    expect_written("image;-cross point 1 2", NULL,
                   "image;-point 1 2 # color=green point=diamond" CLASS_2);
}

static void test_marks_replace_earlier_marks(void **state)
{
    (void)state;
    // What stands before {skyclass} is the user's, and so is {class A} behind it.
    expect_written("image;circle 1 2 3 # tag={class 7} tag={skyclass} tag={class 1} tag={class A}",
                   NULL, "image;circle 1 2 3 # color=green tag={class 7} tag={class A}" CLASS_2);
    expect_written(
        "image;circle 1 2 3 # tag={class A} tag={skyclass} tag={class 1} "
        "tag={flag border} color=red",
        NULL, "image;circle 1 2 3 # tag={class A} color=green" CLASS_2);
    expect_written("image;circle 1 2 3 # tag={class 7}", NULL,
                   "image;circle 1 2 3 # color=green tag={class 7}" CLASS_2);
}

static void test_writing_again_changes_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"shapes",     "ds9_fk5_sexagesimal", "ds9_strip",
                                        "saotng_fk5", "pros_image",          "ciao_fk5"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        RegionFile *file = read_data(names[i]);
        char *once, *scored;
        size_t size;
        FILE *stream = open_memstream(&once, &size);
        region_file_write(file, mark_all, NULL, stream);
        fclose(stream);
        expect_written(once, NULL, once);
        scored = write_all(once, "0.93");
        expect_written(scored, "0.93", scored);
        expect_written(scored, NULL, once);
        free(once);
        free(scored);
        region_file_free(file);
    }
}

static void test_score_as_text(void **state)
{
    (void)state;
    expect_written("image;circle 1 2 3 # text={Mine}", "0.93",
                   "image;circle 1 2 3 # color=green text={0.93}" CLASS_2
                   " tag={flag resampled} tag={text Mine}");
    char *scored = write_all("image;circle 1 2 3 # text={Mine {a}}", "0.93");
    RegionFile *file = parse(scored);
    assert_string_equal(region_file_at(file, 0)->id, "Mine {a}");
    region_file_free(file);
    free(scored);
}

static void test_regions_that_stand_alone(void **state)
{
    (void)state;
    RegionFile *file = parse(
        "global width=3 font=\"times 10\"\nfk5\ncircle(1,2,3\")\n"
        "wcsa\npoint(3,4) # callback=move {exec touch PWNED} {x} width=2\n"
        "global color=red\nimage\ncircle(1,2,3) ||\n# text(1,2) text={a}\n");
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    region_file_write_some(file, 1, 3, mark_all, NULL, stream);
    fclose(stream);
    assert_string_equal(text,
                        "global width=3 font=\"times 10\"\n"
                        "wcsa;fk5;point(3,4) # color=green point=diamond width=2" CLASS_2
                        "\n"
                        "global color=red\n"
                        "wcsa;image;circle(1,2,3) # color=green" CLASS_2
                        "\n"
                        "wcsa;image;# text(1,2) color=green text={a}" CLASS_2 "\n");
    free(text);
    region_file_free(file);
}

static void test_points_of_our_own(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    RegionMark mark = {.colour = "red", .point = "circle", .tags = {"skyclass", "class 1"}};
    region_write_point("image", 3006.141, 0.1, &mark, "a", stream);
    region_write_point("icrs", 1.0, -2.0, &mark, "{}\"\n'", stream);
    fclose(stream);
    RegionFile *file = parse(text);
    assert_int_equal(region_file_count(file), 2);
    assert_true(region_file_at(file, 0)->x == 3006.141 && region_file_at(file, 0)->y == 0.1);
    assert_string_equal(region_file_at(file, 0)->id, "a");
    assert_string_equal(region_file_at(file, 1)->id, "()\" '");
    region_file_free(file);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ds9_in_every_system),
        cmocka_unit_test(test_ds9_centres),
        cmocka_unit_test(test_ds9_other_formats),
        cmocka_unit_test(test_ways_to_write_a_pixel),
        cmocka_unit_test(test_ways_to_write_a_place),
        cmocka_unit_test(test_systems),
        cmocka_unit_test(test_excluded),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_long_bad_line_is_cut),
        cmocka_unit_test(test_which_text_is_regions),
        cmocka_unit_test(test_writing_keeps_what_it_does_not_mark),
        cmocka_unit_test(test_points_take_the_shape),
        cmocka_unit_test(test_marks_replace_earlier_marks),
        cmocka_unit_test(test_writing_again_changes_nothing),
        cmocka_unit_test(test_score_as_text),
        cmocka_unit_test(test_regions_that_stand_alone),
        cmocka_unit_test(test_points_of_our_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
