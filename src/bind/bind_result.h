// Results as Tcl commands: of a job, whose rows may be read while it runs, and by themselves.
#ifndef SKYCLASS_BIND_BIND_RESULT_H
#define SKYCLASS_BIND_BIND_RESULT_H

#include "bind/bind.h"
#include "bind/bind_job.h"
#include "result/result.h"

// What a "$result" command has. The command ends with the job it is of; the result itself when the
// last of those that share it lets it go.
typedef struct ResultCommand {
    Handle *result; // a Result
    Handle *model;  // whose views it may be merged by; NULL of a result from a file
    const Job *job; // of a job's result, else NULL
    Tcl_Interp *interp;
    Tcl_Command token;
    struct ResultCommand **owner; // is set to NULL when the command goes; NULL where nobody asks
} ResultCommand;

// A handle for `result`, which it takes over; NULL when memory runs out.
Handle *bind_result_handle(Result *result);

// A command by itself, its name the interpreter's result. Shares the handles.
int bind_result_by_itself(Tcl_Interp *interp, Handle *result, Handle *model);

// The command of that name, whose result is finished; NULL with a message.
const ResultCommand *bind_result_find(Tcl_Interp *interp, Tcl_Obj *name);

// Writes n results to objv[first - 1], with the options from objv[first] on.
int bind_results_write(Tcl_Interp *interp, const Result *const *results, size_t n, int first,
                       int objc, Tcl_Obj *const objv[]);

// The command called JOB_result; *owner becomes it. Shares the handles.
Status bind_result_of_job(Tcl_Interp *interp, const Job *job, Handle *result, Handle *model,
                          ResultCommand **owner, Error *error);
void bind_result_delete(ResultCommand *command); // NULL allowed

#endif
