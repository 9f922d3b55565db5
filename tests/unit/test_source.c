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

#include "sky/source.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legus_catalogue),
        cmocka_unit_test(test_headerless),
        cmocka_unit_test(test_two_columns_are_x_and_y),
    };
    (void)expect_error;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
