// The matrix product for one instruction set. matrix.c includes this file once for each kernel,
// with
//   KERNEL_NAME     the function to define
//   KERNEL_TARGET   its target attribute
//   KERNEL_LANES    floats in a vector register
//   KERNEL_VECTORS  vectors of columns in a tile
//   KERNEL_ROWS     rows in a tile; ROWS * VECTORS sums, VECTORS vectors of B and, where there are
//                   two, one of A are kept in registers
//   KERNEL_LINES    defined: only for A whose a_row is 1 or MATRIX_LINE (a_step 1)
//
// Sums are independent, so that the latency of a multiply-add is hidden from eight of them on.
#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define VECTOR      JOIN(KERNEL_NAME, _vector)
#define TILE        JOIN(KERNEL_NAME, _tile)
#define TILE_ROWS   JOIN(KERNEL_NAME, _tile_rows)

typedef float VECTOR __attribute__((vector_size(KERNEL_LANES * sizeof(float)), aligned(4)));

// `rows` and, in kernels for lines, `a_row` are constants wherever this is inlined, so that the
// sums live in registers and A is read through one pointer. Vector v of a row of B or of the start
// is v * next floats behind the first.
KERNEL_TARGET static inline __attribute__((always_inline)) void
TILE(const MatrixProduct *p, const size_t rows, const size_t a_row, const size_t a_step,
     const float *a, const float *b, size_t b_next, const float *start, size_t start_next, float *c,
     size_t c_row)
{
    // C is added to at the end; in a far cache until now, it is there by then.
    if (p->accumulate)
        for (size_t r = 0; r < rows; r++)
            for (size_t v = 0; v < KERNEL_VECTORS; v++)
                __builtin_prefetch(c + r * c_row + v * KERNEL_LANES, 1);
    VECTOR sum[KERNEL_ROWS][KERNEL_VECTORS];
    for (size_t v = 0; v < KERNEL_VECTORS; v++) {
        VECTOR first = {0};
        if (start != NULL)
            first = *(const VECTOR *)(start + v * start_next);
#pragma GCC unroll 28
        for (size_t r = 0; r < rows; r++)
            sum[r][v] = first;
    }
    const size_t ahead = p->b_ahead * MATRIX_PANEL;
    for (size_t segment = 0; segment < p->segments; segment++) {
        const float *ai = a + segment * p->a_segment;
        for (size_t i = 0; i < p->depth; i++, ai += a_step, b += MATRIX_PANEL) {
            VECTOR bi[KERNEL_VECTORS];
            for (size_t v = 0; v < KERNEL_VECTORS; v++) {
                __builtin_prefetch(b + ahead + v * b_next);
                bi[v] = *(const VECTOR *)(b + v * b_next);
            }
#pragma GCC unroll 28
            for (size_t r = 0; r < rows; r++)
                for (size_t v = 0; v < KERNEL_VECTORS; v++)
                    sum[r][v] += ai[r * a_row] * bi[v];
        }
    }
#pragma GCC unroll 28
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < KERNEL_VECTORS; v++) {
            VECTOR *to = (VECTOR *)(c + r * c_row + v * KERNEL_LANES);
            *to = p->accumulate ? *to + sum[r][v] : sum[r][v];
        }
}

#ifdef KERNEL_LINES
#define TILE_CASE(rows)                                                                            \
    case rows:                                                                                     \
        if (p->a_row == 1)                                                                         \
            TILE(p, rows, 1, p->a_step, a, b, b_next, start, start_next, c, c_row);                \
        else                                                                                       \
            TILE(p, rows, MATRIX_LINE, 1, a, b, b_next, start, start_next, c, c_row);              \
        break;
#else
#define TILE_CASE(rows)                                                                            \
    case rows:                                                                                     \
        TILE(p, rows, p->a_row, p->a_step, a, b, b_next, start, start_next, c, c_row);             \
        break;
#endif

KERNEL_TARGET static void TILE_ROWS(const MatrixProduct *p, size_t rows, const float *a,
                                    const float *b, size_t b_next, const float *start,
                                    size_t start_next, float *c, size_t c_row)
{
    switch (rows) {
        TILE_CASE(1)
        TILE_CASE(2)
        TILE_CASE(3)
        TILE_CASE(4)
#if KERNEL_ROWS > 4
        TILE_CASE(5)
        TILE_CASE(6)
#endif
#if KERNEL_ROWS > 6
        TILE_CASE(7)
        TILE_CASE(8)
#endif
#if KERNEL_ROWS > 8
        TILE_CASE(9)
        TILE_CASE(10)
        TILE_CASE(11)
        TILE_CASE(12)
        TILE_CASE(13)
        TILE_CASE(14)
#endif
#if KERNEL_ROWS > 14
        TILE_CASE(15)
        TILE_CASE(16)
        TILE_CASE(17)
        TILE_CASE(18)
        TILE_CASE(19)
        TILE_CASE(20)
        TILE_CASE(21)
        TILE_CASE(22)
        TILE_CASE(23)
        TILE_CASE(24)
        TILE_CASE(25)
        TILE_CASE(26)
        TILE_CASE(27)
        TILE_CASE(28)
#endif
    }
}

KERNEL_TARGET static void KERNEL_NAME(const MatrixProduct *p)
{
    enum { COLUMNS = KERNEL_VECTORS * KERNEL_LANES };
    // Tiles as equal as can be: 10 rows are 5 + 5, for a tile of 2 would wait on its own sums.
    size_t tiles = (p->rows + KERNEL_ROWS - 1) / KERNEL_ROWS;
    size_t least = p->rows / tiles, larger = p->rows % tiles;
    for (size_t column = 0; column < p->columns; column += COLUMNS) {
        const float *start = p->start != NULL ? p->start + column : NULL;
        size_t columns = p->columns - column;
        // A second vector may be in the next panel, which need not be there if no column is in it.
        size_t start_next = columns > KERNEL_LANES ? KERNEL_LANES : 0;
        size_t b_next =
            KERNEL_LANES < MATRIX_PANEL || columns <= KERNEL_LANES ? start_next : p->b_panel;
        for (size_t group = 0; group < p->groups; group++) {
            const float *a = p->a + group * p->a_group;
            const float *b = p->b + group * p->b_group + column / MATRIX_PANEL * p->b_panel +
                             column % MATRIX_PANEL;
            float *c = p->c + group * p->c_group + column;
            for (size_t tile = 0, rows; tile < tiles; tile++, a += rows * p->a_row) {
                rows = least + (tile < larger);
                if (columns >= COLUMNS) {
                    TILE_ROWS(p, rows, a, b, b_next, start, start_next, c, p->c_row);
                } else { // the tile stands over C's edge
                    float edge[KERNEL_ROWS * COLUMNS] = {0};
                    if (p->accumulate)
                        copy_rows(c, p->c_row, rows, columns, edge, COLUMNS);
                    TILE_ROWS(p, rows, a, b, b_next, start, start_next, edge, COLUMNS);
                    copy_rows(edge, COLUMNS, rows, columns, c, p->c_row);
                }
                c += rows * p->c_row;
            }
        }
    }
}

#undef JOIN_
#undef JOIN
#undef VECTOR
#undef TILE
#undef TILE_ROWS
#undef TILE_CASE
#undef KERNEL_NAME
#undef KERNEL_TARGET
#undef KERNEL_LANES
#undef KERNEL_VECTORS
#undef KERNEL_ROWS
#undef KERNEL_LINES
