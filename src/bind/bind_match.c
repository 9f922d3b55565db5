// skyclass::match_lists $sources $other RADIUS FILE ?KEEP? ?NOTE? -> dict rows matched
// skyclass::merge_duplicates $sources RADIUS FILE -> dict rows merged
// Lists beside each other on the sky (sky/source/sky_match.h), radius in arcsec.
#include "bind/bind.h"
#include "sky/source/sky_match.h"
#include "sky/source/sky_match_write.h"

static size_t count_partners(const SkyMatch *match)
{
    size_t n = 0;
    for (size_t i = 0; i < match->n; i++)
        n += match->partner[i] != NO_MATCH;
    return n;
}

static int finish(Tcl_Interp *interp, Status status, const Error *error, SkyMatch *match,
                  size_t n_rows, const char *what)
{
    if (status == STATUS_OK) {
        Tcl_Obj *dict = Tcl_NewDictObj();
        bind_put_count(dict, "rows", n_rows);
        bind_put_count(dict, what, count_partners(match));
        Tcl_SetObjResult(interp, dict);
    }
    sky_match_clear(match);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, error);
}

static int match_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    double radius;
    int keep = KEEP_ALL;
    if (objc < 5 || objc > 7) {
        Tcl_WrongNumArgs(interp, 1, objv, "SOURCES OTHER RADIUS FILE ?KEEP? ?NOTE?");
        return TCL_ERROR;
    }
    Handle *list = bind_find(interp, objv[1], bind_sources_command, "list of sources");
    Handle *other =
        list ? bind_find(interp, objv[2], bind_sources_command, "list of sources") : NULL;
    if (other == NULL || Tcl_GetDoubleFromObj(interp, objv[3], &radius) != TCL_OK ||
        (objc > 5 &&
         Tcl_GetIndexFromObj(interp, objv[5], match_keep_names, "choice", 0, &keep) != TCL_OK))
        return TCL_ERROR;
    Error error;
    SkyMatch match;
    Tcl_DString path;
    size_t n_rows = 0;
    Status status = sky_match(list->object, other->object, radius, &match, &error);
    if (status == STATUS_OK) {
        status = sky_match_write(list->object, other->object, &match, (MatchKeep)keep,
                                 objc > 6 ? Tcl_GetString(objv[6]) : "", bind_path(objv[4], &path),
                                 &n_rows, &error);
        Tcl_DStringFree(&path);
    }
    return finish(interp, status, &error, &match, n_rows, "matched");
}

static int duplicates_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    double radius;
    if (objc != 4) {
        Tcl_WrongNumArgs(interp, 1, objv, "SOURCES RADIUS FILE");
        return TCL_ERROR;
    }
    Handle *list = bind_find(interp, objv[1], bind_sources_command, "list of sources");
    if (list == NULL || Tcl_GetDoubleFromObj(interp, objv[2], &radius) != TCL_OK)
        return TCL_ERROR;
    Error error;
    SkyMatch match;
    Tcl_DString path;
    size_t n_rows = 0;
    Status status = sky_duplicates(list->object, radius, &match, &error);
    if (status == STATUS_OK) {
        status =
            sky_duplicates_write(list->object, &match, bind_path(objv[3], &path), &n_rows, &error);
        Tcl_DStringFree(&path);
    }
    return finish(interp, status, &error, &match, n_rows, "merged");
}

void bind_match_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::match_lists", match_command, NULL, NULL);
    Tcl_CreateObjCommand(interp, "::skyclass::merge_duplicates", duplicates_command, NULL, NULL);
}
