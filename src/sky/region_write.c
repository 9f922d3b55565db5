// Writes regions: what was read, with skyclass's marks put in.
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/number_text.h"
#include "sky/region_private.h"

static void put_span(const RegionFile *file, RegionSpan span, FILE *stream)
{
    fwrite(file->text + span.at, 1, span.length, stream);
}

// `text` in the quotes that DS9 will not trip over; what fits none of them, and line ends, which
// DS9 knows no way to write, are replaced.
static void put_quoted(const char *prefix, const char *text, size_t length, FILE *stream)
{
    char open = '{', close = '}';
    if (memchr(text, '}', length) != NULL || memchr(text, '{', length) != NULL) {
        if (memchr(text, '"', length) == NULL)
            open = close = '"';
        else if (memchr(text, '\'', length) == NULL)
            open = close = '\'';
    }
    fprintf(stream, "%c%s", open, prefix);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f)
            c = ' ';
        else if (c == (unsigned char)close || (close == '}' && c == '{'))
            c = c == '{' ? '(' : ')';
        fputc(c, stream);
    }
    fputc(close, stream);
}

static void put_key_text(const char *key, const char *text, FILE *stream)
{
    fprintf(stream, " %s=", key);
    put_quoted("", text, strlen(text), stream);
}

static void put_tag(const char *prefix, const char *text, size_t length, FILE *stream)
{
    fputs(" tag=", stream);
    put_quoted(prefix, text, length, stream);
}

static bool starts_with(const char *text, size_t length, const char *prefix)
{
    size_t n = strlen(prefix);
    return length >= n && memcmp(text, prefix, n) == 0;
}

// Whether the tag is one that an earlier run gave. Only asked of regions tagged {skyclass}.
static bool is_our_tag(const RegionFile *file, const RegionProperty *tag)
{
    const char *text = file->text + tag->value.at;
    size_t length = tag->value.length;
    if (region_span_is(file, tag->value, "skyclass") || starts_with(text, length, "flag ") ||
        starts_with(text, length, "text "))
        return true;
    return starts_with(text, length, "class ") && length > 6 &&
           strspn(text + 6, "0123456789") >= length - 6;
}

// What the user wrote as text: behind an earlier run's score it is kept in a tag.
static RegionSpan own_text(const RegionFile *file, const RegionEntry *entry, bool ours)
{
    RegionSpan rest;
    if (ours && region_find_tag(file, entry, "text ", &rest))
        return rest;
    const RegionProperty *text = region_find_property(file, entry, "text");
    return text != NULL ? text->value : (RegionSpan){0, 0};
}

// The size in "point=circle 11", with its blank; empty when there is none.
static RegionSpan point_size(const RegionFile *file, const RegionEntry *entry)
{
    const RegionProperty *point = region_find_property(file, entry, "point");
    if (point == NULL)
        return (RegionSpan){0, 0};
    const char *text = file->text + point->value.at;
    size_t skip = 0;
    while (skip < point->value.length && !isspace((unsigned char)text[skip]))
        skip++;
    return (RegionSpan){point->value.at + skip, point->value.length - skip};
}

static bool is_replaced(const RegionFile *file, const RegionEntry *entry,
                        const RegionProperty *property, bool ours, bool new_text)
{
    if (region_span_is(file, property->key, "color") ||
        region_span_is(file, property->key, "colour"))
        return true;
    if (region_span_is(file, property->key, "point"))
        return entry->is_point;
    if (region_span_is(file, property->key, "text"))
        return new_text;
    return ours && region_span_is(file, property->key, "tag") && is_our_tag(file, property);
}

static void put_kept(const RegionFile *file, const RegionEntry *entry, bool known, bool ours,
                     bool new_text, bool callbacks, FILE *stream)
{
    for (size_t i = 0; i < entry->n_properties; i++) {
        const RegionProperty *property = &file->properties[entry->first_property + i];
        if (property->known != known || is_replaced(file, entry, property, ours, new_text) ||
            (!callbacks && region_span_is(file, property->key, "callback")))
            continue;
        fputc(' ', stream);
        put_span(file, property->whole, stream);
    }
}

static void put_properties(const RegionFile *file, const RegionEntry *entry, const RegionMark *mark,
                           bool callbacks, FILE *stream)
{
    RegionSpan nothing;
    bool ours = region_find_tag(file, entry, "skyclass", &nothing);
    RegionSpan own = own_text(file, entry, ours);
    bool was_replaced = ours && region_find_tag(file, entry, "text ", &nothing);
    bool new_text = mark->text != NULL || was_replaced;
    fprintf(stream, " color=%s", mark->colour);
    if (entry->is_point) {
        fprintf(stream, " point=%s", mark->point);
        put_span(file, point_size(file, entry), stream);
    }
    put_kept(file, entry, true, ours, new_text, callbacks, stream);
    if (mark->text != NULL) {
        put_key_text("text", mark->text, stream);
        put_tag("text ", file->text + own.at, own.length, stream);
    } else if (was_replaced && own.length > 0) {
        fputs(" text=", stream);
        put_quoted("", file->text + own.at, own.length, stream);
    }
    for (size_t i = 0; i < sizeof mark->tags / sizeof mark->tags[0] && mark->tags[i] != NULL; i++)
        put_tag("", mark->tags[i], strlen(mark->tags[i]), stream);
    put_kept(file, entry, false, ours, new_text, callbacks, stream);
}

// "point" instead of "circle point": the shape is a property now.
static void put_geometry(const RegionFile *file, const RegionEntry *entry, FILE *stream)
{
    if (!entry->is_point) {
        put_span(file, entry->geometry, stream);
        return;
    }
    if (entry->sign != 0)
        fputc(entry->sign, stream);
    fputs("point", stream);
    if (file->text[entry->arguments.at] != '(')
        fputc(' ', stream);
    size_t end = entry->geometry.at + entry->geometry.length;
    put_span(file, (RegionSpan){entry->arguments.at, end - entry->arguments.at}, stream);
}

static void put_entry(const RegionFile *file, size_t index, RegionMarker marker, void *context,
                      bool callbacks, FILE *stream)
{
    const RegionEntry *entry = &file->entries[index];
    RegionMark mark = {.colour = "green", .point = "boxcircle"};
    marker(context, index, &mark);
    put_geometry(file, entry, stream);
    if (!entry->behind_hash)
        fputs(" #", stream);
    put_properties(file, entry, &mark, callbacks, stream);
}

void region_file_write(const RegionFile *file, RegionMarker marker, void *context, FILE *stream)
{
    size_t at = 0;
    for (size_t i = 0; i < file->n_entries; i++) {
        RegionSpan whole = file->entries[i].whole;
        put_span(file, (RegionSpan){at, whole.at - at}, stream);
        put_entry(file, i, marker, context, true, stream);
        at = whole.at + whole.length;
    }
    put_span(file, (RegionSpan){at, file->size - at}, stream);
}

void region_file_write_some(const RegionFile *file, size_t first, size_t n, RegionMarker marker,
                            void *context, FILE *stream)
{
    size_t n_globals = 0;
    for (size_t i = first; i < first + n; i++) {
        const RegionEntry *entry = &file->entries[i];
        for (; n_globals < entry->n_globals; n_globals++) {
            put_span(file, file->globals[n_globals], stream);
            fputc('\n', stream);
        }
        if (entry->system.wcs[0] != '\0')
            fprintf(stream, "%s;", entry->system.wcs);
        if (entry->system.name[0] != '\0')
            fprintf(stream, "%s;", entry->system.name);
        put_entry(file, i, marker, context, false, stream);
        fputc('\n', stream);
    }
}

void region_write_point(const char *system, double x, double y, const RegionMark *mark,
                        const char *id, FILE *stream)
{
    char first[32], second[32];
    fprintf(stream, "%s;point(%s,%s) # color=%s point=%s", system,
            number_text(x, first, sizeof first), number_text(y, second, sizeof second),
            mark->colour, mark->point);
    if (mark->text != NULL)
        put_key_text("text", mark->text, stream);
    for (size_t i = 0; i < sizeof mark->tags / sizeof mark->tags[0] && mark->tags[i] != NULL; i++)
        put_tag("", mark->tags[i], strlen(mark->tags[i]), stream);
    put_tag("id ", id, strlen(id), stream);
    fputc('\n', stream);
}

static void put_one_line(const char *text, FILE *stream)
{
    for (; *text != '\0'; text++)
        fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, stream);
}

void region_write_nowhere(const char *id, FILE *stream)
{
    fputs("# skyclass: no position for ", stream);
    put_one_line(id, stream);
    fputc('\n', stream);
}

void region_write_comment(const char *key, const char *value, FILE *stream)
{
    fputs("# skyclass: ", stream);
    put_one_line(key, stream);
    fputs(" = ", stream);
    put_one_line(value, stream);
    fputc('\n', stream);
}
