// skyclass::job start $model $bands $sources ?-jobs N? ?-first N? ?-command PREFIX? -> $job
// $job status | wait | cancel | result | destroy
//
// A job is one C thread that runs classify(); it tells the interpreter's thread about finished
// sources through Tcl's event queue, and touches nothing of Tcl otherwise.
#include "bind/bind.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "systems/classify.h"

typedef enum JobState { JOB_RUNNING, JOB_DONE, JOB_CANCELLED, JOB_FAILED } JobState;

typedef struct Job {
    Tcl_Interp *interp;
    Tcl_ThreadId tcl_thread;
    Tcl_Command token;
    Tcl_Command result_token; // NULL until "$job result"
    Tcl_Obj *callback;        // NULL without -command
    Handle *model, *bands, *sources;
    Result *result;
    size_t n_threads, first_batch;
    const char *class_names[MODEL_CLASSES_MAX];
    pthread_t thread;
    atomic_bool cancel;
    double started; // seconds, monotonic clock

    pthread_mutex_t mutex; // guards what follows
    size_t *finished;      // rows finished since the last event; room for every source
    size_t n_finished;
    // Made by the interpreter's thread, NULL while queued: Tcl's allocator would leave a cache of
    // 30 kB behind for every thread that allocated from it.
    struct JobEvent *event;
    size_t n_done;
    double elapsed; // at the last progress
    bool thread_ended;
    Status status;
    Error error;

    JobState state;          // the interpreter's thread's view
    unsigned char *is_final; // [n] rows the interpreter's thread has been told of
} Job;

typedef struct JobEvent {
    Tcl_Event header; // must be first
    Job *job;
} JobEvent;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int job_event(Tcl_Event *header, int flags);

// By the interpreter's thread.
static JobEvent *new_event(Job *job)
{
    JobEvent *event = (JobEvent *)Tcl_Alloc(sizeof *event);
    *event = (JobEvent){.header.proc = job_event, .job = job};
    return event;
}

// Call with the mutex held.
static void queue_event(Job *job)
{
    if (job->event == NULL)
        return;
    Tcl_ThreadQueueEvent(job->tcl_thread, &job->event->header, TCL_QUEUE_TAIL);
    job->event = NULL;
    Tcl_ThreadAlert(job->tcl_thread);
}

static int on_progress(void *context, const size_t *finished, size_t n, size_t n_done,
                       size_t n_total)
{
    (void)n_total;
    Job *job = context;
    pthread_mutex_lock(&job->mutex);
    memcpy(job->finished + job->n_finished, finished, n * sizeof *finished);
    job->n_finished += n;
    job->n_done = n_done;
    job->elapsed = now() - job->started;
    queue_event(job);
    pthread_mutex_unlock(&job->mutex);
    return atomic_load(&job->cancel);
}

static void *job_main(void *argument)
{
    Job *job = argument;
    const ClassifyOptions options = {
        .n_threads = job->n_threads,
        .first_batch = job->first_batch,
        .progress = on_progress,
        .progress_context = job,
    };
    Error error = {.status = STATUS_OK};
    Status status = classify(job->model->object, job->bands->object, job->sources->object, &options,
                             job->result, &error);
    pthread_mutex_lock(&job->mutex);
    job->status = status;
    job->error = error;
    job->elapsed = now() - job->started;
    job->thread_ended = true;
    queue_event(job);
    pthread_mutex_unlock(&job->mutex);
    return NULL;
}

// Takes over what the thread has reported; the new rows as a Tcl list.
static Tcl_Obj *collect_finished(Job *job, bool *ended)
{
    Tcl_Obj *rows = Tcl_NewListObj(0, NULL);
    pthread_mutex_lock(&job->mutex);
    for (size_t i = 0; i < job->n_finished; i++) {
        job->is_final[job->finished[i]] = 1;
        Tcl_ListObjAppendElement(NULL, rows, Tcl_NewWideIntObj((Tcl_WideInt)job->finished[i]));
    }
    job->n_finished = 0;
    job->event = new_event(job);
    *ended = job->thread_ended;
    pthread_mutex_unlock(&job->mutex);
    return rows;
}

static void call_back(Tcl_Interp *interp, Tcl_Obj *callback, Tcl_Obj *name, Tcl_Obj *rows)
{
    Tcl_Obj *command = Tcl_DuplicateObj(callback);
    Tcl_IncrRefCount(command);
    Tcl_ListObjAppendElement(NULL, command, name);
    Tcl_ListObjAppendElement(NULL, command, rows);
    Tcl_Preserve(interp);
    int code = Tcl_EvalObjEx(interp, command, TCL_EVAL_GLOBAL | TCL_EVAL_DIRECT);
    if (code != TCL_OK)
        Tcl_BackgroundException(interp, code);
    Tcl_Release(interp);
    Tcl_DecrRefCount(command);
}

static int job_event(Tcl_Event *header, int flags)
{
    (void)flags;
    Job *job = ((JobEvent *)header)->job;
    bool ended;
    Tcl_Obj *rows = collect_finished(job, &ended);
    Tcl_IncrRefCount(rows);
    if (ended) {
        job->bands->busy = false;
        job->state = job->status == STATUS_OK          ? JOB_DONE
                     : job->status == STATUS_CANCELLED ? JOB_CANCELLED
                                                       : JOB_FAILED;
    }
    if (job->callback != NULL) {
        // The callback may destroy the job: nothing of it is used after the first call that could.
        Tcl_Interp *interp = job->interp;
        Tcl_Obj *callback = job->callback;
        Tcl_Obj *name = Tcl_NewObj();
        Tcl_GetCommandFullName(interp, job->token, name);
        Tcl_IncrRefCount(name);
        Tcl_IncrRefCount(callback);
        Tcl_Size n;
        Tcl_ListObjLength(NULL, rows, &n);
        if (n > 0)
            call_back(interp, callback, name, rows);
        Tcl_CmdInfo info;
        if (ended && Tcl_GetCommandInfo(interp, Tcl_GetString(name), &info) &&
            info.objClientData == job)
            call_back(interp, callback, name, Tcl_NewListObj(0, NULL));
        Tcl_DecrRefCount(callback);
        Tcl_DecrRefCount(name);
    }
    Tcl_DecrRefCount(rows);
    return 1;
}

static int is_event_of(Tcl_Event *event, void *job)
{
    return event->proc == job_event && ((JobEvent *)event)->job == job;
}

// The command goes, by "destroy" or with its interpreter: stop the thread, forget its events.
static void job_delete(void *data)
{
    Job *job = data;
    atomic_store(&job->cancel, true);
    pthread_join(job->thread, NULL);
    Tcl_DeleteEvents(is_event_of, job);
    if (job->event != NULL)
        Tcl_Free((char *)job->event);
    if (job->state == JOB_RUNNING)
        job->bands->busy = false;
    if (job->result_token != NULL)
        Tcl_DeleteCommandFromToken(job->interp, job->result_token);
    if (job->callback != NULL)
        Tcl_DecrRefCount(job->callback);
    pthread_mutex_destroy(&job->mutex);
    result_free(job->result);
    handle_drop(job->model);
    handle_drop(job->bands);
    handle_drop(job->sources);
    free(job->finished);
    free(job->is_final);
    free(job);
}

static int job_status(Tcl_Interp *interp, Job *job)
{
    static const char *const states[] = {"running", "done", "cancelled", "failed"};
    pthread_mutex_lock(&job->mutex);
    const size_t n_done = job->n_done;
    const double elapsed = job->elapsed;
    pthread_mutex_unlock(&job->mutex);
    const size_t n_total = ((const SourceList *)job->sources->object)->n;
    const double rate = elapsed > 0.0 ? (double)n_done / elapsed : 0.0;
    Tcl_Obj *status = Tcl_NewDictObj();
    bind_put_text(status, "state", states[job->state]);
    bind_put_count(status, "done", n_done);
    bind_put_count(status, "total", n_total);
    bind_put_number(status, "rate", rate);
    bind_put_number(status, "remaining", rate > 0.0 ? (double)(n_total - n_done) / rate : 0.0);
    bind_put_number(status, "elapsed", elapsed);
    bind_put_text(status, "error", job->state == JOB_FAILED ? job->error.text : "");
    Tcl_SetObjResult(interp, status);
    return TCL_OK;
}

static int result_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    Job *job = data;
    return bind_result(interp, job->result, job->state == JOB_RUNNING ? job->is_final : NULL, objc,
                       objv);
}

static void forget_result(void *data)
{
    ((Job *)data)->result_token = NULL;
}

static int job_result(Tcl_Interp *interp, Job *job)
{
    Tcl_Obj *name = Tcl_NewObj();
    if (job->result_token == NULL) {
        Tcl_GetCommandFullName(interp, job->token, name);
        Tcl_AppendToObj(name, "_result", -1);
        job->result_token =
            Tcl_CreateObjCommand(interp, Tcl_GetString(name), result_command, job, forget_result);
    } else {
        Tcl_GetCommandFullName(interp, job->result_token, name);
    }
    Tcl_SetObjResult(interp, name);
    return TCL_OK;
}

// Serves events until the job has ended, then behaves as the job did: returns or fails.
static int job_wait(Tcl_Interp *interp, Job *job, Tcl_Obj *name)
{
    Tcl_CmdInfo info;
    while (job->state == JOB_RUNNING) {
        Tcl_DoOneEvent(TCL_ALL_EVENTS);
        if (!Tcl_GetCommandInfo(interp, Tcl_GetString(name), &info) || info.objClientData != job)
            return bind_usage(interp, "the job was destroyed while it was waited for");
    }
    if (job->state == JOB_FAILED)
        return bind_error(interp, &job->error);
    return TCL_OK;
}

static int job_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    static const char *const names[] = {"cancel", "destroy", "result", "status", "wait", NULL};
    enum { CANCEL, DESTROY, RESULT, STATUS, WAIT };
    Job *job = data;
    int choice;
    if (objc != 2) {
        Tcl_WrongNumArgs(interp, 1, objv, "cancel|destroy|result|status|wait");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObj(interp, objv[1], names, "sub-command", 0, &choice) != TCL_OK)
        return TCL_ERROR;
    switch (choice) {
    case CANCEL:
        atomic_store(&job->cancel, true);
        return TCL_OK;
    case DESTROY:
        return bind_destroy(interp, objv[0]);
    case RESULT:
        return job_result(interp, job);
    case STATUS:
        return job_status(interp, job);
    default:
        return job_wait(interp, job, objv[0]);
    }
}

static int start_options(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], Job *job)
{
    static const char *const names[] = {"-command", "-first", "-jobs", NULL};
    enum { COMMAND, FIRST, JOBS };
    int argument = 5;
    int index;
    Tcl_Obj *value;
    for (;;) {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK)
            return TCL_ERROR;
        if (index < 0)
            return TCL_OK;
        if (index == COMMAND) {
            Tcl_Size n;
            if (Tcl_ListObjLength(interp, value, &n) != TCL_OK)
                return TCL_ERROR;
            job->callback = n > 0 ? value : NULL;
        } else if (bind_count(interp, value, names[index],
                              index == FIRST ? &job->first_batch : &job->n_threads) != TCL_OK) {
            return TCL_ERROR;
        }
    }
}

static Status job_allocate(Job *job, Error *error)
{
    const Model *model = job->model->object;
    const SourceList *list = job->sources->object;
    for (size_t i = 0; i < model->recipe.n_classes; i++)
        job->class_names[i] = model->recipe.class_names[i];
    job->finished = memory_new(list->n, sizeof *job->finished);
    job->is_final = memory_new(list->n, sizeof *job->is_final);
    if (job->finished == NULL || job->is_final == NULL)
        return error_memory(error, "a job");
    return result_new(list, model->recipe.n_classes, job->class_names, &job->result, error);
}

static Status job_start(Job *job, Error *error)
{
    pthread_mutex_init(&job->mutex, NULL);
    job->started = now();
    job->event = new_event(job);
    if (pthread_create(&job->thread, NULL, job_main, job) == 0)
        return STATUS_OK;
    Tcl_Free((char *)job->event);
    pthread_mutex_destroy(&job->mutex);
    return error_set(error, STATUS_MEMORY,
                     "no thread could be started for the job; try again "
                     "when fewer jobs run");
}

static int start_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    if (objc < 5 || strcmp(Tcl_GetString(objv[1]), "start") != 0) {
        Tcl_WrongNumArgs(interp, 1, objv,
                         "start MODEL BANDS SOURCES ?-jobs N? ?-first N? ?-command PREFIX?");
        return TCL_ERROR;
    }
    Handle *model = bind_find(interp, objv[2], bind_model_command, "model");
    Handle *bands = model ? bind_find(interp, objv[3], bind_bands_command, "set of bands") : NULL;
    Handle *sources =
        bands ? bind_find(interp, objv[4], bind_sources_command, "list of sources") : NULL;
    if (sources == NULL)
        return TCL_ERROR;
    if (bands->busy)
        return bind_usage(interp, "another job is reading these bands; open them a second time");
    Error error;
    Job *job = memory_new(1, sizeof *job);
    if (job == NULL) {
        error_memory(&error, "a job");
        return bind_error(interp, &error);
    }
    *job = (Job){.interp = interp,
                 .tcl_thread = Tcl_GetCurrentThread(),
                 .model = model,
                 .bands = bands,
                 .sources = sources};
    bands_locate(bands->object, sources->object);
    int code = start_options(interp, objc, objv, job);
    if (code == TCL_OK &&
        (job_allocate(job, &error) != STATUS_OK || job_start(job, &error) != STATUS_OK))
        code = bind_error(interp, &error);
    if (code != TCL_OK) {
        result_free(job->result);
        free(job->finished);
        free(job->is_final);
        free(job);
        return code;
    }
    bands->busy = true;
    handle_share(model);
    handle_share(bands);
    handle_share(sources);
    if (job->callback != NULL)
        Tcl_IncrRefCount(job->callback);
    bind_command(interp, "job", job_command, job, job_delete);
    job->token = Tcl_GetCommandFromObj(interp, Tcl_GetObjResult(interp));
    return TCL_OK;
}

void bind_job_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::job", start_command, NULL, NULL);
}
