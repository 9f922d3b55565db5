#include "mock/mock_galaxy.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "mock/mock_population.h"

static const double pi = 3.141592653589793;

// The three populations of a disc, V-I and so on as in Bell & de Jong (2000): an old disc, the
// bulge, and the arms' young stars.
static const MockColours disc_colours = {{1.65, 0.85, 0.72, 0.0, -0.98}};
static const MockColours bulge_colours = {{2.70, 1.35, 0.92, 0.0, -1.15}};
static const MockColours young_colours = {{-0.75, -0.45, 0.15, 0.0, -0.50}};

MockGalaxy mock_galaxy(const MockSettings *settings)
{
    double angle = settings->position_angle * pi / 180.0;
    return (MockGalaxy){
        .settings = settings,
        .kpc_per_pixel = settings->distance * 1e3 * settings->pixel_scale / 206264.8,
        .cos_angle = cos(angle),
        .sin_angle = sin(angle),
        .cos_inclination = fmax(0.15, cos(settings->inclination * pi / 180.0)),
        .noise_seed = settings->seed * 0x9e3779b97f4a7c15u + 1,
    };
}

// Uniform in [0, 1) for a lattice point.
static double lattice(uint64_t seed, int64_t i, int64_t j)
{
    uint64_t z = seed ^ ((uint64_t)i * 0x9e3779b97f4a7c15u) ^ ((uint64_t)j * 0xc2b2ae3d27d4eb4fu);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

// Smooth noise of unit wavelength, 0 to 1.
static double smooth_noise(uint64_t seed, double x, double y)
{
    double fx = floor(x);
    double fy = floor(y);
    int64_t i = (int64_t)fx;
    int64_t j = (int64_t)fy;
    double u = x - fx;
    double v = y - fy;
    u = u * u * (3.0 - 2.0 * u);
    v = v * v * (3.0 - 2.0 * v);
    double low = lattice(seed, i, j) * (1.0 - u) + lattice(seed, i + 1, j) * u;
    double high = lattice(seed, i, j + 1) * (1.0 - u) + lattice(seed, i + 1, j + 1) * u;
    return low * (1.0 - v) + high * v;
}

// Interstellar structure is scale-free: octaves of smooth noise, each of half the wavelength and
// 0.55 of the amplitude (a power spectrum near k^-2.7, Elmegreen & Scalo 2004). About -1 to 1.
static double fractal_noise(uint64_t seed, double x, double y, int octaves)
{
    double sum = 0.0;
    double amplitude = 1.0;
    for (int octave = 0; octave < octaves; octave++) {
        sum += amplitude * (2.0 * smooth_noise(seed + (uint64_t)octave, x, y) - 1.0);
        // Turned by 37 degrees, so that the lattices do not line up.
        double turned = 1.597 * x - 1.204 * y;
        y = 1.204 * x + 1.597 * y;
        x = turned;
        amplitude *= 0.55;
    }
    return sum;
}

// 1 on the ridge of an arm, falling to exp(-2 sharpness) between.
static double ridge(double phase, double sharpness)
{
    return exp(sharpness * (cos(phase) - 1.0));
}

static double arm_map_at(const MockArmMap *map, double x, double y)
{
    double fx = fmin((double)map->columns - 1.001, fmax(0.0, x / (double)map->step));
    double fy = fmin((double)map->rows - 1.001, fmax(0.0, y / (double)map->step));
    size_t column = (size_t)fx;
    size_t row = (size_t)fy;
    double u = fx - (double)column;
    double v = fy - (double)row;
    const float *low = map->values + row * map->columns + column;
    const float *high = low + map->columns;
    return (1.0 - v) * ((1.0 - u) * low[0] + u * low[1]) + v * ((1.0 - u) * high[0] + u * high[1]);
}

Status mock_arm_map_new(const double *x, const double *y, size_t n, size_t width, size_t height,
                        MockArmMap *map, Error *error)
{
    static const double spread = 60.0; // pixels: the width of an arm at 10-20 Mpc is 2-3 times this
    *map = (MockArmMap){.step = 32};
    map->columns = width / map->step + 2;
    map->rows = height / map->step + 2;
    map->values = memory_new(map->rows * map->columns, sizeof *map->values);
    if (map->values == NULL)
        return error_memory(error, "a map of the arms");
    float largest = 0.0f;
    for (size_t row = 0; row < map->rows; row++) {
        for (size_t column = 0; column < map->columns; column++) {
            double sum = 0.0;
            for (size_t i = 0; i < n; i++) {
                double dx = ((double)(column * map->step) - x[i]) / spread;
                double dy = ((double)(row * map->step) - y[i]) / spread;
                double distance = dx * dx + dy * dy;
                if (distance < 20.0)
                    sum += exp(-0.5 * distance);
            }
            // The square root brings out the fainter arms beside the crowded ones.
            float value = (float)sqrt(sum);
            map->values[row * map->columns + column] = value;
            largest = fmaxf(largest, value);
        }
    }
    for (size_t i = 0; i < map->rows * map->columns && largest > 0.0f; i++)
        map->values[i] /= largest;
    return STATUS_OK;
}

MockPlace mock_galaxy_at(const MockGalaxy *galaxy, double x, double y)
{
    const MockSettings *settings = galaxy->settings;
    double dx = (x - 0.5 * (double)settings->width) * galaxy->kpc_per_pixel + settings->offset_x;
    double dy = (y - 0.5 * (double)settings->height) * galaxy->kpc_per_pixel + settings->offset_y;
    double u = dx * galaxy->cos_angle + dy * galaxy->sin_angle;
    double v = (dy * galaxy->cos_angle - dx * galaxy->sin_angle) / galaxy->cos_inclination;
    double r = hypot(u, v);
    double h = settings->scale_length;

    // Structure of 400 pc and below; arms wander by structure of 1.5 kpc.
    double clumps = fractal_noise(galaxy->noise_seed, u / 0.4, v / 0.4, 5);
    double filaments = 1.0 - fabs(fractal_noise(galaxy->noise_seed + 100, u / 0.5, v / 0.5, 6));
    double wander = fractal_noise(galaxy->noise_seed + 200, u / 1.5, v / 1.5, 2);
    double arm;
    double lane;
    if (galaxy->arm_map != NULL) {
        arm = arm_map_at(galaxy->arm_map, x, y);
        lane = arm;
    } else if (settings->arms > 0) {
        double spiral = log(fmax(r, 0.05)) / tan(settings->pitch * pi / 180.0);
        double phase = (double)settings->arms * (atan2(v, u) - spiral) + 0.9 * wander;
        arm = ridge(phase, 2.5);
        lane = ridge(phase + 0.7, 4.0); // lanes run along the inner edges
        arm *= fmin(1.0, r / 0.8);      // arms begin outside the bulge
    } else {
        arm = 1.0 / (1.0 + exp(-4.0 * wander));
        lane = arm;
    }
    double fade = exp(-r / h);
    MockPlace place;
    place.old = fade;
    place.young = fade * (0.12 + 0.88 * arm) * fmin(1.0, exp(2.0 * (clumps - 0.6)));
    double thickness = pow(fmax(0.0, filaments), 4.0);
    place.extinction =
        settings->dust * thickness * (0.25 + 0.75 * lane) * fmin(1.0, 1.5 * exp(-0.5 * r / h));

    double arcsec2 = settings->pixel_scale * settings->pixel_scale;
    double disc = fade * (1.0 + 0.15 * clumps);
    double bulge = settings->bulge * pow(1.0 + pow(r / settings->bulge_radius, 2.0), -1.4);
    double young = settings->arm_contrast * fade * arm * (0.7 + 0.6 * fmax(0.0, clumps));
    for (int band = 0; band < MOCK_BANDS; band++) {
        double unit = mock_band_flux(band, settings->surface_brightness) * arcsec2;
        double light = disc * pow(10.0, -0.4 * disc_colours.minus_v[band]) +
                       bulge * pow(10.0, -0.4 * bulge_colours.minus_v[band]) +
                       young * pow(10.0, -0.4 * young_colours.minus_v[band]);
        double depth = place.extinction * mock_band(band)->extinction /
                       mock_band(MOCK_V)->extinction * 0.921; // 0.4 ln 10
        // Half of the light is in front of the dust where lanes are thin clouds in the mid-plane;
        // the rest is dimmed.
        place.flux[band] = unit * light * (0.35 + 0.65 * exp(-depth));
    }
    return place;
}

void mock_galaxy_draw(const MockGalaxy *galaxy, Random *random, double share, double *x, double *y)
{
    // One of 32 uniform tries, with a chance in proportion to its density: the largest of
    // density / exponential variate wins. Unlike rejection it ends where the field is nearly empty.
    double best = -1.0;
    for (int i = 0; i < 32; i++) {
        double tx = random_uniform(random) * (double)galaxy->settings->width - 0.5;
        double ty = random_uniform(random) * (double)galaxy->settings->height - 0.5;
        MockPlace place = mock_galaxy_at(galaxy, tx, ty);
        double density = share * place.young + (1.0 - share) * place.old;
        double score = density / -log(1.0 - random_uniform(random));
        if (score > best) {
            best = score;
            *x = tx;
            *y = ty;
        }
    }
}

enum {
    GRID = 4,        // pixels between the points where the galaxy is evaluated
    BLOCK_ROWS = 64, // rows rendered in one go
    REACH = 5,       // pixels on either side that the fluctuations are smoothed over
};

typedef struct GalaxyWork {
    const MockGalaxy *galaxy;
    const MockPsf *psf;
    float *const *images;
    float *grid;  // [band][rows][columns]
    float *white; // [thread][2][BLOCK_ROWS + 2 REACH][width + 2 REACH]
    size_t columns;
    size_t rows;
} GalaxyWork;

static void galaxy_grid_row(void *context, size_t row, size_t thread)
{
    (void)thread;
    const GalaxyWork *work = context;
    for (size_t column = 0; column < work->columns; column++) {
        MockPlace place =
            mock_galaxy_at(work->galaxy, (double)(column * GRID), (double)(row * GRID));
        for (int band = 0; band < MOCK_BANDS; band++)
            work->grid[((size_t)band * work->rows + row) * work->columns + column] =
                (float)place.flux[band];
    }
}

// The unresolved light at a pixel, between the grid's points.
static float galaxy_light(const GalaxyWork *work, int band, size_t x, size_t y)
{
    const float *corner =
        work->grid + ((size_t)band * work->rows + y / GRID) * work->columns + x / GRID;
    float u = (float)(x % GRID) / GRID;
    float v = (float)(y % GRID) / GRID;
    float low = corner[0] + u * (corner[1] - corner[0]);
    float high = corner[work->columns] + u * (corner[work->columns + 1] - corner[work->columns]);
    return low + v * (high - low);
}

// Stars too faint to be drawn one by one leave noise of variance light * flux of a typical one
// (Tonry & Schneider 1988), smoothed by the PSF. The bands see the same stars.
static void galaxy_block(void *context, size_t block, size_t thread)
{
    const GalaxyWork *work = context;
    const MockSettings *settings = work->galaxy->settings;
    size_t width = settings->width;
    size_t first = block * BLOCK_ROWS;
    size_t n_rows = settings->height - first;
    n_rows = n_rows < BLOCK_ROWS ? n_rows : BLOCK_ROWS;
    size_t stride = width + 2 * REACH;
    float *white = work->white + thread * 2 * (BLOCK_ROWS + 2 * REACH) * stride;
    float *smooth = white + (BLOCK_ROWS + 2 * REACH) * stride;
    for (size_t i = 0; i < n_rows + 2 * REACH; i++) {
        Random random = random_start(work->galaxy->noise_seed, first + i);
        for (size_t x = 0; x < stride; x++)
            white[i * stride + x] = (float)random_normal(&random);
    }
    double modulus = 5.0 * log10(settings->distance) + 25.0;
    for (int band = 0; band < MOCK_BANDS; band++) {
        const MockMixture *psf = &work->psf->band[band];
        double variance = (psf->weight[0] * psf->variance[0] + psf->weight[1] * psf->variance[1]) /
                          (psf->weight[0] + psf->weight[1]);
        float kernel[2 * REACH + 1];
        float sum = 0.0f;
        for (int k = -REACH; k <= REACH; k++)
            sum += kernel[k + REACH] = (float)exp(-k * k / (2.0 * variance));
        for (int k = 0; k <= 2 * REACH; k++)
            kernel[k] /= sum;
        for (size_t i = 0; i < n_rows + 2 * REACH; i++) {
            for (size_t x = 0; x < width; x++) {
                float value = 0.0f;
                for (int k = 0; k <= 2 * REACH; k++)
                    value += kernel[k] * white[i * stride + x + (size_t)k];
                smooth[i * stride + x] = value;
            }
        }
        float typical = (float)mock_band_flux(band, mock_band(band)->fluctuation_mag + modulus);
        for (size_t i = 0; i < n_rows; i++) {
            float *pixels = work->images[band] + (first + i) * width;
            for (size_t x = 0; x < width; x++) {
                float value = 0.0f;
                for (int k = 0; k <= 2 * REACH; k++)
                    value += kernel[k] * smooth[(i + (size_t)k) * stride + x];
                float light = galaxy_light(work, band, x, first + i);
                float fluctuation = value * sqrtf(light * typical);
                pixels[x] += light + fmaxf(-0.8f * light, fluctuation);
            }
        }
    }
}

Status mock_galaxy_render(const MockGalaxy *galaxy, const MockPsf *psf, float *const *images,
                          Parallel *parallel, Error *error)
{
    const MockSettings *settings = galaxy->settings;
    GalaxyWork work = {.galaxy = galaxy, .psf = psf, .images = images};
    work.columns = settings->width / GRID + 2;
    work.rows = settings->height / GRID + 2;
    work.grid = memory_new_aligned(MOCK_BANDS * work.rows * work.columns, sizeof *work.grid);
    work.white = memory_new_aligned(parallel_thread_count(parallel) * 2 * (BLOCK_ROWS + 2 * REACH) *
                                        (settings->width + 2 * REACH),
                                    sizeof *work.white);
    Status status = STATUS_OK;
    if (work.grid == NULL || work.white == NULL) {
        status = error_memory(error, "the light of a mock galaxy");
        goto done;
    }
    parallel_run(parallel, work.rows, galaxy_grid_row, &work);
    parallel_run(parallel, (settings->height + BLOCK_ROWS - 1) / BLOCK_ROWS, galaxy_block, &work);
done:
    free(work.grid);
    free(work.white);
    return status;
}
