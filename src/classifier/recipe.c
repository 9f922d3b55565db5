#include "classifier/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sky/source/disc.h"

CutoutRule recipe_cutout_rule(const Recipe *recipe)
{
    return (CutoutRule){
        .size = recipe->cutout_size,
        .centre = recipe->cutout_nearest ? CUTOUT_NEAREST : CUTOUT_STARCNET,
        .border = recipe->cutout_border,
        .pad = recipe->cutout_pad,
        .middle = recipe->middle_needed,
        .zero_block = recipe->zero_block,
    };
}

void recipe_take_as_is(Recipe *recipe)
{
    recipe->zero_block = 0;
    recipe->middle_needed = false;
    recipe->unit[0] = '\0';
    for (size_t i = 0; i < recipe->n_bands; i++)
        recipe->bands[i].zero_points[0] = '\0';
}

// ---- Checks -----------------------------------------------------------------------------------

static Status check_views(const Recipe *recipe, Error *error)
{
    for (size_t i = 0; i < recipe->n_views; i++) {
        const char *name = recipe->views[i].name;
        if (name[0] == '\0' || strchr(name, ' ') != NULL)
            return error_set(error, STATUS_BAD_INPUT, "the view \"%s\" needs a name without blanks",
                             name);
        for (size_t class = 0; class < recipe->n_classes; class ++)
            if (recipe->views[i].groups[class] < 1 ||
                recipe->views[i].groups[class] > recipe->n_classes)
                return error_set(error, STATUS_BAD_INPUT,
                                 "the view %s puts class %zu into no group of 1 to %zu",
                                 recipe->views[i].name, class + 1, recipe->n_classes);
    }
    return STATUS_OK;
}

static Status check_steps(const Recipe *recipe, Error *error)
{
    InputShape shape = {recipe->cutout_size, recipe->n_bands};
    Status status = STATUS_OK;
    for (size_t i = 0; i < recipe->n_steps && status == STATUS_OK; i++)
        status = input_step_shape(&recipe->steps[i], &shape, error);
    return status;
}

Status recipe_check(const Recipe *recipe, Error *error)
{
    if (recipe->n_bands < 1 || recipe->n_bands > RECIPE_BANDS_MAX)
        return error_set(error, STATUS_BAD_INPUT, "a model has 1 to %d bands, not %zu",
                         RECIPE_BANDS_MAX, recipe->n_bands);
    if (recipe->n_classes < 2 || recipe->n_classes > RECIPE_CLASSES_MAX)
        return error_set(error, STATUS_BAD_INPUT, "a model has 2 to %d classes, not %zu",
                         RECIPE_CLASSES_MAX, recipe->n_classes);
    if (recipe->cutout_size < 1 || recipe->cutout_size > INPUT_SIZE_MAX)
        return error_set(error, STATUS_BAD_INPUT, "a cutout has 1 to %d pixels a side, not %zu",
                         INPUT_SIZE_MAX, recipe->cutout_size);
    Status status = check_steps(recipe, error);
    if (status == STATUS_OK)
        status = check_views(recipe, error);
    if (status == STATUS_OK)
        status = decision_check(&recipe->decision, recipe->n_classes, error);
    Disc disc;
    if (status == STATUS_OK && recipe->disc[0] != '\0')
        status = disc_read(recipe->disc, &disc, error);
    return status;
}

// ---- What it says -----------------------------------------------------------------------------

InputShape recipe_input_shape(const Recipe *recipe)
{
    InputShape shape = {recipe->cutout_size, recipe->n_bands};
    for (size_t i = 0; i < recipe->n_steps; i++)
        input_step_shape(&recipe->steps[i], &shape, NULL);
    return shape;
}

const InputStep *recipe_step(const Recipe *recipe, StepKind kind)
{
    for (size_t i = 0; i < recipe->n_steps; i++)
        if (recipe->steps[i].kind == kind)
            return &recipe->steps[i];
    return NULL;
}

bool recipe_set_band_means(Recipe *recipe, const double *means)
{
    for (size_t i = 0; i < recipe->n_steps; i++) {
        if (recipe->steps[i].kind != STEP_BAND_MEAN)
            continue;
        recipe->steps[i].n_values = recipe->n_bands;
        memcpy(recipe->steps[i].values, means, recipe->n_bands * sizeof *means);
        return true;
    }
    return false;
}

double recipe_band_mean(const Recipe *recipe, size_t band)
{
    const InputStep *step = recipe_step(recipe, STEP_BAND_MEAN);
    return step != NULL && band < step->n_values ? step->values[band] : 0.0;
}

Status recipe_read_steps(Recipe *recipe, const char *text, Error *error)
{
    char line[STEP_TEXT_SIZE];
    recipe->n_steps = 0;
    for (size_t length; text[strspn(text, "; ")] != '\0'; text += length) {
        text += strspn(text, "; ");
        length = strcspn(text, ";");
        if (recipe->n_steps == RECIPE_STEPS_MAX || length >= sizeof line)
            return error_set(error, STATUS_USAGE, "a recipe has at most %d input steps",
                             RECIPE_STEPS_MAX);
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        InputStep *step = &recipe->steps[recipe->n_steps++];
        Status status = input_step_read(line, step, error);
        if (status != STATUS_OK)
            return status;
        if (step->kind == STEP_BAND_MEAN && step->n_values == 0)
            step->n_values = recipe->n_bands;
    }
    return STATUS_OK;
}

const View *recipe_view(const Recipe *recipe, const char *name)
{
    for (size_t i = 0; i < recipe->n_views; i++)
        if (strcmp(recipe->views[i].name, name) == 0)
            return &recipe->views[i];
    return NULL;
}

size_t view_group_count(const View *view, size_t n_classes)
{
    size_t n = 0;
    for (size_t class = 0; class < n_classes; class ++)
        n = view->groups[class] > n ? view->groups[class] : n;
    return n;
}

static void override(char *look, const char *own)
{
    if (own[0] != '\0')
        memcpy(look, own, CLASS_LOOK_SIZE);
}

ClassLook recipe_class_look(const Recipe *recipe, size_t class)
{
    ClassLook look = class_look_default(class);
    if (class >= 1 && class <= recipe->n_classes) {
        const ClassLook *own = &recipe->classes[class - 1].look;
        override(look.colour, own->colour);
        override(look.safe_colour, own->safe_colour);
        override(look.shape, own->shape);
    }
    return look;
}

// ---- Applying it ------------------------------------------------------------------------------

// Room for one image between steps: as large as the largest on the way.
typedef struct Workshop {
    float *images[2]; // used in turn
    float *scratch;
} Workshop;

static bool changes_shape(const Recipe *recipe)
{
    for (size_t i = 0; i < recipe->n_steps; i++)
        if (!input_step_in_place(&recipe->steps[i]))
            return true;
    return false;
}

static Status workshop_open(const Recipe *recipe, Workshop *workshop, Error *error)
{
    InputShape shape = {recipe->cutout_size, recipe->n_bands};
    size_t size = shape.size, channels = shape.channels;
    *workshop = (Workshop){{NULL, NULL}, NULL};
    if (!changes_shape(recipe))
        return STATUS_OK;
    for (size_t i = 0; i < recipe->n_steps; i++) {
        Status status = input_step_shape(&recipe->steps[i], &shape, error);
        if (status != STATUS_OK)
            return status;
        size = shape.size > size ? shape.size : size;
        channels = shape.channels > channels ? shape.channels : channels;
    }
    size_t bytes = size * size * sizeof(float);
    workshop->images[0] = memory_new_aligned(channels, bytes);
    workshop->images[1] = memory_new_aligned(channels, bytes);
    workshop->scratch = memory_new_aligned(channels, bytes);
    bool enough =
        workshop->images[0] != NULL && workshop->images[1] != NULL && workshop->scratch != NULL;
    return enough ? STATUS_OK : error_memory(error, "preparing cutouts");
}

static void workshop_close(Workshop *workshop)
{
    free(workshop->images[0]);
    free(workshop->images[1]);
    free(workshop->scratch);
}

// The steps that change the shape go from one image to the other, those that do not work where the
// image is; the last change of shape goes to `input`.
static void apply_steps(const Recipe *recipe, const Workshop *workshop, const float *cutout,
                        float *input)
{
    InputShape shape = {recipe->cutout_size, recipe->n_bands};
    size_t n_changes = 0, turn = 0;
    for (size_t i = 0; i < recipe->n_steps; i++)
        n_changes += !input_step_in_place(&recipe->steps[i]);
    float *image = n_changes == 0 ? input : workshop->images[turn];
    memcpy(image, cutout, shape.size * shape.size * shape.channels * sizeof *image);
    for (size_t i = 0; i < recipe->n_steps; i++) {
        const InputStep *step = &recipe->steps[i];
        float *to = image;
        if (!input_step_in_place(step)) {
            turn = 1 - turn;
            to = --n_changes == 0 ? input : workshop->images[turn];
        }
        input_step_apply(step, shape, image, to, workshop->scratch);
        input_step_shape(step, &shape, NULL);
        image = to;
    }
}

Status recipe_apply(const Recipe *recipe, const float *cutouts, size_t n, float *input,
                    Error *error)
{
    Workshop workshop;
    InputShape shape = recipe_input_shape(recipe);
    size_t values_in = recipe->cutout_size * recipe->cutout_size * recipe->n_bands;
    size_t values_out = shape.size * shape.size * shape.channels;
    Status status = workshop_open(recipe, &workshop, error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        apply_steps(recipe, &workshop, cutouts + i * values_in, input + i * values_out);
    workshop_close(&workshop);
    return status;
}
