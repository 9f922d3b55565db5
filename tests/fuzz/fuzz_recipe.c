// Recipes as text: what is read is written so that it reads back the same.
#include <stdlib.h>
#include <string.h>

#include "classifier/recipe_text.h"
#include "fuzz.h"

static void expect_round_trip(const Recipe *recipe)
{
    Recipe back;
    Error error = {0};
    char *text = NULL, *again = NULL;
    fuzz_expect(recipe_text_write(recipe, &text, &error) == STATUS_OK, "%s", error.text);
    fuzz_expect(recipe_text_read(text, &back, &error) == STATUS_OK, "%s", error.text);
    fuzz_expect(recipe_text_write(&back, &again, &error) == STATUS_OK, "%s", error.text);
    fuzz_expect(strcmp(text, again) == 0, "the recipe changed:\n%s%s", text, again);
    free(text);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    Recipe recipe;
    Error error = {0};
    Status status = recipe_text_read(text, &recipe, &error);
    if (status == STATUS_OK)
        expect_round_trip(&recipe);
    else
        fuzz_expect_words(status, &error);
    free(text);
    return 0;
}
