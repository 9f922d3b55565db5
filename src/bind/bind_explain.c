// skyclass::job explain $model $bands $sources ?-method NAME? ?-class N? ?-layer NAME?
// ?-patch N? ?-stride N? ?-each_band BOOL? ?-jobs N? ?-command PREFIX? -> $job
// $job result -> $explanation, of its own from then on:
//   $explanation count              sources
//   $explanation source I           dict id class explains scores size planes x y ?ra dec? flag of
//                                   source I (from 0)
//   $explanation contours I LEVEL   lines {{X Y X Y ...} ...} around what is above LEVEL in the
//   first
//                                   plane: ra dec where the field has a WCS, else its pixels
//   $explanation write FILE ?I ...? the maps of these sources, or of all, as FITS
//   $explanation destroy
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "bind/bind.h"
#include "bind/bind_job.h"
#include "classifier/recipe_bands.h"
#include "sky/cutout/cutout.h"
#include "work/contour.h"
#include "work/explain.h"

typedef struct ExplainWork {
    Handle *model, *bands, *sources;
    ExplainOptions options;
    Explanation *explanation; // NULL until it has ended well, and once it was handed out
} ExplainWork;

// ---- What comes out ----------------------------------------------------------------------------

static void release_explanation(void *explanation)
{
    explanation_free(explanation);
}

static int get_index(Tcl_Interp *interp, const Explanation *explanation, Tcl_Obj *value,
                     size_t *index)
{
    if (bind_count(interp, value, "a source's number", index) != TCL_OK)
        return TCL_ERROR;
    if (*index < explanation->n)
        return TCL_OK;
    return bind_usage(interp, "there is no source %zu; %zu were explained, from 0", *index,
                      explanation->n);
}

// The middle of the cutout: pixels of the first band's image, from 1, and the sky where there is
// one.
static void put_place(Tcl_Obj *dict, const Explanation *explanation, size_t source)
{
    const double middle = 0.5 * (double)(explanation->size + 1);
    bind_put_number(dict, "x", (double)explanation->corners[source][0] + middle);
    bind_put_number(dict, "y", (double)explanation->corners[source][1] + middle);
    if (explanation->has_sky[source]) {
        bind_put_number(dict, "ra", explanation->planes_of_sky[source].sky[0]);
        bind_put_number(dict, "dec", explanation->planes_of_sky[source].sky[1]);
    }
}

static int put_source(Tcl_Interp *interp, const Explanation *explanation, size_t source)
{
    char flags[256];
    Tcl_Obj *dict = Tcl_NewDictObj(), *scores = Tcl_NewListObj(0, NULL);
    source_flag_text(explanation->flags[source], flags, sizeof flags);
    bind_put_text(dict, "id", explanation->ids[source]);
    bind_put_count(dict, "class", explanation->classes[source]);
    bind_put_count(dict, "explains", explanation->explained[source]);
    for (size_t i = 0; i < explanation->n_classes && explanation->explained[source] > 0; i++)
        Tcl_ListObjAppendElement(
            NULL, scores,
            Tcl_NewDoubleObj((double)explanation->scores[source * explanation->n_classes + i]));
    bind_put(dict, "scores", scores);
    bind_put_count(dict, "size", explanation->size);
    bind_put_text(dict, "planes", explanation->n_planes == 1 ? explanation->planes[0] : "channels");
    put_place(dict, explanation, source);
    bind_put_text(dict, "flag", flags);
    Tcl_SetObjResult(interp, dict);
    return TCL_OK;
}

static int write_maps(Tcl_Interp *interp, const Explanation *explanation, int objc,
                      Tcl_Obj *const objv[])
{
    const size_t n = objc > 3 ? (size_t)objc - 3 : explanation->n;
    size_t *indices = memory_new(n, sizeof *indices);
    if (indices == NULL)
        return bind_no_memory(interp, "writing explanations");
    int code = TCL_OK;
    for (size_t i = 0; i < n && code == TCL_OK; i++) {
        indices[i] = i;
        if (objc > 3)
            code = get_index(interp, explanation, objv[i + 3], &indices[i]);
    }
    Error error;
    Tcl_DString path;
    if (code == TCL_OK) {
        const char *name = bind_path(objv[2], &path);
        if (explanation_write(explanation, indices, n, name, &error) != STATUS_OK)
            code = bind_error(interp, &error);
        Tcl_DStringFree(&path);
    }
    free(indices);
    return code;
}

// One line's points, on the sky or in the field's pixels.
static Tcl_Obj *contour_points(const Explanation *explanation, size_t source,
                               const Contours *contours, size_t loop)
{
    Tcl_Obj *points = Tcl_NewListObj(0, NULL);
    for (size_t i = contours->starts[loop]; i < contours->starts[loop + 1]; i++) {
        double x = contours->points[i][0], y = contours->points[i][1];
        if (explanation->has_sky[source]) {
            local_plane_to_sky(&explanation->planes_of_sky[source], x, y, &x, &y);
        } else {
            x += (double)explanation->corners[source][0];
            y += (double)explanation->corners[source][1];
        }
        Tcl_ListObjAppendElement(NULL, points, Tcl_NewDoubleObj(x));
        Tcl_ListObjAppendElement(NULL, points, Tcl_NewDoubleObj(y));
    }
    return points;
}

static double largest(const float *values, size_t n)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        most = (double)values[i] > most ? (double)values[i] : most;
    return most;
}

static int put_contours(Tcl_Interp *interp, const Explanation *explanation, size_t source,
                        Tcl_Obj *value)
{
    Error error;
    Contours contours;
    double level;
    const size_t size = explanation->size;
    if (Tcl_GetDoubleFromObj(interp, value, &level) != TCL_OK)
        return TCL_ERROR;
    if (!(level > 0.0 && level < 1.0))
        return bind_usage(interp, "a contour's level is between 0 and 1, not %g", level);
    const float *map = explanation->maps + source * explanation->n_planes * size * size;
    const double most = largest(map, size * size);
    if (most <= 0.0)
        return TCL_OK;
    if (contours_trace(map, size, size, level * most, &contours, &error) != STATUS_OK)
        return bind_error(interp, &error);
    Tcl_Obj *lines = Tcl_NewListObj(0, NULL);
    for (size_t i = 0; i < contours.n_loops; i++)
        Tcl_ListObjAppendElement(NULL, lines, contour_points(explanation, source, &contours, i));
    contours_clear(&contours);
    Tcl_SetObjResult(interp, lines);
    return TCL_OK;
}

static int explanation_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"contours", "count", "destroy", "source", "write", NULL};
    enum { CONTOURS, COUNT, DESTROY, SOURCE, WRITE };
    const Explanation *explanation = ((const Handle *)data)->object;
    int choice;
    size_t source;
    if (objc < 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "contours|count|source|write|destroy ?argument ...?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    if (choice == DESTROY)
        return bind_destroy(interp, objv[0]);
    if (choice == COUNT) {
        Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)explanation->n));
        return TCL_OK;
    }
    if (objc < 3 || (choice == CONTOURS && objc != 4)) {
        Tcl_WrongNumArgs(interp, 2, objv,
                         choice == CONTOURS ? "NUMBER LEVEL"
                         : choice == SOURCE ? "NUMBER"
                                            : "FILE ?NUMBER ...?");
        return TCL_ERROR;
    }
    if (choice == WRITE)
        return write_maps(interp, explanation, objc, objv);
    if (get_index(interp, explanation, objv[2], &source) != TCL_OK)
        return TCL_ERROR;
    return choice == CONTOURS ? put_contours(interp, explanation, source, objv[3])
                              : put_source(interp, explanation, source);
}

// ---- The job -----------------------------------------------------------------------------------

static Status run(void *context, Job *job, Error *error)
{
    ExplainWork *work = context;
    const Progress progress = job_progress(job);
    work->options.progress = &progress;
    return explain(work->model->object, work->bands->object, work->sources->object, &work->options,
                   &work->explanation, error);
}

static int result(void *context, Job *job, Tcl_Interp *interp)
{
    ExplainWork *work = context;
    if (job_is_running(job) || work->explanation == NULL)
        return bind_usage(interp,
                          "there is no explanation, or it was asked for before; wait for "
                          "the job");
    Handle *handle = handle_new(work->explanation, release_explanation);
    work->explanation = NULL;
    return bind_object(interp, "explanation", explanation_command, handle);
}

static void ended(void *context)
{
    ((ExplainWork *)context)->bands->busy = false;
}

static void release(void *context)
{
    ExplainWork *work = context;
    handle_drop(work->model);
    handle_drop(work->bands);
    handle_drop(work->sources);
    explanation_free(work->explanation);
    free(work);
}

static int read_method(Tcl_Interp *interp, Tcl_Obj *value, ExplainMethod *method)
{
    if (explain_method_find(Tcl_GetString(value), method))
        return TCL_OK;
    return bind_usage(interp,
                      "\"%s\" is no way of explaining; there are gradcam, guided, "
                      "guided-gradcam, gradient and occlusion",
                      Tcl_GetString(value));
}

static int read_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[],
                        ExplainOptions *options, Tcl_Obj **callback)
{
    static const char *const names[] = {"-class",  "-command", "-each_band", "-jobs", "-layer",
                                        "-method", "-patch",   "-stride",    NULL};
    enum { CLASS, COMMAND, EACH_BAND, JOBS, LAYER, METHOD, PATCH };
    int argument = 5, index, code = TCL_OK, flag;
    Tcl_Obj *value;
    while (code == TCL_OK) {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index == COMMAND) {
            code = job_callback(interp, value, callback);
        } else if (index == METHOD) {
            code = read_method(interp, value, &options->method);
        } else if (index == LAYER) {
            snprintf(options->layer, sizeof options->layer, "%s", Tcl_GetString(value));
        } else if (index == EACH_BAND) {
            code = Tcl_GetBooleanFromObj(interp, value, &flag);
            options->each_band = code == TCL_OK && flag;
        } else {
            size_t *count = index == CLASS   ? &options->class
                            : index == JOBS  ? &options->n_threads
                            : index == PATCH ? &options->patch
                                             : &options->stride;
            code = bind_count(interp, value, names[index], count);
        }
    }
    return code;
}

static int start(Tcl_Interp *interp, ExplainWork *work, Tcl_Obj *callback)
{
    static const JobKind kind = {.run = run, .result = result, .ended = ended, .release = release};
    Error error;
    Bands *bands = work->bands->object;
    const Recipe *recipe = &((const Model *)work->model->object)->recipe;
    if (bands_locate(bands, work->sources->object, &error) != STATUS_OK ||
        recipe_take_band_positions(recipe, work->sources->object, &error) != STATUS_OK ||
        recipe_fit_bands(recipe, bands, &error) != STATUS_OK)
        return bind_error(interp, &error);
    work->bands->busy = true;
    int code = job_start(interp, &kind, work, 0, callback);
    if (code != TCL_OK)
        work->bands->busy = false;
    return code;
}

int bind_explain_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    ExplainOptions options = {0};
    Tcl_Obj *callback = NULL;
    if (objc < 5) {
        Tcl_WrongNumArgs(interp, 2, objv,
                         "MODEL BANDS SOURCES ?-method NAME? ?-class N? ?-layer NAME? ?-patch N? "
                         "?-stride N? ?-each_band BOOL? ?-jobs N? ?-command PREFIX?");
        return TCL_ERROR;
    }
    Handle *model = bind_find(interp, objv[2], bind_model_command, "model");
    Handle *bands = model ? bind_find(interp, objv[3], bind_bands_command, "set of bands") : NULL;
    Handle *sources =
        bands ? bind_find(interp, objv[4], bind_sources_command, "list of sources") : NULL;
    if (sources == NULL || read_options(interp, objc, objv, &options, &callback) != TCL_OK)
        return TCL_ERROR;
    if (bands->busy)
        return bind_usage(interp, "another job is reading these bands; open them a second time");
    ExplainWork *work = memory_new(1, sizeof *work);
    if (work == NULL)
        return bind_no_memory(interp, "explaining");
    *work = (ExplainWork){.model = handle_share(model),
                          .bands = handle_share(bands),
                          .sources = handle_share(sources),
                          .options = options};
    int code = start(interp, work, callback);
    if (code != TCL_OK)
        release(work);
    return code;
}
