// "name=value,name=value" into the settings of training, which have a field of every kind: what
// is set is in its place, and lies in the range of its kind.
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "work/train.h"

static void expect_in_range(const Field *field, const TrainSettings *settings)
{
    const void *place = (const char *)settings + field->offset;
    size_t n_choices = 0;
    switch (field->kind) {
    case FIELD_TEXT:
        fuzz_expect(memchr(place, '\0', field->n) != NULL, "%s has no end", field->name);
        break;
    case FIELD_CHOICE:
        while (field->choices[n_choices] != NULL)
            n_choices++;
        fuzz_expect(*(const int *)place >= 0 && (size_t) * (const int *)place < n_choices,
                    "%s is choice %d of %zu", field->name, *(const int *)place, n_choices);
        break;
    default:
        break;
    }
}

static void use_one(const char *text)
{
    TrainSettings settings = {.compress = false};
    Error error = {0};
    Status status = fields_set(train_fields, &settings, text, &error);
    if (status != STATUS_OK)
        fuzz_expect_words(status, &error);
    for (const Field *field = train_fields; field->name != NULL; field++)
        expect_in_range(field, &settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    use_one(text);
    free(text);
    return 0;
}
