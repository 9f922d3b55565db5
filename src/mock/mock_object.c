#include "mock/mock_object.h"

#include <math.h>

#include "mock/mock_population.h"
#include "sky/detect/photometry.h"

static const char *const kind_names[MOCK_KINDS] = {
    "symmetric", "elongated", "lopsided", "offset halo", "association", "star",  "pair",
    "triple",    "asterism",  "galaxy",   "knot",        "cosmic ray",  "spike", "bright star",
};

const char *mock_kind_name(MockKind kind)
{
    return kind_names[kind];
}

static const double pi = 3.141592653589793;

typedef struct Draw {
    const MockSettings *settings;
    Random *random;
    double parsecs; // in a pixel
    double v;
    double spike_angle;
    MockObject *object;
} Draw;

static double uniform(Random *random, double low, double high)
{
    return low + (high - low) * random_uniform(random);
}

static MockLight *add_light(Draw *draw, MockShape shape, double x, double y, double v,
                            const MockColours *colours)
{
    MockObject *object = draw->object;
    MockLight *light = &object->lights[object->n++];
    *light = (MockLight){.shape = shape, .x = x, .y = y, .axis_ratio = 1.0};
    mock_colours_flux(colours, v, light->flux);
    return light;
}

static void add_cluster(Draw *draw, double x, double y, double v, double radius, double axis_ratio,
                        const MockColours *colours)
{
    MockLight *light = add_light(draw, MOCK_EFF, x, y, v, colours);
    light->radius = radius;
    // EFF slopes of young clusters: 2.2-3.2 (Elson et al. 1987; Ryon et al. 2015).
    light->slope = uniform(draw->random, 2.2, 3.2);
    light->axis_ratio = axis_ratio;
    light->angle = uniform(draw->random, 0.0, pi);
}

// Ages and reddening by class: the medians and scatters of the LEGUS catalogues (older and redder
// from class 3 to class 1; Perez et al. 2021, section 6.1, and the colours of NGC 1566).
static MockColours cluster_colours(Draw *draw, double log_age, double scatter, double reddening)
{
    Random *random = draw->random;
    double age = log_age + scatter * random_normal(random);
    MockColours colours = mock_cluster_colours(fmin(10.1, fmax(6.0, age)));
    mock_colours_redden(&colours, reddening * -log(1.0 - 0.98 * random_uniform(random)));
    // Red supergiants come in ones and twos, and brighten I at random; all few bright stars make
    // the colours of a cluster of 10^4 solar masses scatter (Fouesneau & Lancon 2010).
    for (int band = 0; band < MOCK_BANDS; band++)
        if (band != MOCK_V)
            colours.minus_v[band] += 0.08 * random_normal(random);
    if (age < 7.4)
        colours.minus_v[MOCK_I] += 0.2 * log(1.0 - 0.98 * random_uniform(random));
    return colours;
}

// The visually brightest stars of a disc are supergiants of types O to late B; `red_share` of them
// are red supergiants (Humphreys 1983).
static MockColours star_colours(Draw *draw, double red_share)
{
    Random *random = draw->random;
    double log_temperature = random_uniform(random) < red_share ? uniform(random, 3.53, 3.72)
                                                                : uniform(random, 4.10, 4.66);
    MockColours colours = mock_star_colours(pow(10.0, log_temperature));
    mock_colours_redden(&colours, -0.25 * log(1.0 - 0.98 * random_uniform(random)));
    return colours;
}

// Effective radius in pixels: log-normal in parsecs, 0.5-10 pc (Ryon et al. 2015, 2017).
static double cluster_radius(Draw *draw, double median)
{
    double radius = median * exp(0.50 * random_normal(draw->random));
    return fmin(10.0, fmax(0.5, radius)) / draw->parsecs;
}

static double fainter(double v, double share)
{
    return v - 2.5 * log10(share);
}

static void draw_symmetric(Draw *draw)
{
    MockColours colours = cluster_colours(draw, 7.85, 0.55, 0.22);
    draw->object->radius = cluster_radius(draw, 2.3);
    add_cluster(draw, 0.0, 0.0, draw->v, draw->object->radius, uniform(draw->random, 0.85, 1.0),
                &colours);
}

static void draw_elongated(Draw *draw)
{
    MockColours colours = cluster_colours(draw, 7.10, 0.65, 0.17);
    draw->object->radius = fmax(0.60, cluster_radius(draw, 2.1));
    add_cluster(draw, 0.0, 0.0, draw->v, draw->object->radius, uniform(draw->random, 0.35, 0.75),
                &colours);
}

static void draw_lopsided(Draw *draw)
{
    Random *random = draw->random;
    MockColours colours = cluster_colours(draw, 7.10, 0.65, 0.17);
    double share = uniform(random, 0.12, 0.35);
    double angle = uniform(random, 0.0, 2.0 * pi);
    double distance = uniform(random, 1.2, 2.8);
    draw->object->radius = cluster_radius(draw, 1.7);
    add_cluster(draw, 0.0, 0.0, fainter(draw->v, 1.0 - share), draw->object->radius,
                uniform(random, 0.7, 1.0), &colours);
    // The companion shares the cluster's light distribution: no second peak, a shoulder.
    add_cluster(draw, distance * cos(angle), distance * sin(angle), fainter(draw->v, share),
                fmax(0.8, 0.8 * draw->object->radius), uniform(random, 0.6, 1.0), &colours);
}

static void draw_offset_halo(Draw *draw)
{
    Random *random = draw->random;
    MockColours colours = cluster_colours(draw, 7.10, 0.65, 0.17);
    double share = uniform(random, 0.30, 0.55);
    double angle = uniform(random, 0.0, 2.0 * pi);
    draw->object->radius = cluster_radius(draw, 1.8);
    double halo = fmax(1.2, 2.5 * draw->object->radius);
    double distance = uniform(random, 0.5, 1.1) * halo;
    add_cluster(draw, 0.0, 0.0, fainter(draw->v, 1.0 - share), draw->object->radius, 1.0, &colours);
    add_cluster(draw, distance * cos(angle), distance * sin(angle), fainter(draw->v, share), halo,
                uniform(random, 0.5, 0.9), &colours);
}

// Stars within `reach` pixels of the origin, where the brightest is; the others are up to
// `contrast` magnitudes fainter. Together of magnitude `v`. They keep 1.2 pixels from each other,
// so that they can be told apart. `common`, if not NULL, pulls their colours halfway.
static void add_stars(Draw *draw, size_t n, double reach, double contrast, double v,
                      double red_share, const MockColours *common)
{
    Random *random = draw->random;
    double shares[MOCK_OBJECT_LIGHTS];
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += shares[i] = i == 0 ? 1.0 : pow(10.0, -0.4 * contrast * random_uniform(random));
    size_t first = draw->object->n;
    for (size_t i = 0; i < n; i++) {
        double x = 0.0;
        double y = 0.0;
        for (int attempt = 0; i > 0 && attempt < 20; attempt++) {
            double r = reach * sqrt(random_uniform(random));
            double angle = uniform(random, 0.0, 2.0 * pi);
            x = r * cos(angle);
            y = r * sin(angle);
            double nearest = INFINITY;
            for (size_t k = first; k < draw->object->n; k++)
                nearest = fmin(nearest,
                               hypot(draw->object->lights[k].x - x, draw->object->lights[k].y - y));
            if (nearest >= 1.2)
                break;
        }
        MockColours colours = star_colours(draw, red_share);
        if (common != NULL)
            for (int band = 0; band < MOCK_BANDS; band++)
                colours.minus_v[band] = 0.5 * (colours.minus_v[band] + common->minus_v[band]);
        add_light(draw, MOCK_POINT, x, y, fainter(v, shares[i] / sum), &colours);
    }
}

// Four or more stars within 5 pixels (the rule of PHANGS-HST, Hannon et al. 2023) on diffuse
// light: the cloud and the fainter members.
static void draw_association(Draw *draw)
{
    Random *random = draw->random;
    MockColours colours = cluster_colours(draw, 6.50, 0.50, 0.12);
    double diffuse = uniform(random, 0.20, 0.55);
    size_t n = 4 + random_index(random, 5);
    add_stars(draw, n, uniform(random, 3.0, 5.0), 3.0, fainter(draw->v, 1.0 - diffuse), 0.15,
              &colours);
    size_t patches = 1 + random_index(random, 2);
    for (size_t i = 0; i < patches; i++) {
        MockLight *light =
            add_light(draw, MOCK_GAUSSIAN, 1.5 * random_normal(random), 1.5 * random_normal(random),
                      fainter(draw->v, diffuse / (double)patches), &colours);
        light->radius = uniform(random, 2.0, 5.0);
        light->axis_ratio = uniform(random, 0.5, 1.0);
        light->angle = uniform(random, 0.0, pi);
    }
    draw->object->radius = 3.5;
}

static void draw_star(Draw *draw)
{
    Random *random = draw->random;
    size_t n = random_index(random, 3);
    double share = n == 0 ? 0.0 : uniform(random, 0.08, 0.30);
    MockColours colours = star_colours(draw, 0.25);
    add_light(draw, MOCK_POINT, 0.0, 0.0, fainter(draw->v, 1.0 - share), &colours);
    for (size_t i = 0; i < n; i++) {
        double angle = uniform(random, 0.0, 2.0 * pi);
        double r = uniform(random, 1.5, 4.0);
        colours = star_colours(draw, 0.25);
        add_light(draw, MOCK_POINT, r * cos(angle), r * sin(angle),
                  fainter(draw->v, share / (double)n), &colours);
    }
}

static void draw_pair(Draw *draw)
{
    Random *random = draw->random;
    double share = uniform(random, 0.2, 0.5);
    double angle = uniform(random, 0.0, 2.0 * pi);
    double r = uniform(random, 1.2, 3.8);
    MockColours colours = star_colours(draw, 0.25);
    add_light(draw, MOCK_POINT, 0.0, 0.0, fainter(draw->v, 1.0 - share), &colours);
    colours = star_colours(draw, 0.25);
    add_light(draw, MOCK_POINT, r * cos(angle), r * sin(angle), fainter(draw->v, share), &colours);
}

static void draw_galaxy(Draw *draw)
{
    Random *random = draw->random;
    MockColours colours = cluster_colours(draw, 9.3, 0.4, 0.10);
    double bulge = random_uniform(random);
    double radius = uniform(random, 2.0, 6.0);
    double axis_ratio = uniform(random, 0.3, 1.0);
    double angle = uniform(random, 0.0, pi);
    MockLight *disc = add_light(draw, MOCK_EXPONENTIAL, 0.0, 0.0,
                                fainter(draw->v, fmax(0.02, 1.0 - bulge)), &colours);
    disc->radius = radius;
    disc->axis_ratio = axis_ratio;
    disc->angle = angle;
    MockLight *middle =
        add_light(draw, MOCK_EFF, 0.0, 0.0, fainter(draw->v, fmax(0.02, bulge)), &colours);
    middle->radius = 0.4 * radius;
    middle->slope = 2.5;
    middle->axis_ratio = 0.5 + 0.5 * axis_ratio;
    middle->angle = angle;
    draw->object->radius = radius;
}

static void draw_knot(Draw *draw)
{
    Random *random = draw->random;
    // Ionised gas: [O III] and H beta in F555W (and none of the strong lines in the others).
    MockColours colours = {{0.4, 0.5, 0.8, 0.0, 0.5}};
    if (random_uniform(random) < 0.6)
        colours = cluster_colours(draw, 6.6, 0.3, 0.15);
    size_t n = 2 + random_index(random, 3);
    for (size_t i = 0; i < n; i++) {
        MockLight *light =
            add_light(draw, MOCK_GAUSSIAN, 2.2 * random_normal(random), 2.2 * random_normal(random),
                      fainter(draw->v, 1.0 / (double)n), &colours);
        light->radius = uniform(random, 2.0, 5.0);
        light->axis_ratio = uniform(random, 0.3, 0.9);
        light->angle = uniform(random, 0.0, pi);
    }
}

static void draw_cosmic_ray(Draw *draw)
{
    Random *random = draw->random;
    MockObject *object = draw->object;
    draw_star(draw);
    double angle = uniform(random, 0.0, pi);
    double side = uniform(random, 0.8, 2.0);
    object->n_hits = 1 + random_index(random, 5);
    double total = mock_band_flux(MOCK_V, draw->v) * uniform(random, 0.4, 1.2);
    for (size_t i = 0; i < object->n_hits; i++) {
        double along = (double)i - 0.5 * (double)(object->n_hits - 1);
        object->hits[i] =
            (MockHit){MOCK_V, along * cos(angle) - side * sin(angle),
                      along * sin(angle) + side * cos(angle), total / (double)object->n_hits};
    }
}

// A bright foreground star: of our own Galaxy, so of the solar neighbourhood's colours.
static MockColours foreground_colours(Draw *draw)
{
    return mock_star_colours(pow(10.0, uniform(draw->random, 3.58, 3.82)));
}

static void add_spikes(Draw *draw, double x, double y, const MockLight *star)
{
    draw->object->spike_x = x;
    draw->object->spike_y = y;
    for (int band = 0; band < MOCK_BANDS; band++)
        draw->object->spike_flux[band] = star->flux[band];
}

static void draw_spike(Draw *draw)
{
    Random *random = draw->random;
    double distance = uniform(random, 14.0, 30.0);
    double angle = draw->spike_angle + 0.5 * pi * (double)random_index(random, 4);
    double x = -distance * cos(angle);
    double y = -distance * sin(angle);
    MockColours colours = foreground_colours(draw);
    double bright = fmin(19.5, draw->v - uniform(random, 4.0, 5.0));
    MockLight *star = add_light(draw, MOCK_POINT, x, y, bright, &colours);
    add_spikes(draw, x, y, star);
    // What is detected is a bead of the spike.
    MockLight *bead = add_light(draw, MOCK_GAUSSIAN, 0.0, 0.0, draw->v, &colours);
    bead->radius = uniform(random, 1.5, 3.0);
    bead->axis_ratio = uniform(random, 0.25, 0.5);
    bead->angle = angle;
}

static void draw_bright_star(Draw *draw)
{
    MockColours colours = foreground_colours(draw);
    draw->v = uniform(draw->random, 17.0, 19.5);
    draw->object->v = draw->v;
    MockLight *star = add_light(draw, MOCK_POINT, 0.0, 0.0, draw->v, &colours);
    add_spikes(draw, 0.0, 0.0, star);
}

typedef struct Recipe {
    MockKind kind;
    size_t label;
    double weight; // within the class
    void (*make)(Draw *draw);
} Recipe;

static void draw_triple(Draw *draw)
{
    add_stars(draw, 3, 4.0, 1.8, draw->v, 0.25, NULL);
}

static void draw_asterism(Draw *draw)
{
    add_stars(draw, 4 + random_index(draw->random, 3), 5.0, 2.2, draw->v, 0.25, NULL);
}

// The paper counts what class 4 holds without giving shares ("foreground/background sources,
// single bright stars, asterisms, artifacts"); most are stars and their blends, as the colours of
// class 4 in NGC 1566, which are those of young stars, say.
static const Recipe recipes[] = {
    {MOCK_SYMMETRIC, 1, 1.0, draw_symmetric},
    {MOCK_ELONGATED, 2, 0.50, draw_elongated},
    {MOCK_LOPSIDED, 2, 0.25, draw_lopsided},
    {MOCK_OFFSET_HALO, 2, 0.25, draw_offset_halo},
    {MOCK_ASSOCIATION, 3, 1.0, draw_association},
    {MOCK_STAR, 4, 0.22, draw_star},
    {MOCK_PAIR, 4, 0.25, draw_pair},
    {MOCK_TRIPLE, 4, 0.17, draw_triple},
    {MOCK_ASTERISM, 4, 0.18, draw_asterism},
    {MOCK_GALAXY, 4, 0.06, draw_galaxy},
    {MOCK_KNOT, 4, 0.04, draw_knot},
    {MOCK_COSMIC_RAY, 4, 0.03, draw_cosmic_ray},
    {MOCK_SPIKE, 4, 0.02, draw_spike},
    {MOCK_BRIGHT_STAR, 4, 0.03, draw_bright_star},
};
enum { N_RECIPES = sizeof recipes / sizeof recipes[0] };

static Draw start_draw(const MockSettings *settings, size_t label, double v, Random *random,
                       MockObject *object)
{
    *object = (MockObject){.label = label, .v = v};
    return (Draw){
        .settings = settings,
        .random = random,
        .parsecs = settings->distance * 1e6 * settings->pixel_scale / 206264.8,
        .v = v,
        .object = object,
    };
}

void mock_object_draw(const MockSettings *settings, size_t label, double v, double spike_angle,
                      Random *random, MockObject *object)
{
    Draw draw = start_draw(settings, label, v, random, object);
    draw.spike_angle = spike_angle;
    double pick = random_uniform(random);
    for (size_t i = 0; i < N_RECIPES; i++) {
        if (recipes[i].label != label)
            continue;
        object->kind = recipes[i].kind;
        pick -= recipes[i].weight;
        if (pick < 0.0) {
            recipes[i].make(&draw);
            return;
        }
    }
    recipes[N_RECIPES - 1].make(&draw);
}

// Main-sequence and giant stars of the foreground as well as a disc's supergiants.
static void draw_bare_star(Draw *draw)
{
    Random *random = draw->random;
    MockColours colours = mock_star_colours(pow(10.0, uniform(random, 3.53, 4.66)));
    mock_colours_redden(&colours, -0.15 * log(1.0 - 0.98 * random_uniform(random)));
    add_light(draw, MOCK_POINT, 0.0, 0.0, draw->v, &colours);
}

// Of any age but the oldest, whose red round light is a galaxy's; from the smallest that is wider
// than a star to as large as Ryon et al. (2015) find them.
static void draw_bare_cluster(Draw *draw)
{
    Random *random = draw->random;
    MockColours colours = cluster_colours(draw, uniform(random, 6.3, 9.5), 0.1, 0.15);
    draw->object->radius = fmax(0.8, uniform(random, 1.0, 5.0) / draw->parsecs);
    add_cluster(draw, 0.0, 0.0, draw->v, draw->object->radius, uniform(random, 0.92, 1.0),
                &colours);
}

void mock_object_draw_bare(const MockSettings *settings, size_t label, double v, Random *random,
                           MockObject *object)
{
    Draw draw = start_draw(settings, label, v, random, object);
    object->bare = true;
    object->kind = label == 1 ? MOCK_SYMMETRIC : MOCK_STAR;
    if (label == 1)
        draw_bare_cluster(&draw);
    else
        draw_bare_star(&draw);
}

void mock_object_move(MockObject *object, double dx, double dy)
{
    object->x += dx;
    object->y += dy;
    object->spike_x += dx;
    object->spike_y += dy;
    for (size_t i = 0; i < object->n; i++) {
        object->lights[i].x += dx;
        object->lights[i].y += dy;
    }
    for (size_t i = 0; i < object->n_hits; i++) {
        object->hits[i].x += dx;
        object->hits[i].y += dy;
    }
}

void mock_object_scale(MockObject *object, double factor)
{
    object->radius *= factor;
    for (size_t i = 0; i < object->n; i++) {
        MockLight *light = &object->lights[i];
        light->x = object->x + factor * (light->x - object->x);
        light->y = object->y + factor * (light->y - object->y);
        light->radius *= factor;
    }
}

void mock_object_dim(MockObject *object, double factor)
{
    for (int band = 0; band < MOCK_BANDS; band++) {
        double before = 0.0;
        double after = 0.0;
        for (size_t i = 0; i < object->n; i++) {
            before += object->lights[i].flux[band];
            after += object->lights[i].flux[band] *= i == 0 ? 1.0 : factor;
        }
        for (size_t i = 0; i < object->n && after > 0.0; i++)
            object->lights[i].flux[band] *= before / after;
    }
}

void mock_object_set_flux(MockObject *object, const double flux[MOCK_BANDS])
{
    for (int band = 0; band < MOCK_BANDS; band++) {
        double sum = 0.0;
        for (size_t i = 0; i < object->n; i++)
            sum += object->lights[i].flux[band];
        double factor = sum > 0.0 ? flux[band] / sum : 0.0;
        for (size_t i = 0; i < object->n; i++)
            object->lights[i].flux[band] *= factor;
        object->spike_flux[band] *= factor;
    }
}

MockLook mock_object_look(const MockObject *object, const MockPsf *psf)
{
    enum { SIDE = 31 };
    float pixels[SIDE * SIDE] = {0.0f};
    MockCanvas canvas = {pixels, lround(object->x) - SIDE / 2, lround(object->y) - SIDE / 2, SIDE,
                         SIDE};
    for (size_t i = 0; i < object->n; i++)
        mock_light_render(&object->lights[i], psf, MOCK_V, 1e-4, &canvas);
    MockLook look = {.x = object->x - (double)canvas.x0, .y = object->y - (double)canvas.y0};
    photometry_centre(pixels, SIDE, SIDE, &look.x, &look.y);
    look.ci = photometry_ci(pixels, SIDE, SIDE, look.x, look.y);
    look.roundness = photometry_roundness(pixels, SIDE, SIDE, look.x, look.y);
    look.x += (double)canvas.x0;
    look.y += (double)canvas.y0;
    return look;
}
