// A classifier behind the steps that make its input: it takes cutouts. So an ensemble can have
// members whose inputs are made differently.
#include <stdlib.h>

#include "base/memory.h"
#include "classifier/classifier_internal.h"
#include "classifier/recipe.h"

typedef struct Prepared {
    Recipe recipe;
    Classifier *inner;
} Prepared;

typedef struct PreparedRunner {
    const Recipe *recipe;
    Scorer *scorer;
    float *input; // [capacity], as the inner classifier takes it
    size_t capacity;
} PreparedRunner;

static void state_free(void *state)
{
    classifier_free(((Prepared *)state)->inner);
    free(state);
}

static size_t member_count(const void *state)
{
    return classifier_member_count(((const Prepared *)state)->inner);
}

static size_t class_count(const void *state)
{
    return classifier_class_count(((const Prepared *)state)->inner);
}

static InputShape input_shape(const void *state)
{
    const Recipe *recipe = &((const Prepared *)state)->recipe;
    return (InputShape){recipe->cutout_size, recipe->n_bands};
}

static double multiply_adds(const void *state)
{
    return classifier_multiply_adds(((const Prepared *)state)->inner);
}

static Network *network_of(const void *state, size_t member)
{
    return classifier_network(((const Prepared *)state)->inner, member);
}

static Status prepare(void *state, Error *error)
{
    return classifier_prepare(((Prepared *)state)->inner, error);
}

static void runner_free(void *state)
{
    PreparedRunner *runner = state;
    scorer_free(runner->scorer);
    free(runner->input);
    free(runner);
}

static Status runner_new(const void *state, Parallel *parallel, void **result, Error *error)
{
    const Prepared *prepared = state;
    PreparedRunner *runner = memory_new(1, sizeof *runner);
    *result = runner;
    if (runner == NULL)
        return error_memory(error, "scoring");
    runner->recipe = &prepared->recipe;
    Status status = scorer_new(prepared->inner, parallel, &runner->scorer, error);
    if (status != STATUS_OK)
        runner_free(runner);
    return status;
}

static Status runner_run(void *state, const float *cutouts, size_t n, float *scores, Error *error)
{
    PreparedRunner *runner = state;
    if (n > runner->capacity) {
        const InputShape shape = recipe_input_shape(runner->recipe);
        free(runner->input);
        runner->input =
            memory_new_aligned(n, shape.size * shape.size * shape.channels * sizeof *runner->input);
        runner->capacity = runner->input != NULL ? n : 0;
        if (runner->input == NULL)
            return error_memory(error, "scoring");
    }
    Status status = recipe_apply(runner->recipe, cutouts, n, runner->input, error);
    return status == STATUS_OK ? scorer_run(runner->scorer, runner->input, n, scores, error)
                               : status;
}

Status classifier_of_steps(const Recipe *recipe, Classifier *inner, Classifier **classifier,
                           Error *error)
{
    static const ClassifierKind kind = {
        .name = "prepared",
        .free = state_free,
        .member_count = member_count,
        .class_count = class_count,
        .input_shape = input_shape,
        .multiply_adds = multiply_adds,
        .network = network_of,
        .prepare = prepare,
        .runner_new = runner_new,
        .runner_run = runner_run,
        .runner_free = runner_free,
    };
    *classifier = NULL;
    Prepared *prepared = memory_new(1, sizeof *prepared);
    if (prepared == NULL)
        return error_memory(error, "a classifier");
    *prepared = (Prepared){*recipe, inner};
    Status status = classifier_new(&kind, prepared, classifier, error);
    if (status != STATUS_OK)
        free(prepared);
    return status;
}
