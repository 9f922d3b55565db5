#include "nn/train/backprop.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/layers/reshape.h"
#include "nn/train/backprop_plan.h"
#include "nn/types/norm.h"

// What one step keeps from forward to backward.
typedef struct Memory {
    float *value;       // [capacity][values], where the plan keeps it
    Moments *moments;   // of norms: [capacity][groups], or [channels] with batch statistics
    double *lane_sums;  // with batch statistics: [lanes][2 channels]
    double *batch_sums; // [2 channels]
} Memory;

struct Backprop {
    const PackedNetwork *packed;
    const Network *network; // of `packed`
    Network *trained;       // the same, to move its running statistics; NULL outside training
    BackpropOptions options;
    Parallel *parallel;
    BackpropPlan plan;
    Memory *memory;           // [steps]
    float **gradients;        // [parameters]; NULL where not trained
    float *lane_accumulators; // [lanes][accumulator_size]
    float *batch_gradients;   // arena of batch_gradient_size floats a source
    size_t capacity;          // sources that the batch's buffers hold
    size_t n_threads;
    float **arenas;    // [threads]
    float **scratches; // [threads]
    // The batch in hand.
    const float *input;
    size_t n;
    uint64_t seed;
    size_t stage;
};

// ---- Making and freeing ------------------------------------------------------------------------

static size_t step_count(const Backprop *backprop)
{
    return backprop->plan.list.n;
}

static size_t step_values(const Backprop *backprop, size_t step)
{
    return backprop_plan_values(backprop->network, &backprop->plan, step);
}

static LayerKind step_kind(const Backprop *backprop, size_t step)
{
    return backprop->network->nodes[backprop->plan.list.steps[step].layer].layer.kind;
}

static size_t step_channels(const Backprop *backprop, size_t step)
{
    return backprop->network->nodes[backprop->plan.list.steps[step].layer].shape.channels;
}

static Status allocate_sums(Backprop *backprop, Error *error)
{
    for (size_t s = 1; s < step_count(backprop); s++) {
        if (!backprop->plan.steps[s].batch_statistics)
            continue;
        Memory *memory = &backprop->memory[s];
        size_t channels = step_channels(backprop, s);
        memory->moments = memory_new(channels, sizeof *memory->moments);
        memory->lane_sums =
            memory_new(backprop->plan.n_lanes * 2 * channels, sizeof *memory->lane_sums);
        memory->batch_sums = memory_new(2 * channels, sizeof *memory->batch_sums);
        if (memory->moments == NULL || memory->lane_sums == NULL || memory->batch_sums == NULL)
            return error_memory(error, "sums over the batch");
    }
    return STATUS_OK;
}

static Status allocate_gradients(Backprop *backprop, Error *error)
{
    const Network *network = backprop->network;
    backprop->gradients = memory_new(network->n_parameters, sizeof *backprop->gradients);
    if (backprop->gradients == NULL)
        return error_memory(error, "gradients");
    for (size_t i = 0; i < network->n_parameters; i++) {
        const Parameter *parameter = &network->parameters[i];
        if (!backprop->options.parameter_gradients || !parameter->trainable ||
            parameter->layer < backprop->options.first_trainable_layer)
            continue;
        backprop->gradients[i] = memory_new(parameter->n_values, sizeof(float));
        if (backprop->gradients[i] == NULL)
            return error_memory(error, "gradients");
    }
    return STATUS_OK;
}

static Status allocate_threads(Backprop *backprop, Error *error)
{
    const BackpropPlan *plan = &backprop->plan;
    backprop->n_threads = parallel_thread_count(backprop->parallel);
    backprop->arenas = memory_new(backprop->n_threads, sizeof *backprop->arenas);
    backprop->scratches = memory_new(backprop->n_threads, sizeof *backprop->scratches);
    backprop->lane_accumulators =
        memory_new_aligned(plan->n_lanes * plan->accumulator_size, sizeof(float));
    if (backprop->arenas == NULL || backprop->scratches == NULL ||
        backprop->lane_accumulators == NULL)
        return error_memory(error, "activations");
    for (size_t i = 0; i < backprop->n_threads; i++) {
        backprop->arenas[i] = memory_new_aligned(plan->arena_size, sizeof(float));
        backprop->scratches[i] = memory_new_aligned(plan->scratch_size, sizeof(float));
        if (backprop->arenas[i] == NULL || backprop->scratches[i] == NULL)
            return error_memory(error, "activations");
    }
    return STATUS_OK;
}

Status backprop_new(const PackedNetwork *packed, Network *trained, const BackpropOptions *options,
                    Parallel *parallel, Backprop **result, Error *error)
{
    *result = NULL;
    if (!packed_network_goes_back(packed))
        return error_set(error, STATUS_USAGE,
                         "the network's weights have not been packed for going back");
    Backprop *backprop = memory_new(1, sizeof *backprop);
    if (backprop == NULL)
        return error_memory(error, "training");
    backprop->packed = packed;
    backprop->network = packed_network_of(packed);
    backprop->trained = trained;
    backprop->options = *options;
    backprop->parallel = parallel;
    Status status = backprop_plan_new(packed, options, &backprop->plan, error);
    if (status != STATUS_OK)
        goto end;
    backprop->memory = memory_new(step_count(backprop), sizeof *backprop->memory);
    if (backprop->memory == NULL) {
        status = error_memory(error, "training");
        goto end;
    }
    status = allocate_sums(backprop, error);
    if (status == STATUS_OK)
        status = allocate_gradients(backprop, error);
    if (status == STATUS_OK)
        status = allocate_threads(backprop, error);
end:
    if (status != STATUS_OK) {
        backprop_free(backprop);
        backprop = NULL;
    }
    *result = backprop;
    return status;
}

static void free_batch(Backprop *backprop)
{
    for (size_t s = 0; backprop->memory != NULL && s < step_count(backprop); s++) {
        free(backprop->memory[s].value);
        backprop->memory[s].value = NULL;
        if (!backprop->plan.steps[s].batch_statistics) {
            free(backprop->memory[s].moments);
            backprop->memory[s].moments = NULL;
        }
    }
    free(backprop->batch_gradients);
    backprop->batch_gradients = NULL;
    backprop->capacity = 0;
}

void backprop_free(Backprop *backprop)
{
    if (backprop == NULL)
        return;
    free_batch(backprop);
    for (size_t s = 0; backprop->memory != NULL && s < step_count(backprop); s++) {
        free(backprop->memory[s].moments);
        free(backprop->memory[s].lane_sums);
        free(backprop->memory[s].batch_sums);
    }
    for (size_t i = 0; backprop->gradients != NULL && i < backprop->network->n_parameters; i++)
        free(backprop->gradients[i]);
    for (size_t i = 0; i < backprop->n_threads; i++) {
        if (backprop->arenas != NULL)
            free(backprop->arenas[i]);
        if (backprop->scratches != NULL)
            free(backprop->scratches[i]);
    }
    free(backprop->memory);
    free(backprop->gradients);
    free(backprop->lane_accumulators);
    free(backprop->arenas);
    free(backprop->scratches);
    backprop_plan_clear(&backprop->plan);
    free(backprop);
}

// Room for a batch of n sources.
static Status reserve(Backprop *backprop, size_t n, Error *error)
{
    if (n <= backprop->capacity)
        return STATUS_OK;
    free_batch(backprop);
    const BackpropPlan *plan = &backprop->plan;
    for (size_t s = 1; s < step_count(backprop); s++) {
        Memory *memory = &backprop->memory[s];
        const Layer *layer = &backprop->network->nodes[plan->list.steps[s].layer].layer;
        if (plan->steps[s].batch_value)
            memory->value = memory_new_aligned(n * step_values(backprop, s), sizeof(float));
        if (layer->kind == LAYER_GROUP_NORM)
            memory->moments = memory_new(n * layer->groups, sizeof *memory->moments);
        if ((plan->steps[s].batch_value && memory->value == NULL) ||
            (layer->kind == LAYER_GROUP_NORM && memory->moments == NULL))
            goto no_memory;
    }
    backprop->batch_gradients = memory_new_aligned(n * plan->batch_gradient_size, sizeof(float));
    if (backprop->batch_gradients == NULL)
        goto no_memory;
    backprop->capacity = n;
    return STATUS_OK;
no_memory:
    free_batch(backprop);
    return error_set(error, STATUS_MEMORY,
                     "no memory to train on %zu sources at once; choose a smaller batch", n);
}

// ---- Where things are --------------------------------------------------------------------------

// Sources first .. first+n-1 of a lane, taken at once by a thread. Where they are part of a block,
// `skip` sources of it come before them in the thread's arena.
typedef struct Block {
    size_t lane, thread, first, n, skip;
} Block;

// Of what the plan keeps at `offset` in a thread's arena.
static float *arena_values(const Backprop *backprop, const Block *block, size_t step, size_t offset)
{
    return backprop->arenas[block->thread] + offset + block->skip * step_values(backprop, step);
}

static float *block_value(const Backprop *backprop, const Block *block, size_t step)
{
    const StepPlan *plan = &backprop->plan.steps[step];
    if (plan->batch_value)
        return backprop->memory[step].value + block->first * step_values(backprop, step);
    return arena_values(backprop, block, step, plan->value_offset);
}

static const float *block_input(const Backprop *backprop, const Block *block, size_t step)
{
    if (step == 0)
        return backprop->input + block->first * step_values(backprop, 0);
    return block_value(backprop, block, step);
}

static float *recomputed_value(const Backprop *backprop, const Block *block, size_t step)
{
    const StepPlan *plan = &backprop->plan.steps[step];
    if (plan->recomputed_in_parts)
        return backprop->arenas[block->thread] + plan->recomputed_offset;
    return arena_values(backprop, block, step, plan->recomputed_offset);
}

// The same, going back: what was not kept has been computed again.
static const float *block_input_again(const Backprop *backprop, const Block *block, size_t step)
{
    if (step > 0 && backprop->plan.steps[step].recomputed)
        return recomputed_value(backprop, block, step);
    return block_input(backprop, block, step);
}

static float *batch_gradient(const Backprop *backprop, size_t step)
{
    return backprop->batch_gradients +
           backprop->capacity * backprop->plan.steps[step].batch_gradient_offset;
}

static float *block_gradient(const Backprop *backprop, const Block *block, size_t step)
{
    const StepPlan *plan = &backprop->plan.steps[step];
    if (plan->batch_gradient)
        return batch_gradient(backprop, step) + block->first * step_values(backprop, step);
    return arena_values(backprop, block, step, plan->gradient_offset);
}

static Moments *block_moments(const Backprop *backprop, const Block *block, size_t step)
{
    Moments *moments = backprop->memory[step].moments;
    if (step_kind(backprop, step) != LAYER_GROUP_NORM)
        return moments;
    const Layer *layer = &backprop->network->nodes[backprop->plan.list.steps[step].layer].layer;
    return moments + block->first * layer->groups;
}

static double *lane_sums(const Backprop *backprop, size_t lane, size_t step)
{
    return backprop->memory[step].lane_sums + lane * 2 * step_channels(backprop, step);
}

static const float *step_weight(const Backprop *backprop, size_t step)
{
    return network_layer_values(backprop->network, backprop->plan.list.steps[step].layer, 0);
}

static const float *step_bias(const Backprop *backprop, size_t step)
{
    return network_layer_values(backprop->network, backprop->plan.list.steps[step].layer, 1);
}

static size_t lane_first(const Backprop *backprop, size_t lane)
{
    return lane * backprop->n / backprop->plan.n_lanes;
}

// Calls work for the lane's blocks in order.
static void for_blocks(Backprop *backprop, size_t lane, size_t thread,
                       void (*work)(Backprop *backprop, const Block *block))
{
    size_t end = lane_first(backprop, lane + 1);
    size_t size = backprop->plan.stage_block[backprop->stage];
    for (size_t first = lane_first(backprop, lane); first < end; first += size)
        work(backprop, &(Block){lane, thread, first, end - first < size ? end - first : size, 0});
}

// Different for every dropout layer of a batch.
static uint64_t step_seed(const Backprop *backprop, size_t step)
{
    return backprop->seed + step;
}

// Sum over the lanes, in order.
static void add_lane_sums(Backprop *backprop, size_t step)
{
    size_t n_sums = 2 * step_channels(backprop, step);
    double *sums = backprop->memory[step].batch_sums;
    memset(sums, 0, n_sums * sizeof *sums);
    for (size_t lane = 0; lane < backprop->plan.n_lanes; lane++)
        for (size_t i = 0; i < n_sums; i++)
            sums[i] += lane_sums(backprop, lane, step)[i];
}

static double values_per_channel(const Backprop *backprop, size_t step)
{
    return (double)(backprop->n * step_values(backprop, step) / step_channels(backprop, step));
}

// ---- Forward -----------------------------------------------------------------------------------

static void compute_step(const Backprop *backprop, const Block *block, size_t s, float *output,
                         bool again)
{
    const Step *step = &backprop->plan.list.steps[s];
    ForwardCall call = {.view = operation_view(backprop->packed, step),
                        .n = block->n,
                        .output = output,
                        .moments = block_moments(backprop, block, s),
                        .moments_known = again,
                        .seed = step_seed(backprop, s),
                        .first_source = block->first,
                        .share = SHARE_ALL,
                        .scratch = backprop->scratches[block->thread]};
    for (size_t i = 0; i < step->n_inputs; i++)
        call.inputs[i] = block_input(backprop, block, step->inputs[i]);
    operation_forward(&call);
}

// Adds a block's part to the sums of the batch norms that read the step.
static void gather_statistics(Backprop *backprop, const Block *block, size_t s)
{
    const StepList *list = &backprop->plan.list;
    for (size_t r = s + 1; r < list->n; r++) {
        if (!backprop->plan.steps[r].batch_statistics || list->steps[r].inputs[0] != s)
            continue;
        LayerView view = operation_view(backprop->packed, &list->steps[r]);
        NormShape shape = norm_shape(&view);
        batch_norm_accumulate(&shape, block_input(backprop, block, s), block->n,
                              lane_sums(backprop, block->lane, r),
                              backprop->scratches[block->thread]);
    }
}

static void forward_block(Backprop *backprop, const Block *block)
{
    for (size_t s = 0; s < step_count(backprop); s++) {
        const StepPlan *plan = &backprop->plan.steps[s];
        if (plan->stage != backprop->stage)
            continue;
        if (s > 0)
            compute_step(backprop, block, s, block_value(backprop, block, s), false);
        if (plan->feeds_statistics)
            gather_statistics(backprop, block, s);
    }
}

static void forward_lane(void *context, size_t lane, size_t thread)
{
    for_blocks(context, lane, thread, forward_block);
}

static void zero_lane_sums(Backprop *backprop)
{
    for (size_t s = 1; s < step_count(backprop); s++)
        if (backprop->plan.steps[s].batch_statistics)
            memset(backprop->memory[s].lane_sums, 0,
                   backprop->plan.n_lanes * 2 * step_channels(backprop, s) * sizeof(double));
}

static void finish_statistics(Backprop *backprop, size_t s)
{
    const Step *step = &backprop->plan.list.steps[s];
    const Node *node = &backprop->network->nodes[step->layer];
    Parameter *parameters = &backprop->trained->parameters[node->first_parameter];
    LayerView view = operation_view(backprop->packed, step);
    NormShape shape = norm_shape(&view);
    add_lane_sums(backprop, s);
    batch_norm_moments(&shape, backprop->memory[s].batch_sums, values_per_channel(backprop, s),
                       node->layer.momentum, backprop->memory[s].moments, parameters[2].values,
                       parameters[3].values);
}

Status backprop_forward(Backprop *backprop, const float *input, size_t n, uint64_t seed,
                        Error *error)
{
    if (n == 0)
        return error_set(error, STATUS_USAGE, "a batch needs at least one source");
    Status status = reserve(backprop, n, error);
    if (status != STATUS_OK)
        return status;
    backprop->input = input;
    backprop->n = n;
    backprop->seed = seed;
    zero_lane_sums(backprop);
    for (size_t stage = 0; stage < backprop->plan.n_stages; stage++) {
        backprop->stage = stage;
        for (size_t s = 1; s < step_count(backprop); s++)
            if (backprop->plan.steps[s].batch_statistics && backprop->plan.steps[s].stage == stage)
                finish_statistics(backprop, s);
        parallel_run(backprop->parallel, backprop->plan.n_lanes, forward_lane, backprop);
    }
    return STATUS_OK;
}

const float *backprop_logits(const Backprop *backprop)
{
    return backprop->memory[step_count(backprop) - 1].value;
}

float *backprop_grad_logits(Backprop *backprop)
{
    return batch_gradient(backprop, step_count(backprop) - 1);
}

// ---- Backward ----------------------------------------------------------------------------------

static BackwardCall backward_call(const Backprop *backprop, const Block *block, size_t s)
{
    const Step *step = &backprop->plan.list.steps[s];
    BackwardCall call = {.view = operation_view(backprop->packed, step),
                         .n = block->n,
                         .grad_output = block_gradient(backprop, block, s),
                         .moments = block_moments(backprop, block, s),
                         .guided = backprop->options.guided,
                         .seed = step_seed(backprop, s),
                         .first_source = block->first,
                         .scratch = backprop->scratches[block->thread]};
    if (operation_type(backprop->network, step)->needs_input)
        for (size_t i = 0; i < step->n_inputs; i++)
            call.inputs[i] = block_input_again(backprop, block, step->inputs[i]);
    if (operation_needs_output(backprop->network, step))
        call.output = block_value(backprop, block, s);
    return call;
}

// The batch norms with batch statistics that read the step have summed their gradients over the
// batch; now they hand the step's share on.
static void take_from_statistics(const Backprop *backprop, const Block *block, size_t s)
{
    const StepList *list = &backprop->plan.list;
    const StepPlan *plan = &backprop->plan.steps[s];
    for (size_t r = s + 1; r < list->n; r++) {
        const StepPlan *reader = &backprop->plan.steps[r];
        if (!reader->batch_statistics || !reader->runs_back || list->steps[r].inputs[0] != s)
            continue;
        float *gradient = block_gradient(backprop, block, s);
        float *spare = arena_values(backprop, block, s, plan->spare_offset);
        BackwardCall call = backward_call(backprop, block, r);
        call.batch_sums = backprop->memory[r].batch_sums;
        call.batch_count = values_per_channel(backprop, r);
        call.grad_inputs[0] = reader->adds[0] ? spare : gradient;
        operation_backward(&call);
        if (reader->adds[0])
            add_to(spare, block->n * step_values(backprop, s), gradient);
    }
}

static void gather_gradient_sums(const Backprop *backprop, const Block *block, size_t s)
{
    const Step *step = &backprop->plan.list.steps[s];
    LayerView view = operation_view(backprop->packed, step);
    NormShape shape = norm_shape(&view);
    batch_norm_backward_sums(&shape, block_input(backprop, block, step->inputs[0]), block->n,
                             step_weight(backprop, s), step_bias(backprop, s),
                             backprop->memory[s].moments, block_gradient(backprop, block, s),
                             backprop->options.guided, lane_sums(backprop, block->lane, s),
                             backprop->scratches[block->thread]);
}

static float *lane_accumulator(const Backprop *backprop, size_t lane, size_t step)
{
    return backprop->lane_accumulators + lane * backprop->plan.accumulator_size +
           backprop->plan.steps[step].accumulator_offset;
}

static void go_back(const Backprop *backprop, const Block *block, size_t s)
{
    const Step *step = &backprop->plan.list.steps[s];
    const StepPlan *plan = &backprop->plan.steps[s];
    for (size_t i = 0; i < step->n_inputs; i++) {
        size_t input = step->inputs[i];
        const StepPlan *input_plan = &backprop->plan.steps[input];
        if (input_plan->recomputed && input_plan->recomputed_for == s)
            compute_step(backprop, block, input, recomputed_value(backprop, block, input), true);
    }
    BackwardCall call = backward_call(backprop, block, s);
    size_t n_sums = plan->trained ? operation_gradient_size(backprop->packed, step) : 0;
    if (n_sums > 0) {
        call.grad_parameters = lane_accumulator(backprop, block->lane, s);
        if (block->first == lane_first(backprop, block->lane))
            memset(call.grad_parameters, 0, n_sums * sizeof(float));
    }
    size_t spare = plan->spare_offset;
    for (size_t i = 0; i < step->n_inputs; i++) {
        size_t input = step->inputs[i];
        if (!backprop->plan.steps[input].runs_back)
            continue;
        if (plan->adds[i]) {
            call.grad_inputs[i] = arena_values(backprop, block, input, spare);
            spare += backprop->plan.stage_block[plan->stage] * step_values(backprop, input);
        } else {
            call.grad_inputs[i] = block_gradient(backprop, block, input);
        }
    }
    operation_backward(&call);
    for (size_t i = 0; i < step->n_inputs; i++)
        if (plan->adds[i] && call.grad_inputs[i] != NULL)
            add_to(call.grad_inputs[i], block->n * step_values(backprop, step->inputs[i]),
                   block_gradient(backprop, block, step->inputs[i]));
}

static void backward_step(Backprop *backprop, const Block *block, size_t s)
{
    take_from_statistics(backprop, block, s);
    if (backprop->plan.steps[s].batch_statistics)
        gather_gradient_sums(backprop, block, s);
    else if (s > 0)
        go_back(backprop, block, s);
}

// Steps last, last-1, ... first for one part of the block after the other.
static void backward_parts(Backprop *backprop, const Block *block, size_t last, size_t first)
{
    size_t size = backprop->plan.steps[first].part;
    for (size_t skip = 0; skip < block->n; skip += size) {
        Block part = *block;
        part.first += skip;
        part.skip = skip;
        part.n = block->n - skip < size ? block->n - skip : size;
        for (size_t s = last + 1; s-- > first;)
            backward_step(backprop, &part, s);
    }
}

static void backward_block(Backprop *backprop, const Block *block)
{
    for (size_t s = step_count(backprop); s-- > 0;) {
        size_t last = s;
        if (backprop->plan.steps[s].stage != backprop->stage || !backprop->plan.steps[s].runs_back)
            continue;
        while (backprop->plan.steps[s].joins_input)
            s--;
        backward_parts(backprop, block, last, s);
    }
}

static void backward_lane(void *context, size_t lane, size_t thread)
{
    for_blocks(context, lane, thread, backward_block);
}

// The sum of a step's accumulators over the lanes, in order; a piece of it stays in the nearest
// cache until all lanes have been added. A lane without sources has not touched its accumulators.
static const float *add_lane_accumulators(const Backprop *backprop, size_t s, size_t size)
{
    enum { PIECE = 4096 };
    size_t n_lanes = backprop->plan.n_lanes, first_lane = 0;
    while (lane_first(backprop, first_lane + 1) == 0)
        first_lane++;
    float *sum = lane_accumulator(backprop, first_lane, s);
    for (size_t first = 0; first < size; first += PIECE)
        for (size_t lane = first_lane + 1; lane < n_lanes; lane++)
            if (lane_first(backprop, lane) < lane_first(backprop, lane + 1))
                add_to(lane_accumulator(backprop, lane, s) + first,
                       size - first < PIECE ? size - first : PIECE, sum + first);
    return sum;
}

// The parameters' gradients of one step from what the lanes and the batch have gathered.
static void finish_step(void *context, size_t s, size_t thread)
{
    Backprop *backprop = context;
    const Step *step = &backprop->plan.list.steps[s];
    const StepPlan *plan = &backprop->plan.steps[s];
    if (!plan->trained)
        return;
    const LayerType *type = operation_type(backprop->network, step);
    const Node *node = &backprop->network->nodes[step->layer];
    size_t size = operation_gradient_size(backprop->packed, step);
    FinishCall call = {
        .view = operation_view(backprop->packed, step),
        .sums = add_lane_accumulators(backprop, s, size),
        .batch_sums = backprop->memory[s].batch_sums,
        .n = backprop->n,
        .grad_weight = backprop->gradients[node->first_parameter],
        .grad_bias = node->n_parameters > 1 ? backprop->gradients[node->first_parameter + 1] : NULL,
        .scratch = backprop->scratches[thread]};
    if (type->finishes_from_batch) {
        call.input = block_input(backprop, &(Block){0}, step->inputs[0]);
        call.grad_output = batch_gradient(backprop, s);
    }
    type->finish(&call);
}

void backprop_backward(Backprop *backprop)
{
    zero_lane_sums(backprop);
    for (size_t stage = backprop->plan.n_stages; stage-- > 0;) {
        backprop->stage = stage;
        parallel_run(backprop->parallel, backprop->plan.n_lanes, backward_lane, backprop);
        for (size_t s = 1; s < step_count(backprop); s++)
            if (backprop->plan.steps[s].batch_statistics && backprop->plan.steps[s].stage == stage)
                add_lane_sums(backprop, s);
    }
    if (backprop->options.parameter_gradients)
        parallel_run(backprop->parallel, step_count(backprop), finish_step, backprop);
}

const float *backprop_gradient(const Backprop *backprop, size_t parameter)
{
    return backprop->gradients[parameter];
}

const float *backprop_grad_input(const Backprop *backprop)
{
    return batch_gradient(backprop, 0);
}

static size_t kept_step(const Backprop *backprop)
{
    return backprop->plan.list.of_layer[backprop->options.kept_layer];
}

const float *backprop_kept_value(const Backprop *backprop)
{
    return block_input(backprop, &(Block){0}, kept_step(backprop));
}

const float *backprop_kept_gradient(const Backprop *backprop)
{
    return batch_gradient(backprop, kept_step(backprop));
}
