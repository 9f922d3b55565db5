// What comes out: one row a source, written in every format of the contract.
#ifndef SKYCLASS_RESULT_RESULT_H
#define SKYCLASS_RESULT_RESULT_H

#include <stddef.h>

#include "base/error.h"
#include "classifier/recipe.h"
#include "sky/source/source.h"
#include "sky/source/source_point.h"

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
void result_free(Result *result);
Status result_note(Result *result, const char *key, const char *value, Error *error);

typedef enum Palette {
    PALETTE_STARCNET,
    PALETTE_SAFE
} Palette; // safe: colour-blind-safe (Okabe-Ito)

typedef struct ResultStyle {
    Palette palette;
    bool score_text;          // the score as the region's text
    PointCoords coords;       // of points; the user's own regions keep theirs
    const Physical *physical; // in place of image pixels where no coords are asked for, or NULL
} ResultStyle;

// The ending decides: .fits .csv .ecsv .vot .tab .reg; the name predictions.csv writes StarcNet's
// own columns (Galaxy, Id, X, Y, Prediction). Written aside and renamed: a failure leaves no file.
// `galaxy` names the field for predictions.csv ("" takes it from the source file's name).
Status result_write(const Result *result, const char *path, const ResultStyle *style,
                    const char *galaxy, Error *error);

// The rows of n >= 1 results, one after the other, as one file. Their classes must be the same. A
// .reg holds the regions of each; notes that differ are joined.
Status result_write_all(const Result *const *results, size_t n, const char *path,
                        const ResultStyle *style, const char *galaxy, Error *error);

// The text of a .reg for rows first .. first+n-1 only (DS9 markers in batches). Every region has
// tags {skyclass} {class N} besides its own. Free with free().
Status result_region_text(const Result *result, size_t first, size_t n, const ResultStyle *style,
                          char **text, Error *error);

// Merges classes as a view of `recipe`'s says: a source's class becomes its group, a group's score
// the sum of its classes', its name theirs, its look that of the first. STATUS_USAGE lists the
// views where there is none of that name.
Status result_group(Result *result, const Recipe *recipe, const char *view, Error *error);

#endif
