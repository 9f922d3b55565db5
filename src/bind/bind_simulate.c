// skyclass::mock settings ?-draw SEED? ?-catalog FILE? -> dict of every setting
// skyclass::mock write SETTINGS DIRECTORY -> number of sources
//
// SETTINGS is a dict as `settings` returns it; keys left out keep their defaults.
#include "bind/bind.h"

#include <stddef.h>

#include "bind/bind_settings.h"
#include "bind/bind_simulate.h"
#include "mock/mock_simulate.h"
#include "mock/mock_write.h"

#define NUMBER(member) SETTING_MEMBER(MockSettings, member, SETTING_NUMBER)
#define COUNT(member)  SETTING_MEMBER(MockSettings, member, SETTING_COUNT)
static const Setting settings_table[] = {
    {"name", SETTING_TEXT, offsetof(MockSettings, name), sizeof((MockSettings *)NULL)->name, NULL},
    SETTING_MEMBER(MockSettings, seed, SETTING_SEED),
    COUNT(width),
    COUNT(height),
    NUMBER(pixel_scale),
    NUMBER(ra),
    NUMBER(dec),
    NUMBER(distance),
    COUNT(n_sources),
    {"class_mix", SETTING_NUMBER, offsetof(MockSettings, class_mix), MOCK_CLASSES, NULL},
    {"exposure", SETTING_NUMBER, offsetof(MockSettings, exposure), MOCK_BANDS, NULL},
    {"throughput", SETTING_NUMBER, offsetof(MockSettings, throughput), MOCK_BANDS, NULL},
    NUMBER(read_noise),
    NUMBER(saturation),
    NUMBER(surface_brightness),
    NUMBER(scale_length),
    NUMBER(bulge),
    NUMBER(bulge_radius),
    NUMBER(inclination),
    NUMBER(position_angle),
    NUMBER(offset_x),
    NUMBER(offset_y),
    COUNT(arms),
    NUMBER(pitch),
    NUMBER(arm_contrast),
    NUMBER(dust),
    NUMBER(star_density),
    NUMBER(limit),
    NUMBER(absolute_limit),
    NUMBER(ci_cut),
    {"catalog", SETTING_TEXT, offsetof(MockSettings, catalog),
     sizeof((MockSettings *)NULL)->catalog, NULL},
    COUNT(n_threads),
    {NULL, SETTING_TEXT, 0, 0, NULL},
};

int bind_mock_settings(Tcl_Interp *interp, Tcl_Obj *dict, MockSettings *settings)
{
    *settings = mock_settings_default();
    return settings_from_dict(interp, settings_table, dict, settings);
}

static int mock_settings_command(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"-draw", "-catalog", NULL};
    MockSettings settings = mock_settings_default();
    int argument = 2;
    int index;
    size_t seed;
    Tcl_Obj *value;
    if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK)
        return TCL_ERROR;
    if (index == 0) {
        if (bind_count(interp, value, "-draw", &seed) != TCL_OK)
            return TCL_ERROR;
        settings = mock_settings_draw(seed);
    } else if (index == 1) {
        Error error;
        Tcl_DString path;
        Status status = mock_settings_catalog(bind_path(value, &path), &settings, &error);
        Tcl_DStringFree(&path);
        if (status != STATUS_OK)
            return bind_error(interp, &error);
    }
    Tcl_SetObjResult(interp, settings_to_dict(settings_table, &settings));
    return TCL_OK;
}

static int mock_write(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    MockSettings settings;
    if (objc != 4) {
        Tcl_WrongNumArgs(interp, 2, objv, "SETTINGS DIRECTORY");
        return TCL_ERROR;
    }
    if (bind_mock_settings(interp, objv[2], &settings) != TCL_OK)
        return TCL_ERROR;
    Error error;
    MockField *field = NULL;
    Status status = mock_simulate_field(&settings, &field, &error);
    if (status == STATUS_OK) {
        Tcl_DString directory;
        status = mock_write_field(field, bind_path(objv[3], &directory), &error);
        Tcl_DStringFree(&directory);
        Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)mock_field_source_count(field)));
        mock_field_free(field);
    }
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

static int mock_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    static const char *const names[] = {"settings", "write", NULL};
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv,
                         "settings ?-draw SEED? ?-catalog FILE? | write SETTINGS DIRECTORY");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    return choice == 0 ? mock_settings_command(interp, objc, objv) : mock_write(interp, objc, objv);
}

void bind_simulate_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::mock", mock_command, NULL, NULL);
}
