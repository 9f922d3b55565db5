#include "nn/run/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum { ALIGN_FLOATS = 16 };

static bool meet(const ArenaItem *a, const ArenaItem *b)
{
    return a->first <= b->last && b->first <= a->last;
}

// The lowest offset at which `item` meets none of the placed ones, those with offset != SIZE_MAX.
static size_t lowest_offset(const ArenaItem *items, size_t n, const ArenaItem *item)
{
    size_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < n; i++) {
            const ArenaItem *other = &items[i];
            if (other == item || other->offset == SIZE_MAX || !meet(item, other))
                continue;
            if (offset < other->offset + other->size && other->offset < offset + item->size) {
                offset = other->offset + other->size;
                moved = true;
            }
        }
    }
    return offset;
}

// The largest item without a place; there is one.
static size_t largest_waiting(const ArenaItem *items, size_t n)
{
    size_t largest = n;
    for (size_t i = 0; i < n; i++)
        if (items[i].offset == SIZE_MAX && (largest == n || items[i].size > items[largest].size))
            largest = i;
    return largest;
}

size_t arena_plan(ArenaItem *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        items[i].size = (items[i].size + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
        items[i].offset = SIZE_MAX;
    }
    size_t total = 0;
    for (size_t placed = 0; placed < n; placed++) {
        ArenaItem *item = &items[largest_waiting(items, n)];
        item->offset = lowest_offset(items, n, item);
        if (item->offset + item->size > total)
            total = item->offset + item->size;
    }
    return total;
}
