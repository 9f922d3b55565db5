// An image file, whatever it holds, gives pixels or an error.
#include <stdlib.h>

#include "fuzz.h"
#include "sky/image/band.h"
#include "sky/image/image.h"
#include "sky/image/physical.h"
#include "sky/image/sky_wcs.h"

enum { SIDE = 24 };

static void use_wcs(const SkyWcs *wcs)
{
    double ra, dec, x, y;
    bool known;
    if (wcs != NULL && sky_wcs_to_sky(wcs, 5.0, 6.0, &ra, &dec, &known, NULL) == STATUS_OK && known)
        (void)sky_wcs_to_pixel(wcs, ra, dec, &x, &y, &known, NULL);
}

static void use_image(Image *image)
{
    static float pixels[SIDE * SIDE];
    char band[BAND_NAME_SIZE];
    size_t width, height;
    double value;
    Error error = {0};
    fuzz_expect(image_width(image) > 0 && image_height(image) > 0, "an image without pixels");
    fuzz_expect(image_plane(image) >= 1 && image_plane(image) <= image_plane_count(image),
                "plane %zu of %zu", image_plane(image), image_plane_count(image));
    band_of_image(image, band, sizeof band);
    (void)image_header_number(image, "EXPTIME", &value);
    if (image_tile_size(image, &width, &height))
        fuzz_expect(width > 0 && height > 0, "a tile without pixels");
    use_wcs(image_wcs(image));
    Status status = image_read(image, -2, -3, SIDE, SIDE, pixels, &error);
    if (status != STATUS_OK)
        fuzz_expect_words(status, &error);
    status = image_read(image, (long)image_width(image) - 3, (long)image_height(image) - 3, SIDE,
                        SIDE, pixels, &error);
    if (status != STATUS_OK)
        fuzz_expect_words(status, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = fuzz_write("image.fits", bytes, size);
    Image *image;
    ImageExtension *list;
    size_t n;
    Error error = {0};
    Status status = image_list(path, &list, &n, &error);
    if (status == STATUS_OK)
        free(list);
    else
        fuzz_expect_words(status, &error);
    status = image_open(path, 0, &image, &error);
    if (status != STATUS_OK) {
        fuzz_expect(image == NULL, "an image with an error");
        fuzz_expect_words(status, &error);
        return 0;
    }
    use_image(image);
    image_close(image);
    return 0;
}
