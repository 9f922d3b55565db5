#include "mock/mock_noise.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

// Drizzling spreads a detector pixel over 3 x 3 output pixels. The separable kernel (a, 1, a) with
// this a gives noise correlations of 0.48 at lag (0,1), 0.23 at (1,1), 0.07 at (0,2) and 0 beyond,
// where real COSMOS mosaics have 0.48, 0.23, 0.05 and 0.01. Its sum is 1, so the noise of large
// apertures is what photons give and single pixels are smoother, as in real mosaics.
static const double side = 0.2768;
enum { BLOCK_ROWS = 64 };

typedef struct NoiseWork {
    const MockNoise *noise;
    uint64_t seed;
    uint64_t stream;
    float *pixels;
    float *scratch; // thread_count * (BLOCK_ROWS + 2) * width
    float *edges;   // the light of the rows beside each block's borders, before noise
    size_t width;
    size_t height;
} NoiseWork;

// residual[width]: what one detector row deviates from its mean, electrons/s, smoothed along x.
static void noise_row(const NoiseWork *work, uint64_t row, const float *light, float *residual)
{
    const MockNoise *noise = work->noise;
    Random random = random_start(work->seed, (work->stream << 32) | row);
    double read_variance = noise->read_noise * noise->read_noise * noise->readouts;
    double scale = 1.0 / (1.0 + 2.0 * side);
    double left = 0.0;
    double here = 0.0;
    for (size_t x = 0; x < work->width; x++) {
        double mean = fmax(0.0, ((double)light[x] + noise->sky) * noise->exposure);
        double counts = random_poisson(&random, mean) - mean;
        double right = (counts + sqrt(read_variance) * random_normal(&random)) / noise->exposure;
        if (x > 0)
            residual[x - 1] = (float)(scale * (here + side * (left + right)));
        left = here;
        here = right;
    }
    residual[work->width - 1] = (float)(scale * (here + side * left));
}

static void noise_block(void *context, size_t block, size_t thread)
{
    const NoiseWork *work = context;
    size_t width = work->width;
    float *residual = work->scratch + thread * (BLOCK_ROWS + 2) * width;
    size_t first = block * BLOCK_ROWS;
    size_t n = work->height - first < BLOCK_ROWS ? work->height - first : BLOCK_ROWS;
    // Rows outside the image see the light of the last row inside; stream numbers start at 1 so
    // that the row below the first has one of its own.
    const float *edges = work->edges + 2 * block * width;
    noise_row(work, first, edges, residual);
    for (size_t i = 0; i < n; i++)
        noise_row(work, first + i + 1, work->pixels + (first + i) * width,
                  residual + (i + 1) * width);
    noise_row(work, first + n + 1, edges + width, residual + (n + 1) * width);
    float scale = (float)(1.0 / (1.0 + 2.0 * side));
    float beside = (float)side * scale;
    for (size_t i = 0; i < n; i++) {
        float *pixels = work->pixels + (first + i) * width;
        const float *here = residual + (i + 1) * width;
        for (size_t x = 0; x < width; x++)
            pixels[x] +=
                scale * here[x] + beside * (here[(ptrdiff_t)(x - width)] + here[x + width]);
    }
}

Status mock_noise_add(const MockNoise *noise, uint64_t seed, uint64_t stream, float *pixels,
                      size_t width, size_t height, Parallel *parallel, Error *error)
{
    size_t n_blocks = (height + BLOCK_ROWS - 1) / BLOCK_ROWS;
    NoiseWork work = {.noise = noise,
                      .seed = seed,
                      .stream = stream,
                      .pixels = pixels,
                      .width = width,
                      .height = height};
    work.scratch = memory_new_aligned(parallel_thread_count(parallel) * (BLOCK_ROWS + 2) * width,
                                      sizeof *work.scratch);
    work.edges = memory_new_aligned(2 * n_blocks * width, sizeof *work.edges);
    Status status = STATUS_OK;
    if (work.scratch == NULL || work.edges == NULL) {
        status = error_memory(error, "the noise of a mock image");
        goto done;
    }
    for (size_t block = 0; block < n_blocks; block++) {
        size_t below = block == 0 ? 0 : block * BLOCK_ROWS - 1;
        size_t above = (block + 1) * BLOCK_ROWS < height ? (block + 1) * BLOCK_ROWS : height - 1;
        for (size_t x = 0; x < width; x++) {
            work.edges[2 * block * width + x] = pixels[below * width + x];
            work.edges[(2 * block + 1) * width + x] = pixels[above * width + x];
        }
    }
    parallel_run(parallel, n_blocks, noise_block, &work);
done:
    free(work.scratch);
    free(work.edges);
    return status;
}

void mock_noise_hit(double x, double y, double flux, float *pixels, size_t width, size_t height)
{
    long column = lround(x);
    long row = lround(y);
    double scale = flux / ((1.0 + 2.0 * side) * (1.0 + 2.0 * side));
    for (long i = row - 1; i <= row + 1; i++)
        for (long j = column - 1; j <= column + 1; j++)
            if (i >= 0 && j >= 0 && i < (long)height && j < (long)width)
                pixels[(size_t)i * width + (size_t)j] +=
                    (float)(scale * (i == row ? 1.0 : side) * (j == column ? 1.0 : side));
}
