// The matrix product for one instruction set. matrix.c includes this file once for each, with
//   KERNEL_NAME    the function to define
//   KERNEL_TARGET  its target attribute
//   KERNEL_LANES   floats in a vector register
//   KERNEL_ROWS    rows in a tile; ROWS * 2 sums, 2 vectors of B and one of A are kept in registers
//
// A tile is up to KERNEL_ROWS rows of C by two vectors of columns. Sums are independent, so that
// the latency of a multiply-add is hidden from eight of them on.
#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define VECTOR      JOIN(KERNEL_NAME, _vector)
#define TILE        JOIN(KERNEL_NAME, _tile)
#define TILE_ROWS   JOIN(KERNEL_NAME, _tile_rows)

typedef float VECTOR __attribute__((vector_size(KERNEL_LANES * sizeof(float)), aligned(4)));

// `rows` and, but for the general case, `a_row` are constants wherever this is inlined, so that the
// sums live in registers and A is read through one pointer: a core's other thread leaves it few
// instructions besides the multiply-adds.
KERNEL_TARGET static inline __attribute__((always_inline)) void
TILE(const MatrixProduct *p, const size_t rows, const size_t a_row, const size_t a_step,
     const float *a, const float *b, const float *start, float *c, size_t c_row)
{
    VECTOR sum[KERNEL_ROWS][2];
    VECTOR first[2] = {{0}, {0}};
    if (start != NULL)
        for (size_t v = 0; v < 2; v++)
            first[v] = *(const VECTOR *)(start + v * KERNEL_LANES);
#pragma GCC unroll 14
    for (size_t r = 0; r < rows; r++) {
        sum[r][0] = first[0];
        sum[r][1] = first[1];
    }
    const size_t ahead = p->b_ahead * MATRIX_PANEL;
    for (size_t segment = 0; segment < p->segments; segment++) {
        const float *ai = a + segment * p->a_segment;
        for (size_t i = 0; i < p->depth; i++, ai += a_step, b += MATRIX_PANEL) {
            __builtin_prefetch(b + ahead);
            __builtin_prefetch(b + ahead + KERNEL_LANES);
            VECTOR b0 = *(const VECTOR *)b;
            VECTOR b1 = *(const VECTOR *)(b + KERNEL_LANES);
#pragma GCC unroll 14
            for (size_t r = 0; r < rows; r++) {
                sum[r][0] += ai[r * a_row] * b0;
                sum[r][1] += ai[r * a_row] * b1;
            }
        }
    }
#pragma GCC unroll 14
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < 2; v++) {
            VECTOR *to = (VECTOR *)(c + r * c_row + v * KERNEL_LANES);
            *to = p->accumulate ? *to + sum[r][v] : sum[r][v];
        }
}

#define TILE_CASE(rows)                                                                            \
    case rows:                                                                                     \
        if (p->a_row == 1)                                                                         \
            TILE(p, rows, 1, p->a_step, a, b, start, c, c_row);                                    \
        else if (p->a_row == MATRIX_LINE && p->a_step == 1)                                        \
            TILE(p, rows, MATRIX_LINE, 1, a, b, start, c, c_row);                                  \
        else                                                                                       \
            TILE(p, rows, p->a_row, p->a_step, a, b, start, c, c_row);                             \
        break;

KERNEL_TARGET static void TILE_ROWS(const MatrixProduct *p, size_t rows, const float *a,
                                    const float *b, const float *start, float *c, size_t c_row)
{
    switch (rows) {
        TILE_CASE(1)
        TILE_CASE(2)
        TILE_CASE(3)
        TILE_CASE(4)
#if KERNEL_ROWS > 4
        TILE_CASE(5)
        TILE_CASE(6)
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
    }
}

KERNEL_TARGET static void KERNEL_NAME(const MatrixProduct *p)
{
    enum { COLUMNS = 2 * KERNEL_LANES };
    // Tiles as equal as can be: 10 rows are 5 + 5, for a tile of 2 would wait on its own sums.
    size_t tiles = (p->rows + KERNEL_ROWS - 1) / KERNEL_ROWS;
    for (size_t column = 0; column < p->columns; column += COLUMNS) {
        const float *start = p->start != NULL ? p->start + column : NULL;
        size_t columns = p->columns - column;
        for (size_t group = 0; group < p->groups; group++) {
            const float *a = p->a + group * p->a_group;
            const float *b = p->b + group * p->b_group + column / MATRIX_PANEL * p->b_panel +
                             column % MATRIX_PANEL;
            float *c = p->c + group * p->c_group + column;
            for (size_t tile = 0, rows; tile < tiles; tile++, a += rows * p->a_row) {
                rows = (p->rows + tile) / tiles;
                if (columns >= COLUMNS) {
                    TILE_ROWS(p, rows, a, b, start, c, p->c_row);
                } else { // the tile stands over C's edge
                    float edge[KERNEL_ROWS * COLUMNS] = {0};
                    if (p->accumulate)
                        copy_rows(c, p->c_row, rows, columns, edge, COLUMNS);
                    TILE_ROWS(p, rows, a, b, start, edge, COLUMNS);
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
#undef KERNEL_ROWS
