// Status codes and errors in words for a person.
#ifndef SKYCLASS_BASE_ERROR_H
#define SKYCLASS_BASE_ERROR_H

// What went wrong, coarsely: what a caller can act on.
typedef enum Status {
    STATUS_OK = 0,
    STATUS_BAD_INPUT, // a file, table or value from outside is unusable
    STATUS_OUTPUT,    // something could not be written
    STATUS_MEMORY,    // memory ran out
    STATUS_CANCELLED, // the caller asked to stop
    STATUS_USAGE,     // the call itself makes no sense (wrong option, unknown name)
} Status;

enum { ERROR_TEXT_SIZE = 1024 };

// One line: what happened, where, what to do next. Always NUL-terminated; over-long text is cut.
typedef struct Error {
    Status status;
    char text[ERROR_TEXT_SIZE];
} Error;

// Stores `status` and the formatted line, and returns `status`, so that a function can
// `return error_set(error, STATUS_BAD_INPUT, "%s is not FITS", path);`. Control characters from
// outside are replaced by '?', so the text stays one line. `error` may be NULL.
Status error_set(Error *error, Status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Puts "prefix: " before the text already there and returns the stored status. For saying where.
Status error_prefix(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

// STATUS_MEMORY with a standard text; `what` names what there was no room for.
Status error_memory(Error *error, const char *what);

#endif
