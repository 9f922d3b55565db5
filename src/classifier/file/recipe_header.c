#include "classifier/file/recipe_header.h"

#include <stdio.h>
#include <string.h>

#include "classifier/file/header_value.h"
#include "classifier/recipe_text.h"

#define RECIPE(key, kind, member, comment) FIELD_CARD(key, Recipe, member, kind, comment)
#define BAND(key, member, comment)         FIELD_CARD(key, BandRecipe, member, FIELD_TEXT, comment)
#define CLASS(key, member, comment)        FIELD_CARD(key, ClassRecipe, member, FIELD_TEXT, comment)

// What no recipe can do without.
static const Field required_fields[] = {
    RECIPE("SYSTEM", FIELD_TEXT, system, "what it is made for"),
    RECIPE("NBANDS", FIELD_COUNT, n_bands, "bands, in this order"),
    RECIPE("NCLASSES", FIELD_COUNT, n_classes, "classes, numbered from 1"),
    RECIPE("CUTSIZE", FIELD_COUNT, cutout_size, "[pixel] side of a cutout"),
};

static const Field optional_fields[] = {
    RECIPE("PIXSCALE", FIELD_NUMBER, pixel_scale, "[arcsec] a pixel; 0 unknown"),
    RECIPE("CUTBORD", FIELD_COUNT, cutout_border, "[pixel] nearest distance to an edge"),
    RECIPE("CUTNEAR", FIELD_SWITCH, cutout_nearest, "centred on the nearest pixel"),
    RECIPE("CUTPAD", FIELD_SWITCH, cutout_pad, "0 outside the image"),
    RECIPE("CUTZERO", FIELD_COUNT, zero_block, "[pixel] square of zeros that is no data; 0 none"),
    RECIPE("UNIT", FIELD_TEXT, unit, "of the pixels; blank: any"),
    RECIPE("CUTMID", FIELD_SWITCH, middle_needed, "a band without its middle has no source"),
    RECIPE("DISC", FIELD_TEXT, disc, "RA Dec PA incl [deg] dist [kpc]; blank: none"),
    RECIPE("TRAINING", FIELD_TEXT, training, "settings that training starts from"),
};

// KEY1, KEY2, ... for each band; the first is required.
static const Field band_fields[] = {
    BAND("BAND", role, "band"),
    BAND("FILT", filters, "filters, best first"),
    BAND("ZPTS", zero_points, "AB mag of 1 unit/s, by filter"),
};

// KEY1, KEY2, ... for each class.
static const Field class_fields[] = {
    CLASS("CLASS", name, "class"),
    CLASS("COLR", look.colour, "its colour"),
    CLASS("SAFE", look.safe_colour, "its colour for colour-blind eyes"),
    CLASS("SHAP", look.shape, "its shape in DS9"),
};

enum {
    N_REQUIRED = sizeof required_fields / sizeof *required_fields,
    N_OPTIONAL = sizeof optional_fields / sizeof *optional_fields,
    N_BAND = sizeof band_fields / sizeof *band_fields,
    N_CLASS = sizeof class_fields / sizeof *class_fields,
};

// ---- Reading ----------------------------------------------------------------------------------

static Status read_bands(fitsfile *fits, Recipe *recipe, Error *error)
{
    Status status = STATUS_OK;
    char key[FLEN_KEYWORD];
    bool found;
    for (size_t band = 0; band < recipe->n_bands; band++)
        for (size_t i = 0; i < N_BAND && status == STATUS_OK; i++) {
            header_numbered_key(band_fields[i].name, band, key);
            status = header_read_field(fits, &band_fields[i], key, &recipe->bands[band],
                                       i > 0 ? &found : NULL, error);
        }
    return status;
}

static Status read_classes(fitsfile *fits, Recipe *recipe, Error *error)
{
    Status status = STATUS_OK;
    char key[FLEN_KEYWORD];
    bool found;
    for (size_t class = 0; class < recipe->n_classes; class ++)
        for (size_t i = 0; i < N_CLASS && status == STATUS_OK; i++) {
            header_numbered_key(class_fields[i].name, class, key);
            status = header_read_field(fits, &class_fields[i], key, &recipe->classes[class],
                                       i > 0 ? &found : NULL, error);
        }
    return status;
}

// STEP1, STEP2, ... until one is missing.
static Status read_steps(fitsfile *fits, Recipe *recipe, Error *error)
{
    char key[FLEN_KEYWORD];
    char text[STEP_TEXT_SIZE];
    bool found = true;
    for (recipe->n_steps = 0;; recipe->n_steps++) {
        header_numbered_key("STEP", recipe->n_steps, key);
        Status status = header_read_text(fits, key, text, sizeof text, &found, error);
        if (status != STATUS_OK || !found)
            return status;
        if (recipe->n_steps == RECIPE_STEPS_MAX)
            return header_out_of_range(key, error);
        status = input_step_read(text, &recipe->steps[recipe->n_steps], error);
        if (status != STATUS_OK)
            return status;
    }
}

static Status read_views(fitsfile *fits, Recipe *recipe, Error *error)
{
    char key[FLEN_KEYWORD];
    char text[RECIPE_TEXT_SIZE];
    bool found = true;
    for (recipe->n_views = 0;; recipe->n_views++) {
        header_numbered_key("VIEW", recipe->n_views, key);
        Status status = header_read_text(fits, key, text, sizeof text, &found, error);
        if (status != STATUS_OK || !found)
            return status;
        if (recipe->n_views == RECIPE_VIEWS_MAX)
            return header_out_of_range(key, error);
        status = view_read(text, recipe->n_classes, &recipe->views[recipe->n_views], error);
        if (status != STATUS_OK)
            return status;
    }
}

static Status read_decision(fitsfile *fits, Recipe *recipe, Error *error)
{
    char text[DECISION_TEXT_SIZE];
    bool found;
    Status status = header_read_text(fits, "DECISION", text, sizeof text, &found, error);
    if (status == STATUS_OK && found)
        status = decision_read(text, &recipe->decision, error);
    return status;
}

// ---- Version 1, which knew one normalisation and a constant channel ----------------------------

static void add_step(Recipe *recipe, StepKind kind, size_t n_values, const double *values)
{
    InputStep *step = &recipe->steps[recipe->n_steps++];
    *step = (InputStep){.kind = kind, .n_values = n_values};
    memcpy(step->values, values, n_values * sizeof *values);
}

static Status read_number(fitsfile *fits, const char *key, double *value, Error *error)
{
    const Field field = {.name = key, .kind = FIELD_NUMBER, .n = 1};
    return header_read_field(fits, &field, key, value, NULL, error);
}

static Status read_normalisation(fitsfile *fits, Recipe *recipe, Error *error)
{
    char name[RECIPE_NAME_SIZE];
    char key[FLEN_KEYWORD];
    double means[RECIPE_BANDS_MAX];
    Status status = header_read_text(fits, "NORMALIS", name, sizeof name, NULL, error);
    for (size_t band = 0; band < recipe->n_bands && status == STATUS_OK; band++) {
        header_numbered_key("MEAN", band, key);
        status = read_number(fits, key, &means[band], error);
    }
    if (status != STATUS_OK)
        return status;
    if (strcmp(name, "band mean") == 0)
        add_step(recipe, STEP_BAND_MEAN, recipe->n_bands, means);
    else if (strcmp(name, "zscore") == 0)
        add_step(recipe, STEP_ZSCORE, 0, means);
    else if (strcmp(name, "none") != 0)
        return error_set(error, STATUS_BAD_INPUT,
                         "asks for the normalisation \"%s\", which this skyclass does not know",
                         name);
    return STATUS_OK;
}

// The views of the four star-cluster classes were not in the file: they were the program's.
static void add_starcnet_views(Recipe *recipe)
{
    static const View views[] = {
        {"12|34", {1, 1, 2, 2}}, {"123|4", {1, 1, 1, 2}}, {"12|3|4", {1, 1, 2, 3}}};
    if (recipe->n_classes != 4)
        return;
    memcpy(recipe->views, views, sizeof views);
    recipe->n_views = sizeof views / sizeof *views;
}

static Status read_version_1(fitsfile *fits, Recipe *recipe, Error *error)
{
    struct {
        size_t input_size;
        bool has_constant;
    } old = {0, false};
    const Field size = {.name = "INSIZE", .kind = FIELD_COUNT, .n = 1};
    const Field flag = {.name = "CONSTANT", .kind = FIELD_SWITCH, .n = 1};
    double constant = 0.0;
    Status status = header_read_field(fits, &size, size.name, &old.input_size, NULL, error);
    if (status == STATUS_OK)
        status = header_read_field(fits, &flag, flag.name, &old.has_constant, NULL, error);
    if (status == STATUS_OK)
        status = read_number(fits, "CONSTVAL", &constant, error);
    if (status != STATUS_OK)
        return status;
    if (old.input_size != recipe->cutout_size)
        add_step(recipe, STEP_RESIZE, 1, (const double[]){(double)old.input_size});
    status = read_normalisation(fits, recipe, error);
    if (status == STATUS_OK && old.has_constant)
        add_step(recipe, STEP_CONSTANT, 1, &constant);
    add_starcnet_views(recipe);
    return status;
}

// ---- The whole --------------------------------------------------------------------------------

static Status read_fields(fitsfile *fits, Recipe *recipe, Error *error)
{
    Status status = STATUS_OK;
    bool found;
    for (size_t i = 0; i < N_REQUIRED && status == STATUS_OK; i++)
        status = header_read_field(fits, &required_fields[i], required_fields[i].name, recipe, NULL,
                                   error);
    for (size_t i = 0; i < N_OPTIONAL && status == STATUS_OK; i++)
        status = header_read_field(fits, &optional_fields[i], optional_fields[i].name, recipe,
                                   &found, error);
    if (status == STATUS_OK && recipe->n_bands > RECIPE_BANDS_MAX)
        status = header_out_of_range("NBANDS", error);
    if (status == STATUS_OK && recipe->n_classes > RECIPE_CLASSES_MAX)
        status = header_out_of_range("NCLASSES", error);
    return status;
}

Status recipe_header_read(fitsfile *fits, long version, Recipe *recipe, Error *error)
{
    *recipe = (Recipe){0};
    // The first models were made for mosaics in electrons/s, whose zeros are no data.
    if (version == 1) {
        recipe->zero_block = CUTOUT_ZERO_BLOCK;
        snprintf(recipe->unit, sizeof recipe->unit, "electrons/s");
    }
    Status status = read_fields(fits, recipe, error);
    if (status == STATUS_OK)
        status = read_bands(fits, recipe, error);
    if (status == STATUS_OK)
        status = read_classes(fits, recipe, error);
    if (status == STATUS_OK && version == 1)
        return read_version_1(fits, recipe, error);
    if (status == STATUS_OK)
        status = read_steps(fits, recipe, error);
    if (status == STATUS_OK)
        status = read_views(fits, recipe, error);
    if (status == STATUS_OK)
        status = read_decision(fits, recipe, error);
    return status;
}

bool recipe_header_knows(const char *key)
{
    static const char *const version_1[] = {"INSIZE", "NORMALIS", "CONSTANT", "CONSTVAL"};
    bool known = header_is_numbered(key, "STEP") || header_is_numbered(key, "VIEW") ||
                 header_is_numbered(key, "MEAN") || strcmp(key, "DECISION") == 0;
    for (size_t i = 0; i < sizeof version_1 / sizeof *version_1; i++)
        known = known || strcmp(key, version_1[i]) == 0;
    for (size_t i = 0; i < N_REQUIRED; i++)
        known = known || strcmp(key, required_fields[i].name) == 0;
    for (size_t i = 0; i < N_OPTIONAL; i++)
        known = known || strcmp(key, optional_fields[i].name) == 0;
    for (size_t i = 0; i < N_BAND; i++)
        known = known || header_is_numbered(key, band_fields[i].name);
    for (size_t i = 0; i < N_CLASS; i++)
        known = known || header_is_numbered(key, class_fields[i].name);
    return known;
}

// ---- Writing ----------------------------------------------------------------------------------

// One record's fields under numbered keys; texts that are empty are left to their defaults.
static void write_numbered(fitsfile *fits, const Field *fields, size_t n, size_t index,
                           const void *record, int *fits_status)
{
    char key[FLEN_KEYWORD];
    for (size_t i = 0; i < n; i++) {
        const char *text = (const char *)record + fields[i].offset;
        if (i > 0 && fields[i].kind == FIELD_TEXT && text[0] == '\0')
            continue;
        header_numbered_key(fields[i].name, index, key);
        header_write_field(fits, &fields[i], key, record, fits_status);
    }
}

static void write_steps(fitsfile *fits, const Recipe *recipe, int *fits_status)
{
    char key[FLEN_KEYWORD];
    char text[STEP_TEXT_SIZE];
    for (size_t i = 0; i < recipe->n_steps; i++) {
        header_numbered_key("STEP", i, key);
        input_step_text(&recipe->steps[i], text);
        header_write_text(fits, key, text, "from cutout to input", fits_status);
    }
}

static void write_views(fitsfile *fits, const Recipe *recipe, int *fits_status)
{
    char key[FLEN_KEYWORD];
    char text[RECIPE_TEXT_SIZE];
    for (size_t i = 0; i < recipe->n_views; i++) {
        header_numbered_key("VIEW", i, key);
        view_text(&recipe->views[i], recipe->n_classes, text);
        header_write_text(fits, key, text, "name, group of each class", fits_status);
    }
}

void recipe_header_write(fitsfile *fits, const Recipe *recipe, int *fits_status)
{
    char decision[DECISION_TEXT_SIZE];
    for (size_t i = 0; i < N_REQUIRED; i++)
        header_write_field(fits, &required_fields[i], required_fields[i].name, recipe, fits_status);
    for (size_t i = 0; i < N_OPTIONAL; i++)
        header_write_field(fits, &optional_fields[i], optional_fields[i].name, recipe, fits_status);
    for (size_t band = 0; band < recipe->n_bands; band++)
        write_numbered(fits, band_fields, N_BAND, band, &recipe->bands[band], fits_status);
    for (size_t class = 0; class < recipe->n_classes; class ++)
        write_numbered(fits, class_fields, N_CLASS, class, &recipe->classes[class], fits_status);
    write_steps(fits, recipe, fits_status);
    write_views(fits, recipe, fits_status);
    decision_text(&recipe->decision, decision);
    header_write_text(fits, "DECISION", decision, "how scores become a class", fits_status);
}
