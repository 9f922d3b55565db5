// Damaged and nonsensical text never crashes the readers, and what they accept stays consistent: a
// region file that is read is written so that reading it again finds the same regions. Run under
// SANITIZE=address,undefined to mean much.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text_file.h"
#include "sky/region/region.h"
#include "sky/table/table.h"

enum { ROUNDS = 3000, TEXT_MAX = 4096, EDITS_MAX = 8 };

static const char *const region_seeds[] = {
    "# Region file format: DS9 version 4.1\nglobal color=green width=1 include=1\nfk5\n"
    "circle(1:36:41.83,+15:47:00.6,0.751\") # color=red text={A} tag={one} tag=\"two\"\n"
    "-ellipse 24.1 15.7 1' 2' 30 # fill=1 foo=bar ; baz\nimage;x point 1 2;box(1i,2i,3,4,5)\n"
    "# text(1,2) text={a;b}\n# composite(1,2,3) || composite=1\ncircle(1,2,3) ||\nbox(1,2,3,4) #\n",
    "galactic\r\npolygon(1,2,3,4,5,6)\r\nannulus(1,2,3,4,n=5)\r\npanda(1,2,0,90,1,2,3,1) # "
    "panda=(0 90)(1 2)\r\n# vector(1,2,3,4) vector=1\r\nwcsa;point(1h2m3s,4d5m6s)",
    "# format: degrees (fk5)\n+circle(1,2,3) # red\nellipse(1,2,3,4,5) & !ellipse(1,2,3,4,5) # "
    "x\n"};

static const char *const table_seeds[] = {
    "id,x,y\n1,2,3\n\"a \"\"b\"\"\nc\",4,5\n",
    "#   1 NUMBER  Number\n#   2 X_IMAGE  x [pixel]\n#   4 Y_IMAGE  y\n 1 2.0 3.0 4.0\n",
    "# %ECSV 1.0\n# ---\n# delimiter: ','\n# - {name: ra, unit: deg, datatype: float64}\nra,dec\n"
    "01:02:03,4\n",
    "|id|x|y|\n|1|2|3|\n\n# c\n|4|5|6|\n",
    "id\tx\ty\n\tpix\tpix\n--\t--\t--\n1\t2\t3\r\n4\t5\t\r\n",
    " 1   2.5 3.5 nan INDEF\n 2 1D3 -- 7 8\n"};

// Pieces that have a meaning somewhere, besides single bytes.
static const char *const pieces[] = {"(",
                                     ")",
                                     "{",
                                     "}",
                                     "\"",
                                     "'",
                                     "#",
                                     ";",
                                     "||",
                                     "|",
                                     "&",
                                     "=",
                                     "\n",
                                     "\r",
                                     ",",
                                     " ",
                                     "\t",
                                     "-",
                                     ":",
                                     "circle",
                                     "point",
                                     "polygon",
                                     "text",
                                     "fk5",
                                     "image",
                                     "wcsz",
                                     "global",
                                     "include=0",
                                     "tag={skyclass}",
                                     "tag={class 1}",
                                     "tag={text x}",
                                     "text={",
                                     "panda=ignore",
                                     "1e308",
                                     "99999999999",
                                     "nan",
                                     "\xc3\xa9",
                                     "\xff",
                                     "\\",
                                     "%s",
                                     "--",
                                     "n=",
                                     "d",
                                     "\"\""};

static size_t insert(char *text, size_t size, size_t at, const char *piece, size_t length)
{
    if (size + length >= TEXT_MAX)
        return size;
    memmove(text + at + length, text + at, size - at);
    memcpy(text + at, piece, length);
    return size + length;
}

// A seed with a few insertions, deletions, changed bytes and copies of its own parts.
static char *mutate(Random *random, const char *seed, size_t *size)
{
    char *text = calloc(TEXT_MAX + 1, 1);
    assert_non_null(text);
    *size = strlen(seed);
    memcpy(text, seed, *size);
    size_t n_edits = 1 + random_index(random, EDITS_MAX);
    for (size_t i = 0; i<n_edits && * size> 1; i++) {
        size_t at = random_index(random, *size);
        size_t length = 1 + random_index(random, *size - at < 12 ? *size - at : 12);
        char part[12];
        const char *piece = pieces[random_index(random, sizeof pieces / sizeof pieces[0])];
        switch (random_index(random, 4)) {
        case 0:
            memmove(text + at, text + at + length, *size - at - length);
            *size -= length;
            break;
        case 1:
            text[at] = (char)(1 + random_index(random, 255));
            break;
        case 2:
            memcpy(part, text + at, length);
            *size = insert(text, *size, random_index(random, *size), part, length);
            break;
        default:
            *size = insert(text, *size, at, piece, strlen(piece));
        }
    }
    text[*size] = '\0';
    return text;
}

static void mark(void *context, size_t index, RegionMark *mark)
{
    const char *text = context;
    mark->colour = "red";
    mark->point = "circle";
    mark->tags[0] = "skyclass";
    mark->tags[1] = "class 1";
    mark->tags[2] = NULL;
    mark->text = index % 2 == 0 ? text : NULL;
}

static char *write_regions(const RegionFile *file, const char *score, size_t *size)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, size);
    region_file_write(file, mark, (void *)(uintptr_t)score, stream);
    fclose(stream);
    return text;
}

static RegionFile *read_back(char *text, size_t size, const char *seen)
{
    RegionFile *file = NULL;
    Error error = {0};
    if (region_file_parse("again", text, size, &file, &error) != STATUS_OK)
        fail_msg("%s, after marking:\n%s", error.text, seen);
    return file;
}

static void expect_same_regions(const RegionFile *file, const RegionFile *back, const char *seen)
{
    if (region_file_count(back) != region_file_count(file))
        fail_msg("%zu regions became %zu:\n%s", region_file_count(file), region_file_count(back),
                 seen);
    for (size_t i = 0; i < region_file_count(file); i++) {
        const Region *a = region_file_at(file, i), *b = region_file_at(back, i);
        if (a->frame != b->frame || a->x != b->x || a->y != b->y || a->ra != b->ra ||
            a->dec != b->dec || a->excluded != b->excluded || strcmp(a->shape, b->shape) != 0)
            fail_msg("region %zu changed:\n%s", i, seen);
    }
}

// Marked regions are the same regions, and marking them again and again soon changes nothing. (Not
// at once: moving nonsense behind the properties may make sense of it.)
static void check_round_trip(const RegionFile *file, const char *seen)
{
    size_t size, size_thrice;
    char *once = write_regions(file, NULL, &size);
    RegionFile *first = read_back(once, size, seen);
    expect_same_regions(file, first, seen);
    char *twice = write_regions(first, "0.5", &size);
    RegionFile *second = read_back(twice, size, seen);
    expect_same_regions(file, second, seen);
    twice = write_regions(second, NULL, &size);
    RegionFile *third = read_back(strdup(twice), size, seen);
    char *thrice = write_regions(third, NULL, &size_thrice);
    if (strcmp(twice, thrice) != 0)
        fail_msg("marking again changes:\n%s\n---\n%s\n---\n%s", seen, twice, thrice);
    free(twice);
    free(thrice);
    region_file_free(first);
    region_file_free(second);
    region_file_free(third);
}

static void test_regions(void **state)
{
    (void)state;
    Random random = random_start(20, 1);
    size_t n_accepted = 0;
    for (int i = 0; i < ROUNDS; i++) {
        size_t size;
        const char *seed =
            region_seeds[random_index(&random, sizeof region_seeds / sizeof region_seeds[0])];
        char *text = mutate(&random, seed, &size), *seen = strdup(text);
        RegionFile *file;
        Error error = {0};
        (void)region_text_looks_like(text);
        if (region_file_parse("fuzz", text, size, &file, &error) == STATUS_OK) {
            n_accepted++;
            check_round_trip(file, seen);
            region_file_free(file);
        } else {
            assert_null(file);
            assert_true(error.status == STATUS_BAD_INPUT && error.text[0] != '\0');
        }
        free(seen);
    }
    // Both ways are taken often.
    assert_in_range(n_accepted, ROUNDS / 10, ROUNDS * 9 / 10);
}

static void test_tables(void **state)
{
    (void)state;
    Random random = random_start(20, 2);
    size_t n_accepted = 0, n_bytes = 0;
    for (int i = 0; i < ROUNDS; i++) {
        size_t size;
        const char *seed =
            table_seeds[random_index(&random, sizeof table_seeds / sizeof table_seeds[0])];
        char *text = mutate(&random, seed, &size);
        Table *table;
        Error error = {0};
        if (text_file_decode("fuzz", &text, &size, &error) != STATUS_OK) {
            free(text);
            continue;
        }
        if (table_parse("fuzz", text, size, &table, &error) != STATUS_OK) {
            assert_null(table);
            assert_true(error.status == STATUS_BAD_INPUT && error.text[0] != '\0');
            continue;
        }
        n_accepted++;
        assert_true(table_row_count(table) > 0 && table_column_count(table) > 0);
        for (size_t row = 0; row < table_row_count(table); row++)
            for (size_t column = 0; column < table_column_count(table); column++) {
                char buffer[TABLE_CELL_SIZE], place[300];
                double value;
                n_bytes += strlen(table_text(table, row, column, buffer));
                (void)table_number(table, row, column, &value);
                table_place(table, row, column, place, sizeof place);
            }
        table_free(table);
    }
    assert_in_range(n_accepted, ROUNDS / 10, ROUNDS * 9 / 10);
    assert_true(n_bytes > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
