// How a class is drawn. A model's recipe says it; classes that it leaves out look as StarcNet's.
#ifndef SKYCLASS_CLASSIFIER_CLASS_LOOK_H
#define SKYCLASS_CLASSIFIER_CLASS_LOOK_H

#include <stdbool.h>
#include <stddef.h>

enum { CLASS_LOOK_SIZE = 16, CLASS_LOOK_TEXT_SIZE = 3 * CLASS_LOOK_SIZE };

typedef struct ClassLook {
    char colour[CLASS_LOOK_SIZE];      // "#rrggbb" or a DS9 name
    char safe_colour[CLASS_LOOK_SIZE]; // for colour-blind eyes
    char shape[CLASS_LOOK_SIZE];       // DS9 point shape: circle, diamond, ...
} ClassLook;

// `class` from 1; 0 is for sources without a class. More classes than there are colours begin again
// with the first.
ClassLook class_look_default(size_t class);

// "red #d55e00 circle", as outputs carry it; false, with *look as it was, of a text that is none.
void class_look_text(const ClassLook *look, char text[CLASS_LOOK_TEXT_SIZE]);
bool class_look_parse(const char *text, ClassLook *look);

#endif
