// skyclass::dataset open FILE | new FILTERS SIZE CLASSES SCALE ?NAMES? -> $dataset, of that number
// of classes, which may have names $dataset info | join $other | write FILE | destroy Filled by
// skyclass::job append and made by skyclass::job dataset (bind_dataset_job.c).
#include "bind/bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/bind_dataset.h"
#include "dataset/dataset.h"
#include "dataset/dataset_file.h"

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
    Tcl_Obj *classes = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < dataset->n_classes; i++)
        Tcl_ListObjAppendElement(NULL, classes, bind_text(dataset->class_names[i]));
    bind_put(info, "classes", classes);
    Tcl_Obj *columns = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < dataset->n_columns; i++)
        Tcl_ListObjAppendElement(NULL, columns, bind_text(dataset->column_names[i]));
    bind_put(info, "columns", columns);
    return info;
}

bool bind_dataset_is_used(const Handle *dataset)
{
    return dataset->n_references > 1;
}

int bind_dataset(Tcl_Interp *interp, Dataset *dataset)
{
    return bind_object(interp, "dataset", bind_dataset_command,
                       handle_new(dataset, release_dataset));
}

int bind_dataset_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"destroy", "info", "join", "write", NULL};
    enum { DESTROY, INFO, JOIN, WRITE };
    Dataset *dataset = ((Handle *)data)->object;
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "destroy|info|join|write ?argument ...?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    const bool needs_one = choice == JOIN || choice == WRITE;
    if (objc != (needs_one ? 3 : 2)) {
        Tcl_WrongNumArgs(interp, 2, objv,
                         choice == JOIN    ? "DATASET"
                         : choice == WRITE ? "FILE"
                                           : NULL);
        return TCL_ERROR;
    }
    Error error;
    Status status = STATUS_OK;
    switch (choice) {
    case DESTROY:
        return bind_destroy(interp, objv[0]);
    case INFO:
        Tcl_SetObjResult(interp, dataset_info(dataset));
        return TCL_OK;
    case JOIN: {
        Handle *other = bind_find(interp, objv[2], bind_dataset_command, "dataset");
        if (other == NULL)
            return TCL_ERROR;
        if (bind_dataset_is_used(data))
            return bind_usage(interp, "a job is using the dataset; wait for it and destroy it");
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

// skyclass::dataset new FILTERS SIZE CLASSES SCALE ?NAMES?
static int new_dataset(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], Dataset **dataset)
{
    Tcl_Size n, n_names = 0;
    Tcl_Obj **filters, **names = NULL;
    size_t size, n_classes;
    double scale;
    if (Tcl_ListObjGetElements(interp, objv[2], &n, &filters) != TCL_OK ||
        bind_count(interp, objv[3], "the size", &size) != TCL_OK ||
        bind_count(interp, objv[4], "the number of classes", &n_classes) != TCL_OK ||
        Tcl_GetDoubleFromObj(interp, objv[5], &scale) != TCL_OK ||
        (objc > 6 && Tcl_ListObjGetElements(interp, objv[6], &n_names, &names) != TCL_OK))
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
    for (Tcl_Size i = 0; i < n_names && (size_t)i < n_classes; i++)
        snprintf((*dataset)->class_names[i], sizeof(*dataset)->class_names[i], "%s",
                 Tcl_GetString(names[i]));
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
        (choice == NEW ? objc < 6 || objc > 7 : objc != 3)) {
        Tcl_WrongNumArgs(interp, 1, objv, "open FILE | new FILTERS SIZE CLASSES SCALE ?NAMES?");
        return TCL_ERROR;
    }
    if (choice == NEW) {
        if (new_dataset(interp, objc, objv, &dataset) != TCL_OK)
            return TCL_ERROR;
    } else {
        Error error;
        Tcl_DString path;
        Status status = dataset_read(bind_path(objv[2], &path), &dataset, &error);
        Tcl_DStringFree(&path);
        if (status != STATUS_OK)
            return bind_error(interp, &error);
    }
    return bind_dataset(interp, dataset);
}

void bind_dataset_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::dataset", dataset_command, NULL, NULL);
}
