#include "mock/mock_settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "mock/mock_catalog.h"

// A grand-design spiral at the distance, with the scale length (Leroy et al. 2008) and near the
// inclination of NGC 628. Surface brightness, dust and star density are such that the mean pixel of
// a cutout, over many drawn galaxies, comes near the means that the published StarcNet subtracts
// (0.024 0.138 0.145 0.254 0.390 electrons/s; the mock's are 0.03 0.05 0.17 0.4 0.4: its U is
// fainter). The mix of classes: Table 1 of Perez et al. (2021).
MockSettings mock_settings_default(void)
{
    MockSettings settings = {
        .name = "MOCK",
        .seed = 1,
        .width = 1500,
        .height = 1500,
        .pixel_scale = 0.0396, // of the LEGUS mosaics
        .ra = 24.17,
        .dec = 15.78,
        .distance = 9.9, // NGC 628, the middle of the survey's range
        .n_sources = 600,
        .class_mix = {0.16, 0.20, 0.20, 0.44},
        .read_noise = 3.1,     // WFC3 Instrument Handbook, chapter 5
        .saturation = 65000.0, // full well of a UVIS pixel, ibid.
        .surface_brightness = 20.4,
        .scale_length = 2.3,
        .bulge = 2.0,
        .bulge_radius = 0.25,
        .inclination = 25.0,
        .position_angle = 20.0,
        .offset_x = 1.5,
        .offset_y = 1.0,
        .arms = 2,
        .pitch = 18.0,
        .arm_contrast = 0.9,
        .dust = 1.2,
        .star_density = 2.0,
        .limit = 24.5,
        .absolute_limit = -6.0, // visual classification stops here (Perez et al. 2021, section 2)
        .ci_cut = 1.4,
    };
    for (int band = 0; band < MOCK_BANDS; band++) {
        settings.exposure[band] = mock_band(band)->exposure;
        settings.throughput[band] = 1.0;
        // Diffraction. The measured width is that of F814W as a whole, not of its pivot.
        settings.psf_width[band] = band == MOCK_I ? 1.0 : mock_band(band)->wavelength / 0.814;
    }
    return settings;
}

static double draw_between(Random *random, double low, double high)
{
    return low + (high - low) * random_uniform(random);
}

// Mosaics differ in how the width of their point-spread functions goes with the band: like
// diffraction where the image is sharp; nearly alike in WFC3/UVIS (FWHM of Table 6.7 of its
// Instrument Handbook: 1.93, 1.82, 1.72, 1.68 and 1.85 pixels at the pivots), whose mirror's errors
// tell in the near ultraviolet; and as in F814W where images are matched to the widest. Focus and
// drizzling scatter by 2 %, as the encircled energies of the stars behind the PSF do.
static void draw_psf(Random *random, MockSettings *settings)
{
    static const double uvis[MOCK_BANDS] = {1.043, 0.986, 0.929, 0.907, 1.0};
    const double pick = random_uniform(random);
    const double focus = 0.02 * random_normal(random);
    for (int band = 0; band < MOCK_BANDS; band++) {
        if (pick >= 0.3)
            settings->psf_width[band] = pick < 0.75 ? uvis[band] : 1.0;
        settings->psf_width[band] *= 1.0 + focus + 0.02 * random_normal(random);
    }
    settings->aberration = 0.015;
    // LEGUS sets the cut where a galaxy's stars end (Adamo et al. 2017, section 3): the CI of this
    // mock's stars goes from 1.22 to 1.41 as the width in V from 0.65 to 1.
    settings->ci_cut = fmax(settings->ci_cut, 1.25 + 0.54 * (settings->psf_width[MOCK_V] - 0.65));
}

MockSettings mock_settings_draw(uint64_t seed)
{
    MockSettings settings = mock_settings_default();
    Random random = random_start(seed, 0x5e771465);
    snprintf(settings.name, sizeof settings.name, "MOCK%04llu", (unsigned long long)seed);
    settings.seed = seed;
    // Evenly in the logarithm, as the survey's sources are (Table 6): half of them nearer than 8.
    settings.distance = 3.0 * pow(6.0, random_uniform(&random));
    settings.ra = draw_between(&random, 0.0, 360.0);
    settings.dec = draw_between(&random, -60.0, 60.0);
    settings.surface_brightness = draw_between(&random, 19.6, 22.0);
    settings.scale_length = draw_between(&random, 0.8, 3.5);
    settings.bulge = draw_between(&random, 0.0, 5.0);
    settings.bulge_radius = draw_between(&random, 0.1, 0.5);
    settings.inclination = draw_between(&random, 0.0, 65.0);
    settings.position_angle = draw_between(&random, 0.0, 180.0);
    double away = draw_between(&random, 0.0, 1.5) * settings.scale_length;
    double direction = draw_between(&random, 0.0, 6.2832);
    settings.offset_x = away * cos(direction);
    settings.offset_y = away * sin(direction);
    // A third are irregulars (most of the 31 galaxies, about a third of the sources).
    settings.arms = random_uniform(&random) < 0.33 ? 0 : 2 + random_index(&random, 3);
    settings.pitch = draw_between(&random, 10.0, 30.0);
    settings.arm_contrast = draw_between(&random, 0.4, 1.8);
    settings.dust = draw_between(&random, 0.2, 2.0);
    settings.star_density = 0.6 * pow(8.0, random_uniform(&random));
    // Archival images differ in depth by up to about a factor of two either way.
    for (int band = 0; band < MOCK_BANDS; band++)
        settings.exposure[band] *= pow(2.0, draw_between(&random, -0.7, 0.7));
    // Part of the sample has archival ACS/WFC images in B, V and I (F435W, F555W or F606W, F814W;
    // Calzetti et al. 2015): two fifths here. Ratios of the Vega zeropoints, ACS/WFC (Bohlin 2016)
    // to WFC3/UVIS.
    if (random_uniform(&random) < 0.4) {
        settings.throughput[MOCK_B] = 2.1;
        settings.throughput[MOCK_V] = random_uniform(&random) < 0.5 ? 0.92 : 1.7;
        settings.throughput[MOCK_I] = 2.2;
    }
    // Catalogues differ in their cut: that of NGC 1566 goes down to 1.35.
    settings.ci_cut = draw_between(&random, 1.35, 1.40);
    // Mixes differ between galaxies (Table 6).
    double sum = 0.0;
    for (size_t i = 0; i < MOCK_CLASSES; i++)
        sum += settings.class_mix[i] *= exp(0.3 * random_normal(&random));
    for (size_t i = 0; i < MOCK_CLASSES; i++)
        settings.class_mix[i] /= sum;
    draw_psf(&random, &settings);
    return settings;
}

Status mock_settings_catalog(const char *path, MockSettings *settings, Error *error)
{
    static const double margin = 10.0; // pixels between the outermost source and the edge
    MockCatalog *catalog = NULL;
    *settings = mock_settings_default();
    size_t length = strlen(path);
    if (length >= sizeof settings->catalog)
        return error_set(error, STATUS_BAD_INPUT, "the catalogue's path %s is too long", path);
    memcpy(settings->catalog, path, length + 1);
    Status status = mock_catalog_read(path, &catalog, error);
    if (status != STATUS_OK)
        return status;
    double width = 0.0;
    double height = 0.0;
    for (size_t i = 0; i < catalog->n; i++) {
        width = fmax(width, catalog->rows[i].x + margin);
        height = fmax(height, catalog->rows[i].y + margin);
    }
    settings->width = (size_t)fmax(100.0, ceil(width));
    settings->height = (size_t)fmax(100.0, ceil(height));
    settings->n_sources = catalog->n;
    // Its middle in the middle of its sources.
    settings->offset_x = 0.0;
    settings->offset_y = 0.0;
    mock_catalog_free(catalog);
    return STATUS_OK;
}

Status mock_settings_check(const MockSettings *settings, Error *error)
{
    if (settings->width < 100 || settings->height < 100 || settings->width > 100000 ||
        settings->height > 100000)
        return error_set(error, STATUS_USAGE,
                         "a mock field of %zu x %zu pixels cannot be made; sides are 100 to 100000",
                         settings->width, settings->height);
    if (settings->name[0] == '\0' || strchr(settings->name, '/') != NULL)
        return error_set(error, STATUS_USAGE,
                         "the name \"%s\" of a mock galaxy begins its files' names: it must not be "
                         "empty or hold a /",
                         settings->name);
    if (settings->n_sources > 1000000 || settings->n_bare > 1000000)
        return error_set(error, STATUS_USAGE, "%zu sources are too many; 1000000 is the limit",
                         settings->n_sources > 1000000 ? settings->n_sources : settings->n_bare);
    const struct {
        const char *name;
        double value, low, high;
    } ranges[] = {
        {"distance", settings->distance, 0.1, 1000.0},
        {"pixel_scale", settings->pixel_scale, 1e-3, 1.0},
        {"scale_length", settings->scale_length, 1e-3, 1000.0},
        {"bulge_radius", settings->bulge_radius, 1e-3, 1000.0},
        {"inclination", settings->inclination, 0.0, 90.0},
        {"pitch", settings->pitch, 1.0, 89.0},
        {"dust", settings->dust, 0.0, 100.0},
        {"star_density", settings->star_density, 0.0, 1000.0},
        {"dec", settings->dec, -90.0, 90.0},
        {"saturation", settings->saturation, 1.0, 1e9},
        {"aberration", settings->aberration, 0.0, 0.05},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high))
            return error_set(error, STATUS_USAGE, "%s of a mock field is %g; it must be %g to %g",
                             ranges[i].name, ranges[i].value, ranges[i].low, ranges[i].high);
    for (int band = 0; band < MOCK_BANDS; band++) {
        if (!(settings->psf_width[band] >= 0.1 && settings->psf_width[band] <= 10.0))
            return error_set(error, STATUS_USAGE,
                             "psf_width of %s is %g times that of F814W; it must be 0.1 to 10",
                             mock_band(band)->filter, settings->psf_width[band]);
        if (!(settings->exposure[band] > 0.0 && settings->exposure[band] < 1e7 &&
              settings->throughput[band] > 0.0 && settings->throughput[band] < 1e3))
            return error_set(error, STATUS_USAGE,
                             "the exposure and throughput of %s must be positive",
                             mock_band(band)->filter);
    }
    double sum = 0.0;
    for (size_t i = 0; i < MOCK_CLASSES; i++)
        sum += settings->class_mix[i] >= 0.0 ? settings->class_mix[i] : NAN;
    if (!(fabs(sum - 1.0) < 0.01))
        return error_set(error, STATUS_USAGE,
                         "the fractions of the classes must be positive and add up to 1");
    return STATUS_OK;
}
