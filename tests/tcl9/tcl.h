// Tcl 9.0's C interface, as far as src/bind may use it: `make tcl9` compiles the extension against
// this, since Debian 12 has no Tcl 9. Declared after Tcl 9's manual (Tcl_Size for every length and
// index, no client data but void *, Tcl_GetIndexFromObj and Tcl_NewBooleanObj as macros) and
// without anything that Tcl 9 removed, so that using it does not compile. Nothing can be linked
// with it.
#ifndef SKYCLASS_TESTS_TCL9_TCL_H
#define SKYCLASS_TESTS_TCL9_TCL_H

#include <stddef.h>
#include <stdint.h>

#define TCL_MAJOR_VERSION 9
#define TCL_OK            0
#define TCL_ERROR         1
#define TCL_EXACT         1
#define TCL_EVAL_GLOBAL   0x20000
#define TCL_EVAL_DIRECT   0x40000
#define TCL_ALL_EVENTS    (~(1 << 1))
#define TCL_SIZE_MAX      PTRDIFF_MAX

typedef ptrdiff_t Tcl_Size;
typedef long long Tcl_WideInt;
typedef struct Tcl_Interp Tcl_Interp;
typedef struct Tcl_Obj Tcl_Obj;
typedef struct Tcl_Namespace Tcl_Namespace;
typedef struct Tcl_Command_ *Tcl_Command;
typedef struct Tcl_Encoding_ *Tcl_Encoding;
typedef struct Tcl_ThreadId_ *Tcl_ThreadId;
typedef struct Tcl_Event Tcl_Event;

typedef int Tcl_ObjCmdProc(void *data, Tcl_Interp *interp, int objc, Tcl_Obj *const objv[]);
typedef int Tcl_ObjCmdProc2(void *data, Tcl_Interp *interp, Tcl_Size objc, Tcl_Obj *const objv[]);
typedef int Tcl_CmdProc(void *data, Tcl_Interp *interp, int argc, const char *argv[]);
typedef void Tcl_CmdDeleteProc(void *data);
typedef void Tcl_NamespaceDeleteProc(void *data);
typedef int Tcl_EventProc(Tcl_Event *event, int flags);
typedef int Tcl_EventDeleteProc(Tcl_Event *event, void *data);

struct Tcl_Event {
    Tcl_EventProc *proc;
    Tcl_Event *nextPtr;
};
typedef enum { TCL_QUEUE_TAIL, TCL_QUEUE_HEAD, TCL_QUEUE_MARK } Tcl_QueuePosition;

typedef struct Tcl_CmdInfo {
    int isNativeObjectProc;
    Tcl_ObjCmdProc *objProc;
    void *objClientData;
    Tcl_CmdProc *proc;
    void *clientData;
    Tcl_CmdDeleteProc *deleteProc;
    void *deleteData;
    Tcl_Namespace *namespacePtr;
    Tcl_ObjCmdProc2 *objProc2;
    void *objClientData2;
} Tcl_CmdInfo;

typedef struct Tcl_DString {
    char *string;
    Tcl_Size length, spaceAvl;
    char staticSpace[200];
} Tcl_DString;

typedef struct Tcl_DictSearch {
    void *next;
    size_t epoch;
    Tcl_Obj *dictionaryPtr;
} Tcl_DictSearch;

// Memory and life.
void *Tcl_Alloc(size_t size);
void Tcl_Free(void *block);
void Tcl_Preserve(void *data);
void Tcl_Release(void *data);
void Tcl_IncrRefCount(Tcl_Obj *object);
void Tcl_DecrRefCount(Tcl_Obj *object);
int Tcl_IsShared(Tcl_Obj *object);

// Package and commands.
const char *Tcl_InitStubs(Tcl_Interp *interp, const char *version, int exact);
int Tcl_PkgProvideEx(Tcl_Interp *interp, const char *name, const char *version, const void *data);
#define Tcl_PkgProvide(interp, name, version) Tcl_PkgProvideEx(interp, name, version, NULL)
Tcl_Namespace *Tcl_CreateNamespace(Tcl_Interp *interp, const char *name, void *data,
                                   Tcl_NamespaceDeleteProc *release);
Tcl_Namespace *Tcl_FindNamespace(Tcl_Interp *interp, const char *name, Tcl_Namespace *context,
                                 int flags);
Tcl_Command Tcl_CreateObjCommand(Tcl_Interp *interp, const char *name, Tcl_ObjCmdProc *proc,
                                 void *data, Tcl_CmdDeleteProc *release);
int Tcl_DeleteCommand(Tcl_Interp *interp, const char *name);
int Tcl_DeleteCommandFromToken(Tcl_Interp *interp, Tcl_Command command);
int Tcl_GetCommandInfo(Tcl_Interp *interp, const char *name, Tcl_CmdInfo *info);
Tcl_Command Tcl_GetCommandFromObj(Tcl_Interp *interp, Tcl_Obj *object);
void Tcl_GetCommandFullName(Tcl_Interp *interp, Tcl_Command command, Tcl_Obj *object);

// Results and errors.
void Tcl_SetObjResult(Tcl_Interp *interp, Tcl_Obj *object);
Tcl_Obj *Tcl_GetObjResult(Tcl_Interp *interp);
void Tcl_ResetResult(Tcl_Interp *interp);
void Tcl_SetErrorCode(Tcl_Interp *interp, ...);
void Tcl_WrongNumArgs(Tcl_Interp *interp, Tcl_Size objc, Tcl_Obj *const objv[],
                      const char *message);
void Tcl_BackgroundException(Tcl_Interp *interp, int code);
int Tcl_EvalObjEx(Tcl_Interp *interp, Tcl_Obj *script, int flags);

// Values.
Tcl_Obj *Tcl_NewObj(void);
Tcl_Obj *Tcl_DuplicateObj(Tcl_Obj *object);
Tcl_Obj *Tcl_NewStringObj(const char *bytes, Tcl_Size length);
Tcl_Obj *Tcl_NewDoubleObj(double value);
Tcl_Obj *Tcl_NewWideIntObj(Tcl_WideInt value);
#define Tcl_NewBooleanObj(value) Tcl_NewWideIntObj((value) != 0)
char *Tcl_GetString(Tcl_Obj *object);
Tcl_Size Tcl_GetCharLength(Tcl_Obj *object);
char *Tcl_GetStringFromObj(Tcl_Obj *object, Tcl_Size *length);
unsigned char *Tcl_GetByteArrayFromObj(Tcl_Obj *object, Tcl_Size *size);
void Tcl_AppendToObj(Tcl_Obj *object, const char *bytes, Tcl_Size length);
int Tcl_GetBooleanFromObj(Tcl_Interp *interp, Tcl_Obj *object, int *value);
int Tcl_GetIntFromObj(Tcl_Interp *interp, Tcl_Obj *object, int *value);
int Tcl_GetWideIntFromObj(Tcl_Interp *interp, Tcl_Obj *object, Tcl_WideInt *value);
int Tcl_GetDoubleFromObj(Tcl_Interp *interp, Tcl_Obj *object, double *value);
int Tcl_GetIndexFromObjStruct(Tcl_Interp *interp, Tcl_Obj *object, const void *table,
                              Tcl_Size offset, const char *what, int flags, void *index);
#define Tcl_GetIndexFromObj(interp, object, table, what, flags, index)                             \
    Tcl_GetIndexFromObjStruct(interp, object, table, sizeof(char *), what,                         \
                              (flags) | (int)(sizeof(*(index)) << 1), index)
Tcl_Obj *Tcl_NewListObj(Tcl_Size objc, Tcl_Obj *const objv[]);
int Tcl_ListObjAppendElement(Tcl_Interp *interp, Tcl_Obj *list, Tcl_Obj *element);
int Tcl_ListObjGetElements(Tcl_Interp *interp, Tcl_Obj *list, Tcl_Size *objc, Tcl_Obj ***objv);
int Tcl_ListObjLength(Tcl_Interp *interp, Tcl_Obj *list, Tcl_Size *length);
int Tcl_ListObjIndex(Tcl_Interp *interp, Tcl_Obj *list, Tcl_Size index, Tcl_Obj **element);
Tcl_Obj *Tcl_NewDictObj(void);
int Tcl_DictObjPut(Tcl_Interp *interp, Tcl_Obj *dict, Tcl_Obj *key, Tcl_Obj *value);
int Tcl_DictObjGet(Tcl_Interp *interp, Tcl_Obj *dict, Tcl_Obj *key, Tcl_Obj **value);
int Tcl_DictObjFirst(Tcl_Interp *interp, Tcl_Obj *dict, Tcl_DictSearch *search, Tcl_Obj **key,
                     Tcl_Obj **value, int *done);
void Tcl_DictObjNext(Tcl_DictSearch *search, Tcl_Obj **key, Tcl_Obj **value, int *done);
void Tcl_DictObjDone(Tcl_DictSearch *search);

// Text in the system's encoding.
void Tcl_DStringInit(Tcl_DString *string);
void Tcl_DStringFree(Tcl_DString *string);
#define Tcl_DStringLength(string) ((string)->length)
#define Tcl_DStringValue(text)    ((text)->string)
char *Tcl_ExternalToUtfDString(Tcl_Encoding encoding, const char *bytes, Tcl_Size length,
                               Tcl_DString *converted);
char *Tcl_UtfToExternalDString(Tcl_Encoding encoding, const char *bytes, Tcl_Size length,
                               Tcl_DString *converted);

// Events and threads.
Tcl_ThreadId Tcl_GetCurrentThread(void);
void Tcl_ThreadQueueEvent(Tcl_ThreadId thread, Tcl_Event *event, int position);
void Tcl_ThreadAlert(Tcl_ThreadId thread);
void Tcl_DeleteEvents(Tcl_EventDeleteProc *proc, void *data);
int Tcl_DoOneEvent(int flags);

#endif
