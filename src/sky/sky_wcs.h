// Celestial coordinates through wcslib. Pixels are 1-based (FITS), angles degrees ICRS/FK5 J2000
// as the header says.
#ifndef SKYCLASS_SKY_SKY_WCS_H
#define SKYCLASS_SKY_SKY_WCS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct SkyWcs SkyWcs;

// From a FITS header: `cards` is n_cards * 80 characters. *wcs is NULL, with STATUS_OK, when the
// header holds no celestial WCS.
Status sky_wcs_parse(const char *cards, size_t n_cards, SkyWcs **wcs, Error *error);
void sky_wcs_free(SkyWcs *wcs);

// False where the projection has no answer. Thread-safe on one const SkyWcs.
bool sky_wcs_to_sky(const SkyWcs *wcs, double x, double y, double *ra, double *dec);
bool sky_wcs_to_pixel(const SkyWcs *wcs, double ra, double dec, double *x, double *y);
double sky_wcs_pixel_scale(const SkyWcs *wcs); // arcsec a pixel: square root of the pixel's area

// Sky systems that DS9 regions use, to ICRS degrees.
typedef enum SkySystem { SKY_ICRS, SKY_FK5, SKY_FK4, SKY_GALACTIC, SKY_ECLIPTIC } SkySystem;
bool sky_system_to_icrs(SkySystem system, double longitude, double latitude, double *ra,
                        double *dec);

#endif
