// $result count | row I | counts | journal FILE KEY (the rows that may be read, for job start) |
// regions ?options? | write FILE ?options? | note KEY VALUE
// skyclass::results write {$result ...} FILE ?options?: the rows of all in one file
#include "bind/bind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "result/result_journal.h"
#include "sky/cutout/cutout.h"

static int palette_from(Tcl_Interp *interp, Tcl_Obj *value, Palette *palette)
{
    static const char *const names[] = {"starcnet", "safe", NULL};
    int index;
    if (Tcl_GetIndexFromObj(interp, value, names, "palette", 0, &index) != TCL_OK)
        return TCL_ERROR;
    *palette = index == 0 ? PALETTE_STARCNET : PALETTE_SAFE;
    return TCL_OK;
}

static Tcl_Obj *number_or_empty(double value)
{
    return isfinite(value) ? Tcl_NewDoubleObj(value) : Tcl_NewObj();
}

static bool row_is_final(const unsigned char *is_final, size_t row)
{
    return is_final == NULL || is_final[row];
}

static Tcl_Obj *row_dict(const Result *result, size_t row)
{
    const Source *source = &result->list->sources[row];
    const float *scores = &result->scores[row * result->n_classes];
    const size_t class = result->classes[row];
    Tcl_Obj *dict = Tcl_NewDictObj();
    bind_put_text(dict, "id", source->id);
    bind_put(dict, "x", source->has_xy ? Tcl_NewDoubleObj(source->x) : Tcl_NewObj());
    bind_put(dict, "y", source->has_xy ? Tcl_NewDoubleObj(source->y) : Tcl_NewObj());
    bind_put(dict, "ra", source->has_sky ? Tcl_NewDoubleObj(source->ra) : Tcl_NewObj());
    bind_put(dict, "dec", source->has_sky ? Tcl_NewDoubleObj(source->dec) : Tcl_NewObj());
    bind_put_count(dict, "class", class);
    bind_put(dict, "score", class > 0 ? number_or_empty(scores[class - 1]) : Tcl_NewObj());
    Tcl_Obj *list = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i<result->n_classes &&class> 0; i++)
        Tcl_ListObjAppendElement(NULL, list, Tcl_NewDoubleObj(scores[i]));
    bind_put(dict, "scores", list);
    if (result->members != NULL) {
        float quality;
        bind_put_count(dict, "vote", result_vote(result, row, &quality));
        bind_put(dict, "quality", number_or_empty((double)quality));
        list = Tcl_NewListObj(0, NULL);
        for (size_t i = 0; i<result->n_classes &&class> 0; i++)
            Tcl_ListObjAppendElement(NULL, list,
                                     Tcl_NewDoubleObj((double)result_deviation(result, row, i)));
        bind_put(dict, "deviations", list);
    }
    char flag[128];
    source_flag_text(result->flags[row], flag, sizeof flag);
    bind_put_text(dict, "flag", flag);
    return dict;
}

static int result_row(Tcl_Interp *interp, const Result *result, const unsigned char *is_final,
                      Tcl_Obj *value)
{
    size_t row;
    if (bind_count(interp, value, "the row", &row) != TCL_OK)
        return TCL_ERROR;
    if (row >= result->list->n)
        return bind_usage(interp, "there is no row %zu; the result has %zu, counted from 0", row,
                          result->list->n);
    if (!row_is_final(is_final, row))
        return bind_usage(interp, "row %zu is not classified yet; wait for the job", row);
    Tcl_SetObjResult(interp, row_dict(result, row));
    return TCL_OK;
}

// dict: class number -> number of sources; 0 counts those that were not classified.
static int result_counts(Tcl_Interp *interp, const Result *result, const unsigned char *is_final)
{
    size_t counts[64] = {0};
    for (size_t i = 0; i < result->list->n; i++)
        if (row_is_final(is_final, i))
            counts[result->classes[i]]++;
    Tcl_Obj *dict = Tcl_NewDictObj();
    for (size_t class = 0; class <= result->n_classes; class ++)
        Tcl_DictObjPut(NULL, dict, Tcl_NewWideIntObj((Tcl_WideInt) class),
                       Tcl_NewWideIntObj((Tcl_WideInt)counts[class]));
    Tcl_SetObjResult(interp, dict);
    return TCL_OK;
}

typedef struct WriteOptions {
    ResultStyle style;
    Physical physical; // what style points to, once given
    const char *galaxy;
    Tcl_Obj *rows;
} WriteOptions;

// The options of a command stand in its `names`, in the order of the enum from the first on.
static int write_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], int first,
                         const char *const *names, WriteOptions *options)
{
    enum { PALETTE, TEXT, COORDS, OWN, PHYSICAL };
    const bool writes_file = strcmp(names[OWN], "-galaxy") == 0;
    int index, truth, code = TCL_OK;
    Tcl_Obj *value;
    while (code == TCL_OK) {
        if (bind_option(interp, objc, objv, &first, names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index == PALETTE) {
            code = palette_from(interp, value, &options->style.palette);
        } else if (index == TEXT) {
            code = Tcl_GetBooleanFromObj(interp, value, &truth);
            options->style.score_text = code == TCL_OK && truth;
        } else if (index == COORDS) {
            code = bind_coords(interp, value, &options->style.coords);
        } else if (index == PHYSICAL) {
            code = bind_physical(interp, value, &options->physical);
            options->style.physical = &options->physical;
        } else if (writes_file) {
            options->galaxy = Tcl_GetString(value);
        } else {
            options->rows = value;
        }
    }
    return code;
}

// Options from objv[first] on, after the FILE.
static int write_results(Tcl_Interp *interp, const Result *const *results, size_t n, int first,
                         int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"-palette", "-text", "-coords", "-galaxy", NULL};
    WriteOptions options = {.galaxy = ""};
    if (write_options(interp, objc, objv, first, names, &options) != TCL_OK)
        return TCL_ERROR;
    Error error;
    Tcl_DString path;
    Status status = result_write_all(results, n, bind_path(objv[first - 1], &path), &options.style,
                                     options.galaxy, &error);
    Tcl_DStringFree(&path);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

static int results_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    Tcl_Size n;
    Tcl_Obj **names;
    if (objc < 4 || strcmp(Tcl_GetString(objv[1]), "write") != 0) {
        Tcl_WrongNumArgs(interp, 1, objv,
                         "write RESULTS FILE ?-palette P? ?-text BOOL? ?-coords SYSTEM? "
                         "?-galaxy NAME?");
        return TCL_ERROR;
    }
    if (Tcl_ListObjGetElements(interp, objv[2], &n, &names) != TCL_OK)
        return TCL_ERROR;
    if (n == 0)
        return bind_usage(interp, "there is no result to write");
    const Result **results = memory_new((size_t)n, sizeof *results);
    if (results == NULL) {
        Error error;
        error_memory(&error, "the results");
        return bind_error(interp, &error);
    }
    int code = TCL_OK;
    for (Tcl_Size i = 0; i < n && code == TCL_OK; i++) {
        results[i] = bind_finished_result(interp, names[i]);
        code = results[i] != NULL ? TCL_OK : TCL_ERROR;
    }
    if (code == TCL_OK)
        code = write_results(interp, results, (size_t)n, 4, objc, objv);
    free(results);
    return code;
}

static int append_regions(Tcl_Interp *interp, const Result *result, size_t first, size_t n,
                          const ResultStyle *style, Tcl_Obj *regions)
{
    Error error;
    char *text = NULL;
    if (result_region_text(result, first, n, style, &text, &error) != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_AppendToObj(regions, text, -1);
    free(text);
    return TCL_OK;
}

static int result_regions(Tcl_Interp *interp, const Result *result, const unsigned char *is_final,
                          int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"-palette", "-text", "-coords", "-rows", "-physical", NULL};
    WriteOptions options = {.rows = NULL};
    if (write_options(interp, objc, objv, 2, names, &options) != TCL_OK)
        return TCL_ERROR;
    Tcl_Obj *regions = Tcl_NewObj();
    Tcl_IncrRefCount(regions);
    int code = TCL_OK;
    if (options.rows == NULL) {
        code = append_regions(interp, result, 0, result->list->n, &options.style, regions);
    } else {
        Tcl_Size n;
        Tcl_Obj **rows;
        code = Tcl_ListObjGetElements(interp, options.rows, &n, &rows);
        for (Tcl_Size i = 0; i < n && code == TCL_OK; i++) {
            size_t row;
            code = bind_count(interp, rows[i], "a row", &row);
            if (code == TCL_OK && (row >= result->list->n || !row_is_final(is_final, row)))
                code = bind_usage(interp, "row %zu is not classified", row);
            if (code == TCL_OK)
                code = append_regions(interp, result, row, 1, &options.style, regions);
        }
    }
    if (code == TCL_OK)
        Tcl_SetObjResult(interp, regions);
    Tcl_DecrRefCount(regions);
    return code;
}

static int write_journal(Tcl_Interp *interp, const Result *result, const unsigned char *is_final,
                         Tcl_Obj *const objv[])
{
    Error error;
    Tcl_DString path;
    Status status = result_journal_write(result, is_final, Tcl_GetString(objv[3]),
                                         bind_path(objv[2], &path), &error);
    Tcl_DStringFree(&path);
    return status == STATUS_OK ? TCL_OK : bind_error(interp, &error);
}

int bind_result(Tcl_Interp *interp, Result *result, const unsigned char *is_final, int objc,
                Tcl_Obj *const objv[])
{
    static const char *const names[] = {"count",   "counts", "journal", "note",
                                        "regions", "row",    "write",   NULL};
    enum { COUNT, COUNTS, JOURNAL, NOTE, REGIONS, ROW, WRITE };
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv,
                         "count|counts|journal|note|regions|row|write ?argument ...?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    Error error;
    switch (choice) {
    case COUNT:
        Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)result->list->n));
        return TCL_OK;
    case COUNTS:
        return result_counts(interp, result, is_final);
    case JOURNAL:
        if (objc != 4)
            break;
        return write_journal(interp, result, is_final, objv);
    case NOTE:
        if (objc != 4)
            break;
        if (result_note(result, Tcl_GetString(objv[2]), Tcl_GetString(objv[3]), &error) !=
            STATUS_OK)
            return bind_error(interp, &error);
        return TCL_OK;
    case REGIONS:
        return result_regions(interp, result, is_final, objc, objv);
    case ROW:
        if (objc != 3)
            break;
        return result_row(interp, result, is_final, objv[2]);
    default:
        if (objc < 3)
            break;
        if (is_final != NULL)
            return bind_usage(interp, "the job is still running; wait for it or cancel it first");
        const Result *const one[] = {result};
        return write_results(interp, one, 1, 3, objc, objv);
    }
    Tcl_WrongNumArgs(interp, 2, objv,
                     choice == NOTE      ? "KEY VALUE"
                     : choice == JOURNAL ? "FILE KEY"
                     : choice == ROW     ? "ROW"
                                         : "FILE ?-palette P? ?-text BOOL? ?-coords SYSTEM? "
                                           "?-galaxy NAME?");
    return TCL_ERROR;
}

void bind_result_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::results", results_command, NULL, NULL);
}
