// How a class is drawn. A model's recipe says it; classes that it leaves out look as StarcNet's.
#ifndef SKYCLASS_CLASSIFIER_CLASS_LOOK_H
#define SKYCLASS_CLASSIFIER_CLASS_LOOK_H

#include <stddef.h>

enum { CLASS_LOOK_SIZE = 16 };

typedef struct ClassLook {
    char colour[CLASS_LOOK_SIZE];      // "#rrggbb" or a DS9 name
    char safe_colour[CLASS_LOOK_SIZE]; // for colour-blind eyes
    char shape[CLASS_LOOK_SIZE];       // DS9 point shape: circle, diamond, ...
} ClassLook;

// `class` from 1; 0 is for sources without a class. More classes than there are colours begin again
// with the first.
ClassLook class_look_default(size_t class);

#endif
