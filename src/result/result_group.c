// Results in a coarser view.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "result/result.h"

static Status find_view(const Recipe *recipe, const char *name, const View **view, Error *error)
{
    char known[RECIPE_TEXT_SIZE] = "";
    size_t used = 0;
    *view = recipe_view(recipe, name);
    if (*view != NULL)
        return STATUS_OK;
    for (size_t i = 0; i < recipe->n_views && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                                 recipe->views[i].name);
    return error_set(error, STATUS_USAGE, "the model has no view \"%s\"; it has %s", name,
                     known[0] != '\0' ? known : "none");
}

// The sums of each group; NaN stays NaN.
static void group_scores(const float *scores, const size_t *groups, size_t n_classes,
                         size_t n_groups, float *grouped)
{
    for (size_t group = 0; group < n_groups; group++)
        grouped[group] = 0.0f;
    for (size_t class = 0; class < n_classes; class ++)
        grouped[groups[class] - 1] += scores[class];
}

static void group_names(Result *result, const size_t *groups, size_t n_groups)
{
    char names[RECIPE_CLASSES_MAX][RECIPE_NAME_SIZE] = {{0}};
    ClassLook looks[RECIPE_CLASSES_MAX + 1] = {result->looks[0]};
    for (size_t class = 0; class < result->n_classes; class ++) {
        char *name = names[groups[class] - 1];
        size_t used = strlen(name);
        if (used == 0)
            looks[groups[class]] = result->looks[class + 1];
        snprintf(name + used, RECIPE_NAME_SIZE - used, "%s%s", used > 0 ? " or " : "",
                 result->names[class]);
    }
    memcpy(result->names, names, n_groups * sizeof *result->names);
    memcpy(result->looks, looks, (n_groups + 1) * sizeof *result->looks);
}

Status result_group(Result *result, const Recipe *recipe, const char *name, Error *error)
{
    const View *view;
    Status status = find_view(recipe, name, &view, error);
    if (status != STATUS_OK)
        return status;
    size_t n_classes = result->n_classes, n_groups = view_group_count(view, n_classes);
    if (n_classes != recipe->n_classes)
        return error_set(error, STATUS_USAGE, "the result is of another model, or grouped already");
    for (size_t i = 0; i < result->list->n * result->n_members; i++) {
        float grouped[RECIPE_CLASSES_MAX];
        group_scores(result->members + i * n_classes, view->groups, n_classes, n_groups, grouped);
        memcpy(result->members + i * n_groups, grouped, n_groups * sizeof *grouped);
    }
    for (size_t i = 0; i < result->list->n; i++) {
        float grouped[RECIPE_CLASSES_MAX];
        group_scores(result->scores + i * n_classes, view->groups, n_classes, n_groups, grouped);
        memcpy(result->scores + i * n_groups, grouped, n_groups * sizeof *grouped);
        if (result->classes[i] > 0)
            result->classes[i] = view->groups[result->classes[i] - 1];
    }
    group_names(result, view->groups, n_groups);
    result->n_classes = n_groups;
    return STATUS_OK;
}
