// `make bench BENCH=products`: what OpenBLAS, our own kernels and the reference do of every product
// of the networks, forward and both ways back, on one thread, and which of them is used.
//
// Rates are multiply-adds of the layer's definition a second, so that Winograd's fewer count as
// many.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "networks.h"
#include "nn/layers/convolution.h"
#include "nn/layers/linear.h"
#include "nn/product/product.h"

enum { ROUNDS = 9, REFERENCE_MULTIPLY_ADDS = 1 << 24, CASES_MAX = 512 };

// A product of one layer. Where `linear` is set, `shape` has only the channels.
typedef struct Case {
    bool linear;
    ConvolutionShape shape;
    ConvolutionWay way;
    size_t n; // sources at once
} Case;

static const char *const way_names[CONVOLUTION_WAYS] = {"forward", "data", "weight"};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void require(Status status, const Error *error)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "products: %s\n", error->text);
    exit(1);
}

static float *random_values(size_t n)
{
    float *values = memory_new_aligned(n, sizeof *values);
    if (values == NULL) {
        fprintf(stderr, "products: out of memory\n");
        exit(1);
    }
    Random random = random_start(1, 0);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)random_uniform(&random) - 0.5f;
    return values;
}

static double multiply_adds(const Case *c)
{
    size_t values = c->linear ? c->shape.out_channels : convolution_output_size(&c->shape);
    size_t terms = c->linear ? c->shape.in_channels : convolution_patch(&c->shape);
    return (double)c->n * (double)values * (double)terms;
}

// ---- One case done by one backend --------------------------------------------------------------

typedef struct Bench {
    Case c;
    Convolution *convolution;
    Linear *linear;
    float *input, *output, *weight, *gradient, *scratch;
} Bench;

static Bench bench_new(const Case *c, ProductChoice choice)
{
    Error error = {0};
    Bench b = {.c = *c};
    const ConvolutionShape *s = &c->shape;
    bool training = c->way != CONVOLVE_FORWARD;
    product_choose(choice);
    size_t in = c->linear ? s->in_channels : convolution_input_size(s);
    size_t out = c->linear ? s->out_channels : convolution_output_size(s);
    size_t n_weights = s->out_channels * (c->linear ? s->in_channels : convolution_patch(s));
    size_t n_scratch, n_gradient = training ? n_weights : 1;
    b.weight = random_values(n_weights);
    if (c->linear) {
        require(linear_new(s->in_channels, s->out_channels, &b.linear, &error), &error);
        require(linear_set_weights(b.linear, b.weight, NULL, training, &error), &error);
        n_scratch = linear_scratch_size(b.linear);
    } else {
        require(convolution_new(s, &b.convolution, &error), &error);
        require(convolution_set_weights(b.convolution, b.weight, NULL, training, &error), &error);
        n_scratch = convolution_scratch_size(b.convolution);
        n_gradient = convolution_gradient_size(b.convolution);
    }
    product_choose(PRODUCTS_BEST);
    b.input = random_values(c->n * in);
    b.output = random_values(c->n * out);
    b.gradient = random_values(n_gradient);
    b.scratch = random_values(n_scratch);
    return b;
}

static void bench_free(Bench *b)
{
    convolution_free(b->convolution);
    linear_free(b->linear);
    free(b->input);
    free(b->output);
    free(b->weight);
    free(b->gradient);
    free(b->scratch);
}

static double bench_time(Bench *b)
{
    double start = seconds();
    size_t n = b->c.n;
    if (b->linear != NULL && b->c.way == CONVOLVE_FORWARD)
        linear_forward(b->linear, b->input, n, SHARE_ALL, b->output, b->scratch);
    else if (b->linear != NULL && b->c.way == CONVOLVE_DATA)
        linear_backward_data(b->linear, b->output, n, b->input, b->scratch);
    else if (b->linear != NULL)
        linear_backward_weight(b->linear, b->input, b->output, n, b->gradient, NULL, b->scratch);
    else if (b->c.way == CONVOLVE_FORWARD)
        convolution_forward(b->convolution, b->input, n, SHARE_ALL, b->output, b->scratch);
    else if (b->c.way == CONVOLVE_DATA)
        convolution_backward_data(b->convolution, b->output, n, b->input, b->scratch);
    else
        convolution_backward_weight(b->convolution, b->input, b->output, n, b->gradient,
                                    b->scratch);
    return seconds() - start;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, compare);
    return values[ROUNDS / 2];
}

// ---- The table ---------------------------------------------------------------------------------

// The same on fewer rows of a smaller image, so that the reference takes milliseconds.
static Case smaller_case(Case c)
{
    ConvolutionShape *s = &c.shape;
    while (multiply_adds(&c) > REFERENCE_MULTIPLY_ADDS && c.n > 1)
        c.n /= 2;
    while (!c.linear && multiply_adds(&c) > REFERENCE_MULTIPLY_ADDS &&
           s->height > 2 * s->down.kernel)
        s->height /= 2;
    return c;
}

static double reference_rate(const Case *c)
{
    Case smaller = smaller_case(*c);
    Bench b = bench_new(&smaller, PRODUCTS_REFERENCE);
    double rate = multiply_adds(&smaller) / bench_time(&b);
    bench_free(&b);
    return rate;
}

static void print_used(const Case *c)
{
    if (c->linear) {
        const ConvolutionShape *s = &c->shape;
        ProductShape product = {PRODUCT_SOURCES, 64, s->in_channels, s->out_channels};
        if (c->way == CONVOLVE_DATA)
            product = (ProductShape){PRODUCT_SOURCES, 64, s->out_channels, s->in_channels};
        if (c->way == CONVOLVE_WEIGHT)
            product = (ProductShape){PRODUCT_SUM, s->out_channels, 64, s->in_channels};
        printf("%s\n", product_backend_name(product_backend(&product)));
        return;
    }
    Error error = {0};
    Convolution *convolution;
    require(convolution_new(&c->shape, &convolution, &error), &error);
    printf("%s, %s\n", convolution_multiplies(convolution, c->way),
           convolution_method_name(convolution, c->way));
    convolution_free(convolution);
}

static void print_case(const Case *c)
{
    const ConvolutionShape *s = &c->shape;
    char name[64];
    if (c->linear)
        snprintf(name, sizeof name, "%zu to %zu, %zu sources", s->in_channels, s->out_channels,
                 c->n);
    else
        snprintf(name, sizeof name, "%zux%zu %zu to %zu, %zux%zu/%zu", s->height, s->width,
                 s->in_channels, s->out_channels, s->down.kernel, s->across.kernel, s->down.stride);
    printf("%-34s %-8s", name, way_names[c->way]);
    double times[2][ROUNDS];
    Bench b[2] = {bench_new(c, PRODUCTS_BLAS), bench_new(c, PRODUCTS_OWN)};
    for (size_t round = 0; round <= ROUNDS; round++)
        for (size_t i = 0; i < 2; i++) {
            double time = bench_time(&b[i]);
            if (round > 0) // the first pays for page faults
                times[i][round - 1] = time;
        }
    for (size_t i = 0; i < 2; i++) {
        printf("%10.1f", 1e-9 * multiply_adds(c) / median(times[i]));
        bench_free(&b[i]);
    }
    printf("%10.1f   ", 1e-9 * reference_rate(c));
    print_used(c);
    fflush(stdout);
}

static bool is_known(const Case *cases, size_t n, const Case *c)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&cases[i], c, sizeof *c) == 0)
            return true;
    return false;
}

static size_t add_case(Case *cases, size_t n, Case c)
{
    Case same;
    memset(&same, 0, sizeof same); // padding too, for memcmp
    same.linear = c.linear;
    same.shape = c.shape;
    same.way = c.way;
    same.n = c.n;
    if (n < CASES_MAX && !is_known(cases, n, &same))
        memcpy(&cases[n++], &same, sizeof same);
    return n;
}

static size_t add_layer(Case *cases, size_t n, const Network *network, size_t index)
{
    const Layer *layer = network_layer(network, index);
    if (layer->kind != LAYER_CONVOLUTION && layer->kind != LAYER_LINEAR)
        return n;
    Shape in = network_layer_shape(network, layer->inputs[0]);
    Window window = {layer->kernel, layer->stride, layer->padding, 1};
    Case c = {.linear = layer->kind == LAYER_LINEAR, .n = 1};
    c.shape = (ConvolutionShape){in.height, in.width, in.channels, layer->channels,
                                 window,    window,   .groups = 1};
    if (c.linear)
        c.shape = (ConvolutionShape){.in_channels = in.channels, .out_channels = layer->channels};
    for (c.way = CONVOLVE_FORWARD; c.way < CONVOLUTION_WAYS; c.way++) {
        bool first = layer->inputs[0] == 0; // nobody asks for the gradient of a network's input
        if (first && c.way == CONVOLVE_DATA)
            continue;
        c.n = c.linear ? 64 : 1;
        n = add_case(cases, n, c);
        c.n = 1;
        if (c.linear && c.way == CONVOLVE_FORWARD)
            n = add_case(cases, n, c);
    }
    return n;
}

int main(int argc, char **argv)
{
    static const char *const all[] = {"starcnet", "resnet50", "resnet18", "vgg19_bn"};
    static Case cases[CASES_MAX];
    size_t n = 0, printed = 0;
    printf("%s", product_blas_name());
    if (product_blas_objection() != NULL)
        printf(": not used, since %s", product_blas_objection());
    printf(
        "\nG multiply-adds/s on one thread, medians of %d by turns\n%-34s %-8s%10s%10s%10s   "
        "used\n",
        ROUNDS, "layer", "way", "OpenBLAS", "own", "reference");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        bool wanted = argc == 1;
        for (int k = 1; k < argc; k++)
            wanted = wanted || strcmp(argv[k], all[i]) == 0;
        if (!wanted)
            continue;
        Network *network = bench_network(all[i]);
        for (size_t layer = 1; layer < network_layer_count(network); layer++)
            n = add_layer(cases, n, network, layer);
        network_free(network);
        printf("%s\n", all[i]);
        for (; printed < n; printed++)
            print_case(&cases[printed]);
    }
    return 0;
}
