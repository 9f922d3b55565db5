// skyclass::import_weights WEIGHTS SYSTEM FILE ?-means {v ...}? ?-options TEXT? ?-name NAME?
//                          ?-compress BOOL? ?-recipe FILE? ?-halve BOOL?; SYSTEM may be {}: the
//                          network is the file's own
#include "bind/bind.h"

#include <stdio.h>

#include "classifier/model.h"
#include "work/import.h"

typedef struct ImportOptions {
    double means[RECIPE_BANDS_MAX];
    const char *name;
    Tcl_DString recipe; // the path in settings, free
    int compress, halve;
    ImportSettings settings;
} ImportOptions;

static int read_means(Tcl_Interp *interp, Tcl_Obj *value, ImportOptions *options)
{
    Tcl_Size n;
    Tcl_Obj **cells;
    if (Tcl_ListObjGetElements(interp, value, &n, &cells) != TCL_OK)
        return TCL_ERROR;
    if (n > RECIPE_BANDS_MAX)
        return bind_usage(interp, "%ld means are too many; a model has at most %d bands", (long)n,
                          RECIPE_BANDS_MAX);
    for (Tcl_Size i = 0; i < n; i++)
        if (Tcl_GetDoubleFromObj(NULL, cells[i], &options->means[i]) != TCL_OK)
            return bind_usage(interp, "a mean must be a number, not \"%s\"",
                              Tcl_GetString(cells[i]));
    options->settings.means = options->means;
    options->settings.n_means = (size_t)n;
    return TCL_OK;
}

static int read_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], ImportOptions *options)
{
    static const char *const names[] = {"-compress", "-halve",  "-means", "-name",
                                        "-options",  "-recipe", NULL};
    enum { COMPRESS, HALVE, MEANS, NAME, OPTIONS, RECIPE };
    int argument = 4;
    int index;
    Tcl_Obj *value;
    for (;;) {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index == NAME)
            options->name = Tcl_GetString(value);
        else if (index == OPTIONS)
            options->settings.options = Tcl_GetString(value);
        else if (index == RECIPE)
            options->settings.recipe = bind_path(value, &options->recipe);
        else if ((index == HALVE &&
                  Tcl_GetBooleanFromObj(interp, value, &options->halve) != TCL_OK) ||
                 (index == COMPRESS &&
                  Tcl_GetBooleanFromObj(interp, value, &options->compress) != TCL_OK) ||
                 (index == MEANS && read_means(interp, value, options) != TCL_OK))
            return TCL_ERROR;
    }
}

static void free_options(ImportOptions *options)
{
    if (options->settings.recipe != NULL)
        Tcl_DStringFree(&options->recipe);
    options->settings.recipe = NULL;
}

static int import_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    if (objc < 4) {
        Tcl_WrongNumArgs(interp, 1, objv,
                         "WEIGHTS SYSTEM FILE ?-means LIST? ?-options TEXT? "
                         "?-name NAME? ?-compress BOOL? ?-recipe FILE? ?-halve BOOL?");
        return TCL_ERROR;
    }
    ImportOptions options = {.settings = {.system = Tcl_GetString(objv[2]), .options = ""}};
    if (read_options(interp, objc, objv, &options) != TCL_OK) {
        free_options(&options);
        return TCL_ERROR;
    }
    options.settings.halve_first = options.halve;
    Error error;
    Model *model = NULL;
    Tcl_DString weights, path;
    Status status = model_import(bind_path(objv[1], &weights), &options.settings, &model, &error);
    Tcl_DStringFree(&weights);
    free_options(&options);
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    if (options.name != NULL)
        snprintf(model->name, sizeof model->name, "%s", options.name);
    status = model_write(model, bind_path(objv[3], &path), options.compress, &error);
    Tcl_DStringFree(&path);
    model_free(model);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

void bind_import_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::import_weights", import_command, NULL, NULL);
}
