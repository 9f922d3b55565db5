// Names and options as a user types them: filters in file names, a system's options.
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sky/image/band.h"
#include "sky/source/coordinate.h"
#include "systems/system.h"

static void use_options(const char *text)
{
    static const SystemChoice choices[] = {{"pathways", {"3", "2", "1"}},
                                           {"norm", {"group", "batch"}}};
    size_t picked[2] = {9, 9};
    Error error = {0};
    Status status = system_options_read("starcnet", text, choices, 2, picked, &error);
    if (status == STATUS_OK)
        fuzz_expect(picked[0] < 3 && picked[1] < 2, "choices %zu, %zu", picked[0], picked[1]);
    else
        fuzz_expect_words(status, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    char band[BAND_NAME_SIZE];
    Coordinate coordinate;
    band_of_name(text, band, sizeof band);
    fuzz_expect(memchr(band, '\0', sizeof band) != NULL, "a band without end");
    (void)coordinate_parse(text, strlen(text), &coordinate);
    (void)system_find(text);
    use_options(text);
    free(text);
    return 0;
}
