// Runs a network forward.
//
// A convolution's activations of one source may fill a core's L2 cache, while a fully connected
// layer's weights are far larger than its activations and should be read once for many sources. So
// every step runs on as many sources at once as suit it: a block, the same for all steps of one
// level. Running a block of a level first runs the blocks of the level below that make it up.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/run/arena.h"
#include "nn/run/executor.h"
#include "nn/run/operation.h"

enum {
    CACHE_BYTES = 2 << 20,  // a usual L2: input and output of a block of a convolution
    BLOCK_MAX = 64,         // sources; of fully connected layers
    LEVELS_MAX = 7,         // blocks of 1, 2, 4, ... 64
    ARENA_BYTES = 64 << 20, // the largest block shrinks until the arena fits
};

// Where a step's output is: [capacity][values] in the arena; source i of the run is i % capacity.
typedef struct Slot {
    size_t level;    // of the step
    size_t capacity; // sources
    size_t offset;   // in the arena
    size_t owner;    // the step whose slot this is: itself, or the one it works in place of
} Slot;

struct Executor {
    const PackedNetwork *packed;
    const Network *network; // of `packed`
    Parallel *parallel;     // whose threads share each step; NULL: the caller's thread alone
    int kept_layer;         // whose output must stay readable, or STEPS_FUSE_ALL
    StepList list;
    Slot *slots;   // [list.n]
    size_t *order; // [list.n] steps by level, then in the network's order
    size_t n_levels;
    size_t blocks[LEVELS_MAX];          // sources at once; increasing
    size_t level_begin[LEVELS_MAX + 1]; // in `order`
    float *arena;
    float *scratch; // for each thread
};

// One call of executor_forward.
typedef struct Run {
    const float *input;
    float *logits;
} Run;

// ---- Planning ----------------------------------------------------------------------------------

// The exponent of the block that suits a step by itself.
static size_t own_level(const Network *network, const Step *step, size_t top)
{
    const Node *node = &network->nodes[step->layer];
    LayerBlock block = layer_type(node->layer.kind)->block;
    if (block == BLOCK_MANY)
        return top;
    if (block == BLOCK_ONE)
        return 0;
    size_t values = node->n_values + network->nodes[node->layer.inputs[0]].n_values;
    size_t level = 0;
    while (level < top && (values << (level + 1)) * sizeof(float) <= CACHE_BYTES)
        level++;
    return level;
}

// Levels that are used are numbered 0, 1, ... and their blocks listed.
static void set_levels(Executor *executor, size_t top)
{
    const StepList *list = &executor->list;
    bool used[LEVELS_MAX] = {false};
    for (size_t s = 0; s < list->n; s++) {
        const Step *step = &list->steps[s];
        size_t level = s > 0 ? own_level(executor->network, step, top) : 0;
        for (size_t i = 0; i < step->n_inputs; i++)
            if (executor->slots[step->inputs[i]].level > level)
                level = executor->slots[step->inputs[i]].level;
        executor->slots[s].level = level;
        used[level] = used[level] || s > 0;
    }
    size_t number[LEVELS_MAX] = {0};
    executor->n_levels = 0;
    for (size_t level = 0; level < LEVELS_MAX; level++)
        if (used[level]) {
            executor->blocks[executor->n_levels] = (size_t)1 << level;
            number[level] = executor->n_levels++;
        }
    size_t n_ordered = 0;
    for (size_t s = 0; s < list->n; s++)
        executor->slots[s].level = number[executor->slots[s].level];
    for (size_t level = 0; level < executor->n_levels; level++) {
        executor->level_begin[level] = n_ordered;
        for (size_t s = 1; s < list->n; s++)
            if (executor->slots[s].level == level)
                executor->order[n_ordered++] = s;
    }
    executor->level_begin[executor->n_levels] = n_ordered;
}

static size_t step_values(const Executor *executor, size_t step)
{
    return executor->network->nodes[executor->list.steps[step].output].n_values;
}

static bool is_kept(const Executor *executor, size_t step)
{
    return executor->kept_layer != STEPS_FUSE_ALL &&
           executor->list.of_layer[executor->kept_layer] == step;
}

// A step may overwrite its input where nobody else reads that, in one level. The network's own
// input and output are the caller's arrays.
static void set_owners(Executor *executor)
{
    const StepList *list = &executor->list;
    for (size_t s = 0; s < list->n; s++) {
        const Step *step = &list->steps[s];
        Slot *slot = &executor->slots[s];
        slot->owner = s;
        if (s == 0 || s + 1 == list->n || !operation_type(executor->network, step)->in_place)
            continue;
        size_t input = step->inputs[0];
        if (input > 0 && list->steps[input].n_consumers == 1 && !is_kept(executor, input) &&
            executor->slots[input].level == slot->level)
            slot->owner = executor->slots[input].owner;
    }
}

// Widens owner's life and capacity for a reader at `position` of `level`. Levels below run again
// and again while a block of a higher level is gathered, so what crosses levels lives all along.
static void extend_life(Executor *executor, size_t owner, size_t position, size_t level,
                        ArenaItem *item)
{
    Slot *slot = &executor->slots[owner];
    if (level > slot->level)
        item->first = 0;
    if (position > item->last)
        item->last = position;
    if (executor->blocks[level] > slot->capacity)
        slot->capacity = executor->blocks[level];
}

// Returns the arena's size in floats.
static size_t place_slots(Executor *executor, ArenaItem *items)
{
    const StepList *list = &executor->list;
    size_t n_ordered = list->n - 1;
    memset(items, 0, list->n * sizeof *items);
    for (size_t position = 0; position < n_ordered; position++) {
        size_t s = executor->order[position];
        size_t owner = executor->slots[s].owner;
        if (owner == s) {
            items[s].first = items[s].last = position;
            executor->slots[s].capacity = executor->blocks[executor->slots[s].level];
        }
        if (is_kept(executor, s))
            extend_life(executor, owner, n_ordered, executor->n_levels - 1, &items[owner]);
        for (size_t i = 0; i < list->steps[s].n_inputs; i++) {
            size_t input_owner = executor->slots[list->steps[s].inputs[i]].owner;
            extend_life(executor, input_owner, position, executor->slots[s].level,
                        &items[input_owner]);
        }
    }
    for (size_t s = 1; s + 1 < list->n; s++)
        if (executor->slots[s].owner == s)
            items[s].size = executor->slots[s].capacity * step_values(executor, s);
    size_t total = arena_plan(items, list->n);
    for (size_t s = 0; s < list->n; s++) {
        executor->slots[s].offset = items[executor->slots[s].owner].offset;
        executor->slots[s].capacity = executor->slots[executor->slots[s].owner].capacity;
    }
    return total;
}

static Status allocate(Executor *executor, size_t arena_size, Error *error)
{
    size_t scratch_size = 0;
    for (size_t s = 1; s < executor->list.n; s++) {
        size_t size = operation_scratch_size(executor->packed, &executor->list.steps[s]);
        if (size > scratch_size)
            scratch_size = size;
    }
    size_t n_threads = executor->parallel != NULL ? parallel_thread_count(executor->parallel) : 1;
    executor->arena = memory_new_aligned(arena_size, sizeof(float));
    executor->scratch = memory_new_aligned(n_threads * scratch_size, sizeof(float));
    return executor->arena != NULL && executor->scratch != NULL
               ? STATUS_OK
               : error_memory(error, "a network's activations");
}

static Status executor_new_keeping(const PackedNetwork *packed, int kept_layer, Parallel *parallel,
                                   Executor **result, Error *error)
{
    const Network *network = packed_network_of(packed);
    *result = NULL;
    Executor *executor = memory_new(1, sizeof *executor);
    ArenaItem *items = memory_new(network->n_nodes, sizeof *items);
    Status status = STATUS_OK;
    if (executor == NULL || items == NULL) {
        status = error_memory(error, "a network's activations");
        goto end;
    }
    executor->packed = packed;
    executor->network = network;
    executor->kept_layer = kept_layer;
    executor->parallel = parallel;
    executor->slots = memory_new(network->n_nodes, sizeof *executor->slots);
    executor->order = memory_new(network->n_nodes, sizeof *executor->order);
    if (executor->slots == NULL || executor->order == NULL) {
        status = error_memory(error, "a network's activations");
        goto end;
    }
    status = steps_new(network, false, kept_layer, &executor->list, error);
    if (status != STATUS_OK)
        goto end;
    size_t arena_size = 0;
    for (size_t top = LEVELS_MAX; top-- > 0;) {
        set_levels(executor, top);
        set_owners(executor);
        arena_size = place_slots(executor, items);
        if (arena_size <= ARENA_BYTES / sizeof(float))
            break;
    }
    status = allocate(executor, arena_size, error);
end:
    free(items);
    if (status != STATUS_OK) {
        executor_free(executor);
        executor = NULL;
    }
    *result = executor;
    return status;
}

Status executor_new(const PackedNetwork *packed, Executor **executor, Error *error)
{
    return executor_new_keeping(packed, STEPS_FUSE_ALL, NULL, executor, error);
}

Status executor_new_shared(const PackedNetwork *packed, Parallel *parallel, Executor **executor,
                           Error *error)
{
    return executor_new_keeping(packed, STEPS_FUSE_ALL, parallel, executor, error);
}

void executor_free(Executor *executor)
{
    if (executor == NULL)
        return;
    steps_clear(&executor->list);
    free(executor->slots);
    free(executor->order);
    free(executor->arena);
    free(executor->scratch);
    free(executor);
}

// ---- Running -----------------------------------------------------------------------------------

// Where a step's output for source `first` of the run is.
static float *step_output(const Executor *executor, const Run *run, size_t step, size_t first)
{
    size_t values = step_values(executor, step);
    if (step + 1 == executor->list.n)
        return run->logits + first * values;
    const Slot *slot = &executor->slots[step];
    return executor->arena + slot->offset + first % slot->capacity * values;
}

static const float *step_input(const Executor *executor, const Run *run, size_t step, size_t first)
{
    if (step == 0)
        return run->input + first * step_values(executor, 0);
    return step_output(executor, run, step, first);
}

static void run_step(const Executor *executor, const Run *run, size_t s, size_t first, size_t n)
{
    const Step *step = &executor->list.steps[s];
    ForwardCall call = {.view = operation_view(executor->packed, step),
                        .n = n,
                        .output = step_output(executor, run, s, first),
                        .share = SHARE_ALL,
                        .scratch = executor->scratch};
    for (size_t i = 0; i < step->n_inputs; i++)
        call.inputs[i] = step_input(executor, run, step->inputs[i], first);
    if (executor->parallel != NULL)
        operation_forward_shared(&call, executor->parallel);
    else
        operation_forward(&call);
}

// Sources first .. first+n-1, at most one block of the level.
static void run_level(const Executor *executor, const Run *run, size_t level, size_t first,
                      size_t n)
{
    if (level > 0) {
        size_t block = executor->blocks[level - 1];
        for (size_t done = 0; done < n; done += block)
            run_level(executor, run, level - 1, first + done, n - done < block ? n - done : block);
    }
    for (size_t i = executor->level_begin[level]; i < executor->level_begin[level + 1]; i++)
        run_step(executor, run, executor->order[i], first, n);
}

Status executor_forward(Executor *executor, const float *input, size_t n, float *logits,
                        Error *error)
{
    (void)error;
    Run run = {input, logits};
    size_t top = executor->n_levels - 1, block = executor->blocks[top];
    for (size_t first = 0; first < n; first += block)
        run_level(executor, &run, top, first, n - first < block ? n - first : block);
    return STATUS_OK;
}

Status executor_forward_layer(Executor *executor, const float *input, size_t n, size_t layer,
                              float *output, Error *error)
{
    const Network *network = executor->network;
    if (layer >= network->n_nodes)
        return error_set(error, STATUS_USAGE, "the network has no layer %zu", layer);
    Executor *keeper;
    Status status =
        executor_new_keeping(executor->packed, (int)layer, executor->parallel, &keeper, error);
    if (status != STATUS_OK)
        return status;
    size_t top = keeper->n_levels - 1, block = keeper->blocks[top];
    size_t kept = keeper->list.of_layer[layer], values = step_values(keeper, kept);
    float *logits = memory_new_aligned(n * network_class_count(network), sizeof *logits);
    if (logits == NULL)
        status = error_memory(error, "logits");
    Run run = {input, logits};
    for (size_t first = 0; status == STATUS_OK && first < n; first += block) {
        size_t count = n - first < block ? n - first : block;
        run_level(keeper, &run, top, first, count);
        memcpy(output + first * values, step_input(keeper, &run, kept, first),
               count * values * sizeof(float));
    }
    free(logits);
    executor_free(keeper);
    return status;
}
