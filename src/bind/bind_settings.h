// C structs of settings as Tcl dicts, through a table of their members.
#ifndef SKYCLASS_BIND_BIND_SETTINGS_H
#define SKYCLASS_BIND_BIND_SETTINGS_H

#include <stddef.h>
#include <tcl.h>

typedef enum SettingKind {
    SETTING_TEXT,   // char[size]
    SETTING_COUNT,  // size_t
    SETTING_SEED,   // uint64_t
    SETTING_NUMBER, // double
    SETTING_SWITCH, // bool
    SETTING_CHOICE, // an enum whose values are the places of `choices`
} SettingKind;

// One member: its key in the dict and where it lives in the struct.
typedef struct Setting {
    const char *name;
    SettingKind kind;
    size_t offset;
    size_t n;                   // values: more than one make a list; the size of a text
    const char *const *choices; // NULL-terminated, for SETTING_CHOICE
} Setting;

#define SETTING_MEMBER(type, member, kind)                                                         \
    {                                                                                              \
#member, kind, offsetof(type, member), 1, NULL                                             \
    }

// A dict of all members. The table ends with a NULL name.
Tcl_Obj *settings_to_dict(const Setting *table, const void *settings);
// Sets the members that the dict names; the others stay as they are.
int settings_from_dict(Tcl_Interp *interp, const Setting *table, Tcl_Obj *dict, void *settings);

#endif
