// skyclass::detect $bands INDEX ?-option value ...? -> $sources
#include "bind/bind.h"

#include "sky/cutout.h"
#include "sky/detect.h"
#include "sky/source.h"

static int read_part(Tcl_Interp *interp, Tcl_Obj *value, Box *part)
{
    Tcl_Size n;
    Tcl_Obj **cells;
    Tcl_WideInt numbers[4];
    if (Tcl_ListObjGetElements(interp, value, &n, &cells) != TCL_OK)
        return TCL_ERROR;
    for (Tcl_Size i = 0; i < n && i < 4; i++)
        if (Tcl_GetWideIntFromObj(interp, cells[i], &numbers[i]) != TCL_OK)
            return TCL_ERROR;
    const Tcl_WideInt limit = (Tcl_WideInt)1 << 40;
    if (n != 4 || numbers[0] < -limit || numbers[0] > limit || numbers[1] < -limit ||
        numbers[1] > limit || numbers[2] < 1 || numbers[2] > limit || numbers[3] < 1 ||
        numbers[3] > limit)
        return bind_usage(interp, "-part takes {X Y WIDTH HEIGHT} in pixels, X and Y from 1");
    *part =
        (Box){(long)numbers[0] - 1, (long)numbers[1] - 1, (size_t)numbers[2], (size_t)numbers[3]};
    return TCL_OK;
}

static int read_settings(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[],
                         DetectSettings *settings, size_t *n_threads)
{
    // Counts first, then numbers, then -part.
    static const char *const names[] = {
        "-jobs",      "-mesh",    "-mesh-filter", "-area",     "-deblend-levels",
        "-threshold", "-deblend", "-ci",          "-ci-max",   "-fwhm-min",
        "-fwhm",      "-edge",    "-saturation",  "-aperture", "-zero-point",
        "-part",      NULL};
    enum { N_COUNTS = 5, PART = 15 };
    size_t *const counts[] = {n_threads, &settings->mesh, &settings->mesh_filter,
                              &settings->min_area, &settings->deblend_levels};
    double *const numbers[] = {
        &settings->threshold, &settings->deblend_contrast, &settings->ci_min, &settings->ci_max,
        &settings->fwhm_min,  &settings->fwhm_max,         &settings->edge,   &settings->saturation,
        &settings->aperture,  &settings->zero_point};
    int argument = 3, index, code = TCL_OK;
    Tcl_Obj *value;
    while (code == TCL_OK) {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index < N_COUNTS)
            code = bind_count(interp, value, names[index], counts[index]);
        else if (index < PART)
            code = Tcl_GetDoubleFromObj(interp, value, numbers[index - N_COUNTS]);
        else
            code = read_part(interp, value, &settings->part);
    }
    return code;
}

static int detect_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    size_t index, n_threads = 0;
    DetectSettings settings = detect_settings_default();
    if (objc < 3) {
        Tcl_WrongNumArgs(interp, 1, objv, "BANDS INDEX ?-option value ...?");
        return TCL_ERROR;
    }
    Handle *handle = bind_find(interp, objv[1], bind_bands_command, "set of bands");
    if (handle == NULL || bind_count(interp, objv[2], "the band", &index) != TCL_OK ||
        read_settings(interp, objc, objv, &settings, &n_threads) != TCL_OK)
        return TCL_ERROR;
    if (index >= bands_count(handle->object))
        return bind_usage(interp, "there is no band %zu; there are %zu, counted from 0", index,
                          bands_count(handle->object));
    if (handle->busy)
        return bind_usage(interp, "a job is reading these bands; open them a second time");
    Error error;
    Image *image = bands_image(handle->object, index);
    DetectionList *list = NULL;
    SourceList *sources = NULL;
    Status status = detect_sources(image, &settings, n_threads, &list, &error);
    if (status == STATUS_OK)
        status = detection_sources(list, image, &sources, &error);
    detection_list_free(list);
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    return bind_sources(interp, sources);
}

void bind_detect_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::detect", detect_command, NULL, NULL);
}
