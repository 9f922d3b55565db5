// skyclass::model open FILE ?-as-is BOOL? ?-centre RULE? ?-decision TEXT? ?-with FILES? -> $model
// $model info | destroy
//
// With more files all models are the members of one that votes.
#include "bind/bind.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "classifier/recipe_text.h"
#include "nn/network.h"
#include "systems/system.h"

static void release_model(void *model)
{
    model_free(model);
}

// The words of a text, filters or their zero points.
static Tcl_Obj *word_list(const char *text)
{
    Tcl_Obj *list = Tcl_NewListObj(0, NULL);
    for (const char *word = text; *word != '\0';) {
        size_t length = strcspn(word, " ");
        if (length > 0)
            Tcl_ListObjAppendElement(NULL, list, Tcl_NewStringObj(word, (Tcl_Size)length));
        word += length + (word[length] == ' ');
    }
    return list;
}

static Tcl_Obj *band_list(const Recipe *recipe)
{
    Tcl_Obj *bands = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < recipe->n_bands; i++) {
        Tcl_Obj *band = Tcl_NewDictObj();
        bind_put_text(band, "role", recipe->bands[i].role);
        bind_put(band, "filters", word_list(recipe->bands[i].filters));
        bind_put_number(band, "mean", recipe_band_mean(recipe, i));
        bind_put(band, "zero_points", word_list(recipe->bands[i].zero_points));
        Tcl_ListObjAppendElement(NULL, bands, band);
    }
    return bands;
}

Tcl_Obj *bind_look(const ClassLook *look)
{
    Tcl_Obj *dict = Tcl_NewDictObj();
    bind_put_text(dict, "colour", look->colour);
    bind_put_text(dict, "safe_colour", look->safe_colour);
    bind_put_text(dict, "shape", look->shape);
    return dict;
}

// Of class 0, which is not classified, and of the others.
static Tcl_Obj *look_list(const Recipe *recipe)
{
    Tcl_Obj *looks = Tcl_NewListObj(0, NULL);
    for (size_t class = 0; class <= recipe->n_classes; class ++) {
        const ClassLook look = recipe_class_look(recipe, class);
        Tcl_ListObjAppendElement(NULL, looks, bind_look(&look));
    }
    return looks;
}

static Tcl_Obj *step_list(const Recipe *recipe)
{
    Tcl_Obj *steps = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < recipe->n_steps; i++) {
        char text[STEP_TEXT_SIZE];
        input_step_text(&recipe->steps[i], text);
        Tcl_ListObjAppendElement(NULL, steps, bind_text(text));
    }
    return steps;
}

// dict: name -> the group of each class, from 1.
static Tcl_Obj *view_dict(const Recipe *recipe)
{
    Tcl_Obj *views = Tcl_NewDictObj();
    for (size_t i = 0; i < recipe->n_views; i++) {
        Tcl_Obj *groups = Tcl_NewListObj(0, NULL);
        for (size_t class = 0; class < recipe->n_classes; class ++)
            Tcl_ListObjAppendElement(
                NULL, groups, Tcl_NewWideIntObj((Tcl_WideInt)recipe->views[i].groups[class]));
        bind_put(views, recipe->views[i].name, groups);
    }
    return views;
}

// The whole recipe as skyclass import reads it.
static void bind_put_recipe_text(Tcl_Obj *info, const Recipe *recipe)
{
    char *text;
    if (recipe_text_write(recipe, &text, NULL) != STATUS_OK)
        return;
    bind_put_text(info, "recipe", text);
    free(text);
}

Tcl_Obj *bind_recipe(const Recipe *recipe)
{
    char decision[DECISION_TEXT_SIZE];
    decision_text(&recipe->decision, decision);
    Tcl_Obj *info = Tcl_NewDictObj();
    bind_put_text(info, "system", recipe->system);
    bind_put(info, "bands", band_list(recipe));
    Tcl_Obj *classes = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < recipe->n_classes; i++)
        Tcl_ListObjAppendElement(NULL, classes, bind_text(recipe->classes[i].name));
    bind_put(info, "classes", classes);
    bind_put(info, "looks", look_list(recipe));
    bind_put(info, "views", view_dict(recipe));
    bind_put_text(info, "decision", decision);
    bind_put(info, "steps", step_list(recipe));
    bind_put_number(info, "scale", recipe->pixel_scale);
    bind_put_text(info, "unit", recipe->unit);
    bind_put_count(info, "zero_block", recipe->zero_block);
    bind_put_count(info, "cutout", recipe->cutout_size);
    bind_put_count(info, "input", recipe_input_shape(recipe).size);
    bind_put_recipe_text(info, recipe);
    return info;
}

static Tcl_Obj *model_info(const Model *model)
{
    Tcl_Obj *info = bind_recipe(&model->recipe);
    bind_put_text(info, "name", model->name);
    bind_put_text(info, "checksum", model->checksum);
    bind_put_count(info, "members", classifier_member_count(model->classifier));
    bind_put_count(info, "layers", network_layer_count(model_network(model)));
    bind_put_count(info, "parameters", network_value_count(model_network(model)));
    bind_put_number(info, "multiply_adds", classifier_multiply_adds(model->classifier));
    Tcl_Obj *notes = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < model->n_notes; i++)
        Tcl_ListObjAppendElement(NULL, notes, bind_text(model->notes[i]));
    bind_put(info, "notes", notes);
    return info;
}

int bind_model_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"destroy", "info", NULL};
    enum { DESTROY, INFO };
    int choice;
    if (objc != 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "destroy|info");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    if (choice == DESTROY)
        return bind_destroy(interp, objv[0]);
    Tcl_SetObjResult(interp, model_info(((Handle *)data)->object));
    return TCL_OK;
}

typedef struct OpenOptions {
    int as_is, centre;
    Tcl_Obj *decision, *with; // or NULL
} OpenOptions;

enum { CENTRE_MODEL, CENTRE_TRUNCATE, CENTRE_NEAREST };

static int read_open_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[],
                             OpenOptions *options)
{
    static const char *const names[] = {"-as-is", "-centre", "-decision", "-with", NULL};
    enum { AS_IS, CENTRE, DECISION, WITH };
    static const char *const centres[] = {"model", "truncate", "nearest", NULL};
    int argument = 3, index = 0, code = TCL_OK;
    while (code == TCL_OK && index >= 0) {
        Tcl_Obj *value;
        code = bind_option(interp, objc, objv, &argument, names, &index, &value);
        if (code != TCL_OK || index < 0)
            break;
        if (index == AS_IS)
            code = Tcl_GetBooleanFromObj(interp, value, &options->as_is);
        else if (index == CENTRE)
            code = Tcl_GetIndexFromObj(interp, value, centres, "centre", 0, &options->centre);
        else if (index == DECISION)
            options->decision = Tcl_GetCharLength(value) > 0 ? value : NULL;
        else
            options->with = value;
    }
    return code;
}

// The model of `first` and those of the list `with` besides, if any.
static Status read_models(Tcl_Obj *first, Tcl_Size n_more, Tcl_Obj **more, Model **model,
                          Error *error)
{
    size_t n = (size_t)n_more + 1;
    Tcl_DString *texts = memory_new(n, sizeof *texts);
    const char **paths = memory_new(n, sizeof *paths);
    Status status = STATUS_OK;
    if (texts == NULL || paths == NULL) {
        status = error_memory(error, "the models");
    } else {
        for (size_t i = 0; i < n; i++)
            paths[i] = bind_path(i == 0 ? first : more[i - 1], &texts[i]);
        status = system_models_read(paths, n, model, error);
        for (size_t i = 0; i < n; i++)
            Tcl_DStringFree(&texts[i]);
    }
    free(texts);
    free(paths);
    return status;
}

static Status set_up(Model *model, const OpenOptions *options, Error *error)
{
    Recipe *recipe = &model->recipe;
    Status status = classifier_prepare(model->classifier, error);
    if (options->as_is)
        recipe_take_as_is(recipe);
    if (options->centre != CENTRE_MODEL)
        recipe->cutout_nearest = options->centre == CENTRE_NEAREST;
    if (status == STATUS_OK && options->decision != NULL)
        status = decision_read(Tcl_GetString(options->decision), &recipe->decision, error);
    return status == STATUS_OK ? decision_check(&recipe->decision, recipe->n_classes, error)
                               : status;
}

static int model_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    OpenOptions options = {0, CENTRE_MODEL, NULL, NULL};
    Tcl_Size n_more = 0;
    Tcl_Obj **more = NULL;
    Error error;
    Model *model = NULL;
    if (objc < 3 || strcmp(Tcl_GetString(objv[1]), "open") != 0) {
        Tcl_WrongNumArgs(interp, 1, objv,
                         "open FILE ?-as-is BOOL? ?-centre model|truncate|nearest? "
                         "?-decision TEXT? ?-with FILES?");
        return TCL_ERROR;
    }
    if (read_open_options(interp, objc, objv, &options) != TCL_OK ||
        (options.with != NULL &&
         Tcl_ListObjGetElements(interp, options.with, &n_more, &more) != TCL_OK))
        return TCL_ERROR;
    Status status = read_models(objv[2], n_more, more, &model, &error);
    if (status == STATUS_OK)
        status = set_up(model, &options, &error);
    if (status != STATUS_OK) {
        model_free(model);
        return bind_error(interp, &error);
    }
    return bind_object(interp, "model", bind_model_command, handle_new(model, release_model));
}

void bind_model_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::model", model_command, NULL, NULL);
}
