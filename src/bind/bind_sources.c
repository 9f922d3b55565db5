// skyclass::sources read FILE ?COLUMNS? | regions TEXT ?PHYSICAL? |
// positions {{id x y ?no_source?} ...} -> $sources
// COLUMNS is a dict of id, x, y, ra, dec, class, each with a column's name or number from 1, of
// unit (degree, radian, hour) and zero_based (a boolean); what it has not is found out. $sources
// count | repeated (ids) | columns | column NAME | roles | role ROLE (its cells) | get INDEX |
// locate $bands | where EXPRESSION (keeps those; how many) | write FILE ?COORDS? | destroy
#include "bind/bind.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sky/image/locate.h"
#include "sky/image/misread.h"
#include "sky/source/source.h"
#include "sky/source/source_where.h"
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

// $sources locate BANDS ?INDEX BASIS?: with those two, of assumed, listed, elsewhere, chosen, INDEX
// is the band whose pixels x, y are (sky/image/locate.h), and the result is {band INDEX notes {LINE
// ...}}.
static int sources_locate(Tcl_Interp *interp, SourceList *list, int objc, Tcl_Obj *const objv[])
{
    static const char *const bases[] = {"assumed", "listed", "elsewhere", "chosen", NULL};
    const Handle *handle = bind_find(interp, objv[2], bind_bands_command, "set of bands");
    if (handle == NULL)
        return TCL_ERROR;
    Bands *bands = handle->object;
    Error error;
    if (objc == 3)
        return bands_locate(bands, list, &error) == STATUS_OK ? TCL_OK : bind_error(interp, &error);
    size_t band;
    int basis;
    if (bind_count(interp, objv[3], "the band", &band) != TCL_OK ||
        Tcl_GetIndexFromObj(interp, objv[4], bases, "basis", 0, &basis) != TCL_OK)
        return TCL_ERROR;
    if (band >= bands_count(bands))
        return bind_usage(interp, "there is no band %zu; there are %zu, counted from 0", band,
                          bands_count(bands));
    char settled[LOCATE_NOTE_SIZE], misread[MISREAD_NOTE_SIZE];
    if (locate(bands, list, band, (LocateBasis)basis, settled, &error) != STATUS_OK ||
        misread_note(bands, list, misread, &error) != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_Obj *result = Tcl_NewDictObj(), *lines = Tcl_NewListObj(0, NULL);
    if (settled[0] != '\0')
        Tcl_ListObjAppendElement(NULL, lines, bind_text(settled));
    if (misread[0] != '\0')
        Tcl_ListObjAppendElement(NULL, lines, bind_text(misread));
    bind_put_count(result, "band", bands_reference(bands));
    bind_put(result, "notes", lines);
    Tcl_SetObjResult(interp, result);
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
static int set_cells(Tcl_Interp *interp, const SourceList *list, size_t column)
{
    Tcl_Obj *cells = Tcl_NewListObj(0, NULL);
    char buffer[TABLE_CELL_SIZE];
    for (size_t i = 0; i < list->n; i++)
        Tcl_ListObjAppendElement(
            NULL, cells, bind_text(table_text(list->table, list->sources[i].row, column, buffer)));
    Tcl_SetObjResult(interp, cells);
    return TCL_OK;
}

static int sources_column(Tcl_Interp *interp, const SourceList *list, Tcl_Obj *name)
{
    size_t column;
    if (list->table == NULL || !table_find_column(list->table, Tcl_GetString(name), &column))
        return bind_usage(interp, "%s has no column \"%s\"", list->path, Tcl_GetString(name));
    return set_cells(interp, list, column);
}

// ROLE -> {column N name NAME why TEXT} of the roles that a column plays; N counts from 1.
static int sources_roles(Tcl_Interp *interp, const SourceList *list)
{
    Tcl_Obj *roles = Tcl_NewDictObj();
    for (size_t role = 0; list->table != NULL && role < SOURCE_ROLES; role++) {
        const size_t column = list->roles.column[role];
        if (column == NO_COLUMN)
            continue;
        Tcl_Obj *about = Tcl_NewDictObj();
        bind_put_count(about, "column", column + 1);
        bind_put_text(about, "name", table_column_name(list->table, column));
        bind_put_text(about, "why", list->roles.why[role]);
        bind_put(roles, source_role_name((SourceRole)role), about);
    }
    Tcl_SetObjResult(interp, roles);
    return TCL_OK;
}

static bool find_role(const char *name, SourceRole *role)
{
    for (size_t i = 0; i < SOURCE_ROLES; i++)
        if (strcmp(source_role_name((SourceRole)i), name) == 0) {
            *role = (SourceRole)i;
            return true;
        }
    return false;
}

static int sources_role(Tcl_Interp *interp, const SourceList *list, Tcl_Obj *name)
{
    SourceRole role;
    if (!find_role(Tcl_GetString(name), &role))
        return bind_usage(interp, "roles are id, x, y, ra, dec, class, not \"%s\"",
                          Tcl_GetString(name));
    if (list->table == NULL || list->roles.column[role] == NO_COLUMN)
        return bind_usage(interp, "%s has no column for %s", list->path, Tcl_GetString(name));
    return set_cells(interp, list, list->roles.column[role]);
}

int bind_coords(Tcl_Interp *interp, Tcl_Obj *value, PointCoords *coords)
{
    int index;
    if (Tcl_GetIndexFromObj(interp, value, point_coords_names, "coordinates", 0, &index) != TCL_OK)
        return TCL_ERROR;
    *coords = (PointCoords)index;
    return TCL_OK;
}

static int sources_write(Tcl_Interp *interp, const SourceList *list, int objc,
                         Tcl_Obj *const objv[])
{
    Error error;
    Tcl_DString path;
    PointCoords coords = COORDS_GIVEN;
    if (objc == 4 && bind_coords(interp, objv[3], &coords) != TCL_OK)
        return TCL_ERROR;
    Status status = source_list_write(list, bind_path(objv[2], &path), coords, &error);
    Tcl_DStringFree(&path);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

// How many are left.
static int sources_where(Tcl_Interp *interp, const Handle *handle, Tcl_Obj *text)
{
    Error error;
    Expression *expression;
    SourceList *list = handle->object;
    if (handle->n_references > 1)
        return bind_usage(interp, "a job has these sources already; choose among them before it");
    Status status = expression_read(Tcl_GetString(text), &expression, &error);
    if (status == STATUS_OK)
        status = source_list_where(list, expression, &error);
    expression_free(expression);
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)list->n));
    return TCL_OK;
}

int bind_sources_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"column", "columns",   "count",    "destroy", "get",
                                        "locate", "pixels_of", "repeated", "role",    "roles",
                                        "where",  "write",     NULL};
    static const char *const arguments[] = {
        "NAME", NULL, NULL,   NULL, "INDEX",      "BANDS ?INDEX BASIS?",
        NULL,   NULL, "ROLE", NULL, "EXPRESSION", "FILE ?COORDS?"};
    enum {
        COLUMN,
        COLUMNS,
        COUNT,
        DESTROY,
        GET,
        LOCATE,
        PIXELS_OF,
        REPEATED,
        ROLE,
        ROLES,
        WHERE,
        WRITE
    };
    SourceList *list = ((Handle *)data)->object;
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv,
                         "column|columns|count|destroy|get|locate|pixels_of|repeated|role|roles|"
                         "where|write ?argument?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    if (objc != (arguments[choice] != NULL ? 3 : 2) && !(choice == LOCATE && objc == 5) &&
        !(choice == WRITE && objc == 4)) {
        Tcl_WrongNumArgs(interp, 2, objv, arguments[choice]);
        return TCL_ERROR;
    }
    if (choice == COLUMN)
        return sources_column(interp, list, objv[2]);
    if (choice == COLUMNS)
        return sources_columns(interp, list);
    if (choice == ROLE)
        return sources_role(interp, list, objv[2]);
    if (choice == ROLES)
        return sources_roles(interp, list);
    if (choice == GET)
        return sources_get(interp, list, objv[2]);
    if (choice == LOCATE)
        return sources_locate(interp, list, objc, objv);
    if (choice == PIXELS_OF) {
        Tcl_SetObjResult(interp, bind_text(list->pixels_of != NULL ? list->pixels_of : ""));
        return TCL_OK;
    }
    if (choice == WHERE)
        return sources_where(interp, data, objv[2]);
    if (choice == WRITE)
        return sources_write(interp, list, objc, objv);
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

// Marks the positions {id x y no_source}; {id x y} and {id x y {}} are sources.
static Status mark_no_source(Tcl_Size n, Tcl_Obj *const rows[], SourceList *list, Error *error)
{
    for (Tcl_Size i = 0; i < n; i++) {
        Tcl_Obj *flag = NULL;
        if (Tcl_ListObjIndex(NULL, rows[i], 3, &flag) != TCL_OK || flag == NULL)
            continue;
        const char *text = Tcl_GetString(flag);
        list->sources[i].no_source = strcmp(text, "no_source") == 0;
        if (!list->sources[i].no_source && text[0] != '\0')
            return error_set(error, STATUS_USAGE, "a position's flag is no_source, not \"%s\"",
                             text);
    }
    return STATUS_OK;
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
        if (Tcl_ListObjGetElements(NULL, rows[i], &n_cells, &cells) != TCL_OK || n_cells < 3 ||
            n_cells > 4 || Tcl_GetDoubleFromObj(NULL, cells[1], &x[i]) != TCL_OK ||
            Tcl_GetDoubleFromObj(NULL, cells[2], &y[i]) != TCL_OK)
            status = error_set(error, STATUS_USAGE,
                               "position %ld must be {id x y ?no_source?}, not \"%s\"", (long)i,
                               Tcl_GetString(rows[i]));
        else
            id[i] = Tcl_GetString(cells[0]);
    }
    if (status == STATUS_OK)
        status = source_list_from_positions(x, y, id, (size_t)n, list, error);
    if (status == STATUS_OK) {
        status = mark_no_source(n, rows, *list, error);
        if (status != STATUS_OK) {
            source_list_free(*list);
            *list = NULL;
        }
    }
    free(x);
    free(y);
    free(id);
    return status;
}

// Fills *columns, whose texts stay the dict's.
static int read_columns(Tcl_Interp *interp, Tcl_Obj *dict, SourceColumns *columns)
{
    Tcl_DictSearch search;
    Tcl_Obj *key, *value;
    int done, zero_based = 0, code = TCL_OK;
    if (Tcl_DictObjFirst(interp, dict, &search, &key, &value, &done) != TCL_OK)
        return TCL_ERROR;
    for (; !done && code == TCL_OK; Tcl_DictObjNext(&search, &key, &value, &done)) {
        const char *name = Tcl_GetString(key);
        SourceRole role;
        if (find_role(name, &role))
            columns->column[role] = Tcl_GetString(value);
        else if (strcmp(name, "unit") == 0)
            columns->unit = Tcl_GetString(value);
        else if (strcmp(name, "zero_based") == 0)
            code = Tcl_GetBooleanFromObj(interp, value, &zero_based);
        else
            code = bind_usage(interp,
                              "columns are chosen for id, x, y, ra, dec, class, with unit and "
                              "zero_based, not for \"%s\"",
                              name);
    }
    Tcl_DictObjDone(&search);
    columns->zero_based = zero_based;
    return code;
}

static int sources_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    static const char *const names[] = {"positions", "read", "regions", NULL};
    enum { POSITIONS, READ, REGIONS };
    int choice;
    Physical physical;
    SourceColumns columns = {0};
    if (objc < 3 || objc > 4) {
        Tcl_WrongNumArgs(
            interp, 1, objv,
            "read FILE ?COLUMNS? | regions TEXT ?PHYSICAL? | positions {{id x y} ...}");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK ||
        (objc == 4 && choice == READ && read_columns(interp, objv[3], &columns) != TCL_OK) ||
        (objc == 4 && choice == REGIONS && bind_physical(interp, objv[3], &physical) != TCL_OK))
        return TCL_ERROR;
    if (objc == 4 && choice == POSITIONS)
        return bind_usage(interp, "positions are pixels of the first band and take nothing more");
    Error error;
    SourceList *list = NULL;
    Status status;
    if (choice == READ) {
        Tcl_DString path;
        status = source_list_read_columns(bind_path(objv[2], &path), &columns, &list, &error);
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
