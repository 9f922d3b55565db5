// A struct's members by name: one table serves Tcl's dictionaries, FITS headers, and text.
#ifndef SKYCLASS_BASE_FIELD_H
#define SKYCLASS_BASE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum FieldKind {
    FIELD_TEXT,   // char[n]
    FIELD_COUNT,  // size_t
    FIELD_SEED,   // uint64_t
    FIELD_NUMBER, // double, or n of them
    FIELD_SWITCH, // bool
    FIELD_CHOICE, // an enum whose values are the places of `choices`
} FieldKind;

// One member. A table of them ends with a NULL name where its length is not known otherwise.
typedef struct Field {
    const char *name;
    FieldKind kind;
    size_t offset;
    size_t n;                   // values; of a text its size, with the NUL
    const char *const *choices; // NULL-terminated, of a FIELD_CHOICE
    const char *comment;        // for a header's card, or NULL
} Field;

// Member `member` of `type` under `name`; of a text or an array FIELD_ARRAY counts the elements.
#define FIELD(name, type, member, kind)                                                            \
    {                                                                                              \
        name, kind, offsetof(type, member), 1, NULL, NULL                                          \
    }
#define FIELD_ARRAY(name, type, member, kind)                                                      \
    {                                                                                              \
        name, kind, offsetof(type, member),                                                        \
            sizeof((type *)NULL)->member / sizeof((type *)NULL)->member[0], NULL, NULL             \
    }

// FIELD of one value or FIELD_ARRAY of a text, with the comment of its card.
#define FIELD_CARD(name, type, member, kind, comment)                                              \
    {                                                                                              \
        name, kind, offsetof(type, member),                                                        \
            (kind) == FIELD_TEXT ? sizeof((type *)NULL)->member : 1, NULL, comment                 \
    }
#define FIELD_OF_CHOICES(name, type, member, choices)                                              \
    {                                                                                              \
        name, FIELD_CHOICE, offsetof(type, member), 1, choices, NULL                               \
    }

// The field of that name in a table that ends with a NULL name; NULL where there is none.
const Field *field_find(const Field *table, const char *name);

// The member of `record`, from text. STATUS_USAGE says what the field takes.
Status field_set(const Field *field, void *record, const char *text, Error *error);

// "name=value,name=value", "" for none: sets the members that are named.
Status fields_set(const Field *table, void *record, const char *text, Error *error);

// All members of `record` in such a text, numbers with all their digits, those of an array with
// blanks between them; free(). NULL where memory runs out. The table ends with a NULL name.
char *fields_text(const Field *table, const void *record);

#endif
