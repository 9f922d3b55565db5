// Tables: FITS in all its types, and the cells of text tables. (Headers and delimiters are in
// test_source.c.)
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <fitsio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sky/source/source.h"
#include "sky/table/table.h"
#include "unit/scratch.h"

static void expect_cell(const Table *table, size_t row, const char *name, const char *text)
{
    size_t column;
    char buffer[TABLE_CELL_SIZE];
    if (!table_find_column(table, name, &column))
        fail_msg("no column %s", name);
    assert_string_equal(table_text(table, row, column, buffer), text);
}

static Table *read_table(const char *path)
{
    Table *table = NULL;
    Error error = {0};
    if (table_read(path, &table, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return table;
}

static void expect_error(const char *path, const char *says)
{
    Table *table;
    Error error = {0};
    assert_int_equal(table_read(path, &table, &error), STATUS_BAD_INPUT);
    assert_null(table);
    if (strstr(error.text, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, says);
}

static fitsfile *create(const char *path)
{
    fitsfile *fits = NULL;
    int code = 0;
    unlink(path);
    fits_create_diskfile(&fits, path, &code);
    fits_create_img(fits, BYTE_IMG, 0, NULL, &code);
    assert_int_equal(code, 0);
    return fits;
}

static void close_fits(fitsfile *fits)
{
    int code = 0;
    fits_close_file(fits, &code);
    assert_int_equal(code, 0);
}

// Two rows of every type, TSCAL and nulls among them.
static char *every_type(void)
{
    char *path = scratch_path("types.fits");
    fitsfile *fits = create(path);
    char *names[] = {"ID", "big", "x", "y", "short", "flag", "pair", "scaled", "c", "none", "list"};
    char *forms[] = {"6A", "1K", "1D", "1E", "1I", "1L", "2D", "1J", "1C", "0D", "1PD(3)"};
    char *units[] = {"", "", "pix", "pix", "", "", "mag", "", "", "", ""};
    int code = 0;
    fits_create_tbl(fits, BINARY_TBL, 2, 11, names, forms, units, "T", &code);
    char *ids[] = {"a", ""};
    LONGLONG big[] = {9007199254740993, -1};
    double x[] = {10.5, NAN}, pair[] = {1.0, 2.0, 3.0, 4.0}, scaled[] = {2.5, 3.0};
    float y[] = {20.25f, 1.0f};
    short number[] = {-3, 7};
    char flag[] = {1, 0};
    fits_write_col(fits, TSTRING, 1, 1, 1, 2, ids, &code);
    fits_write_col(fits, TLONGLONG, 2, 1, 1, 2, big, &code);
    fits_write_col(fits, TDOUBLE, 3, 1, 1, 2, x, &code);
    fits_write_col(fits, TFLOAT, 4, 1, 1, 2, y, &code);
    fits_write_key_lng(fits, "TNULL5", 7, NULL, &code);
    fits_write_col(fits, TSHORT, 5, 1, 1, 2, number, &code);
    fits_write_col(fits, TLOGICAL, 6, 1, 1, 2, flag, &code);
    fits_write_col(fits, TDOUBLE, 7, 1, 1, 4, pair, &code);
    fits_write_key_dbl(fits, "TSCAL8", 0.5, 15, NULL, &code);
    fits_write_key_dbl(fits, "TZERO8", 1.0, 15, NULL, &code);
    fits_set_hdustruc(fits, &code);
    fits_write_col(fits, TDOUBLE, 8, 1, 1, 2, scaled, &code);
    assert_int_equal(code, 0);
    close_fits(fits);
    return path;
}

static void test_fits_types(void **state)
{
    (void)state;
    char *path = every_type();
    Table *table = read_table(path);
    assert_int_equal(table_row_count(table), 2);
    assert_true(table_is_named(table));
    static const char *const cells[][3] = {
        {"id", "a", ""},        {"BIG", "9007199254740993", "-1"},
        {"x", "10.5", "nan"},   {"y", "20.25", "1"},
        {"short", "-3", "nan"}, {"flag", "1", "0"},
        {"pair_1", "1", "3"},   {"pair_2", "2", "4"},
        {"scaled", "2.5", "3"},
    };
    assert_int_equal(table_column_count(table), sizeof cells / sizeof cells[0]);
    for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++)
        for (size_t i = 0; i < 2; i++)
            expect_cell(table, i, cells[k][0], cells[k][i + 1]);
    assert_string_equal(table_column_unit(table, 2), "pix");
    char place[200];
    table_place(table, 1, 2, place, sizeof place);
    assert_non_null(strstr(place, "types.fits, row 2, column 3 (x)"));
    table_free(table);
    free(path);
}

static void test_fits_extensions(void **state)
{
    (void)state;
    char *path = scratch_path("several.fits");
    fitsfile *fits = create(path);
    int code = 0;
    char *name[] = {"x"}, *ascii_form[] = {"F8.3"}, *binary_form[] = {"1D"}, *form_text[] = {"80A"};
    char *header[] = {"Field Header Card"};
    double value = 1.25;
    fits_create_tbl(fits, BINARY_TBL, 1, 1, header, form_text, NULL, "LDAC_IMHEAD", &code);
    fits_create_tbl(fits, ASCII_TBL, 1, 1, name, ascii_form, NULL, "ASC", &code);
    fits_write_col(fits, TDOUBLE, 1, 1, 1, 1, &value, &code);
    value = 2.5;
    fits_create_tbl(fits, BINARY_TBL, 1, 1, name, binary_form, NULL, "BIN", &code);
    fits_write_col(fits, TDOUBLE, 1, 1, 1, 1, &value, &code);
    fits_create_tbl(fits, BINARY_TBL, 0, 1, name, binary_form, NULL, "NOTHING", &code);
    assert_int_equal(code, 0);
    close_fits(fits);
    static const struct {
        const char *extension, *x;
    } good[] = {{"", "1.25"}, {"[ASC]", "1.25"}, {"[bin]", "2.5"}, {"[3]", "2.5"}};
    static const char *const bad[][2] = {{"[NOTHING]", "the table is empty"},
                                         {"[0]", "is an image"},
                                         {"[9]", "has no extension [9]"},
                                         {"[NOSUCH]", "has no extension [NOSUCH]"},
                                         {"[-1]", "has no extension [-1]"}};
    char full[300];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(full, sizeof full, "%s%s", path, good[i].extension);
        Table *table = read_table(full);
        expect_cell(table, 0, "x", good[i].x);
        table_free(table);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(full, sizeof full, "%s%s", path, bad[i][0]);
        expect_error(full, bad[i][1]);
    }
    free(path);
}

static void test_fits_sources(void **state)
{
    (void)state;
    char *path = every_type();
    char full[300];
    snprintf(full, sizeof full, "%s[T]", path);
    SourceList *list;
    Error error = {0};
    assert_int_equal(source_list_read(full, &list, &error), STATUS_OK);
    assert_int_equal(list->n, 2);
    assert_string_equal(list->sources[0].id, "a");
    assert_true(list->sources[0].x == 10.5 && list->sources[0].y == 20.25);
    assert_string_equal(list->sources[1].id, "2");
    assert_false(list->sources[1].has_xy);
    source_list_free(list);
    free(path);
}

static void test_damaged_fits(void **state)
{
    (void)state;
    char *path = every_type();
    size_t size;
    char *bytes = scratch_read(path, &size);
    // Cut inside the data, inside the header, after the primary HDU, within its first card.
    static const size_t sizes[] = {5770, 4000, 2880, 20};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *cut = scratch_write("cut.fits", bytes, sizes[i]);
        expect_error(cut, "cut.fits");
        free(cut);
    }
    free(bytes);
    free(path);
    path = scratch_write("short.fits", "SIMPLE  =", 9);
    expect_error(path, "is cut short within a header");
    free(path);
    path = scratch_write("not.fits", "id,x,y\n1,2,3\n", 13);
    char full[300];
    snprintf(full, sizeof full, "%s[1]", path);
    expect_error(full, "is not FITS, so it has no [1]");
    Table *table = read_table(path); // the content decides, not the name
    expect_cell(table, 0, "y", "3");
    table_free(table);
    free(path);
}

static void test_text_cells(void **state)
{
    (void)state;
    char *text = strdup("name , note,\"x y\"\n  a b ,\"say \"\"hi\"\", \",1\n\"\",  ,-2.5e1\n");
    Table *table;
    Error error = {0};
    assert_int_equal(table_parse("t", text, strlen(text), &table, &error), STATUS_OK);
    expect_cell(table, 0, "NAME", "a b");
    expect_cell(table, 0, "note", "say \"hi\", ");
    expect_cell(table, 1, "name", "");
    expect_cell(table, 1, "note", "");
    double value;
    size_t column;
    assert_true(table_find_column(table, "x y", &column));
    assert_true(table_number(table, 1, column, &value));
    assert_true(value == -25.0);
    assert_true(table_number(table, 1, 1, &value));
    assert_true(isnan(value));
    assert_false(table_number(table, 0, 0, &value));
    assert_string_equal(table_column_unit(table, 0), "");
    table_free(table);
}

static void test_sextractor_units(void **state)
{
    (void)state;
    char *text = strdup(
        "#   1 NUMBER     Running object number\n"
        "#   2 X_IMAGE    Object position along x   [pixel]\n 1 2.5\n");
    Table *table;
    Error error = {0};
    assert_int_equal(table_parse("t", text, strlen(text), &table, &error), STATUS_OK);
    assert_string_equal(table_column_name(table, 1), "X_IMAGE");
    assert_string_equal(table_column_unit(table, 1), "pixel");
    assert_string_equal(table_column_unit(table, 0), "");
    table_free(table);
}

static Table *parse_copy(const char *text)
{
    Table *table = NULL;
    Error error = {0};
    if (table_parse("t", strdup(text), strlen(text), &table, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return table;
}

static void expect_refused(const char *text, const char *says)
{
    Table *table;
    Error error = {0};
    assert_int_equal(table_parse("t", strdup(text), strlen(text), &table, &error),
                     STATUS_BAD_INPUT);
    if (strstr(error.text, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, says);
}

static void test_a_run_of_numbers_is_not_always_a_header(void **state)
{
    (void)state;
    // Classes, not columns: the rows stay without names.
    Table *table = parse_copy("# 1 symmetric\n# 2 asymmetric\n7 10 20 1\n");
    assert_false(table_is_named(table));
    table_free(table);
    table = parse_copy("# 2 classes\n# 3 sources\n7 10 20\n");
    assert_false(table_is_named(table));
    table_free(table);
    // What follows the columns' own numbers is something else.
    table = parse_copy("# 1 ra deg\n# 2 Source of redshift\n# 1 certain\n1.5 2\n");
    assert_string_equal(table_column_name(table, 0), "ra");
    assert_string_equal(table_column_unit(table, 0), "deg");
    assert_string_equal(table_column_name(table, 1), "Source of redshift");
    table_free(table);
}

static void test_units_below_a_commented_header(void **state)
{
    (void)state;
    Table *table = parse_copy("# ra dec\n# hourangle deg\n1.5 2\n");
    assert_string_equal(table_column_name(table, 0), "ra");
    assert_string_equal(table_column_unit(table, 0), "hourangle");
    table_free(table);
}

#define BYTES                                                                                      \
    "Byte-by-byte Description of file: t\n   Bytes Format Units Label Explanations\n"              \
    "-----------------\n   1-  3 A3   ---    ID  Name\n   5-  9 F5.2 deg    RAdeg  Where\n"        \
    "  11- 15 F5.2 deg    DEdeg  Where\n"

static void test_bytes_say_where_cells_are(void **state)
{
    (void)state;
    // Blank cells, blanks inside, two bytes a letter, a short last line.
    Table *table =
        parse_copy(BYTES "-----------------\n\n007 10.25 -1.25\n\xc3\xa9 b       2.50\nc");
    assert_int_equal(table_row_count(table), 3);
    assert_string_equal(table_column_unit(table, 1), "deg");
    assert_int_equal(table_column_kind(table, 0), TABLE_TEXT);
    expect_cell(table, 0, "ID", "007");
    expect_cell(table, 0, "DEdeg", "-1.25");
    expect_cell(table, 1, "ID", "\xc3\xa9 b");
    expect_cell(table, 1, "RAdeg", "");
    expect_cell(table, 1, "DEdeg", "2.50");
    expect_cell(table, 2, "ID", "c");
    expect_cell(table, 2, "DEdeg", "");
    char place[100];
    table_place(table, 1, 1, place, sizeof place);
    assert_string_equal(place, "t, line 10, column 2 (RAdeg)");
    table_free(table);
    // Rows that somebody has shifted are read by their blanks, all of them or none.
    table = parse_copy(BYTES "-----------------\n  a   10.25  -1.25\nb 1 2\n");
    expect_cell(table, 0, "RAdeg", "10.25");
    expect_cell(table, 1, "DEdeg", "2");
    table_free(table);
    expect_refused(BYTES "-----------------\na b 10.25  -1.25\nb 1 2\n",
                   "line 8: something stands");
    expect_refused(BYTES "abc 10.25 -1.25\n", "no line of dashes");
    expect_refused(BYTES "-----------------\n\n", "no sources");
}

static void test_positions_of_1950_are_not_taken_for_2000(void **state)
{
    (void)state;
    Table *table = parse_copy(
        "#  1-  4 F4.1 deg RAdeg Right ascension (B1950)\n"
        "#  6-  9 F4.1 deg DEdeg Declination (B1950)\n10.0 20.0\n");
    assert_string_equal(table_column_name(table, 0), "RAdeg_1950");
    assert_string_equal(table_column_name(table, 1), "DEdeg_1950");
    table_free(table);
}

static void test_iraf_lists(void **state)
{
    (void)state;
    Table *table = parse_copy(
        "#N ID X \\\n#U # pixels \\\n#N R MAG \\\n#U scale mag \n"
        "1 10 \\\n3 21 *\\\n5 20.5 *\n2 30 \\\n3 22 *\\\n5 INDEF *\n");
    assert_int_equal(table_column_count(table), 6);
    assert_string_equal(table_column_name(table, 5), "MAG_2");
    assert_string_equal(table_column_unit(table, 5), "mag");
    assert_string_equal(table_column_unit(table, 1), "pixels");
    assert_string_equal(table_column_unit(table, 0), "");
    expect_cell(table, 1, "MAG", "22");
    expect_cell(table, 1, "MAG_2", "INDEF");
    char place[100];
    table_place(table, 1, 0, place, sizeof place);
    assert_string_equal(place, "t, line 8, column 1 (ID)");
    table_free(table);
    expect_refused("#N ID X Y\n1 2\n", "t, line 2: 2 values where the lines #N name 3 columns");
    expect_refused("#N ID X\n1 2\n3 4 5\n", "t, line 3: 3 values where the first row has 2");
    expect_refused("#N ID X Y\n", "no sources");
    expect_refused("#N \\\n1 2\n", "name 0 columns");
    expect_refused(" NL NX NY\n 1 2 3\n", "no sources");
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"1", 1},         {" -2.5 ", -2.5}, {"+.5", 0.5}, {"1e3", 1000},
                {"1.5D-1", 0.15}, {"", NAN},        {"NaN", NAN}, {"INDEF", NAN},
                {"--", NAN},      {"null", NAN},    {"N/A", NAN}, {"007", 7}};
    static const char *const bad[] = {"one", "1x",     "0x1F",  "inf", "1e", "1,5",
                                      "1 2", "nan(1)", "1e999", ".",   "+",  "1.2.3"};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(table_parse_number(good[i].text, &value));
        assert_true(isnan(good[i].value) ? isnan(value) : value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (table_parse_number(bad[i], &value))
            fail_msg("%s was read as %g", bad[i], value);
}

// ---- VOTables -----------------------------------------------------------------------------------

// What astropy 5.2 writes of three sources; the streams are its own.
#define ASTROPY_FIELDS                                                                             \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<VOTABLE version=\"1.4\"><RESOURCE><TABLE>\n"     \
    "<FIELD ID=\"id\" datatype=\"long\" name=\"id\"/>\n"                                           \
    "<FIELD ID=\"name\" arraysize=\"9\" datatype=\"unicodeChar\" name=\"name\"/>\n"                \
    "<FIELD ID=\"x\" datatype=\"double\" name=\"x\" unit=\"pix\"/>\n"                              \
    "<FIELD ID=\"y\" datatype=\"float\" name=\"y\"/>\n"                                            \
    "<FIELD ID=\"flag\" datatype=\"bit\" name=\"flag\"/>\n"                                        \
    "<FIELD ID=\"small\" datatype=\"unsignedByte\" name=\"small\"><VALUES "                        \
    "null=\"255\"/></FIELD>\n"                                                                     \
    "<FIELD ID=\"pair\" arraysize=\"2\" datatype=\"short\" name=\"pair\"/>\n"                      \
    "<FIELD ID=\"asc\" arraysize=\"2\" datatype=\"char\" name=\"asc\"/>\n<DATA>"
#define ASTROPY_END "</DATA></TABLE></RESOURCE></VOTABLE>"

static const char astropy_binary2[] = ASTROPY_FIELDS
    "<BINARY2><STREAM encoding=\"base64\">\n"
    "AAAAAAAAAAAHAGEAAAAAAAAAAAAAAAAAAAAAQCUAAAAAAAA9zMzNCAEAAQACcQAAACAAAAAAAAEA"
    "6QB0AOkAIAAmACAAPABiAD5ANEAAAAAAAEAAAAAAAgADAARycwAAAAAAAAAAAwAAAAAAAAAAAAAA"
    "AAAAAAAAAH/4AAAAAAAAQEAAAAj/AAX/+gAA"
    "</STREAM></BINARY2>" ASTROPY_END;
static const char astropy_binary[] = ASTROPY_FIELDS
    "<BINARY><STREAM encoding=\"base64\">\n"
    "AAAAAAAAAAcAYQAAAAAAAAAAAAAAAAAAAABAJQAAAAAAAD3MzM0IAQABAAJxAAAgAAAAAAABAOkA"
    "dADpACAAJgAgADwAYgA+QDRAAAAAAABAAAAAAAIAAwAEcnMAAAAAAAAAAwAAAAAAAAAAAAAAAAAA"
    "AAAAAH/4AAAAAAAAQEAAAAj/AAX/+gAA"
    "</STREAM></BINARY>" ASTROPY_END;
static const char astropy_tabledata[] = ASTROPY_FIELDS
    "<TABLEDATA><TR><TD>7</TD><TD>a</TD><TD>10.5</TD><TD>0.1</TD><TD>1</TD><TD>1</TD>"
    "<TD>1 2</TD><TD>q</TD></TR>\n<TR><TD>9007199254740993</TD><TD>\303\251t\303\251 &amp; "
    "&lt;b&gt;</TD>"
    "<TD>20.25</TD><TD>2</TD><TD>0</TD><TD>2</TD><TD>3 4</TD><TD>rs</TD></TR>\n"
    "<TR><TD>3</TD><TD/><TD>NaN</TD><TD>3</TD><TD>1</TD><TD>255</TD><TD>5 -6</TD><TD/></TR>\n"
    "</TABLEDATA>" ASTROPY_END;

static Table *parse_table(const char *text)
{
    Table *table = NULL;
    Error error = {0};
    if (table_parse("t", strdup(text), strlen(text), &table, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return table;
}

static void expect_text_error(const char *text, const char *says)
{
    Table *table = NULL;
    Error error = {0};
    assert_int_equal(table_parse("t", strdup(text), strlen(text), &table, &error),
                     STATUS_BAD_INPUT);
    assert_null(table);
    if (strstr(error.text, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, says);
}

static void test_votable_serialisations(void **state)
{
    (void)state;
    const char *const texts[] = {astropy_binary2, astropy_binary, astropy_tabledata};
    for (size_t i = 0; i < 3; i++) {
        Table *table = parse_table(texts[i]);
        assert_int_equal(table_row_count(table), 3);
        assert_int_equal(table_column_count(table), 8);
        expect_cell(table, 0, "id", "7");
        expect_cell(table, 0, "name", "a");
        expect_cell(table, 1, "name", "\303\251t\303\251 & <b>");
        expect_cell(table, 2, "name", "");
        expect_cell(table, 1, "x", "20.25");
        expect_cell(table, 0, "y", "0.1");
        expect_cell(table, 0, "flag", "1");
        expect_cell(table, 1, "flag", "0");
        expect_cell(table, 1, "small", "2");
        expect_cell(table, 2, "small", "");
        expect_cell(table, 2, "pair", "5 -6");
        expect_cell(table, 1, "asc", "rs");
        double value;
        assert_true(table_number(table, 2, 2, &value));
        assert_true(isnan(value));
        assert_string_equal(table_column_unit(table, 2), "pix");
        assert_int_equal(table_column_kind(table, 0), TABLE_WHOLE);
        assert_int_equal(table_column_kind(table, 1), TABLE_TEXT);
        assert_int_equal(table_column_kind(table, 3), TABLE_NUMBER);
        table_free(table);
    }
}

static void test_votable_lengths_and_nulls(void **state)
{
    (void)state;
    // Row 1: flags 0, "ab" of variable length, an int, bits 101, true. Row 2: the int is missing.
    Table *table = parse_table(
        "<VOTABLE><PARAM name=\"XYBAND\" value=\"F555W\"/><RESOURCE><TABLE>"
        "<FIELD name=\"s\" datatype=\"char\" arraysize=\"*\"/><FIELD name=\"i\" datatype=\"int\"/>"
        "<FIELD name=\"b\" datatype=\"bit\" arraysize=\"3\"/><FIELD name=\"l\" "
        "datatype=\"boolean\"/>"
        "<DATA><BINARY2><STREAM encoding=\"base64\">AAAAAAJhYv///\n/6gVEAAAAAAAAAAByA/</STREAM>"
        "</BINARY2></DATA></TABLE></RESOURCE></VOTABLE>");
    assert_int_equal(table_row_count(table), 2);
    expect_cell(table, 0, "s", "ab");
    expect_cell(table, 0, "i", "-2");
    expect_cell(table, 0, "b", "1 0 1");
    expect_cell(table, 0, "l", "1");
    expect_cell(table, 1, "s", "");
    expect_cell(table, 1, "i", "");
    expect_cell(table, 1, "l", "");
    assert_string_equal(table_pixels_of(table), "F555W");
    table_free(table);
    table = parse_table(
        "<v:VOTABLE xmlns:v=\"u\"><v:TABLE><v:FIELD name=\"b\" datatype=\"boolean\"/>"
        "<v:FIELD ID=\"n\" datatype=\"int\"><v:VALUES null=\"-99\"/></v:FIELD><v:DATA>"
        "<v:TABLEDATA><v:TR><v:TD> true </v:TD><v:TD>-99</v:TD></v:TR>"
        "<v:TR><v:TD>F</v:TD><v:TD>-9</v:TD></v:TR></v:TABLEDATA></v:DATA>"
        "</v:TABLE></v:VOTABLE>");
    expect_cell(table, 0, "b", "1");
    expect_cell(table, 1, "b", "0");
    expect_cell(table, 0, "n", "");
    expect_cell(table, 1, "n", "-9");
    table_free(table);
}

#define ONE_FIELD "<VOTABLE><TABLE>\n<FIELD name=\"x\" datatype=\"int\"/><DATA>"

static void test_votable_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"<?xml version=\"1.0\"?>\n<svg/>", "t, line 2: is XML but no VOTable"},
        {"<VOTABLE><RESOURCE/></VOTABLE>", "t: is a VOTable without a table"},
        {ONE_FIELD "<TABLEDATA/></DATA></TABLE></VOTABLE>", "has columns but no sources"},
        {ONE_FIELD "<TABLEDATA><TR><TD>1</TD></TR>", "no well-formed XML"},
        {ONE_FIELD "<TABLEDATA>\n<TR></TR></TABLEDATA>", "t, line 3: 0 cells where"},
        {ONE_FIELD "<TABLEDATA>\n<TR><TD/><TD/></TR></TABLEDATA>", "line 3: more cells than"},
        {ONE_FIELD "<TABLEDATA><TD/></TABLEDATA>", "a cell outside a row"},
        {ONE_FIELD "<FITS><STREAM/></FITS>", "the rows are in a FITS file"},
        {ONE_FIELD "<BINARY><STREAM href=\"file:///etc/passwd\"/></BINARY>", "in another file"},
        {ONE_FIELD "<BINARY><STREAM encoding=\"gzip\"/></BINARY>", "not in base64"},
        {ONE_FIELD "<BINARY><STREAM encoding=\"base64\">A*==</STREAM>", "no base64"},
        {ONE_FIELD "<BINARY><STREAM encoding=\"base64\">AAAA</STREAM>", "end within row 1"},
        {"<VOTABLE><TABLE><FIELD name=\"x\" datatype=\"quad\"/>", "datatype quad"},
        {"<VOTABLE><TABLE><FIELD name=\"x\" datatype=\"int\" arraysize=\"-1\"/>", "arraysize"},
        {"<VOTABLE><TABLE><DATA><TABLEDATA/>", "rows without columns"},
        {"<VOTABLE><TABLE><FIELD name=\"x\" datatype=\"char\" arraysize=\"0\"/><DATA><BINARY>"
         "<STREAM encoding=\"base64\">AAAA</STREAM>",
         "without a single byte"},
        {"<VOTABLE><TABLE><FIELD name=\"x\" datatype=\"long\" arraysize=\"4294967295x4294967295\"/>"
         "<DATA><BINARY><STREAM encoding=\"base64\">AAAA</STREAM>",
         "end within row 1"},
        {"<?xml version=\"1.0\"?>\n<!DOCTYPE V [<!ENTITY a \"ha\">\n<!ENTITY b "
         "\"&a;&a;\">]><VOTABLE/>",
         "line 2: declares the entity \"a\""},
        {"<?xml version=\"1.0\"?><!DOCTYPE V SYSTEM \"v.dtd\"><VOTABLE>&a;</VOTABLE>",
         "uses the entity \"a\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_text_error(bad[i].text, bad[i].says);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits_types),
        cmocka_unit_test(test_fits_extensions),
        cmocka_unit_test(test_fits_sources),
        cmocka_unit_test(test_damaged_fits),
        cmocka_unit_test(test_text_cells),
        cmocka_unit_test(test_sextractor_units),
        cmocka_unit_test(test_a_run_of_numbers_is_not_always_a_header),
        cmocka_unit_test(test_units_below_a_commented_header),
        cmocka_unit_test(test_bytes_say_where_cells_are),
        cmocka_unit_test(test_positions_of_1950_are_not_taken_for_2000),
        cmocka_unit_test(test_iraf_lists),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_votable_serialisations),
        cmocka_unit_test(test_votable_lengths_and_nulls),
        cmocka_unit_test(test_votable_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
