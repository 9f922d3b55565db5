#include "mock/mock_catalog.h"

#include <math.h>
#include <stdlib.h>

#include "base/least_squares.h"
#include "base/memory.h"
#include "sky/source/source_roles.h"
#include "sky/source/tangent_plane.h"
#include "sky/table/table.h"

// Columns of a LEGUS catalogue, from 0.
enum { COLUMN_ID, COLUMN_X, COLUMN_Y, COLUMN_RA, COLUMN_DEC, COLUMN_MAGNITUDES };
enum { COLUMN_CI = 15, COLUMN_CLASS = 33, COLUMNS_NEEDED = 34 };

// 99.999 says not detected, 66.666 outside the field.
static const double faintest_magnitude = 40.0;

static Status read_cell(const Table *table, size_t row, size_t column, double *value, Error *error)
{
    if (table_number(table, row, column, value) && isfinite(*value))
        return STATUS_OK;
    char place[256];
    table_place(table, row, column, place, sizeof place);
    return error_set(error, STATUS_BAD_INPUT,
                     "%s holds no number; a mock sky needs a LEGUS catalogue with numbers only",
                     place);
}

static Status read_row(const Table *table, size_t row, size_t class_column, MockCatalogRow *out,
                       Error *error)
{
    double cells[COLUMNS_NEEDED], label;
    for (size_t column = 0; column < COLUMNS_NEEDED; column++) {
        Status status = read_cell(table, row, column, &cells[column], error);
        if (status != STATUS_OK)
            return status;
    }
    Status status = read_cell(table, row, class_column, &label, error);
    if (status != STATUS_OK)
        return status;
    char place[256];
    table_place(table, row, COLUMN_X, place, sizeof place);
    bool in_range = cells[COLUMN_X] >= 1.0 && cells[COLUMN_X] < 1e5 && cells[COLUMN_Y] >= 1.0 &&
                    cells[COLUMN_Y] < 1e5 && fabs(cells[COLUMN_DEC]) <= 90.0 &&
                    (label == 0.0 || label == 1.0 || label == 2.0 || label == 3.0 || label == 4.0);
    if (!in_range)
        return error_set(error, STATUS_BAD_INPUT,
                         "%s: not a row of a LEGUS catalogue (x, y in 1-100000, dec in -90-90, "
                         "class 0-4 in column %zu)",
                         place, class_column + 1);
    *out = (MockCatalogRow){
        .id =
            cells[COLUMN_ID] >= 0.0 && cells[COLUMN_ID] < 1e15 ? (size_t)cells[COLUMN_ID] : row + 1,
        .x = cells[COLUMN_X],
        .y = cells[COLUMN_Y],
        .ra = cells[COLUMN_RA],
        .dec = cells[COLUMN_DEC],
        .ci = cells[COLUMN_CI],
        .label = (size_t)label,
    };
    for (int band = 0; band < MOCK_BANDS; band++) {
        double magnitude = cells[COLUMN_MAGNITUDES + 2 * band];
        out->magnitude[band] = magnitude < faintest_magnitude ? magnitude : NAN;
    }
    return STATUS_OK;
}

Status mock_catalog_read(const char *path, MockCatalog **result, Error *error)
{
    *result = NULL;
    Table *table = NULL;
    MockCatalog *catalog = memory_new(1, sizeof *catalog);
    Status status =
        catalog == NULL ? error_memory(error, "a catalogue") : table_read(path, &table, error);
    if (status != STATUS_OK)
        goto done;
    if (table_column_count(table) < COLUMNS_NEEDED) {
        status = error_set(error, STATUS_BAD_INPUT,
                           "%s has %zu columns; a LEGUS catalogue has 34 or more (the class in "
                           "column 34)",
                           path, table_column_count(table));
        goto done;
    }
    catalog->n = table_row_count(table);
    catalog->rows = memory_new(catalog->n, sizeof *catalog->rows);
    if (catalog->rows == NULL) {
        status = error_memory(error, "a catalogue");
        goto done;
    }
    // Where the classes cannot be told by what they are, as in a list of one source, the column
    // that LEGUS documents.
    SourceRoles roles;
    status = source_roles_find(table, NULL, &roles, error);
    const size_t found = roles.column[ROLE_CLASS];
    const size_t class_column = found != NO_COLUMN ? found : COLUMN_CLASS;
    for (size_t row = 0; row < catalog->n && status == STATUS_OK; row++)
        status = read_row(table, row, class_column, &catalog->rows[row], error);
done:
    table_free(table);
    if (status != STATUS_OK) {
        mock_catalog_free(catalog);
        return status;
    }
    *result = catalog;
    return STATUS_OK;
}

void mock_catalog_free(MockCatalog *catalog)
{
    if (catalog == NULL)
        return;
    free(catalog->rows);
    free(catalog);
}

bool mock_catalog_wcs(const MockCatalog *catalog, double reference[2], double sky[2],
                      double matrix[4])
{
    static const double degree = 0.017453292519943295;
    double n = (double)catalog->n;
    double mean_x = 0.0;
    double mean_y = 0.0;
    double pole[3] = {0.0, 0.0, 0.0}; // mean direction, so that 0 and 360 degrees are neighbours
    for (size_t i = 0; i < catalog->n; i++) {
        const MockCatalogRow *row = &catalog->rows[i];
        mean_x += row->x / n;
        mean_y += row->y / n;
        pole[0] += cos(degree * row->dec) * cos(degree * row->ra);
        pole[1] += cos(degree * row->dec) * sin(degree * row->ra);
        pole[2] += sin(degree * row->dec);
    }
    double ra0 = atan2(pole[1], pole[0]);
    double dec0 = atan2(pole[2], hypot(pole[0], pole[1]));
    double *offsets = memory_new(2 * catalog->n, sizeof *offsets); // x of all rows, then y
    double *plane = memory_new(2 * catalog->n, sizeof *plane);     // xi, then eta
    double mean_xi = 0.0;
    double mean_eta = 0.0;
    for (size_t i = 0; offsets != NULL && plane != NULL && i < catalog->n; i++) {
        const MockCatalogRow *row = &catalog->rows[i];
        double *xi = &plane[i], *eta = &plane[catalog->n + i];
        offsets[i] = row->x - mean_x;
        offsets[catalog->n + i] = row->y - mean_y;
        tangent_plane(degree * row->ra, degree * row->dec, ra0, dec0, xi, eta);
        mean_xi += *xi / n;
        mean_eta += *eta / n;
    }
    // From their mean, x and y need no constant beside them in the fit. The rows lie on a line
    // where x and y, as vectors of one length, are closer than 1e-3.
    bool determined =
        offsets != NULL && plane != NULL && least_squares(catalog->n, 2, 2, offsets, plane, 1e-3);
    double m[4] = {0.0};
    for (size_t i = 0; determined && i < 4; i++)
        m[i] = plane[i / 2 * catalog->n + i % 2];
    free(offsets);
    free(plane);
    if (!determined)
        return false;
    double area = m[0] * m[3] - m[1] * m[2];
    if (area == 0.0)
        return false;
    // The reference pixel is where the fitted plane has xi = eta = 0.
    reference[0] = mean_x - (m[3] * mean_xi - m[1] * mean_eta) / area;
    reference[1] = mean_y - (m[0] * mean_eta - m[2] * mean_xi) / area;
    sky[0] = ra0 < 0.0 ? ra0 / degree + 360.0 : ra0 / degree;
    sky[1] = dec0 / degree;
    for (int i = 0; i < 4; i++)
        matrix[i] = m[i] / degree;
    return true;
}
