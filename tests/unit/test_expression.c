// Expressions on columns: values against what they mean, and words where they mean nothing.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/expression.h"

// The row that the tests look at: a = 3, b = 4, c missing, flag = "", name = "star", `odd name`
// = 7.
static ExpressionCell cell_of(const char *column)
{
    static const struct {
        const char *name;
        ExpressionCell cell;
    } row[] = {{"a", {3, "3"}},          {"b", {4, "4.0"}},       {"c", {NAN, ""}},
               {"flag", {NAN, ""}},      {"name", {NAN, "star"}}, {"odd name", {7, "7"}},
               {"NUMBER_1.x", {1, "1"}}, {"four", {4, "4"}}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (strcmp(row[i].name, column) == 0)
            return row[i].cell;
    fail_msg("no column %s", column);
    return row[0].cell;
}

static Expression *read_text(const char *text, ExpressionCell *cells)
{
    Expression *expression;
    Error error;
    if (expression_read(text, &expression, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < expression_column_count(expression); i++)
        cells[i] = cell_of(expression_column(expression, i));
    return expression;
}

static double number(const char *text)
{
    ExpressionCell cells[EXPRESSION_COLUMNS_MAX];
    Expression *expression = read_text(text, cells);
    double value = expression_number(expression, cells);
    expression_free(expression);
    return value;
}

static bool selects(const char *text)
{
    ExpressionCell cells[EXPRESSION_COLUMNS_MAX];
    Expression *expression = read_text(text, cells);
    bool value = expression_selects(expression, cells);
    expression_free(expression);
    return value;
}

static void numbers_are_computed_as_on_paper(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"a - b - 1", -2},
        {"12 / 2 / 3", 2},
        {"2 ^ 3 ^ 2", 512},
        {"2 ** -1", 0.5},
        {"-2 ^ 2", -4},
        {"- - a", 3},
        {"b - 5*log10(1e5*a)", 4 - 5 * 5.4771212547196626},
        {"sqrt(a^2 + b^2)", 5},
        {"hypot(a, b) + min(a, b) + max(a, b)", 12},
        {"`odd name` + NUMBER_1.x", 8},
        {"a < b", 1},
        {"1.5e1 + .5 + 1E-1", 15.6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (fabs(number(cases[i].text) - cases[i].value) > 1e-12)
            fail_msg("%s is %.17g", cases[i].text, number(cases[i].text));
}

static void what_has_no_number_is_missing(void **state)
{
    (void)state;
    static const char *const cases[] = {"c + 1", "log10(-1)", "name * 2", "min(a, c)", "-name"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(isnan(number(cases[i])));
}

static void rows_are_selected_by_comparisons(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "a < b and flag == ''",
        "name == \"star\" && a != 4",
        "not (a > b)",
        "! a > b || b >= 4",
        "b == four",
        "missing(c)",
        "c == flag",
        "name != 'galaxy'",
        "a <= 3 or c > 0",
        "name",
        "a == 3.0",
    };
    static const char *const no[] = {"c < 1", "c > 1", "c != flag", "flag",
                                     "a - 3", "c",     "name == a"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!selects(yes[i]))
            fail_msg("%s does not hold", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (selects(no[i]))
            fail_msg("%s holds", no[i]);
}

static void a_column_named_twice_is_asked_for_once(void **state)
{
    (void)state;
    ExpressionCell cells[EXPRESSION_COLUMNS_MAX];
    Expression *expression = read_text("a * a + b", cells);
    assert_int_equal(expression_column_count(expression), 2);
    assert_string_equal(expression_column(expression, 1), "b");
    expression_free(expression);
}

static void what_makes_no_sense_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "a value is missing at character 1"},
        {"a <", "a value is missing at character 4"},
        {"a < 21)", "something unexpected at character 7"},
        {"(a", "not closed at character 1"},
        {"a 5", "something unexpected at character 3"},
        {"system('x')", "a function that does not exist at character 1"},
        {"'star", "a quote that is not closed at character 1"},
        {"min(a)", "a missing , between two arguments at character 6"},
        {"1.2.3", "what is no number at character 1"},
        {"a = 3", "something unexpected at character 3"},
        {"1e999", "what is no number"},
        {"a; b", "something unexpected"},
        {"[exit]", "something unexpected at character 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Expression *expression;
        Error error = {0};
        assert_int_equal(expression_read(cases[i].text, &expression, &error), STATUS_USAGE);
        assert_null(expression);
        if (strstr(error.text, cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].text, error.text);
    }
}

// Neither the reader's recursion nor the stack of values overflows.
static void what_is_nested_without_end_is_refused(void **state)
{
    (void)state;
    static const char *const parts[] = {"(", "-", "not ", "1+(", "min(1,", "2^"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char text[4097] = "";
        while (strlen(text) + strlen(parts[i]) < sizeof text - 1)
            strcat(text, parts[i]);
        Expression *expression;
        Error error = {0};
        assert_int_equal(expression_read(text, &expression, &error), STATUS_USAGE);
        assert_null(expression);
    }
    ExpressionCell cells[1];
    char sum[4097] = "a";
    while (strlen(sum) < sizeof sum - 3)
        strcat(sum, "+1");
    Expression *expression = read_text(sum, cells);
    assert_true(expression_number(expression, cells) == 3 + 2047);
    expression_free(expression);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_computed_as_on_paper),
        cmocka_unit_test(what_has_no_number_is_missing),
        cmocka_unit_test(rows_are_selected_by_comparisons),
        cmocka_unit_test(a_column_named_twice_is_asked_for_once),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_its_place),
        cmocka_unit_test(what_is_nested_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
