#include "classifier/recipe_bands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sky/image/band.h"
#include "sky/image/calibration.h"
#include "sky/image/sky_wcs.h"
#include "sky/source/band_positions.h"

// StarcNet's training images are 0.0396 arcsec a pixel where the recipe says 0.04, and a network
// trained with sources enlarged by 1.07 does not mind as much.
static const double scale_tolerance = 1.1;

// Word `index` of text in word[MODEL_NAME_SIZE]; "" where there are not as many.
static void nth_word(const char *text, size_t index, char *word)
{
    word[0] = '\0';
    text += strspn(text, " ");
    for (; index > 0 && *text != '\0'; index--) {
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    size_t length = strcspn(text, " ");
    if (index == 0 && length < MODEL_NAME_SIZE)
        snprintf(word, MODEL_NAME_SIZE, "%.*s", (int)length, text);
}

// Which of the band's accepted filters the image was taken through; the first where it does not
// say.
static size_t filter_index(const BandRecipe *band, const char *filter, bool *accepted)
{
    char word[MODEL_NAME_SIZE];
    *accepted = false;
    for (size_t i = 0; nth_word(band->filters, i, word), word[0] != '\0'; i++)
        if (band_matches(filter, word)) {
            *accepted = true;
            return i;
        }
    return 0;
}

static double zero_point(const BandRecipe *band, size_t filter)
{
    char word[MODEL_NAME_SIZE];
    char *end;
    nth_word(band->zero_points, filter, word);
    double value = strtod(word, &end);
    return end != word && *end == '\0' ? value : NAN;
}

// Resampled pixels have the reference grid's area.
static double pixel_area(const Bands *bands, size_t band)
{
    const Image *grid = bands_image(bands, bands_resampled(bands, band) ? 0 : band);
    return calibration_pixel_area(grid);
}

static Status check_filter(const BandRecipe *wanted, Bands *bands, size_t band, const char *filter,
                           Error *error)
{
    char text[CALIBRATION_NOTE_SIZE];
    snprintf(text, sizeof text, "the header says %.24s where %.64s is wanted", filter,
             wanted->filters);
    return bands_add_note(bands, band, BAND_WARNING, text, error);
}

static Status fit_band(const Recipe *recipe, Bands *bands, size_t band, Error *error)
{
    const BandRecipe *wanted = &recipe->bands[band];
    const Image *image = bands_image(bands, band);
    char filter[BAND_NAME_SIZE];
    bool accepted;
    band_of_header(image, filter, sizeof filter);
    size_t index = filter_index(wanted, filter, &accepted);
    Status status = STATUS_OK;
    if (filter[0] != '\0' && !accepted)
        status = check_filter(wanted, bands, band, filter, error);
    const CalibrationTarget target = {recipe->unit, zero_point(wanted, index)};
    Calibration calibration;
    calibration_of_image(image, &target, pixel_area(bands, band), &calibration);
    bands_set_factor(bands, band, calibration.factor);
    if (status == STATUS_OK && calibration.note[0] != '\0')
        status = bands_add_note(bands, band,
                                calibration.warns      ? BAND_WARNING
                                : calibration.converts ? BAND_CONVERSION
                                                       : BAND_REMARK,
                                calibration.note, error);
    return status;
}

static Status check_scale(const Recipe *recipe, Bands *bands, Error *error)
{
    const SkyWcs *wcs = image_wcs(bands_image(bands, 0));
    double scale = wcs != NULL ? sky_wcs_pixel_scale(wcs) : 0.0;
    double ratio = scale / recipe->pixel_scale;
    char text[CALIBRATION_NOTE_SIZE];
    if (!(recipe->pixel_scale > 0.0) || !(scale > 0.0) ||
        (ratio <= scale_tolerance && ratio >= 1.0 / scale_tolerance))
        return STATUS_OK;
    snprintf(text, sizeof text,
             "pixels of %.4g arcsec, %.3g times the %.4g that the model was trained on", scale,
             ratio, recipe->pixel_scale);
    bands_set_other_scale(bands);
    return bands_add_note(bands, 0, BAND_WARNING, text, error);
}

Status recipe_fit_bands(const Recipe *recipe, Bands *bands, Error *error)
{
    bands_forget_notes(bands);
    if (bands_count(bands) != recipe->n_bands)
        return STATUS_OK;
    Status status = check_scale(recipe, bands, error);
    for (size_t i = 0; status == STATUS_OK && i < recipe->n_bands; i++)
        status = fit_band(recipe, bands, i, error);
    return status;
}

Status recipe_take_band_positions(const Recipe *recipe, SourceList *list, Error *error)
{
    const char *roles[RECIPE_BANDS_MAX];
    bool taken;
    for (size_t i = 0; i < recipe->n_bands; i++)
        roles[i] = recipe->bands[i].role;
    return source_list_take_band_positions(list, roles, recipe->n_bands, &taken, error);
}
