#include "base/least_squares.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

// LAPACK's, in Fortran's calling convention: matrices column by column, all arguments pointers.
void dgelsy_(const int *rows, const int *columns, const int *rights, double *a, const int *a_step,
             double *b, const int *b_step, int *pivots, const double *least, int *rank,
             double *work, const int *work_size, int *info);

// Scales columns to length 1; false where one is all zeros, or no number.
static bool scale_columns(size_t rows, size_t columns, double *a, double *lengths)
{
    for (size_t column = 0; column < columns; column++, a += rows) {
        double square = 0.0;
        for (size_t row = 0; row < rows; row++)
            square += a[row] * a[row];
        lengths[column] = sqrt(square);
        if (!(square > 0.0 && isfinite(square)))
            return false;
        for (size_t row = 0; row < rows; row++)
            a[row] /= lengths[column];
    }
    return true;
}

static bool solve(int rows, int columns, int rights, double *a, double *b, double least,
                  int *pivots)
{
    int rank = 0, info = 0, ask = -1;
    double best_size = 0.0;
    dgelsy_(&rows, &columns, &rights, a, &rows, b, &rows, pivots, &least, &rank, &best_size, &ask,
            &info);
    int size = (int)best_size;
    double *work = info == 0 ? memory_new((size_t)size, sizeof *work) : NULL;
    if (work == NULL)
        return false;
    dgelsy_(&rows, &columns, &rights, a, &rows, b, &rows, pivots, &least, &rank, work, &size,
            &info);
    free(work);
    return info == 0 && rank == columns;
}

bool least_squares(size_t rows, size_t columns, size_t rights, double *a, double *b, double least)
{
    if (rows < columns || columns == 0 || rows > INT_MAX || rights > INT_MAX)
        return false;
    double *lengths = memory_new(columns, sizeof *lengths);
    int *pivots = memory_new(columns, sizeof *pivots); // 0: a column that may change its place
    bool solved = lengths != NULL && pivots != NULL && scale_columns(rows, columns, a, lengths) &&
                  solve((int)rows, (int)columns, (int)rights, a, b, least, pivots);
    for (size_t right = 0; solved && right < rights; right++)
        for (size_t column = 0; column < columns; column++)
            b[right * rows + column] /= lengths[column];
    free(lengths);
    free(pivots);
    return solved;
}
