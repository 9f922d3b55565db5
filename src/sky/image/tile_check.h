// Gzipped tiles of a compressed image, looked into before cfitsio unpacks them.
//
// cfitsio (4.2) knows how many pixels a tile has, and lets what it unpacks grow all the same: as
// far as the packed bytes say, or, where they are cut short, until memory is at its end. A tile
// that unpacks to more than its pixels, or to no end, is damaged, and refused here, at the cost of
// unpacking each tile a second time when it is first read. Only tiles packed by gzip (ZCMPTYPE, or
// the column of those that lost too much otherwise) are concerned; what Rice's and the other
// methods write has the tile's size.
#ifndef SKYCLASS_SKY_IMAGE_TILE_CHECK_H
#define SKYCLASS_SKY_IMAGE_TILE_CHECK_H

#include <fitsio.h>

#include "base/error.h"

typedef struct TileCheck TileCheck;

// For the tile-compressed image at which `file` stands, with n_axes `axes`, at most 9. *check is
// NULL where no tile is gzipped. `file` must outlive it.
Status tile_check_new(fitsfile *file, int n_axes, const long *axes, TileCheck **check,
                      Error *error);
void tile_check_free(TileCheck *check);

// STATUS_BAD_INPUT where a tile that the box from `first` to `last` touches (1-based, both inside,
// an item an axis) unpacks to more than its pixels or is cut short. What cannot be read is left to
// cfitsio.
Status tile_check_box(TileCheck *check, const long *first, const long *last, Error *error);

#endif
