// A real catalogue whose sources a mock sky shows at their places.
#ifndef SKYCLASS_MOCK_MOCK_CATALOG_H
#define SKYCLASS_MOCK_MOCK_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "mock/mock_band.h"

typedef struct MockCatalogRow {
    size_t id;
    double x, y;                  // pixels, 1-based
    double ra, dec;               // degrees
    double magnitude[MOCK_BANDS]; // Vega; NaN where not measured
    double ci;                    // mag(1 pixel) - mag(3 pixels) in V
    size_t label;                 // class 1-4, 0 where nobody looked
} MockCatalogRow;

typedef struct MockCatalog {
    size_t n;
    MockCatalogRow *rows;
} MockCatalog;

// Reads a LEGUS catalogue: columns 1-16 and 34 of its .tab (id x y ra dec, magnitude and error in
// five bands, CI; class).
Status mock_catalog_read(const char *path, MockCatalog **catalog, Error *error);
void mock_catalog_free(MockCatalog *catalog);

// The tangent projection that takes the catalogue's x, y to its ra, dec with least squares:
// reference pixel (1-based), its sky position, CD matrix {1_1, 1_2, 2_1, 2_2} in degrees a pixel.
// False where the rows do not determine one (fewer than three, or on a line).
bool mock_catalog_wcs(const MockCatalog *catalog, double reference[2], double sky[2],
                      double matrix[4]);

#endif
