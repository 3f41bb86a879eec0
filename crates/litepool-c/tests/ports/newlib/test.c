/*
 * malloc over litepool: with newlib itself through the C library's functions, on a desk beside
 * headers that stand for newlib's through what these call.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litepool_malloc.h"
#include "los_memory.h"

int posix_memalign(void **block, size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);

#ifdef __NEWLIB__
#define ERRNO errno
#else
struct _reent only_reent;
#define ERRNO only_reent._errno
#define malloc(size) _malloc_r(_REENT, size)
#define free(block) _free_r(_REENT, block)
#define calloc(count, size) _calloc_r(_REENT, count, size)
#define realloc(block, size) _realloc_r(_REENT, block, size)
#define memalign(alignment, size) _memalign_r(_REENT, alignment, size)
#define valloc(size) _valloc_r(_REENT, size)
#define pvalloc(size) _pvalloc_r(_REENT, size)
#define malloc_usable_size(block) _malloc_usable_size_r(_REENT, block)
#define mallinfo() _mallinfo_r(_REENT)
#define malloc_stats() _malloc_stats_r(_REENT)
#endif

/* No compiler is to know which sizes are too large, nor (`volatile`) which blocks are freed. */
static volatile size_t all_bits = (size_t)-1;

#define NATURAL (2 * sizeof(void *))

static void holds(int line, const char *what, int does)
{
    if (!does) {
        printf("line %d: %s\n", line, what);
        exit(1);
    }
}

#define HOLDS(condition) holds(__LINE__, #condition, (condition))
/* NULL and ENOMEM, and all that was there is still there. */
#define REFUSED(request) (ERRNO = 0, HOLDS((request) == NULL), HOLDS(ERRNO == ENOMEM))

static int is_aligned(const void *block, size_t alignment)
{
    return block != NULL && (uintptr_t)block % alignment == 0;
}

static void blocks_are_aligned_and_come_back(void)
{
    struct mallinfo before = mallinfo(), now;
    unsigned char *volatile blocks[30];
    size_t index;

    for (index = 0; index < 30; index++) {
        blocks[index] = malloc(index * 7);
        HOLDS(is_aligned(blocks[index], NATURAL));
        HOLDS(malloc_usable_size(blocks[index]) >= index * 7);
        memset(blocks[index], (int)index, index * 7);
    }
    now = mallinfo();
    HOLDS(now.uordblks > before.uordblks);
    HOLDS(now.uordblks + now.fordblks == before.uordblks + before.fordblks);
    HOLDS(now.arena > now.uordblks + now.fordblks);
    for (index = 0; index < 30; index++) {
        HOLDS(index == 0 || (blocks[index][0] == index && blocks[index][index * 7 - 1] == index));
        free(blocks[index]);
        free(blocks[index]); /* again: nothing happens */
    }
    free(NULL);
    HOLDS(malloc_usable_size(NULL) == 0);
    now = mallinfo();
    HOLDS(now.uordblks == before.uordblks && now.ordblks == before.ordblks);
}

static void zeroed_blocks_are_zero(void)
{
    unsigned char *block = malloc(600);
    size_t index;

    memset(block, 0xFF, 600);
    free(block);
    block = calloc(30, 20);
    HOLDS(is_aligned(block, NATURAL));
    for (index = 0; index < 600; index++) {
        HOLDS(block[index] == 0);
    }
    free(block);
    block = calloc(0, all_bits);
    HOLDS(block != NULL);
    free(block);
}

static void blocks_are_resized(void)
{
    unsigned char *block = realloc(NULL, 50), *wall = malloc(10), *aligned = memalign(256, 100);

    HOLDS(block != NULL && wall != NULL && is_aligned(aligned, 256));
    memset(block, 5, 50);
    memset(aligned, 6, 100);
    block = realloc(block, 900);
    HOLDS(is_aligned(block, NATURAL) && block[0] == 5 && block[49] == 5);
    block = realloc(block, 20);
    HOLDS(is_aligned(block, NATURAL) && block[19] == 5);
    aligned = realloc(aligned, 700);
    HOLDS(is_aligned(aligned, NATURAL) && aligned[0] == 6 && aligned[99] == 6);
    aligned = realloc(aligned, 3);
    HOLDS(is_aligned(aligned, NATURAL) && aligned[2] == 6);
    HOLDS(realloc(aligned, 0) == NULL);
    free(block);
    free(wall);
}

static void alignments_are_kept(void)
{
    static const size_t alignments[] = { 0, 1, 2, 4, 8, 16, 64, 1024 };
    void *volatile block;
    void *found = NULL;
    size_t index;

    for (index = 0; index < sizeof alignments / sizeof alignments[0]; index++) {
        size_t alignment = alignments[index];

        block = memalign(alignment, 33);
        HOLDS(is_aligned(block, alignment > NATURAL ? alignment : NATURAL));
        free(block);
        if (alignment >= sizeof(void *)) {
            HOLDS(posix_memalign(&found, alignment, 33) == 0 && is_aligned(found, alignment));
            free(found);
        }
    }
    block = valloc(100);
    HOLDS(is_aligned(block, 4096) && malloc_usable_size(block) >= 100);
    free(block);
    block = pvalloc(100);
    HOLDS(is_aligned(block, 4096) && malloc_usable_size(block) >= 4096);
    free(block);
    ERRNO = 0;
    HOLDS(memalign(24, 8) == NULL && ERRNO == EINVAL);
}

/*
 * Each function of the family, with sizes, counts and alignments whose sum, product or rounding up
 * leaves the address space.
 */
static void sizes_near_the_end_are_refused(void)
{
    size_t below[] = { 0, 1, 3, 4, 7, 8, 15, 16, 63, 4094, 4095, 4096, 4097 }, index;
    unsigned char *volatile block = malloc(40);
    struct mallinfo before = mallinfo();
    void *untouched = block;

    memset(block, 3, 40);
    for (index = 0; index < sizeof below / sizeof below[0]; index++) {
        size_t size = all_bits - below[index];

        REFUSED(malloc(size));
        REFUSED(calloc(1, size));
        REFUSED(calloc(size, 1));
        REFUSED(calloc(size, size));
        REFUSED(calloc(size / 2 + 1, 2));
        REFUSED(calloc(4, size / 4 + 2));
        REFUSED(realloc(NULL, size));
        REFUSED(realloc(block, size));
        REFUSED(memalign(8, size));
        REFUSED(memalign(4096, size));
        REFUSED(memalign((all_bits >> 1) + 1, 1));
        REFUSED(memalign((all_bits >> 1) + 1, size));
        REFUSED(aligned_alloc(64, size));
        REFUSED(valloc(size));
        REFUSED(pvalloc(size));
        HOLDS(posix_memalign(&untouched, 8, size) == ENOMEM);
        HOLDS(posix_memalign(&untouched, 4096, size) == ENOMEM);
        HOLDS(posix_memalign(&untouched, (all_bits >> 1) + 1, 1) == ENOMEM);
#ifdef __NEWLIB__
        REFUSED(reallocarray(block, size, 2));
        REFUSED(reallocarray(block, 1, size));
        REFUSED(reallocf(NULL, size));
#endif
        /* Half of the address space, and what 32 bits would make a small number. */
        size = (all_bits >> 1) + 1 - below[index];
        REFUSED(malloc(size));
        REFUSED(realloc(block, size));
        REFUSED(pvalloc(size));
        if (sizeof(size_t) > 4) {
            size = ((size_t)1 << 16 << 16) + 16 + below[index];
            REFUSED(malloc(size));
            REFUSED(realloc(block, size));
            REFUSED(calloc(size / 16, 16));
            REFUSED(memalign(16, size));
            REFUSED(memalign((size_t)1 << 16 << 16, 16));
            REFUSED(valloc(size));
            REFUSED(pvalloc(size));
            HOLDS(posix_memalign(&untouched, 16, size) == ENOMEM);
        }
    }
    HOLDS(untouched == block);
    HOLDS(posix_memalign(&untouched, 0, 8) == EINVAL);
    HOLDS(posix_memalign(&untouched, 24, 8) == EINVAL);
    HOLDS(posix_memalign(&untouched, sizeof(void *) / 2, 8) == EINVAL && untouched == block);
    for (index = 0; index < 40; index++) {
        HOLDS(block[index] == 3);
    }
    HOLDS(mallinfo().uordblks == before.uordblks);
    free(block);
}

static VOID count_blocks(const LitepoolBlock *block, VOID *count)
{
    *(size_t *)count += block->isUsed;
}

static void the_pool_is_told(void)
{
    size_t before = 0, after = 0;
    void *volatile block;

    HOLDS(litepool_for_each_block(litepool_malloc_pool(), count_blocks, &before) == LOS_OK);
    block = malloc(100);
    HOLDS(litepool_for_each_block(litepool_malloc_pool(), count_blocks, &after) == LOS_OK);
    HOLDS(after == before + 1);
    free(block);
    HOLDS(litepool_check(litepool_malloc_pool(), NULL) == LOS_OK);
}

int main(void)
{
    blocks_are_aligned_and_come_back();
    zeroed_blocks_are_zero();
    blocks_are_resized();
    alignments_are_kept();
    sizes_near_the_end_are_refused();
    the_pool_is_told();
    malloc_stats();
    printf("malloc passed\n");
    return 0;
}
