// Region files: what is read is written with marks so that reading it again finds the same regions,
// and marking again and again soon changes nothing.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_file.h"
#include "fuzz.h"
#include "sky/region/region.h"

static void mark(void *context, size_t index, RegionMark *mark)
{
    *mark = (RegionMark){.colour = "red", .point = "circle", .tags = {"skyclass", "class 1"}};
    mark->text = index % 2 == 0 ? context : NULL;
}

static RegionFile *write_and_read(const RegionFile *file, char *score, char **text)
{
    size_t size;
    RegionFile *back = NULL;
    Error error = {0};
    FILE *stream = open_memstream(text, &size);
    region_file_write(file, mark, score, stream);
    fclose(stream);
    Status status = region_file_parse("again", strdup(*text), size, &back, &error);
    fuzz_expect(status == STATUS_OK, "%s, in what was written:\n%s", error.text, *text);
    return back;
}

static void expect_same(const RegionFile *file, const RegionFile *back, const char *text)
{
    fuzz_expect(region_file_count(back) == region_file_count(file),
                "%zu regions became %zu, written as:\n%s", region_file_count(file),
                region_file_count(back), text);
    for (size_t i = 0; i < region_file_count(file); i++) {
        const Region *a = region_file_at(file, i), *b = region_file_at(back, i);
        fuzz_expect(a->frame == b->frame && fuzz_same(a->x, b->x) && fuzz_same(a->y, b->y) &&
                        fuzz_same(a->ra, b->ra) && fuzz_same(a->dec, b->dec) &&
                        a->excluded == b->excluded && strcmp(a->shape, b->shape) == 0,
                    "region %zu changed, written as:\n%s", i, text);
    }
}

static void check_some(const RegionFile *file)
{
    char *text;
    size_t size, n = region_file_count(file);
    FILE *stream = open_memstream(&text, &size);
    region_file_write_some(file, n / 2, n - n / 2, mark, "0.5", stream);
    fclose(stream);
    RegionFile *back = NULL;
    Error error = {0};
    Status status = region_file_parse("some", text, size, &back, &error);
    fuzz_expect(status == STATUS_OK, "%s, in the part that was written", error.text);
    fuzz_expect(region_file_count(back) == n - n / 2, "%zu regions became %zu", n - n / 2,
                region_file_count(back));
    region_file_free(back);
}

// Not at once: moving nonsense behind the properties may make sense of it.
static void check_round_trip(const RegionFile *file)
{
    char *once, *twice, *thrice, *fourth;
    RegionFile *first = write_and_read(file, NULL, &once);
    expect_same(file, first, once);
    RegionFile *second = write_and_read(first, "0.5", &twice);
    expect_same(file, second, twice);
    RegionFile *third = write_and_read(second, NULL, &thrice);
    RegionFile *last = write_and_read(third, NULL, &fourth);
    fuzz_expect(strcmp(thrice, fourth) == 0, "marking again changes:\n%s\n---\n%s", thrice, fourth);
    free(once);
    free(twice);
    free(thrice);
    free(fourth);
    region_file_free(first);
    region_file_free(second);
    region_file_free(third);
    region_file_free(last);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    RegionFile *file;
    Error error = {0};
    if (text_file_decode("fuzz", &text, &size, &error) != STATUS_OK) {
        free(text);
        return 0;
    }
    (void)region_text_looks_like(text);
    Status status = region_file_parse("fuzz", text, size, &file, &error);
    if (status != STATUS_OK) {
        fuzz_expect(file == NULL, "regions with an error");
        fuzz_expect_words(status, &error);
        return 0;
    }
    check_some(file);
    check_round_trip(file);
    region_file_free(file);
    return 0;
}
