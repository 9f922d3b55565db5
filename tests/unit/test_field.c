// Members of structs by name.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/field.h"

typedef enum Kind { ROUND, SQUARE } Kind;

typedef struct Thing {
    char name[8];
    size_t count;
    uint64_t seed;
    double size, pair[2];
    bool good;
    Kind kind;
} Thing;

static const char *const kinds[] = {"round", "square", NULL};

static const Field fields[] = {
    FIELD_ARRAY("name", Thing, name, FIELD_TEXT),   FIELD("count", Thing, count, FIELD_COUNT),
    FIELD("seed", Thing, seed, FIELD_SEED),         FIELD("size", Thing, size, FIELD_NUMBER),
    FIELD_ARRAY("pair", Thing, pair, FIELD_NUMBER), FIELD("good", Thing, good, FIELD_SWITCH),
    FIELD_OF_CHOICES("kind", Thing, kind, kinds),   {.name = NULL},
};

static void members_are_set_by_name(void **state)
{
    (void)state;
    Thing thing = {.count = 3};
    Error error;
    assert_int_equal(
        fields_set(fields, &thing,
                   "name=ball,seed=18446744073709551615,size=1e-4,good=yes,kind=square", &error),
        STATUS_OK);
    assert_string_equal(thing.name, "ball");
    assert_int_equal(thing.count, 3);
    assert_true(thing.seed == UINT64_MAX && thing.size == 1e-4 && thing.good);
    assert_int_equal(thing.kind, SQUARE);
    assert_int_equal(fields_set(fields, &thing, "", &error), STATUS_OK);
}

static void what_does_not_fit_is_refused_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"colour=red", "there is no setting \"colour\""},
        {"count", "\"count\" is not NAME=VALUE"},
        {"count=-1", "count takes a whole number, not \"-1\""},
        {"seed=18446744073709551616", "seed takes a whole number"},
        {"size=inf", "size takes a number, not \"inf\""},
        {"good=maybe", "good takes yes or no"},
        {"kind=oval", "kind takes one of its choices"},
        {"name=much too long", "name takes a shorter text"},
        {"pair=1", "pair takes a number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Thing thing = {.count = 3};
        Error error;
        assert_int_equal(fields_set(fields, &thing, cases[i].text, &error), STATUS_USAGE);
        if (strstr(error.text, cases[i].words) == NULL)
            fail_msg("says \"%s\", not \"%s\"", error.text, cases[i].words);
        assert_int_equal(thing.count, 3);
    }
}

static void members_are_written_as_they_are_read(void **state)
{
    (void)state;
    static const Field single[] = {
        FIELD_ARRAY("name", Thing, name, FIELD_TEXT), FIELD("seed", Thing, seed, FIELD_SEED),
        FIELD("size", Thing, size, FIELD_NUMBER),     FIELD("good", Thing, good, FIELD_SWITCH),
        FIELD_OF_CHOICES("kind", Thing, kind, kinds), {.name = NULL},
    };
    const Thing thing = {"ball", 3, UINT64_MAX, 0.1, {1.5, -2.0}, true, SQUARE};
    Thing again = {.count = 3, .pair = {1.5, -2.0}};
    Error error;
    char *text = fields_text(fields, &thing);
    assert_string_equal(text,
                        "name=ball,count=3,seed=18446744073709551615,"
                        "size=0.10000000000000001,pair=1.5 -2,good=yes,kind=square");
    free(text);
    text = fields_text(single, &thing);
    assert_int_equal(fields_set(single, &again, text, &error), STATUS_OK);
    assert_true(strcmp(again.name, "ball") == 0 && again.seed == thing.seed &&
                again.size == thing.size && again.good && again.kind == SQUARE);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_set_by_name),
        cmocka_unit_test(members_are_written_as_they_are_read),
        cmocka_unit_test(what_does_not_fit_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
