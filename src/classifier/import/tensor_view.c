#include "classifier/import/tensor_view.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"

size_t element_size(ElementKind kind)
{
    static const size_t sizes[] = {
        [ELEMENT_FLOAT64] = 8, [ELEMENT_FLOAT32] = 4, [ELEMENT_FLOAT16] = 2, [ELEMENT_BFLOAT16] = 2,
        [ELEMENT_INT64] = 8,   [ELEMENT_INT32] = 4,   [ELEMENT_INT16] = 2,   [ELEMENT_INT8] = 1,
        [ELEMENT_UINT8] = 1,   [ELEMENT_BOOL] = 1,
    };
    return sizes[kind];
}

static float float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double double_from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits.
static float half_to_float(uint32_t half)
{
    uint32_t sign = (half & 0x8000) << 16;
    uint32_t exponent = half >> 10 & 0x1f;
    uint32_t fraction = half & 0x3ff;
    if (exponent == 0x1f)
        return float_from_bits(sign | 0x7f800000 | fraction << 13);
    if (exponent != 0)
        return float_from_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13);
    float magnitude = (float)fraction * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
}

static uint64_t element_bits(const Elements *elements, size_t index)
{
    size_t size = element_size(elements->kind);
    const unsigned char *bytes = elements->bytes + index * size;
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits = bits << 8 | bytes[elements->big_endian ? i : size - 1 - i];
    return bits;
}

int64_t element_whole(const Elements *elements, size_t index)
{
    uint64_t bits = element_bits(elements, index);
    switch (elements->kind) {
    case ELEMENT_INT32:
        return (int32_t)bits;
    case ELEMENT_INT16:
        return (int16_t)bits;
    case ELEMENT_INT8:
        return (int8_t)bits;
    default:
        return (int64_t)bits;
    }
}

float element_real(const Elements *elements, size_t index)
{
    uint64_t bits = element_bits(elements, index);
    switch (elements->kind) {
    case ELEMENT_FLOAT64:
        return (float)double_from_bits(bits);
    case ELEMENT_FLOAT32:
        return float_from_bits((uint32_t)bits);
    case ELEMENT_FLOAT16:
        return half_to_float((uint32_t)bits);
    case ELEMENT_BFLOAT16:
        return float_from_bits((uint32_t)bits << 16);
    default:
        return (float)element_whole(elements, index);
    }
}

bool tensor_view_contiguous(TensorView *view)
{
    size_t stride = 1;
    for (size_t i = view->n_dimensions; i-- > 0;) {
        view->strides[i] = stride;
        if (!memory_multiply(stride, view->dimensions[i], &stride))
            return false;
    }
    return true;
}

bool tensor_view_count(const TensorView *view, size_t n_elements, size_t *n_values)
{
    size_t last = view->offset;
    *n_values = 1;
    for (size_t i = 0; i < view->n_dimensions; i++)
        if (!memory_multiply(*n_values, view->dimensions[i], n_values))
            return false;
    if (*n_values == 0)
        return true;
    for (size_t i = 0; i < view->n_dimensions; i++) {
        size_t reach;
        if (!memory_multiply(view->dimensions[i] - 1, view->strides[i], &reach) ||
            __builtin_add_overflow(last, reach, &last))
            return false;
    }
    return last < n_elements && *n_values <= n_elements;
}

void tensor_view_copy(const TensorView *view, const Elements *elements, float *values, size_t n)
{
    size_t position[TENSOR_VIEW_DIMENSIONS] = {0};
    size_t index = view->offset;
    for (size_t i = 0; i < n; i++) {
        values[i] = element_real(elements, index);
        for (size_t d = view->n_dimensions; d-- > 0;) {
            index += view->strides[d];
            if (++position[d] < view->dimensions[d])
                break;
            index -= view->strides[d] * view->dimensions[d];
            position[d] = 0;
        }
    }
}
