#include "systems/system.h"

#include <stdio.h>
#include <string.h>

static const System *const systems[] = {&system_starcnet};

size_t system_count(void)
{
    return sizeof systems / sizeof systems[0];
}

const System *system_at(size_t index)
{
    return index < system_count() ? systems[index] : NULL;
}

const System *system_find(const char *name)
{
    for (size_t i = 0; i < system_count(); i++)
        if (strcmp(systems[i]->name, name) == 0)
            return systems[i];
    return NULL;
}

void system_list(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < system_count() && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", systems[i]->name);
}

// What files of version 1 lack, from the system's own recipe where it has the band too.
static void fill_zero_points(const System *system, Recipe *recipe)
{
    const Recipe *own = &system->recipe;
    for (size_t i = 0; i < recipe->n_bands; i++)
        for (size_t k = 0; k < own->n_bands; k++)
            if (recipe->bands[i].zero_points[0] == '\0' &&
                strcmp(recipe->bands[i].filters, own->bands[k].filters) == 0)
                memcpy(recipe->bands[i].zero_points, own->bands[k].zero_points,
                       sizeof own->bands[k].zero_points);
}

Status system_model_read(const char *path, Model **model, Error *error)
{
    Status status = model_read(path, model, error);
    if (status != STATUS_OK)
        return status;
    const System *system = system_find((*model)->recipe.system);
    if (system != NULL) {
        fill_zero_points(system, &(*model)->recipe);
        return STATUS_OK;
    }
    char known[256];
    system_list(known, sizeof known);
    status = error_set(error, STATUS_BAD_INPUT,
                       "%s: a model of the system \"%s\", which this skyclass does not know (it "
                       "knows %s); use a newer skyclass or another model",
                       path, (*model)->recipe.system, known);
    model_free(*model);
    *model = NULL;
    return status;
}

static bool text_is(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncmp(text, word, length) == 0;
}

static size_t value_count(const SystemChoice *choice)
{
    size_t n = 0;
    while (n < SYSTEM_VALUES_MAX && choice->values[n] != NULL)
        n++;
    return n;
}

// "pathways=3|2|1, norm=group|batch"
static void list_choices(const SystemChoice *choices, size_t n_choices, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n_choices && used < size; i++) {
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s=", i > 0 ? ", " : "", choices[i].key);
        for (size_t v = 0; v < value_count(&choices[i]) && used < size; v++)
            used += (size_t)snprintf(text + used, size - used, "%s%s", v > 0 ? "|" : "",
                                     choices[i].values[v]);
    }
}

// True when `text` is "key=value" of one of the choices, which is then picked.
static bool pick(const char *text, size_t length, const SystemChoice *choices, size_t n_choices,
                 size_t *picked)
{
    const char *equals = memchr(text, '=', length);
    if (equals == NULL)
        return false;
    size_t key_length = (size_t)(equals - text);
    for (size_t i = 0; i < n_choices; i++) {
        if (!text_is(text, key_length, choices[i].key))
            continue;
        for (size_t v = 0; v < value_count(&choices[i]); v++)
            if (text_is(equals + 1, length - key_length - 1, choices[i].values[v])) {
                picked[i] = v;
                return true;
            }
    }
    return false;
}

Status system_options_read(const char *system, const char *options, const SystemChoice *choices,
                           size_t n_choices, size_t *picked, Error *error)
{
    for (size_t i = 0; i < n_choices; i++)
        picked[i] = 0;
    while (*options != '\0') {
        size_t length = strcspn(options, ",");
        if (!pick(options, length, choices, n_choices, picked)) {
            char known[256];
            list_choices(choices, n_choices, known, sizeof known);
            return error_set(error, STATUS_USAGE, "system %s has no option \"%.*s\"; it has %s",
                             system, (int)(length < 64 ? length : 64), options,
                             known[0] != '\0' ? known : "none");
        }
        options += length;
        options += *options == ',';
    }
    return STATUS_OK;
}
