// Results in every format, and files that appear whole or not at all.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <dirent.h>
#include <fitsio.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "result/result_write.h"
#include "sky/cutout/cutout.h"
#include "sky/region/region.h"
#include "sky/table/table.h"
#include "unit/scratch.h"

// Three sources: class 2; class 1 with care; not classified and without pixels.
static const char *const class_names[] = {"cluster", "not \"one\"", "\xc3\xa9toile"};
static const char *const ids[] = {"7", "a, \"b\"\n\xc3\xa9", "last one"};

static SourceList *three_sources(void)
{
    const double x[] = {3006.141, 0.1, NAN}, y[] = {5901.0, 1234567.125, NAN};
    SourceList *list;
    Error error;
    assert_int_equal(source_list_from_positions(x, y, ids, 3, &list, &error), STATUS_OK);
    list->sources[2].has_sky = true;
    list->sources[2].ra = 65.0034;
    list->sources[2].dec = -54.90707;
    return list;
}

static Result *three_results(SourceList *list)
{
    Result *result;
    Error error;
    assert_int_equal(result_new(list, 3, class_names, &result, &error), STATUS_OK);
    const float scores[] = {0.25f, 0.7f, 0.05f, 0.5f, 0.1f, 0.4f};
    memcpy(result->scores, scores, sizeof scores);
    result->classes[0] = 2;
    result->classes[1] = 1;
    result->flags[1] = SOURCE_FLAG_MISSING_FILLED;
    result->flags[2] = SOURCE_FLAG_BORDER;
    assert_int_equal(result_note(result, "model", "starcnet", &error), STATUS_OK);
    assert_int_equal(result_note(result, "image", "a\"b\\\n\xc3\xa9.fits", &error), STATUS_OK);
    return result;
}

// Writes the three results to `name` and gives the file's text; free().
static char *written(const char *name, const ResultStyle *style, const char *galaxy)
{
    SourceList *list = three_sources();
    Result *result = three_results(list);
    char *path = scratch_path(name);
    Error error = {0};
    if (result_write(result, path, style, galaxy, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    size_t size;
    char *text = scratch_read(path, &size);
    assert_non_null(text);
    free(path);
    result_free(result);
    source_list_free(list);
    return text;
}

static void expect_written(const char *name, const char *expected)
{
    char *text = written(name, NULL, "m 51, north");
    assert_string_equal(text, expected);
    free(text);
}

static void test_csv(void **state)
{
    (void)state;
    expect_written("a.csv",
                   "id,x,y,ra,dec,class,score,score_1,score_2,score_3,flag\n"
                   "7,3006.141,5901,,,2,0.7,0.25,0.7,0.05,\n"
                   "\"a, \"\"b\"\"\n\xc3\xa9\",0.1,1234567.125,,,1,0.5,0.5,0.1,0.4,"
                   "missing_filled\n"
                   "last one,,,65.0034,-54.90707,0,,,,,border\n");
}

static void test_ecsv(void **state)
{
    (void)state;
    expect_written(
        "a.ECSV",
        "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n"
        "# - {name: id, datatype: string, description: as given}\n"
        "# - {name: x, unit: pixel, datatype: float64, description: \"1-based\"}\n"
        "# - {name: y, unit: pixel, datatype: float64, description: \"1-based\"}\n"
        "# - {name: ra, unit: deg, datatype: float64, description: ICRS}\n"
        "# - {name: dec, unit: deg, datatype: float64, description: ICRS}\n"
        "# - {name: class, datatype: int16, description: \"0 where not classified\"}\n"
        "# - {name: score, datatype: float32, description: of that class}\n"
        "# - {name: score_1, datatype: float32, description: cluster}\n"
        "# - {name: score_2, datatype: float32, description: \"not \\\"one\\\"\"}\n"
        "# - {name: score_3, datatype: float32, description: \"\xc3\xa9toile\"}\n"
        "# - {name: flag, datatype: string, description: empty where all is well}\n"
        "# meta: !!omap\n# - classes:\n#   - cluster\n#   - \"not \\\"one\\\"\"\n"
        "#   - \"\xc3\xa9toile\"\n# - looks:\n#   - \"white #bbbbbb x\"\n"
        "#   - \"red #d55e00 circle\"\n#   - \"green #009e73 diamond\"\n"
        "#   - \"blue #56b4e9 box\"\n# - skyclass: !!omap\n#   - writer: " SKYCLASS_VERSION
        "\n"
        "#   - model: starcnet\n#   - image: \"a\\\"b\\\\\\x0a\xc3\xa9.fits\"\n"
        "# schema: astropy-2.0\n"
        "id,x,y,ra,dec,class,score,score_1,score_2,score_3,flag\n"
        "\"7\",3006.141,5901,nan,nan,2,0.7,0.25,0.7,0.05,\"\"\n"
        "\"a, \"\"b\"\"\n\xc3\xa9\",0.1,1234567.125,nan,nan,1,0.5,0.5,0.1,0.4,\"missing_filled\"\n"
        "\"last one\",nan,nan,65.0034,-54.90707,0,nan,nan,nan,nan,\"border\"\n");
}

// gperezs/StarcNet, src/preds2output.py: whole pixels, tabs, scores to two digits.
static void test_starcnet_formats(void **state)
{
    (void)state;
    expect_written("m51.tab",
                   "7\t3006\t5901\t2\t[0.25 - 0.70 - 0.05]\n"
                   "a, \"b\" \xc3\xa9\t0\t1234567\t1\t[0.50 - 0.10 - 0.40]\n"
                   "last one\tnan\tnan\t0\t[nan - nan - nan]\n");
    expect_written("predictions.csv",
                   "Galaxy,Id,X,Y,Prediction\n"
                   "\"m 51, north\",7,3006,5901,2\n"
                   "\"m 51, north\",\"a, \"\"b\"\"\n\xc3\xa9\",0,1234567,1\n"
                   "\"m 51, north\",last one,nan,nan,0\n");
}

static void test_galaxy_from_the_file_name(void **state)
{
    (void)state;
    static const char *const paths[][2] = {
        {"/data/hlsp_legus_hst_wfc3_ngc1566_multiband_v1.tab", "ngc1566"},
        {"m83.reg", "m83"},
        {"dir.d/list", "list"},
    };
    char *path = scratch_path("predictions.csv");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        SourceList *list = three_sources();
        free(list->path);
        list->path = strdup(paths[i][0]);
        Result *result = three_results(list);
        Error error = {0};
        assert_int_equal(result_write(result, path, NULL, "", &error), STATUS_OK);
        size_t size;
        char *text = scratch_read(path, &size), expected[64];
        snprintf(expected, sizeof expected, "\n%s,7,3006,", paths[i][1]);
        assert_non_null(strstr(text, expected));
        free(text);
        result_free(result);
        source_list_free(list);
    }
    free(path);
}

static void test_points(void **state)
{
    (void)state;
    ResultStyle style = {.palette = PALETTE_SAFE, .score_text = true};
    char *text = written("a.reg", &style, "");
    assert_string_equal(
        text,
        "# Region file format: DS9 version 4.1\n# skyclass: model = starcnet\n"
        "# skyclass: image = a\"b\\ \xc3\xa9.fits\n"
        "image;point(3006.141,5901) # color=#009e73 point=diamond text={0.70} "
        "tag={skyclass} tag={class 2} tag={id 7}\n"
        "image;point(0.1,1234567.125) # color=#d55e00 point=circle text={0.50} "
        "tag={skyclass} tag={class 1} tag={flag missing_filled} tag={id a, \"b\" \xc3\xa9}\n"
        "icrs;point(65.0034,-54.90707) # color=#bbbbbb point=x tag={skyclass} tag={class 0} "
        "tag={flag border} tag={id last one}\n");
    free(text);
}

static void test_source_without_any_position(void **state)
{
    (void)state;
    const double nowhere = NAN;
    SourceList *list;
    Result *result;
    Error error;
    ResultStyle style = {.palette = PALETTE_STARCNET};
    assert_int_equal(source_list_from_positions(&nowhere, &nowhere, ids, 1, &list, &error),
                     STATUS_OK);
    assert_int_equal(result_new(list, 3, class_names, &result, &error), STATUS_OK);
    char *text;
    assert_int_equal(result_region_text(result, 0, 1, &style, &text, &error), STATUS_OK);
    assert_string_equal(text, "# skyclass: no position for 7\n");
    free(text);
    result_free(result);
    source_list_free(list);
}

static void test_regions_come_back(void **state)
{
    (void)state;
    SourceList *list;
    Result *result;
    Error error = {0};
    assert_int_equal(source_list_from_regions("global width=2\nfk5\ncircle(1:2:3,4:5:6,2\") # "
                                              "text={A}\n-box(1,2,3,4,0)\n",
                                              &list, &error),
                     STATUS_OK);
    assert_int_equal(result_new(list, 3, class_names, &result, &error), STATUS_OK);
    result->classes[0] = 3;
    result->flags[1] = SOURCE_FLAG_EXCLUDED;
    char *path = scratch_path("regions.reg");
    assert_int_equal(result_write(result, path, NULL, "", &error), STATUS_OK);
    size_t size;
    char *text = scratch_read(path, &size);
    assert_string_equal(text,
                        "global width=2\nfk5\ncircle(1:2:3,4:5:6,2\") # color=blue text={A} "
                        "tag={skyclass} tag={class 3}\n"
                        "-box(1,2,3,4,0) # color=white tag={skyclass} tag={class 0} "
                        "tag={flag excluded}\n");
    free(text);
    ResultStyle style = {.palette = PALETTE_STARCNET};
    assert_int_equal(result_region_text(result, 1, 1, &style, &text, &error), STATUS_OK);
    assert_string_equal(text,
                        "global width=2\nfk5;-box(1,2,3,4,0) # color=white tag={skyclass} "
                        "tag={class 0} tag={flag excluded}\n");
    free(text);
    free(path);
    result_free(result);
    source_list_free(list);
}

static void test_colours_and_shapes(void **state)
{
    (void)state;
    static const char *const starcnet[] = {"white", "red", "green", "blue", "yellow"};
    for (size_t class = 0; class < 5; class ++)
        assert_string_equal(class_look_default(class).colour, starcnet[class]);
    for (size_t class = 1; class <= 16; class ++) {
        const ClassLook look = class_look_default(class);
        assert_int_equal(look.safe_colour[0], '#');
        assert_string_not_equal(look.colour, "white");
        for (size_t other = 1; other < class && class <= 6; other++) {
            assert_string_not_equal(look.shape, class_look_default(other).shape);
            assert_string_not_equal(look.safe_colour, class_look_default(other).safe_colour);
        }
    }
}

static const Recipe three_recipe = {
    .n_classes = 3,
    .classes = {{"cluster", {"cyan", "", "boxcircle"}}, {.name = "pair"}, {.name = "star"}},
    .n_views = 1,
    .views = {{"12|3", {1, 1, 2}}},
};

static void test_regions_look_as_the_recipe_says(void **state)
{
    (void)state;
    SourceList *list = three_sources();
    Result *result;
    Error error;
    char *text;
    const ResultStyle style = {.palette = PALETTE_STARCNET}, safe = {.palette = PALETTE_SAFE};
    assert_int_equal(result_new_for(list, &three_recipe, &result, &error), STATUS_OK);
    result->classes[0] = 1;
    assert_int_equal(result_region_text(result, 0, 1, &style, &text, &error), STATUS_OK);
    assert_non_null(strstr(text, "color=cyan"));
    assert_non_null(strstr(text, "point=boxcircle"));
    free(text);
    // What the recipe leaves out is StarcNet's.
    assert_int_equal(result_region_text(result, 0, 1, &safe, &text, &error), STATUS_OK);
    assert_non_null(strstr(text, "color=#d55e00"));
    free(text);
    result_free(result);
    source_list_free(list);
}

static void test_what_members_say_is_in_columns_and_is_joined(void **state)
{
    (void)state;
    SourceList *list = three_sources();
    // Two members of four for class 2, one for each of the others.
    static const float members[4][3] = {
        {0.6f, 0.3f, 0.1f}, {0.2f, 0.7f, 0.1f}, {0.1f, 0.8f, 0.1f}, {0.3f, 0.2f, 0.5f}};
    Result *results[2];
    Error error;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(result_new_for(list, &three_recipe, &results[i], &error), STATUS_OK);
        assert_int_equal(result_add_members(results[i], 4, &error), STATUS_OK);
        results[i]->classes[0] = 2;
        for (size_t k = 0; k < 3; k++)
            results[i]->scores[k] =
                (members[0][k] + members[1][k] + members[2][k] + members[3][k]) / 4;
        memcpy(results[i]->members, members, sizeof members);
    }
    char *path = scratch_path("votes.csv");
    assert_int_equal(result_write_all((const Result *const *)results, 2, path, NULL, "", &error),
                     STATUS_OK);
    size_t size;
    char *text = scratch_read(path, &size);
    assert_non_null(strstr(text, "score_3,vote,quality,score_sd_1,score_sd_2,score_sd_3,flag\n"));
    const char *row = strstr(text, ",2,0.5,");
    assert_non_null(row);
    assert_non_null(strstr(row + 1, ",2,0.5,"));
    assert_float_equal(result_deviation(results[0], 0, 1), 0.2943920, 1e-6);
    assert_non_null(strstr(row, ",0.29439"));
    free(text);
    free(path);
    result_free(results[0]);
    result_free(results[1]);
    source_list_free(list);
}

static void test_a_view_merges_classes_and_adds_their_scores(void **state)
{
    (void)state;
    SourceList *list = three_sources();
    Result *result;
    Error error;
    assert_int_equal(result_new_for(list, &three_recipe, &result, &error), STATUS_OK);
    const float scores[] = {0.25f, 0.5f, 0.25f, 0.125f, 0.125f, 0.75f};
    memcpy(result->scores, scores, sizeof scores);
    result->classes[0] = 2;
    result->classes[1] = 3;
    assert_int_equal(result_group(result, &three_recipe, "12|3", &error), STATUS_OK);
    assert_int_equal(result->n_classes, 2);
    assert_int_equal(result->classes[0], 1);
    assert_int_equal(result->classes[1], 2);
    assert_int_equal(result->classes[2], 0);
    const float grouped[] = {0.75f, 0.25f, 0.25f, 0.75f};
    assert_memory_equal(result->scores, grouped, sizeof grouped);
    assert_true(isnan(result->scores[4]));
    assert_string_equal(result->class_names[0], "cluster or pair");
    assert_string_equal(result->class_names[1], "star");
    assert_string_equal(result->looks[1].colour, "cyan");
    assert_string_equal(result->looks[2].colour, "blue");
    assert_int_equal(result_group(result, &three_recipe, "12|3", &error), STATUS_USAGE);
    assert_int_equal(result_group(result, &three_recipe, "1|23", &error), STATUS_USAGE);
    assert_string_equal(error.text, "the model has no view \"1|23\"; it has 12|3");
    result_free(result);
    source_list_free(list);
}

static void test_fits(void **state)
{
    (void)state;
    free(written("a.fits", NULL, ""));
    char *path = scratch_path("a.fits");
    Table *table;
    Error error = {0};
    if (table_read(path, &table, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    static const char *const names[] = {"id",    "x",       "y",       "ra",      "dec", "class",
                                        "score", "score_1", "score_2", "score_3", "flag"};
    static const char *const cells[3][11] = {
        {"7", "3006.141", "5901", "nan", "nan", "2", "0.7", "0.25", "0.7", "0.05", ""},
        {"a, \"b\"\\u000a\\u00e9", "0.1", "1234567.125", "nan", "nan", "1", "0.5", "0.5", "0.1",
         "0.4", "missing_filled"},
        {"last one", "nan", "nan", "65.0034", "-54.90707", "0", "nan", "nan", "nan", "nan",
         "border"},
    };
    assert_int_equal(table_row_count(table), 3);
    assert_int_equal(table_column_count(table), 11);
    for (size_t k = 0; k < 11; k++) {
        assert_string_equal(table_column_name(table, k), names[k]);
        for (size_t i = 0; i < 3; i++) {
            char buffer[TABLE_CELL_SIZE];
            const char *cell = table_text(table, i, k, buffer);
            if (k >= 6 && k <= 9 && cells[i][k][0] != 'n') // single precision
                assert_true(strtof(cell, NULL) == strtof(cells[i][k], NULL));
            else
                assert_string_equal(cell, cells[i][k]);
        }
    }
    assert_string_equal(table_column_unit(table, 1), "pixel");
    assert_string_equal(table_column_unit(table, 3), "deg");
    table_free(table);

    fitsfile *fits;
    int code = 0, data_good = 0, header_good = 0;
    char value[FLEN_VALUE], card[FLEN_CARD];
    fits_open_diskfile(&fits, path, READONLY, &code);
    for (int hdu = 1; hdu <= 2; hdu++) {
        fits_movabs_hdu(fits, hdu, NULL, &code);
        fits_verify_chksum(fits, &data_good, &header_good, &code);
        assert_int_equal(data_good, 1);
        assert_int_equal(header_good, 1);
    }
    fits_read_key(fits, TSTRING, "CLASS3", value, NULL, &code);
    assert_string_equal(value, "\\u00e9toile");
    fits_read_card(fits, "HISTORY", card, &code);
    assert_string_equal(card, "HISTORY model = starcnet");
    fits_close_file(fits, &code);
    assert_int_equal(code, 0);
    free(path);
}

static void test_file_names_are_data(void **state)
{
    (void)state;
    static const char *const names[] = {"a b[1].fits",       "!a.fits",   "a|b.fits",
                                        "$(touch x).fits",   "(c).fits",  "mem:.fits",
                                        "\xc3\xa9\n'\".csv", "x;y&z.reg", "-.fits"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *text = written(names[i], NULL, "");
        assert_true(text[0] != '\0');
        free(text);
        char *path = scratch_path(names[i]);
        SourceList *list;
        Error error = {0};
        if (source_list_read(path, &list, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_int_equal(list->n, 3);
        source_list_free(list);
        free(path);
    }
}

static void test_unknown_ending(void **state)
{
    (void)state;
    SourceList *list = three_sources();
    Result *result = three_results(list);
    static const char *const names[] = {"a.txt", "a", ".csv", "csv", "a.fits.gz"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        Error error = {0};
        assert_int_equal(result_write(result, names[i], NULL, "", &error), STATUS_USAGE);
        assert_non_null(strstr(error.text, ".fits, .csv, .ecsv, .vot, .tab, .reg"));
    }
    result_free(result);
    source_list_free(list);
}

static size_t count_files(void)
{
    size_t n = 0;
    DIR *directory = opendir(scratch_directory());
    while (readdir(directory) != NULL)
        n++;
    closedir(directory);
    return n;
}

// Writes to `path` and expects an error that names it, an unchanged directory and `old` in the
// file.
static void expect_failure(const char *path, const char *says, const char *old)
{
    SourceList *list = three_sources();
    Result *result = three_results(list);
    Error error = {0};
    size_t n_files = count_files();
    assert_int_equal(result_write(result, path, NULL, "", &error), STATUS_OUTPUT);
    if (strstr(error.text, says) == NULL || strstr(error.text, "cannot write") == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, says);
    assert_int_equal(count_files(), n_files);
    if (old != NULL) {
        size_t size;
        char *text = scratch_read(path, &size);
        assert_string_equal(text, old);
        free(text);
    }
    result_free(result);
    source_list_free(list);
}

static void test_disk_full(void **state)
{
    (void)state;
    static const char *const names[] = {"old.csv", "old.fits", "old.ecsv", "old.reg"};
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit unlimited;
    getrlimit(RLIMIT_FSIZE, &unlimited);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = scratch_write(names[i], "old", 3);
        struct rlimit limit = {100, unlimited.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        expect_failure(path, "File too large", "old");
        setrlimit(RLIMIT_FSIZE, &unlimited);
        free(path);
    }
}

static void test_device(void **state)
{
    (void)state;
    char *path = scratch_path("full.csv");
    assert_int_equal(symlink("/dev/full", path), 0);
    expect_failure(path, "No space left", NULL);
    struct stat about;
    assert_int_equal(stat("/dev/full", &about), 0);
    assert_true(S_ISCHR(about.st_mode));
    free(path);
}

static void test_unwritable_places(void **state)
{
    (void)state;
    expect_failure("/nowhere/at/all/a.csv", "make its directory first", NULL);
    char *path = scratch_path("directory.csv");
    assert_int_equal(mkdir(path, 0700), 0);
    expect_failure(path, "Is a directory", NULL);
    rmdir(path);
    free(path);
    if (geteuid() == 0)
        return; // to root everything is writable
    path = scratch_write("protected.csv", "old", 3);
    chmod(path, 0400);
    expect_failure(path, "Permission denied", "old");
    free(path);
}

static void test_links_and_modes_stay(void **state)
{
    (void)state;
    char *path = scratch_write("target.csv", "old", 3), *link = scratch_path("link.csv");
    chmod(path, 0640);
    assert_int_equal(symlink("target.csv", link), 0);
    free(written("link.csv", NULL, ""));
    struct stat about;
    assert_int_equal(lstat(link, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(lstat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0640);
    assert_true(about.st_size > 3);
    free(path);
    free(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_ecsv),
        cmocka_unit_test(test_starcnet_formats),
        cmocka_unit_test(test_galaxy_from_the_file_name),
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_source_without_any_position),
        cmocka_unit_test(test_regions_come_back),
        cmocka_unit_test(test_colours_and_shapes),
        cmocka_unit_test(test_regions_look_as_the_recipe_says),
        cmocka_unit_test(test_what_members_say_is_in_columns_and_is_joined),
        cmocka_unit_test(test_a_view_merges_classes_and_adds_their_scores),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_file_names_are_data),
        cmocka_unit_test(test_unknown_ending),
        cmocka_unit_test(test_disk_full),
        cmocka_unit_test(test_device),
        cmocka_unit_test(test_unwritable_places),
        cmocka_unit_test(test_links_and_modes_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
