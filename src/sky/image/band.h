// Which filter an image was taken through, and which image is which band.
#ifndef SKYCLASS_SKY_IMAGE_BAND_H
#define SKYCLASS_SKY_IMAGE_BAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "sky/image/image.h"

enum { BAND_NAME_SIZE = IMAGE_NAME_SIZE };

// The filter of an open image, in upper case ("F555W"), "" when unknown. Looked for in turn:
// BANDn or FILTERn for plane n of a cube; PUPIL (JWST), FILTER, FILTER1, FILTER2, FILTNAM1 and
// FILTNAM2 (WFPC2), the first that names a space telescope's filter, else the first that names any
// (not CLEAR, OPEN, NONE or the like); such a filter in PHOTMODE, in EXTNAME, in the file name.
void band_of_image(const Image *image, char *band, size_t size);

// The same from the header alone, without EXTNAME and the file's name.
void band_of_header(const Image *image, char *band, size_t size);

// Whether the filter `band` of an image is the one `wanted`: case does not matter; a ground-based
// one also matches its first word (G for "g.MP9402").
bool band_matches(const char *band, const char *wanted);

// The HST-style filter in a file's name ("hlsp_legus_hst_uvis_ngc1566_f275w_v1_drc.fits" ->
// "F275W"), "" when there is none.
void band_of_name(const char *path, char *band, size_t size);

// One plane of one image that could be a band.
typedef struct BandCandidate {
    char *path; // with [extension] where the file has several images; owned
    size_t plane;
    char band[BAND_NAME_SIZE]; // "" when unknown
} BandCandidate;

typedef struct BandCandidates {
    size_t n;
    BandCandidate *items;
    // The first file that could not be read, as a sentence, "" when all could.
    char problem[ERROR_TEXT_SIZE];
} BandCandidates;

// Every image extension and plane of the files; of a file with extensions SCI only those, so that
// weights and masks are not taken for images. A file that cannot be read is an error.
Status band_candidates_read(const char *const *paths, size_t n, BandCandidates **candidates,
                            Error *error);
// The same for all FITS files (.fits .fit .fts, with or without .gz or .fz) directly in a
// directory, in the order of their names; without those whose names call them weights, errors or
// masks (a word wht, weight, ctx, err, rms, dq or mask). A file that cannot be read is skipped and
// remembered in `problem`.
Status band_candidates_in_directory(const char *directory, BandCandidates **candidates,
                                    Error *error);
void band_candidates_free(BandCandidates *candidates);

// Gives each of n_bands wanted bands its candidate: filters[band] lists the accepted filters in
// order of preference ("F438W F435W"), chosen[band] becomes an index into `candidates`. Matching is
// band_matches'. An error names all bands that are missing, with what there is and which of that is
// nearest in wavelength, or the one that was found twice (with both files).
Status band_find(const BandCandidates *candidates, const char *const *filters, size_t n_bands,
                 size_t *chosen, Error *error);

#endif
