#include "sky/source/column_names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

// Most telling first within a role; lower case, blanks and hyphens as '_'. `companion` is a column
// that tells the tool where the name alone does not.
typedef struct ColumnName {
    SourceRole role;
    const char *name;
    bool zero_based;
    const char *companion;
} ColumnName;

static const ColumnName names[] = {
    {ROLE_ID, "id", false, NULL},
    {ROLE_ID, "number", false, NULL},
    {ROLE_ID, "name", false, NULL},
    {ROLE_ID, "source_id", false, NULL},
    {ROLE_ID, "sourceid", false, NULL},
    {ROLE_ID, "object_id", false, NULL},
    {ROLE_ID, "objid", false, NULL},
    {ROLE_ID, "obj_id", false, NULL},
    {ROLE_ID, "objectid", false, NULL},
    {ROLE_ID, "ident", false, NULL},
    {ROLE_ID, "id_phangs_clusters", false, NULL},
    {ROLE_ID, "id_phangs_cluster", false, NULL},
    {ROLE_ID, "cluster_id", false, NULL},
    {ROLE_ID, "star_id", false, NULL},
    {ROLE_ID, "label", false, NULL},
    {ROLE_ID, "designation", false, NULL},
    {ROLE_ID, "main_id", false, NULL},
    {ROLE_ID, "source", false, NULL},
    {ROLE_ID, "object", false, NULL},
    {ROLE_ID, "recno", false, NULL},
    {ROLE_ID, "no", false, NULL},
    {ROLE_ID, "num", false, NULL},
    {ROLE_ID, "index", false, NULL},
    {ROLE_X, "x", true, "tnpix"},
    {ROLE_X, "x", false, NULL},
    {ROLE_X, "x_image", false, NULL},
    {ROLE_X, "xwin_image", false, NULL},
    {ROLE_X, "xcentroid", true, NULL},
    {ROLE_X, "x_centroid", true, NULL},
    {ROLE_X, "x_fit", true, NULL},
    {ROLE_X, "xcenter", true, "aperture_sum"},
    {ROLE_X, "xcenter", false, NULL},
    {ROLE_X, "x_center", true, "aperture_sum"},
    {ROLE_X, "x_center", false, NULL},
    {ROLE_X, "x_peak", true, NULL},
    {ROLE_X, "xpeak_image", false, NULL},
    {ROLE_X, "xpos", false, NULL},
    {ROLE_X, "x_pos", false, NULL},
    {ROLE_X, "xpix", false, NULL},
    {ROLE_X, "x_pix", false, NULL},
    {ROLE_X, "xpixel", false, NULL},
    {ROLE_X, "x_pixel", false, NULL},
    {ROLE_X, "xcen", false, NULL},
    {ROLE_X, "xcoord", false, NULL},
    {ROLE_X, "x_coord", false, NULL},
    {ROLE_X, "ximage", false, NULL},
    {ROLE_X, "phangs_x", false, NULL},
    {ROLE_X, "xinit", false, NULL},
    {ROLE_Y, "y", true, "tnpix"},
    {ROLE_Y, "y", false, NULL},
    {ROLE_Y, "y_image", false, NULL},
    {ROLE_Y, "ywin_image", false, NULL},
    {ROLE_Y, "ycentroid", true, NULL},
    {ROLE_Y, "y_centroid", true, NULL},
    {ROLE_Y, "y_fit", true, NULL},
    {ROLE_Y, "ycenter", true, "aperture_sum"},
    {ROLE_Y, "ycenter", false, NULL},
    {ROLE_Y, "y_center", true, "aperture_sum"},
    {ROLE_Y, "y_center", false, NULL},
    {ROLE_Y, "y_peak", true, NULL},
    {ROLE_Y, "ypeak_image", false, NULL},
    {ROLE_Y, "ypos", false, NULL},
    {ROLE_Y, "y_pos", false, NULL},
    {ROLE_Y, "ypix", false, NULL},
    {ROLE_Y, "y_pix", false, NULL},
    {ROLE_Y, "ypixel", false, NULL},
    {ROLE_Y, "y_pixel", false, NULL},
    {ROLE_Y, "ycen", false, NULL},
    {ROLE_Y, "ycoord", false, NULL},
    {ROLE_Y, "y_coord", false, NULL},
    {ROLE_Y, "yimage", false, NULL},
    {ROLE_Y, "phangs_y", false, NULL},
    {ROLE_Y, "yinit", false, NULL},
    {ROLE_RA, "ra", false, NULL},
    {ROLE_RA, "alpha_j2000", false, NULL},
    {ROLE_RA, "alphawin_j2000", false, NULL},
    {ROLE_RA, "raj2000", false, NULL},
    {ROLE_RA, "_raj2000", false, NULL},
    {ROLE_RA, "ra_j2000", false, NULL},
    {ROLE_RA, "ra_icrs", false, NULL},
    {ROLE_RA, "_ra_icrs", false, NULL},
    {ROLE_RA, "_ra", false, NULL},
    {ROLE_RA, "sky_centroid.ra", false, NULL},
    {ROLE_RA, "ra_deg", false, NULL},
    {ROLE_RA, "radeg", false, NULL},
    {ROLE_RA, "radegrees", false, NULL},
    {ROLE_RA, "alpha_sky", false, NULL},
    {ROLE_RA, "alphapeak_j2000", false, NULL},
    {ROLE_RA, "x_world", false, NULL},
    {ROLE_RA, "s_ra", false, NULL},
    {ROLE_RA, "right_ascension", false, NULL},
    {ROLE_RA, "ramean", false, NULL},
    {ROLE_RA, "alpha", false, NULL},
    {ROLE_RA, "ra2000", false, NULL},
    {ROLE_RA, "coord_ra", false, NULL},
    {ROLE_RA, "phangs_ra", false, NULL},
    {ROLE_DEC, "dec", false, NULL},
    {ROLE_DEC, "delta_j2000", false, NULL},
    {ROLE_DEC, "deltawin_j2000", false, NULL},
    {ROLE_DEC, "dej2000", false, NULL},
    {ROLE_DEC, "_dej2000", false, NULL},
    {ROLE_DEC, "dec_j2000", false, NULL},
    {ROLE_DEC, "de_icrs", false, NULL},
    {ROLE_DEC, "_de_icrs", false, NULL},
    {ROLE_DEC, "_de", false, NULL},
    {ROLE_DEC, "sky_centroid.dec", false, NULL},
    {ROLE_DEC, "dec_deg", false, NULL},
    {ROLE_DEC, "decdeg", false, NULL},
    {ROLE_DEC, "dedeg", false, NULL},
    {ROLE_DEC, "decdegrees", false, NULL},
    {ROLE_DEC, "delta_sky", false, NULL},
    {ROLE_DEC, "deltapeak_j2000", false, NULL},
    {ROLE_DEC, "y_world", false, NULL},
    {ROLE_DEC, "s_dec", false, NULL},
    {ROLE_DEC, "declination", false, NULL},
    {ROLE_DEC, "decj2000", false, NULL},
    {ROLE_DEC, "decmean", false, NULL},
    {ROLE_DEC, "delta", false, NULL},
    {ROLE_DEC, "dec2000", false, NULL},
    {ROLE_DEC, "dec_icrs", false, NULL},
    {ROLE_DEC, "de", false, NULL},
    {ROLE_DEC, "coord_dec", false, NULL},
    {ROLE_DEC, "phangs_dec", false, NULL},
    {ROLE_CLASS, "class", false, NULL},
    {ROLE_CLASS, "class_mode", false, NULL},
    {ROLE_CLASS, "classification", false, NULL},
    {ROLE_CLASS, "cluster_class", false, NULL},
    {ROLE_CLASS, "class_human", false, NULL},
    {ROLE_CLASS, "human_class", false, NULL},
    {ROLE_CLASS, "phangs_cluster_class_human", false, NULL},
    {ROLE_CLASS, "morph_class", false, NULL},
    {ROLE_CLASS, "morphology_class", false, NULL},
    {ROLE_CLASS, "label", false, NULL},
    {ROLE_CLASS, "type", false, NULL},
    {ROLE_CLASS, "prediction", false, NULL},
    {ROLE_CLASS, "phangs_cluster_class_ml_vgg", false, NULL},
};

enum { NAME_SIZE = 64, N_NAMES = sizeof names / sizeof names[0] };

// "X Centroid [pix]" -> "x_centroid".
static void normalise(const char *name, char *text)
{
    size_t n = 0;
    for (; *name != '\0' && strchr("[(", *name) == NULL && n + 1 < NAME_SIZE; name++) {
        unsigned char c = (unsigned char)*name;
        text[n++] = c == ' ' || c == '-' ? '_' : (char)tolower(c);
    }
    while (n > 0 && text[n - 1] == '_')
        n--;
    text[n] = '\0';
}

static size_t find_normalised(const Table *table, const char *wanted)
{
    char name[NAME_SIZE];
    for (size_t i = 0; i < table_column_count(table); i++) {
        normalise(table_column_name(table, i), name);
        if (strcmp(name, wanted) == 0)
            return i;
    }
    return NO_COLUMN;
}

// photutils' "label" numbers the sources, other people's says what they are.
static bool is_taken(const SourceRoles *roles, size_t column)
{
    for (size_t role = 0; role < SOURCE_ROLES; role++)
        if (roles->column[role] == column)
            return true;
    return false;
}

// "CLASHVLT ID", "ID_PHANGS_CLUSTERS_v1p2": what no list of names can hold. Where each row is a
// source, the first such column is the source's.
static void find_any_id(const Table *table, SourceRoles *roles)
{
    char name[NAME_SIZE];
    for (size_t i = 0; i < table_column_count(table); i++) {
        normalise(table_column_name(table, i), name);
        const size_t length = strlen(name);
        const bool first = strncmp(name, "id_", 3) == 0;
        if (!first && (length < 3 || strcmp(name + length - 3, "_id") != 0))
            continue;
        roles->column[ROLE_ID] = i;
        snprintf(roles->why[ROLE_ID], ROLE_WHY_SIZE, "its name %s ID",
                 first ? "begins with" : "ends in");
        return;
    }
}

void column_names_find(const Table *table, SourceRoles *roles)
{
    bool zero_based[SOURCE_ROLES] = {false};
    for (size_t i = 0; i < N_NAMES; i++) {
        const SourceRole role = names[i].role;
        if (roles->column[role] != NO_COLUMN)
            continue;
        size_t column = find_normalised(table, names[i].name);
        if (column == NO_COLUMN || is_taken(roles, column) ||
            (names[i].companion != NULL && find_normalised(table, names[i].companion) == NO_COLUMN))
            continue;
        roles->column[role] = column;
        zero_based[role] = names[i].zero_based;
        snprintf(roles->why[role], ROLE_WHY_SIZE, "by its name%s",
                 names[i].zero_based ? ", which photutils and SEP count from 0" : "");
    }
    if (roles->column[ROLE_ID] == NO_COLUMN)
        find_any_id(table, roles);
    roles->zero_based = zero_based[ROLE_X] && zero_based[ROLE_Y];
}

bool column_names_absent(const Table *table)
{
    char automatic[TABLE_CELL_SIZE];
    for (size_t i = 0; table_is_named(table) && i < table_column_count(table); i++) {
        snprintf(automatic, sizeof automatic, "col%zu", i + 1);
        if (strcmp(automatic, table_column_name(table, i)) != 0)
            return false;
    }
    return true;
}

double column_names_unit(const char *unit)
{
    static const struct {
        const char *word;
        double degrees;
    } units[] = {
        {"deg", 1.0},
        {"degree", 1.0},
        {"degrees", 1.0},
        {"rad", 57.29577951308232},
        {"radian", 57.29577951308232},
        {"radians", 57.29577951308232},
        {"h", 15.0},
        {"hr", 15.0},
        {"hour", 15.0},
        {"hours", 15.0},
        {"hourangle", 15.0},
        {"arcmin", 1.0 / 60.0},
        {"arcsec", 1.0 / 3600.0},
        {"mas", 1.0 / 3600000.0},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcasecmp(unit, units[i].word) == 0)
            return units[i].degrees;
    return 0.0;
}
