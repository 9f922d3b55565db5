#include "systems/architecture/architecture.h"

#include <stdio.h>
#include <string.h>

static const Architecture *const architectures[] = {
    &architecture_resnet18,  &architecture_resnet34, &architecture_resnet50,
    &architecture_resnet101, &architecture_vgg16,    &architecture_vgg19_bn,
    &architecture_starcnet,  &architecture_members,  &architecture_small,
};
enum { N_ARCHITECTURES = sizeof architectures / sizeof *architectures };

const Architecture *architecture_find(const char *name)
{
    for (size_t i = 0; i < N_ARCHITECTURES; i++)
        if (strcmp(architectures[i]->name, name) == 0)
            return architectures[i];
    return NULL;
}

void architecture_names_text(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < N_ARCHITECTURES && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? "|" : "",
                                 architectures[i]->name);
}

static bool text_is(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncmp(text, word, length) == 0;
}

static size_t choice_count(const Architecture *architecture)
{
    size_t n = 0;
    while (n < ARCHITECTURE_CHOICES_MAX && architecture->choices[n].key != NULL)
        n++;
    return n;
}

static size_t value_count(const ArchitectureChoice *choice)
{
    size_t n = 0;
    while (n < ARCHITECTURE_VALUES_MAX && choice->values[n] != NULL)
        n++;
    return n;
}

void architecture_choices_text(const Architecture *architecture, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < choice_count(architecture) && used < size; i++) {
        const ArchitectureChoice *choice = &architecture->choices[i];
        used += (size_t)snprintf(text + used, size - used, "%s%s=", i > 0 ? ", " : "", choice->key);
        for (size_t v = 0; v < value_count(choice) && used < size; v++)
            used += (size_t)snprintf(text + used, size - used, "%s%s", v > 0 ? "|" : "",
                                     choice->values[v]);
    }
}

// True when `text` is "key=value" of one of the choices, which is then picked.
static bool pick(const char *text, size_t length, const Architecture *architecture, size_t *picked)
{
    const char *equals = memchr(text, '=', length);
    if (equals == NULL)
        return false;
    size_t key_length = (size_t)(equals - text);
    for (size_t i = 0; i < choice_count(architecture); i++) {
        const ArchitectureChoice *choice = &architecture->choices[i];
        if (!text_is(text, key_length, choice->key))
            continue;
        for (size_t v = 0; v < value_count(choice); v++)
            if (text_is(equals + 1, length - key_length - 1, choice->values[v])) {
                picked[i] = v;
                return true;
            }
    }
    return false;
}

bool architecture_has_choice(const Architecture *architecture, const char *option, size_t length)
{
    size_t picked[ARCHITECTURE_CHOICES_MAX];
    return pick(option, length, architecture, picked);
}

static Status read_options(const Architecture *architecture, const char *system,
                           const char *options, size_t *picked, Error *error)
{
    while (*options != '\0') {
        size_t length = strcspn(options, ",");
        if (!pick(options, length, architecture, picked)) {
            char known[256];
            architecture_choices_text(architecture, known, sizeof known);
            return error_set(error, STATUS_USAGE, "system %s has no option \"%.*s\"; it has %s",
                             system, (int)(length < 64 ? length : 64), options,
                             known[0] != '\0' ? known : "none");
        }
        options += length;
        options += *options == ',';
    }
    return STATUS_OK;
}

Status architecture_build(const Architecture *architecture, const char *system, InputShape input,
                          size_t n_classes, const char *options, Network **network, Error *error)
{
    size_t picked[ARCHITECTURE_CHOICES_MAX] = {0};
    *network = NULL;
    Status status = read_options(architecture, system, options, picked, error);
    if (status != STATUS_OK)
        return status;
    if (input.size < architecture->size_least || input.size > architecture->size_most)
        return error_set(error, STATUS_USAGE,
                         "%s cannot take inputs of %zu pixels; choose %zu to %zu", system,
                         input.size, architecture->size_least, architecture->size_most);
    Builder builder = builder_start(input, error);
    architecture->add(&builder, n_classes, picked);
    return builder_finish(&builder, network);
}
