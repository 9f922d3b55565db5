// Celestial coordinates through wcslib. Pixels are 1-based (FITS), angles degrees ICRS. FK5 J2000
// is kept apart from ICRS as DS9 does: the 0.03 arcsec between them are most of an HST pixel.
#ifndef SKYCLASS_SKY_IMAGE_SKY_WCS_H
#define SKYCLASS_SKY_IMAGE_SKY_WCS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct SkyWcs SkyWcs;

// From a FITS header: `cards` is n_cards * 80 characters. *wcs is NULL, with STATUS_OK, when the
// header holds no celestial WCS on its first two axes. Takes what wcslib takes (CD, PC or CDELT
// matrices, SIP, TPV and TPD distortions); -TAB coordinates are not supported. Headers in FK5,
// FK4, galactic or ecliptic coordinates are converted to ICRS.
Status sky_wcs_parse(const char *cards, size_t n_cards, SkyWcs **wcs, Error *error);
void sky_wcs_free(SkyWcs *wcs);

// n positions from[n][2] to to[n][2], as (x, y) and (ra, dec); NaN where the projection has no
// answer. The only error is that memory ran out. Thread-safe on one const SkyWcs.
Status sky_wcs_to_sky_array(const SkyWcs *wcs, const double (*from)[2], size_t n, double (*to)[2],
                            Error *error);
Status sky_wcs_to_pixel_array(const SkyWcs *wcs, const double (*from)[2], size_t n, double (*to)[2],
                              Error *error);

// The same for one position; *known is false where the projection has no answer.
Status sky_wcs_to_sky(const SkyWcs *wcs, double x, double y, double *ra, double *dec, bool *known,
                      Error *error);
Status sky_wcs_to_pixel(const SkyWcs *wcs, double ra, double dec, double *x, double *y, bool *known,
                        Error *error);

// Arcsec a pixel at the reference pixel: square root of the pixel's area.
double sky_wcs_pixel_scale(const SkyWcs *wcs);

// Sky systems that DS9 regions and headers use, with DS9's meaning (AST's): FK4 is B1950 seen at
// epoch J2000 without proper motion, ecliptic is the mean ecliptic of J2000.
typedef enum SkySystem { SKY_ICRS, SKY_FK5, SKY_FK4, SKY_GALACTIC, SKY_ECLIPTIC } SkySystem;

// Degrees to degrees; right ascension in [0, 360). False where the latitude is beyond the poles or
// a value is not finite.
bool sky_system_to_icrs(SkySystem system, double longitude, double latitude, double *ra,
                        double *dec);
bool sky_system_from_icrs(SkySystem system, double ra, double dec, double *longitude,
                          double *latitude);

// Great-circle distance in degrees between two positions in degrees (haversine formula, good at
// small angles).
double sky_distance(double ra_1, double dec_1, double ra_2, double dec_2);

#endif
