/* A heap of C's behind the functions that are weighed. LITEOS: LiteOS's; else the C library's own,
   which gets its memory from _sbrk. */
#include "weigh.h"

#ifdef LITEOS

extern uint32_t LOS_MemInit(void *pool, uint32_t size);
extern void *LOS_MemAlloc(void *pool, uint32_t size);
extern uint32_t LOS_MemFree(void *pool, void *block);
extern void *LOS_MemRealloc(void *pool, void *block, uint32_t size);

static void *pool;

uint32_t heap_init(void *memory, size_t size)
{
    pool = memory;
    return LOS_MemInit(memory, size);
}

void *heap_allocate(size_t size)
{
    return LOS_MemAlloc(pool, size);
}

void heap_free(void *block, size_t size)
{
    (void)size;
    LOS_MemFree(pool, block);
}

void *heap_reallocate(void *block, size_t old, size_t size)
{
    (void)old;
    return LOS_MemRealloc(pool, block, size);
}

#else

#include <errno.h>
#include <stdlib.h>

static char *next, *end;

/* What the C library's malloc asks. What it asked before there was a heap is refused. */
void *_sbrk(ptrdiff_t more)
{
    char *before = next;

    if (more > end - next) {
        errno = ENOMEM;
        return (void *)-1;
    }
    next += more;
    return before;
}

uint32_t heap_init(void *memory, size_t size)
{
    next = memory;
    end = next + size;
    return 0;
}

void *heap_allocate(size_t size)
{
    return malloc(size);
}

void heap_free(void *block, size_t size)
{
    (void)size;
    free(block);
}

void *heap_reallocate(void *block, size_t old, size_t size)
{
    (void)old;
    return realloc(block, size);
}

#endif
