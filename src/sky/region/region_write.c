// Writes regions: what was read, with skyclass's marks put in.
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/number_text.h"
#include "sky/region/region_internal.h"

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

// Whether the property is a tag that an earlier run gave. Only asked of those behind {skyclass}.
static bool is_our_tag(const RegionFile *file, const RegionProperty *tag)
{
    if (!region_span_is(file, tag->key, "tag"))
        return false;
    const char *text = file->text + tag->value.at;
    size_t length = tag->value.length;
    if (region_span_is(file, tag->value, "skyclass") || starts_with(text, length, "flag ") ||
        starts_with(text, length, "text "))
        return true;
    return starts_with(text, length, "class ") && length > 6 &&
           strspn(text + 6, "0123456789") >= length - 6;
}

// The size in "point=circle 11", with its blank; empty when there is none. Only a number is one:
// what else the user's quotes held would stand outside of them, and be read as a region.
static RegionSpan point_size(const RegionFile *file, const RegionEntry *entry)
{
    const RegionProperty *point = region_find_property(file, entry, "point");
    if (point == NULL)
        return (RegionSpan){0, 0};
    const char *text = file->text + point->value.at;
    size_t skip = 0;
    while (skip < point->value.length && !isspace((unsigned char)text[skip]))
        skip++;
    RegionSpan size = {point->value.at + skip, point->value.length - skip};
    for (size_t i = 0; i < size.length; i++)
        if (strchr(" \t0123456789.", file->text[size.at + i]) == NULL)
            return (RegionSpan){0, 0};
    return size;
}

// What becomes of one region's properties.
typedef struct Rewrite {
    const RegionFile *file;
    const RegionEntry *entry;
    const RegionMark *mark;
    size_t marks_begin;  // see region_marks_begin
    bool text_is_ours;   // an earlier run's score stands as the text
    RegionSpan own_text; // the user's, which is kept in a tag meanwhile
    bool alone;          // for drawing: no callbacks, no "||"
    FILE *stream;
} Rewrite;

static void put_point(const Rewrite *rewrite)
{
    fprintf(rewrite->stream, " point=%s", rewrite->mark->point);
    put_span(rewrite->file, point_size(rewrite->file, rewrite->entry), rewrite->stream);
}

// The mark's text, or the user's own again; nothing when there is neither.
static void put_text(const Rewrite *rewrite)
{
    RegionSpan own = rewrite->own_text;
    if (rewrite->mark->text != NULL) {
        put_key_text("text", rewrite->mark->text, rewrite->stream);
    } else if (own.length > 0) {
        fputs(" text=", rewrite->stream);
        put_quoted("", rewrite->file->text + own.at, own.length, rewrite->stream);
    }
}

// Puts the property as it stands, or what takes its place.
static void put_property(const Rewrite *rewrite, size_t index)
{
    const RegionProperty *property =
        &rewrite->file->properties[rewrite->entry->first_property + index];
    const RegionFile *file = rewrite->file;
    bool colour = region_span_is(file, property->key, "color") ||
                  region_span_is(file, property->key, "colour");
    bool dropped = (rewrite->alone && region_span_is(file, property->key, "callback")) ||
                   (index >= rewrite->marks_begin && is_our_tag(file, property));
    if (colour) {
        fprintf(rewrite->stream, " color=%s", rewrite->mark->colour);
    } else if (rewrite->entry->is_point && region_span_is(file, property->key, "point")) {
        put_point(rewrite);
    } else if (region_span_is(file, property->key, "text") &&
               (rewrite->mark->text != NULL || rewrite->text_is_ours)) {
        put_text(rewrite);
    } else if (!dropped) {
        fputc(' ', rewrite->stream);
        put_span(file, property->whole, rewrite->stream);
    }
}

// Those that DS9 knows, or those that it does not, in their order.
static void put_kept(const Rewrite *rewrite, bool known)
{
    for (size_t i = 0; i < rewrite->entry->n_properties; i++) {
        if (rewrite->file->properties[rewrite->entry->first_property + i].known == known)
            put_property(rewrite, i);
    }
}

static bool has_property(const Rewrite *rewrite, const char *key)
{
    return region_find_property(rewrite->file, rewrite->entry, key) != NULL;
}

static void put_properties(const Rewrite *rewrite)
{
    const RegionMark *mark = rewrite->mark;
    FILE *stream = rewrite->stream;
    if (!has_property(rewrite, "color") && !has_property(rewrite, "colour"))
        fprintf(stream, " color=%s", mark->colour);
    if (rewrite->entry->is_point && !has_property(rewrite, "point"))
        put_point(rewrite);
    put_kept(rewrite, true);
    if (mark->text != NULL && !has_property(rewrite, "text"))
        put_text(rewrite);
    for (size_t i = 0; i < sizeof mark->tags / sizeof mark->tags[0] && mark->tags[i] != NULL; i++)
        put_tag("", mark->tags[i], strlen(mark->tags[i]), stream);
    if (mark->text != NULL)
        put_tag("text ", rewrite->file->text + rewrite->own_text.at, rewrite->own_text.length,
                stream);
    put_kept(rewrite, false);
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
                      bool alone, FILE *stream)
{
    const RegionEntry *entry = &file->entries[index];
    RegionMark mark = {.colour = "green", .point = "boxcircle"};
    marker(context, index, &mark);
    Rewrite rewrite = {
        .file = file,
        .entry = entry,
        .mark = &mark,
        .marks_begin = region_marks_begin(file, entry),
        .alone = alone,
        .stream = stream,
    };
    rewrite.text_is_ours =
        region_find_tag(file, entry, rewrite.marks_begin, "text ", &rewrite.own_text);
    const RegionProperty *text = region_find_property(file, entry, "text");
    if (!rewrite.text_is_ours && text != NULL)
        rewrite.own_text = text->value;
    put_geometry(file, entry, stream);
    if (!alone)
        put_span(file, entry->conjunction, stream);
    if (!entry->behind_hash)
        fputs(" #", stream);
    put_properties(&rewrite);
}

void region_file_write(const RegionFile *file, RegionMarker marker, void *context, FILE *stream)
{
    size_t at = 0;
    for (size_t i = 0; i < file->n_entries; i++) {
        RegionSpan whole = file->entries[i].whole;
        put_span(file, (RegionSpan){at, whole.at - at}, stream);
        put_entry(file, i, marker, context, false, stream);
        at = whole.at + whole.length;
        // "circle(1,2,3)||point(4,5)" has nothing between its members to end the properties.
        size_t next = at + strspn(file->text + at, " \t");
        if (next < file->size && strchr(";\r\n", file->text[next]) == NULL)
            fputc(';', stream);
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
        put_entry(file, i, marker, context, true, stream);
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
    // Braces inside would break the line when DS9 saves it again: it does not quote them.
    fputs(" tag={id ", stream);
    for (; *id != '\0'; id++) {
        unsigned char c = (unsigned char)*id;
        fputc(c == '{' ? '(' : c == '}' ? ')' : c < 0x20 || c == 0x7f ? ' ' : c, stream);
    }
    fputs("}\n", stream);
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

char *region_comment_value(const char *text, const char *key)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "# skyclass: %s = ", key);
    const char *line = strstr(text, wanted);
    if (line == NULL || (line != text && line[-1] != '\n'))
        return NULL;
    char *value = memory_copy_text(line + strlen(wanted));
    if (value != NULL)
        value[strcspn(value, "\r\n")] = '\0';
    return value;
}
