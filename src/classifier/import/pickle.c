#include "classifier/import/pickle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// Opcodes, named as in Python's pickletools.
enum Opcode {
    OP_MARK = '(',
    OP_STOP = '.',
    OP_POP = '0',
    OP_POP_MARK = '1',
    OP_DUP = '2',
    OP_BINBYTES = 'B',
    OP_SHORT_BINBYTES = 'C',
    OP_BINFLOAT = 'G',
    OP_BININT = 'J',
    OP_BININT1 = 'K',
    OP_BININT2 = 'M',
    OP_NONE = 'N',
    OP_BINPERSID = 'Q',
    OP_REDUCE = 'R',
    OP_BINSTRING = 'T',
    OP_SHORT_BINSTRING = 'U',
    OP_BINUNICODE = 'X',
    OP_EMPTY_LIST = ']',
    OP_APPEND = 'a',
    OP_BUILD = 'b',
    OP_GLOBAL = 'c',
    OP_DICT = 'd',
    OP_APPENDS = 'e',
    OP_GET = 'g',
    OP_BINGET = 'h',
    OP_LONG_BINGET = 'j',
    OP_LIST = 'l',
    OP_PUT = 'p',
    OP_BINPUT = 'q',
    OP_LONG_BINPUT = 'r',
    OP_SETITEM = 's',
    OP_TUPLE = 't',
    OP_SETITEMS = 'u',
    OP_EMPTY_DICT = '}',
    OP_EMPTY_TUPLE = ')',
    OP_PROTO = 0x80,
    OP_NEWOBJ = 0x81,
    OP_TUPLE1 = 0x85,
    OP_TUPLE2 = 0x86,
    OP_TUPLE3 = 0x87,
    OP_NEWTRUE = 0x88,
    OP_NEWFALSE = 0x89,
    OP_LONG1 = 0x8a,
    OP_SHORT_BINUNICODE = 0x8c,
    OP_BINUNICODE8 = 0x8d,
    OP_BINBYTES8 = 0x8e,
    OP_STACK_GLOBAL = 0x93,
    OP_MEMOIZE = 0x94,
    OP_FRAME = 0x95,
};

enum {
    PROTOCOL_MAX = 5,
    LINE_MAX_LENGTH = 255,
    MARK_DEPTH_MAX = 1024,
    VALUES_MAX = 1 << 21, // a network of a thousand tensors needs some 20,000
};

typedef struct ValueList {
    size_t n, room;
    PickleValue **values;
} ValueList;

struct Pickle {
    ValueList all;
    PickleValue *root;
};

typedef struct Reader {
    const unsigned char *bytes;
    size_t size, position;
    Pickle *pickle;
    ValueList stack;
    ValueList memo; // NULL where nothing was put
    size_t marks[MARK_DEPTH_MAX];
    size_t n_marks;
    Error *error;
} Reader;

// ---- Small parts -----------------------------------------------------------------------------

static Status damaged(Reader *reader, const char *what)
{
    return error_set(reader->error, STATUS_BAD_INPUT,
                     "damaged: %s at byte %zu of its pickle; get the file anew", what,
                     reader->position);
}

static Status refuse(Reader *reader, const char *name)
{
    return error_set(reader->error, STATUS_BAD_INPUT,
                     "refused: it asks to run %s, and weights need no code; load it in a Python "
                     "you trust with it and save model.state_dict()",
                     name);
}

static Status list_push(ValueList *list, PickleValue *value, Error *error)
{
    if (list->n == list->room) {
        size_t room = list->room < 64 ? 64 : 2 * list->room;
        PickleValue **values = memory_resize(list->values, room, sizeof(PickleValue *));
        if (values == NULL)
            return error_memory(error, "a pickle");
        list->values = values;
        list->room = room;
    }
    list->values[list->n++] = value;
    return STATUS_OK;
}

static Status new_value(Reader *reader, PickleKind kind, PickleValue **value)
{
    if (reader->pickle->all.n == VALUES_MAX)
        return damaged(reader, "more values than weights can have");
    *value = memory_new(1, sizeof **value);
    if (*value == NULL)
        return error_memory(reader->error, "a pickle");
    (*value)->kind = kind;
    Status status = list_push(&reader->pickle->all, *value, reader->error);
    if (status != STATUS_OK)
        free(*value);
    return status;
}

static Status push(Reader *reader, PickleValue *value)
{
    return list_push(&reader->stack, value, reader->error);
}

static Status push_new(Reader *reader, PickleKind kind, PickleValue **value)
{
    Status status = new_value(reader, kind, value);
    return status == STATUS_OK ? push(reader, *value) : status;
}

static Status push_integer(Reader *reader, int64_t integer)
{
    PickleValue *value;
    Status status = push_new(reader, PICKLE_INTEGER, &value);
    if (status == STATUS_OK)
        value->integer = integer;
    return status;
}

// Nothing below the innermost mark may be taken.
static PickleValue *pop(Reader *reader)
{
    size_t floor = reader->n_marks > 0 ? reader->marks[reader->n_marks - 1] : 0;
    return reader->stack.n > floor ? reader->stack.values[--reader->stack.n] : NULL;
}

static PickleValue *top(const Reader *reader)
{
    size_t floor = reader->n_marks > 0 ? reader->marks[reader->n_marks - 1] : 0;
    return reader->stack.n > floor ? reader->stack.values[reader->stack.n - 1] : NULL;
}

// `n` bytes, little-endian; the caller has checked that n <= 8.
static Status take_integer(Reader *reader, size_t n, uint64_t *integer)
{
    *integer = 0;
    if (reader->size - reader->position < n)
        return damaged(reader, "it ends early");
    for (size_t i = n; i-- > 0;)
        *integer = *integer << 8 | reader->bytes[reader->position + i];
    reader->position += n;
    return STATUS_OK;
}

static Status push_text(Reader *reader, size_t length)
{
    PickleValue *value;
    if (reader->size - reader->position < length)
        return damaged(reader, "a text ends early");
    Status status = push_new(reader, PICKLE_TEXT, &value);
    if (status != STATUS_OK)
        return status;
    value->text = memory_new(length + 1, 1);
    if (value->text == NULL)
        return error_memory(reader->error, "a pickle");
    memcpy(value->text, reader->bytes + reader->position, length);
    reader->position += length;
    return STATUS_OK;
}

static Status push_sized_text(Reader *reader, size_t n_length_bytes)
{
    uint64_t length;
    Status status = take_integer(reader, n_length_bytes, &length);
    return status == STATUS_OK ? push_text(reader, (size_t)length) : status;
}

// A line of the oldest opcodes, without its end.
static Status take_line(Reader *reader, char line[LINE_MAX_LENGTH + 1])
{
    const unsigned char *start = reader->bytes + reader->position;
    size_t left = reader->size - reader->position;
    const unsigned char *end = memchr(start, '\n', left);
    if (end == NULL || end - start > LINE_MAX_LENGTH)
        return damaged(reader, "a line has no end");
    size_t length = (size_t)(end - start);
    memcpy(line, start, length);
    line[length] = '\0';
    reader->position += length + 1;
    return STATUS_OK;
}

// LONG1: a two's complement integer. More than 8 bytes only occur in PyTorch's magic number,
// which pickle_read's caller recognises by its bytes; its value is not needed.
static Status push_long(Reader *reader)
{
    uint64_t n;
    uint64_t bits = 0;
    Status status = take_integer(reader, 1, &n);
    if (status != STATUS_OK)
        return status;
    if (n > 8) {
        if (reader->size - reader->position < n)
            return damaged(reader, "it ends early");
        reader->position += (size_t)n;
        return push_integer(reader, 0);
    }
    status = take_integer(reader, (size_t)n, &bits);
    if (status != STATUS_OK)
        return status;
    if (n > 0 && n < 8 && (bits >> (8 * n - 1) & 1))
        bits |= ~UINT64_C(0) << (8 * n);
    return push_integer(reader, (int64_t)bits);
}

// ---- Containers ------------------------------------------------------------------------------

static Status append_items(Reader *reader, PickleValue *container, PickleValue *const *items,
                           size_t n)
{
    if (n == 0)
        return STATUS_OK;
    PickleValue **grown =
        memory_resize(container->items, container->n_items + n, sizeof(PickleValue *));
    if (grown == NULL)
        return error_memory(reader->error, "a pickle");
    memcpy(grown + container->n_items, items, n * sizeof(PickleValue *));
    container->items = grown;
    container->n_items += n;
    return STATUS_OK;
}

// Takes the values above the innermost mark, and the mark; they stay valid until the next push.
static Status pop_mark(Reader *reader, PickleValue ***items, size_t *n)
{
    *n = 0;
    *items = NULL;
    if (reader->n_marks == 0)
        return damaged(reader, "a mark is missing");
    size_t start = reader->marks[--reader->n_marks];
    *n = reader->stack.n - start;
    if (*n > 0)
        *items = reader->stack.values + start;
    reader->stack.n = start;
    return STATUS_OK;
}

// A new container of the `n` topmost values.
static Status collect(Reader *reader, PickleKind kind, size_t n)
{
    PickleValue *value;
    size_t floor = reader->n_marks > 0 ? reader->marks[reader->n_marks - 1] : 0;
    if (reader->stack.n - floor < n)
        return damaged(reader, "too few values");
    reader->stack.n -= n;
    Status status = new_value(reader, kind, &value);
    if (status == STATUS_OK)
        status = append_items(reader, value, reader->stack.values + reader->stack.n, n);
    return status == STATUS_OK ? push(reader, value) : status;
}

static Status collect_marked(Reader *reader, PickleKind kind)
{
    PickleValue **items;
    PickleValue *value = NULL;
    size_t n;
    Status status = pop_mark(reader, &items, &n);
    if (status == STATUS_OK && kind == PICKLE_DICTIONARY && n % 2 != 0)
        status = damaged(reader, "a key has no value");
    if (status == STATUS_OK)
        status = new_value(reader, kind, &value);
    if (status == STATUS_OK)
        status = append_items(reader, value, items, n);
    return status == STATUS_OK ? push(reader, value) : status;
}

// Adds what lies above the mark to the container below it.
static Status extend(Reader *reader, PickleKind kind)
{
    PickleValue **items;
    size_t n;
    Status status = pop_mark(reader, &items, &n);
    if (status != STATUS_OK)
        return status;
    PickleValue *container = top(reader);
    if (container == NULL || container->kind != kind || (kind == PICKLE_DICTIONARY && n % 2 != 0))
        return damaged(reader, "values have no place");
    return append_items(reader, container, items, n);
}

static Status extend_by(Reader *reader, PickleKind kind, size_t n)
{
    PickleValue *items[2];
    for (size_t i = n; i-- > 0;) {
        items[i] = pop(reader);
        if (items[i] == NULL)
            return damaged(reader, "too few values");
    }
    PickleValue *container = top(reader);
    if (container == NULL || container->kind != kind)
        return damaged(reader, "a value has no place");
    return append_items(reader, container, items, n);
}

// ---- Memo ------------------------------------------------------------------------------------

static Status memo_put(Reader *reader, uint64_t index)
{
    PickleValue *value = top(reader);
    if (value == NULL || index > VALUES_MAX)
        return damaged(reader, "an impossible memo");
    while (reader->memo.n <= index) {
        Status status = list_push(&reader->memo, NULL, reader->error);
        if (status != STATUS_OK)
            return status;
    }
    reader->memo.values[index] = value;
    return STATUS_OK;
}

static Status memo_get(Reader *reader, uint64_t index)
{
    if (index >= reader->memo.n || reader->memo.values[index] == NULL)
        return damaged(reader, "an unknown memo");
    return push(reader, reader->memo.values[index]);
}

static Status memo_sized(Reader *reader, size_t n_bytes, Status (*act)(Reader *, uint64_t))
{
    uint64_t index;
    Status status = take_integer(reader, n_bytes, &index);
    return status == STATUS_OK ? act(reader, index) : status;
}

static Status memo_line(Reader *reader, Status (*act)(Reader *, uint64_t))
{
    char line[LINE_MAX_LENGTH + 1];
    Status status = take_line(reader, line);
    return status == STATUS_OK ? act(reader, strtoull(line, NULL, 10)) : status;
}

// ---- Names and what they build ---------------------------------------------------------------

static const struct {
    const char *name;
    ElementKind kind;
} storages[] = {
    {"torch.DoubleStorage", ELEMENT_FLOAT64}, {"torch.FloatStorage", ELEMENT_FLOAT32},
    {"torch.HalfStorage", ELEMENT_FLOAT16},   {"torch.BFloat16Storage", ELEMENT_BFLOAT16},
    {"torch.LongStorage", ELEMENT_INT64},     {"torch.IntStorage", ELEMENT_INT32},
    {"torch.ShortStorage", ELEMENT_INT16},    {"torch.CharStorage", ELEMENT_INT8},
    {"torch.ByteStorage", ELEMENT_UINT8},     {"torch.BoolStorage", ELEMENT_BOOL},
};

static bool storage_kind(const char *name, ElementKind *kind)
{
    for (size_t i = 0; i < sizeof storages / sizeof storages[0]; i++)
        if (strcmp(name, storages[i].name) == 0) {
            *kind = storages[i].kind;
            return true;
        }
    return false;
}

static Status build_dictionary(Reader *reader, const PickleValue *arguments);
static Status build_tensor(Reader *reader, const PickleValue *arguments);
static Status build_parameter(Reader *reader, const PickleValue *arguments);

static const struct {
    const char *name;
    Status (*build)(Reader *reader, const PickleValue *arguments);
} builders[] = {
    {"collections.OrderedDict", build_dictionary},
    {"torch._utils._rebuild_tensor", build_tensor},
    {"torch._utils._rebuild_tensor_v2", build_tensor},
    {"torch._utils._rebuild_parameter", build_parameter},
};

static Status push_name(Reader *reader, const char *module, const char *name)
{
    char full[2 * LINE_MAX_LENGTH + 2];
    ElementKind kind;
    PickleValue *value;
    snprintf(full, sizeof full, "%s.%s", module, name);
    bool known = storage_kind(full, &kind);
    for (size_t i = 0; i < sizeof builders / sizeof builders[0]; i++)
        known = known || strcmp(full, builders[i].name) == 0;
    if (!known)
        return refuse(reader, full);
    Status status = push_new(reader, PICKLE_NAME, &value);
    if (status != STATUS_OK)
        return status;
    value->text = memory_copy_text(full);
    return value->text != NULL ? STATUS_OK : error_memory(reader->error, "a pickle");
}

static Status push_global(Reader *reader)
{
    char module[LINE_MAX_LENGTH + 1];
    char name[LINE_MAX_LENGTH + 1];
    Status status = take_line(reader, module);
    if (status == STATUS_OK)
        status = take_line(reader, name);
    return status == STATUS_OK ? push_name(reader, module, name) : status;
}

static Status push_stack_global(Reader *reader)
{
    const PickleValue *name = pop(reader);
    const PickleValue *module = pop(reader);
    if (name == NULL || module == NULL || name->kind != PICKLE_TEXT || module->kind != PICKLE_TEXT)
        return damaged(reader, "a name is no text");
    return push_name(reader, module->text, name->text);
}

// Item `index` of a tuple if it is of that kind, else NULL.
static const PickleValue *item(const PickleValue *tuple, size_t index, PickleKind kind)
{
    if (index >= tuple->n_items || tuple->items[index]->kind != kind)
        return NULL;
    return tuple->items[index];
}

// Non-negative integers of a tuple; false when it holds anything else.
static bool read_sizes(const PickleValue *tuple, size_t *sizes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const PickleValue *value = item(tuple, i, PICKLE_INTEGER);
        if (value == NULL || value->integer < 0)
            return false;
        sizes[i] = (size_t)value->integer;
    }
    return true;
}

// OrderedDict() or OrderedDict([(key, value), ...]).
static Status build_dictionary(Reader *reader, const PickleValue *arguments)
{
    PickleValue *value;
    Status status = push_new(reader, PICKLE_DICTIONARY, &value);
    const PickleValue *pairs = item(arguments, 0, PICKLE_LIST);
    size_t n = pairs != NULL ? pairs->n_items : 0;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        const PickleValue *pair = pairs->items[i];
        bool is_pair =
            (pair->kind == PICKLE_LIST || pair->kind == PICKLE_TUPLE) && pair->n_items == 2;
        status = is_pair ? append_items(reader, value, pair->items, 2)
                         : damaged(reader, "a dictionary of no pairs");
    }
    return status;
}

// (storage, offset, size, stride, ...), torch/_utils.py.
static Status build_tensor(Reader *reader, const PickleValue *arguments)
{
    const PickleValue *storage = item(arguments, 0, PICKLE_STORAGE);
    const PickleValue *offset = item(arguments, 1, PICKLE_INTEGER);
    const PickleValue *size = item(arguments, 2, PICKLE_TUPLE);
    const PickleValue *stride = item(arguments, 3, PICKLE_TUPLE);
    TensorView view = {0};
    if (storage == NULL || offset == NULL || offset->integer < 0 || size == NULL ||
        stride == NULL || size->n_items != stride->n_items ||
        size->n_items > TENSOR_VIEW_DIMENSIONS ||
        !read_sizes(size, view.dimensions, size->n_items) ||
        !read_sizes(stride, view.strides, stride->n_items))
        return damaged(reader, "an impossible tensor");
    view.n_dimensions = size->n_items;
    view.offset = (size_t)offset->integer;
    PickleValue *value;
    Status status = push_new(reader, PICKLE_TENSOR, &value);
    if (status != STATUS_OK)
        return status;
    value->storage = storage->storage;
    value->view = view;
    return STATUS_OK;
}

// (tensor, requires_grad, hooks)
static Status build_parameter(Reader *reader, const PickleValue *arguments)
{
    if (item(arguments, 0, PICKLE_TENSOR) == NULL)
        return damaged(reader, "a parameter without a tensor");
    return push(reader, arguments->items[0]);
}

static Status reduce(Reader *reader)
{
    const PickleValue *arguments = pop(reader);
    const PickleValue *name = pop(reader);
    if (arguments == NULL || name == NULL || arguments->kind != PICKLE_TUPLE ||
        name->kind != PICKLE_NAME)
        return damaged(reader, "a call of nothing");
    for (size_t i = 0; i < sizeof builders / sizeof builders[0]; i++)
        if (strcmp(name->text, builders[i].name) == 0)
            return builders[i].build(reader, arguments);
    return refuse(reader, name->text);
}

// ('storage', type, key, location, n_elements[, (view key, offset, n_elements) or None])
static Status push_storage(Reader *reader)
{
    const PickleValue *id = pop(reader);
    PickleStorage storage = {0};
    if (id == NULL || id->kind != PICKLE_TUPLE)
        return damaged(reader, "an impossible storage");
    const PickleValue *type = item(id, 1, PICKLE_NAME);
    const PickleValue *key = item(id, 2, PICKLE_TEXT);
    const PickleValue *n = item(id, 4, PICKLE_INTEGER);
    if (type == NULL || !storage_kind(type->text, &storage.kind) || key == NULL || n == NULL ||
        n->integer < 0)
        return damaged(reader, "an impossible storage");
    storage.key = key->text;
    storage.n = (size_t)n->integer;
    const PickleValue *part = item(id, 5, PICKLE_TUPLE);
    if (part != NULL) {
        const PickleValue *offset = item(part, 1, PICKLE_INTEGER);
        if (offset == NULL || offset->integer < 0)
            return damaged(reader, "an impossible view of a storage");
        storage.offset = (size_t)offset->integer;
    }
    PickleValue *value;
    Status status = push_new(reader, PICKLE_STORAGE, &value);
    if (status == STATUS_OK)
        value->storage = storage;
    return status;
}

// ---- The machine -----------------------------------------------------------------------------

static Status push_mark(Reader *reader)
{
    if (reader->n_marks == MARK_DEPTH_MAX)
        return damaged(reader, "too many marks");
    reader->marks[reader->n_marks++] = reader->stack.n;
    return STATUS_OK;
}

static Status push_sized_integer(Reader *reader, size_t n_bytes)
{
    uint64_t bits;
    Status status = take_integer(reader, n_bytes, &bits);
    if (status != STATUS_OK)
        return status;
    return push_integer(reader, n_bytes == 4 ? (int64_t)(int32_t)bits : (int64_t)bits);
}

// The value is not needed: no part of a tensor is a pickled float.
static Status push_real(Reader *reader)
{
    uint64_t bits;
    PickleValue *value;
    Status status = take_integer(reader, 8, &bits);
    return status == STATUS_OK ? push_new(reader, PICKLE_REAL, &value) : status;
}

static Status check_protocol(Reader *reader)
{
    uint64_t protocol;
    Status status = take_integer(reader, 1, &protocol);
    if (status == STATUS_OK && protocol > PROTOCOL_MAX)
        status = error_set(reader->error, STATUS_BAD_INPUT,
                           "pickle protocol %d is newer than skyclass reads (%d); save it with "
                           "PyTorch's default",
                           (int)protocol, PROTOCOL_MAX);
    return status;
}

static Status drop(Reader *reader)
{
    return pop(reader) != NULL ? STATUS_OK : damaged(reader, "too few values");
}

// Attributes set on a dictionary or tensor (a state dict's _metadata) are of no use here.
static Status build(Reader *reader)
{
    const PickleValue *state = pop(reader);
    const PickleValue *object = top(reader);
    if (state == NULL || object == NULL ||
        (object->kind != PICKLE_DICTIONARY && object->kind != PICKLE_TENSOR))
        return damaged(reader, "attributes of nothing");
    return STATUS_OK;
}

static Status duplicate(Reader *reader)
{
    PickleValue *value = top(reader);
    return value != NULL ? push(reader, value) : damaged(reader, "too few values");
}

static Status step(Reader *reader, int opcode)
{
    PickleValue *value;
    PickleValue **items;
    size_t n;
    uint64_t ignored;
    switch (opcode) {
    case OP_PROTO:
        return check_protocol(reader);
    case OP_FRAME:
        return take_integer(reader, 8, &ignored);
    case OP_MARK:
        return push_mark(reader);
    case OP_POP:
        return drop(reader);
    case OP_POP_MARK:
        return pop_mark(reader, &items, &n);
    case OP_DUP:
        return duplicate(reader);
    case OP_NONE:
        return push_new(reader, PICKLE_NONE, &value);
    case OP_NEWTRUE:
        return push_integer(reader, 1);
    case OP_NEWFALSE:
        return push_integer(reader, 0);
    case OP_BININT:
        return push_sized_integer(reader, 4);
    case OP_BININT1:
        return push_sized_integer(reader, 1);
    case OP_BININT2:
        return push_sized_integer(reader, 2);
    case OP_LONG1:
        return push_long(reader);
    case OP_BINFLOAT:
        return push_real(reader);
    case OP_SHORT_BINUNICODE:
    case OP_SHORT_BINSTRING:
    case OP_SHORT_BINBYTES:
        return push_sized_text(reader, 1);
    case OP_BINUNICODE:
    case OP_BINSTRING:
    case OP_BINBYTES:
        return push_sized_text(reader, 4);
    case OP_BINUNICODE8:
    case OP_BINBYTES8:
        return push_sized_text(reader, 8);
    case OP_EMPTY_TUPLE:
        return push_new(reader, PICKLE_TUPLE, &value);
    case OP_TUPLE1:
        return collect(reader, PICKLE_TUPLE, 1);
    case OP_TUPLE2:
        return collect(reader, PICKLE_TUPLE, 2);
    case OP_TUPLE3:
        return collect(reader, PICKLE_TUPLE, 3);
    case OP_TUPLE:
        return collect_marked(reader, PICKLE_TUPLE);
    case OP_EMPTY_LIST:
        return push_new(reader, PICKLE_LIST, &value);
    case OP_LIST:
        return collect_marked(reader, PICKLE_LIST);
    case OP_APPEND:
        return extend_by(reader, PICKLE_LIST, 1);
    case OP_APPENDS:
        return extend(reader, PICKLE_LIST);
    case OP_EMPTY_DICT:
        return push_new(reader, PICKLE_DICTIONARY, &value);
    case OP_DICT:
        return collect_marked(reader, PICKLE_DICTIONARY);
    case OP_SETITEM:
        return extend_by(reader, PICKLE_DICTIONARY, 2);
    case OP_SETITEMS:
        return extend(reader, PICKLE_DICTIONARY);
    case OP_GLOBAL:
        return push_global(reader);
    case OP_STACK_GLOBAL:
        return push_stack_global(reader);
    case OP_REDUCE:
    case OP_NEWOBJ:
        return reduce(reader);
    case OP_BUILD:
        return build(reader);
    case OP_BINPERSID:
        return push_storage(reader);
    case OP_PUT:
        return memo_line(reader, memo_put);
    case OP_BINPUT:
        return memo_sized(reader, 1, memo_put);
    case OP_LONG_BINPUT:
        return memo_sized(reader, 4, memo_put);
    case OP_MEMOIZE:
        return memo_put(reader, reader->memo.n);
    case OP_GET:
        return memo_line(reader, memo_get);
    case OP_BINGET:
        return memo_sized(reader, 1, memo_get);
    case OP_LONG_BINGET:
        return memo_sized(reader, 4, memo_get);
    default:
        return error_set(reader->error, STATUS_BAD_INPUT,
                         "refused: its pickle holds opcode 0x%02x, which no saved weights need; "
                         "save model.state_dict() with torch.save",
                         (unsigned)opcode);
    }
}

Status pickle_read(const unsigned char *bytes, size_t size, Pickle **result, size_t *used,
                   Error *error)
{
    *result = NULL;
    Pickle *pickle = memory_new(1, sizeof *pickle);
    if (pickle == NULL)
        return error_memory(error, "a pickle");
    Reader reader = {.bytes = bytes, .size = size, .pickle = pickle, .error = error};
    Status status = STATUS_OK;
    while (status == STATUS_OK && pickle->root == NULL) {
        if (reader.position == size) {
            status = damaged(&reader, "it ends early");
            break;
        }
        int opcode = bytes[reader.position++];
        if (opcode != OP_STOP) {
            status = step(&reader, opcode);
            continue;
        }
        pickle->root = pop(&reader);
        if (pickle->root == NULL)
            status = damaged(&reader, "it holds nothing");
    }
    free(reader.stack.values);
    free(reader.memo.values);
    if (status != STATUS_OK) {
        pickle_free(pickle);
        return status;
    }
    *used = reader.position;
    *result = pickle;
    return STATUS_OK;
}

void pickle_free(Pickle *pickle)
{
    if (pickle == NULL)
        return;
    for (size_t i = 0; i < pickle->all.n; i++) {
        free(pickle->all.values[i]->items);
        free(pickle->all.values[i]->text);
        free(pickle->all.values[i]);
    }
    free(pickle->all.values);
    free(pickle);
}

const PickleValue *pickle_root(const Pickle *pickle)
{
    return pickle->root;
}

const PickleStorage **pickle_storages(const Pickle *pickle, size_t *n)
{
    const PickleStorage **storages = memory_new(pickle->all.n, sizeof(PickleStorage *));
    *n = 0;
    for (size_t i = 0; i < pickle->all.n && storages != NULL; i++)
        if (pickle->all.values[i]->kind == PICKLE_STORAGE)
            storages[(*n)++] = &pickle->all.values[i]->storage;
    return storages;
}

const PickleValue *pickle_lookup(const PickleValue *dictionary, const char *key)
{
    if (dictionary->kind != PICKLE_DICTIONARY)
        return NULL;
    for (size_t i = 0; i + 1 < dictionary->n_items; i += 2) {
        const PickleValue *found = dictionary->items[i];
        if (found->kind == PICKLE_TEXT && strcmp(found->text, key) == 0)
            return dictionary->items[i + 1];
    }
    return NULL;
}
