#include "dataset/dataset_stamps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "classifier/resize.h"
#include "sky/image/image.h"

enum { STAMP_PATH_SIZE = 4160, STAMP_SIDE_MOST = 16384 };

// ---- The planes of a file -----------------------------------------------------------------------

// HDUs of the first one's size that can each be a band; 1 where the first has planes itself.
static size_t count_alike(const ImageExtension *list, size_t n)
{
    size_t n_alike = 0;
    for (size_t i = 0; i < n; i++)
        n_alike += list[i].width == list[0].width && list[i].height == list[0].height &&
                   list[i].n_planes == 1;
    return list[0].n_planes > 1 ? 1 : n_alike;
}

static Status list_planes(const char *path, ImageExtension **list, size_t *n_extensions,
                          size_t *n_planes, Error *error)
{
    Status status = image_list(path, list, n_extensions, error);
    if (status == STATUS_OK)
        *n_planes =
            (*list)[0].n_planes > 1 ? (*list)[0].n_planes : count_alike(*list, *n_extensions);
    return status;
}

Status stamp_plane_count(const char *path, size_t *n, Error *error)
{
    ImageExtension *list;
    size_t n_extensions;
    Status status = list_planes(path, &list, &n_extensions, n, error);
    if (status == STATUS_OK)
        free(list);
    return status;
}

// Plane `plane` (from 1) of the file.
static Status open_plane(const char *path, const ImageExtension *list, size_t n_extensions,
                         size_t plane, Image **image, Error *error)
{
    if (count_alike(list, n_extensions) <= 1)
        return image_open(path, plane, image, error);
    size_t i = 0;
    for (size_t left = plane; i < n_extensions; i++)
        if (list[i].width == list[0].width && list[i].height == list[0].height && --left == 0)
            break;
    char name[STAMP_PATH_SIZE];
    snprintf(name, sizeof name, "%s[%zu]", path, list[i].number);
    return image_open(name, 1, image, error);
}

// ---- Fitting a plane into a cutout --------------------------------------------------------------

// Means of blocks of factor x factor pixels; what is left over at the far edges is cut off.
static void average_blocks(const float *pixels, size_t size, size_t factor, float *means)
{
    size_t n = size / factor;
    for (size_t y = 0; y < n; y++)
        for (size_t x = 0; x < n; x++) {
            double sum = 0.0;
            for (size_t k = 0; k < factor * factor; k++)
                sum += (double)pixels[(y * factor + k / factor) * size + x * factor + k % factor];
            means[y * n + x] = (float)(sum / (double)(factor * factor));
        }
}

// The square of `side` pixels resized to size x size.
static Status resize_square(float *square, size_t side, size_t size, float *resized, Error *error)
{
    size_t factor = side / size;
    if (factor > 1) {
        average_blocks(square, side, factor, square);
        side /= factor;
    }
    float *rows = memory_new(side, size * sizeof *rows);
    if (rows == NULL)
        return error_memory(error, "a stamp");
    resize_bilinear(square, side, 1, size, rows, resized);
    free(rows);
    return STATUS_OK;
}

static Status read_square(Image *image, size_t side, size_t size, float *plane, Error *error)
{
    float *square = memory_new(side, side * sizeof *square);
    if (square == NULL)
        return error_memory(error, "a stamp");
    long x0 = (long)((image_width(image) - side) / 2);
    long y0 = (long)((image_height(image) - side) / 2);
    Status status = image_read(image, x0, y0, side, side, square, error);
    for (size_t i = 0; i < side * side; i++)
        square[i] = isfinite(square[i]) ? square[i] : 0.0f;
    if (status == STATUS_OK && side != size)
        status = resize_square(square, side, size, plane, error);
    else
        memcpy(plane, square, side * side * sizeof *plane);
    free(square);
    return status;
}

static Status read_plane(Image *image, const Stamps *stamps, size_t size, float *plane,
                         Error *error)
{
    size_t width = image_width(image), height = image_height(image);
    size_t side = width < height ? width : height;
    if (stamps->fit == STAMP_RESIZE && side <= STAMP_SIDE_MOST)
        return read_square(image, side, size, plane, error);
    if (width >= size && height >= size)
        return read_square(image, size, size, plane, error);
    return error_set(error, STATUS_BAD_INPUT,
                     "the stamp has %zu x %zu pixels, cutouts of %zu are wanted; choose another "
                     "size, or have stamps resized",
                     width, height, size);
}

// ---- A stamp, and all
// -----------------------------------------------------------------------------

static Status read_bands(const Stamps *stamps, const Stamp *stamp, const ImageExtension *list,
                         size_t n_extensions, size_t n_planes, const Dataset *dataset,
                         float *cutout, Error *error)
{
    size_t area = dataset->size * dataset->size, n_bands = dataset->n_bands;
    Status status = STATUS_OK;
    float *plane = memory_new(area, sizeof *plane);
    if (plane == NULL)
        return error_memory(error, "a stamp");
    for (size_t band = 0; band < n_bands && status == STATUS_OK; band++) {
        size_t number = stamps->planes != NULL ? stamps->planes[band] : band + 1;
        Image *image = NULL;
        if (number < 1 || number > n_planes) {
            status = error_set(error, STATUS_BAD_INPUT, "it has %zu plane%s, plane %zu is wanted",
                               n_planes, n_planes == 1 ? "" : "s", number);
            break;
        }
        status = open_plane(stamp->path, list, n_extensions, number, &image, error);
        if (status == STATUS_OK)
            status = read_plane(image, stamps, dataset->size, plane, error);
        for (size_t i = 0; i < area && status == STATUS_OK; i++)
            cutout[i * n_bands + band] = plane[i];
        image_close(image);
    }
    free(plane);
    return status;
}

static Status read_stamp(const Stamps *stamps, const Stamp *stamp, const Dataset *dataset,
                         float *cutout, double *x, double *y, Error *error)
{
    ImageExtension *list;
    size_t n_extensions, n_planes;
    Status status = list_planes(stamp->path, &list, &n_extensions, &n_planes, error);
    if (status != STATUS_OK)
        return status; // names the file itself
    *x = 0.5 * ((double)list[0].width + 1.0);
    *y = 0.5 * ((double)list[0].height + 1.0);
    status = read_bands(stamps, stamp, list, n_extensions, n_planes, dataset, cutout, error);
    free(list);
    if (status != STATUS_OK && strstr(error->text, stamp->path) == NULL)
        error_prefix(error, "%s", stamp->path);
    return status;
}

// The number of the field of that name, which is added where it is new.
static Status find_field(Dataset *dataset, const char *name, int *number, Error *error)
{
    for (size_t i = dataset->n_fields; i > 0; i--)
        if (strncmp(dataset->field_names[i - 1], name, DATASET_NAME_SIZE - 1) == 0) {
            *number = (int)i - 1;
            return STATUS_OK;
        }
    *number = (int)dataset->n_fields;
    return dataset_add_field(dataset, name, error);
}

static Status set_stamp(Dataset *made, const Stamps *stamps, size_t i, Error *error)
{
    const Stamp *stamp = &stamps->stamps[i];
    if (stamp->label < 1 || stamp->label > made->n_classes)
        return error_set(error, STATUS_BAD_INPUT, "%s: class %zu is not one of 1 to %zu",
                         stamp->path, stamp->label, made->n_classes);
    made->labels[i] = stamp->label;
    made->ids[i] = memory_copy_text(stamp->id);
    if (made->ids[i] == NULL)
        return error_memory(error, "a stamp's id");
    Status status = find_field(made, stamp->field, &made->fields[i], error);
    return status == STATUS_OK
               ? read_stamp(stamps, stamp, made, made->cutouts + i * dataset_cutout_values(made),
                            &made->x[i], &made->y[i], error)
               : status;
}

Status dataset_append_stamps(Dataset *dataset, const Stamps *stamps, Error *error)
{
    Dataset *made = NULL;
    Status status =
        dataset_new(stamps->n, dataset->n_bands, dataset->size, dataset->n_classes, &made, error);
    if (status == STATUS_OK)
        memcpy(made->bands, dataset->bands, sizeof made->bands);
    for (size_t i = 0; i < stamps->n && status == STATUS_OK; i++) {
        status = set_stamp(made, stamps, i, error);
        if (status == STATUS_OK && progress_report(stamps->progress, i + 1, stamps->n))
            status = error_set(error, STATUS_CANCELLED, "reading stamps was stopped");
    }
    if (status == STATUS_OK)
        status = dataset_append(dataset, made, error);
    dataset_free(made);
    return status;
}
