// Model files: one that is read is written and read again as the same model.
#include <stdlib.h>
#include <string.h>

#include "classifier/model.h"
#include "fuzz.h"

static void expect_same_layer(const Layer *a, const Layer *b)
{
    fuzz_expect(a->kind == b->kind && strcmp(a->name, b->name) == 0 && a->n_inputs == b->n_inputs &&
                    memcmp(a->inputs, b->inputs, a->n_inputs * sizeof a->inputs[0]) == 0 &&
                    a->channels == b->channels && a->kernel == b->kernel &&
                    a->stride == b->stride && a->padding == b->padding && a->bias == b->bias &&
                    fuzz_same(a->epsilon, b->epsilon) && fuzz_same(a->rate, b->rate),
                "layer %s changed", a->name);
}

static void expect_same_steps(const Recipe *a, const Recipe *b)
{
    fuzz_expect(a->n_steps == b->n_steps && a->n_views == b->n_views &&
                    a->decision.kind == b->decision.kind &&
                    fuzz_same(a->decision.threshold, b->decision.threshold),
                "the recipe's steps, views or decision changed");
    for (size_t i = 0; i < a->n_steps; i++)
        fuzz_expect(a->steps[i].kind == b->steps[i].kind, "step %zu changed", i);
    for (size_t i = 0; i < a->n_views; i++)
        fuzz_expect(memcmp(a->views[i].groups, b->views[i].groups,
                           a->n_classes * sizeof a->views[i].groups[0]) == 0,
                    "view %s changed", a->views[i].name);
}

static void expect_same_recipe(const Recipe *a, const Recipe *b)
{
    fuzz_expect(strcmp(a->system, b->system) == 0, "system %s became %s", a->system, b->system);
    fuzz_expect(a->n_bands == b->n_bands && a->n_classes == b->n_classes &&
                    a->cutout_size == b->cutout_size && a->zero_block == b->zero_block &&
                    fuzz_same(a->pixel_scale, b->pixel_scale),
                "the recipe changed");
    for (size_t i = 0; i < a->n_bands; i++)
        fuzz_expect(strcmp(a->bands[i].filters, b->bands[i].filters) == 0, "band %zu changed", i);
    for (size_t i = 0; i < a->n_classes; i++)
        fuzz_expect(strcmp(a->classes[i].name, b->classes[i].name) == 0,
                    "the class \"%s\" became \"%s\"", a->classes[i].name, b->classes[i].name);
    expect_same_steps(a, b);
}

static void expect_same_values(const Network *a, const Network *b)
{
    fuzz_expect(network_layer_count(a) == network_layer_count(b), "layers were lost");
    for (size_t i = 0; i < network_layer_count(a); i++)
        expect_same_layer(network_layer(a, i), network_layer(b, i));
    for (size_t i = 0; i < network_parameter_count(a); i++) {
        const Parameter *p = network_parameter_const(a, i), *q = network_parameter_const(b, i);
        fuzz_expect(p->n_values == q->n_values, "%s changed its size", p->name);
        for (size_t j = 0; j < p->n_values; j++)
            fuzz_expect(fuzz_same((double)p->values[j], (double)q->values[j]),
                        "%s[%zu]: %g became %g", p->name, j, (double)p->values[j],
                        (double)q->values[j]);
    }
}

static void check_round_trip(const Model *model)
{
    Model *back = NULL;
    Error error = {0};
    const char *path = fuzz_path("again.fits");
    Status status = model_write(model, path, false, &error);
    fuzz_expect(status == STATUS_OK, "cannot write: %s", error.text);
    status = model_read(path, &back, &error);
    fuzz_expect(status == STATUS_OK, "cannot read again: %s", error.text);
    expect_same_recipe(&model->recipe, &back->recipe);
    const Network *network = model_network(model), *network_back = model_network(back);
    fuzz_expect((network == NULL) == (network_back == NULL), "another kind of classifier");
    if (network != NULL)
        expect_same_values(network, network_back);
    fuzz_expect(strcmp(model->name, back->name) == 0 && model->n_notes == back->n_notes,
                "name or notes changed");
    model_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Model *model;
    Error error = {0};
    char *copy = fuzz_text(bytes, size);
    fuzz_set_checksums((uint8_t *)copy, size);
    Status status = model_read(fuzz_write("model.fits", copy, size), &model, &error);
    free(copy);
    if (status != STATUS_OK) {
        fuzz_expect(model == NULL, "a model with an error");
        fuzz_expect_words(status, &error);
        return 0;
    }
    check_round_trip(model);
    model_free(model);
    return 0;
}
