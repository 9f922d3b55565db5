#include "classifier/class_look.h"

#include <stdio.h>
#include <string.h>

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

void class_look_text(const ClassLook *look, char text[CLASS_LOOK_TEXT_SIZE])
{
    snprintf(text, CLASS_LOOK_TEXT_SIZE, "%s %s %s", look->colour, look->safe_colour, look->shape);
}

// Letters, digits and a leading #: what DS9 takes for a colour or a shape, and no more.
static bool is_word(const char *word)
{
    word += word[0] == '#';
    return word[0] != '\0' && word[strspn(word,
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789")] == '\0';
}

bool class_look_parse(const char *text, ClassLook *look)
{
    ClassLook read;
    char rest[2];
    if (sscanf(text, "%15s %15s %15s%1s", read.colour, read.safe_colour, read.shape, rest) != 3 ||
        !is_word(read.colour) || !is_word(read.safe_colour) || !is_word(read.shape))
        return false;
    *look = read;
    return true;
}
