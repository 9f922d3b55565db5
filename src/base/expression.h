// Expressions on the columns of a table, as users select rows and make new columns:
//
//   g < 21 and flag == ''        mag_g - mag_i        log10(mass)        V - 5*log10(1e5*d)
//
// There are numbers, texts in '' or "", columns by name (in backticks where a name is not letters,
// digits and
// _), + - * / and ^ or ** (right to left), == != < <= > >=, and or not (&& || !), parentheses, and
// the functions of the table in expression.c. What has no number (an empty cell, log10(-1), a text
// in a sum) is missing: < <= > >= with it do not hold. == and != compare numbers where both sides
// have one, so 1 == 1.0, and texts where neither has; an empty cell equals ''.
//
// Nothing is executed: an expression is read into a list of steps that only compute.
#ifndef SKYCLASS_BASE_EXPRESSION_H
#define SKYCLASS_BASE_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct Expression Expression;

enum { EXPRESSION_COLUMNS_MAX = 64 };

// STATUS_USAGE says what is wrong with the text and where, from character 1.
Status expression_read(const char *text, Expression **expression, Error *error);
void expression_free(Expression *expression);

// The columns that it names, each once.
size_t expression_column_count(const Expression *expression);
const char *expression_column(const Expression *expression, size_t index);

// A cell as its table reads it.
typedef struct ExpressionCell {
    double number;    // NaN: missing, or a text
    const char *text; // as in the table; NULL: none
} ExpressionCell;

// Its value for cells[columns], in that order: NaN where it is missing or a text. True and false
// are 1 and 0.
double expression_number(const Expression *expression, const ExpressionCell *cells);
// Whether a row with these cells is selected: the value is neither 0 nor missing, nor an empty
// text.
bool expression_selects(const Expression *expression, const ExpressionCell *cells);

#endif
