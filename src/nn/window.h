// How the window of a convolution or a pool moves along one axis.
#ifndef SKYCLASS_NN_WINDOW_H
#define SKYCLASS_NN_WINDOW_H

#include <stddef.h>

typedef struct Window {
    size_t kernel, stride;
    size_t padding;  // at both ends
    size_t dilation; // from one tap to the next; 0 counts as 1
} Window;

// From the first tap to the last, both included.
static inline size_t window_span(const Window *window)
{
    return (window->kernel - 1) * (window->dilation > 0 ? window->dilation : 1) + 1;
}

// floor((size + 2 padding - span) / stride) + 1 positions along an axis of `size`, which has room
// for one at least.
static inline size_t window_positions(const Window *window, size_t size)
{
    return (size + 2 * window->padding - window_span(window)) / window->stride + 1;
}

// What tap `tap` at position `position` meets: huge where that lies before the axis.
static inline size_t window_index(const Window *window, size_t position, size_t tap)
{
    size_t dilation = window->dilation > 0 ? window->dilation : 1;
    return position * window->stride + tap * dilation - window->padding;
}

#endif
