// Group norm (Wu & He 2018) and batch norm (Ioffe & Szegedy 2015).
#include <math.h>

#include "nn/reference/reference_internal.h"

// The values that share a mean and a variance: of sources first .. end-1, channels channel ..
// channel_end-1.
typedef struct Family {
    size_t first, end, channel, channel_end;
    double mean, deviation;
    bool constant; // running statistics: no gradient goes through them
} Family;

typedef void Visit(const ReferenceCall *call, const Family *family, size_t at, size_t channel,
                   double *sums);

static void for_values(const ReferenceCall *call, const Family *f, Visit *visit, double *sums)
{
    Shape shape = call->view->output;
    for (size_t i = f->first; i < f->end; i++)
        for (size_t pixel = 0; pixel < shape.height * shape.width; pixel++)
            for (size_t c = f->channel; c < f->channel_end; c++)
                visit(call, f, place(shape, i, 0, pixel, c), c, sums);
}

static void add_value(const ReferenceCall *call, const Family *f, size_t at, size_t c, double *sums)
{
    (void)f;
    (void)c;
    sums[0] += 1;
    sums[1] += call->inputs[0][at];
}

static void add_square(const ReferenceCall *call, const Family *f, size_t at, size_t c,
                       double *sums)
{
    (void)c;
    sums[2] += pow(call->inputs[0][at] - f->mean, 2);
}

static double normal(const ReferenceCall *call, const Family *f, size_t at)
{
    return (call->inputs[0][at] - f->mean) / f->deviation;
}

static void set_moments(const ReferenceCall *call, Family *f)
{
    double sums[3] = {0.0};
    const LayerView *view = call->view;
    if (f->constant) {
        f->mean = view->values[2][f->channel];
        f->deviation = sqrt(view->values[3][f->channel] + view->layer->epsilon);
        return;
    }
    for_values(call, f, add_value, sums);
    f->mean = sums[1] / sums[0];
    for_values(call, f, add_square, sums);
    f->deviation = sqrt(sums[2] / sums[0] + view->layer->epsilon);
}

static void for_families(const ReferenceCall *call,
                         void (*visit)(const ReferenceCall *call, const Family *family))
{
    size_t channels = call->view->output.channels, groups = call->view->layer->groups;
    bool by_source = call->view->layer->kind == LAYER_GROUP_NORM;
    for (size_t i = 0; i < (by_source ? call->n * groups : channels); i++) {
        Family f = {0, call->n, i, i + 1, 0.0, 0.0, !call->batch_statistics};
        if (by_source)
            f = (Family){.first = i / groups,
                         .end = i / groups + 1,
                         .channel = i % groups * (channels / groups),
                         .channel_end = (i % groups + 1) * (channels / groups)};
        set_moments(call, &f);
        visit(call, &f);
    }
}

static void write_value(const ReferenceCall *call, const Family *f, size_t at, size_t c,
                        double *sums)
{
    (void)sums;
    call->output[at] = call->view->values[0][c] * normal(call, f, at) + call->view->values[1][c];
}

static void write_family(const ReferenceCall *call, const Family *f)
{
    for_values(call, f, write_value, NULL);
}

void reference_norm(const ReferenceCall *call)
{
    for_families(call, write_family);
}

// Gradients of xhat, and of xhat times xhat.
static void add_sums(const ReferenceCall *call, const Family *f, size_t at, size_t c, double *sums)
{
    double grad = call->grad_output[at] * call->view->values[0][c];
    sums[0] += 1;
    sums[1] += grad;
    sums[2] += grad * normal(call, f, at);
    add(call->grad_values[0], c, call->grad_output[at] * normal(call, f, at));
    add(call->grad_values[1], c, call->grad_output[at]);
}

static void hand_on(const ReferenceCall *call, const Family *f, size_t at, size_t c, double *sums)
{
    double grad = call->grad_output[at] * call->view->values[0][c];
    if (!f->constant)
        grad -= sums[1] / sums[0] + normal(call, f, at) * sums[2] / sums[0];
    add(call->grad_inputs[0], at, grad / f->deviation);
}

static void family_back(const ReferenceCall *call, const Family *f)
{
    double sums[3] = {0.0};
    for_values(call, f, add_sums, sums);
    for_values(call, f, hand_on, sums);
}

void reference_norm_back(const ReferenceCall *call)
{
    for_families(call, family_back);
}
