#include "bind/bind_job.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "bind/bind.h"

typedef enum JobState { JOB_RUNNING, JOB_DONE, JOB_CANCELLED, JOB_FAILED } JobState;

struct Job {
    Tcl_Interp *interp;
    Tcl_ThreadId tcl_thread;
    Tcl_Command token;
    Tcl_Obj *callback; // NULL without -command
    const JobKind *kind;
    void *work;
    size_t n_items;
    pthread_t thread;
    atomic_bool cancel;
    double started; // seconds, monotonic clock

    pthread_mutex_t mutex; // guards what follows
    size_t *finished;      // items finished since the last event; room for all
    size_t n_finished;
    // Made by the interpreter's thread, NULL while queued: Tcl's allocator would leave a cache of
    // 30 kB behind for every thread that allocated from it.
    struct JobEvent *event;
    size_t n_done, n_work; // of the work's own unit
    void *figures;         // the last, kind->figures_size bytes; NULL of a kind without any
    bool has_figures;
    double elapsed; // at the last progress
    bool thread_ended;
    Status status;
    Error error;

    JobState state;          // the interpreter's thread's view
    unsigned char *is_final; // [n_items] items the interpreter's thread has been told of
};

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

static void end_work(Job *job)
{
    if (job->kind->ended != NULL)
        job->kind->ended(job->work);
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

static bool take_news(void *context, const ProgressNews *news)
{
    Job *job = context;
    pthread_mutex_lock(&job->mutex);
    if (news->n_items > 0)
        memcpy(job->finished + job->n_finished, news->items, news->n_items * sizeof *news->items);
    job->n_finished += news->n_items;
    job->n_done = news->done;
    job->n_work = news->total;
    if (news->figures != NULL && job->figures != NULL) {
        memcpy(job->figures, news->figures, job->kind->figures_size);
        job->has_figures = true;
    }
    job->elapsed = now() - job->started;
    queue_event(job);
    pthread_mutex_unlock(&job->mutex);
    return atomic_load(&job->cancel);
}

Progress job_progress(Job *job)
{
    return (Progress){job != NULL ? take_news : NULL, job};
}

static void *job_main(void *argument)
{
    Job *job = argument;
    Error error = {.status = STATUS_OK};
    Status status = job->kind->run(job->work, job, &error);
    pthread_mutex_lock(&job->mutex);
    job->status = status;
    job->error = error;
    job->elapsed = now() - job->started;
    job->thread_ended = true;
    queue_event(job);
    pthread_mutex_unlock(&job->mutex);
    return NULL;
}

// Takes over what the thread has reported; the new items as a Tcl list.
static Tcl_Obj *collect_finished(Job *job, bool *ended)
{
    Tcl_Obj *items = Tcl_NewListObj(0, NULL);
    pthread_mutex_lock(&job->mutex);
    for (size_t i = 0; i < job->n_finished; i++) {
        job->is_final[job->finished[i]] = 1;
        Tcl_ListObjAppendElement(NULL, items, Tcl_NewWideIntObj((Tcl_WideInt)job->finished[i]));
    }
    job->n_finished = 0;
    job->event = new_event(job);
    *ended = job->thread_ended;
    pthread_mutex_unlock(&job->mutex);
    return items;
}

static void call_back(Tcl_Interp *interp, Tcl_Obj *callback, Tcl_Obj *name, Tcl_Obj *items)
{
    Tcl_Obj *command = Tcl_DuplicateObj(callback);
    Tcl_IncrRefCount(command);
    Tcl_ListObjAppendElement(NULL, command, name);
    Tcl_ListObjAppendElement(NULL, command, items);
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
    Tcl_Obj *items = collect_finished(job, &ended);
    Tcl_IncrRefCount(items);
    if (ended && job->state == JOB_RUNNING) {
        end_work(job);
        job->state = job->status == STATUS_OK          ? JOB_DONE
                     : job->status == STATUS_CANCELLED ? JOB_CANCELLED
                                                       : JOB_FAILED;
    }
    if (job->callback != NULL) {
        // The callback may destroy the job: nothing of it is used after the first call that could.
        Tcl_Interp *interp = job->interp;
        Tcl_Obj *callback = job->callback;
        Tcl_Obj *name = job_name(job);
        Tcl_IncrRefCount(name);
        Tcl_IncrRefCount(callback);
        Tcl_Size n;
        Tcl_ListObjLength(NULL, items, &n);
        if (n > 0 || (job->n_items == 0 && !ended))
            call_back(interp, callback, name, items);
        Tcl_CmdInfo info;
        if (ended && Tcl_GetCommandInfo(interp, Tcl_GetString(name), &info) &&
            info.objClientData == job)
            call_back(interp, callback, name, Tcl_NewListObj(0, NULL));
        Tcl_DecrRefCount(callback);
        Tcl_DecrRefCount(name);
    }
    Tcl_DecrRefCount(items);
    return 1;
}

static int is_event_of(Tcl_Event *event, void *job)
{
    return event->proc == job_event && ((JobEvent *)event)->job == job;
}

static void job_clear(Job *job)
{
    free(job->finished);
    free(job->is_final);
    free(job->figures);
    free(job);
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
        end_work(job);
    if (job->callback != NULL)
        Tcl_DecrRefCount(job->callback);
    pthread_mutex_destroy(&job->mutex);
    job->kind->release(job->work);
    job_clear(job);
}

Tcl_Obj *job_name(const Job *job)
{
    Tcl_Obj *name = Tcl_NewObj();
    Tcl_GetCommandFullName(job->interp, job->token, name);
    return name;
}

bool job_is_running(const Job *job)
{
    return job->state == JOB_RUNNING;
}

const unsigned char *job_finished_items(const Job *job)
{
    return job->is_final;
}

const Error *job_error(const Job *job)
{
    return job->state == JOB_FAILED ? &job->error : NULL;
}

static int job_status(Tcl_Interp *interp, Job *job)
{
    static const char *const states[] = {"running", "done", "cancelled", "failed"};
    Tcl_Obj *status = Tcl_NewDictObj();
    pthread_mutex_lock(&job->mutex);
    const size_t n_done = job->n_done, n_work = job->n_work;
    const double elapsed = job->elapsed;
    const double rate = elapsed > 0.0 ? (double)n_done / elapsed : 0.0;
    bind_put_text(status, "state", states[job->state]);
    bind_put_count(status, "done", n_done);
    bind_put_count(status, "total", n_work);
    bind_put_number(status, "rate", rate);
    bind_put_number(status, "remaining", rate > 0.0 ? (double)(n_work - n_done) / rate : 0.0);
    bind_put_number(status, "elapsed", elapsed);
    bind_put_text(status, "error", job->state == JOB_FAILED ? job->error.text : "");
    bind_put_text(status, "message",
                  job->state == JOB_FAILED || job->state == JOB_CANCELLED ? job->error.text : "");
    if (job->has_figures)
        job->kind->put_figures(job->figures, status);
    pthread_mutex_unlock(&job->mutex);
    Tcl_SetObjResult(interp, status);
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
        return job->kind->result(job->work, job, interp);
    case STATUS:
        return job_status(interp, job);
    default:
        return job_wait(interp, job, objv[0]);
    }
}

int job_callback(Tcl_Interp *interp, Tcl_Obj *value, Tcl_Obj **callback)
{
    Tcl_Size n;
    if (Tcl_ListObjLength(interp, value, &n) != TCL_OK)
        return TCL_ERROR;
    *callback = n > 0 ? value : NULL;
    return TCL_OK;
}

static Status job_new(const JobKind *kind, void *work, size_t n_items, Job **result, Error *error)
{
    Job *job = memory_new(1, sizeof *job);
    if (job == NULL)
        return error_memory(error, "a job");
    *job = (Job){.kind = kind, .work = work, .n_items = n_items, .n_work = n_items};
    job->finished = memory_new(n_items, sizeof *job->finished);
    job->is_final = memory_new(n_items, sizeof *job->is_final);
    job->figures = kind->figures_size > 0 ? memory_new(1, kind->figures_size) : NULL;
    if (job->finished == NULL || job->is_final == NULL ||
        (kind->figures_size > 0 && job->figures == NULL)) {
        job_clear(job);
        return error_memory(error, "a job");
    }
    *result = job;
    return STATUS_OK;
}

static Status job_launch(Job *job, Error *error)
{
    pthread_mutex_init(&job->mutex, NULL);
    job->started = now();
    job->event = new_event(job);
    if (pthread_create(&job->thread, NULL, job_main, job) == 0)
        return STATUS_OK;
    Tcl_Free((char *)job->event);
    pthread_mutex_destroy(&job->mutex);
    return error_set(error, STATUS_MEMORY,
                     "no thread could be started for the job; try again when fewer jobs run");
}

int job_start(Tcl_Interp *interp, const JobKind *kind, void *work, size_t n_items,
              Tcl_Obj *callback)
{
    Error error;
    Job *job = NULL;
    if (job_new(kind, work, n_items, &job, &error) != STATUS_OK)
        return bind_error(interp, &error);
    job->interp = interp;
    job->tcl_thread = Tcl_GetCurrentThread();
    if (job_launch(job, &error) != STATUS_OK) {
        job_clear(job);
        return bind_error(interp, &error);
    }
    job->callback = callback;
    if (callback != NULL)
        Tcl_IncrRefCount(callback);
    bind_command(interp, "job", job_command, job, job_delete);
    job->token = Tcl_GetCommandFromObj(interp, Tcl_GetObjResult(interp));
    return TCL_OK;
}

int job_callback_option(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], int argument,
                        Tcl_Obj **callback)
{
    static const char *const names[] = {"-command", NULL};
    int index;
    Tcl_Obj *value;
    do {
        if (bind_option(interp, objc, objv, &argument, names, &index, &value) != TCL_OK ||
            (index == 0 && job_callback(interp, value, callback) != TCL_OK))
            return TCL_ERROR;
    } while (index >= 0);
    return TCL_OK;
}

// skyclass::job KIND ...
static int start_command(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[])
{
    (void)data;
    static const struct {
        const char *name;
        int (*start)(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);
    } kinds[] = {
        {"append", bind_append_job},   {"dataset", bind_dataset_job},
        {"detect", bind_detect_job},   {"evaluate", bind_evaluate_job},
        {"explain", bind_explain_job}, {"simulate", bind_simulate_job},
        {"start", bind_classify_job},  {"stamps", bind_stamps_job},
        {"train", bind_train_job},     {NULL, NULL},
    };
    int choice;
    if (objc < 2) {
        Tcl_WrongNumArgs(
            interp, 1, objv,
            "append|dataset|detect|evaluate|explain|simulate|stamps|start|train ?argument ...?");
        return TCL_ERROR;
    }
    if (Tcl_GetIndexFromObjStruct(interp, objv[1], kinds, sizeof kinds[0], "sub-command", 0,
                                  &choice) != TCL_OK)
        return TCL_ERROR;
    return kinds[choice].start(interp, objc, objv);
}

void bind_job_init(Tcl_Interp *interp)
{
    Tcl_CreateObjCommand(interp, "::skyclass::job", start_command, NULL, NULL);
}
