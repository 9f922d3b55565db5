// skyclass::image info FILE ?PLANE?
// skyclass::image centroid FILE PLANE X Y REACH -> dict found, x, y (1-based)
// skyclass::bands find DIRECTORY {{FILTER ...} ...} -> {{FILE PLANE} ...}
// skyclass::bands open {{FILE ?PLANE?} ...} -> $bands; $bands count | aligned I | resampled I |
// notes | destroy
// $bands notes: {{band I kind remark|conversion|warning text TEXT} ...}, what a job found out when
// it began with them
#include "bind/bind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sky/cutout/cutout.h"
#include "sky/detect/centroid.h"
#include "sky/image/band.h"
#include "sky/image/calibration.h"
#include "sky/image/image.h"
#include "sky/image/sky_wcs.h"

static void release_bands(void *bands)
{
    bands_close(bands);
}

// magnitude ("" unknown), system, and note: where it comes from.
static Tcl_Obj *zero_point_dict(const Image *image)
{
    ZeroPoint zero_point;
    calibration_zero_point(image, &zero_point);
    Tcl_Obj *dict = Tcl_NewDictObj();
    if (isnan(zero_point.magnitude))
        bind_put_text(dict, "magnitude", "");
    else
        bind_put_number(dict, "magnitude", zero_point.magnitude);
    bind_put_text(dict, "system", zero_point.system);
    bind_put_text(dict, "note", zero_point.note);
    return dict;
}

static Tcl_Obj *image_dict(const Image *image, size_t plane)
{
    Tcl_Obj *info = Tcl_NewDictObj();
    bind_put_text(info, "path", image_path(image));
    bind_put_count(info, "width", image_width(image));
    bind_put_count(info, "height", image_height(image));
    bind_put_count(info, "planes", image_plane_count(image));
    bind_put_count(info, "plane", plane > 0 ? plane : 1);
    char text[80];
    band_of_image(image, text, sizeof text);
    bind_put_text(info, "band", text);
    image_header_text(image, "OBJECT", text, sizeof text);
    bind_put_text(info, "object", text);
    const SkyWcs *wcs = image_wcs(image);
    bind_put(info, "wcs", Tcl_NewBooleanObj(wcs != NULL));
    bind_put_number(info, "scale", wcs != NULL ? sky_wcs_pixel_scale(wcs) : 0.0);
    bind_put(info, "zero_point", zero_point_dict(image));
    const Physical physical = physical_of_image(image);
    Tcl_Obj *numbers = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < 6; i++)
        Tcl_ListObjAppendElement(NULL, numbers, Tcl_NewDoubleObj(physical.m[i]));
    bind_put(info, "physical", numbers);
    return info;
}

int bind_physical(Tcl_Interp *interp, Tcl_Obj *value, Physical *physical)
{
    Tcl_Size n;
    Tcl_Obj **cells;
    double m[6];
    if (Tcl_ListObjGetElements(interp, value, &n, &cells) != TCL_OK)
        return TCL_ERROR;
    for (Tcl_Size i = 0; i < n && i < 6; i++)
        if (Tcl_GetDoubleFromObj(interp, cells[i], &m[i]) != TCL_OK)
            return TCL_ERROR;
    if (n != 6 || !physical_make(m, physical))
        return bind_usage(interp,
                          "physical coordinates are given by six numbers, as image info "
                          "has them, not \"%s\"",
                          Tcl_GetString(value));
    return TCL_OK;
}

static Status open_image(Tcl_Obj *name, size_t plane, Image **image, Error *error)
{
    Tcl_DString path;
    Status status = image_open(bind_path(name, &path), plane, image, error);
    Tcl_DStringFree(&path);
    return status;
}

static int image_info(Tcl_Interp *interp, Tcl_Obj *name, size_t plane)
{
    Error error;
    Image *image;
    if (open_image(name, plane, &image, &error) != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_SetObjResult(interp, image_dict(image, plane));
    image_close(image);
    return TCL_OK;
}

static Tcl_Obj *note_list(const Bands *bands)
{
    static const char *const kinds[] = {
        [BAND_REMARK] = "remark", [BAND_CONVERSION] = "conversion", [BAND_WARNING] = "warning"};
    Tcl_Obj *notes = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < bands_note_count(bands); i++) {
        const BandNote *note = bands_note(bands, i);
        Tcl_Obj *dict = Tcl_NewDictObj();
        bind_put_count(dict, "band", note->band);
        bind_put_text(dict, "kind", kinds[note->kind]);
        bind_put_text(dict, "text", note->text);
        Tcl_ListObjAppendElement(NULL, notes, dict);
    }
    return notes;
}

static int image_centroid(Tcl_Interp *interp, Tcl_Obj *name, size_t plane, Tcl_Obj *const place[3])
{
    double x, y, reach;
    if (Tcl_GetDoubleFromObj(interp, place[0], &x) != TCL_OK ||
        Tcl_GetDoubleFromObj(interp, place[1], &y) != TCL_OK ||
        Tcl_GetDoubleFromObj(interp, place[2], &reach) != TCL_OK)
        return TCL_ERROR;
    Error error;
    Image *image;
    if (open_image(name, plane, &image, &error) != STATUS_OK)
        return bind_error(interp, &error);
    Centroid centroid;
    Status status = centroid_near(image, x, y, reach, &centroid, &error);
    image_close(image);
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_Obj *dict = Tcl_NewDictObj();
    bind_put(dict, "found", Tcl_NewBooleanObj(centroid.found));
    bind_put_number(dict, "x", centroid.x);
    bind_put_number(dict, "y", centroid.y);
    Tcl_SetObjResult(interp, dict);
    return TCL_OK;
}

static int image_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    static const char *const names[] = {"centroid", "info", NULL};
    enum { CENTROID, INFO };
    int choice;
    size_t plane = 0;
    if (objc < 3) {
        Tcl_WrongNumArgs(interp, 1, objv, "info FILE ?PLANE? | centroid FILE PLANE X Y REACH");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    if (choice == CENTROID ? objc != 7 : objc > 4) {
        Tcl_WrongNumArgs(interp, 2, objv,
                         choice == CENTROID ? "FILE PLANE X Y REACH" : "FILE ?PLANE?");
        return TCL_ERROR;
    }
    if (objc > 3 && bind_count(interp, objv[3], "the plane", &plane) != TCL_OK)
        return TCL_ERROR;
    return choice == CENTROID ? image_centroid(interp, objv[2], plane, objv + 4)
                              : image_info(interp, objv[2], plane);
}

int bind_bands_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"aligned", "count", "destroy", "notes", "resampled", NULL};
    enum { ALIGNED, COUNT, DESTROY, NOTES, RESAMPLED };
    const Bands *bands = ((Handle *)data)->object;
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "aligned|count|destroy|notes|resampled ?INDEX?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    const bool asks = choice == ALIGNED || choice == RESAMPLED;
    if (objc != (asks ? 3 : 2)) {
        Tcl_WrongNumArgs(interp, 2, objv, asks ? "INDEX" : NULL);
        return TCL_ERROR;
    }
    if (choice == COUNT) {
        Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)bands_count(bands)));
        return TCL_OK;
    }
    if (choice == DESTROY)
        return bind_destroy(interp, objv[0]);
    if (choice == NOTES) {
        Tcl_SetObjResult(interp, note_list(bands));
        return TCL_OK;
    }
    size_t index;
    if (bind_count(interp, objv[2], "the index", &index) != TCL_OK)
        return TCL_ERROR;
    if (index >= bands_count(bands))
        return bind_usage(interp, "there is no band %zu; there are %zu, counted from 0", index,
                          bands_count(bands));
    bool answer = bands_resampled(bands, index);
    if (choice == ALIGNED) {
        long dx, dy;
        bands_shift(bands, index, &dx, &dy);
        answer = !answer && dx == 0 && dy == 0;
    }
    Tcl_SetObjResult(interp, Tcl_NewBooleanObj(answer));
    return TCL_OK;
}

// {FILE} or {FILE PLANE}, the plane counted from 1; always a list, so that no file name can be
// mistaken for one.
static Status band_file(Tcl_Obj *value, const char **name, size_t *plane, Tcl_DString *buffer,
                        Error *error)
{
    Tcl_Size n;
    Tcl_Obj **parts;
    Tcl_WideInt number = 0;
    Tcl_DStringInit(buffer);
    if (Tcl_ListObjGetElements(NULL, value, &n, &parts) != TCL_OK || n < 1 || n > 2 ||
        (n == 2 && (Tcl_GetWideIntFromObj(NULL, parts[1], &number) != TCL_OK || number < 0)))
        return error_set(error, STATUS_USAGE, "a band must be the list {FILE ?PLANE?}, not \"%s\"",
                         Tcl_GetString(value));
    *name = bind_path(parts[0], buffer);
    *plane = (size_t)number;
    return STATUS_OK;
}

static int bands_open_command(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    Tcl_Size n;
    Tcl_Obj **files;
    if (objc != 3) {
        Tcl_WrongNumArgs(interp, 2, objv, "{{FILE ?PLANE?} ...}");
        return TCL_ERROR;
    }
    if (Tcl_ListObjGetElements(interp, objv[2], &n, &files) != TCL_OK)
        return TCL_ERROR;
    Error error;
    Bands *bands = NULL;
    Tcl_DString *buffers = memory_new((size_t)n, sizeof *buffers);
    const char **paths = memory_new((size_t)n, sizeof *paths);
    size_t *planes = memory_new((size_t)n, sizeof *planes);
    Status status = STATUS_OK;
    if (buffers == NULL || paths == NULL || planes == NULL)
        status = error_memory(&error, "the list of bands");
    Tcl_Size n_named = 0;
    for (; n_named < n && status == STATUS_OK; n_named++)
        status =
            band_file(files[n_named], &paths[n_named], &planes[n_named], &buffers[n_named], &error);
    if (status == STATUS_OK)
        status = bands_open(paths, planes, (size_t)n, &bands, &error);
    for (Tcl_Size i = 0; i < n_named; i++)
        Tcl_DStringFree(&buffers[i]);
    free(buffers);
    free(paths);
    free(planes);
    if (status != STATUS_OK)
        return bind_error(interp, &error);
    return bind_object(interp, "bands", bind_bands_command, handle_new(bands, release_bands));
}

// {{FILE PLANE} ...}, as `bands open` takes them.
static Tcl_Obj *chosen_files(const BandCandidates *candidates, const size_t *chosen, size_t n)
{
    Tcl_Obj *files = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < n; i++) {
        const BandCandidate *item = &candidates->items[chosen[i]];
        Tcl_Obj *file = Tcl_NewListObj(0, NULL);
        Tcl_ListObjAppendElement(NULL, file, bind_text(item->path));
        Tcl_ListObjAppendElement(NULL, file, Tcl_NewWideIntObj((Tcl_WideInt)item->plane));
        Tcl_ListObjAppendElement(NULL, files, file);
    }
    return files;
}

static int bands_find_command(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    Tcl_Size n;
    Tcl_Obj **wanted;
    if (objc != 4) {
        Tcl_WrongNumArgs(interp, 2, objv, "DIRECTORY {{FILTER ...} ...}");
        return TCL_ERROR;
    }
    if (Tcl_ListObjGetElements(interp, objv[3], &n, &wanted) != TCL_OK)
        return TCL_ERROR;
    Error error;
    Tcl_DString directory;
    BandCandidates *candidates = NULL;
    const char **filters = memory_new((size_t)n, sizeof *filters);
    size_t *chosen = memory_new((size_t)n, sizeof *chosen);
    Status status =
        filters != NULL && chosen != NULL ? STATUS_OK : error_memory(&error, "the list of bands");
    for (Tcl_Size i = 0; i < n && status == STATUS_OK; i++)
        filters[i] = Tcl_GetString(wanted[i]);
    if (status == STATUS_OK) {
        status = band_candidates_in_directory(bind_path(objv[2], &directory), &candidates, &error);
        Tcl_DStringFree(&directory);
    }
    if (status == STATUS_OK)
        status = band_find(candidates, filters, (size_t)n, chosen, &error);
    if (status == STATUS_OK)
        Tcl_SetObjResult(interp, chosen_files(candidates, chosen, (size_t)n));
    band_candidates_free(candidates);
    free(filters);
    free(chosen);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

static int bands_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    static const char *const names[] = {"find", "open", NULL};
    enum { FIND, OPEN };
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "find|open ?argument ...?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    return choice == FIND ? bands_find_command(interp, objc, objv)
                          : bands_open_command(interp, objc, objv);
}

void bind_image_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::image", image_command, NULL, NULL);
    Tcl_CreateObjCommand(interp, "::skyclass::bands", bands_command, NULL, NULL);
}
