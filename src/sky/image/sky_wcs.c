#include "sky/image/sky_wcs.h"

#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <wcslib/wcs.h>
#include <wcslib/wcsfix.h>
#include <wcslib/wcshdr.h>
#include <wcslib/wcsmath.h>

#include "base/fits_card.h"
#include "base/memory.h"

enum { CARD_SIZE = 80 };

// wcslib's own mapping functions write to scratch space inside wcsprm (distortions, error
// pointers), so calls on one SkyWcs take turns; the array variants take the lock once.
struct SkyWcs {
    struct wcsprm wcs;
    pthread_mutex_t mutex;
    SkySystem system;
    double pixel_scale;
};

// The sky system of the header; false for an equinox that would need precession.
static bool header_system(const struct wcsprm *wcs, SkySystem *system)
{
    bool has_equinox = !undefined(wcs->equinox);
    *system = SKY_ICRS;
    if (strncmp(wcs->lngtyp, "GLON", 4) == 0)
        *system = SKY_GALACTIC;
    else if (strncmp(wcs->lngtyp, "ELON", 4) == 0)
        *system = SKY_ECLIPTIC;
    else if (strncmp(wcs->radesys, "FK4", 3) == 0)
        *system = SKY_FK4;
    else if (strncmp(wcs->radesys, "FK5", 3) == 0)
        *system = SKY_FK5;
    else if (wcs->radesys[0] == '\0' && has_equinox) // Calabretta & Greisen 2002, section 3.1
        *system = wcs->equinox < 1984.0 ? SKY_FK4 : SKY_FK5;
    if (*system == SKY_FK4)
        return !has_equinox || fabs(wcs->equinox - 1950.0) < 1e-3;
    return *system == SKY_GALACTIC || *system == SKY_ICRS || !has_equinox ||
           fabs(wcs->equinox - 2000.0) < 1e-3;
}

static bool is_known_longitude(const struct wcsprm *wcs)
{
    return strncmp(wcs->lngtyp, "RA", 2) == 0 || strncmp(wcs->lngtyp, "GLON", 4) == 0 ||
           strncmp(wcs->lngtyp, "ELON", 4) == 0;
}

// Keeps the first two axes of `all` in `wcs`. 0 or wcslib's status.
static int keep_image_axes(const struct wcsprm *all, struct wcsprm *wcs)
{
    int n_axes = 2;
    int axes[2] = {1, 2};
    wcs->flag = -1;
    if (all->naxis == 2)
        return wcssub(1, all, NULL, NULL, wcs);
    return wcssub(1, all, &n_axes, axes, wcs);
}

// *scale is 0 where a corner of the pixel has no place on the sky.
static Status measure_pixel_scale(const SkyWcs *wcs, double *scale, Error *error)
{
    double x = wcs->wcs.crpix[0], y = wcs->wcs.crpix[1];
    double corner[3][2] = {{x - 0.5, y - 0.5}, {x + 0.5, y - 0.5}, {x - 0.5, y + 0.5}};
    double sky[3][2] = {{0.0}};
    Status status = sky_wcs_to_sky_array(wcs, (const double(*)[2])corner, 3, sky, error);
    // The pixel's two edges as vectors on the tangent plane; their cross product is its area.
    double edge[2][2];
    for (int i = 0; i < 2; i++) {
        edge[i][0] = remainder(sky[i + 1][0] - sky[0][0], 360.0) * cos(sky[0][1] * (M_PI / 180.0));
        edge[i][1] = sky[i + 1][1] - sky[0][1];
    }
    double area = fabs(edge[0][0] * edge[1][1] - edge[0][1] * edge[1][0]);
    *scale = isfinite(area) ? 3600.0 * sqrt(area) : 0.0;
    return status;
}

// The description of the primary coordinates, not one of the alternates A-Z; NULL when absent.
static struct wcsprm *primary_description(struct wcsprm *all, int n)
{
    for (int i = 0; i < n; i++)
        if (all[i].alt[0] == ' ' || all[i].alt[0] == '\0')
            return &all[i];
    return NULL;
}

static Status build(struct wcsprm *description, SkyWcs **result, Error *error)
{
    SkyWcs *wcs = memory_new(1, sizeof *wcs);
    if (wcs == NULL)
        return error_memory(error, "a WCS");
    pthread_mutex_init(&wcs->mutex, NULL);
    int stat[NWCSFIX];
    int code = keep_image_axes(description, &wcs->wcs);
    if (code == 0) {
        wcsfix(0, NULL, &wcs->wcs, stat);
        code = wcsset(&wcs->wcs);
    }
    for (int i = 0; code == 0 && i < NWCSFIX; i++)
        code = stat[i] == FIXERR_MEMORY ? WCSERR_MEMORY : 0;
    // Its own arrays are then lost rather than freed: wcsfree (7.12) would free some twice.
    if (code == WCSERR_MEMORY) {
        free(wcs);
        return error_memory(error, "a WCS");
    }
    if (code != 0) {
        sky_wcs_free(wcs);
        return error_set(error, STATUS_BAD_INPUT, "the WCS in the header cannot be used: %s",
                         wcs_errmsg[code]);
    }
    if (wcs->wcs.lng < 0 || wcs->wcs.lat < 0 || !is_known_longitude(&wcs->wcs)) {
        sky_wcs_free(wcs);
        return STATUS_OK;
    }
    if (!header_system(&wcs->wcs, &wcs->system)) {
        double equinox = wcs->wcs.equinox;
        sky_wcs_free(wcs);
        return error_set(error, STATUS_BAD_INPUT,
                         "the WCS in the header cannot be used: its equinox %g is neither 1950 nor "
                         "2000",
                         equinox);
    }
    Status status = measure_pixel_scale(wcs, &wcs->pixel_scale, error);
    if (status != STATUS_OK) {
        sky_wcs_free(wcs);
        return status;
    }
    if (!(wcs->pixel_scale > 0.0)) {
        sky_wcs_free(wcs);
        return error_set(
            error, STATUS_BAD_INPUT,
            "the WCS in the header cannot be used: its pixels have no area on the sky");
    }
    *result = wcs;
    return STATUS_OK;
}

// The axes that a card of the WCS is about, and whether it is one: "CRPIX2", "PC3_1A", "A_ORDER".
static bool describes_wcs(const char *keyword, long axes[2])
{
    static const char *const stems[] = {
        "WCSAXES", "CTYPE", "CUNIT", "CRVAL", "CDELT", "CRPIX", "CROTA", "CNAME", "CRDER",
        "CSYER",   "CZPHS", "CPERI", "CPDIS", "CQDIS", "CPERR", "CQERR", "PC",    "CD",
        "PV",      "PS",    "DP",    "DQ",    "DVERR", "A_",    "B_",    "AP_",   "BP_"};
    axes[0] = axes[1] = 0;
    for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++) {
        size_t length = strlen(stems[i]);
        char *end;
        if (strncmp(keyword, stems[i], length) != 0)
            continue;
        bool distortion = stems[i][length - 1] == '_';
        axes[0] = strtol(keyword + length, &end, 10);
        // The second number of PV and PS counts parameters.
        if (*end == '_' && strcmp(stems[i], "PV") != 0 && strcmp(stems[i], "PS") != 0)
            axes[1] = strtol(end + 1, NULL, 10);
        if (axes[0] > 0 || distortion || i == 0)
            return true;
    }
    return strcmp(keyword, "NAXIS") == 0;
}

// wcslib allocates the square of the largest axis that any card names ("WCSAXES = 15000"), and
// terms up to any order of a distortion.
static bool beyond_reason(const FitsCard *card, const long axes[2])
{
    enum { MOST = 9 }; // axes, as in image.c, and the order of a polynomial (Shupe et al. 2005)
    bool counts = strncmp(card->keyword, "WCSAXES", 7) == 0 ||
                  strcmp(card->keyword, "NAXIS") == 0 || strstr(card->keyword, "_ORDER") != NULL;
    return axes[0] > MOST || axes[1] > MOST || (counts && card->number > MOST);
}

// wcspih follows null pointers where a value is none that FITS knows ("A_1_1 = 1 x") or is not
// given
// ("BP_0_1 ="), and copies a string that lacks its closing quote past the end of its buffer (wcslib
// 7.12), so such cards are blanked, and bytes that FITS does not allow become blanks. False where
// that would change the WCS.
static bool clean_card(char *card)
{
    for (int i = 0; i < CARD_SIZE; i++)
        if (card[i] < ' ' || card[i] > '~')
            card[i] = ' ';
    FitsCard about = fits_card_parse(card);
    long axes[2];
    bool wcs = describes_wcs(about.keyword, axes), undefined = wcs && about.kind == FITS_VALUE_NONE;
    wcs = wcs && !undefined;
    // A SIP coefficient that is no number ("BP_0_1 = 'x'", "B_0_2 = F") is such a null pointer,
    // too.
    bool coefficient = wcs && strchr("AB", about.keyword[0]) != NULL;
    bool number = about.kind == FITS_VALUE_INTEGER || about.kind == FITS_VALUE_REAL;
    bool unfit = about.kind == FITS_VALUE_BROKEN || undefined || (coefficient && !number) ||
                 (wcs && beyond_reason(&about, axes));
    if (unfit)
        memset(card, ' ', CARD_SIZE);
    return !unfit || !wcs;
}

static Status clean_cards(char *cards, size_t n_cards, Error *error)
{
    for (size_t i = 0; i < n_cards; i++) {
        char keyword[FITS_KEYWORD_SIZE] = "";
        memcpy(keyword, cards + i * CARD_SIZE, FITS_KEYWORD_SIZE - 1);
        if (!clean_card(cards + i * CARD_SIZE))
            return error_set(error, STATUS_BAD_INPUT,
                             "the WCS in the header cannot be used: the value of %s is none",
                             keyword);
    }
    return STATUS_OK;
}

// wcslib's scanners of cards and units (7.12) end the process where an allocation fails; each takes
// some 40 kB at a time.
enum { PARSER_MEMORY = 512 << 10 };

Status sky_wcs_parse(const char *cards, size_t n_cards, SkyWcs **result, Error *error)
{
    *result = NULL;
    size_t n_bytes;
    if (n_cards > INT_MAX || !memory_multiply(n_cards, CARD_SIZE, &n_bytes))
        return error_set(error, STATUS_BAD_INPUT, "the header has too many cards for a WCS");
    // wcspih wants to be able to write to the header.
    char *copy = malloc(n_bytes + 1);
    if (copy == NULL || !memory_is_there(PARSER_MEMORY)) {
        free(copy);
        return error_memory(error, "an image header");
    }
    memcpy(copy, cards, n_bytes);
    copy[n_bytes] = '\0';
    Status status = clean_cards(copy, n_cards, error);
    if (status != STATUS_OK) {
        free(copy);
        return status;
    }
    int n_rejected = 0, n = 0;
    struct wcsprm *all = NULL;
    int code = wcspih(copy, (int)n_cards, WCSHDR_all, 0, &n_rejected, &n, &all);
    if (all == NULL)
        n = 0; // which it is not where memory ran out
    if (code != 0)
        status = code == WCSHDRERR_MEMORY
                     ? error_memory(error, "a WCS")
                     : error_set(error, STATUS_BAD_INPUT,
                                 "the WCS in the header cannot be read: %s", wcshdr_errmsg[code]);
    struct wcsprm *description = primary_description(all, n);
    if (status == STATUS_OK && description != NULL && description->naxis >= 2)
        status = build(description, result, error);
    if (all != NULL)
        wcsvfree(&n, &all);
    free(copy);
    return status;
}

void sky_wcs_free(SkyWcs *wcs)
{
    if (wcs == NULL)
        return;
    wcsfree(&wcs->wcs);
    pthread_mutex_destroy(&wcs->mutex);
    free(wcs);
}

double sky_wcs_pixel_scale(const SkyWcs *wcs)
{
    return wcs->pixel_scale;
}

// Positions handed to wcslib at a time, on the stack.
enum { CHUNK = 64 };

// Each returns wcslib's code; but for a want of memory, what has no answer is NaN.
static int chunk_to_sky(SkyWcs *wcs, const double (*from)[2], int n, double (*to)[2])
{
    double intermediate[CHUNK][2], phi[CHUNK], theta[CHUNK], world[CHUNK][2];
    int stat[CHUNK] = {0};
    pthread_mutex_lock(&wcs->mutex);
    int code = wcsp2s(&wcs->wcs, n, 2, from[0], intermediate[0], phi, theta, world[0], stat);
    pthread_mutex_unlock(&wcs->mutex);
    for (int i = 0; i < n; i++) {
        bool known = (code == 0 || code == WCSERR_BAD_PIX) && stat[i] == 0;
        if (!known || !sky_system_to_icrs(wcs->system, world[i][wcs->wcs.lng],
                                          world[i][wcs->wcs.lat], &to[i][0], &to[i][1]))
            to[i][0] = to[i][1] = NAN;
    }
    return code;
}

static int chunk_to_pixel(SkyWcs *wcs, const double (*from)[2], int n, double (*to)[2])
{
    double intermediate[CHUNK][2], phi[CHUNK], theta[CHUNK], world[CHUNK][2];
    int stat[CHUNK] = {0};
    bool asked[CHUNK] = {false};
    for (int i = 0; i < n; i++) {
        double *pair = world[i];
        asked[i] = sky_system_from_icrs(wcs->system, from[i][0], from[i][1], &pair[wcs->wcs.lng],
                                        &pair[wcs->wcs.lat]);
        if (!asked[i])
            pair[0] = pair[1] = 0.0;
    }
    pthread_mutex_lock(&wcs->mutex);
    int code = wcss2p(&wcs->wcs, n, 2, world[0], phi, theta, intermediate[0], to[0], stat);
    pthread_mutex_unlock(&wcs->mutex);
    for (int i = 0; i < n; i++)
        if (!asked[i] || (code != 0 && code != WCSERR_BAD_WORLD) || stat[i] != 0)
            to[i][0] = to[i][1] = NAN;
    return code;
}

static Status map(const SkyWcs *wcs, const double (*from)[2], size_t n, double (*to)[2],
                  int (*chunk)(SkyWcs *, const double (*)[2], int, double (*)[2]), Error *error)
{
    // The lock and wcslib's scratch space are not part of what a caller sees of a const SkyWcs.
    SkyWcs *mutable = (SkyWcs *)wcs;
    for (size_t i = 0; i < n; i += CHUNK)
        if (chunk(mutable, from + i, n - i < CHUNK ? (int)(n - i) : CHUNK, to + i) == WCSERR_MEMORY)
            return error_memory(error, "the positions on the sky");
    return STATUS_OK;
}

Status sky_wcs_to_sky_array(const SkyWcs *wcs, const double (*from)[2], size_t n, double (*to)[2],
                            Error *error)
{
    return map(wcs, from, n, to, chunk_to_sky, error);
}

Status sky_wcs_to_pixel_array(const SkyWcs *wcs, const double (*from)[2], size_t n, double (*to)[2],
                              Error *error)
{
    return map(wcs, from, n, to, chunk_to_pixel, error);
}

Status sky_wcs_to_sky(const SkyWcs *wcs, double x, double y, double *ra, double *dec, bool *known,
                      Error *error)
{
    double from[1][2] = {{x, y}}, to[1][2] = {{NAN, NAN}};
    Status status = sky_wcs_to_sky_array(wcs, from, 1, to, error);
    *ra = to[0][0];
    *dec = to[0][1];
    *known = status == STATUS_OK && isfinite(*ra) && isfinite(*dec);
    return status;
}

Status sky_wcs_to_pixel(const SkyWcs *wcs, double ra, double dec, double *x, double *y, bool *known,
                        Error *error)
{
    double from[1][2] = {{ra, dec}}, to[1][2] = {{NAN, NAN}};
    Status status = sky_wcs_to_pixel_array(wcs, from, 1, to, error);
    *x = to[0][0];
    *y = to[0][1];
    *known = status == STATUS_OK && isfinite(*x) && isfinite(*y);
    return status;
}

// Rotations of direction vectors. Galactic, ecliptic and FK4 positions are reached through FK5, as
// AST does for DS9, so that regions DS9 saves in any system come back to the same pixel.

// Mignard & Froeschle 2000, A&A 354, 732: FK5 is turned from ICRS by (-19.9, -9.1, 22.9) mas.
static const double fk5_to_icrs[3][3] = {
    {0.9999999999999929, 1.1102233509835495e-07, 4.411803963527301e-08},
    {-1.1102233084981164e-07, 0.9999999999999892, -9.647792498531089e-08},
    {-4.4118050326662195e-08, 9.647792009628368e-08, 0.9999999999999943},
};
// Pole and centre of 1958 (Blaauw et al. 1960) brought to J2000 by the FK4-FK5 matrix below.
static const double fk5_to_galactic[3][3] = {
    {-0.05487553939571447, -0.8734371047274333, -0.48383499177032224},
    {0.4941094536233634, -0.4448295942988166, 0.7469822487020499},
    {-0.8676661356858694, -0.1980763896109499, 0.4559837945175692},
};
// Obliquity and frame bias of J2000 (IAU 2006; ERFA's ecm06), which AST applies to FK5 positions.
static const double fk5_to_ecliptic[3][3] = {
    {0.9999999999999941, -7.078368960971556e-08, 8.056213977613186e-08},
    {3.2897004077419646e-08, 0.9174821299149584, 0.39777699944404793},
    {-1.0207044725484355e-07, -0.39777699944404304, 0.9174821299149556},
};
// B1950 without E-terms to J2000 without proper motion (Murray 1989, A&A 218, 325, equations 28
// and 29), at epoch J2000.
static const double fk4_to_fk5[3][3] = {
    {0.9999256781729246, -0.01118206021640065, -0.00485794824804970},
    {0.01118206027057975, 0.9999374784411637, -2.71507936403e-05},
    {0.00485794812336190, -2.71730949663999e-05, 0.9999881997317609},
};
// E-terms of aberration at B1950, radians (Standish 1982, A&A 115, 20).
static const double e_terms[3] = {-1.62557e-6, -0.31919e-6, -0.13843e-6};

static void to_vector(double longitude, double latitude, double v[3])
{
    double l = longitude * (M_PI / 180.0), b = latitude * (M_PI / 180.0);
    v[0] = cos(b) * cos(l);
    v[1] = cos(b) * sin(l);
    v[2] = sin(b);
}

static void to_angles(const double v[3], double *longitude, double *latitude)
{
    double l = atan2(v[1], v[0]) * (180.0 / M_PI);
    if (l < 0.0)
        l += 360.0;
    *longitude = l < 360.0 ? l : 0.0;
    *latitude = atan2(v[2], hypot(v[0], v[1])) * (180.0 / M_PI);
}

static void rotate(const double matrix[3][3], bool transposed, double v[3])
{
    double w[3] = {v[0], v[1], v[2]};
    for (int i = 0; i < 3; i++) {
        v[i] = 0.0;
        for (int j = 0; j < 3; j++)
            v[i] += (transposed ? matrix[j][i] : matrix[i][j]) * w[j];
    }
}

// Catalogue places in FK4 contain the E-terms: removed on the way out, added on the way in.
static void fk4_remove_e_terms(double v[3])
{
    double dot = v[0] * e_terms[0] + v[1] * e_terms[1] + v[2] * e_terms[2];
    for (int i = 0; i < 3; i++)
        v[i] += dot * v[i] - e_terms[i];
}

static void fk4_add_e_terms(double v[3])
{
    double clean[3] = {v[0], v[1], v[2]};
    // The E-terms are 1.7e-6 radians: after two rounds what is left out is beneath 1e-11 radians.
    for (int round = 0; round < 2; round++) {
        double dot = v[0] * e_terms[0] + v[1] * e_terms[1] + v[2] * e_terms[2];
        for (int i = 0; i < 3; i++)
            v[i] = (clean[i] + e_terms[i]) / (1.0 + dot);
    }
}

static bool position_is_possible(double longitude, double latitude)
{
    return isfinite(longitude) && isfinite(latitude) && fabs(latitude) <= 90.0;
}

bool sky_system_to_icrs(SkySystem system, double longitude, double latitude, double *ra,
                        double *dec)
{
    if (!position_is_possible(longitude, latitude))
        return false;
    if (system == SKY_ICRS) {
        double turned = fmod(longitude, 360.0);
        *ra = turned < 0.0 ? turned + 360.0 : turned;
        *dec = latitude;
        return true;
    }
    double v[3];
    to_vector(longitude, latitude, v);
    if (system == SKY_FK4) {
        fk4_remove_e_terms(v);
        rotate(fk4_to_fk5, false, v);
    } else if (system != SKY_FK5) {
        rotate(system == SKY_GALACTIC ? fk5_to_galactic : fk5_to_ecliptic, true, v);
    }
    rotate(fk5_to_icrs, false, v);
    to_angles(v, ra, dec);
    return true;
}

bool sky_system_from_icrs(SkySystem system, double ra, double dec, double *longitude,
                          double *latitude)
{
    if (system == SKY_ICRS)
        return sky_system_to_icrs(system, ra, dec, longitude, latitude);
    if (!position_is_possible(ra, dec))
        return false;
    double v[3];
    to_vector(ra, dec, v);
    rotate(fk5_to_icrs, true, v);
    if (system == SKY_FK4) {
        rotate(fk4_to_fk5, true, v);
        fk4_add_e_terms(v);
    } else if (system != SKY_FK5) {
        rotate(system == SKY_GALACTIC ? fk5_to_galactic : fk5_to_ecliptic, false, v);
    }
    to_angles(v, longitude, latitude);
    return true;
}

double sky_distance(double ra_1, double dec_1, double ra_2, double dec_2)
{
    const double degree = M_PI / 180.0;
    double half_dec = sin(0.5 * (dec_2 - dec_1) * degree);
    double half_ra = sin(0.5 * (ra_2 - ra_1) * degree);
    double h = half_dec * half_dec + cos(dec_1 * degree) * cos(dec_2 * degree) * half_ra * half_ra;
    return 2.0 / degree * asin(fmin(1.0, sqrt(h)));
}
