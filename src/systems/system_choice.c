// The choices of a system: those of its recipe are made here, those of its
// architecture are its builder's.
#include <stdio.h>
#include <string.h>

#include "systems/system.h"

enum { OPTIONS_SIZE = 512 };

static const char network_key[] = "network=";

static bool is_network(const char *option, size_t length)
{
    return length > strlen(network_key) && strncmp(option, network_key, strlen(network_key)) == 0;
}

static const RecipeChoice *find(const System *system, const char *option, size_t length)
{
    for (const RecipeChoice *choice = system->choices; choice != NULL && choice->key != NULL;
         choice++) {
        size_t key = strlen(choice->key), value = strlen(choice->value);
        if (length == key + 1 + value && strncmp(option, choice->key, key) == 0 &&
            option[key] == '=' && strncmp(option + key + 1, choice->value, value) == 0)
            return choice;
    }
    return NULL;
}

void system_choices_text(const System *system, char *text, size_t size)
{
    architecture_choices_text(system->architecture, text, size);
    size_t used = strlen(text);
    const char *key = NULL;
    for (const RecipeChoice *choice = system->choices;
         choice != NULL && choice->key != NULL && used < size; choice++) {
        bool begins = key == NULL || strcmp(choice->key, key) != 0;
        key = choice->key;
        used += (size_t)snprintf(text + used, size - used, "%s%s%s%s",
                                 !begins    ? "|"
                                 : used > 0 ? ", "
                                            : "",
                                 begins ? key : "", begins ? "=" : "", choice->value);
    }
    char names[256];
    architecture_names_text(names, sizeof names);
    if (used < size)
        snprintf(text + used, size - used, "%snetwork=%s", used > 0 ? ", " : "", names);
}

// "network=NAME" takes another architecture for the system's recipe; that, or the system's own.
static const Architecture *architecture_of(const System *system, const char *options)
{
    char name[64];
    for (size_t length; *options != '\0'; options += length, options += *options == ',') {
        length = strcspn(options, ",");
        if (is_network(options, length)) {
            snprintf(name, sizeof name, "%.*s", (int)(length - strlen(network_key)),
                     options + strlen(network_key));
            return architecture_find(name);
        }
    }
    return system->architecture;
}

static Status make_choice(const RecipeChoice *choice, Recipe *recipe, Error *error)
{
    Status status = STATUS_OK;
    if (choice->decision != NULL)
        status = decision_read(choice->decision, &recipe->decision, error);
    if (status == STATUS_OK && choice->steps != NULL)
        status = recipe_read_steps(recipe, choice->steps, error);
    return status;
}

static Status refuse(const System *system, const char *option, size_t length, Error *error)
{
    char known[OPTIONS_SIZE];
    system_choices_text(system, known, sizeof known);
    return error_set(error, STATUS_USAGE, "system %s has no option \"%.*s\"; it has %s",
                     system->name, (int)(length < 64 ? length : 64), option,
                     known[0] != '\0' ? known : "none");
}

Status system_choose(const System *system, const char *options, Recipe *recipe, Error *error)
{
    const Architecture *architecture = architecture_of(system, options);
    for (size_t length; *options != '\0'; options += length, options += *options == ',') {
        length = strcspn(options, ",");
        const RecipeChoice *choice = find(system, options, length);
        bool known = choice != NULL || (architecture != NULL &&
                                        (is_network(options, length) ||
                                         architecture_has_choice(architecture, options, length)));
        if (!known)
            return refuse(system, options, length, error);
        Status status = choice != NULL ? make_choice(choice, recipe, error) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

Status system_build(const System *system, const Recipe *recipe, const char *options,
                    Network **network, Error *error)
{
    const Architecture *architecture = architecture_of(system, options);
    char rest[OPTIONS_SIZE] = "";
    *network = NULL;
    for (size_t length, used = 0; *options != '\0'; options += length, options += *options == ',') {
        length = strcspn(options, ",");
        if (find(system, options, length) != NULL ||
            (architecture != NULL && is_network(options, length)))
            continue;
        if (used + length + 2 > sizeof rest || architecture == NULL ||
            !architecture_has_choice(architecture, options, length))
            return refuse(system, options, length, error);
        used += (size_t)snprintf(rest + used, sizeof rest - used, "%s%.*s", used > 0 ? "," : "",
                                 (int)length, options);
    }
    return architecture_build(architecture, system->name, recipe_input_shape(recipe),
                              recipe->n_classes, rest, network, error);
}
