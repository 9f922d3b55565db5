#include "classifier/recipe_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/field.h"
#include "base/memory.h"
#include "base/named_numbers.h"
#include "base/number_text.h"
#include "base/text_file.h"

static const Field recipe_fields[] = {
    FIELD_ARRAY("system", Recipe, system, FIELD_TEXT),
    FIELD("cutout", Recipe, cutout_size, FIELD_COUNT),
    FIELD("border", Recipe, cutout_border, FIELD_COUNT),
    FIELD("nearest", Recipe, cutout_nearest, FIELD_SWITCH),
    FIELD("pad", Recipe, cutout_pad, FIELD_SWITCH),
    FIELD("middle", Recipe, middle_needed, FIELD_SWITCH),
    FIELD("zero_block", Recipe, zero_block, FIELD_COUNT),
    FIELD("scale", Recipe, pixel_scale, FIELD_NUMBER),
    FIELD_ARRAY("unit", Recipe, unit, FIELD_TEXT),
    FIELD_ARRAY("disc", Recipe, disc, FIELD_TEXT),
    FIELD_ARRAY("training", Recipe, training, FIELD_TEXT),
    {.name = NULL},
};

// The first begins a new band.
static const Field band_fields[] = {
    FIELD_ARRAY("band", BandRecipe, role, FIELD_TEXT),
    FIELD_ARRAY("filters", BandRecipe, filters, FIELD_TEXT),
    FIELD_ARRAY("zero_points", BandRecipe, zero_points, FIELD_TEXT),
    {.name = NULL},
};

// The first begins a new class.
static const Field class_fields[] = {
    FIELD_ARRAY("class", ClassRecipe, name, FIELD_TEXT),
    FIELD_ARRAY("colour", ClassRecipe, look.colour, FIELD_TEXT),
    FIELD_ARRAY("safe_colour", ClassRecipe, look.safe_colour, FIELD_TEXT),
    FIELD_ARRAY("shape", ClassRecipe, look.shape, FIELD_TEXT),
    {.name = NULL},
};

// ---- Views -------------------------------------------------------------------------------------

Status view_read(const char *text, size_t n_classes, View *view, Error *error)
{
    double groups[RECIPE_CLASSES_MAX];
    size_t n;
    Status status = named_numbers_read(text, view->name, sizeof view->name, groups,
                                       RECIPE_CLASSES_MAX, &n, error);
    if (status != STATUS_OK)
        return status;
    if (n != n_classes)
        return error_set(error, STATUS_BAD_INPUT, "the view %s groups %zu classes of %zu",
                         view->name, n, n_classes);
    for (size_t i = 0; i < n; i++)
        view->groups[i] = groups[i] >= 1 && groups[i] <= (double)n ? (size_t)groups[i] : 0;
    return STATUS_OK;
}

void view_text(const View *view, size_t n_classes, char text[RECIPE_TEXT_SIZE])
{
    double groups[RECIPE_CLASSES_MAX];
    for (size_t class = 0; class < n_classes; class ++)
        groups[class] = (double)view->groups[class];
    named_numbers_text(view->name, groups, n_classes, text, RECIPE_TEXT_SIZE);
}

// ---- Reading -----------------------------------------------------------------------------------

// The place of one more, or NULL.
static void *one_more(void *records, size_t size, size_t most, size_t *n)
{
    return *n < most ? (char *)records + size * (*n)++ : NULL;
}

// A field of the last of n records, the first field of a new one.
static Status set_of_last(const Field *table, const Field *field, void *records, size_t size,
                          size_t most, size_t *n, const char *value, Error *error)
{
    if (field == table && one_more(records, size, most, n) == NULL)
        return error_set(error, STATUS_BAD_INPUT, "more than %zu times %s", most, table->name);
    if (*n == 0)
        return error_set(error, STATUS_BAD_INPUT, "%s before the first %s", field->name,
                         table->name);
    return field_set(field, (char *)records + size * (*n - 1), value, error);
}

static Status add_step(Recipe *recipe, const char *value, Error *error)
{
    InputStep *step =
        one_more(recipe->steps, sizeof *recipe->steps, RECIPE_STEPS_MAX, &recipe->n_steps);
    return step != NULL
               ? input_step_read(value, step, error)
               : error_set(error, STATUS_BAD_INPUT, "more than %d steps", RECIPE_STEPS_MAX);
}

// After all classes.
static Status add_view(Recipe *recipe, const char *value, Error *error)
{
    View *view = one_more(recipe->views, sizeof *recipe->views, RECIPE_VIEWS_MAX, &recipe->n_views);
    return view != NULL
               ? view_read(value, recipe->n_classes, view, error)
               : error_set(error, STATUS_BAD_INPUT, "more than %d views", RECIPE_VIEWS_MAX);
}

static Status set_key(Recipe *recipe, const char *key, const char *value, Error *error)
{
    const Field *field;
    if (strcmp(key, "step") == 0)
        return add_step(recipe, value, error);
    if (strcmp(key, "view") == 0)
        return add_view(recipe, value, error);
    if (strcmp(key, "decision") == 0)
        return decision_read(value, &recipe->decision, error);
    if (value[0] == '\0' &&
        (strcmp(key, class_fields[0].name) == 0 || strcmp(key, band_fields[0].name) == 0))
        return error_set(error, STATUS_BAD_INPUT, "a %s needs a name", key);
    if ((field = field_find(recipe_fields, key)) != NULL)
        return field_set(field, recipe, value, error);
    if ((field = field_find(band_fields, key)) != NULL)
        return set_of_last(band_fields, field, recipe->bands, sizeof *recipe->bands,
                           RECIPE_BANDS_MAX, &recipe->n_bands, value, error);
    if ((field = field_find(class_fields, key)) != NULL)
        return set_of_last(class_fields, field, recipe->classes, sizeof *recipe->classes,
                           RECIPE_CLASSES_MAX, &recipe->n_classes, value, error);
    return error_set(error, STATUS_BAD_INPUT,
                     "there is no \"%.40s\" in a recipe; skyclass info --recipe starcnet shows one",
                     key);
}

// Without blanks at both ends; the text is cut.
static char *trim(char *text)
{
    static const char blanks[] = " \t\r";
    text += strspn(text, blanks);
    size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL)
        length--;
    text[length] = '\0';
    return text;
}

static Status read_line(Recipe *recipe, char *line, Error *error)
{
    char *comment = strstr(line, " # ");
    if (comment != NULL)
        *comment = '\0';
    char *text = trim(line), *equals = strchr(text, '=');
    if (text[0] == '\0' || text[0] == '#')
        return STATUS_OK;
    if (equals == NULL)
        return error_set(error, STATUS_BAD_INPUT, "\"%.40s\" is not KEY = VALUE", text);
    *equals = '\0';
    return set_key(recipe, trim(text), trim(equals + 1), error);
}

static Status read_lines(Recipe *recipe, char *text, Error *error)
{
    size_t number = 0;
    for (char *line = text, *next; line != NULL; line = next) {
        Error reason = {0};
        number++;
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (read_line(recipe, line, &reason) != STATUS_OK)
            return error_set(error, STATUS_BAD_INPUT, "line %zu: %s", number, reason.text);
    }
    return recipe_check(recipe, error);
}

Status recipe_text_read(const char *text, Recipe *recipe, Error *error)
{
    char *copy = memory_copy_text(text);
    if (copy == NULL)
        return error_memory(error, "a recipe");
    *recipe = (Recipe){.system = "imported"};
    Status status = read_lines(recipe, copy, error);
    free(copy);
    return status;
}

Status recipe_file_read(const char *path, Recipe *recipe, Error *error)
{
    char *text;
    size_t size;
    Status status = text_file_read(path, &text, &size, error);
    if (status != STATUS_OK)
        return status;
    status = recipe_text_read(text, recipe, error);
    free(text);
    return status == STATUS_OK ? STATUS_OK : error_prefix(error, "%s", path);
}

// ---- Writing -----------------------------------------------------------------------------------

// What is empty or 0 is left out: it is so by itself.
static void write_field(FILE *stream, const Field *field, const void *record)
{
    char number[32];
    const void *place = (const char *)record + field->offset;
    size_t count = 0;
    double real = 0.0;
    switch (field->kind) {
    case FIELD_TEXT:
        if (((const char *)place)[0] != '\0')
            fprintf(stream, "%s = %s\n", field->name, (const char *)place);
        return;
    case FIELD_SWITCH:
        if (*(const bool *)place)
            fprintf(stream, "%s = yes\n", field->name);
        return;
    case FIELD_COUNT:
        memcpy(&count, place, sizeof count);
        if (count > 0)
            fprintf(stream, "%s = %zu\n", field->name, count);
        return;
    default:
        memcpy(&real, place, sizeof real);
        if (real != 0.0)
            fprintf(stream, "%s = %s\n", field->name, number_text(real, number, sizeof number));
    }
}

static void write_fields(FILE *stream, const Field *table, const void *record)
{
    for (const Field *field = table; field->name != NULL; field++)
        write_field(stream, field, record);
}

// A band or a class, whose name is its first line.
static void write_named(FILE *stream, const Field *table, const void *record)
{
    fprintf(stream, "%s = %s\n", table->name, (const char *)record + table->offset);
    write_fields(stream, table + 1, record);
}

static void write_recipe(FILE *stream, const Recipe *recipe)
{
    char text[STEP_TEXT_SIZE]; // the longest of them
    write_fields(stream, recipe_fields, recipe);
    for (size_t i = 0; i < recipe->n_bands; i++)
        write_named(stream, band_fields, &recipe->bands[i]);
    for (size_t i = 0; i < recipe->n_classes; i++)
        write_named(stream, class_fields, &recipe->classes[i]);
    for (size_t i = 0; i < recipe->n_steps; i++) {
        input_step_text(&recipe->steps[i], text);
        fprintf(stream, "step = %s\n", text);
    }
    for (size_t i = 0; i < recipe->n_views; i++) {
        view_text(&recipe->views[i], recipe->n_classes, text);
        fprintf(stream, "view = %s\n", text);
    }
    decision_text(&recipe->decision, text);
    fprintf(stream, "decision = %s\n", text);
}

Status recipe_text_write(const Recipe *recipe, char **text, Error *error)
{
    size_t size;
    *text = NULL;
    FILE *stream = open_memstream(text, &size);
    if (stream == NULL)
        return error_memory(error, "a recipe");
    write_recipe(stream, recipe);
    if (fclose(stream) == 0)
        return STATUS_OK;
    free(*text);
    *text = NULL;
    return error_memory(error, "a recipe");
}
