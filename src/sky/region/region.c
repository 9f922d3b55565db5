// Reads DS9's region language. A statement at a time; spans of the text are remembered, not copied,
// so that region_write.c can give everything back as it was.
#include "sky/region/region.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text_file.h"
#include "sky/region/region_internal.h"

enum {
    VALUES_MAX = 8192, // numbers of one shape: 4,096 corners
    QUOTE_MAX = 60,    // bytes of a bad line shown in an error
};

typedef struct Shape {
    const char *word;
    const char *name;
    unsigned char n_min, n_max; // numbers; 0: no limit
    bool hash;                  // may stand behind '#'
    bool annotation;
    bool corners; // all numbers are corners
    bool pair;    // the first four numbers are two ends
    bool source;  // counts as a region
} Shape;

static const Shape shapes[] = {
    {.word = "circle", .name = "circle", .n_min = 3, .n_max = 3, .source = true},
    {.word = "circle3d", .name = "circle", .n_min = 3, .n_max = 4, .hash = true, .source = true},
    {.word = "annulus", .name = "annulus", .n_min = 4, .source = true},
    {.word = "ellipse", .name = "ellipse", .n_min = 4, .source = true},
    {.word = "box", .name = "box", .n_min = 4, .source = true},
    {.word = "rotbox", .name = "box", .n_min = 4, .n_max = 5, .source = true},
    {.word = "polygon", .name = "polygon", .n_min = 6, .corners = true, .source = true},
    {.word = "segment",
     .name = "segment",
     .n_min = 4,
     .hash = true,
     .corners = true,
     .source = true},
    {.word = "point", .name = "point", .n_min = 2, .n_max = 2, .source = true},
    {.word = "line", .name = "line", .n_min = 4, .n_max = 4, .pair = true, .source = true},
    {.word = "vector", .name = "vector", .n_min = 4, .n_max = 4, .hash = true, .source = true},
    {.word = "text",
     .name = "text",
     .n_min = 2,
     .n_max = 2,
     .hash = true,
     .annotation = true,
     .source = true},
    {.word = "ruler",
     .name = "ruler",
     .n_min = 4,
     .n_max = 4,
     .hash = true,
     .annotation = true,
     .pair = true,
     .source = true},
    {.word = "compass",
     .name = "compass",
     .n_min = 3,
     .n_max = 3,
     .hash = true,
     .annotation = true,
     .source = true},
    {.word = "projection",
     .name = "projection",
     .n_min = 5,
     .n_max = 5,
     .hash = true,
     .pair = true,
     .source = true},
    {.word = "panda", .name = "panda", .n_min = 8, .n_max = 8, .source = true},
    {.word = "cpanda", .name = "panda", .n_min = 8, .n_max = 8, .source = true},
    {.word = "epanda", .name = "epanda", .n_min = 10, .n_max = 11, .source = true},
    {.word = "bpanda", .name = "bpanda", .n_min = 10, .n_max = 11, .source = true},
    {.word = "pie", .name = "pie", .n_min = 4, .source = true},
    {.word = "composite", .name = "composite", .n_min = 2, .n_max = 3, .hash = true},
    {.word = "field", .name = "field"},
};

typedef struct SystemWord {
    const char *word;
    RegionFrame frame;
    SkySystem sky;
    bool sky_known;
} SystemWord;

static const SystemWord systems[] = {
    {"image", REGION_IMAGE, SKY_FK5, true},
    {"logical", REGION_IMAGE, SKY_FK5, true}, // PROS
    {"physical", REGION_PHYSICAL, SKY_FK5, true},
    {"detector", REGION_DETECTOR, SKY_FK5, true},
    {"amplifier", REGION_DETECTOR, SKY_FK5, true},
    {"linear", REGION_NOWHERE, SKY_FK5, true},
    {"fk4", REGION_SKY, SKY_FK4, true},
    {"b1950", REGION_SKY, SKY_FK4, true},
    {"fk5", REGION_SKY, SKY_FK5, true},
    {"j2000", REGION_SKY, SKY_FK5, true},
    {"icrs", REGION_SKY, SKY_ICRS, true},
    {"galactic", REGION_SKY, SKY_GALACTIC, true},
    {"ecliptic", REGION_SKY, SKY_ECLIPTIC, true},
    {"fk4_no_e", REGION_SKY, SKY_FK4, false},
    {"supergalactic", REGION_SKY, SKY_GALACTIC, false},
    {"helioecliptic", REGION_SKY, SKY_ECLIPTIC, false},
};

// What DS9 8 understands behind '#', and how many words, quotes or groups its value has at most.
typedef struct KnownProperty {
    const char *key;
    size_t n_pieces;
} KnownProperty;

static const KnownProperty known_properties[] = {
    {"background", 0}, {"bpanda", 3},    {"callback", 4}, {"color", 1},   {"colour", 1},
    {"compass", 6},    {"composite", 1}, {"cpanda", 2},   {"dash", 1},    {"dashlist", 2},
    {"delete", 1},     {"edit", 1},      {"epanda", 3},   {"fill", 1},    {"fixed", 1},
    {"font", 1},       {"format", 1},    {"highlite", 1}, {"include", 1}, {"line", 2},
    {"move", 1},       {"panda", 2},     {"point", 2},    {"rotate", 1},  {"ruler", 4},
    {"select", 1},     {"source", 1},    {"tag", 1},      {"text", 1},    {"textangle", 1},
    {"textrotate", 1}, {"vector", 1},    {"width", 1},
};

typedef struct Parser {
    RegionFile *file;
    size_t at;
    size_t line;
    size_t statement; // where the statement began
    RegionSystem system;
    bool default_excluded; // global include=0
    Coordinate *values;    // [VALUES_MAX], of the shape being read
    Error *error;
} Parser;

static bool at_line_end(const Parser *parser)
{
    char c = parser->file->text[parser->at];
    return c == '\0' || c == '\n' || c == '\r';
}

static char peek(const Parser *parser)
{
    return parser->file->text[parser->at];
}

static void skip_blanks(Parser *parser)
{
    while (peek(parser) == ' ' || peek(parser) == '\t')
        parser->at++;
}

static void skip_line(Parser *parser)
{
    while (!at_line_end(parser))
        parser->at++;
}

static Status fail(const Parser *parser, const char *why)
{
    const char *text = parser->file->text + parser->statement;
    size_t length = strcspn(text, "\r\n");
    // Cut between characters, not inside one of UTF-8.
    size_t shown = length;
    if (length > QUOTE_MAX)
        for (shown = QUOTE_MAX; shown > 0 && ((unsigned char)text[shown] & 0xc0) == 0x80;)
            shown--;
    return error_set(parser->error, STATUS_BAD_INPUT, "%s, line %zu: %s: \"%.*s%s\"",
                     parser->file->name, parser->line, why, (int)shown, text,
                     shown < length ? "..." : "");
}

// Room for one more item of an array; the array may move.
static bool grow(void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return true;
    size_t larger = *capacity > 0 ? 2 * *capacity : 64;
    void *moved = memory_resize(*(void **)array, larger, size);
    if (moved == NULL)
        return false;
    *(void **)array = moved;
    *capacity = larger;
    return true;
}

// A word of letters, digits and underscores at the parser; length 0 when there is none.
static RegionSpan read_word(const Parser *parser)
{
    RegionSpan span = {parser->at, 0};
    const char *p = parser->file->text + parser->at;
    while (isalnum((unsigned char)p[span.length]) || p[span.length] == '_')
        span.length++;
    return span;
}

bool region_span_is(const RegionFile *file, RegionSpan span, const char *text)
{
    return strlen(text) == span.length && strncasecmp(file->text + span.at, text, span.length) == 0;
}

static const Shape *find_shape(const RegionFile *file, RegionSpan word)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if (region_span_is(file, word, shapes[i].word))
            return &shapes[i];
    return NULL;
}

static bool is_point_shape(const RegionFile *file, RegionSpan word)
{
    static const char *const words[] = {"circle", "box",   "diamond",  "cross",
                                        "x",      "arrow", "boxcircle"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (region_span_is(file, word, words[i]))
            return true;
    return false;
}

// Sets the system if `word` names one. wcs, wcsa ... keep the sky frame; a sky frame keeps the WCS.
static bool set_system(const RegionFile *file, RegionSpan word, RegionSystem *system)
{
    const char *text = file->text + word.at;
    bool wcs = word.length >= 3 && word.length <= 4 && strncasecmp(text, "wcs", 3) == 0 &&
               (word.length == 3 || isalnum((unsigned char)text[3]));
    if (wcs) {
        memcpy(system->wcs, text, word.length);
        system->wcs[word.length] = '\0';
        if (system->frame != REGION_SKY) {
            system->frame = REGION_SKY;
            system->sky = SKY_FK5;
            system->sky_known = true;
            system->name = "";
        }
        return true;
    }
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++)
        if (region_span_is(file, word, systems[i].word)) {
            system->frame = systems[i].frame;
            system->sky = systems[i].sky;
            system->sky_known = systems[i].sky_known;
            system->name = systems[i].word;
            return true;
        }
    return false;
}

static const KnownProperty *find_known(const RegionFile *file, RegionSpan key)
{
    for (size_t i = 0; i < sizeof known_properties / sizeof known_properties[0]; i++)
        if (region_span_is(file, key, known_properties[i].key))
            return &known_properties[i];
    return NULL;
}

// The end of the quoted text or the group that starts at `at`, behind its last character; 0 when
// the line ends before. DS9 writes braces inside braces, so pairs are counted; where they do not
// come out even, the first closing brace it is.
static size_t quote_end(const char *text, size_t at)
{
    char open = text[at];
    char close = open == '{' ? '}' : open == '(' ? ')' : open;
    size_t depth = 0, first = 0;
    for (size_t i = at + 1; text[i] != '\0' && text[i] != '\n' && text[i] != '\r'; i++) {
        if (text[i] == close && first == 0)
            first = i + 1;
        if (text[i] == close && depth-- == 0)
            return i + 1;
        if (text[i] == open && open == '{')
            depth++;
    }
    return first;
}

// Moves over one piece of a property's value: quoted text, a group in parentheses, or a run. What
// is opened and not closed goes to the end of the line; false then.
static bool skip_value_piece(Parser *parser, bool known)
{
    const char *text = parser->file->text;
    if (strchr("{\"'(", peek(parser)) != NULL) {
        size_t end = quote_end(text, parser->at);
        if (end == 0)
            skip_line(parser);
        else
            parser->at = end;
        return end > 0;
    }
    parser->at++;
    while (!at_line_end(parser) && strchr(known ? " \t;,{\"'(" : " \t", peek(parser)) == NULL)
        parser->at++;
    return true;
}

// "key=" or a word that is a property by itself starts here.
static bool starts_property(const Parser *parser)
{
    RegionSpan word = read_word(parser);
    if (word.length == 0)
        return false;
    const char *text = parser->file->text;
    size_t at = word.at + word.length;
    while (text[at] == ' ' || text[at] == '\t')
        at++;
    return text[at] == '=' || region_span_is(parser->file, word, "source") ||
           region_span_is(parser->file, word, "background");
}

static bool ends_properties(const Parser *parser, bool known)
{
    return at_line_end(parser) || (known && peek(parser) == ';');
}

// `end` moved before the blanks that precede it.
static size_t trim_end(const RegionFile *file, size_t end)
{
    while (end > 0 && (file->text[end - 1] == ' ' || file->text[end - 1] == '\t'))
        end--;
    return end;
}

// One property from its first character on. The value of one that DS9 does not know goes on until
// the next property, and so do loose words.
static void read_property(Parser *parser, RegionProperty *property)
{
    RegionFile *file = parser->file;
    *property = (RegionProperty){.known = false};
    size_t start = parser->at, n_pieces = 0, n_most = SIZE_MAX;
    bool equals = false, sound = true;
    if (starts_property(parser)) {
        property->key = read_word(parser);
        const KnownProperty *known = find_known(file, property->key);
        property->known = known != NULL;
        parser->at += property->key.length;
        size_t end = parser->at;
        skip_blanks(parser);
        equals = peek(parser) == '=';
        n_most = !equals ? 0 : known != NULL ? known->n_pieces : SIZE_MAX;
        parser->at = equals ? parser->at + 1 : end;
        property->value.at = parser->at;
    }
    size_t end = parser->at;
    while (n_pieces < n_most) {
        skip_blanks(parser);
        bool separated = property->known && n_pieces > 0 && peek(parser) == ',';
        bool next = (n_pieces > 0 || !equals) && parser->at > start && starts_property(parser);
        if (ends_properties(parser, property->known) || separated || next)
            break;
        if (n_pieces++ == 0)
            property->value.at = parser->at;
        sound = skip_value_piece(parser, property->known) && sound;
        end = trim_end(file, parser->at);
    }
    parser->at = end;
    property->whole = (RegionSpan){start, end - start};
    if (equals && n_pieces > 0)
        property->value.length = end - property->value.at;
    const char *value = file->text + property->value.at;
    if (n_pieces == 1 && property->value.length >= 2 && strchr("{\"'", value[0]) != NULL &&
        quote_end(file->text, property->value.at) == end) {
        property->value.at++;
        property->value.length -= 2;
    }
    if (!sound || (equals && n_pieces == 0))
        *property = (RegionProperty){.whole = property->whole}; // loose words after all
}

// Everything behind '#': properties, to the end of the line or to ';'. Like DS9, a ';' behind
// something unknown is part of it.
static Status read_properties(Parser *parser, size_t *first, size_t *n)
{
    RegionFile *file = parser->file;
    *first = file->n_properties;
    bool known = true;
    for (;;) {
        while (peek(parser) == ' ' || peek(parser) == '\t' || peek(parser) == ',')
            parser->at++;
        if (ends_properties(parser, known))
            break;
        if (!grow(&file->properties, file->n_properties, &file->property_capacity,
                  sizeof *file->properties))
            return error_memory(parser->error, file->name);
        RegionProperty *property = &file->properties[file->n_properties++];
        read_property(parser, property);
        known = known && property->known;
    }
    *n = file->n_properties - *first;
    return STATUS_OK;
}

const RegionProperty *region_find_property(const RegionFile *file, const RegionEntry *entry,
                                           const char *key)
{
    for (size_t i = entry->n_properties; i-- > 0;) {
        const RegionProperty *property = &file->properties[entry->first_property + i];
        if (region_span_is(file, property->key, key))
            return property;
    }
    return NULL;
}

size_t region_marks_begin(const RegionFile *file, const RegionEntry *entry)
{
    for (size_t i = 0; i < entry->n_properties; i++) {
        const RegionProperty *property = &file->properties[entry->first_property + i];
        if (region_span_is(file, property->key, "tag") &&
            region_span_is(file, property->value, "skyclass"))
            return i;
    }
    return entry->n_properties;
}

bool region_find_tag(const RegionFile *file, const RegionEntry *entry, size_t begin,
                     const char *prefix, RegionSpan *rest)
{
    size_t length = strlen(prefix);
    for (size_t i = begin; i < entry->n_properties; i++) {
        const RegionProperty *property = &file->properties[entry->first_property + i];
        if (region_span_is(file, property->key, "tag") && property->value.length >= length &&
            memcmp(file->text + property->value.at, prefix, length) == 0) {
            *rest = (RegionSpan){property->value.at + length, property->value.length - length};
            return true;
        }
    }
    return false;
}

// The numbers of a shape, with or without parentheses and commas.
static Status read_arguments(Parser *parser, RegionEntry *entry, size_t *n)
{
    const char *text = parser->file->text;
    skip_blanks(parser);
    entry->arguments.at = parser->at;
    bool open = peek(parser) == '(';
    parser->at += open;
    *n = 0;
    size_t end = parser->at;
    for (;;) {
        while (peek(parser) == ' ' || peek(parser) == '\t' || peek(parser) == ',')
            parser->at++;
        char c = peek(parser);
        if (c == ')' && open) {
            end = ++parser->at;
            break;
        }
        if (at_line_end(parser) || strchr(";#|&", c) != NULL) {
            if (open)
                return fail(parser, "the parenthesis is not closed; the line may be cut off");
            break;
        }
        if (strchr("{\"'", c) != NULL && *n >= 2 && quote_end(text, parser->at) > 0) {
            end = parser->at = quote_end(text, parser->at); // text(x,y,{words})
            continue;
        }
        size_t length = strcspn(text + parser->at, " \t\r\n,();#|&");
        const char *number = text + parser->at;
        // annulus(x,y,r1,r2,n=4)
        bool count = length > 2 && tolower((unsigned char)number[0]) == 'n' && number[1] == '=';
        if (count) {
            number += 2;
            length -= 2;
        }
        if (*n == VALUES_MAX)
            return fail(parser, "the region has too many numbers");
        if (!coordinate_parse(number, length, &parser->values[*n])) {
            if (!open && *n >= 2)
                break; // "circle 1 2 3 words": complained about as what follows
            return fail(parser, "not a number that DS9 knows in a region");
        }
        (*n)++;
        parser->at += length + (count ? 2 : 0);
        end = parser->at;
    }
    parser->at = end;
    entry->arguments.length = end - entry->arguments.at;
    return STATUS_OK;
}

static char *copy_span(const RegionFile *file, RegionSpan span)
{
    char *copy = memory_new(span.length + 1, 1);
    if (copy != NULL)
        memcpy(copy, file->text + span.at, span.length);
    return copy;
}

static Status set_id(Parser *parser, RegionEntry *entry)
{
    RegionSpan span;
    const RegionProperty *text = region_find_property(parser->file, entry, "text");
    size_t begin = region_marks_begin(parser->file, entry);
    if (!region_find_tag(parser->file, entry, 0, "id ", &span) &&
        !region_find_tag(parser->file, entry, begin, "text ", &span))
        span = text != NULL ? text->value : (RegionSpan){0, 0};
    entry->id = copy_span(parser->file, span);
    if (entry->id == NULL)
        return error_memory(parser->error, parser->file->name);
    entry->region.id = entry->id;
    return STATUS_OK;
}

static bool is_off(const RegionFile *file, const RegionProperty *property)
{
    static const char *const words[] = {"0", "no", "n", "off", "false"};
    for (size_t i = 0; property != NULL && i < sizeof words / sizeof words[0]; i++)
        if (region_span_is(file, property->value, words[i]))
            return true;
    return false;
}

// DS9 writes an irregular panda as many; one of them carries all, the others say ignore.
static bool is_ignored(const RegionFile *file, const RegionEntry *entry)
{
    static const char *const keys[] = {"panda", "cpanda", "epanda", "bpanda"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const RegionProperty *property = region_find_property(file, entry, keys[i]);
        if (property != NULL && region_span_is(file, property->value, "ignore"))
            return true;
    }
    return false;
}

// What stands between the numbers and the properties: the old "& !ellipse(...)" of annuli, which
// counts as part of the shape, or "||".
static void read_conjunction(Parser *parser, RegionEntry *entry)
{
    size_t end = parser->at;
    skip_blanks(parser);
    if (peek(parser) == '&' && !entry->behind_hash) {
        while (!at_line_end(parser) && peek(parser) != '#' && peek(parser) != ';')
            parser->at++;
        end = trim_end(parser->file, parser->at);
    } else if (peek(parser) == '|') {
        while (peek(parser) == '|')
            parser->at++;
        entry->conjunction = (RegionSpan){end, parser->at - end};
    } else {
        parser->at = end;
    }
    entry->geometry = (RegionSpan){parser->statement, end - parser->statement};
}

static Status read_centre(const Parser *parser, const Shape *shape, size_t n, RegionEntry *entry)
{
    size_t n_points = shape->corners ? n / 2 : shape->pair ? 2 : 1;
    if (n < shape->n_min || (shape->n_max > 0 && n > shape->n_max))
        return fail(parser, "the shape has the wrong number of values");
    if (shape->corners && n % 2 != 0)
        return fail(parser, "a corner of the shape has only one coordinate");
    if (shape->source && !region_locate(&parser->system, parser->values, n_points, &entry->region))
        return fail(parser, "the position makes no sense");
    return STATUS_OK;
}

// One region whose keyword has just been read; `entry` knows its sign and where it began.
static Status read_shape(Parser *parser, const Shape *shape, RegionEntry *entry)
{
    RegionFile *file = parser->file;
    size_t n;
    Status status = read_arguments(parser, entry, &n);
    if (status == STATUS_OK)
        status = read_centre(parser, shape, n, entry);
    if (status != STATUS_OK)
        return status;
    read_conjunction(parser, entry);
    size_t end = parser->at;
    skip_blanks(parser);
    if (peek(parser) == '#' || (entry->behind_hash && !ends_properties(parser, true))) {
        parser->at += peek(parser) == '#';
        status = read_properties(parser, &entry->first_property, &entry->n_properties);
        if (status != STATUS_OK)
            return status;
        end = parser->at;
    } else if (!ends_properties(parser, true) && entry->conjunction.length == 0) {
        return fail(parser, "nothing but # may follow a region");
    }
    end = trim_end(file, end);
    entry->whole = (RegionSpan){parser->statement, end - parser->statement};
    if (!shape->source || is_ignored(file, entry)) {
        file->n_properties = entry->n_properties > 0 ? entry->first_property : file->n_properties;
        return STATUS_OK;
    }
    const RegionProperty *include = region_find_property(file, entry, "include");
    entry->region.excluded = entry->sign == '-' || entry->sign == '!' || is_off(file, include) ||
                             (parser->default_excluded && include == NULL && entry->sign == 0);
    entry->region.line = parser->line;
    entry->region.shape = shape->name;
    entry->region.annotation = shape->annotation;
    entry->is_point = strcmp(shape->name, "point") == 0;
    entry->system = parser->system;
    entry->n_globals = file->n_globals;
    status = set_id(parser, entry);
    if (status == STATUS_OK &&
        !grow(&file->entries, file->n_entries, &file->entry_capacity, sizeof *file->entries)) {
        free(entry->id);
        status = error_memory(parser->error, file->name);
    }
    if (status == STATUS_OK)
        file->entries[file->n_entries++] = *entry;
    return status;
}

static Status read_global(Parser *parser)
{
    RegionFile *file = parser->file;
    RegionEntry line = {.n_properties = 0};
    Status status = read_properties(parser, &line.first_property, &line.n_properties);
    if (status != STATUS_OK)
        return status;
    const RegionProperty *include = region_find_property(file, &line, "include");
    if (include != NULL)
        parser->default_excluded = is_off(file, include);
    file->n_properties = line.first_property;
    if (!grow(&file->globals, file->n_globals, &file->global_capacity, sizeof *file->globals))
        return error_memory(parser->error, file->name);
    file->globals[file->n_globals++] =
        (RegionSpan){parser->statement, parser->at - parser->statement};
    return STATUS_OK;
}

// Whether numbers follow the word that ends at `at`, as they do in a region but not in a comment.
static bool numbers_follow(const char *text, size_t at)
{
    while (text[at] == ' ' || text[at] == '\t')
        at++;
    if (text[at] == '(')
        at++;
    while (text[at] == ' ' || text[at] == '\t')
        at++;
    if (text[at] == '-' || text[at] == '+')
        at++;
    return isdigit((unsigned char)text[at]) || text[at] == '.';
}

static char read_sign(Parser *parser)
{
    char sign = peek(parser);
    if (sign == '\0' || strchr("+-!", sign) == NULL)
        return 0;
    parser->at++;
    skip_blanks(parser);
    return sign;
}

// "# format: degrees (fk5)" is how SAOtng names the coordinate system.
static void read_format(Parser *parser)
{
    static const char mark[] = "format:";
    const char *text = parser->file->text + parser->at;
    if (strncmp(text, mark, sizeof mark - 1) == 0) {
        size_t open = strcspn(text, "(\r\n");
        Parser inside = *parser;
        inside.at += open + (text[open] == '(');
        set_system(parser->file, read_word(&inside), &parser->system);
    }
    skip_line(parser);
}

// A comment, or one of the shapes that DS9 hides behind '#' from older programs.
static Status read_hash(Parser *parser)
{
    parser->at++;
    skip_blanks(parser);
    RegionEntry entry = {.behind_hash = true};
    entry.sign = read_sign(parser);
    RegionSpan word = read_word(parser);
    const Shape *shape = find_shape(parser->file, word);
    size_t end = word.at + word.length;
    if (shape == NULL || !shape->hash || !numbers_follow(parser->file->text, end)) {
        read_format(parser);
        return STATUS_OK;
    }
    parser->at = end;
    return read_shape(parser, shape, &entry);
}

static Status read_statement(Parser *parser)
{
    const RegionFile *file = parser->file;
    RegionEntry entry = {.sign = read_sign(parser)};
    RegionSpan word = read_word(parser);
    size_t end = word.at + word.length;
    if (entry.sign == 0 && set_system(file, word, &parser->system)) {
        parser->at = end;
        skip_blanks(parser);
        if (peek(parser) == '#')
            skip_line(parser);
        return STATUS_OK;
    }
    if (entry.sign == 0 && region_span_is(file, word, "global")) {
        parser->at = end;
        return read_global(parser);
    }
    if (entry.sign == 0 &&
        (region_span_is(file, word, "tile") || region_span_is(file, word, "version") ||
         region_span_is(file, word, "debug"))) {
        while (!ends_properties(parser, true))
            parser->at++;
        return STATUS_OK;
    }
    const Shape *shape = find_shape(file, word);
    if (is_point_shape(file, word)) { // "circle point 10 20", as DS9 wrote before 4.1
        Parser ahead = *parser;
        ahead.at = end;
        skip_blanks(&ahead);
        RegionSpan second = read_word(&ahead);
        if (region_span_is(file, second, "point")) {
            shape = find_shape(file, second);
            end = second.at + second.length;
        }
    }
    if (shape == NULL)
        return fail(parser, "is neither a DS9 region nor a coordinate system");
    parser->at = end;
    return read_shape(parser, shape, &entry);
}

static Status read_all(Parser *parser)
{
    RegionFile *file = parser->file;
    Status status = STATUS_OK;
    while (status == STATUS_OK && parser->at < file->size) {
        skip_blanks(parser);
        parser->statement = parser->at;
        char c = peek(parser);
        if (c == '\n' || c == '\r') {
            parser->at += c == '\r' && file->text[parser->at + 1] == '\n' ? 2 : 1;
            parser->line++;
        } else if (c == ';' || c == '\\') {
            parser->at++;
        } else if (c == '#') {
            status = read_hash(parser);
        } else if (c != '\0') {
            status = read_statement(parser);
        }
    }
    if (status == STATUS_OK && file->n_entries == 0)
        status =
            error_set(parser->error, STATUS_BAD_INPUT,
                      "%s: holds no regions; draw some, or give a table of sources", file->name);
    return status;
}

Status region_file_parse(const char *name, char *text, size_t size, RegionFile **result,
                         Error *error)
{
    *result = NULL;
    RegionFile *file = memory_new(1, sizeof *file);
    if (file == NULL) {
        free(text);
        return error_memory(error, name);
    }
    file->text = text;
    file->size = size;
    file->name = memory_copy_text(name);
    Parser parser = {
        .file = file,
        .line = 1,
        .system = {.frame = REGION_PHYSICAL, .sky_known = true, .name = "physical"},
        .values = memory_new(VALUES_MAX, sizeof(Coordinate)),
        .error = error,
    };
    bool room = file->name != NULL && parser.values != NULL;
    Status status = room ? read_all(&parser) : error_memory(error, name);
    free(parser.values);
    if (status == STATUS_OK)
        *result = file;
    else
        region_file_free(file);
    return status;
}

Status region_file_read(const char *path, RegionFile **file, Error *error)
{
    *file = NULL;
    char *text;
    size_t size;
    Status status = text_file_read(path, &text, &size, error);
    return status == STATUS_OK ? region_file_parse(path, text, size, file, error) : status;
}

void region_file_free(RegionFile *file)
{
    if (file == NULL)
        return;
    for (size_t i = 0; i < file->n_entries; i++)
        free(file->entries[i].id);
    free(file->entries);
    free(file->properties);
    free(file->globals);
    free(file->text);
    free(file->name);
    free(file);
}

size_t region_file_count(const RegionFile *file)
{
    return file->n_entries;
}

const Region *region_file_at(const RegionFile *file, size_t index)
{
    return &file->entries[index].region;
}

bool region_text_looks_like(const char *text)
{
    RegionFile file = {.text = (char *)(uintptr_t)text}; // only read from here
    Parser parser = {.file = &file};
    for (;; skip_line(&parser)) {
        while (isspace((unsigned char)peek(&parser)))
            parser.at++;
        if (peek(&parser) == '\0')
            return false;
        bool hash = peek(&parser) == '#';
        if (hash) {
            parser.at++;
            skip_blanks(&parser);
        }
        static const char header[] = "Region file format: DS9";
        if (hash && strncmp(text + parser.at, header, sizeof header - 1) == 0)
            return true;
        read_sign(&parser);
        RegionSpan word = read_word(&parser);
        const Shape *shape = find_shape(&file, word);
        size_t end = word.at + word.length;
        bool region = shape != NULL && (!hash || shape->hash) && numbers_follow(text, end);
        if (hash && !region)
            continue;
        RegionSystem system = {.frame = REGION_IMAGE};
        size_t after = end + strspn(text + end, " \t");
        bool alone = text[after] == '\0' || strchr(";\r\n#", text[after]) != NULL;
        bool point = is_point_shape(&file, word) && strncasecmp(text + after, "point", 5) == 0;
        bool global = region_span_is(&file, word, "global") && after > end;
        return region || point || global || (alone && set_system(&file, word, &system));
    }
}
