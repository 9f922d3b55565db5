// From lights to images: strips of rows, saturation, noise.
#include "mock/mock_render.h"

#include <math.h>

#include "base/memory.h"
#include "mock/mock_field_internal.h"
#include "mock/mock_noise.h"

enum {
    STRIP_ROWS = 128,  // rows rendered in one go
    LIGHT_REACH = 200, // pixels beyond which no light is drawn
};

// Gaussians end where they fall below this, a sixtieth of the noise of a smooth pixel.
static const double faintest = 1e-4; // electrons/s

static size_t strip_count(const MockField *field)
{
    return (field->settings.height + STRIP_ROWS - 1) / STRIP_ROWS;
}

// The first light at or above row y.
static size_t first_light(const MockField *field, double y)
{
    size_t low = 0;
    size_t high = field->n_lights;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (field->lights[middle].y < y)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void strip_work(void *context, size_t item, size_t thread)
{
    (void)thread;
    MockField *field = context;
    const MockSettings *settings = &field->settings;
    int band = (int)(item % MOCK_BANDS);
    size_t row = item / MOCK_BANDS * STRIP_ROWS;
    size_t n_rows = settings->height - row < STRIP_ROWS ? settings->height - row : STRIP_ROWS;
    MockCanvas canvas = {field->images[band] + row * settings->width, 0, (long)row, settings->width,
                         n_rows};
    double bottom = (double)row - LIGHT_REACH;
    double top = (double)(row + n_rows) + LIGHT_REACH;
    for (size_t i = first_light(field, bottom); i < field->n_lights && field->lights[i].y < top;
         i++)
        mock_light_render(&field->lights[i], &field->psf, band, faintest, &canvas);
    for (size_t i = 0; i < field->n_objects; i++)
        if (field->objects[i].spike_flux[band] > 0.0)
            mock_spikes_render(field->objects[i].spike_x, field->objects[i].spike_y,
                               field->objects[i].spike_flux[band], field->spike_angle, &field->psf,
                               band, &canvas);
    float throughput = (float)settings->throughput[band];
    // Three exposures a band, each of which saturates by itself.
    float full = (float)(settings->saturation / (settings->exposure[band] / 3.0));
    for (size_t i = 0; i < n_rows * settings->width; i++)
        canvas.pixels[i] = fminf(full, throughput * canvas.pixels[i]);
}

Status mock_render_images(MockField *field, Parallel *parallel, Error *error)
{
    const MockSettings *settings = &field->settings;
    size_t n_pixels;
    if (!memory_multiply(settings->width, settings->height, &n_pixels))
        return error_memory(error, "mock images of this size");
    for (int band = 0; band < MOCK_BANDS; band++) {
        field->images[band] = memory_new(n_pixels, sizeof *field->images[band]);
        if (field->images[band] == NULL)
            return error_memory(error, "mock images of this size");
    }
    Status status = mock_galaxy_render(&field->galaxy, &field->psf, field->images, parallel, error);
    if (status != STATUS_OK)
        return status;
    parallel_run(parallel, MOCK_BANDS * strip_count(field), strip_work, field);
    for (int band = 0; band < MOCK_BANDS; band++) {
        MockNoise noise = {settings->exposure[band],
                           settings->throughput[band] * mock_band(band)->sky, settings->read_noise,
                           3.0};
        status = mock_noise_add(
            &noise, settings->seed, (uint64_t)MOCK_STREAM_NOISE * 256 + (uint64_t)band,
            field->images[band], settings->width, settings->height, parallel, error);
        if (status != STATUS_OK)
            return status;
    }
    for (size_t i = 0; i < field->n_objects; i++) {
        const MockObject *object = &field->objects[i];
        for (size_t k = 0; k < object->n_hits; k++)
            mock_noise_hit(object->hits[k].x, object->hits[k].y, object->hits[k].flux,
                           field->images[object->hits[k].band], settings->width, settings->height);
    }
    return STATUS_OK;
}
