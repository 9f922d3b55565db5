#include "sky/image/filter.h"

#include <string.h>
#include <strings.h>

// Pivot wavelengths to about 1 %. Of filters that several of HST's cameras have under one name one
// is here: the others lie within 3 %. F410M is not: WFC3's is at 4109 Angstrom, NIRCam's at 40820.
// MegaCam's second i filter is the bluer one, close to SDSS's (CADC's pages on it). HST: WFC3, ACS
// and WFPC2 Instrument Handbooks. JWST: NIRCam and MIRI user documentation. Euclid: Mellier et al.
// 2024. Roman: WFI technical page. SDSS: Doi et al. 2010. MegaCam: CFHT's filter pages. HSC:
// Kawanomoto et al. 2018. DECam and LSST: as their surveys give them.
static const Filter filters[] = {
    {"F218W", "WFC3/UVIS", 2228},  {"F225W", "WFC3/UVIS", 2372},  {"F275W", "WFC3/UVIS", 2710},
    {"F300X", "WFC3/UVIS", 2820},  {"F336W", "WFC3/UVIS", 3355},  {"F390W", "WFC3/UVIS", 3924},
    {"F390M", "WFC3/UVIS", 3897},  {"F438W", "WFC3/UVIS", 4326},  {"F467M", "WFC3/UVIS", 4683},
    {"F475X", "WFC3/UVIS", 4941},  {"F475W", "WFC3/UVIS", 4773},  {"F547M", "WFC3/UVIS", 5447},
    {"F555W", "WFC3/UVIS", 5308},  {"F606W", "WFC3/UVIS", 5889},  {"F621M", "WFC3/UVIS", 6219},
    {"F625W", "WFC3/UVIS", 6243},  {"F656N", "WFC3/UVIS", 6561},  {"F657N", "WFC3/UVIS", 6567},
    {"F658N", "WFC3/UVIS", 6586},  {"F689M", "WFC3/UVIS", 6877},  {"F763M", "WFC3/UVIS", 7614},
    {"F775W", "WFC3/UVIS", 7651},  {"F814W", "WFC3/UVIS", 8039},  {"F845M", "WFC3/UVIS", 8439},
    {"F850LP", "WFC3/UVIS", 9176}, {"F098M", "WFC3/IR", 9864},    {"F105W", "WFC3/IR", 10551},
    {"F110W", "WFC3/IR", 11534},   {"F125W", "WFC3/IR", 12486},   {"F127M", "WFC3/IR", 12740},
    {"F139M", "WFC3/IR", 13838},   {"F140W", "WFC3/IR", 13923},   {"F153M", "WFC3/IR", 15322},
    {"F160W", "WFC3/IR", 15369},   {"F220W", "ACS/HRC", 2255},    {"F250W", "ACS/HRC", 2716},
    {"F330W", "ACS/HRC", 3362},    {"F435W", "ACS/WFC", 4329},    {"F502N", "ACS/WFC", 5023},
    {"F550M", "ACS/WFC", 5581},    {"F660N", "ACS/WFC", 6599},    {"F170W", "WFPC2", 1821},
    {"F255W", "WFPC2", 2600},      {"F300W", "WFPC2", 2994},      {"F380W", "WFPC2", 3983},
    {"F439W", "WFPC2", 4312},      {"F450W", "WFPC2", 4557},      {"F569W", "WFPC2", 5644},
    {"F622W", "WFPC2", 6189},      {"F675W", "WFPC2", 6718},      {"F702W", "WFPC2", 6917},
    {"F785LP", "WFPC2", 8687},     {"F791W", "WFPC2", 7872},      {"F070W", "NIRCam", 7039},
    {"F090W", "NIRCam", 9021},     {"F115W", "NIRCam", 11543},    {"F140M", "NIRCam", 14053},
    {"F150W", "NIRCam", 15007},    {"F150W2", "NIRCam", 16592},   {"F162M", "NIRCam", 16272},
    {"F164N", "NIRCam", 16445},    {"F182M", "NIRCam", 18452},    {"F187N", "NIRCam", 18739},
    {"F200W", "NIRCam", 19886},    {"F210M", "NIRCam", 20955},    {"F212N", "NIRCam", 21213},
    {"F250M", "NIRCam", 25032},    {"F277W", "NIRCam", 27617},    {"F300M", "NIRCam", 29891},
    {"F322W2", "NIRCam", 32319},   {"F323N", "NIRCam", 32369},    {"F335M", "NIRCam", 33621},
    {"F356W", "NIRCam", 35684},    {"F360M", "NIRCam", 36242},    {"F405N", "NIRCam", 40517},
    {"F430M", "NIRCam", 42813},    {"F444W", "NIRCam", 44043},    {"F460M", "NIRCam", 46300},
    {"F466N", "NIRCam", 46544},    {"F470N", "NIRCam", 47078},    {"F480M", "NIRCam", 48181},
    {"F560W", "MIRI", 56352},      {"F770W", "MIRI", 76393},      {"F1000W", "MIRI", 99531},
    {"F1130W", "MIRI", 113085},    {"F1280W", "MIRI", 128101},    {"F1500W", "MIRI", 150635},
    {"F1800W", "MIRI", 179837},    {"F2100W", "MIRI", 207950},    {"F2550W", "MIRI", 253640},
    {"VIS", "Euclid", 7180},       {"NIR_Y", "Euclid", 10809},    {"NIR_J", "Euclid", 13673},
    {"NIR_H", "Euclid", 17714},    {"NISP_Y", "Euclid", 10809},   {"NISP_J", "Euclid", 13673},
    {"NISP_H", "Euclid", 17714},   {"F062", "Roman/WFI", 6200},   {"F087", "Roman/WFI", 8690},
    {"F106", "Roman/WFI", 10600},  {"F129", "Roman/WFI", 12930},  {"F146", "Roman/WFI", 14640},
    {"F158", "Roman/WFI", 15770},  {"F184", "Roman/WFI", 18420},  {"F213", "Roman/WFI", 21250},
    {"U", "SDSS", 3557},           {"G", "SDSS", 4702},           {"R", "SDSS", 6176},
    {"I", "SDSS", 7490},           {"Z", "SDSS", 8947},           {"U.MP9301", "MegaCam", 3811},
    {"U.MP9302", "MegaCam", 3549}, {"G.MP9401", "MegaCam", 4862}, {"G.MP9402", "MegaCam", 4722},
    {"R.MP9601", "MegaCam", 6258}, {"R.MP9602", "MegaCam", 6402}, {"I.MP9701", "MegaCam", 7670},
    {"I.MP9702", "MegaCam", 7552}, {"I.MP9703", "MegaCam", 7677}, {"Z.MP9801", "MegaCam", 8871},
    {"Z.MP9901", "MegaCam", 9123}, {"HSC-G", "HSC", 4754},        {"HSC-R", "HSC", 6175},
    {"HSC-R2", "HSC", 6210},       {"HSC-I", "HSC", 7711},        {"HSC-I2", "HSC", 7727},
    {"HSC-Z", "HSC", 8898},        {"HSC-Y", "HSC", 9762},        {"Y", "DECam and LSST", 9900},
};

const Filter *filter_find(const char *name)
{
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        if (strcasecmp(filters[i].name, name) == 0)
            return &filters[i];
    return NULL;
}

bool filter_is_space(const char *word)
{
    size_t n_digits = strspn(word + (word[0] != '\0'), "0123456789");
    if (word[0] != 'F' || n_digits < 3 || n_digits > 4)
        return false;
    const char *letters = word + 1 + n_digits;
    size_t n_letters = strcspn(letters, "0123456789");
    if (n_letters == 0)
        return filter_find(word) != NULL;
    // F150W2 and F322W2 are two filters wide.
    return n_letters <= 2 && strspn(letters, "WMNLPX") == n_letters &&
           (letters[n_letters] == '\0' || strcmp(letters + n_letters, "2") == 0);
}
