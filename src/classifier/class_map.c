#include "classifier/class_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/feature_maps.h"
#include "nn/train/gradient.h"

struct ClassMapper {
    ClassMapKind kind;
    Shape input;
    size_t n_maps;
    FeatureMap maps[FEATURE_MAPS_MAX];
    ClassGradient *of_maps[FEATURE_MAPS_MAX]; // dy/dA of each
    ClassGradient *of_input;                  // dy/dinput; NULL for Grad-CAM alone
    float *values, *gradients;                // [height][width][channels] of the largest map
    float *part;                              // [rows][columns] of the input
    double *weights;                          // a_k, of as many channels as a map has
};

static bool wants_maps(ClassMapKind kind)
{
    return kind == CLASS_MAP_GRADCAM || kind == CLASS_MAP_GUIDED_GRADCAM;
}

// ---- Making and freeing ------------------------------------------------------------------------

static Status find_maps(const Network *network, const char *layer, ClassMapper *mapper,
                        Error *error)
{
    mapper->n_maps = 1;
    if (layer != NULL && layer[0] != '\0')
        return feature_map_of(network, layer, mapper->maps, error);
    mapper->n_maps = feature_maps_last(network, mapper->maps);
    if (mapper->n_maps > 0)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "the network has no convolution whose maps could be looked at; use occlusion");
}

static Status make_map_gradients(const Network *network, Parallel *parallel, ClassMapper *mapper,
                                 Error *error)
{
    size_t most = 0, channels = 0;
    for (size_t i = 0; i < mapper->n_maps; i++) {
        const FeatureMap *map = &mapper->maps[i];
        size_t values = map->height * map->width * map->channels;
        most = values > most ? values : most;
        channels = map->channels > channels ? map->channels : channels;
        Status status =
            class_gradient_new(network, map->layer, false, parallel, &mapper->of_maps[i], error);
        if (status != STATUS_OK)
            return status;
    }
    mapper->values = memory_new(most, sizeof(float));
    mapper->gradients = memory_new(most, sizeof(float));
    mapper->part = memory_new(mapper->input.height * mapper->input.width, sizeof(float));
    mapper->weights = memory_new(channels, sizeof *mapper->weights);
    if (mapper->values == NULL || mapper->gradients == NULL || mapper->part == NULL ||
        mapper->weights == NULL)
        return error_memory(error, "a heat map");
    return STATUS_OK;
}

Status class_mapper_new(const Network *network, ClassMapKind kind, const char *layer,
                        Parallel *parallel, ClassMapper **result, Error *error)
{
    *result = NULL;
    ClassMapper *mapper = memory_new(1, sizeof *mapper);
    if (mapper == NULL)
        return error_memory(error, "a heat map");
    mapper->kind = kind;
    mapper->input = network_input_shape(network);
    Status status = STATUS_OK;
    if (wants_maps(kind))
        status = find_maps(network, layer, mapper, error);
    if (status == STATUS_OK && wants_maps(kind))
        status = make_map_gradients(network, parallel, mapper, error);
    if (status == STATUS_OK && kind != CLASS_MAP_GRADCAM)
        status = class_gradient_new(network, 0, kind != CLASS_MAP_GRADIENT, parallel,
                                    &mapper->of_input, error);
    if (status != STATUS_OK) {
        class_mapper_free(mapper);
        return status;
    }
    *result = mapper;
    return STATUS_OK;
}

void class_mapper_free(ClassMapper *mapper)
{
    if (mapper == NULL)
        return;
    for (size_t i = 0; i < mapper->n_maps; i++)
        class_gradient_free(mapper->of_maps[i]);
    class_gradient_free(mapper->of_input);
    free(mapper->values);
    free(mapper->gradients);
    free(mapper->part);
    free(mapper->weights);
    free(mapper);
}

size_t class_mapper_planes(const ClassMapper *mapper)
{
    return mapper->kind == CLASS_MAP_GRADCAM ? 1 : mapper->input.channels;
}

// ---- Resizing ----------------------------------------------------------------------------------

// Where the centre of pixel `place` of `n_new` lies among `n` pixels: between *low and *low + 1.
static double centre_of(size_t place, size_t n_new, size_t n, size_t *low)
{
    double at = ((double)place + 0.5) * (double)n / (double)n_new - 0.5;
    at = fmin(fmax(at, 0.0), (double)(n - 1));
    *low = (size_t)at;
    return at - (double)*low;
}

void map_enlarge(const float *plane, size_t height, size_t width, size_t new_height,
                 size_t new_width, float *resized)
{
    for (size_t i = 0; i < new_height; i++) {
        size_t row, column;
        const double down = centre_of(i, new_height, height, &row);
        const float *low = plane + row * width, *high = row + 1 < height ? low + width : low;
        for (size_t k = 0; k < new_width; k++) {
            const double across = centre_of(k, new_width, width, &column);
            size_t next = column + 1 < width ? column + 1 : column;
            const double below = low[column] + across * ((double)low[next] - low[column]);
            const double above = high[column] + across * ((double)high[next] - high[column]);
            resized[i * new_width + k] = (float)(below + down * (above - below));
        }
    }
}

static float mean_of(const float *plane, size_t width, size_t rows[2], size_t columns[2])
{
    double sum = 0;
    for (size_t i = rows[0]; i < rows[1]; i++)
        for (size_t k = columns[0]; k < columns[1]; k++)
            sum += plane[i * width + k];
    return (float)(sum / (double)((rows[1] - rows[0]) * (columns[1] - columns[0])));
}

// Pixels floor(place n / n_new) to before ceil((place + 1) n / n_new).
static void covered(size_t place, size_t n_new, size_t n, size_t range[2])
{
    range[0] = place * n / n_new;
    range[1] = ((place + 1) * n + n_new - 1) / n_new;
}

void map_fit(const float *plane, size_t height, size_t width, size_t new_height, size_t new_width,
             float *resized)
{
    if (new_height >= height && new_width >= width) {
        map_enlarge(plane, height, width, new_height, new_width, resized);
        return;
    }
    size_t rows[2], columns[2];
    for (size_t i = 0; i < new_height; i++)
        for (size_t k = 0; k < new_width; k++) {
            covered(i, new_height, height, rows);
            covered(k, new_width, width, columns);
            resized[i * new_width + k] = mean_of(plane, width, rows, columns);
        }
}

// ---- Grad-CAM ----------------------------------------------------------------------------------

// ReLU(sum_k a_k A_k) in place of the first [height][width] of the maps' values.
static void weigh_maps(const FeatureMap *map, const float *gradients, double *weights,
                       float *values)
{
    const size_t n = map->height * map->width, channels = map->channels;
    memset(weights, 0, channels * sizeof *weights);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < channels; k++)
            weights[k] += gradients[i * channels + k] / (double)n;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < channels; k++)
            sum += weights[k] * values[i * channels + k];
        values[i] = (float)fmax(sum, 0.0);
    }
}

static void add_part(const ClassMapper *mapper, const FeatureMap *map, float *plane)
{
    map_enlarge(mapper->values, map->height, map->width, map->rows, map->columns, mapper->part);
    for (size_t i = 0; i < map->rows; i++)
        for (size_t k = 0; k < map->columns; k++)
            plane[(map->row + i) * mapper->input.width + map->column + k] +=
                mapper->part[i * map->columns + k];
}

static void divide_by_maximum(float *plane, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, plane[i]);
    for (size_t i = 0; i < n && most > 0; i++)
        plane[i] /= most;
}

// plane[height][width] of one source.
static Status gradcam(ClassMapper *mapper, const float *input, const size_t *class, float *plane,
                      Error *error)
{
    const size_t n = mapper->input.height * mapper->input.width;
    memset(plane, 0, n * sizeof *plane);
    for (size_t i = 0; i < mapper->n_maps; i++) {
        Status status = class_gradient_run(mapper->of_maps[i], input, class, 1, NULL,
                                           mapper->values, mapper->gradients, error);
        if (status != STATUS_OK)
            return status;
        weigh_maps(&mapper->maps[i], mapper->gradients, mapper->weights, mapper->values);
        add_part(mapper, &mapper->maps[i], plane);
    }
    divide_by_maximum(plane, n);
    return STATUS_OK;
}

// ---- One source --------------------------------------------------------------------------------

// gradient[height][width][channels] to planes[channels][height][width], times `cam` unless NULL.
static void part_channels(Shape shape, const float *gradient, const float *cam, float *planes)
{
    const size_t n = shape.height * shape.width;
    for (size_t c = 0; c < shape.channels; c++)
        for (size_t i = 0; i < n; i++)
            planes[c * n + i] = gradient[i * shape.channels + c] * (cam != NULL ? cam[i] : 1.0F);
}

static Status map_source(ClassMapper *mapper, const float *input, const size_t *class,
                         float *planes, Error *error)
{
    if (mapper->kind == CLASS_MAP_GRADCAM)
        return gradcam(mapper, input, class, planes, error);
    const size_t n = mapper->input.height * mapper->input.width;
    float *gradient = memory_new(n, (mapper->input.channels + 1) * sizeof *gradient);
    if (gradient == NULL)
        return error_memory(error, "a heat map");
    float *cam = wants_maps(mapper->kind) ? gradient + n * mapper->input.channels : NULL;
    Status status = cam != NULL ? gradcam(mapper, input, class, cam, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = class_gradient_run(mapper->of_input, input, class, 1, gradient, NULL, NULL, error);
    if (status == STATUS_OK)
        part_channels(mapper->input, gradient, cam, planes);
    free(gradient);
    return status;
}

Status class_mapper_run(ClassMapper *mapper, const float *input, const size_t *classes, size_t n,
                        float *maps, Error *error)
{
    const size_t pixels = mapper->input.height * mapper->input.width;
    Status status = STATUS_OK;
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        status = map_source(mapper, input + i * pixels * mapper->input.channels, classes + i,
                            maps + i * pixels * class_mapper_planes(mapper), error);
    return status;
}
