// What the Tcl bindings share: object commands that own a C object, and errors as sentences.
#ifndef SKYCLASS_BIND_BIND_H
#define SKYCLASS_BIND_BIND_H

#include <stdbool.h>
#include <stddef.h>
#include <tcl.h>

#include "base/error.h"
#include "classifier/model.h"
#include "sky/image/physical.h"
#include "sky/source/source_point.h"

#ifndef TCL_SIZE_MAX // Tcl 8.6; Tcl 9 counts with Tcl_Size
typedef int Tcl_Size;
#endif

// A C object with reference counting: its Tcl command holds one reference, each job that uses it
// another. Only the interpreter's thread counts.
typedef struct Handle {
    size_t n_references;
    void *object;
    void (*release)(void *object);
    bool busy; // a running job reads from it (bands: one file handle each)
} Handle;

// Takes over `object`; one reference. NULL, with `object` released, when memory runs out.
Handle *handle_new(void *object, void (*release)(void *object));
Handle *handle_share(Handle *handle);
void handle_drop(Handle *handle);

// A free name "::skyclass::KIND<number>".
void bind_new_name(Tcl_Interp *interp, const char *kind, char *name, size_t size);

// Creates the command "::skyclass::KIND<number>" that owns `data` and makes its name the
// interpreter's result. `release` is called with `data` when the command goes.
int bind_command(Tcl_Interp *interp, const char *kind, Tcl_ObjCmdProc *command, void *data,
                 Tcl_CmdDeleteProc *release);
// The same for a handle; NULL is reported as memory having run out.
int bind_object(Tcl_Interp *interp, const char *kind, Tcl_ObjCmdProc *command, Handle *handle);
// The handle behind the object command called `name`, or NULL with a message ("... is not a
// model").
Handle *bind_find(Tcl_Interp *interp, Tcl_Obj *name, Tcl_ObjCmdProc *command, const char *kind);
// For "$object destroy".
int bind_destroy(Tcl_Interp *interp, Tcl_Obj *name);

// Sets the result to the error's text and errorCode to {SKYCLASS BAD_INPUT} and the like.
int bind_error(Tcl_Interp *interp, const Error *error);
// STATUS_MEMORY, in words: what there is no memory for.
int bind_no_memory(Tcl_Interp *interp, const char *what);
// STATUS_USAGE with a formatted sentence.
int bind_usage(Tcl_Interp *interp, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A file name in the system's encoding; free `buffer` with Tcl_DStringFree when done with it.
const char *bind_path(Tcl_Obj *path, Tcl_DString *buffer);
// A Tcl value from text in the system's encoding.
Tcl_Obj *bind_text(const char *text);

// Adds a key and its value to a dict under construction.
void bind_put(Tcl_Obj *dict, const char *key, Tcl_Obj *value);
void bind_put_text(Tcl_Obj *dict, const char *key, const char *value);
void bind_put_number(Tcl_Obj *dict, const char *key, double value);
void bind_put_count(Tcl_Obj *dict, const char *key, size_t value);

// What a model wants and how it speaks: dict system, bands, classes, looks (of class 0 and the
// others), views, decision, steps, scale, cutout, input.
Tcl_Obj *bind_recipe(const Recipe *recipe);

// A class's look: dict colour, safe_colour, shape.
Tcl_Obj *bind_look(const ClassLook *look);

// A whole number >= 0 from a Tcl value; `what` names it in the message.
int bind_count(Tcl_Interp *interp, Tcl_Obj *value, const char *what, size_t *count);

// Walks "-name value" pairs from objv[*argument] on: *index is the option's place in `names`
// (NULL-terminated), -1 at the end; *argument moves past the pair.
int bind_option(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[], int *argument,
                const char *const *names, int *index, Tcl_Obj **value);

Tcl_ObjCmdProc bind_model_command;   // $model ...
Tcl_ObjCmdProc bind_bands_command;   // $bands ...
Tcl_ObjCmdProc bind_sources_command; // $sources ...

// Makes a $sources command that owns `list`, and its name the interpreter's result.
int bind_sources(Tcl_Interp *interp, SourceList *list);
// The handle alone; NULL, with `list` freed, when memory runs out.
Handle *bind_sources_handle(SourceList *list);

// Six numbers as "image info" gives them under the key physical.
int bind_physical(Tcl_Interp *interp, Tcl_Obj *value, Physical *physical);

// The name of the coordinates that points are written in (sky/source/source_point.h).
int bind_coords(Tcl_Interp *interp, Tcl_Obj *value, PointCoords *coords);

// skyclass::job start, detect, train, evaluate, explain, simulate, dataset and append, objv as the
// command got them.
int bind_classify_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);
int bind_detect_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);
int bind_train_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);
int bind_evaluate_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);
int bind_explain_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);
int bind_simulate_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);
int bind_dataset_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);
int bind_stamps_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);
int bind_append_job(Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);

// Each part adds its commands to ::skyclass.
void bind_model_init(Tcl_Interp *interp);
void bind_image_init(Tcl_Interp *interp);
void bind_sources_init(Tcl_Interp *interp);
void bind_results_init(Tcl_Interp *interp);
void bind_job_init(Tcl_Interp *interp);
void bind_import_init(Tcl_Interp *interp);
void bind_system_init(Tcl_Interp *interp);
void bind_dataset_init(Tcl_Interp *interp);
void bind_stamps_init(Tcl_Interp *interp);
void bind_training_init(Tcl_Interp *interp);
void bind_simulate_init(Tcl_Interp *interp);
void bind_detect_init(Tcl_Interp *interp);
void bind_output_init(Tcl_Interp *interp);
void bind_match_init(Tcl_Interp *interp);
void bind_eval_init(Tcl_Interp *interp);

#endif
