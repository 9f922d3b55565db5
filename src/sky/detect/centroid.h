// The source that a person means who points near it.
#ifndef SKYCLASS_SKY_DETECT_CENTROID_H
#define SKYCLASS_SKY_DETECT_CENTROID_H

#include <stdbool.h>

#include "base/error.h"
#include "sky/image/image.h"

enum { CENTROID_REACH_MAX = 50 }; // pixels; who points farther off means something else

typedef struct Centroid {
    bool found;  // something stands 3 sigma above its surroundings within reach
    double x, y; // its centroid, 1-based pixels; the position asked for where nothing was found
} Centroid;

// The centroid of the source nearest to the 1-based position (x, y), at most `reach` pixels away
// (0 to CENTROID_REACH_MAX; else STATUS_USAGE). A source is a peak of the image smoothed by 3 x 3
// pixels that lies 3 sigma above the median of the ring from 4 to 12 pixels beyond the reach;
// sigma is that ring's scatter, from its median absolute deviation. The nearest and not the
// brightest: of 590 mock sources pointed at 3 pixels off, 28 then have another class than at their
// catalogued positions (30 with the brightest, 224 with the pixel itself), and of those pointed at
// exactly 15 (21). Starts from the peak's pixel: whoever points at one source from different sides
// gets the same numbers. Nothing is found beyond the image's edge and where all is NaN.
Status centroid_near(Image *image, double x, double y, double reach, Centroid *centroid,
                     Error *error);

#endif
