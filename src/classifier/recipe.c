#include "classifier/recipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

CutoutRule recipe_cutout_rule(const Recipe *recipe)
{
    return (CutoutRule){
        .size = recipe->cutout_size,
        .centre = recipe->cutout_nearest ? CUTOUT_NEAREST : CUTOUT_STARCNET,
        .border = recipe->cutout_border,
        .pad = recipe->cutout_pad,
        .zero_block = recipe->zero_block,
    };
}

void recipe_take_as_is(Recipe *recipe)
{
    recipe->zero_block = 0;
    recipe->unit[0] = '\0';
    for (size_t i = 0; i < recipe->n_bands; i++)
        recipe->bands[i].zero_points[0] = '\0';
}

size_t recipe_channel_count(const Recipe *recipe)
{
    return recipe->n_bands + (recipe->has_constant_channel ? 1 : 0);
}

// ---- Resizing ------------------------------------------------------------------------------

// Where each output pixel's centre falls in the input: it lies `weight` of the way from pixel
// `low` to pixel `high`.
typedef struct Tap {
    size_t low, high;
    float weight;
} Tap;

// Half-pixel centres: output pixel i is at (i + 0.5) * in / out - 0.5. Outside the outermost
// centres the image is mirrored about them (scikit-image's "reflect", scipy's "mirror").
static Tap *taps_new(size_t size_in, size_t size_out)
{
    Tap *taps = memory_new(size_out, sizeof *taps);
    if (taps == NULL)
        return NULL;
    double last = (double)(size_in - 1);
    for (size_t i = 0; i < size_out; i++) {
        double place = ((double)i + 0.5) * (double)size_in / (double)size_out - 0.5;
        place = fabs(place);
        place = place > last ? 2.0 * last - place : place;
        place = place > 0.0 ? place : 0.0; // a single pixel
        size_t low = (size_t)place;
        taps[i] = (Tap){low, low + 1 < size_in ? low + 1 : low, (float)(place - (double)low)};
    }
    return taps;
}

static void resize_with_taps(const float *image, size_t size_in, size_t channels, const Tap *taps,
                             size_t size_out, float *rows, float *resized)
{
    // Along columns first: rows[size_in][size_out][channels].
    for (size_t y = 0; y < size_in; y++)
        for (size_t x = 0; x < size_out; x++) {
            const float *low = image + (y * size_in + taps[x].low) * channels;
            const float *high = image + (y * size_in + taps[x].high) * channels;
            float *out = rows + (y * size_out + x) * channels;
            for (size_t c = 0; c < channels; c++)
                out[c] = low[c] + taps[x].weight * (high[c] - low[c]);
        }
    size_t row = size_out * channels;
    for (size_t y = 0; y < size_out; y++) {
        const float *low = rows + taps[y].low * row;
        const float *high = rows + taps[y].high * row;
        for (size_t i = 0; i < row; i++)
            resized[y * row + i] = low[i] + taps[y].weight * (high[i] - low[i]);
    }
}

Status resize_bilinear(const float *image, size_t size_in, size_t channels, size_t size_out,
                       float *resized, Error *error)
{
    Tap *taps = taps_new(size_in, size_out);
    float *rows = memory_new(size_in * size_out * channels, sizeof *rows);
    if (taps != NULL && rows != NULL)
        resize_with_taps(image, size_in, channels, taps, size_out, rows, resized);
    bool enough = taps != NULL && rows != NULL;
    free(rows);
    free(taps);
    return enough ? STATUS_OK : error_memory(error, "resizing a cutout");
}

// ---- Normalising ---------------------------------------------------------------------------

static void subtract_band_means(const Recipe *recipe, size_t area, float *image)
{
    for (size_t i = 0; i < area; i++)
        for (size_t band = 0; band < recipe->n_bands; band++)
            image[i * recipe->n_bands + band] -= (float)recipe->bands[band].mean;
}

// Each band of one image to mean 0 and standard deviation 1 (population, as numpy's std). A flat
// band, as where the survey has no data, becomes 0 rather than NaN.
static void standardise(size_t n_bands, size_t area, float *image)
{
    for (size_t band = 0; band < n_bands; band++) {
        double sum = 0.0;
        for (size_t i = 0; i < area; i++)
            sum += (double)image[i * n_bands + band];
        double mean = sum / (double)area, squares = 0.0;
        for (size_t i = 0; i < area; i++) {
            double difference = (double)image[i * n_bands + band] - mean;
            squares += difference * difference;
        }
        double deviation = sqrt(squares / (double)area);
        double factor = deviation > 0.0 ? 1.0 / deviation : 0.0;
        for (size_t i = 0; i < area; i++)
            image[i * n_bands + band] =
                (float)(((double)image[i * n_bands + band] - mean) * factor);
    }
}

// [area][bands] -> [area][bands + 1]; the two do not overlap.
static void add_constant_channel(const Recipe *recipe, const float *image, size_t area,
                                 float *input)
{
    size_t n_bands = recipe->n_bands;
    for (size_t i = 0; i < area; i++) {
        memcpy(input + i * (n_bands + 1), image + i * n_bands, n_bands * sizeof *input);
        input[i * (n_bands + 1) + n_bands] = (float)recipe->constant_channel;
    }
}

Status recipe_apply(const Recipe *recipe, const float *cutouts, size_t n, float *input,
                    Error *error)
{
    size_t size_in = recipe->cutout_size, size_out = recipe->input_size;
    size_t n_bands = recipe->n_bands, area = size_out * size_out;
    bool resizes = size_in != size_out;
    Tap *taps = resizes ? taps_new(size_in, size_out) : NULL;
    float *rows = resizes ? memory_new(size_in * size_out * n_bands, sizeof *rows) : NULL;
    float *image = memory_new(area * n_bands, sizeof *image);
    Status status = STATUS_OK;
    if ((resizes && (taps == NULL || rows == NULL)) || image == NULL) {
        status = error_memory(error, "preparing cutouts");
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        const float *cutout = cutouts + i * size_in * size_in * n_bands;
        float *out = input + i * area * recipe_channel_count(recipe);
        float *work = recipe->has_constant_channel ? image : out;
        if (resizes)
            resize_with_taps(cutout, size_in, n_bands, taps, size_out, rows, work);
        else
            memcpy(work, cutout, area * n_bands * sizeof *work);
        if (recipe->normalisation == NORMALISE_BAND_MEAN)
            subtract_band_means(recipe, area, work);
        else if (recipe->normalisation == NORMALISE_ZSCORE)
            standardise(n_bands, area, work);
        if (recipe->has_constant_channel)
            add_constant_channel(recipe, work, area, out);
    }
done:
    free(image);
    free(rows);
    free(taps);
    return status;
}
