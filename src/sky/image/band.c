#include "sky/image/band.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "sky/image/filter.h"

// The next word (letters, digits, and `extra` characters) at or after *text; false at the end.
// *text moves behind it.
static bool next_word(const char **text, const char *extra, char *word, size_t size)
{
    const char *p = *text;
    while (*p != '\0' && !isalnum((unsigned char)*p) && strchr(extra, *p) == NULL)
        p++;
    size_t n = 0;
    while (*p != '\0' && (isalnum((unsigned char)*p) || strchr(extra, *p) != NULL)) {
        if (n + 1 < size)
            word[n++] = (char)toupper((unsigned char)*p);
        p++;
    }
    word[n] = '\0';
    *text = p;
    return n > 0;
}

static bool find_space_filter(const char *text, char *band, size_t size)
{
    char word[BAND_NAME_SIZE];
    while (next_word(&text, "", word, sizeof word))
        if (filter_is_space(word)) {
            snprintf(band, size, "%s", word);
            return true;
        }
    band[0] = '\0';
    return false;
}

static bool is_no_filter(const char *word)
{
    static const char *const nothing[] = {"CLEAR", "OPEN", "NONE", "EMPTY", "BLANK", "N/A", "NA"};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        // CLEAR1L, CLEAR2S (ACS) are as clear as CLEAR.
        if (strcmp(word, nothing[i]) == 0 || (i == 0 && strncmp(word, "CLEAR", 5) == 0))
            return true;
    return false;
}

// The part of a keyword's value that names a filter: "CLEAR1L; F814W" -> "F814W".
static bool filter_of_value(const char *value, char *band, size_t size)
{
    if (find_space_filter(value, band, size))
        return true;
    char word[BAND_NAME_SIZE];
    while (next_word(&value, "._-+/'", word, sizeof word))
        if (!is_no_filter(word)) {
            snprintf(band, size, "%s", word);
            return true;
        }
    return false;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

void band_of_name(const char *path, char *band, size_t size)
{
    find_space_filter(base_name(path), band, size);
}

// Where headers name filters. JWST's pupil wheel holds the narrower of two filters, and what is no
// filter; WFPC2 and ACS have two wheels, one of them clear.
static const char *const filter_keywords[] = {"PUPIL",   "FILTER",   "FILTER1",
                                              "FILTER2", "FILTNAM1", "FILTNAM2"};
enum { N_FILTER_KEYWORDS = sizeof filter_keywords / sizeof filter_keywords[0], NOT_PUPIL = 1 };

static bool band_of_cube(const Image *image, size_t plane, char *band, size_t size)
{
    static const char *const stems[] = {"BAND", "FILTER"};
    char keyword[16], value[IMAGE_NAME_SIZE];
    if (image_plane_count(image) <= 1 || plane >= 100)
        return false;
    for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++) {
        snprintf(keyword, sizeof keyword, "%s%zu", stems[i], plane);
        image_header_text(image, keyword, value, sizeof value);
        if (filter_of_value(value, band, size))
            return true;
    }
    return false;
}

static bool header_band(const Image *image, size_t plane, char *band, size_t size)
{
    char value[IMAGE_NAME_SIZE];
    band[0] = '\0';
    if (band_of_cube(image, plane, band, size))
        return true;
    for (size_t i = 0; i < N_FILTER_KEYWORDS; i++) {
        image_header_text(image, filter_keywords[i], value, sizeof value);
        if (find_space_filter(value, band, size))
            return true;
    }
    for (size_t i = NOT_PUPIL; i < N_FILTER_KEYWORDS; i++) {
        image_header_text(image, filter_keywords[i], value, sizeof value);
        if (filter_of_value(value, band, size))
            return true;
    }
    image_header_text(image, "PHOTMODE", value, sizeof value);
    return find_space_filter(value, band, size);
}

static void band_of_plane(const Image *image, size_t plane, char *band, size_t size)
{
    if (!header_band(image, plane, band, size) &&
        !find_space_filter(image_extension_name(image), band, size))
        band_of_name(image_path(image), band, size);
}

void band_of_image(const Image *image, char *band, size_t size)
{
    band_of_plane(image, image_plane(image), band, size);
}

void band_of_header(const Image *image, char *band, size_t size)
{
    header_band(image, image_plane(image), band, size);
}

static Status append_candidate(BandCandidates *list, const char *path, const Image *image,
                               size_t plane, Error *error)
{
    BandCandidate *grown = memory_resize(list->items, list->n + 1, sizeof *grown);
    if (grown == NULL)
        return error_memory(error, "a list of images");
    list->items = grown;
    BandCandidate *item = &list->items[list->n];
    item->path = memory_copy_text(path);
    if (item->path == NULL)
        return error_memory(error, "a list of images");
    item->plane = plane;
    band_of_plane(image, plane, item->band, sizeof item->band);
    list->n++;
    return STATUS_OK;
}

// All planes of one image; `path` names it with its [extension] where that is needed.
static Status append_image(BandCandidates *list, const char *path, Error *error)
{
    Image *image = NULL;
    Status status = image_open(path, 0, &image, error);
    if (status != STATUS_OK)
        return status;
    for (size_t plane = 1; status == STATUS_OK && plane <= image_plane_count(image); plane++)
        status = append_candidate(list, path, image, plane, error);
    image_close(image);
    return status;
}

// A cube with more planes than this is a spectrum, not a set of bands.
enum { PLANES_MAX = 64 };

static Status append_file(BandCandidates *list, const char *path, Error *error)
{
    ImageExtension *extensions = NULL;
    size_t n = 0;
    Status status = image_list(path, &extensions, &n, error);
    if (status != STATUS_OK)
        return status;
    size_t size = strlen(path) + 32;
    char *full = malloc(size);
    if (full == NULL)
        status = error_memory(error, "a list of images");
    bool has_science = false;
    for (size_t i = 0; i < n; i++)
        has_science = has_science || strcasecmp(extensions[i].name, "SCI") == 0;
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        if ((has_science && strcasecmp(extensions[i].name, "SCI") != 0) ||
            extensions[i].n_planes > PLANES_MAX)
            continue;
        snprintf(full, size, n > 1 ? "%s[%zu]" : "%s", path, extensions[i].number);
        status = append_image(list, full, error);
    }
    free(full);
    free(extensions);
    return status;
}

Status band_candidates_read(const char *const *paths, size_t n, BandCandidates **candidates,
                            Error *error)
{
    *candidates = NULL;
    BandCandidates *list = memory_new(1, sizeof *list);
    if (list == NULL)
        return error_memory(error, "a list of images");
    for (size_t i = 0; i < n; i++) {
        Status status = append_file(list, paths[i], error);
        if (status != STATUS_OK) {
            band_candidates_free(list);
            return status;
        }
    }
    *candidates = list;
    return STATUS_OK;
}

static bool has_fits_ending(const char *name)
{
    static const char *const endings[] = {".fits", ".fit", ".fts"};
    size_t length = strlen(name);
    if (length > 3 &&
        (strcasecmp(name + length - 3, ".gz") == 0 || strcasecmp(name + length - 3, ".fz") == 0))
        length -= 3;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t n = strlen(endings[i]);
        if (length > n && strncasecmp(name + length - n, endings[i], n) == 0)
            return true;
    }
    return false;
}

static bool is_companion(const char *name)
{
    static const char *const companions[] = {"WHT", "WEIGHT", "CTX", "ERR", "RMS", "DQ", "MASK"};
    char word[BAND_NAME_SIZE];
    while (next_word(&name, "", word, sizeof word))
        for (size_t i = 0; i < sizeof companions / sizeof companions[0]; i++)
            if (strcmp(word, companions[i]) == 0)
                return true;
    return false;
}

static int is_image_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && has_fits_ending(entry->d_name) &&
           !is_companion(entry->d_name);
}

Status band_candidates_in_directory(const char *directory, BandCandidates **candidates,
                                    Error *error)
{
    *candidates = NULL;
    struct dirent **entries = NULL;
    int n = scandir(directory, &entries, is_image_file, alphasort);
    if (n < 0)
        return error_set(error, STATUS_BAD_INPUT, "%s: %s; give a directory of FITS files",
                         directory, strerror(errno));
    BandCandidates *list = memory_new(1, sizeof *list);
    Status status = list != NULL ? STATUS_OK : error_memory(error, "a list of images");
    for (int i = 0; i < n; i++) {
        size_t size = strlen(directory) + strlen(entries[i]->d_name) + 2;
        char *path = status == STATUS_OK ? malloc(size) : NULL;
        if (path != NULL) {
            Error problem = {0};
            snprintf(path, size, "%s/%s", directory, entries[i]->d_name);
            status = append_file(list, path, &problem);
            if (status == STATUS_BAD_INPUT) {
                if (list->problem[0] == '\0')
                    memcpy(list->problem, problem.text, sizeof list->problem);
                status = STATUS_OK;
            }
        }
        if (path == NULL || status != STATUS_OK)
            status = error_memory(error, "a list of images");
        free(path);
        free(entries[i]);
    }
    free(entries);
    if (status == STATUS_OK && list->n == 0)
        status = error_set(error, STATUS_BAD_INPUT,
                           "%s holds no FITS image%s%s; give another "
                           "directory",
                           directory, list->problem[0] != '\0' ? ": " : "", list->problem);
    if (status != STATUS_OK) {
        band_candidates_free(list);
        return status;
    }
    *candidates = list;
    return STATUS_OK;
}

void band_candidates_free(BandCandidates *candidates)
{
    if (candidates == NULL)
        return;
    for (size_t i = 0; i < candidates->n; i++)
        free(candidates->items[i].path);
    free(candidates->items);
    free(candidates);
}

bool band_matches(const char *band, const char *wanted)
{
    if (strcasecmp(band, wanted) == 0)
        return true;
    char word[BAND_NAME_SIZE];
    return next_word(&band, "", word, sizeof word) && strcasecmp(word, wanted) == 0;
}

// "F275W in a.fits, F336W in b.fits" in text[size].
static void describe(const BandCandidates *candidates, char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < candidates->n && n < size; i++) {
        const BandCandidate *item = &candidates->items[i];
        n += (size_t)snprintf(text + n, size - n, "%s%s in %s", i > 0 ? ", " : "",
                              item->band[0] != '\0' ? item->band : "an unknown filter",
                              base_name(item->path));
    }
    if (n >= size)
        strcpy(text + size - 4, "...");
    if (candidates->n == 0)
        snprintf(text, size, "nothing");
}

static Status find_filter(const BandCandidates *candidates, const char *wanted, size_t *chosen,
                          bool *found, Error *error)
{
    *found = false;
    for (size_t i = 0; i < candidates->n; i++) {
        const BandCandidate *item = &candidates->items[i];
        if (!band_matches(item->band, wanted))
            continue;
        if (*found) {
            const BandCandidate *first = &candidates->items[*chosen];
            return error_set(
                error, STATUS_BAD_INPUT,
                "band %s was found twice: %s plane %zu and %s plane %zu; say which one "
                "with --bands %s=FILE",
                wanted, first->path, first->plane, item->path, item->plane, wanted);
        }
        *found = true;
        *chosen = i;
    }
    return STATUS_OK;
}

// " (nearest there to F336W, 3355 A: F390W, 3924 A)" appended to text[size], where both are known.
static void append_nearest(const BandCandidates *candidates, const char *filters, char *text,
                           size_t size)
{
    char wanted[BAND_NAME_SIZE];
    next_word(&filters, "._-+/'", wanted, sizeof wanted);
    const Filter *aim = filter_find(wanted), *nearest = NULL;
    for (size_t i = 0; aim != NULL && i < candidates->n; i++) {
        const Filter *filter = filter_find(candidates->items[i].band);
        if (filter != NULL && (nearest == NULL || fabs(filter->pivot - aim->pivot) <
                                                      fabs(nearest->pivot - aim->pivot)))
            nearest = filter;
    }
    size_t n = strlen(text);
    if (nearest != NULL && n < size)
        snprintf(text + n, size - n, "%s%s, %.0f A: %s, %.0f A",
                 n > 0 ? "; " : "; nearest there to ", wanted, aim->pivot, nearest->name,
                 nearest->pivot);
}

// Accepted filters, in words: "F438W or F435W".
static void append_filters(const char *filters, char *text, size_t size)
{
    char word[BAND_NAME_SIZE];
    const char *before = text[0] == '\0' ? "" : ", ";
    while (next_word(&filters, "._-+/'", word, sizeof word)) {
        size_t n = strlen(text);
        if (n < size)
            snprintf(text + n, size - n, "%s%s", before, word);
        before = " or ";
    }
}

static Status fail_missing(const BandCandidates *candidates, const char *const *filters,
                           const size_t *missing, size_t n, Error *error)
{
    char names[256] = "", have[512], near[256] = "";
    for (size_t i = 0; i < n; i++) {
        append_filters(filters[missing[i]], names, sizeof names);
        append_nearest(candidates, filters[missing[i]], near, sizeof near);
    }
    describe(candidates, have, sizeof have);
    return error_set(error, STATUS_BAD_INPUT,
                     "band%s %s %s missing (found: %s)%s%s%s; name %s with --bands BAND=FILE",
                     n > 1 ? "s" : "", names, n > 1 ? "are" : "is", have, near,
                     candidates->problem[0] != '\0' ? "; " : "", candidates->problem,
                     n > 1 ? "their files" : "its file");
}

Status band_find(const BandCandidates *candidates, const char *const *filters, size_t n_bands,
                 size_t *chosen, Error *error)
{
    size_t *missing = memory_new(n_bands, sizeof *missing), n_missing = 0;
    Status status = missing != NULL ? STATUS_OK : error_memory(error, "a list of bands");
    for (size_t band = 0; status == STATUS_OK && band < n_bands; band++) {
        bool found = false;
        const char *text = filters[band];
        char wanted[BAND_NAME_SIZE];
        while (status == STATUS_OK && !found && next_word(&text, "._-+/'", wanted, sizeof wanted))
            status = find_filter(candidates, wanted, &chosen[band], &found, error);
        if (!found)
            missing[n_missing++] = band;
    }
    if (status == STATUS_OK && n_missing > 0)
        status = fail_missing(candidates, filters, missing, n_missing, error);
    free(missing);
    return status;
}
