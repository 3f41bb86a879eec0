/*
 * malloc of newlib (and newlib-nano): _malloc_r and its family over one pool. The C library's malloc, free, calloc, realloc and
 * their kind call these, and so do printf and the rest of it.
 *
 * The pool: LITEPOOL_HEAP_SIZE bytes (32 KiB) in an array of this file; or, with LITEPOOL_HEAP_START and
 * LITEPOOL_HEAP_END, the names of two symbols of the linker script, what lies between.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <stddef.h>
#include <string.h>

#include "litepool_port.h"
#include "los_memory.h"

/* What malloc promises: good for any type. */
#define ALIGNMENT ((UINT32)(2 * sizeof(UINTPTR)))
#define PAGE 4096

#ifdef LITEPOOL_HEAP_START
extern char LITEPOOL_HEAP_START[], LITEPOOL_HEAP_END[];
#define MEMORY LITEPOOL_HEAP_START
#define MEMORY_SIZE ((size_t)(LITEPOOL_HEAP_END - LITEPOOL_HEAP_START))
#else
#ifndef LITEPOOL_HEAP_SIZE
#define LITEPOOL_HEAP_SIZE 32768
#endif
static char memory[LITEPOOL_HEAP_SIZE];
#define MEMORY memory
#define MEMORY_SIZE sizeof memory
#endif

static VOID *pool;

/* The pool, which the first caller makes of whole words. Locked: two tasks may be first. */
static VOID *heap(void)
{
    if (pool == NULL) {
        UINTPTR state = litepool_port_lock();

        if (pool == NULL) {
            size_t skipped = (sizeof(UINTPTR) - (UINTPTR)MEMORY % sizeof(UINTPTR)) % sizeof(UINTPTR);
            size_t size = (MEMORY_SIZE - skipped) / sizeof(UINTPTR) * sizeof(UINTPTR);

            if (LOS_MemInit(MEMORY + skipped, (UINT32)size) == LOS_OK) {
                pool = MEMORY + skipped;
            }
        }
        litepool_port_unlock(state);
    }
    return pool;
}

/* malloc(0) is a block that can be freed. */
static void *allocate(struct _reent *reent, size_t size, size_t alignment)
{
    void *block = NULL;

    if (size <= 0x7FFFFFFFu) {
        block = LOS_MemAllocAlign(heap(), size == 0 ? 1 : (UINT32)size, (UINT32)alignment);
    }
    if (block == NULL) {
        __errno_r(reent) = ENOMEM;
    }
    return block;
}

void *_malloc_r(struct _reent *reent, size_t size)
{
    return allocate(reent, size, ALIGNMENT);
}

void _free_r(struct _reent *reent, void *block)
{
    (void)reent;
    if (block != NULL) {
        /* What is no block changes nothing. */
        (void)LOS_MemFree(heap(), block);
    }
}

void *_calloc_r(struct _reent *reent, size_t count, size_t size)
{
    void *block;

    if (size != 0 && count > (size_t)-1 / size) {
        __errno_r(reent) = ENOMEM;
        return NULL;
    }
    block = allocate(reent, count * size, ALIGNMENT);
    if (block != NULL) {
        memset(block, 0, count * size);
    }
    return block;
}

void *_realloc_r(struct _reent *reent, void *block, size_t size)
{
    void *resized = NULL;

    if (block == NULL) {
        return allocate(reent, size, ALIGNMENT);
    }
    if (size == 0) {
        _free_r(reent, block);
        return NULL;
    }
#if LITEPOOL_BESTFIT_LITTLE
    /* It does not resize blocks on a boundary. */
    {
        size_t old = litepool_usable_size(heap(), block);

        if (old >= size && old - size < 64) {
            return block;
        }
        resized = old == 0 ? NULL : allocate(reent, size, ALIGNMENT);
        if (resized != NULL) {
            memcpy(resized, block, old < size ? old : size);
            _free_r(reent, block);
        }
    }
#else
    if (size <= 0x7FFFFFFFu) {
        resized = LOS_MemRealloc(heap(), block, (UINT32)size);
    }
#endif
    if (resized == NULL) {
        __errno_r(reent) = ENOMEM;
    }
    return resized;
}

void *_memalign_r(struct _reent *reent, size_t alignment, size_t size)
{
    return allocate(reent, size, alignment < ALIGNMENT ? ALIGNMENT : alignment);
}

void *_valloc_r(struct _reent *reent, size_t size)
{
    return allocate(reent, size, PAGE);
}

void *_pvalloc_r(struct _reent *reent, size_t size)
{
    return allocate(reent, (size + PAGE - 1) / PAGE * PAGE, PAGE);
}

size_t _malloc_usable_size_r(struct _reent *reent, void *block)
{
    (void)reent;
    return litepool_usable_size(heap(), block);
}

struct mallinfo _mallinfo_r(struct _reent *reent)
{
    static const struct mallinfo nothing;
    struct mallinfo info = nothing;
    LOS_MEM_POOL_STATUS status;

    (void)reent;
    if (LOS_MemInfoGet(heap(), &status) == LOS_OK) {
        info.arena = LOS_MemPoolSizeGet(heap());
        info.uordblks = LOS_MemTotalUsedGet(heap());
        info.ordblks = LOS_MemFreeBlksGet(heap());
#if LITEPOOL_LITEOS_M
        info.fordblks = status.totalFreeSize;
#else
        info.fordblks = status.uwTotalFreeSize;
#endif
    }
    return info;
}

void _malloc_stats_r(struct _reent *reent)
{
    (void)reent;
    (void)LOS_MemFreeNodeShow(heap());
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
