// skyclass::dataset open FILE | new FILTERS SIZE CLASSES SCALE -> $dataset
// $dataset info | append $bands $sources LABELS NAME ?-nearest BOOL? | join $other | mock SETTINGS
// |
//          write FILE | destroy
#include "bind/bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "bind/bind_dataset.h"
#include "bind/bind_simulate.h"
#include "classifier/recipe.h"
#include "classifier/recipe_bands.h"
#include "dataset/dataset.h"
#include "dataset/dataset_field.h"
#include "dataset/dataset_file.h"
#include "dataset/dataset_mock.h"
#include "mock/mock_simulate.h"
#include "sky/cutout/cutout.h"
#include "systems/system.h"

static void release_dataset(void *dataset)
{
    dataset_free(dataset);
}

static Tcl_Obj *dataset_info(const Dataset *dataset)
{
    Tcl_Obj *info = Tcl_NewDictObj();
    bind_put_count(info, "n", dataset->n);
    Tcl_Obj *bands = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < dataset->n_bands; i++)
        Tcl_ListObjAppendElement(NULL, bands, bind_text(dataset->bands[i]));
    bind_put(info, "bands", bands);
    bind_put_count(info, "size", dataset->size);
    bind_put_number(info, "scale", dataset->pixel_scale);
    Tcl_Obj *fields = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < dataset->n_fields; i++)
        Tcl_ListObjAppendElement(NULL, fields, bind_text(dataset->field_names[i]));
    bind_put(info, "fields", fields);
    Tcl_Obj *counts = Tcl_NewDictObj();
    for (size_t class = 1; class <= dataset->n_classes; class ++) {
        size_t n = 0;
        for (size_t i = 0; i < dataset->n; i++)
            n += dataset->labels[i] == class;
        Tcl_DictObjPut(NULL, counts, Tcl_NewWideIntObj((Tcl_WideInt) class),
                       Tcl_NewWideIntObj((Tcl_WideInt)n));
    }
    bind_put(info, "counts", counts);
    return info;
}

static int read_labels(Tcl_Interp *interp, Tcl_Obj *value, size_t n, size_t **labels)
{
    Tcl_Size n_labels;
    Tcl_Obj **cells;
    if (Tcl_ListObjGetElements(interp, value, &n_labels, &cells) != TCL_OK)
        return TCL_ERROR;
    if ((size_t)n_labels != n)
        return bind_usage(interp, "%ld labels were given for %zu sources", (long)n_labels, n);
    *labels = memory_new(n, sizeof **labels);
    if (*labels == NULL)
        return bind_usage(interp, "out of memory for %zu labels", n);
    for (size_t i = 0; i < n; i++)
        if (bind_count(interp, cells[i], "a label", &(*labels)[i]) != TCL_OK) {
            free(*labels);
            return TCL_ERROR;
        }
    return TCL_OK;
}

static Tcl_Obj *count_dict(const DatasetCount *count)
{
    Tcl_Obj *counts = Tcl_NewDictObj();
    bind_put_count(counts, "added", count->added);
    bind_put_count(counts, "unlabelled", count->unlabelled);
    bind_put_count(counts, "not_classifiable", count->not_classifiable);
    return counts;
}

static int read_recipe(Tcl_Interp *interp, Tcl_Obj *name, Recipe *recipe)
{
    const System *system = system_find(Tcl_GetString(name));
    if (system == NULL)
        return bind_usage(interp, "there is no system \"%s\"", Tcl_GetString(name));
    *recipe = system->recipe;
    return TCL_OK;
}

// $dataset append BANDS SOURCES LABELS NAME ?-as-is BOOL? ?-nearest BOOL?
// ?-system NAME?: with it the bands' pixels are converted to what its recipe wants; $bands notes
// tells.
static int append_field(Tcl_Interp *interp, Dataset *dataset, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"-as-is", "-nearest", "-system", NULL};
    enum { AS_IS, NEAREST, SYSTEM };
    int as_is = 0, nearest = 0;
    Recipe recipe = {0};
    int argument = 6;
    int index;
    Tcl_Obj *value;
    if (objc < 6) {
        Tcl_WrongNumArgs(interp, 2, objv,
                         "BANDS SOURCES LABELS NAME ?-as-is BOOL? ?-nearest BOOL? "
                         "?-system NAME?");
        return TCL_ERROR;
    }
    do {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK ||
            (index == SYSTEM && read_recipe(interp, value, &recipe) != TCL_OK) ||
            ((index == AS_IS || index == NEAREST) &&
             Tcl_GetBooleanFromObj(interp, value, index == AS_IS ? &as_is : &nearest) != TCL_OK))
            return TCL_ERROR;
    } while (index >= 0);
    Handle *bands = bind_find(interp, objv[2], bind_bands_command, "set of bands");
    Handle *sources =
        bands ? bind_find(interp, objv[3], bind_sources_command, "list of sources") : NULL;
    if (sources == NULL)
        return TCL_ERROR;
    SourceList *list = sources->object;
    size_t *labels;
    if (read_labels(interp, objv[4], list->n, &labels) != TCL_OK)
        return TCL_ERROR;
    bands_locate(bands->object, list);
    const DatasetField field = {
        .name = Tcl_GetString(objv[5]), .bands = bands->object, .list = list, .labels = labels};
    const CutoutRule rule = {.size = dataset->size,
                             .centre = nearest ? CUTOUT_NEAREST : CUTOUT_STARCNET,
                             .border = dataset->size / 2 + 1,
                             .zero_block = as_is ? 0 : CUTOUT_ZERO_BLOCK};
    Error error;
    DatasetCount count;
    if (as_is)
        recipe_take_as_is(&recipe);
    Status status = recipe_fit_bands(&recipe, bands->object, &error);
    if (status == STATUS_OK)
        status = dataset_append_field(dataset, &field, &rule, &count, &error);
    free(labels);
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_SetObjResult(interp, count_dict(&count));
    return TCL_OK;
}

// $dataset mock SETTINGS: appends a simulated galaxy, rendered in memory.
static int append_mock(Tcl_Interp *interp, Dataset *dataset, Tcl_Obj *dict)
{
    MockSettings settings;
    if (bind_mock_settings(interp, dict, &settings) != TCL_OK)
        return TCL_ERROR;
    const CutoutRule rule = {
        .size = dataset->size, .centre = CUTOUT_STARCNET, .border = dataset->size / 2 + 1};
    Error error;
    MockField *field;
    DatasetCount count;
    Status status = mock_simulate_field(&settings, &field, &error);
    if (status == STATUS_OK) {
        status = dataset_append_mock(dataset, field, &rule, &count, &error);
        mock_field_free(field);
    }
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_SetObjResult(interp, count_dict(&count));
    return TCL_OK;
}

int bind_dataset_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"append", "destroy", "info", "join", "mock", "write", NULL};
    enum { APPEND, DESTROY, INFO, JOIN, MOCK, WRITE };
    Dataset *dataset = ((Handle *)data)->object;
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "append|destroy|info|join|mock|write ?argument ...?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    const bool needs_one = choice == JOIN || choice == MOCK || choice == WRITE;
    if (choice != APPEND && objc != (needs_one ? 3 : 2)) {
        Tcl_WrongNumArgs(interp, 2, objv,
                         choice == JOIN    ? "DATASET"
                         : choice == MOCK  ? "SETTINGS"
                         : choice == WRITE ? "FILE"
                                           : NULL);
        return TCL_ERROR;
    }
    Error error;
    Status status = STATUS_OK;
    switch (choice) {
    case APPEND:
        return append_field(interp, dataset, objc, objv);
    case DESTROY:
        return bind_destroy(interp, objv[0]);
    case MOCK:
        return append_mock(interp, dataset, objv[2]);
    case INFO:
        Tcl_SetObjResult(interp, dataset_info(dataset));
        return TCL_OK;
    case JOIN: {
        Handle *other = bind_find(interp, objv[2], bind_dataset_command, "dataset");
        if (other == NULL)
            return TCL_ERROR;
        status = dataset_append(dataset, other->object, &error);
        break;
    }
    default: {
        Tcl_DString path;
        status = dataset_write(dataset, bind_path(objv[2], &path), &error);
        Tcl_DStringFree(&path);
        break;
    }
    }
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

// skyclass::dataset new FILTERS SIZE CLASSES SCALE
static int new_dataset(Tcl_Interp *interp, Tcl_Obj *const objv[], Dataset **dataset)
{
    Tcl_Size n;
    Tcl_Obj **filters;
    size_t size, n_classes;
    double scale;
    if (Tcl_ListObjGetElements(interp, objv[2], &n, &filters) != TCL_OK ||
        bind_count(interp, objv[3], "the size", &size) != TCL_OK ||
        bind_count(interp, objv[4], "the number of classes", &n_classes) != TCL_OK ||
        Tcl_GetDoubleFromObj(interp, objv[5], &scale) != TCL_OK)
        return TCL_ERROR;
    if (n < 1 || n > DATASET_BANDS_MAX)
        return bind_usage(interp, "a dataset has 1 to %d bands, not %ld", DATASET_BANDS_MAX,
                          (long)n);
    Error error;
    if (dataset_new(0, (size_t)n, size, n_classes, dataset, &error) != STATUS_OK)
        return bind_error(interp, &error);
    for (Tcl_Size i = 0; i < n; i++)
        snprintf((*dataset)->bands[i], sizeof(*dataset)->bands[i], "%s", Tcl_GetString(filters[i]));
    (*dataset)->pixel_scale = scale;
    return TCL_OK;
}

static int dataset_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    static const char *const names[] = {"new", "open", NULL};
    enum { NEW, OPEN };
    int choice = OPEN;
    Dataset *dataset = NULL;
    if (objc < 3 ||
        Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK ||
        objc != (choice == NEW ? 6 : 3)) {
        Tcl_WrongNumArgs(interp, 1, objv, "open FILE | new FILTERS SIZE CLASSES SCALE");
        return TCL_ERROR;
    }
    if (choice == NEW) {
        if (new_dataset(interp, objv, &dataset) != TCL_OK)
            return TCL_ERROR;
    } else {
        Error error;
        Tcl_DString path;
        Status status = dataset_read(bind_path(objv[2], &path), &dataset, &error);
        Tcl_DStringFree(&path);
        if (status != STATUS_OK)
            return bind_error(interp, &error);
    }
    return bind_object(interp, "dataset", bind_dataset_command,
                       handle_new(dataset, release_dataset));
}

void bind_dataset_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::dataset", dataset_command, NULL, NULL);
}
