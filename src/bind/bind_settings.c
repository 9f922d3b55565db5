#include "bind/bind_settings.h"

#include <stdint.h>
#include <stdio.h>

#include "bind/bind.h"

static Tcl_Obj *get_numbers(const double *values, size_t n)
{
    if (n == 1)
        return Tcl_NewDoubleObj(values[0]);
    Tcl_Obj *list = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < n; i++)
        Tcl_ListObjAppendElement(NULL, list, Tcl_NewDoubleObj(values[i]));
    return list;
}

static Tcl_Obj *get_field(const Field *field, const void *settings)
{
    const void *place = (const char *)settings + field->offset;
    switch (field->kind) {
    case FIELD_TEXT:
        return bind_text(place);
    case FIELD_COUNT:
        return Tcl_NewWideIntObj((Tcl_WideInt)(*(const size_t *)place));
    case FIELD_SEED:
        return Tcl_NewWideIntObj((Tcl_WideInt)(*(const uint64_t *)place));
    case FIELD_SWITCH:
        return Tcl_NewBooleanObj(*(const bool *)place);
    case FIELD_CHOICE:
        return Tcl_NewStringObj(field->choices[*(const int *)place], -1);
    default:
        return get_numbers(place, field->n);
    }
}

Tcl_Obj *settings_to_dict(const Field *table, const void *settings)
{
    Tcl_Obj *dict = Tcl_NewDictObj();
    for (const Field *field = table; field->name != NULL; field++)
        bind_put(dict, field->name, get_field(field, settings));
    return dict;
}

static int set_numbers(Tcl_Interp *interp, const Field *field, double *place, Tcl_Obj *value)
{
    Tcl_Size n;
    Tcl_Obj **cells;
    if (Tcl_ListObjGetElements(interp, value, &n, &cells) != TCL_OK)
        return TCL_ERROR;
    if ((size_t)n != field->n)
        return bind_usage(interp, "%s takes %zu numbers, not \"%s\"", field->name, field->n,
                          Tcl_GetString(value));
    for (size_t i = 0; i < field->n; i++)
        if (Tcl_GetDoubleFromObj(NULL, cells[i], &place[i]) != TCL_OK)
            return bind_usage(interp, "%s must be a number, not \"%s\"", field->name,
                              Tcl_GetString(cells[i]));
    return TCL_OK;
}

static int set_field(Tcl_Interp *interp, const Field *field, void *settings, Tcl_Obj *value)
{
    void *place = (char *)settings + field->offset;
    size_t count;
    int number;
    switch (field->kind) {
    case FIELD_TEXT:
        snprintf(place, field->n, "%s", Tcl_GetString(value));
        return TCL_OK;
    case FIELD_COUNT:
        return bind_count(interp, value, field->name, place);
    case FIELD_SEED:
        if (bind_count(interp, value, field->name, &count) != TCL_OK)
            return TCL_ERROR;
        *(uint64_t *)place = count;
        return TCL_OK;
    case FIELD_SWITCH:
        if (Tcl_GetBooleanFromObj(interp, value, &number) != TCL_OK)
            return TCL_ERROR;
        *(bool *)place = number;
        return TCL_OK;
    case FIELD_CHOICE:
        return Tcl_GetIndexFromObj(interp, value, field->choices, field->name, TCL_EXACT, place);
    default:
        return set_numbers(interp, field, place, value);
    }
}

int settings_from_dict(Tcl_Interp *interp, const Field *table, Tcl_Obj *dict, void *settings)
{
    Tcl_DictSearch search;
    Tcl_Obj *key, *value;
    int done;
    if (Tcl_DictObjFirst(interp, dict, &search, &key, &value, &done) != TCL_OK)
        return TCL_ERROR;
    int code = TCL_OK;
    for (; !done && code == TCL_OK; Tcl_DictObjNext(&search, &key, &value, &done)) {
        int index;
        code = Tcl_GetIndexFromObjStruct(interp, key, table, sizeof table[0], "setting", TCL_EXACT,
                                         &index);
        if (code == TCL_OK)
            code = set_field(interp, &table[index], settings, value);
    }
    Tcl_DictObjDone(&search);
    return code;
}
