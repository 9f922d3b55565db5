// Recipes as text, there and back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier/recipe_text.h"
#include "systems/system.h"

static void every_systems_recipe_reads_back_as_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < system_count(); i++) {
        Recipe back;
        Error error = {0};
        char *text, *again;
        assert_int_equal(recipe_text_write(&system_at(i)->recipe, &text, &error), STATUS_OK);
        if (recipe_text_read(text, &back, &error) != STATUS_OK)
            fail_msg("%s: %s", system_at(i)->name, error.text);
        assert_int_equal(recipe_text_write(&back, &again, &error), STATUS_OK);
        assert_string_equal(text, again);
        assert_memory_equal(&back.steps, &system_at(i)->recipe.steps, sizeof back.steps);
        assert_memory_equal(&back.views, &system_at(i)->recipe.views, sizeof back.views);
        assert_memory_equal(&back.decision, &system_at(i)->recipe.decision, sizeof back.decision);
        free(text);
        free(again);
    }
}

#define GOOD                                                                                       \
    "# stars or not\n\ncutout = 30  # pixels\r\n  band=R\nfilters = R r\nclass = nothing\nclass "  \
    "= star\n"                                                                                     \
    "colour = #ff0000\nstep = divide 255\nview = all 1 1\ndecision = threshold 2 0.5\n"

static void comments_blanks_and_defaults_are_understood(void **state)
{
    (void)state;
    Recipe recipe;
    Error error = {0};
    assert_int_equal(recipe_text_read(GOOD, &recipe, &error), STATUS_OK);
    assert_string_equal(recipe.system, "imported");
    assert_int_equal(recipe.cutout_size, 30);
    assert_string_equal(recipe.bands[0].filters, "R r");
    assert_string_equal(recipe.classes[1].look.colour, "#ff0000");
    assert_true(recipe.steps[0].kind == STEP_DIVIDE && recipe.steps[0].values[0] == 255);
    assert_true(recipe.decision.kind == DECISION_THRESHOLD && recipe.decision.class == 2);
}

static void a_wrong_line_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"cutout = 30\nfilters = R\n", "line 2: filters before the first band"},
        {"cutout = many\n", "line 1: cutout takes a whole number, not \"many\""},
        {"cutout\n", "line 1: \"cutout\" is not KEY = VALUE"},
        {"class =\n", "a class needs a name"},
        {"colours = red\n", "line 1: there is no \"colours\" in a recipe"},
        {GOOD "step = sharpen 3\n", "line 12: asks for the input step \"sharpen\""},
        {GOOD "view = x 1\n", "line 12: the view x groups 1 classes of 2"},
        {GOOD "decision = coin\n", "line 12: asks for the decision \"coin\""},
        {"cutout = 30\nband = R\nclass = one\n", "a model has 2 to 16 classes, not 1"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Recipe recipe;
        Error error = {0};
        assert_int_equal(recipe_text_read(wrong[i].text, &recipe, &error), STATUS_BAD_INPUT);
        if (strstr(error.text, wrong[i].words) == NULL)
            fail_msg("\"%s\" is not in: %s", wrong[i].words, error.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_systems_recipe_reads_back_as_it_was),
        cmocka_unit_test(comments_blanks_and_defaults_are_understood),
        cmocka_unit_test(a_wrong_line_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
