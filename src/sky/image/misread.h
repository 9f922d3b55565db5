// A list of sources that is something else than it was taken for.
#ifndef SKYCLASS_SKY_IMAGE_MISREAD_H
#define SKYCLASS_SKY_IMAGE_MISREAD_H

#include "sky/image/bands.h"
#include "sky/source/source.h"

enum { MISREAD_NOTE_SIZE = 512 };

// When most sources have no position or lie outside the reference image: one line that says so,
// what the list's numbers were taken for, and as what else most of them would lie inside, with the
// option that says so. Else "". For lists whose positions are settled (locate.h). The only error is
// that memory ran out.
Status misread_note(const Bands *bands, const SourceList *list, char note[MISREAD_NOTE_SIZE],
                    Error *error);

#endif
