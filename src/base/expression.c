#include "base/expression.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { TEXT_MAX = 4096, DEPTH_MAX = 64, NAME_SIZE = 128 };

// ---- What there is -----------------------------------------------------------------------------

// The steps work on a stack of values.
typedef enum StepKind {
    PUT_NUMBER,
    PUT_TEXT,
    PUT_COLUMN,
    NEGATE,
    NOT,
    CALL_ONE,
    CALL_TWO,
    EQUAL,
    UNEQUAL,
    AND,
    OR,
} StepKind;

typedef struct Step {
    StepKind kind;
    double number;
    size_t index; // of the column, or where the text begins
    double (*one)(double);
    double (*two)(double, double);
} Step;

struct Expression {
    char *texts; // NUL-terminated, one after the other: texts and columns' names
    size_t texts_length;
    size_t n_steps, n_columns;
    size_t columns[EXPRESSION_COLUMNS_MAX]; // where the name begins in `texts`
    Step steps[];                           // at most one a character of the text
};

static double add(double a, double b)
{
    return a + b;
}

static double subtract(double a, double b)
{
    return a - b;
}

static double multiply(double a, double b)
{
    return a * b;
}

static double divide(double a, double b)
{
    return a / b;
}

static double is_less(double a, double b)
{
    return a < b;
}

static double is_at_most(double a, double b)
{
    return a <= b;
}

static double is_more(double a, double b)
{
    return a > b;
}

static double is_at_least(double a, double b)
{
    return a >= b;
}

static double is_missing(double a)
{
    return isnan(a);
}

static double to_radians(double a)
{
    return a * (M_PI / 180.0);
}

static const struct {
    const char *name;
    double (*one)(double);
    double (*two)(double, double);
} functions[] = {
    {"log10", log10, NULL},
    {"log", log, NULL},
    {"exp", exp, NULL},
    {"sqrt", sqrt, NULL},
    {"abs", fabs, NULL},
    {"floor", floor, NULL},
    {"ceil", ceil, NULL},
    {"round", round, NULL},
    {"sin", sin, NULL},
    {"cos", cos, NULL},
    {"tan", tan, NULL},
    {"radians", to_radians, NULL},
    {"pow", NULL, pow},
    {"min", NULL, fmin},
    {"max", NULL, fmax},
    {"hypot", NULL, hypot},
    {"missing", is_missing, NULL},
};

// Two-sided operators, from those that bind least; longer signs before those that begin them.
static const struct {
    const char *sign;
    int level;
    StepKind kind;
    double (*two)(double, double);
} operators[] = {
    {"||", 1, OR, NULL},
    {"or", 1, OR, NULL},
    {"&&", 2, AND, NULL},
    {"and", 2, AND, NULL},
    {"==", 4, EQUAL, NULL},
    {"!=", 4, UNEQUAL, NULL},
    {"<=", 4, CALL_TWO, is_at_most},
    {">=", 4, CALL_TWO, is_at_least},
    {"<", 4, CALL_TWO, is_less},
    {">", 4, CALL_TWO, is_more},
    {"+", 5, CALL_TWO, add},
    {"-", 5, CALL_TWO, subtract},
    {"**", 8, CALL_TWO, pow},
    {"^", 8, CALL_TWO, pow},
    {"*", 6, CALL_TWO, multiply},
    {"/", 6, CALL_TWO, divide},
};
enum { LEVEL_NOT = 3, LEVEL_SIGN = 7, LEVEL_POWER = 8 };

// ---- Reading -----------------------------------------------------------------------------------

typedef struct Reader {
    const char *text, *at;
    Expression *expression;
    size_t depth;
    Status status;
    Error *error;
} Reader;

static void refuse(Reader *reader, const char *at, const char *what)
{
    if (reader->status == STATUS_OK)
        reader->status = error_set(reader->error, STATUS_USAGE, "%s at character %zu of \"%s\"",
                                   what, (size_t)(at - reader->text) + 1, reader->text);
}

static void skip_blanks(Reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

static bool is_name_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (c & 0x80) != 0;
}

// Whether `word` comes next; one of letters must end there.
static bool comes_next(Reader *reader, const char *word)
{
    skip_blanks(reader);
    size_t length = strlen(word);
    return strncmp(reader->at, word, length) == 0 &&
           !(isalpha((unsigned char)word[0]) && is_name_character(reader->at[length]));
}

static bool take(Reader *reader, const char *word)
{
    if (reader->status != STATUS_OK || !comes_next(reader, word))
        return false;
    reader->at += strlen(word);
    return true;
}

static void add_step(Reader *reader, Step step)
{
    if (reader->status == STATUS_OK)
        reader->expression->steps[reader->expression->n_steps++] = step;
}

// Keeps a text; where it begins.
static size_t keep(Reader *reader, const char *text, size_t length)
{
    Expression *expression = reader->expression;
    size_t start = expression->texts_length;
    memcpy(expression->texts + start, text, length);
    expression->texts[start + length] = '\0';
    expression->texts_length += length + 1;
    return start;
}

static void add_column(Reader *reader, const char *name, size_t length)
{
    Expression *expression = reader->expression;
    for (size_t i = 0; i < expression->n_columns; i++) {
        const char *known = expression_column(expression, i);
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            add_step(reader, (Step){.kind = PUT_COLUMN, .index = i});
            return;
        }
    }
    if (expression->n_columns == EXPRESSION_COLUMNS_MAX) {
        refuse(reader, name, "one column too many");
        return;
    }
    expression->columns[expression->n_columns] = keep(reader, name, length);
    add_step(reader, (Step){.kind = PUT_COLUMN, .index = expression->n_columns++});
}

// 'text', "text" or `column`.
static void read_quoted(Reader *reader)
{
    const char quote = *reader->at, *start = reader->at + 1, *end = strchr(start, quote);
    if (end == NULL) {
        refuse(reader, reader->at, "a quote that is not closed");
        return;
    }
    reader->at = end + 1;
    if (quote == '`')
        add_column(reader, start, (size_t)(end - start));
    else
        add_step(reader,
                 (Step){.kind = PUT_TEXT, .index = keep(reader, start, (size_t)(end - start))});
}

static void read_number(Reader *reader)
{
    char digits[NAME_SIZE];
    const char *end = reader->at;
    while (isdigit((unsigned char)*end) || *end == '.' ||
           ((*end == 'e' || *end == 'E') &&
            (isdigit((unsigned char)end[1]) ||
             ((end[1] == '-' || end[1] == '+') && isdigit((unsigned char)end[2])))) ||
           ((*end == '-' || *end == '+') && end > reader->at && (end[-1] == 'e' || end[-1] == 'E')))
        end++;
    size_t length = (size_t)(end - reader->at);
    double number = NAN;
    bool fits = length < sizeof digits && !is_name_character(*end);
    if (fits) {
        memcpy(digits, reader->at, length);
        digits[length] = '\0';
        char *rest;
        number = strtod(digits, &rest);
        fits = *rest == '\0' && isfinite(number);
    }
    if (!fits)
        refuse(reader, reader->at, "what is no number");
    reader->at = end;
    add_step(reader, (Step){.kind = PUT_NUMBER, .number = number});
}

static void read_level(Reader *reader, int level);

static void read_arguments(Reader *reader, size_t function)
{
    const bool two = functions[function].two != NULL;
    const char *start = reader->at;
    read_level(reader, 1);
    if (two && !take(reader, ","))
        refuse(reader, reader->at, "a missing , between two arguments");
    if (two)
        read_level(reader, 1);
    if (!take(reader, ")"))
        refuse(reader, start, "a ( that is not closed");
    add_step(reader, (Step){.kind = two ? CALL_TWO : CALL_ONE,
                            .one = functions[function].one,
                            .two = functions[function].two});
}

static void read_name(Reader *reader)
{
    const char *start = reader->at;
    while (is_name_character(*reader->at) ||
           (*reader->at == '.' && is_name_character(reader->at[1])))
        reader->at++;
    size_t length = (size_t)(reader->at - start);
    if (!take(reader, "(")) {
        add_column(reader, start, length);
        return;
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strlen(functions[i].name) == length && memcmp(functions[i].name, start, length) == 0) {
            read_arguments(reader, i);
            return;
        }
    refuse(reader, start, "a function that does not exist");
}

static void read_value(Reader *reader)
{
    skip_blanks(reader);
    const char *start = reader->at;
    if (take(reader, "(")) {
        read_level(reader, 1);
        if (!take(reader, ")"))
            refuse(reader, start, "a ( that is not closed");
    } else if (*start == '\'' || *start == '"' || *start == '`') {
        read_quoted(reader);
    } else if (isdigit((unsigned char)*start) ||
               (*start == '.' && isdigit((unsigned char)start[1]))) {
        read_number(reader);
    } else if (is_name_character(*start)) {
        read_name(reader);
    } else {
        refuse(reader, start, *start == '\0' ? "a value is missing" : "something unexpected");
    }
}

// -x and not x.
static bool read_sign(Reader *reader, int level)
{
    if (level == LEVEL_NOT &&
        (take(reader, "not") || (!comes_next(reader, "!=") && take(reader, "!")))) {
        read_level(reader, LEVEL_NOT);
        add_step(reader, (Step){.kind = NOT});
        return true;
    }
    if (level == LEVEL_SIGN && take(reader, "-")) {
        read_level(reader, LEVEL_SIGN);
        add_step(reader, (Step){.kind = NEGATE});
        return true;
    }
    if (level == LEVEL_SIGN && take(reader, "+")) {
        read_level(reader, LEVEL_SIGN);
        return true;
    }
    return false;
}

// The index of the operator of the level that comes next, taken; -1: another thing comes.
static int take_operator(Reader *reader, int level)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (!comes_next(reader, operators[i].sign))
            continue;
        if (operators[i].level != level)
            return -1;
        reader->at += strlen(operators[i].sign);
        return (int)i;
    }
    return -1;
}

// All that binds at least as much as `level`.
static void read_level(Reader *reader, int level)
{
    if (reader->status != STATUS_OK)
        return;
    if (reader->depth > DEPTH_MAX * (LEVEL_POWER + 1)) {
        refuse(reader, reader->at, "too many ( in each other");
        return;
    }
    reader->depth++;
    int found;
    if (level > LEVEL_POWER)
        read_value(reader);
    else if (!read_sign(reader, level)) {
        read_level(reader, level + 1);
        while (reader->status == STATUS_OK && (found = take_operator(reader, level)) >= 0) {
            // a ^ b ^ c is a ^ (b ^ c), and 2 ^ -1 has a sign.
            read_level(reader, level == LEVEL_POWER ? LEVEL_SIGN : level + 1);
            add_step(reader, (Step){.kind = operators[found].kind, .two = operators[found].two});
        }
    }
    reader->depth--;
}

Status expression_read(const char *text, Expression **result, Error *error)
{
    *result = NULL;
    size_t length = strlen(text);
    if (length > TEXT_MAX)
        return error_set(error, STATUS_USAGE, "an expression of more than %d characters", TEXT_MAX);
    Expression *expression = memory_new(1, sizeof *expression + (length + 1) * sizeof(Step));
    if (expression == NULL)
        return error_memory(error, "an expression");
    // Each kept text is one of the text's own, and a NUL.
    expression->texts = memory_new(2 * length + 1, 1);
    Reader reader = {.text = text, .at = text, .expression = expression, .error = error};
    if (expression->texts == NULL)
        reader.status = error_memory(error, "an expression");
    read_level(&reader, 1);
    skip_blanks(&reader);
    if (*reader.at != '\0')
        refuse(&reader, reader.at, "something unexpected");
    if (reader.status != STATUS_OK) {
        expression_free(expression);
        return reader.status;
    }
    *result = expression;
    return STATUS_OK;
}

void expression_free(Expression *expression)
{
    if (expression == NULL)
        return;
    free(expression->texts);
    free(expression);
}

size_t expression_column_count(const Expression *expression)
{
    return expression->n_columns;
}

const char *expression_column(const Expression *expression, size_t index)
{
    return expression->texts + expression->columns[index];
}

// ---- Computing ---------------------------------------------------------------------------------

typedef ExpressionCell Value;

static Value number(double number)
{
    return (Value){number, NULL};
}

// A text that differs is unequal; a missing number is unequal to everything.
static bool equal(Value a, Value b)
{
    if (!isnan(a.number) && !isnan(b.number))
        return a.number == b.number;
    return a.text != NULL && b.text != NULL && strcmp(a.text, b.text) == 0;
}

static bool holds(Value value)
{
    if (!isnan(value.number))
        return value.number != 0.0;
    return value.text != NULL && value.text[0] != '\0';
}

static Value combine(const Step *step, Value a, Value b)
{
    switch (step->kind) {
    case EQUAL:
        return number(equal(a, b));
    case UNEQUAL:
        return number(!equal(a, b));
    case AND:
        return number(holds(a) && holds(b));
    case OR:
        return number(holds(a) || holds(b));
    default:
        // fmin and fmax would take the other where one is missing.
        return number(isnan(a.number) || isnan(b.number) ? NAN : step->two(a.number, b.number));
    }
}

static bool takes_two(StepKind kind)
{
    return kind == CALL_TWO || kind == EQUAL || kind == UNEQUAL || kind == AND || kind == OR;
}

static Value compute(const Expression *expression, const ExpressionCell *cells)
{
    Value stack[2 * DEPTH_MAX * (LEVEL_POWER + 1)];
    size_t n = 0;
    for (size_t i = 0; i < expression->n_steps; i++) {
        const Step *step = &expression->steps[i];
        if (takes_two(step->kind)) {
            n--;
            stack[n - 1] = combine(step, stack[n - 1], stack[n]);
        } else if (step->kind == PUT_NUMBER) {
            stack[n++] = number(step->number);
        } else if (step->kind == PUT_TEXT) {
            stack[n++] = (Value){NAN, expression->texts + step->index};
        } else if (step->kind == PUT_COLUMN) {
            stack[n++] = cells[step->index];
        } else if (step->kind == NEGATE) {
            stack[n - 1] = number(-stack[n - 1].number);
        } else if (step->kind == NOT) {
            stack[n - 1] = number(!holds(stack[n - 1]));
        } else {
            stack[n - 1] = number(step->one(stack[n - 1].number));
        }
    }
    // cppcheck-suppress uninitvar // an expression that was read has a step that puts something
    return n > 0 ? stack[0] : number(NAN);
}

double expression_number(const Expression *expression, const ExpressionCell *cells)
{
    return compute(expression, cells).number;
}

bool expression_selects(const Expression *expression, const ExpressionCell *cells)
{
    return holds(compute(expression, cells));
}
