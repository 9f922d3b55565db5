// Journals of interrupted fields: what is taken from one is possible, and is written and read
// again as the same rows.
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "result/result_journal.h"

enum { N = 5, CLASSES = 4 };

static const char key[] = "the same list, images, model and options";

static Result *new_result(SourceList *list)
{
    static const char *const names[CLASSES] = {"one", "two", "three", "four"};
    Result *result;
    Error error = {0};
    fuzz_expect(result_new(list, CLASSES, names, &result, &error) == STATUS_OK, "%s", error.text);
    return result;
}

static void read(Result *result, const char *path, unsigned char known[N])
{
    Error error = {0};
    memset(known, 0, N);
    Status status = result_journal_read(result, key, path, known, &error);
    fuzz_expect(status == STATUS_OK, "%s", error.text);
}

static void expect_round_trip(const Result *result, SourceList *list, const unsigned char *known)
{
    unsigned char again[N];
    Error error = {0};
    const char *path = fuzz_path("again.journal");
    fuzz_expect(result_journal_write(result, known, key, path, &error) == STATUS_OK, "%s",
                error.text);
    Result *back = new_result(list);
    read(back, path, again);
    for (size_t i = 0; i < N; i++)
        fuzz_expect(
            again[i] == known[i] &&
                (!known[i] ||
                 (back->classes[i] == result->classes[i] && back->flags[i] == result->flags[i] &&
                  memcmp(back->scores + i * CLASSES, result->scores + i * CLASSES,
                         CLASSES * sizeof *back->scores) == 0)),
            "row %zu changed", i);
    result_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char id[] = "id";
    Source sources[N];
    for (size_t i = 0; i < N; i++)
        sources[i] = (Source){.id = id};
    unsigned char known[N];
    SourceList list = {.n = N, .sources = sources, .path = (char[]){"fuzz"}};
    Result *result = new_result(&list);
    read(result, fuzz_write("journal", bytes, size), known);
    for (size_t i = 0; i < N; i++)
        fuzz_expect(known[i] <= 1 && result->classes[i] <= CLASSES, "class %zu of %d",
                    result->classes[i], CLASSES);
    expect_round_trip(result, &list, known);
    result_free(result);
    return 0;
}
