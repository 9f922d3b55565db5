// What comes out: one row a source, with its class, scores and flags.
#ifndef SKYCLASS_RESULT_RESULT_H
#define SKYCLASS_RESULT_RESULT_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/recipe.h"
#include "sky/source/source.h"

typedef struct ResultNote { // provenance: one HISTORY / metadata line
    char *key;
    char *value;
} ResultNote;

typedef struct Result {
    const SourceList *list; // not owned; n rows
    size_t n_classes;
    char (*names)[RECIPE_NAME_SIZE]; // [n_classes]
    const char **class_names;        // [n_classes], into names
    ClassLook *looks;                // [n_classes + 1], of class 0 (not classified) and the others
    size_t *classes;                 // [n], from 1; 0 where not classified
    float *scores;                   // [n][n_classes]; NaN where not classified
    float *votes;                    // [n], the members' share that is of the class; NULL where the
                                     // model does not vote
    unsigned *flags;                 // [n], SOURCE_FLAG_ bits (sky/cutout.h)
    size_t n_notes;
    ResultNote *notes;
} Result;

// Rows for the sources of `list`, which must outlive it; the names are copied, classes look as
// StarcNet's.
Status result_new(const SourceList *list, size_t n_classes, const char *const *class_names,
                  Result **result, Error *error);
// The same with the names and looks of a model's classes.
Status result_new_for(const SourceList *list, const Recipe *recipe, Result **result, Error *error);
// Gives the rows votes, 0 each.
Status result_add_votes(Result *result, Error *error);
void result_free(Result *result);
Status result_note(Result *result, const char *key, const char *value, Error *error);

// The score of the row's class; NaN where not classified.
float result_score(const Result *result, size_t row);

// Merges classes as a view of `recipe`'s says: a source's class becomes its group, a group's score
// the sum of its classes', its name theirs, its look that of the first. STATUS_USAGE lists the
// views where there is none of that name.
Status result_group(Result *result, const Recipe *recipe, const char *view, Error *error);

#endif
