// Results as files, in every format of the contract, and as regions for DS9.
#ifndef SKYCLASS_RESULT_RESULT_WRITE_H
#define SKYCLASS_RESULT_RESULT_WRITE_H

#include "result/result.h"
#include "sky/source/source_point.h"

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

// The rows of n >= 1 results as one file, joined as result_join says. A .reg holds the regions of
// each.
Status result_write_all(const Result *const *results, size_t n, const char *path,
                        const ResultStyle *style, const char *galaxy, Error *error);

// The text of a .reg for rows first .. first+n-1 only (DS9 markers in batches). Every region has
// tags {skyclass} {class N} besides its own. Free with free().
Status result_region_text(const Result *result, size_t first, size_t n, const ResultStyle *style,
                          char **text, Error *error);

#endif
