#include "sky/source/column_content.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sky/source/coordinate.h"
#include "sky/source/pixel_sky_fit.h"

enum {
    // LEGUS tables have 33 to 39 columns, others are narrower. Column 33 is the number of filters;
    // what follows differs from release to release.
    LEGUS_COLUMNS = 33,
    SAMPLE = 256,  // rows looked at for RA and Dec
    CLASS_MAX = 9, // NGC 4449 has a class 5
};

static void set(SourceRoles *roles, SourceRole role, size_t column, const char *why)
{
    roles->column[role] = column;
    snprintf(roles->why[role], ROLE_WHY_SIZE, "%s", why);
}

static bool is_sexagesimal(const Table *table, size_t column)
{
    if (column >= table_column_count(table))
        return false;
    char buffer[TABLE_CELL_SIZE];
    const char *cell = table_text(table, 0, column, buffer);
    Coordinate coordinate;
    return coordinate_parse(cell, strlen(cell), &coordinate) && coordinate.unit >= UNIT_SEXAGESIMAL;
}

// ---- RA and Dec beside pixels ----------------------------------------------------------------

// Some rows' numbers of one column, spread over the table; false where a cell holds none.
static bool sample_column(const Table *table, size_t column, size_t n, double *values)
{
    const size_t n_rows = table_row_count(table);
    for (size_t i = 0; i < n; i++)
        if (!table_number(table, i * n_rows / n, column, &values[i]) || !isfinite(values[i]))
            return false;
    return true;
}

// The two neighbours from column `first` on that follow x, y as the sky does.
static bool find_sky_columns(const Table *table, size_t column_x, size_t first, SourceRoles *roles)
{
    double x[SAMPLE], y[SAMPLE], ra[SAMPLE], dec[SAMPLE];
    size_t n = table_row_count(table) < SAMPLE ? table_row_count(table) : SAMPLE;
    if (!sample_column(table, column_x, n, x) || !sample_column(table, column_x + 1, n, y))
        return false;
    for (size_t column = first; column + 1 < table_column_count(table); column++) {
        double scale;
        if (!sample_column(table, column, n, ra) || !sample_column(table, column + 1, n, dec) ||
            !pixel_sky_fit(x, y, ra, dec, n, &scale))
            continue;
        char why[ROLE_WHY_SIZE];
        snprintf(why, sizeof why, "it and its neighbour follow x, y at %.4g arcsec a pixel", scale);
        set(roles, ROLE_RA, column, why);
        set(roles, ROLE_DEC, column + 1, why);
        return true;
    }
    return false;
}

static bool holds_angles(const Table *table, size_t column_ra)
{
    for (size_t row = 0; row < table_row_count(table); row++) {
        double ra, dec;
        if (!table_number(table, row, column_ra, &ra) ||
            !table_number(table, row, column_ra + 1, &dec) || ra < 0.0 || ra > 360.0 ||
            fabs(dec) > 90.0)
            return false;
    }
    return true;
}

// Pixels stand second and third, or further right before an RA and Dec that follow them.
static void find_pixels_and_sky(const Table *table, size_t first, SourceRoles *roles)
{
    const size_t n = table_column_count(table);
    for (size_t x = first; x + 3 < n; x++) {
        if (!find_sky_columns(table, x, x + 2, roles))
            continue;
        const char *why = x == first ? "by its place" : "RA and Dec follow it and its neighbour";
        set(roles, ROLE_X, x, why);
        set(roles, ROLE_Y, x + 1, why);
        return;
    }
    set(roles, ROLE_X, first, "by its place");
    set(roles, ROLE_Y, first + 1, "by its place");
    if ((is_sexagesimal(table, 3) && is_sexagesimal(table, 4)) ||
        (n >= LEGUS_COLUMNS && holds_angles(table, 3))) {
        set(roles, ROLE_RA, 3, "by its place");
        set(roles, ROLE_DEC, 4, "by its place");
    }
}

// ---- The class -------------------------------------------------------------------------------

// How many rows hold each whole number 0 to CLASS_MAX; false where a cell holds anything else.
static bool count_classes(const Table *table, size_t column, size_t counts[CLASS_MAX + 1])
{
    memset(counts, 0, (CLASS_MAX + 1) * sizeof *counts);
    for (size_t row = 0; row < table_row_count(table); row++) {
        double value;
        if (!table_number(table, row, column, &value))
            return false;
        if (isnan(value))
            continue;
        if (value < 0.0 || value > CLASS_MAX || value != floor(value))
            return false;
        counts[(size_t)value]++;
    }
    return true;
}

// Which of the four published classes occur, as "1 2 4"; how many.
static size_t name_classes(const size_t counts[CLASS_MAX + 1], char text[16])
{
    size_t n = 0, used = 0;
    for (size_t class = 1; class <= 4; class ++) {
        if (counts[class] == 0)
            continue;
        used += (size_t)snprintf(text + used, 16 - used, n++ > 0 ? " %zu" : "%zu", class);
    }
    return n;
}

// Means of the votes of which `column` holds the commonest: numbers with a fraction, 0 in the same
// rows and never beyond the classes.
static bool holds_means(const Table *table, size_t column, size_t mode)
{
    bool fraction = false;
    for (size_t row = 0; row < table_row_count(table); row++) {
        double mean, class;
        if (!table_number(table, row, column, &mean) || !table_number(table, row, mode, &class))
            return false;
        if ((mean > 0.0) != (class > 0.0) || mean > CLASS_MAX)
            return false;
        fraction = fraction || mean != floor(mean);
    }
    return fraction;
}

static void find_class(const Table *table, SourceRoles *roles)
{
    const size_t n = table_column_count(table);
    size_t after = roles->column[ROLE_Y] != NO_COLUMN ? roles->column[ROLE_Y] + 1 : 2;
    if (roles->column[ROLE_DEC] != NO_COLUMN && roles->column[ROLE_DEC] >= after)
        after = roles->column[ROLE_DEC] + 1;
    if (n > LEGUS_COLUMNS)
        after = LEGUS_COLUMNS;
    // Two classes are enough where no column holds more: a small field may lack some.
    for (size_t enough = 3; enough >= 2; enough--) {
        for (size_t column = after; column < n; column++) {
            size_t counts[CLASS_MAX + 1];
            char classes[16], why[ROLE_WHY_SIZE];
            if (!count_classes(table, column, counts) || name_classes(counts, classes) < enough)
                continue;
            bool means = column + 1 < n && holds_means(table, column + 1, column);
            snprintf(why, sizeof why,
                     "the first after column %zu of whole numbers with classes %s%s", after,
                     classes, means ? "; their means stand beside it" : "");
            set(roles, ROLE_CLASS, column, why);
            return;
        }
        if (n <= LEGUS_COLUMNS)
            return;
    }
}

// ---- The whole -------------------------------------------------------------------------------

void column_content_find(const Table *table, SourceRoles *roles)
{
    const size_t n = table_column_count(table);
    if (n < 2)
        return;
    const size_t first = n >= 3 && !is_sexagesimal(table, 0) ? 1 : 0;
    if (first > 0)
        set(roles, ROLE_ID, 0, "the first column");
    if (is_sexagesimal(table, first) && is_sexagesimal(table, first + 1)) {
        set(roles, ROLE_RA, first, "sexagesimal");
        set(roles, ROLE_DEC, first + 1, "sexagesimal");
    } else {
        find_pixels_and_sky(table, first, roles);
    }
    find_class(table, roles);
}
