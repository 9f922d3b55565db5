// Names and options as a user types them: filters in file names, a system's options.
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sky/image/band.h"
#include "sky/source/coordinate.h"
#include "systems/architecture/architecture.h"
#include "systems/system.h"

static void expect_choices(Builder *builder, size_t n_classes, const size_t *picked)
{
    (void)builder;
    fuzz_expect(n_classes == 2 && picked[0] < 3 && picked[1] < 2, "choices %zu, %zu", picked[0],
                picked[1]);
}

static void use_options(const char *text)
{
    static const Architecture architecture = {
        .name = "fuzz",
        .size_least = 1,
        .size_most = 8,
        .choices = {{"pathways", {"3", "2", "1"}}, {"norm", {"group", "batch"}}},
        .add = expect_choices};
    Network *network;
    Error error = {0};
    InputShape input = {.size = 4, .channels = 1};
    Status status = architecture_build(&architecture, "fuzz", input, 2, text, &network, &error);
    if (status == STATUS_OK)
        network_free(network);
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
