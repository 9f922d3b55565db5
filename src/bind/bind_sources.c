// skyclass::sources read FILE | regions TEXT ?PHYSICAL? | positions {{id x y} ...} -> $sources
// $sources count | repeated (ids) | columns | column NAME | get INDEX | locate $bands |
// write FILE | destroy
#include "bind/bind.h"

#include <stdlib.h>

#include "base/memory.h"
#include "sky/cutout/cutout.h"
#include "sky/source/source.h"
#include "sky/source/source_write.h"
#include "sky/table/table.h"

static void release_sources(void *list)
{
    source_list_free(list);
}

static Tcl_Obj *source_dict(const Source *source)
{
    Tcl_Obj *dict = Tcl_NewDictObj();
    bind_put_text(dict, "id", source->id);
    bind_put_number(dict, "x", source->x);
    bind_put_number(dict, "y", source->y);
    bind_put_number(dict, "ra", source->ra);
    bind_put_number(dict, "dec", source->dec);
    bind_put(dict, "has_xy", Tcl_NewBooleanObj(source->has_xy));
    bind_put(dict, "has_sky", Tcl_NewBooleanObj(source->has_sky));
    bind_put(dict, "excluded", Tcl_NewBooleanObj(source->excluded));
    return dict;
}

static int sources_get(Tcl_Interp *interp, const SourceList *list, Tcl_Obj *value)
{
    size_t index;
    if (bind_count(interp, value, "the index", &index) != TCL_OK)
        return TCL_ERROR;
    if (index >= list->n)
        return bind_usage(interp, "there is no source %zu; the list has %zu, counted from 0", index,
                          list->n);
    Tcl_SetObjResult(interp, source_dict(&list->sources[index]));
    return TCL_OK;
}

static int sources_locate(Tcl_Interp *interp, SourceList *list, Tcl_Obj *name)
{
    const Handle *bands = bind_find(interp, name, bind_bands_command, "set of bands");
    if (bands == NULL)
        return TCL_ERROR;
    bands_locate(bands->object, list);
    return TCL_OK;
}

static int sources_columns(Tcl_Interp *interp, const SourceList *list)
{
    Tcl_Obj *names = Tcl_NewListObj(0, NULL);
    const size_t n = list->table != NULL ? table_column_count(list->table) : 0;
    for (size_t i = 0; i < n; i++)
        Tcl_ListObjAppendElement(NULL, names, bind_text(table_column_name(list->table, i)));
    Tcl_SetObjResult(interp, names);
    return TCL_OK;
}

// The cells of one column of the table the sources came from, as text.
static int sources_column(Tcl_Interp *interp, const SourceList *list, Tcl_Obj *name)
{
    size_t column;
    if (list->table == NULL || !table_find_column(list->table, Tcl_GetString(name), &column))
        return bind_usage(interp, "%s has no column \"%s\"", list->path, Tcl_GetString(name));
    Tcl_Obj *cells = Tcl_NewListObj(0, NULL);
    char buffer[TABLE_CELL_SIZE];
    for (size_t i = 0; i < list->n; i++)
        Tcl_ListObjAppendElement(
            NULL, cells, bind_text(table_text(list->table, list->sources[i].row, column, buffer)));
    Tcl_SetObjResult(interp, cells);
    return TCL_OK;
}

static int sources_write(Tcl_Interp *interp, const SourceList *list, Tcl_Obj *name)
{
    Error error;
    Tcl_DString path;
    Status status = source_list_write(list, bind_path(name, &path), &error);
    Tcl_DStringFree(&path);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

int bind_sources_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"column", "columns",  "count", "destroy", "get",
                                        "locate", "repeated", "write", NULL};
    static const char *const arguments[] = {"NAME",  NULL,    NULL, NULL,
                                            "INDEX", "BANDS", NULL, "FILE"};
    enum { COLUMN, COLUMNS, COUNT, DESTROY, GET, LOCATE, REPEATED, WRITE };
    SourceList *list = ((Handle *)data)->object;
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv,
                         "column|columns|count|destroy|get|locate|repeated|write ?argument?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    if (objc != (arguments[choice] != NULL ? 3 : 2)) {
        Tcl_WrongNumArgs(interp, 2, objv, arguments[choice]);
        return TCL_ERROR;
    }
    if (choice == COLUMN)
        return sources_column(interp, list, objv[2]);
    if (choice == COLUMNS)
        return sources_columns(interp, list);
    if (choice == GET)
        return sources_get(interp, list, objv[2]);
    if (choice == LOCATE)
        return sources_locate(interp, list, objv[2]);
    if (choice == WRITE)
        return sources_write(interp, list, objv[2]);
    if (choice == DESTROY)
        return bind_destroy(interp, objv[0]);
    const size_t n = choice == REPEATED ? list->n_repeated_ids : list->n;
    Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)n));
    return TCL_OK;
}

Handle *bind_sources_handle(SourceList *list)
{
    return handle_new(list, release_sources);
}

int bind_sources(Tcl_Interp *interp, SourceList *list)
{
    return bind_object(interp, "sources", bind_sources_command, bind_sources_handle(list));
}

static Status list_from_positions(Tcl_Size n, Tcl_Obj *const rows[], SourceList **list,
                                  Error *error)
{
    double *x = memory_new((size_t)n, sizeof *x);
    double *y = memory_new((size_t)n, sizeof *y);
    const char **id = memory_new((size_t)n, sizeof *id);
    Status status = STATUS_OK;
    if (x == NULL || y == NULL || id == NULL)
        status = error_memory(error, "positions");
    for (Tcl_Size i = 0; i < n && status == STATUS_OK; i++) {
        Tcl_Size n_cells;
        Tcl_Obj **cells;
        if (Tcl_ListObjGetElements(NULL, rows[i], &n_cells, &cells) != TCL_OK || n_cells != 3 ||
            Tcl_GetDoubleFromObj(NULL, cells[1], &x[i]) != TCL_OK ||
            Tcl_GetDoubleFromObj(NULL, cells[2], &y[i]) != TCL_OK)
            status = error_set(error, STATUS_USAGE, "position %ld must be {id x y}, not \"%s\"",
                               (long)i, Tcl_GetString(rows[i]));
        else
            id[i] = Tcl_GetString(cells[0]);
    }
    if (status == STATUS_OK)
        status = source_list_from_positions(x, y, id, (size_t)n, list, error);
    free(x);
    free(y);
    free(id);
    return status;
}

static int sources_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    static const char *const names[] = {"positions", "read", "regions", NULL};
    enum { POSITIONS, READ, REGIONS };
    int choice;
    Physical physical;
    if (objc < 3 || objc > 4) {
        Tcl_WrongNumArgs(interp, 1, objv,
                         "read FILE | regions TEXT ?PHYSICAL? | positions {{id x y} ...}");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK ||
        (objc == 4 && bind_physical(interp, objv[3], &physical) != TCL_OK))
        return TCL_ERROR;
    if (objc == 4 && choice != REGIONS)
        return bind_usage(interp, "only regions have physical coordinates");
    Error error;
    SourceList *list = NULL;
    Status status;
    if (choice == READ) {
        Tcl_DString path;
        status = source_list_read(bind_path(objv[2], &path), &list, &error);
        Tcl_DStringFree(&path);
    } else if (choice == REGIONS) {
        status = source_list_from_regions(Tcl_GetString(objv[2]), &list, &error);
        if (status == STATUS_OK && objc == 4) {
            source_list_place_physical(list, &physical);
            list->physical_is_placed = true;
        }
    } else {
        Tcl_Size n;
        Tcl_Obj **rows;
        if (Tcl_ListObjGetElements(interp, objv[2], &n, &rows) != TCL_OK)
            return TCL_ERROR;
        status = list_from_positions(n, rows, &list, &error);
    }
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    return bind_sources(interp, list);
}

void bind_sources_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::sources", sources_command, NULL, NULL);
}
