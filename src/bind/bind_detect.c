// skyclass::detect $bands INDEX ?-option value ...? -> $sources
// skyclass::job detect $bands INDEX ?-option value ...? ?-command PREFIX? -> $job
// The job's items are strips of the image; $job result -> $sources, once it is done.
// skyclass::detect defaults -> dict of the options' defaults
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "bind/bind.h"
#include "bind/bind_job.h"

#include "sky/cutout/cutout.h"
#include "sky/detect/detect.h"
#include "sky/source/source.h"

static int read_number(Tcl_Interp *interp, Tcl_Obj *value, const char *name, double *number)
{
    if (Tcl_GetDoubleFromObj(NULL, value, number) == TCL_OK)
        return TCL_OK;
    return bind_usage(interp, "%s must be a number, not \"%s\"", name, Tcl_GetString(value));
}

static int read_part(Tcl_Interp *interp, Tcl_Obj *value, Box *part)
{
    Tcl_Size n;
    Tcl_Obj **cells;
    Tcl_WideInt numbers[4];
    if (Tcl_ListObjGetElements(NULL, value, &n, &cells) != TCL_OK)
        n = 0;
    for (Tcl_Size i = 0; i < n && i < 4; i++)
        if (Tcl_GetWideIntFromObj(NULL, cells[i], &numbers[i]) != TCL_OK)
            n = 0;
    const Tcl_WideInt limit = (Tcl_WideInt)1 << 40;
    if (n != 4 || numbers[0] < -limit || numbers[0] > limit || numbers[1] < -limit ||
        numbers[1] > limit || numbers[2] < 1 || numbers[2] > limit || numbers[3] < 1 ||
        numbers[3] > limit)
        return bind_usage(interp, "-part takes {X Y WIDTH HEIGHT} in pixels, X and Y from 1");
    *part =
        (Box){(long)numbers[0] - 1, (long)numbers[1] - 1, (size_t)numbers[2], (size_t)numbers[3]};
    return TCL_OK;
}

typedef struct Search {
    Handle *bands;
    size_t index; // of the band, from 0
    DetectSettings settings;
    size_t n_threads;
    SourceList *found;
    Handle *sources; // that take over `found` when they are asked for
} Search;

// The options: counts first, then numbers, then what is neither.
enum { N_COUNTS = 5, PART = 15, COMMAND = 16 };
static const char *const option_names[] = {
    "-jobs",       "-mesh",     "-mesh-filter", "-area",     "-deblend-levels", "-threshold",
    "-deblend",    "-ci",       "-ci-max",      "-fwhm-min", "-fwhm",           "-edge",
    "-saturation", "-aperture", "-zero-point",  "-part",     "-command",        NULL};

typedef struct OptionPlaces {
    size_t *counts[N_COUNTS];
    double *numbers[PART - N_COUNTS];
} OptionPlaces;

static OptionPlaces option_places(DetectSettings *settings, size_t *n_threads)
{
    return (OptionPlaces){
        {n_threads, &settings->mesh, &settings->mesh_filter, &settings->min_area,
         &settings->deblend_levels},
        {&settings->threshold, &settings->deblend_contrast, &settings->ci_min, &settings->ci_max,
         &settings->fwhm_min, &settings->fwhm_max, &settings->edge, &settings->saturation,
         &settings->aperture, &settings->zero_point},
    };
}

static int read_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], int argument,
                        Search *search, Tcl_Obj **callback)
{
    const OptionPlaces places = option_places(&search->settings, &search->n_threads);
    int index, code = TCL_OK;
    Tcl_Obj *value;
    while (code == TCL_OK) {
        if (bind_option(interp, objc, objv, &argument, option_names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index < N_COUNTS)
            code = bind_count(interp, value, option_names[index], places.counts[index]);
        else if (index < PART)
            code =
                read_number(interp, value, option_names[index], places.numbers[index - N_COUNTS]);
        else if (index == PART)
            code = read_part(interp, value, &search->settings.part);
        else
            code = job_callback(interp, value, callback);
    }
    return code;
}

// What has no default (the header decides, or any value will do) is left out.
static Tcl_Obj *defaults_dict(void)
{
    DetectSettings settings = detect_settings_default();
    size_t n_threads = 0;
    const OptionPlaces places = option_places(&settings, &n_threads);
    Tcl_Obj *dict = Tcl_NewDictObj();
    for (int i = 0; i < N_COUNTS; i++)
        bind_put_count(dict, option_names[i] + 1, *places.counts[i]);
    for (int i = N_COUNTS; i < PART; i++)
        if (isfinite(*places.numbers[i - N_COUNTS]))
            bind_put_number(dict, option_names[i] + 1, *places.numbers[i - N_COUNTS]);
    return dict;
}

static Status run(void *work, Job *job, Error *error)
{
    Search *search = work;
    const Progress progress = job_progress(job);
    const DetectOptions options = {.n_threads = search->n_threads, .progress = &progress};
    Image *image = bands_image(search->bands->object, search->index);
    DetectionList *list = NULL;
    Status status = detect_sources(image, &search->settings, &options, &list, error);
    if (status == STATUS_OK)
        status = detection_sources(list, image, &search->found, error);
    detection_list_free(list);
    return status;
}

static void ended(void *work)
{
    ((Search *)work)->bands->busy = false;
}

static void release(void *work)
{
    Search *search = work;
    handle_drop(search->bands);
    handle_drop(search->sources);
    source_list_free(search->found);
    free(search);
}

static int result(void *work, Job *job, Tcl_Interp *interp)
{
    Search *search = work;
    if (job_is_running(job))
        return bind_usage(interp, "the search is still running; wait for it");
    if (job_error(job) != NULL)
        return bind_error(interp, job_error(job));
    if (search->sources == NULL && search->found == NULL)
        return bind_usage(interp, "the search was cancelled; it found nothing");
    if (search->sources == NULL) {
        search->sources = bind_sources_handle(search->found);
        search->found = NULL;
    }
    return bind_object(interp, "sources", bind_sources_command,
                       search->sources != NULL ? handle_share(search->sources) : NULL);
}

// "BANDS INDEX ?-option value ...?" from objv[first] on. NULL with a message in the interpreter.
static Search *search_new(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], int first,
                          Tcl_Obj **callback)
{
    size_t index;
    Handle *bands = bind_find(interp, objv[first], bind_bands_command, "set of bands");
    if (bands == NULL || bind_count(interp, objv[first + 1], "the band", &index) != TCL_OK)
        return NULL;
    if (index >= bands_count(bands->object)) {
        bind_usage(interp, "there is no band %zu; there are %zu, counted from 0", index,
                   bands_count(bands->object));
        return NULL;
    }
    if (bands->busy) {
        bind_usage(interp, "a job is reading these bands; open them a second time");
        return NULL;
    }
    Search *search = memory_new(1, sizeof *search);
    if (search == NULL) {
        Error error;
        error_memory(&error, "a search");
        bind_error(interp, &error);
        return NULL;
    }
    *search = (Search){
        .bands = handle_share(bands), .index = index, .settings = detect_settings_default()};
    if (read_options(interp, objc, objv, first + 2, search, callback) == TCL_OK)
        return search;
    release(search);
    return NULL;
}

int bind_detect_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const JobKind kind = {.run = run, .result = result, .ended = ended, .release = release};
    if (objc < 4) {
        Tcl_WrongNumArgs(interp, 2, objv, "BANDS INDEX ?-option value ...? ?-command PREFIX?");
        return TCL_ERROR;
    }
    Tcl_Obj *callback = NULL;
    Search *search = search_new(interp, objc, objv, 2, &callback);
    if (search == NULL)
        return TCL_ERROR;
    const Image *image = bands_image(search->bands->object, search->index);
    search->bands->busy = true;
    int code =
        job_start(interp, &kind, search, detect_strip_count(image, &search->settings), callback);
    if (code != TCL_OK) {
        ended(search);
        release(search);
    }
    return code;
}

static int detect_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    if (objc == 2 && strcmp(Tcl_GetString(objv[1]), "defaults") == 0) {
        Tcl_SetObjResult(interp, defaults_dict());
        return TCL_OK;
    }
    if (objc < 3) {
        Tcl_WrongNumArgs(interp, 1, objv, "defaults | BANDS INDEX ?-option value ...?");
        return TCL_ERROR;
    }
    Tcl_Obj *callback = NULL;
    Search *search = search_new(interp, objc, objv, 1, &callback);
    if (search == NULL)
        return TCL_ERROR;
    Error error;
    int code =
        callback == NULL
            ? TCL_OK
            : bind_usage(interp, "-command is for skyclass::job detect, which returns at once");
    if (code == TCL_OK && run(search, NULL, &error) != STATUS_OK)
        code = bind_error(interp, &error);
    if (code == TCL_OK) {
        code = bind_sources(interp, search->found);
        search->found = NULL;
    }
    release(search);
    return code;
}

void bind_detect_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::detect", detect_command, NULL, NULL);
}
