// What table_votable.c (the XML) and votable_binary.c (the values in it) share.
#ifndef SKYCLASS_SKY_TABLE_VOTABLE_INTERNAL_H
#define SKYCLASS_SKY_TABLE_VOTABLE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

// Bytes that grow. `failed` says that memory ran out, and stays set.
typedef struct VotableBytes {
    char *bytes;
    size_t size, capacity;
    bool failed;
} VotableBytes;

void votable_append(VotableBytes *to, const char *bytes, size_t size);

typedef struct VotableType VotableType;

typedef struct VotableField {
    const VotableType *type;
    size_t count;  // values in a cell
    bool variable; // a cell in binary says itself how many, in four bytes before them
    char *null;    // what stands for a missing value, or NULL; owned
} VotableField;

// NULL for a type that VOTable 1.4 does not have.
const VotableType *votable_find_type(const char *name);
bool votable_is_text(const VotableType *type);
bool votable_is_logical(const VotableType *type);
bool votable_is_real(const VotableType *type);

// "5", "*", "8*", "3x2": false when it is none of these, or overflows.
bool votable_parse_shape(const char *text, VotableField *field);

// Appends the text of the cell at *at, without an end, and moves *at behind it; the values of an
// array stand with blanks between them. False when the bytes end before the cell does.
bool votable_put_cell(const VotableField *field, const unsigned char **at, const unsigned char *end,
                      VotableBytes *text);

// Base64 as it comes, in pieces.
typedef struct VotableBase64 {
    unsigned bits;
    unsigned n_digits; // of the group of four that is under way
    bool ended;        // by '='
} VotableBase64;

// False when a character is no base64.
bool votable_decode_base64(VotableBase64 *state, const char *text, size_t size, VotableBytes *to);

#endif
