// What comes out: one row a source, with its class, scores and flags.
#ifndef SKYCLASS_RESULT_RESULT_H
#define SKYCLASS_RESULT_RESULT_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/recipe.h"
#include "sky/source/disc.h"
#include "sky/source/source.h"

typedef struct ResultNote { // provenance: one HISTORY / metadata line
    char *key;
    char *value;
} ResultNote;

typedef struct Result {
    SourceList *list; // owned; n rows
    size_t n_classes;
    char (*names)[RECIPE_NAME_SIZE]; // [n_classes]
    const char **class_names;        // [n_classes], into names
    ClassLook *looks;                // [n_classes + 1], of class 0 (not classified) and the others
    size_t *classes;                 // [n], from 1; 0 where not classified
    float *scores;                   // [n][n_classes]; NaN where not classified
    size_t n_members;                // of an ensemble; else 0
    float *members;                  // [n][n_members][n_classes], each member's scores, which
                                     // `scores` are the means of; NULL unless an ensemble
    unsigned *flags;                 // [n], SOURCE_FLAG_ bits (sky/cutout.h)
    Disc disc;                       // whose radius is a column, where its distance is not 0
    size_t n_notes;
    ResultNote *notes;
} Result;

// Rows for the sources of `list` as they are placed now: a copy, whatever becomes of `list`. The
// names are copied, too; classes look as StarcNet's.
Status result_new(SourceList *list, size_t n_classes, const char *const *class_names,
                  Result **result, Error *error);
// The same with the names and looks of a model's classes.
Status result_new_for(SourceList *list, const Recipe *recipe, Result **result, Error *error);
// result_new of a list that it takes over, freed on failure too.
Status result_new_of(SourceList *list, size_t n_classes, const char *const *class_names,
                     Result **result, Error *error);
// Gives the rows room for the scores of an ensemble's members, NaN each.
Status result_add_members(Result *result, size_t n_members, Error *error);
void result_free(Result *result);
Status result_note(Result *result, const char *key, const char *value, Error *error);

// Corrects a row's class (0: none) as a person says: flagged by_hand, and no longer undecided; its
// scores stay the model's. STATUS_USAGE where there is no such row or class.
Status result_set_class(Result *result, size_t row, size_t class, Error *error);

// The score of the row's class; NaN where not classified.
float result_score(const Result *result, size_t row);

// Of an ensemble: the class that most members choose (decision_mode; 0 where not classified) with
// the fraction of them that do, and the standard deviation of their scores of a class (from 0),
// divided by their number less one as PyTorch's and R's; NaN where not classified.
size_t result_vote(const Result *result, size_t row, float *quality);
float result_deviation(const Result *result, size_t row, size_t class);

// Merges classes as a view of `recipe`'s says: a source's class becomes its group, a group's score
// the sum of its classes', its name theirs, its look that of the first. STATUS_USAGE lists the
// views where there is none of that name.
Status result_group(Result *result, const Recipe *recipe, const char *view, Error *error);

#endif
