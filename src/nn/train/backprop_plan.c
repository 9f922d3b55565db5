#include "nn/train/backprop_plan.h"

#include <stdlib.h>

#include "base/memory.h"
#include "nn/run/arena.h"

enum {
    LANES_MAX = 8, // so many threads can work on one batch
    LANES_MIN = 2,
    ACCUMULATOR_BYTES = 512 << 20, // of all lanes together, where that leaves LANES_MIN
    BLOCK_BYTES = 4 << 20,         // the largest activation of a block of sources
    BLOCK_MAX = 16,
    PART_BYTES = 512 << 10, // of activations to be used at once, in a core's second-level cache
};

size_t backprop_plan_values(const Network *network, const BackpropPlan *plan, size_t step)
{
    return network->nodes[plan->list.steps[step].output].n_values;
}

static const Layer *layer_of(const Network *network, const BackpropPlan *plan, size_t step)
{
    return &network->nodes[plan->list.steps[step].layer].layer;
}

static bool finishes_from_batch(const Network *network, const BackpropPlan *plan, size_t step)
{
    return layer_type(layer_of(network, plan, step)->kind)->finishes_from_batch;
}

static bool is_kept(const BackpropPlan *plan, const BackpropOptions *options, size_t step)
{
    return options->kept_layer != STEPS_FUSE_ALL &&
           plan->list.of_layer[options->kept_layer] == step;
}

// ---- Which gradients are wanted ----------------------------------------------------------------

static void set_wanted(const Network *network, const BackpropOptions *options, BackpropPlan *plan)
{
    const StepList *list = &plan->list;
    for (size_t s = 0; s < list->n; s++) {
        const Step *step = &list->steps[s];
        StepPlan *p = &plan->steps[s];
        bool has_parameters = network->nodes[step->layer].n_parameters > 0;
        bool unfrozen = step->layer >= options->first_trainable_layer;
        p->trained = options->parameter_gradients && has_parameters && unfrozen;
        p->batch_statistics =
            options->training && unfrozen && layer_of(network, plan, s)->kind == LAYER_BATCH_NORM;
        p->runs_back =
            p->trained || is_kept(plan, options, s) || (s == 0 && options->input_gradient);
        for (size_t i = 0; i < step->n_inputs; i++) {
            p->runs_back = p->runs_back || plan->steps[step->inputs[i]].runs_back;
            if (p->batch_statistics)
                plan->steps[step->inputs[i]].feeds_statistics = true;
        }
    }
    // Nothing comes back to a step that the logits do not depend on.
    plan->steps[list->n - 1].reaches_output = true;
    for (size_t s = list->n; s-- > 0;) {
        StepPlan *p = &plan->steps[s];
        p->runs_back = p->runs_back && p->reaches_output;
        p->trained = p->trained && p->reaches_output;
        for (size_t i = 0; p->reaches_output && i < list->steps[s].n_inputs; i++)
            plan->steps[list->steps[s].inputs[i]].reaches_output = true;
    }
}

// ---- Stages ------------------------------------------------------------------------------------

// Batch norm begins a stage, since it needs the whole batch. So does a fully connected layer: with
// those behind it, it takes a lane's sources at once, to read its weights once.
static Status set_stages(const Network *network, BackpropPlan *plan, Error *error)
{
    const StepList *list = &plan->list;
    bool *in_linear_stage = memory_new(list->n, sizeof *in_linear_stage);
    if (in_linear_stage == NULL)
        return error_memory(error, "the training plan");
    for (size_t s = 1; s < list->n; s++) {
        const Step *step = &list->steps[s];
        StepPlan *p = &plan->steps[s];
        bool is_linear = finishes_from_batch(network, plan, s);
        for (size_t i = 0; i < step->n_inputs; i++) {
            size_t input = step->inputs[i];
            bool next = p->batch_statistics || (is_linear && !in_linear_stage[input]);
            size_t stage = plan->steps[input].stage + next;
            p->stage = stage > p->stage ? stage : p->stage;
            in_linear_stage[s] = in_linear_stage[s] || is_linear || in_linear_stage[input];
        }
        if (p->stage >= plan->n_stages)
            plan->n_stages = p->stage + 1;
    }
    plan->stage_block = memory_new(plan->n_stages, sizeof *plan->stage_block);
    if (plan->stage_block == NULL) {
        free(in_linear_stage);
        return error_memory(error, "the training plan");
    }
    for (size_t stage = 0; stage < plan->n_stages; stage++) {
        size_t largest = 1;
        bool linear = false;
        for (size_t s = 0; s < list->n; s++) {
            if (plan->steps[s].stage != stage)
                continue;
            size_t values = backprop_plan_values(network, plan, s);
            largest = values > largest ? values : largest;
            linear = linear || in_linear_stage[s];
        }
        size_t block = BLOCK_BYTES / sizeof(float) / largest;
        block = block < BLOCK_MAX ? block : BLOCK_MAX;
        plan->stage_block[stage] = linear ? BLOCK_MAX : block > 0 ? block : 1;
    }
    free(in_linear_stage);
    return STATUS_OK;
}

// ---- What is kept ------------------------------------------------------------------------------

static bool reads(const StepList *list, size_t reader, size_t step)
{
    for (size_t i = 0; i < list->steps[reader].n_inputs; i++)
        if (list->steps[reader].inputs[i] == step)
            return true;
    return false;
}

// Whether `reader` hands a gradient to `step`, which it reads.
static bool hands_gradient(const BackpropPlan *plan, size_t reader, size_t step)
{
    return plan->steps[reader].runs_back && plan->steps[step].runs_back;
}

static void set_kept_values(const Network *network, const BackpropOptions *options,
                            BackpropPlan *plan)
{
    const StepList *list = &plan->list;
    for (size_t s = 1; s < list->n; s++) {
        StepPlan *p = &plan->steps[s];
        bool elsewhere = s + 1 == list->n || is_kept(plan, options, s);
        bool needed = p->runs_back && operation_needs_output(network, &list->steps[s]);
        size_t askers = 0;
        for (size_t r = s + 1; r < list->n; r++) {
            const StepPlan *reader = &plan->steps[r];
            if (!reads(list, r, s))
                continue;
            elsewhere = elsewhere || reader->stage != p->stage;
            if (reader->runs_back && operation_type(network, &list->steps[r])->needs_input) {
                askers++;
                p->recomputed_for = r;
            }
        }
        needed = needed || askers > 0;
        size_t input = list->steps[s].inputs[0];
        bool cheap = operation_type(network, &list->steps[s])->cheap;
        p->recomputed = needed && cheap && !elsewhere && !plan->steps[input].recomputed;
        p->recomputed_in_parts = p->recomputed && askers == 1;
        p->batch_value = elsewhere || (needed && !p->recomputed);
        if (p->recomputed && input > 0)
            plan->steps[input].batch_value = true;
    }
}

// Gradients that wait for another stage, or for the sum over the batch.
static void set_kept_gradients(const Network *network, const BackpropOptions *options,
                               BackpropPlan *plan)
{
    const StepList *list = &plan->list;
    for (size_t s = 0; s < list->n; s++) {
        StepPlan *p = &plan->steps[s];
        bool linear = s > 0 && finishes_from_batch(network, plan, s);
        p->batch_gradient = s == 0 || s + 1 == list->n || is_kept(plan, options, s) ||
                            p->batch_statistics || (linear && p->trained);
        for (size_t r = s + 1; r < list->n; r++)
            if (reads(list, r, s) && hands_gradient(plan, r, s) &&
                !plan->steps[r].batch_statistics && plan->steps[r].stage != p->stage)
                p->batch_gradient = true;
        p->batch_gradient = p->batch_gradient && p->runs_back;
    }
}

// An operation that can work in place leaves its only input's gradient where it found its output's.
static void set_gradients_in_place(const Network *network, BackpropPlan *plan)
{
    const StepList *list = &plan->list;
    for (size_t r = 1; r < list->n; r++) {
        const Step *step = &list->steps[r];
        StepPlan *input = &plan->steps[step->inputs[0]];
        input->gradient_in_place = operation_type(network, step)->in_place && step->n_inputs == 1 &&
                                   list->steps[step->inputs[0]].n_consumers == 1 &&
                                   hands_gradient(plan, r, step->inputs[0]) &&
                                   !plan->steps[r].batch_gradient && !input->batch_gradient;
    }
}

static void limit_part(const Network *network, BackpropPlan *plan, size_t step, size_t values_of)
{
    size_t sources = PART_BYTES / sizeof(float) / backprop_plan_values(network, plan, values_of);
    size_t *part = &plan->steps[step].part;
    *part = sources < *part ? sources : *part;
    *part = *part > 0 ? *part : 1;
}

// A step that asks for values to be computed again takes so few sources at once that they are still
// in cache when it uses them; so do a step that works in place on the gradient that it hands on and
// the one it hands it to.
static void set_parts(const Network *network, BackpropPlan *plan)
{
    const StepList *list = &plan->list;
    for (size_t s = 0; s < list->n; s++)
        plan->steps[s].part = plan->stage_block[plan->steps[s].stage];
    for (size_t s = 1; s < list->n; s++) {
        if (plan->steps[s].recomputed_in_parts)
            limit_part(network, plan, plan->steps[s].recomputed_for, s);
        plan->steps[s].joins_input =
            list->steps[s].inputs[0] == s - 1 && plan->steps[s - 1].gradient_in_place;
        if (plan->steps[s].joins_input)
            limit_part(network, plan, s - 1, s);
    }
    for (size_t s = 1; s < list->n; s++)
        if (plan->steps[s].joins_input)
            plan->steps[s].part = plan->steps[s - 1].part;
}

// The first contribution to a gradient overwrites, the others add. Contributions come stage by
// stage, last step first, except that those of batch statistics come last of all.
static void set_adds(BackpropPlan *plan, bool *touched)
{
    const StepList *list = &plan->list;
    for (int statistics = 0; statistics < 2; statistics++)
        for (size_t stage = plan->n_stages; stage-- > 0;)
            for (size_t s = list->n; s-- > 1;) {
                StepPlan *p = &plan->steps[s];
                if (p->stage != stage || !p->runs_back || p->batch_statistics != statistics)
                    continue;
                for (size_t i = 0; i < list->steps[s].n_inputs; i++) {
                    p->adds[i] = touched[list->steps[s].inputs[i]];
                    touched[list->steps[s].inputs[i]] = true;
                }
            }
}

// ---- Where it is -------------------------------------------------------------------------------

// Times within a stage: step s is computed at time s and goes back at time 2 n - s, joined steps
// all with the last of them; the arena is shared by all stages, so each is planned by itself and
// the largest counts.
static size_t back_time(const BackpropPlan *plan, size_t step)
{
    while (plan->steps[step].joins_input)
        step--;
    return 2 * plan->list.n - step;
}

// The last step, going back, whose gradient is where that of step s is.
static size_t last_in_place(const BackpropPlan *plan, size_t s)
{
    while (s > 0 && plan->steps[plan->list.steps[s].inputs[0]].gradient_in_place &&
           plan->list.steps[s].n_inputs == 1)
        s = plan->list.steps[s].inputs[0];
    return s;
}

// Lives of the four buffers that step s of a stage may have in a thread's arena.
static void set_lives(const Network *network, const BackpropPlan *plan, size_t s, ArenaItem *value,
                      ArenaItem *recomputed, ArenaItem *gradient, ArenaItem *spare)
{
    const StepList *list = &plan->list;
    const StepPlan *p = &plan->steps[s];
    size_t size = plan->stage_block[p->stage] * backprop_plan_values(network, plan, s);
    *value = (ArenaItem){s > 0 && !p->batch_value ? size : 0, s, s, 0};
    size_t asked = back_time(plan, p->recomputed_for);
    if (p->recomputed_in_parts)
        *recomputed = (ArenaItem){plan->steps[p->recomputed_for].part *
                                      backprop_plan_values(network, plan, s),
                                  asked, asked, 0};
    else
        *recomputed = (ArenaItem){p->recomputed ? size : 0, asked, back_time(plan, s), 0};
    bool has_gradient = p->runs_back && !p->batch_gradient && !p->gradient_in_place;
    *gradient = (ArenaItem){has_gradient ? size : 0, back_time(plan, s),
                            back_time(plan, last_in_place(plan, s)), 0};
    *spare = (ArenaItem){0, back_time(plan, s), back_time(plan, s), 0};
    for (size_t r = s + 1; r < list->n; r++) {
        if (!reads(list, r, s))
            continue;
        if (plan->steps[r].stage == p->stage)
            value->last = r;
        if (!hands_gradient(plan, r, s))
            continue;
        if (plan->steps[r].batch_statistics)
            spare->size = size;
        else if (plan->steps[r].stage == p->stage)
            gradient->first = back_time(plan, r);
    }
    if (p->batch_statistics)
        return;
    size_t added = 0;
    for (size_t i = 0; i < list->steps[s].n_inputs; i++)
        if (p->adds[i])
            added += plan->stage_block[p->stage] *
                     backprop_plan_values(network, plan, list->steps[s].inputs[i]);
    spare->size = added > spare->size ? added : spare->size;
}

static Status place_in_arena(const Network *network, BackpropPlan *plan, Error *error)
{
    enum { KINDS = 4 };
    size_t n = plan->list.n;
    ArenaItem *items = memory_new(n, KINDS * sizeof *items);
    if (items == NULL)
        return error_memory(error, "the training plan");
    for (size_t stage = 0; stage < plan->n_stages; stage++) {
        size_t n_items = 0;
        for (size_t s = 0; s < n; s++)
            if (plan->steps[s].stage == stage) {
                ArenaItem *item = &items[n_items];
                set_lives(network, plan, s, item, item + 1, item + 2, item + 3);
                n_items += KINDS;
            }
        size_t size = arena_plan(items, n_items);
        plan->arena_size = size > plan->arena_size ? size : plan->arena_size;
        const ArenaItem *item = items;
        for (size_t s = 0; s < n; s++)
            if (plan->steps[s].stage == stage) {
                plan->steps[s].value_offset = item[0].offset;
                plan->steps[s].recomputed_offset = item[1].offset;
                plan->steps[s].gradient_offset = item[2].offset;
                plan->steps[s].spare_offset = item[3].offset;
                item += KINDS;
            }
    }
    for (size_t s = n; s-- > 1;) {
        StepPlan *input = &plan->steps[plan->list.steps[s].inputs[0]];
        if (input->gradient_in_place)
            input->gradient_offset = plan->steps[s].gradient_offset;
    }
    free(items);
    return STATUS_OK;
}

// Time here is the number of stages gone back; what must outlast them all stays until n_stages.
static Status place_batch_gradients(const Network *network, const BackpropOptions *options,
                                    BackpropPlan *plan, Error *error)
{
    const StepList *list = &plan->list;
    ArenaItem *items = memory_new(list->n, sizeof *items);
    if (items == NULL)
        return error_memory(error, "the training plan");
    for (size_t s = 0; s < list->n; s++) {
        const StepPlan *p = &plan->steps[s];
        size_t time = plan->n_stages - 1 - p->stage;
        items[s] = (ArenaItem){.first = time, .last = time};
        if (!p->batch_gradient)
            continue;
        items[s].size = backprop_plan_values(network, plan, s);
        if (s + 1 == list->n)
            items[s].first = 0;
        for (size_t r = s + 1; r < list->n; r++)
            if (reads(list, r, s) && hands_gradient(plan, r, s) &&
                plan->n_stages - 1 - plan->steps[r].stage < items[s].first)
                items[s].first = plan->n_stages - 1 - plan->steps[r].stage;
        bool linear = s > 0 && finishes_from_batch(network, plan, s);
        if (s == 0 || is_kept(plan, options, s) || linear)
            items[s].last = plan->n_stages;
        else if (p->batch_statistics)
            items[s].last = plan->n_stages - 1 - plan->steps[list->steps[s].inputs[0]].stage;
    }
    plan->batch_gradient_size = arena_plan(items, list->n);
    for (size_t s = 0; s < list->n; s++)
        plan->steps[s].batch_gradient_offset = items[s].offset;
    free(items);
    return STATUS_OK;
}

static void place_accumulators(const PackedNetwork *packed, BackpropPlan *plan)
{
    enum { ALIGN_FLOATS = 16 };
    for (size_t s = 1; s < plan->list.n; s++) {
        const Step *step = &plan->list.steps[s];
        plan->steps[s].accumulator_offset = plan->accumulator_size;
        if (plan->steps[s].trained)
            plan->accumulator_size += (operation_gradient_size(packed, step) + ALIGN_FLOATS - 1) /
                                      ALIGN_FLOATS * ALIGN_FLOATS;
        size_t scratch = operation_scratch_size(packed, step);
        plan->scratch_size = scratch > plan->scratch_size ? scratch : plan->scratch_size;
    }
    plan->n_lanes = LANES_MAX;
    while (plan->n_lanes > LANES_MIN &&
           plan->n_lanes * plan->accumulator_size * sizeof(float) > ACCUMULATOR_BYTES)
        plan->n_lanes /= 2;
}

// ---- All together ------------------------------------------------------------------------------

Status backprop_plan_new(const PackedNetwork *packed, const BackpropOptions *options,
                         BackpropPlan *plan, Error *error)
{
    const Network *network = packed_network_of(packed);
    *plan = (BackpropPlan){0};
    Status status = steps_new(network, options->training, options->kept_layer, &plan->list, error);
    if (status != STATUS_OK)
        return status;
    plan->steps = memory_new(plan->list.n, sizeof *plan->steps);
    bool *touched = memory_new(plan->list.n, sizeof *touched);
    if (plan->steps == NULL || touched == NULL) {
        status = error_memory(error, "the training plan");
        goto end;
    }
    set_wanted(network, options, plan);
    status = set_stages(network, plan, error);
    if (status != STATUS_OK)
        goto end;
    set_kept_values(network, options, plan);
    set_kept_gradients(network, options, plan);
    set_gradients_in_place(network, plan);
    set_parts(network, plan);
    set_adds(plan, touched);
    place_accumulators(packed, plan);
    status = place_in_arena(network, plan, error);
    if (status == STATUS_OK)
        status = place_batch_gradients(network, options, plan, error);
end:
    free(touched);
    if (status != STATUS_OK)
        backprop_plan_clear(plan);
    return status;
}

void backprop_plan_clear(BackpropPlan *plan)
{
    steps_clear(&plan->list);
    free(plan->steps);
    free(plan->stage_block);
    *plan = (BackpropPlan){0};
}
