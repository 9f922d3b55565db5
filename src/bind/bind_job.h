// Work in a C thread that tells the interpreter's thread of its progress through Tcl's event queue,
// and touches nothing of Tcl otherwise. To a script it is the command $job:
// status | wait | cancel | result | destroy. Of a job that failed "status" has its error, of one
// that was cancelled, too, its message.
#ifndef SKYCLASS_BIND_BIND_JOB_H
#define SKYCLASS_BIND_BIND_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <tcl.h>

#include "base/error.h"
#include "base/progress.h"

typedef struct Job Job;

// What is done, as functions of the kind's own `work`. All but `run` are called by the
// interpreter's thread.
typedef struct JobKind {
    // In the job's thread; tells job_progress how far it is and ends soon when that says so.
    Status (*run)(void *work, Job *job, Error *error);
    // "$job result".
    int (*result)(void *work, Job *job, Tcl_Interp *interp);
    // The thread has ended: `work` is no longer in use by it. Called once; NULL for a kind that
    // asks for nothing then.
    void (*ended)(void *work);
    // The command goes, after `ended`.
    void (*release)(void *work);
    // Bytes of what `run` hands out as ProgressNews.figures, and what "$job status" adds from them;
    // 0 and NULL for a kind that has none.
    size_t figures_size;
    void (*put_figures)(const void *figures, Tcl_Obj *status);
} JobKind;

// Starts a job of n_items items and makes its command the interpreter's result. `callback` (a
// command prefix, or NULL) is called from the event loop as PREFIX $job {items just finished}, and
// after the end once more with {}; of a job without items (n_items 0) as PREFIX $job {} after every
// step, too, and "$job status" tells which. `work` is released with the job, and on failure not at
// all.
int job_start(Tcl_Interp *interp, const JobKind *kind, void *work, size_t n_items,
              Tcl_Obj *callback);

// The command prefix of a -command option as job_start takes it: NULL where it is empty.
int job_callback(Tcl_Interp *interp, Tcl_Obj *value, Tcl_Obj **callback);
// The options of a job that has only that one, from objv[argument] on.
int job_callback_option(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], int argument,
                        Tcl_Obj **callback);

// For the job's thread: tells the job of the work's progress.
Progress job_progress(Job *job);

// For `result`: the job's command, its state, and which items the interpreter's thread has been
// told of.
Tcl_Obj *job_name(const Job *job);
bool job_is_running(const Job *job);
const unsigned char *job_finished_items(const Job *job);
// A failed job's error; NULL of any other.
const Error *job_error(const Job *job);

#endif
