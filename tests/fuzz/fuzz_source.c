// A source list of whatever format, LEGUS catalogues among them: written in each format and read
// again, it is the same list.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sky/source/source.h"
#include "sky/source/source_write.h"

static void expect_same(const Source *a, const Source *b, const char *path)
{
    fuzz_expect(a->has_xy == b->has_xy && a->has_sky == b->has_sky, "%s: \"%s\" lost its place",
                path, a->id);
    if (a->has_xy)
        fuzz_expect(a->x == b->x && a->y == b->y, "%s: \"%s\" at %.17g %.17g is at %.17g %.17g",
                    path, a->id, a->x, a->y, b->x, b->y);
    if (a->has_sky)
        fuzz_expect(a->ra == b->ra && a->dec == b->dec, "%s: \"%s\" moved on the sky", path, a->id);
}

// Ids of only printable ASCII without blanks at their ends survive every format.
static bool is_plain(const char *id)
{
    size_t length = strlen(id);
    if (length == 0 || length > 60)
        return false;
    for (size_t i = 0; i < length; i++)
        if (id[i] <= ' ' || id[i] > '~' || strchr("\"'{}#", id[i]) != NULL)
            return false;
    return true;
}

static void check_round_trip(const SourceList *list, const char *path)
{
    SourceList *back;
    Error error = {0};
    Status status = source_list_write(list, path, COORDS_GIVEN, &error);
    if (status != STATUS_OK) {
        fuzz_expect_words(status, &error);
        return;
    }
    status = source_list_read(path, &back, &error);
    fuzz_expect(status == STATUS_OK, "%s", error.text);
    fuzz_expect(back->n == list->n, "%s: %zu sources became %zu", path, list->n, back->n);
    for (size_t i = 0; i < list->n; i++) {
        expect_same(&list->sources[i], &back->sources[i], path);
        if (is_plain(list->sources[i].id))
            fuzz_expect(strcmp(list->sources[i].id, back->sources[i].id) == 0,
                        "%s: \"%s\" became \"%s\"", path, list->sources[i].id, back->sources[i].id);
    }
    source_list_free(back);
}

static void use(const SourceList *list)
{
    fuzz_expect(list->n > 0, "an empty list");
    for (size_t i = 0; i < list->n; i++) {
        const Source *source = &list->sources[i];
        fuzz_expect(source->id != NULL, "a source without id");
        if (source->has_sky)
            fuzz_expect(fabs(source->dec) <= 90 && isfinite(source->ra), "declination %g",
                        source->dec);
        if (source->has_xy)
            fuzz_expect(isfinite(source->x) && isfinite(source->y), "a source at no place");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    SourceList *list;
    Error error = {0};
    Status status = source_list_read(fuzz_write("list", bytes, size), &list, &error);
    if (status != STATUS_OK) {
        fuzz_expect(list == NULL, "a list with an error");
        fuzz_expect_words(status, &error);
        return 0;
    }
    use(list);
    check_round_trip(list, fuzz_path("again.csv"));
    check_round_trip(list, fuzz_path("again.fits"));
    source_list_free(list);
    return 0;
}
