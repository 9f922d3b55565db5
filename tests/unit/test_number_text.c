// Numbers as text read back as the same numbers, in the fewest digits.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_text.h"
#include "base/random.h"

static void test_fewest_digits(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {3006.141, "3006.141"},
        {-54.90707, "-54.90707"},
        {0.1, "0.1"},
        {1e-7, "1e-07"},
        {0.001, "0.001"},
        {999999.5, "999999.5"},
        {1e6, "1000000"},
        {1234567.125, "1234567.125"},
        {1e300, "1e+300"},
        {1.0 / 3.0, "0.3333333333333333"},
        {NAN, "nan"},
        {5e-324, "4.94065645841247e-324"},
        {0.05, "0.05"},
        {2.5000000001, "2.5000000001"},
        {123456.0, "123456"},
    };
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(number_text(cases[i].value, text, sizeof text), cases[i].text);
    assert_string_equal(number_text_single(0.1f, text, sizeof text), "0.1");
    assert_string_equal(number_text_single(1.0f / 3.0f, text, sizeof text), "0.33333334");
}

static void test_reads_back_the_same(void **state)
{
    (void)state;
    Random random = random_start(1, 0);
    char text[32];
    for (int i = 0; i < 200000; i++) {
        // Coordinates with a few decimals, plain uniforms, and every bit pattern.
        uint64_t bits = random_bits(&random);
        double value = random_uniform(&random) * 20000.0 - 10000.0;
        if (i % 3 == 0)
            value = rint(value * 1000.0) / 1000.0;
        else if (i % 3 == 1)
            memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        assert_true(strtod(number_text(value, text, sizeof text), NULL) == value);
        float single = (float)random_uniform(&random);
        assert_true(strtof(number_text_single(single, text, sizeof text), NULL) == single);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fewest_digits),
        cmocka_unit_test(test_reads_back_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
