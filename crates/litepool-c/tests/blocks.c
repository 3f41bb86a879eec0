/* Blocks are handed out, resized and given back. */
#include <string.h>

#include "check.h"

/* PLAIN is larger than any object of a slab, and than the hole that may be before its slabs. */
enum { SIZE = 16384, PLAIN = 600 };

static void a_block_is_on_the_granule_and_inside(void)
{
    UINT8 *pool = pool_of(SIZE);
    UINT32 size;

    for (size = 1; size < 300; size += 7) {
        UINT8 *block = LOS_MemAlloc(pool, size);

        CHECK(block != NULL && (UINTPTR)block % GRANULE == 0);
        CHECK(block > pool && block + size <= pool + SIZE);
        fill(block, size, size);
        CHECK(is_filled(block, size, size));
    }
}

static void what_no_block_can_serve_is_refused(void)
{
    void *pool = pool_of(SIZE);

    remember(pool, SIZE);
    CHECK(LOS_MemAlloc(NULL, 4) == NULL);
    CHECK(LOS_MemAlloc(pool, 0) == NULL);
    CHECK(is_unchanged());
    CHECK(LOS_MemAlloc(pool, SIZE) == NULL);
    CHECK(LOS_MemAlloc(pool, 0x7FFFFFFF) == NULL);
    CHECK(LOS_MemAlloc(pool, 0xFFFFFFFF) == NULL);
    CHECK(LOS_MemAlloc(pool, 0xFFFFFFF8) == NULL);
    EQUAL(figures(pool).used, 0);
}

static void a_block_costs_its_size_and_its_header(void)
{
    void *pool = pool_of(SIZE);
    UINT32 size, used = LOS_MemTotalUsedGet(pool);

    for (size = LITEPOOL_SLAB ? PLAIN : 1; size < 900; size += 3) {
        void *block = LOS_MemAlloc(pool, size);

        EQUAL(LOS_MemTotalUsedGet(pool) - used, cost(size));
        EQUAL(LOS_MemFree(pool, block), LOS_OK);
        EQUAL(LOS_MemTotalUsedGet(pool), used);
    }
}

static void the_whole_pool_can_be_had_in_one_block(void)
{
    void *pool = pool_of(SIZE);
    struct Figures at_first = figures(pool);
    void *block = LOS_MemAlloc(pool, at_first.largest);

    CHECK(at_first.largest > SIZE / 2);
    CHECK(block != NULL);
    if (!LITEPOOL_SLAB) {
        EQUAL(figures(pool).free_blocks, 0);
        CHECK(LOS_MemAlloc(pool, 1) == NULL);
    }
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    CHECK(LOS_MemAlloc(pool, at_first.largest + GRANULE) == NULL);
    block = LOS_MemAlloc(pool, at_first.largest);
    CHECK(block != NULL);
}

static void what_was_freed_is_merged_and_comes_again(void)
{
    void *pool = pool_of(SIZE);
    void *low = LOS_MemAlloc(pool, PLAIN), *middle = LOS_MemAlloc(pool, PLAIN), *high = LOS_MemAlloc(pool, PLAIN);
    UINT32 free_blocks = LOS_MemFreeBlksGet(pool);

    CHECK(low < middle && middle < high); /* cut from the low end */
    EQUAL(LOS_MemFree(pool, middle), LOS_OK);
    EQUAL(LOS_MemFreeBlksGet(pool), free_blocks + 1);
    CHECK(LOS_MemAlloc(pool, PLAIN) == middle);
    EQUAL(LOS_MemFree(pool, middle), LOS_OK);
    EQUAL(LOS_MemFree(pool, low), LOS_OK);
    EQUAL(LOS_MemFreeBlksGet(pool), free_blocks + 1); /* with the one behind */
    CHECK(LOS_MemAlloc(pool, 2 * PLAIN) == low);
    EQUAL(LOS_MemFree(pool, low), LOS_OK);
    EQUAL(LOS_MemFree(pool, high), LOS_OK);
    EQUAL(LOS_MemFreeBlksGet(pool), free_blocks); /* on both sides */
    EQUAL(LOS_MemUsedBlksGet(pool), 0);
}

static void the_smallest_sufficient_hole_is_taken(void)
{
    /* TLSF tells holes apart by classes: there, of the lowest size of one. */
    const UINT32 overhead = LITEPOOL_TLSF ? cost(1000) - 1000 : 0;
    const UINT32 much = LITEPOOL_TLSF ? 1024 - overhead : 1000;
    const UINT32 little = LITEPOOL_TLSF ? 704 - overhead : 700;
    void *pool = pool_of(SIZE);
    void *large = LOS_MemAlloc(pool, much), *wall, *small;

    wall = LOS_MemAlloc(pool, PLAIN);
    small = LOS_MemAlloc(pool, little);
    CHECK(wall != NULL && LOS_MemAlloc(pool, PLAIN) != NULL);
    EQUAL(LOS_MemFree(pool, large), LOS_OK);
    EQUAL(LOS_MemFree(pool, small), LOS_OK);
    CHECK(LOS_MemAlloc(pool, little) == small);
    CHECK(LOS_MemAlloc(pool, much) == large);
}

static void bad_pointers_are_not_freed(void)
{
    UINT8 *pool = pool_of(SIZE);
    UINT8 *block = LOS_MemAlloc(pool, PLAIN), *other = LOS_MemAlloc(pool, PLAIN), *object = LOS_MemAlloc(pool, 16);
    UINT8 *outside = area(64);
    UINT32 offset;

    fill(block, PLAIN, 5);
    memset(other, 0xFF, PLAIN);
    remember(pool, SIZE);
    EQUAL(LOS_MemFree(NULL, block), LOS_NOK);
    EQUAL(LOS_MemFree(pool, NULL), LOS_NOK);
    EQUAL(LOS_MemFree(pool, outside), LOS_NOK);
    EQUAL(LOS_MemFree(pool, &offset), LOS_NOK);
    EQUAL(LOS_MemFree(pool, pool - GRANULE), LOS_NOK);
    EQUAL(LOS_MemFree(pool, pool + SIZE), LOS_NOK);
    for (offset = 0; offset < SIZE; offset++) {
        UINT8 *pointer = pool + offset;

        if (pointer != block && pointer != other && pointer != object) {
            EQUAL(LOS_MemFree(pool, pointer), LOS_NOK);
            CHECK(LOS_MemRealloc(pool, pointer, 8) == NULL);
        }
    }
    CHECK(is_unchanged());
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    EQUAL(LOS_MemFree(pool, block), LOS_NOK);
    CHECK(LOS_MemRealloc(pool, block, 8) == NULL);
    EQUAL(LOS_MemFree(pool, object), LOS_OK);
    EQUAL(LOS_MemFree(pool, object), LOS_NOK);
}

static void a_payload_that_looks_like_a_header_is_no_block(void)
{
    UINT8 *pool = pool_of(SIZE);
    UINT32 *block = LOS_MemAlloc(pool, PLAIN);
    UINT32 index;
    const UINT32 forged[] = { 0x80000000u, 0x80000001u, 0x80008004u, 0xC0000010u, 0xFFFFFFFFu, 0x7FFFFFFFu, 0xABCDDCBAu };

    for (index = 0; index < sizeof forged / sizeof forged[0]; index++) {
        block[7] = forged[index];
        EQUAL(LOS_MemFree(pool, &block[8]), LOS_NOK);
    }
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
}

static void a_resize_keeps_the_contents(void)
{
    void *pool = pool_of(SIZE);
    UINT32 from, to;

    for (from = 1; from < 700; from += 23) {
        for (to = 1; to < 700; to += 29) {
            void *block = LOS_MemAlloc(pool, from), *wall = LOS_MemAlloc(pool, PLAIN), *resized;

            fill(block, from, from + to);
            resized = LOS_MemRealloc(pool, block, to);
            CHECK(resized != NULL && (UINTPTR)resized % GRANULE == 0);
            CHECK(is_filled(resized, from < to ? from : to, from + to));
            EQUAL(LOS_MemFree(pool, wall), LOS_OK);
            EQUAL(LOS_MemFree(pool, resized), LOS_OK);
        }
    }
    EQUAL(LOS_MemUsedBlksGet(pool), 0);
}

static void a_resize_stays_in_place_where_it_can(void)
{
    void *pool = pool_of(SIZE);
    void *block = LOS_MemAlloc(pool, 2 * PLAIN);
    UINT32 used = LOS_MemTotalUsedGet(pool);

    CHECK(LOS_MemRealloc(pool, block, 2 * PLAIN) == block);
    CHECK(LOS_MemRealloc(pool, block, PLAIN) == block); /* the tail comes back */
    EQUAL(used - LOS_MemTotalUsedGet(pool), cost(2 * PLAIN) - cost(PLAIN));
    CHECK(LOS_MemRealloc(pool, block, 4 * PLAIN) == block); /* what is free behind it is taken */
    EQUAL(LOS_MemTotalUsedGet(pool) - used, cost(4 * PLAIN) - cost(2 * PLAIN));
}

static void a_resize_with_special_arguments(void)
{
    void *pool = pool_of(SIZE);
    void *block = LOS_MemRealloc(pool, NULL, PLAIN);

    CHECK(block != NULL); /* allocates */
    CHECK(LOS_MemRealloc(pool, NULL, 0) == NULL);
    CHECK(LOS_MemRealloc(NULL, block, 10) == NULL);
    CHECK(LOS_MemRealloc(NULL, NULL, 10) == NULL);
    EQUAL(LOS_MemUsedBlksGet(pool), 1);
    CHECK(LOS_MemRealloc(pool, block, 0) == NULL); /* frees */
    EQUAL(LOS_MemUsedBlksGet(pool), 0);
    CHECK(LOS_MemRealloc(pool, block, 0) == NULL);
}

static void a_resize_without_room_leaves_the_block(void)
{
    void *pool = pool_of(SIZE);
    void *block = LOS_MemAlloc(pool, PLAIN), *wall = LOS_MemAlloc(pool, PLAIN);

    fill(block, PLAIN, 6);
    CHECK(LOS_MemRealloc(pool, block, SIZE) == NULL);
    CHECK(LOS_MemRealloc(pool, block, 0xFFFFFFFF) == NULL);
    CHECK(LOS_MemRealloc(pool, block, 0x80000000) == NULL);
    CHECK(is_filled(block, PLAIN, 6));
    EQUAL(LOS_MemUsedBlksGet(pool), 2);
    EQUAL(LOS_MemFree(pool, wall), LOS_OK);
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
}

static void a_block_of_hundreds_of_kilobytes(void)
{
    enum { LARGE = 600 * 1024, POOL = LARGE + 4096 };
    void *pool, *block;
    UINT32 free_blocks;

    if (LITEPOOL_MAX_SIZE < POOL) {
        EQUAL(LOS_MemInit(area(POOL), POOL), LOS_NOK);
        return;
    }
    pool = pool_of(POOL);
    free_blocks = LOS_MemFreeBlksGet(pool);
    block = LOS_MemAlloc(pool, LARGE / 2 - 4096);
    CHECK(block != NULL);
    fill(block, LARGE / 2 - 4096, 7);
    block = LOS_MemRealloc(pool, block, 140 * 1024);
    CHECK(is_filled(block, 140 * 1024, 7));
    block = LOS_MemRealloc(pool, block, 100);
    CHECK(is_filled(block, 100, 7));
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    EQUAL(LOS_MemFreeBlksGet(pool), free_blocks);
}

static void a_pool_has_no_more_than_the_largest(void)
{
    void *pool;

#if LITEPOOL_MAX_SIZE < 0x1000000
    EQUAL(LOS_MemInit(area(LITEPOOL_MAX_SIZE + GRANULE), LITEPOOL_MAX_SIZE + GRANULE), LOS_NOK);
    pool = pool_of(LITEPOOL_MAX_SIZE);
#else
    EQUAL(LOS_MemInit(area(SIZE), LITEPOOL_MAX_SIZE + GRANULE), LOS_NOK);
    pool = pool_of(SIZE);
#endif
    CHECK(LOS_MemAlloc(pool, figures(pool).largest) != NULL);
}

const struct Test block_tests[] = {
    TEST(a_block_is_on_the_granule_and_inside),
    TEST(what_no_block_can_serve_is_refused),
    TEST(a_block_costs_its_size_and_its_header),
    TEST(the_whole_pool_can_be_had_in_one_block),
    TEST(what_was_freed_is_merged_and_comes_again),
    TEST(the_smallest_sufficient_hole_is_taken),
    TEST(bad_pointers_are_not_freed),
    TEST(a_payload_that_looks_like_a_header_is_no_block),
    TEST(a_resize_keeps_the_contents),
    TEST(a_resize_stays_in_place_where_it_can),
    TEST(a_resize_with_special_arguments),
    TEST(a_resize_without_room_leaves_the_block),
    TEST(a_block_of_hundreds_of_kilobytes),
    TEST(a_pool_has_no_more_than_the_largest),
    NO_MORE_TESTS,
};
