#include "sky/source/source_point.h"

#include "sky/image/sky_wcs.h"

const char *const point_coords_names[] = {
    [COORDS_GIVEN] = "given",       [COORDS_IMAGE] = "image",
    [COORDS_ICRS] = "icrs",         [COORDS_FK5] = "fk5",
    [COORDS_FK4] = "fk4",           [COORDS_GALACTIC] = "galactic",
    [COORDS_ECLIPTIC] = "ecliptic", NULL};

static const SkySystem sky_systems[] = {[COORDS_ICRS] = SKY_ICRS,
                                        [COORDS_FK5] = SKY_FK5,
                                        [COORDS_FK4] = SKY_FK4,
                                        [COORDS_GALACTIC] = SKY_GALACTIC,
                                        [COORDS_ECLIPTIC] = SKY_ECLIPTIC};

static bool was_sky(const SourceList *list)
{
    return list->table != NULL && list->roles.column[ROLE_X] == NO_COLUMN &&
           list->roles.column[ROLE_RA] != NO_COLUMN;
}

static bool put_sky(const Source *source, PointCoords coords, const RegionMark *mark, FILE *stream)
{
    double longitude, latitude;
    if (!source->has_sky ||
        !sky_system_from_icrs(sky_systems[coords], source->ra, source->dec, &longitude, &latitude))
        return false;
    region_write_point(point_coords_names[coords], longitude, latitude, mark, source->id, stream);
    return true;
}

static bool put_pixels(const Source *source, const Physical *physical, const RegionMark *mark,
                       FILE *stream)
{
    if (!source->has_xy)
        return false;
    double x = source->x, y = source->y;
    if (physical != NULL)
        physical_from_image(physical, &x, &y);
    region_write_point(physical != NULL ? "physical" : "image", x, y, mark, source->id, stream);
    return true;
}

void source_point_write(const SourceList *list, size_t index, PointCoords coords,
                        const Physical *physical, const RegionMark *mark, FILE *stream)
{
    const Source *source = &list->sources[index];
    if (coords == COORDS_GIVEN)
        coords = physical == NULL && was_sky(list) ? COORDS_ICRS : COORDS_IMAGE;
    else
        physical = NULL;
    const bool sky = coords != COORDS_IMAGE;
    if (sky && put_sky(source, coords, mark, stream))
        return;
    if (put_pixels(source, physical, mark, stream) ||
        (!sky && put_sky(source, COORDS_ICRS, mark, stream)))
        return;
    // There is no place to draw it at, but it is not dropped without a word.
    region_write_nowhere(source->id, stream);
}
