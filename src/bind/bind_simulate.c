// skyclass::mock settings ?-draw SEED? ?-catalog FILE? -> dict of every setting
// skyclass::job simulate SETTINGS DIRECTORY ?-command PREFIX? -> $job; $job result -> number of
// sources
//
// SETTINGS is a dict as `settings` returns it; keys left out keep their defaults.
#include "bind/bind.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "bind/bind_job.h"
#include "bind/bind_settings.h"
#include "bind/bind_simulate.h"
#include "mock/mock_simulate.h"
#include "mock/mock_write.h"

#define NUMBER(member) FIELD(#member, MockSettings, member, FIELD_NUMBER)
#define COUNT(member)  FIELD(#member, MockSettings, member, FIELD_COUNT)
static const Field settings_table[] = {
    FIELD_ARRAY("name", MockSettings, name, FIELD_TEXT),
    FIELD("seed", MockSettings, seed, FIELD_SEED),
    COUNT(width),
    COUNT(height),
    NUMBER(pixel_scale),
    NUMBER(ra),
    NUMBER(dec),
    NUMBER(distance),
    COUNT(n_sources),
    COUNT(n_bare),
    FIELD_ARRAY("class_mix", MockSettings, class_mix, FIELD_NUMBER),
    FIELD_ARRAY("exposure", MockSettings, exposure, FIELD_NUMBER),
    FIELD_ARRAY("throughput", MockSettings, throughput, FIELD_NUMBER),
    NUMBER(read_noise),
    NUMBER(saturation),
    FIELD_ARRAY("psf_width", MockSettings, psf_width, FIELD_NUMBER),
    NUMBER(aberration),
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
    FIELD_ARRAY("catalog", MockSettings, catalog, FIELD_TEXT),
    COUNT(n_threads),
    {.name = NULL},
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

// ---- The job -----------------------------------------------------------------------------------

typedef struct MockWork {
    MockSettings settings;
    char *directory;
    size_t n_sources;
} MockWork;

static Status run(void *context, Job *job, Error *error)
{
    MockWork *work = context;
    const Progress progress = job_progress(job);
    MockField *field = NULL;
    work->settings.progress = &progress;
    Status status = mock_simulate_field(&work->settings, &field, error);
    if (status == STATUS_OK) {
        work->n_sources = mock_field_source_count(field);
        status = mock_write_field(field, work->directory, error);
    }
    mock_field_free(field);
    return status;
}

static int result(void *context, Job *job, Tcl_Interp *interp)
{
    (void)job;
    Tcl_SetObjResult(interp,
                     Tcl_NewWideIntObj((Tcl_WideInt)((const MockWork *)context)->n_sources));
    return TCL_OK;
}

static void release(void *context)
{
    MockWork *work = context;
    free(work->directory);
    free(work);
}

int bind_simulate_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const JobKind kind = {.run = run, .result = result, .release = release};
    Tcl_Obj *callback = NULL;
    if (objc < 4) {
        Tcl_WrongNumArgs(interp, 2, objv, "SETTINGS DIRECTORY ?-command PREFIX?");
        return TCL_ERROR;
    }
    MockWork *work = memory_new(1, sizeof *work);
    if (work == NULL)
        return bind_no_memory(interp, "a mock field");
    Tcl_DString directory;
    work->directory = memory_copy_text(bind_path(objv[3], &directory));
    Tcl_DStringFree(&directory);
    int code = TCL_ERROR;
    if (work->directory == NULL)
        bind_no_memory(interp, "a mock field");
    else if (bind_mock_settings(interp, objv[2], &work->settings) == TCL_OK &&
             job_callback_option(interp, objc, objv, 4, &callback) == TCL_OK)
        code = job_start(interp, &kind, work, 0, callback);
    if (code != TCL_OK)
        release(work);
    return code;
}

static int mock_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    if (objc < 2 || strcmp(Tcl_GetString(objv[1]), "settings") != 0) {
        Tcl_WrongNumArgs(interp, 1, objv, "settings ?-draw SEED? ?-catalog FILE?");
        return TCL_ERROR;
    }
    return mock_settings_command(interp, objc, objv);
}

void bind_simulate_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::mock", mock_command, NULL, NULL);
}
