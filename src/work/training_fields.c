#include "work/training_fields.h"

const char *const training_bests[] = {"accuracy", "loss", NULL};
const char *const training_optimisers[] = {"adam", "adadelta", "sgd", NULL};
const char *const training_schedules[] = {"constant", "cosine", "steps", "plateau", NULL};
const char *const training_balances[] = {"none", "reflect", "draw", NULL};
const char *const training_corners[] = {"mirror", "zero", NULL};

const Field training_fields[] = {
    TRAINING_FIELDS(TrainingSettings, ),
    {.name = NULL},
};
