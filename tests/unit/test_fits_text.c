// Texts of FITS headers, against cfitsio's own reading of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fits_text.h"

static fitsfile *header_in_memory(void)
{
    fitsfile *file = NULL;
    int code = 0;
    fits_create_file(&file, "mem://", &code);
    fits_create_img(file, BYTE_IMG, 0, NULL, &code);
    fits_write_key_longwarn(file, &code);
    assert_int_equal(code, 0);
    return file;
}

static void expect_as_cfitsio(fitsfile *file, const char *keyword)
{
    char *theirs = NULL;
    int code = 0;
    fits_read_key_longstr(file, keyword, &theirs, NULL, &code);
    char *ours = fits_text_read(file, keyword, &code);
    assert_int_equal(code, 0);
    assert_string_equal(ours, theirs);
    free(ours);
    fits_free_memory(theirs, &code);
}

static void a_text_of_any_length_is_read_as_cfitsio_reads_it(void **state)
{
    (void)state;
    char text[400];
    for (size_t length = 0; length < sizeof text; length++) {
        fitsfile *file = header_in_memory();
        int code = 0;
        for (size_t i = 0; i < length; i++)
            text[i] = "ab' &/='"[(i * i + length) % 8];
        text[length] = '\0';
        fits_write_key_longstr(file, "BEFORE", "another", NULL, &code);
        fits_write_key_longstr(file, "LONG", text, "a comment", &code);
        fits_write_key_str(file, "LAST", "ends in &", NULL, &code);
        assert_int_equal(code, 0);
        expect_as_cfitsio(file, "BEFORE");
        expect_as_cfitsio(file, "LONG");
        expect_as_cfitsio(file, "LAST");
        fits_close_file(file, &code);
    }
}

static void what_is_no_text_is_told_by_its_code(void **state)
{
    (void)state;
    fitsfile *file = header_in_memory();
    int code = 0;
    fits_write_key_lng(file, "NUMBER", 5, NULL, &code);
    fits_write_record(file, "OPEN    = 'no end", &code);
    assert_int_equal(code, 0);
    assert_null(fits_text_read(file, "NUMBER", &code));
    assert_int_equal(code, NO_QUOTE);
    code = 0;
    assert_null(fits_text_read(file, "OPEN", &code));
    assert_int_equal(code, NO_QUOTE);
    code = 0;
    assert_null(fits_text_read(file, "ABSENT", &code));
    assert_int_equal(code, KEY_NO_EXIST);
    fits_clear_errmsg();
    code = 0;
    fits_close_file(file, &code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_of_any_length_is_read_as_cfitsio_reads_it),
        cmocka_unit_test(what_is_no_text_is_told_by_its_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
