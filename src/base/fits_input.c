#include "base/fits_input.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/fits_card.h"
#include "base/fits_reason.h"
#include "base/limits.h"

enum {
    AXES_MAX = 999,      // of the standard
    CARDS_MAX = 1000000, // some hundred times what the longest headers have
    TILE_AXES_MAX = 9,   // what cfitsio decompresses
    TEXT_FOR_NUMBER_MAX = 20,
};

// What a card must hold.
typedef enum RuleKind {
    RULE_INTEGER, // a whole number from `least` to `most`
    RULE_LOGICAL,
    // Read as a number, and harmless where it is something else, as long as that is short: cfitsio
    // copies what it cannot read into 81 bytes of message.
    RULE_NUMBER_OR_SHORT,
} RuleKind;

typedef struct Rule {
    const char *pattern;
    RuleKind kind;
    double least, most;
} Rule;

static const Rule rules[] = {
    {"SIMPLE", RULE_LOGICAL, 0, 0},
    {"BITPIX", RULE_INTEGER, -64, 64},
    {"NAXIS", RULE_INTEGER, 0, AXES_MAX},
    {"NAXIS#", RULE_INTEGER, 0, 0x1p62},
    {"PCOUNT", RULE_INTEGER, 0, 0x1p62},
    {"GCOUNT", RULE_INTEGER, 0, 0x1p62},
    {"TFIELDS", RULE_INTEGER, 0, 999},
    {"GROUPS", RULE_LOGICAL, 0, 0},
    {"ZIMAGE", RULE_LOGICAL, 0, 0},
    {"ZBITPIX", RULE_INTEGER, -64, 64},
    {"ZNAXIS", RULE_INTEGER, 0, AXES_MAX},
    {"ZNAXIS#", RULE_INTEGER, 0, 0x1p31},
    {"ZTILE#", RULE_INTEGER, 1, 0x1p31},
    {"ZPCOUNT", RULE_INTEGER, 0, 0x1p62},
    {"ZGCOUNT", RULE_INTEGER, 0, 0x1p62},
    {"THEAP", RULE_INTEGER, 0, 0x1p62},
    {"ZDITHER0", RULE_NUMBER_OR_SHORT, 0, 0},
    {"ZBLANK", RULE_NUMBER_OR_SHORT, 0, 0},
    {"ZSCALE", RULE_NUMBER_OR_SHORT, 0, 0},
    {"ZZERO", RULE_NUMBER_OR_SHORT, 0, 0},
    {"ZVAL#", RULE_NUMBER_OR_SHORT, 0, 0},
    {"BLANK", RULE_NUMBER_OR_SHORT, 0, 0},
    {"BSCALE", RULE_NUMBER_OR_SHORT, 0, 0},
    {"BZERO", RULE_NUMBER_OR_SHORT, 0, 0},
    {"EXTVER", RULE_NUMBER_OR_SHORT, 0, 0},
    {"EXTLEVEL", RULE_NUMBER_OR_SHORT, 0, 0},
    {"TBCOL#", RULE_NUMBER_OR_SHORT, 0, 0},
    {"TNULL#", RULE_NUMBER_OR_SHORT, 0, 0},
    {"TSCAL#", RULE_NUMBER_OR_SHORT, 0, 0},
    {"TZERO#", RULE_NUMBER_OR_SHORT, 0, 0},
    // Those of skyclass's own files.
    {"NSOURCE", RULE_NUMBER_OR_SHORT, 0, 0},
    {"NCLASS", RULE_NUMBER_OR_SHORT, 0, 0},
    {"CUTSIZE", RULE_NUMBER_OR_SHORT, 0, 0},
    {"NBAND", RULE_NUMBER_OR_SHORT, 0, 0},
    {"NFIELD", RULE_NUMBER_OR_SHORT, 0, 0},
    {"PIXSCALE", RULE_NUMBER_OR_SHORT, 0, 0},
    {"FMTVERS", RULE_NUMBER_OR_SHORT, 0, 0},
};

// What of a header says how much data follow.
typedef struct Header {
    bool groups;
    double bits, n_axes, pcount, gcount; // double: products cannot overflow
    double axes[AXES_MAX + 1];           // from 1
    double tile[TILE_AXES_MAX + 1];
} Header;

static bool card_obeys(const FitsCard *card, const Rule *rule)
{
    bool number = card->kind == FITS_VALUE_INTEGER || card->kind == FITS_VALUE_REAL;
    switch (rule->kind) {
    case RULE_INTEGER:
        return number && card->number == floor(card->number) && card->number >= rule->least &&
               card->number <= rule->most;
    case RULE_LOGICAL:
        return card->kind == FITS_VALUE_LOGICAL;
    default:
        return card->kind != FITS_VALUE_BROKEN &&
               (card->kind != FITS_VALUE_TEXT || card->length <= TEXT_FOR_NUMBER_MAX);
    }
}

static Status check_card(const FitsCard *card, Error *error)
{
    static const char *const wanted[] = {"a whole number in its range", "T or F", "a number"};
    long index;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (fits_card_matches(card->keyword, rules[i].pattern, &index) &&
            !card_obeys(card, &rules[i]))
            return error_set(
                error, STATUS_BAD_INPUT,
                "its header is damaged: %s must be %s; fetch the file again, or mend it",
                card->keyword, wanted[rules[i].kind]);
    return STATUS_OK;
}

// Where the header keeps a number that says how much data there is; NULL for other keywords.
static double *size_of_card(Header *header, const FitsCard *card)
{
    long index;
    if (strcmp(card->keyword, "BITPIX") == 0)
        return &header->bits;
    if (strcmp(card->keyword, "NAXIS") == 0)
        return &header->n_axes;
    if (strcmp(card->keyword, "PCOUNT") == 0)
        return &header->pcount;
    if (strcmp(card->keyword, "GCOUNT") == 0)
        return &header->gcount;
    if (fits_card_matches(card->keyword, "NAXIS#", &index) && index >= 1 && index <= AXES_MAX)
        return &header->axes[index];
    return NULL;
}

// Of two cards that differ cfitsio takes now the first and now the last.
static Status header_take(Header *header, const FitsCard *card, Error *error)
{
    long index;
    double *size = size_of_card(header, card);
    if (size != NULL && !isnan(*size) && *size != card->number)
        return error_set(error, STATUS_BAD_INPUT,
                         "its header is damaged: %s stands there twice, as %.0f and %.0f; fetch "
                         "the file again, or mend it",
                         card->keyword, *size, card->number);
    if (size != NULL)
        *size = card->number;
    if (fits_card_matches(card->keyword, "ZTILE#", &index) && index >= 1 && index <= TILE_AXES_MAX)
        header->tile[index] = card->number;
    if (strcmp(card->keyword, "GROUPS") == 0)
        header->groups = card->number == 1.0;
    return STATUS_OK;
}

static Header header_new(void)
{
    Header header = {.bits = NAN, .n_axes = NAN, .pcount = NAN, .gcount = NAN};
    for (int i = 0; i <= AXES_MAX; i++)
        header.axes[i] = NAN;
    for (int i = 0; i <= TILE_AXES_MAX; i++)
        header.tile[i] = 1.0;
    return header;
}

static double or_default(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

// Bytes of the data unit, without what fills its last block (FITS standard 4.0, section 4.4.1).
static double header_data_bytes(const Header *header)
{
    double n = or_default(header->n_axes, 0.0) > 0.0 ? 1.0 : 0.0;
    for (int i = header->groups && header->axes[1] == 0.0 ? 2 : 1;
         i <= (int)or_default(header->n_axes, 0.0); i++)
        n *= or_default(header->axes[i], 0.0);
    return fabs(or_default(header->bits, 8.0)) / 8.0 * or_default(header->gcount, 1.0) *
           (or_default(header->pcount, 0.0) + n);
}

static Status check_tile(const Header *header, Error *error)
{
    double bytes = sizeof(double);
    for (int i = 1; i <= TILE_AXES_MAX; i++)
        bytes *= header->tile[i];
    return limits_check(bytes < 0x1p62 ? (uint64_t)bytes : UINT64_MAX,
                        "a tile of the compressed image", error);
}

// Reads the header at the stream's place up to its END, in whole blocks. *n_blocks is 0 where no
// header begins there.
static Status read_header(gzFile stream, bool first, Header *header, size_t *n_blocks, Error *error)
{
    char block[FITS_BLOCK_SIZE];
    *header = header_new();
    for (*n_blocks = 0; *n_blocks < CARDS_MAX / (FITS_BLOCK_SIZE / FITS_CARD_SIZE);) {
        if (gzread(stream, block, sizeof block) != (int)sizeof block) {
            // What follows the last HDU is nobody's concern, but a header that begins must end.
            return *n_blocks == 0 && !first
                       ? STATUS_OK
                       : error_set(error, STATUS_BAD_INPUT,
                                   "is cut short within a header; fetch it again");
        }
        if (*n_blocks == 0 && memcmp(block, first ? "SIMPLE  =" : "XTENSION", first ? 9 : 8) != 0)
            return first ? error_set(error, STATUS_BAD_INPUT,
                                     "is not a FITS file (it does not begin with SIMPLE)")
                         : STATUS_OK;
        (*n_blocks)++;
        for (size_t i = 0; i < sizeof block; i += FITS_CARD_SIZE) {
            FitsCard card = fits_card_parse(block + i);
            if (strcmp(card.keyword, "END") == 0 && card.kind == FITS_VALUE_NONE)
                return STATUS_OK;
            if (check_card(&card, error) != STATUS_OK ||
                header_take(header, &card, error) != STATUS_OK)
                return error->status;
        }
    }
    return error_set(error, STATUS_BAD_INPUT, "its header has no end; fetch the file again");
}

static Status check_size(double end, uint64_t file_size, bool packed, Error *error)
{
    if (packed)
        return limits_check_packed(file_size, end < 0x1p62 ? (uint64_t)end : UINT64_MAX,
                                   "the image", error);
    if (end <= (double)file_size)
        return STATUS_OK;
    return error_set(
        error, STATUS_BAD_INPUT,
        "is truncated: its header promises %.0f bytes, the file has %llu; fetch it again", end,
        (unsigned long long)file_size);
}

static Status check_headers(gzFile stream, uint64_t file_size, Error *error)
{
    double place = 0.0;
    Header header;
    size_t n_blocks = 1;
    for (bool first = true; n_blocks > 0; first = false) {
        Status status = read_header(stream, first, &header, &n_blocks, error);
        if (status != STATUS_OK || n_blocks == 0)
            return status;
        place += (double)n_blocks * FITS_BLOCK_SIZE + header_data_bytes(&header);
        status = check_tile(&header, error);
        if (status == STATUS_OK)
            status = check_size(place, file_size, !gzdirect(stream), error);
        if (status != STATUS_OK)
            return status;
        place = ceil(place / FITS_BLOCK_SIZE) * FITS_BLOCK_SIZE;
        if (gzseek(stream, (z_off_t)place, SEEK_SET) < 0)
            return STATUS_OK; // no room for another HDU
    }
    return STATUS_OK;
}

// cfitsio believes the length that a gzip file says in its last four bytes.
static Status check_gzip_length(FILE *stream, uint64_t file_size, Error *error)
{
    unsigned char last[4];
    if (fseek(stream, -(long)sizeof last, SEEK_END) != 0 ||
        fread(last, 1, sizeof last, stream) != sizeof last)
        return error_set(error, STATUS_BAD_INPUT, "is cut short; fetch it again");
    uint64_t unpacked = (uint64_t)last[0] | (uint64_t)last[1] << 8 | (uint64_t)last[2] << 16 |
                        (uint64_t)last[3] << 24;
    return limits_check_packed(file_size, unpacked, "the file", error);
}

// An ordinary file's size and how it begins.
static Status look_at(const char *path, unsigned char start[3], uint64_t *size, Error *error)
{
    struct stat about;
    // Before it is opened: opening a pipe waits until somebody writes to it.
    if (stat(path, &about) != 0)
        return error_set(error, STATUS_BAD_INPUT, "cannot be opened: %s; check the name",
                         strerror(errno));
    if (!S_ISREG(about.st_mode))
        return error_set(error, STATUS_BAD_INPUT, "is not an ordinary file; give a FITS file");
    FILE *stream = fopen(path, "rbe");
    if (stream == NULL)
        return error_set(error, STATUS_BAD_INPUT, "cannot be opened: %s; check its permissions",
                         strerror(errno));
    Status status = STATUS_OK;
    memset(start, 0, 3);
    if (fread(start, 1, 3, stream) == 0)
        status = error_set(error, STATUS_BAD_INPUT, "is empty; fetch or write it again");
    *size = (uint64_t)about.st_size;
    if (status == STATUS_OK && start[0] == 0x1f && start[1] == 0x8b)
        status = check_gzip_length(stream, *size, error);
    fclose(stream);
    return status;
}

Status fits_check(const char *path, Error *error)
{
    Error unused;
    unsigned char start[3];
    uint64_t size = 0;
    if (error == NULL)
        error = &unused;
    Status status = look_at(path, start, &size, error);
    if (status != STATUS_OK)
        return status;
    bool other = (start[0] == 0x1f && start[1] != 0x8b) || memcmp(start, "BZh", 3) == 0;
    if (other)
        return STATUS_OK;
    gzFile stream = gzopen(path, "rbe");
    if (stream == NULL)
        return error_memory(error, "reading a header");
    status = check_headers(stream, size, error);
    gzclose(stream);
    return status;
}

Status fits_input_open(const char *path, fitsfile **file, Error *error)
{
    char name[FLEN_FILENAME], reason[FITS_REASON_SIZE];
    int code = 0;
    *file = NULL;
    // cfitsio strips leading blanks and expands "~" even here; behind "./" it cannot.
    if (snprintf(name, sizeof name, "%s%s", path[0] == '/' ? "" : "./", path) >= (int)sizeof name)
        return error_set(error, STATUS_BAD_INPUT,
                         "cannot be opened: its path is longer than %zu characters; move the file "
                         "nearer",
                         sizeof name - 3);
    Status status = fits_check(path, error);
    if (status != STATUS_OK)
        return status;
    if (fits_open_diskfile(file, name, READONLY, &code) == 0)
        return STATUS_OK;
    *file = NULL;
    return error_set(error, code == MEMORY_ALLOCATION ? STATUS_MEMORY : STATUS_BAD_INPUT,
                     "cannot be opened as FITS (%s); check the file with fitsverify",
                     fits_reason(code, reason));
}
