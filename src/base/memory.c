#include "base/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20 };

bool memory_multiply(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

void *memory_new(size_t n, size_t size)
{
    return calloc(n > 0 ? n : 1, size);
}

void *memory_new_aligned(size_t n, size_t size)
{
    size_t bytes;
    if (!memory_multiply(n > 0 ? n : 1, size, &bytes) || bytes > SIZE_MAX - HUGE_PAGE)
        return NULL;
    size_t alignment = bytes >= HUGE_PAGE ? HUGE_PAGE : ALIGNMENT;
    void *block;
    if (posix_memalign(&block, alignment, bytes) != 0)
        return NULL;
    // Weights are hundreds of megabytes; in huge pages the kernel makes them in a third of the
    // time, and networks run 2 % faster. The kernel may refuse, nothing else depends on it.
    if (alignment == HUGE_PAGE)
        madvise(block, bytes, MADV_HUGEPAGE);
    return block;
}

void *memory_resize(void *block, size_t n, size_t size)
{
    size_t bytes;
    if (!memory_multiply(n > 0 ? n : 1, size, &bytes))
        return NULL;
    return realloc(block, bytes);
}

void *memory_resize_zeroed(void *block, size_t size)
{
    size_t old = malloc_usable_size(block);
    char *bytes = realloc(block, size);
    if (bytes == NULL)
        return NULL;
    size_t now = malloc_usable_size(bytes);
    if (now > old)
        memset(bytes + old, 0, now - old);
    return bytes;
}

char *memory_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

bool memory_is_there(size_t bytes)
{
    // Small enough that the C library keeps them at hand when they are freed.
    enum { PIECE = 64 << 10 };
    void *last = NULL;
    bool there = true;
    for (size_t had = 0; there && had < bytes; had += PIECE) {
        void **piece = malloc(PIECE);
        there = piece != NULL;
        if (there) {
            *piece = last;
            last = piece;
        }
    }
    while (last != NULL) {
        void *before = *(void **)last;
        free(last);
        last = before;
    }
    return there;
}
