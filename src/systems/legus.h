// The five Hubble bands and the four classes of LEGUS and PHANGS, which two papers' systems share:
// the members of their recipes.
#ifndef SKYCLASS_SYSTEMS_LEGUS_H
#define SKYCLASS_SYSTEMS_LEGUS_H

// WFC3/UVIS, infinite aperture (ISR WFC3 2017-14, 2021-04, to 0.03 mag), in F435W too, which only
// ACS has: there F438W's, as the factor 0.474 of StarcNet's published RGB pictures means.
#define LEGUS_BANDS                                                                                \
    .n_bands = 5, .bands = {                                                                       \
                      {"NUV", "F275W", "24.15"},                                                   \
                      {"U", "F336W", "24.67"},                                                     \
                      {"B", "F438W F435W", "24.84 24.84"},                                         \
                      {"V", "F555W F606W", "25.81 26.08"},                                         \
                      {"I", "F814W", "25.12"},                                                     \
    }

#define LEGUS_CLASSES                                                                              \
    .n_classes = 4, .classes = {                                                                   \
                        {"symmetric compact cluster", {"red", "#d55e00", "circle"}},               \
                        {"elongated or asymmetric cluster", {"green", "#009e73", "diamond"}},      \
                        {"multi-peaked compact association", {"blue", "#56b4e9", "box"}},          \
                        {"not a cluster", {"yellow", "#f0e442", "cross"}},                         \
    }

#define LEGUS_VIEWS                                                                                \
    .n_views = 3,                                                                                  \
    .views = {{"12|34", {1, 1, 2, 2}}, {"123|4", {1, 1, 1, 2}}, {"12|3|4", {1, 1, 2, 3}}}

#endif
