/*
 * malloc of newlib (and newlib-nano): _malloc_r and its family over one pool. The C library's
 * malloc, free, calloc, realloc, reallocarray, reallocf and their kind call these, and so do printf
 * and the rest of it. posix_memalign, which newlib declares and not always has, and aligned_alloc
 * are here.
 *
 * The pool: LITEPOOL_HEAP_SIZE bytes (32 KiB) in an array of this file; or, with
 * LITEPOOL_HEAP_START and LITEPOOL_HEAP_END, the names of two symbols of the linker script, what
 * lies between.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litepool_malloc.h"
#include "litepool_port.h"
#include "los_memory.h"

int posix_memalign(void **block, size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);

/* What malloc promises: good for any type. */
typedef union AnyType {
    long long number;
    long double real;
    void *pointer;
    void (*function)(void);
} AnyType;
struct Aligned {
    char before;
    AnyType any;
};
enum {
    NATURAL = offsetof(struct Aligned, any),
    ALIGNMENT = NATURAL > 2 * sizeof(void *) ? NATURAL : 2 * sizeof(void *),
    PAGE = 4096
};

/* A size is a UINT32 in the library, and no block has 2 GiB. */
#define LARGEST ((size_t)0x7FFFFFFFu)

#ifdef LITEPOOL_HEAP_START
extern char LITEPOOL_HEAP_START[], LITEPOOL_HEAP_END[];
#define MEMORY LITEPOOL_HEAP_START
#define MEMORY_SIZE ((size_t)(LITEPOOL_HEAP_END - LITEPOOL_HEAP_START))
#else
#ifndef LITEPOOL_HEAP_SIZE
#define LITEPOOL_HEAP_SIZE 32768
#endif
typedef char LITEPOOL_HEAP_SIZE_is_too_large[(LITEPOOL_HEAP_SIZE) <= LITEPOOL_MAX_SIZE ? 1 : -1];
static char memory[LITEPOOL_HEAP_SIZE];
#define MEMORY memory
#define MEMORY_SIZE sizeof memory
#endif

static VOID *pool;

/* The pool, which the first caller makes of whole granules. Locked: two tasks may be first. */
void *litepool_malloc_pool(void)
{
    if (pool == NULL) {
        UINTPTR state = litepool_port_lock();

        if (pool == NULL) {
            size_t skipped = (0 - (UINTPTR)MEMORY) % LITEPOOL_GRANULE;
            size_t size = MEMORY_SIZE < skipped ? 0 : MEMORY_SIZE - skipped;

            /* What lies between two symbols may be more than a pool can have. */
            size = size < LITEPOOL_MAX_SIZE ? size : LITEPOOL_MAX_SIZE;
            size = size / LITEPOOL_GRANULE * LITEPOOL_GRANULE;
            if (LOS_MemInit(MEMORY + skipped, (UINT32)size) == LOS_OK) {
                pool = MEMORY + skipped;
            }
        }
        litepool_port_unlock(state);
    }
    return pool;
}

/* A block, or NULL: of no bytes, too, so that it can be freed. `alignment` is a power of two. */
static void *take(size_t alignment, size_t size)
{
    if (size > LARGEST || alignment > LARGEST) {
        return NULL;
    }
    size += size == 0;
    if (alignment <= LITEPOOL_GRANULE) {
        return LOS_MemAlloc(litepool_malloc_pool(), (UINT32)size);
    }
    return LOS_MemAllocAlign(litepool_malloc_pool(), (UINT32)size, (UINT32)alignment);
}

/* The result of a request. */
static void *taken(struct _reent *reent, void *block)
{
    if (block == NULL) {
        __errno_r(reent) = ENOMEM;
    }
    return block;
}

/* No power of two may be larger than any request. */
static int is_power_of_two(size_t alignment)
{
    return alignment != 0 && (alignment & (alignment - 1)) == 0;
}

void *_malloc_r(struct _reent *reent, size_t size)
{
    return taken(reent, take(ALIGNMENT, size));
}

void _free_r(struct _reent *reent, void *block)
{
    (void)reent;
    if (block != NULL) {
        /* What is no block changes nothing. */
        (void)LOS_MemFree(pool, block);
    }
}

void *_calloc_r(struct _reent *reent, size_t count, size_t size)
{
    void *block = NULL;

    if (size == 0 || count <= (size_t)-1 / size) {
        block = take(ALIGNMENT, count * size);
    }
    if (block != NULL) {
        memset(block, 0, count * size);
    }
    return taken(reent, block);
}

void *_realloc_r(struct _reent *reent, void *block, size_t size)
{
    void *resized = NULL;

    if (block == NULL) {
        return _malloc_r(reent, size);
    }
    if (size == 0) {
        _free_r(reent, block);
        return NULL;
    }
    if (size <= LARGEST) {
        resized = LOS_MemRealloc(pool, block, (UINT32)size);
    }
#if LITEPOOL_BESTFIT_LITTLE
    /* It does not resize blocks on a boundary. */
    if (resized == NULL) {
        size_t old = litepool_usable_size(pool, block);

        if (old >= size) {
            return block;
        }
        resized = old == 0 ? NULL : take(ALIGNMENT, size);
        if (resized != NULL) {
            memcpy(resized, block, old);
            _free_r(reent, block);
        }
    }
#endif
    return taken(reent, resized);
}

void *_memalign_r(struct _reent *reent, size_t alignment, size_t size)
{
    if (alignment != 0 && !is_power_of_two(alignment)) {
        __errno_r(reent) = EINVAL;
        return NULL;
    }
    return taken(reent, take(alignment < ALIGNMENT ? ALIGNMENT : alignment, size));
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    void *found;

    if (!is_power_of_two(alignment) || alignment < sizeof(void *)) {
        return EINVAL;
    }
    found = take(alignment < ALIGNMENT ? ALIGNMENT : alignment, size);
    if (found == NULL) {
        return ENOMEM;
    }
    *block = found;
    return 0;
}

/* Newlib's own calls posix_memalign, and does not set errno. */
void *aligned_alloc(size_t alignment, size_t size)
{
    return _memalign_r(_REENT, alignment, size);
}

void *_valloc_r(struct _reent *reent, size_t size)
{
    return taken(reent, take(PAGE, size));
}

void *_pvalloc_r(struct _reent *reent, size_t size)
{
    return taken(reent, size > LARGEST ? NULL : take(PAGE, (size + PAGE - 1) / PAGE * PAGE));
}

size_t _malloc_usable_size_r(struct _reent *reent, void *block)
{
    (void)reent;
    return litepool_usable_size(pool, block);
}

static LitepoolTotals totals(void)
{
    static const LitepoolTotals nothing;
    LitepoolTotals now = nothing;

    (void)litepool_totals(litepool_malloc_pool(), &now);
    return now;
}

struct mallinfo _mallinfo_r(struct _reent *reent)
{
    static const struct mallinfo nothing;
    struct mallinfo info = nothing;
    LitepoolTotals now = totals();

    (void)reent;
    info.arena = now.size;
    info.ordblks = now.freeBlocks;
    info.uordblks = now.used;
    info.fordblks = now.free;
    return info;
}

/*
 * What newlib's own prints, in its words. In a section of its own, so that only a program that
 * calls it has stdio for it.
 */
__attribute__((section(".text._malloc_stats_r"))) void _malloc_stats_r(struct _reent *reent)
{
    LitepoolTotals now = totals();

    (void)reent;
    fiprintf(stderr, "max in use bytes = %10lu\n", (unsigned long)now.peak);
    fiprintf(stderr, "system bytes     = %10lu\n", (unsigned long)now.size);
    fiprintf(stderr, "in use bytes     = %10lu\n", (unsigned long)now.used);
}

/* There is nothing to tune, and no memory to give back to anybody. */
int _mallopt_r(struct _reent *reent, int parameter, int value)
{
    (void)reent;
    (void)parameter;
    (void)value;
    return 0;
}

int _malloc_trim_r(struct _reent *reent, size_t pad)
{
    (void)reent;
    (void)pad;
    return 0;
}
