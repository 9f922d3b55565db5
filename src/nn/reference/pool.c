// Pooling.
#include <math.h>

#include "nn/reference/reference_internal.h"

// Input pixels under one output pixel, in row, column order.
typedef struct Under {
    size_t row, row_end, column, column_end;
    size_t row_step, column_step;
    double pixels; // that an average counts
} Under;

static void along(Window window, size_t at, size_t size, size_t *first, size_t *end)
{
    *end = 0;
    for (size_t tap = window.kernel; tap-- > 0;) {
        size_t index = window_index(&window, at, tap);
        if (index >= size)
            continue;
        *end = *end > 0 ? *end : index + 1;
        *first = index;
    }
}

static Under under(const LayerView *view, size_t y, size_t x)
{
    Under u = {.row_step = 1, .column_step = 1};
    Shape in = view->inputs[0], out = view->output;
    if (view->layer->kind != LAYER_ADAPTIVE_AVERAGE) {
        Window down = layer_down(view->layer), across = layer_across(view->layer);
        along(down, y, in.height, &u.row, &u.row_end);
        along(across, x, in.width, &u.column, &u.column_end);
        u.row_step = down.dilation > 0 ? down.dilation : 1;
        u.column_step = across.dilation > 0 ? across.dilation : 1;
        u.pixels = view->layer->kind == LAYER_AVERAGE_INSIDE
                       ? (double)((u.row_end - u.row) * (u.column_end - u.column))
                       : (double)(down.kernel * across.kernel);
        return u;
    }
    u.row = (size_t)floor((double)(y * in.height) / (double)out.height);
    u.row_end = (size_t)ceil((double)((y + 1) * in.height) / (double)out.height);
    u.column = (size_t)floor((double)(x * in.width) / (double)out.width);
    u.column_end = (size_t)ceil((double)((x + 1) * in.width) / (double)out.width);
    u.pixels = (double)((u.row_end - u.row) * (u.column_end - u.column));
    return u;
}

// Calls visit for every output, and says which inputs are under it.
static void for_outputs(const ReferenceCall *call,
                        void (*visit)(const ReferenceCall *call, size_t i, Under u, size_t channel,
                                      size_t out))
{
    Shape out = call->view->output;
    for (size_t i = 0; i < call->n; i++)
        for (size_t y = 0; y < out.height; y++)
            for (size_t x = 0; x < out.width; x++)
                for (size_t c = 0; c < out.channels; c++)
                    visit(call, i, under(call->view, y, x), c, place(out, i, y, x, c));
}

static size_t largest(const ReferenceCall *call, size_t i, Under u, size_t c)
{
    Shape in = call->view->inputs[0];
    size_t best = place(in, i, u.row, u.column, c);
    for (size_t row = u.row; row < u.row_end; row += u.row_step)
        for (size_t column = u.column; column < u.column_end; column += u.column_step)
            if (call->inputs[0][place(in, i, row, column, c)] > call->inputs[0][best])
                best = place(in, i, row, column, c);
    return best;
}

static void take_largest(const ReferenceCall *call, size_t i, Under u, size_t c, size_t out)
{
    call->output[out] = call->inputs[0][largest(call, i, u, c)];
}

static void back_to_largest(const ReferenceCall *call, size_t i, Under u, size_t c, size_t out)
{
    add(call->grad_inputs[0], largest(call, i, u, c), call->grad_output[out]);
}

static void take_mean(const ReferenceCall *call, size_t i, Under u, size_t c, size_t out)
{
    call->output[out] = 0.0;
    for (size_t row = u.row; row < u.row_end; row += u.row_step)
        for (size_t column = u.column; column < u.column_end; column += u.column_step)
            call->output[out] +=
                call->inputs[0][place(call->view->inputs[0], i, row, column, c)] / u.pixels;
}

static void back_to_all(const ReferenceCall *call, size_t i, Under u, size_t c, size_t out)
{
    for (size_t row = u.row; row < u.row_end; row += u.row_step)
        for (size_t column = u.column; column < u.column_end; column += u.column_step)
            add(call->grad_inputs[0], place(call->view->inputs[0], i, row, column, c),
                call->grad_output[out] / u.pixels);
}

void reference_max_pool(const ReferenceCall *call)
{
    for_outputs(call, take_largest);
}

void reference_max_pool_back(const ReferenceCall *call)
{
    for_outputs(call, back_to_largest);
}

void reference_average(const ReferenceCall *call)
{
    for_outputs(call, take_mean);
}

void reference_average_back(const ReferenceCall *call)
{
    for_outputs(call, back_to_all);
}
