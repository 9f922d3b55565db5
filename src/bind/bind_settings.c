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

static Tcl_Obj *get_setting(const Setting *setting, const void *settings)
{
    const void *place = (const char *)settings + setting->offset;
    switch (setting->kind) {
    case SETTING_TEXT:
        return bind_text(place);
    case SETTING_COUNT:
        return Tcl_NewWideIntObj((Tcl_WideInt)(*(const size_t *)place));
    case SETTING_SEED:
        return Tcl_NewWideIntObj((Tcl_WideInt)(*(const uint64_t *)place));
    case SETTING_SWITCH:
        return Tcl_NewBooleanObj(*(const bool *)place);
    case SETTING_CHOICE:
        return Tcl_NewStringObj(setting->choices[*(const int *)place], -1);
    default:
        return get_numbers(place, setting->n);
    }
}

Tcl_Obj *settings_to_dict(const Setting *table, const void *settings)
{
    Tcl_Obj *dict = Tcl_NewDictObj();
    for (const Setting *setting = table; setting->name != NULL; setting++)
        bind_put(dict, setting->name, get_setting(setting, settings));
    return dict;
}

static int set_numbers(Tcl_Interp *interp, const Setting *setting, double *place, Tcl_Obj *value)
{
    Tcl_Size n;
    Tcl_Obj **cells;
    if (Tcl_ListObjGetElements(interp, value, &n, &cells) != TCL_OK)
        return TCL_ERROR;
    if ((size_t)n != setting->n)
        return bind_usage(interp, "%s takes %zu numbers, not \"%s\"", setting->name, setting->n,
                          Tcl_GetString(value));
    for (size_t i = 0; i < setting->n; i++)
        if (Tcl_GetDoubleFromObj(NULL, cells[i], &place[i]) != TCL_OK)
            return bind_usage(interp, "%s must be a number, not \"%s\"", setting->name,
                              Tcl_GetString(cells[i]));
    return TCL_OK;
}

static int set_setting(Tcl_Interp *interp, const Setting *setting, void *settings, Tcl_Obj *value)
{
    void *place = (char *)settings + setting->offset;
    size_t count;
    int number;
    switch (setting->kind) {
    case SETTING_TEXT:
        snprintf(place, setting->n, "%s", Tcl_GetString(value));
        return TCL_OK;
    case SETTING_COUNT:
        return bind_count(interp, value, setting->name, place);
    case SETTING_SEED:
        if (bind_count(interp, value, setting->name, &count) != TCL_OK)
            return TCL_ERROR;
        *(uint64_t *)place = count;
        return TCL_OK;
    case SETTING_SWITCH:
        if (Tcl_GetBooleanFromObj(interp, value, &number) != TCL_OK)
            return TCL_ERROR;
        *(bool *)place = number;
        return TCL_OK;
    case SETTING_CHOICE:
        return Tcl_GetIndexFromObj(interp, value, setting->choices, setting->name, TCL_EXACT,
                                   place);
    default:
        return set_numbers(interp, setting, place, value);
    }
}

int settings_from_dict(Tcl_Interp *interp, const Setting *table, Tcl_Obj *dict, void *settings)
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
            code = set_setting(interp, &table[index], settings, value);
    }
    Tcl_DictObjDone(&search);
    return code;
}
