#include "nn/layers/norm.h"

#include <math.h>
#include <string.h>

#include "nn/simd.h"

// Sums run in float over this many pixels, then in double: as good as all in double (the rounding
// errors of a short run average out), at the speed of float.
enum { PIXELS_PER_RUN = 32 };
// Channels whose sums fit into registers.
enum { BLOCK_CHANNELS = 64 };

// What is written to is fetched from a far cache so many floats ahead; processors do so by
// themselves only for what is read.
enum { CACHE_LINE = 16, WRITE_AHEAD = 1024 };

// One channel's coefficients and sums; the arrays hold one value a channel.
typedef struct Rows {
    double *first, *second; // sums over one source or one batch
    float *run_first, *run_second;
    float *scale, *shift; // z = scale x + shift
    float *mean, *inverse_deviation;
    float *b, *d; // gradient of x = scale g + b x + d
} Rows;

enum { DOUBLE_ROWS = 2, FLOAT_ROWS = 8 };

size_t norm_scratch_size(size_t channels)
{
    return (DOUBLE_ROWS * sizeof(double) / sizeof(float) + FLOAT_ROWS) * channels;
}

static Rows rows_in(void *scratch, size_t channels)
{
    double *sums = scratch;
    void *behind = sums + DOUBLE_ROWS * channels;
    float *floats = behind;
    return (Rows){.first = sums,
                  .second = sums + channels,
                  .run_first = floats,
                  .run_second = floats + channels,
                  .scale = floats + 2 * channels,
                  .shift = floats + 3 * channels,
                  .mean = floats + 4 * channels,
                  .inverse_deviation = floats + 5 * channels,
                  .b = floats + 6 * channels,
                  .d = floats + 7 * channels};
}

// ---- Passes over [pixels][channels] with one coefficient a channel -----------------------------

// Sums of `channels` channels of pixels that are `step` values apart; a constant number of channels
// has its sums in registers.
static inline __attribute__((always_inline)) void block_sums(const float *restrict x, size_t pixels,
                                                             size_t step, const size_t channels,
                                                             float *restrict sum,
                                                             float *restrict square)
{
    float sums[BLOCK_CHANNELS] = {0}, squares[BLOCK_CHANNELS] = {0};
    for (size_t p = 0; p < pixels; p++, x += step)
#pragma omp simd
        for (size_t c = 0; c < channels; c++) {
            sums[c] += x[c];
            squares[c] += x[c] * x[c];
        }
    memcpy(sum, sums, channels * sizeof(float));
    memcpy(square, squares, channels * sizeof(float));
}

SIMD_CLONES
static void run_sums(const float *restrict x, size_t pixels, size_t channels, float *restrict sum,
                     float *restrict square)
{
    size_t c = 0;
    for (; c + BLOCK_CHANNELS <= channels; c += BLOCK_CHANNELS)
        block_sums(x + c, pixels, channels, BLOCK_CHANNELS, sum + c, square + c);
    block_sums(x + c, pixels, channels, channels - c, sum + c, square + c);
}

SIMD_CLONES
static void scale_shift(const float *x, size_t pixels, size_t channels, const float *restrict scale,
                        const float *restrict shift, float slope, float *y)
{
    for (size_t p = 0; p < pixels; p++, x += channels, y += channels) {
        for (size_t c = 0; c < channels; c += CACHE_LINE)
            __builtin_prefetch(y + WRITE_AHEAD + c, 1);
#pragma omp simd
        for (size_t c = 0; c < channels; c++) {
            float z = x[c] * scale[c] + shift[c];
            y[c] = z > 0 ? z : slope * z;
        }
    }
}

// The gradient of z, from that of y.
static inline float through_activation(float z, float grad, float slope, bool guided)
{
    float below = guided ? 0 : slope * grad;
    bool pass = guided ? (z > 0) & (grad > 0) : z > 0;
    return pass ? grad : below;
}

// Of channels first .. first+channels-1; see block_sums.
static inline __attribute__((always_inline)) void
block_gradient_sums(const float *restrict x, const float *restrict grad, size_t pixels, size_t step,
                    size_t first, const size_t channels, float slope, const bool guided,
                    const Rows *rows)
{
    float sum_gx[BLOCK_CHANNELS] = {0}, sum_g[BLOCK_CHANNELS] = {0};
    const float *restrict scale = rows->scale + first, *restrict shift = rows->shift + first;
    x += first;
    grad += first;
    for (size_t p = 0; p < pixels; p++, x += step, grad += step)
#pragma omp simd
        for (size_t c = 0; c < channels; c++) {
            float g = through_activation(x[c] * scale[c] + shift[c], grad[c], slope, guided);
            sum_gx[c] += g * x[c];
            sum_g[c] += g;
        }
    memcpy(rows->run_first + first, sum_gx, channels * sizeof(float));
    memcpy(rows->run_second + first, sum_g, channels * sizeof(float));
}

// Sums of g x and of g over a run of pixels, to rows->run_first and run_second. Needs scale and
// shift.
SIMD_CLONES
static void run_gradient_sums(const float *x, const float *grad, size_t pixels, size_t channels,
                              float slope, bool guided, const Rows *rows)
{
    size_t c = 0;
    for (; !guided && c + BLOCK_CHANNELS <= channels; c += BLOCK_CHANNELS)
        block_gradient_sums(x, grad, pixels, channels, c, BLOCK_CHANNELS, slope, false, rows);
    for (size_t n; c < channels; c += n) {
        n = channels - c < BLOCK_CHANNELS ? channels - c : BLOCK_CHANNELS;
        block_gradient_sums(x, grad, pixels, channels, c, n, slope, guided, rows);
    }
}

// grad_x = a g + b x + d, with one a, b, d a channel (a is the scale that made z).
SIMD_CLONES
static void combine(const float *restrict x, const float *grad, size_t pixels, size_t channels,
                    const float *restrict scale, const float *restrict shift,
                    const float *restrict b, const float *restrict d, float slope, bool guided,
                    float *grad_x)
{
    for (size_t p = 0; p < pixels; p++, x += channels, grad += channels, grad_x += channels)
#pragma omp simd
        for (size_t c = 0; c < channels; c++) {
            float g = through_activation(x[c] * scale[c] + shift[c], grad[c], slope, guided);
            grad_x[c] = scale[c] * g + (b[c] * x[c] + d[c]);
        }
}

static size_t run_length(size_t pixels, size_t first)
{
    return pixels - first < PIXELS_PER_RUN ? pixels - first : PIXELS_PER_RUN;
}

// Adds the sums of x and x^2 over one source to rows->first and rows->second.
static void add_sums(const NormShape *shape, const float *input, const Rows *rows)
{
    for (size_t first = 0; first < shape->pixels; first += PIXELS_PER_RUN) {
        run_sums(input + first * shape->channels, run_length(shape->pixels, first), shape->channels,
                 rows->run_first, rows->run_second);
        for (size_t c = 0; c < shape->channels; c++) {
            rows->first[c] += rows->run_first[c];
            rows->second[c] += rows->run_second[c];
        }
    }
}

static void set_scale_shift(const NormShape *shape, const float *weight, const float *bias,
                            const Moments *moments, size_t per_moment, const Rows *rows)
{
    for (size_t c = 0; c < shape->channels; c++) {
        const Moments *m = &moments[c / per_moment];
        rows->mean[c] = m->mean;
        rows->inverse_deviation[c] = m->inverse_deviation;
        rows->scale[c] = weight[c] * m->inverse_deviation;
        rows->shift[c] = bias[c] - m->mean * rows->scale[c];
    }
}

// Adds a run's sums, of g x and g, to those of g xhat and g.
SIMD_CLONES
static void add_run(const Rows *rows, size_t channels)
{
    double *restrict first = rows->first, *restrict second = rows->second;
    for (size_t c = 0; c < channels; c++) {
        double sum_g = rows->run_second[c];
        first[c] += (rows->run_first[c] - rows->mean[c] * sum_g) * rows->inverse_deviation[c];
        second[c] += sum_g;
    }
}

// Adds the sums of g xhat and g over one source to rows->first and rows->second. Needs the rows of
// set_scale_shift.
static void add_gradient_sums(const NormShape *shape, const float *input, const float *grad_output,
                              bool guided, const Rows *rows)
{
    for (size_t first = 0; first < shape->pixels; first += PIXELS_PER_RUN) {
        size_t offset = first * shape->channels;
        run_gradient_sums(input + offset, grad_output + offset, run_length(shape->pixels, first),
                          shape->channels, shape->slope, guided, rows);
        add_run(rows, shape->channels);
    }
}

// With dxhat = weight g, and both means taken over the values that share the moments:
//   dx = (dxhat - mean(dxhat) - xhat mean(dxhat xhat)) / deviation
static void set_gradient_row(Moments moments, double mean_dxhat, double mean_dxhat_xhat, float *b,
                             float *d)
{
    double r = moments.inverse_deviation;
    *b = (float)(-r * r * mean_dxhat_xhat);
    *d = (float)(-r * mean_dxhat + r * r * mean_dxhat_xhat * moments.mean);
}

static Moments moments_of(double sum, double square, double count, double epsilon)
{
    double mean = sum / count;
    double variance = fmax(square / count - mean * mean, 0);
    return (Moments){(float)mean, (float)(1 / sqrt(variance + epsilon))};
}

static void zero_sums(const Rows *rows, size_t channels)
{
    memset(rows->first, 0, channels * sizeof(double));
    memset(rows->second, 0, channels * sizeof(double));
}

// ---- Group norm --------------------------------------------------------------------------------

// rows->first and second hold one source's sums; the moments of group `group`.
static Moments group_moments(const NormShape *shape, const Rows *rows, size_t group)
{
    size_t per_group = shape->channels / shape->groups;
    double sum = 0, square = 0;
    for (size_t c = group * per_group; c < (group + 1) * per_group; c++) {
        sum += rows->first[c];
        square += rows->second[c];
    }
    return moments_of(sum, square, (double)(shape->pixels * per_group), shape->epsilon);
}

void group_norm_forward(const NormShape *shape, const float *input, size_t n, const float *weight,
                        const float *bias, float *output, Moments *moments, float *scratch)
{
    Rows rows = rows_in(scratch, shape->channels);
    size_t per_group = shape->channels / shape->groups;
    size_t n_values = shape->pixels * shape->channels;
    for (size_t i = 0; i < n; i++) {
        zero_sums(&rows, shape->channels);
        add_sums(shape, input + i * n_values, &rows);
        for (size_t g = 0; g < shape->groups; g++) {
            Moments m = group_moments(shape, &rows, g);
            if (moments != NULL)
                moments[i * shape->groups + g] = m;
            for (size_t c = g * per_group; c < (g + 1) * per_group; c++) {
                rows.scale[c] = weight[c] * m.inverse_deviation;
                rows.shift[c] = bias[c] - m.mean * rows.scale[c];
            }
        }
        scale_shift(input + i * n_values, shape->pixels, shape->channels, rows.scale, rows.shift,
                    shape->slope, output + i * n_values);
    }
}

void group_norm_apply(const NormShape *shape, const float *input, size_t n, const float *weight,
                      const float *bias, const Moments *moments, float *output, float *scratch)
{
    Rows rows = rows_in(scratch, shape->channels);
    size_t n_values = shape->pixels * shape->channels;
    for (size_t i = 0; i < n; i++) {
        set_scale_shift(shape, weight, bias, moments + i * shape->groups,
                        shape->channels / shape->groups, &rows);
        scale_shift(input + i * n_values, shape->pixels, shape->channels, rows.scale, rows.shift,
                    shape->slope, output + i * n_values);
    }
}

// Fills b and d of every channel from one source's gradient sums.
static void set_group_gradient(const NormShape *shape, const float *weight, const Moments *moments,
                               const Rows *rows)
{
    size_t per_group = shape->channels / shape->groups;
    double count = (double)(shape->pixels * per_group);
    for (size_t g = 0; g < shape->groups; g++) {
        double dxhat_xhat = 0, dxhat = 0;
        for (size_t c = g * per_group; c < (g + 1) * per_group; c++) {
            dxhat_xhat += weight[c] * rows->first[c];
            dxhat += weight[c] * rows->second[c];
        }
        for (size_t c = g * per_group; c < (g + 1) * per_group; c++)
            set_gradient_row(moments[g], dxhat / count, dxhat_xhat / count, &rows->b[c],
                             &rows->d[c]);
    }
}

void group_norm_backward(const NormShape *shape, const float *input, size_t n, const float *weight,
                         const float *bias, const Moments *moments, const float *grad_output,
                         bool guided, float *grad_input, float *grad_parameters, float *scratch)
{
    Rows rows = rows_in(scratch, shape->channels);
    size_t channels = shape->channels, per_group = channels / shape->groups;
    size_t n_values = shape->pixels * channels;
    for (size_t i = 0; i < n; i++) {
        const float *x = input + i * n_values, *grad = grad_output + i * n_values;
        const Moments *source_moments = moments + i * shape->groups;
        set_scale_shift(shape, weight, bias, source_moments, per_group, &rows);
        zero_sums(&rows, channels);
        add_gradient_sums(shape, x, grad, guided, &rows);
        for (size_t c = 0; grad_parameters != NULL && c < channels; c++) {
            grad_parameters[c] += (float)rows.first[c];
            grad_parameters[channels + c] += (float)rows.second[c];
        }
        if (grad_input == NULL)
            continue;
        set_group_gradient(shape, weight, source_moments, &rows);
        combine(x, grad, shape->pixels, channels, rows.scale, rows.shift, rows.b, rows.d,
                shape->slope, guided, grad_input + i * n_values);
    }
}

// ---- Batch norm --------------------------------------------------------------------------------

void batch_norm_accumulate(const NormShape *shape, const float *input, size_t n, double *sums,
                           float *scratch)
{
    Rows rows = rows_in(scratch, shape->channels);
    rows.first = sums;
    rows.second = sums + shape->channels;
    for (size_t i = 0; i < n; i++)
        add_sums(shape, input + i * shape->pixels * shape->channels, &rows);
}

void batch_norm_moments(const NormShape *shape, const double *sums, double count, double momentum,
                        Moments *moments, float *running_mean, float *running_var)
{
    for (size_t c = 0; c < shape->channels; c++) {
        double sum = sums[c], square = sums[shape->channels + c];
        moments[c] = moments_of(sum, square, count, shape->epsilon);
        if (running_mean == NULL)
            continue;
        double mean = sum / count;
        double variance = fmax(square / count - mean * mean, 0);
        double unbiased = count > 1 ? variance * count / (count - 1) : variance;
        running_mean[c] = (float)((1 - momentum) * running_mean[c] + momentum * mean);
        running_var[c] = (float)((1 - momentum) * running_var[c] + momentum * unbiased);
    }
}

void batch_norm_running(const NormShape *shape, const float *running_mean, const float *running_var,
                        Moments *moments)
{
    for (size_t c = 0; c < shape->channels; c++)
        moments[c] =
            (Moments){running_mean[c], (float)(1 / sqrt((double)running_var[c] + shape->epsilon))};
}

void batch_norm_forward(const NormShape *shape, const float *input, size_t n, const float *weight,
                        const float *bias, const Moments *moments, float *output, float *scratch)
{
    Rows rows = rows_in(scratch, shape->channels);
    set_scale_shift(shape, weight, bias, moments, 1, &rows);
    scale_shift(input, n * shape->pixels, shape->channels, rows.scale, rows.shift, shape->slope,
                output);
}

void batch_norm_backward_sums(const NormShape *shape, const float *input, size_t n,
                              const float *weight, const float *bias, const Moments *moments,
                              const float *grad_output, bool guided, double *sums, float *scratch)
{
    Rows rows = rows_in(scratch, shape->channels);
    rows.first = sums;
    rows.second = sums + shape->channels;
    set_scale_shift(shape, weight, bias, moments, 1, &rows);
    for (size_t i = 0; i < n; i++) {
        size_t offset = i * shape->pixels * shape->channels;
        add_gradient_sums(shape, input + offset, grad_output + offset, guided, &rows);
    }
}

void batch_norm_backward(const NormShape *shape, const float *input, size_t n, const float *weight,
                         const float *bias, const Moments *moments, const float *grad_output,
                         bool guided, const double *sums, double count, float *grad_input,
                         float *scratch)
{
    Rows rows = rows_in(scratch, shape->channels);
    set_scale_shift(shape, weight, bias, moments, 1, &rows);
    for (size_t c = 0; c < shape->channels; c++) {
        double dxhat_xhat = sums != NULL ? weight[c] * sums[c] / count : 0;
        double dxhat = sums != NULL ? weight[c] * sums[shape->channels + c] / count : 0;
        set_gradient_row(moments[c], dxhat, dxhat_xhat, &rows.b[c], &rows.d[c]);
    }
    combine(input, grad_output, n * shape->pixels, shape->channels, rows.scale, rows.shift, rows.b,
            rows.d, shape->slope, guided, grad_input);
}
