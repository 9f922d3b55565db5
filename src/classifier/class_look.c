#include "classifier/class_look.h"

#include <stdio.h>

// StarcNet's four, then DS9's other named colours.
static const char *const colours[] = {"white", "red",     "green",   "blue",   "yellow",
                                      "cyan",  "magenta", "#ff8000", "#a060ff"};
// Okabe & Ito (2008), Color Universal Design: without black, which an image hides. Vermilion,
// bluish green, sky blue and yellow stand where StarcNet has red, green, blue and yellow.
static const char *const safe_colours[] = {"#bbbbbb", "#d55e00", "#009e73", "#56b4e9",
                                           "#f0e442", "#cc79a7", "#e69f00", "#0072b2"};
static const char *const shapes[] = {"x",     "circle",    "diamond", "box",
                                     "cross", "boxcircle", "arrow"};

static void pick(const char *const *names, size_t n, size_t class, char text[CLASS_LOOK_SIZE])
{
    snprintf(text, CLASS_LOOK_SIZE, "%s", class == 0 ? names[0] : names[1 + (class - 1) % (n - 1)]);
}

ClassLook class_look_default(size_t class)
{
    ClassLook look = {"", "", ""};
    pick(colours, sizeof colours / sizeof colours[0], class, look.colour);
    pick(safe_colours, sizeof safe_colours / sizeof safe_colours[0], class, look.safe_colour);
    pick(shapes, sizeof shapes / sizeof shapes[0], class, look.shape);
    return look;
}
