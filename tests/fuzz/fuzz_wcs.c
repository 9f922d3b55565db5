// Header cards, one a line here, as a WCS: where it has answers they are places on the sky.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "sky/image/sky_wcs.h"

enum { CARD = 80 };

static size_t read_cards(const uint8_t *bytes, size_t size, char *cards)
{
    size_t n = 0;
    for (size_t start = 0; start < size; n++) {
        const uint8_t *end = memchr(bytes + start, '\n', size - start);
        size_t length = end != NULL ? (size_t)(end - bytes) - start : size - start;
        memset(cards + n * CARD, ' ', CARD);
        memcpy(cards + n * CARD, bytes + start, length < CARD ? length : CARD);
        start += length + 1;
    }
    return n;
}

static void use(const SkyWcs *wcs)
{
    static const double places[][2] = {{1, 1}, {12.5, 7.25}, {1000, -300}, {1e9, 1e9}};
    double sky[4][2], pixels[4][2];
    sky_wcs_to_sky_array(wcs, places, 4, sky, NULL);
    sky_wcs_to_pixel_array(wcs, (const double(*)[2])sky, 4, pixels, NULL);
    for (int i = 0; i < 4; i++) {
        double ra, dec;
        bool known;
        fuzz_expect(sky_wcs_to_sky(wcs, places[i][0], places[i][1], &ra, &dec, &known, NULL) ==
                        STATUS_OK,
                    "one position fails");
        fuzz_expect(known == !isnan(sky[i][0]), "one position and many are not alike");
        if (known)
            fuzz_expect(ra >= 0 && ra <= 360 && dec >= -90 && dec <= 90, "ra %g, dec %g", ra, dec);
    }
    double scale = sky_wcs_pixel_scale(wcs);
    fuzz_expect(!(scale < 0), "pixel scale %g", scale);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *cards = malloc((size + 1) * CARD);
    SkyWcs *wcs;
    Error error = {0};
    Status status = sky_wcs_parse(cards, read_cards(bytes, size, cards), &wcs, &error);
    free(cards);
    if (status != STATUS_OK)
        fuzz_expect_words(status, &error);
    else if (wcs != NULL)
        use(wcs);
    sky_wcs_free(wcs);
    return 0;
}
