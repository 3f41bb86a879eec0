/* Pools are made and forgotten. */
#include <string.h>

#include "check.h"

enum { SIZE = 8192 };

static void the_published_example_works(void)
{
    void *pool = area(SIZE);
    UINT32 *block;

    EQUAL(LOS_MemInit(pool, SIZE), LOS_OK);
    block = LOS_MemAlloc(pool, 4);
    CHECK(block != NULL);
    *block = 828;
    EQUAL(*block, 828);
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    EQUAL(LOS_MemDeInit(pool), LOS_OK);
}

static void what_can_be_no_pool_is_refused_and_untouched(void)
{
    UINT8 *memory = area(SIZE);
    UINT32 size;

    remember(memory, SIZE);
    EQUAL(LOS_MemInit(NULL, SIZE), LOS_NOK);
    EQUAL(LOS_MemInit(memory, 0), LOS_NOK);
    for (size = 0; size <= 32; size += GRANULE) {
        EQUAL(LOS_MemInit(memory, size), LOS_NOK);
    }
    for (size = 1; size < GRANULE; size++) {
        EQUAL(LOS_MemInit(memory + size, 4096), LOS_NOK);
        EQUAL(LOS_MemInit(memory, 4096 + size), LOS_NOK);
    }
    CHECK(is_unchanged());
    CHECK(LOS_MemAlloc(memory, 4) == NULL);
}

static void pools_just_above_the_smallest_size_work(void)
{
    UINT32 size, smallest = 0;

    for (size = GRANULE; size < 2048; size += GRANULE) {
        UINT8 *memory = area(size);
        void *block;

        if (LOS_MemInit(memory, size) != LOS_OK) {
            EQUAL(smallest, 0);
        } else {
            smallest = smallest == 0 ? size : smallest;
            block = LOS_MemAlloc(memory, 1);
            CHECK(block != NULL);
            fill(block, 1, size);
            EQUAL(LOS_MemFree(memory, block), LOS_OK);
            EQUAL(LOS_MemDeInit(memory), LOS_OK);
        }
        if (smallest != 0 && size > smallest + 16 * GRANULE) {
            break;
        }
    }
    CHECK(smallest != 0);
}

static void a_pool_starts_at_any_granule(void)
{
    UINT8 *memory = area(SIZE);
    UINT32 offset;

    for (offset = 0; offset < 64; offset += GRANULE) {
        EQUAL(LOS_MemInit(memory + offset, 4096), LOS_OK);
        CHECK(LOS_MemAlloc(memory + offset, 100) != NULL);
        EQUAL(LOS_MemDeInit(memory + offset), LOS_OK);
    }
}

static void a_live_pool_is_not_made_again_nor_touched(void)
{
    UINT8 *pool = pool_of(SIZE);
    void *block = LOS_MemAlloc(pool, 100);

    fill(block, 100, 1);
    remember(pool, SIZE);
    EQUAL(LOS_MemInit(pool, SIZE), LOS_NOK);
    EQUAL(LOS_MemInit(pool, SIZE / 2), LOS_NOK);
    CHECK(is_unchanged());
    EQUAL(LOS_MemUsedBlksGet(pool), 1);

    EQUAL(LOS_MemDeInit(pool), LOS_OK);
    EQUAL(LOS_MemInit(pool, SIZE), LOS_OK);
    EQUAL(LOS_MemUsedBlksGet(pool), 0);
}

static void memory_that_touches_a_live_pool_is_refused(void)
{
    UINT8 *memory = area(3 * SIZE);
    UINT8 *pool = memory + SIZE;
    void *block;

    EQUAL(LOS_MemInit(pool, SIZE), LOS_OK);
    block = LOS_MemAlloc(pool, 1000);
    fill(block, 1000, 2);
    remember(memory, 3 * SIZE);
    EQUAL(LOS_MemInit(memory, SIZE + GRANULE), LOS_NOK);      /* over the start */
    EQUAL(LOS_MemInit(memory + SIZE / 2, SIZE), LOS_NOK);     /* the same */
    EQUAL(LOS_MemInit(pool + SIZE / 2, SIZE), LOS_NOK);       /* over the tail */
    EQUAL(LOS_MemInit(pool + SIZE - GRANULE, SIZE), LOS_NOK); /* over the last granule */
    EQUAL(LOS_MemInit(memory, 3 * SIZE), LOS_NOK);            /* around it */
    EQUAL(LOS_MemInit(pool + SIZE / 2, SIZE / 4), LOS_NOK);   /* in its free memory */
    CHECK(is_unchanged());

    EQUAL(LOS_MemInit(memory, SIZE), LOS_OK); /* right before it */
    EQUAL(LOS_MemInit(memory + 2 * SIZE, SIZE), LOS_OK); /* right behind it */
    CHECK(is_filled(block, 1000, 2));
    EQUAL(LOS_MemDeInit(memory), LOS_OK);
    EQUAL(LOS_MemDeInit(memory + 2 * SIZE), LOS_OK);
    EQUAL(LOS_MemDeInit(pool), LOS_OK);
}

static void a_pool_is_forgotten_once(void)
{
    UINT8 *pool = area(SIZE);

    EQUAL(LOS_MemDeInit(NULL), LOS_NOK);
    EQUAL(LOS_MemDeInit(pool), LOS_NOK);
    EQUAL(LOS_MemInit(pool, SIZE), LOS_OK);
    EQUAL(LOS_MemDeInit(pool + GRANULE), LOS_NOK);
    EQUAL(LOS_MemDeInit(pool), LOS_OK);
    EQUAL(LOS_MemDeInit(pool), LOS_NOK);
    EQUAL(LOS_MemFree(pool, pool + 100), LOS_NOK);
    CHECK(LOS_MemAlloc(pool, 4) == NULL);
}

static void nothing_is_read_where_no_pool_is(void)
{
    /* Addresses that are mapped nowhere, on a desk and on the device. */
    void *nowhere[] = { (void *)(UINTPTR)8, (void *)(UINTPTR)0xFFFFF000u, (void *)((UINTPTR)0 - 64) };
    void *pool = pool_of(SIZE);
    LOS_MEM_POOL_STATUS status;
    size_t index;

    for (index = 0; index < sizeof nowhere / sizeof nowhere[0]; index++) {
        void *bad = nowhere[index];

        CHECK(LOS_MemAlloc(bad, 4) == NULL);
        CHECK(LOS_MemAllocAlign(bad, 4, 64) == NULL);
        CHECK(LOS_MemRealloc(bad, bad, 4) == NULL);
        EQUAL(LOS_MemFree(bad, bad), LOS_NOK);
        EQUAL(LOS_MemFree(pool, bad), LOS_NOK);
        CHECK(LOS_MemRealloc(pool, bad, 4) == NULL);
        EQUAL(LOS_MemDeInit(bad), LOS_NOK);
        EQUAL(LOS_MemInfoGet(bad, &status), LOS_NOK);
        EQUAL(LOS_MemFreeNodeShow(bad), LOS_NOK);
        LOS_MemUsedNodeShow(bad);
        LOS_MemUnlockEnable(bad);
    }
    EQUAL(strlen(printed()), 0);
}

static void more_pools_than_the_table_has_room_for(void)
{
    enum { POOLS = 40, SMALL = 1024, TOO_FEW = 16 };
    UINT8 *memory = area(POOLS * SMALL);
    /* Given away for ever. */
    static UINTPTR handles[POOLS * 60];
    UINT32 index, made = 0, more;

    while (made < POOLS && LOS_MemInit(memory + made * SMALL, SMALL) == LOS_OK) {
        made++;
    }
    CHECK(made >= 8);
    EQUAL(litepool_add_handles(NULL, 100000), 0);
    EQUAL(litepool_add_handles(handles, 0), 0);
    EQUAL(litepool_add_handles(handles, TOO_FEW), 0);
    more = made == POOLS ? POOLS : litepool_add_handles((UINT8 *)handles + 1, sizeof handles - 1);
    CHECK(more >= POOLS - 8);
    for (index = made; index < POOLS; index++) {
        EQUAL(LOS_MemInit(memory + index * SMALL, SMALL), LOS_OK);
    }
    for (index = 0; index < POOLS; index++) {
        void *pool = memory + index * SMALL;
        void *block = LOS_MemAlloc(pool, 64);

        CHECK((UINT8 *)block >= memory + index * SMALL && (UINT8 *)block < memory + (index + 1) * SMALL);
        EQUAL(LOS_MemFree(memory, block), index == 0 ? LOS_OK : LOS_NOK);
    }
    EQUAL(LOS_MemPoolList(), POOLS);
    for (index = 0; index < POOLS; index++) {
        EQUAL(LOS_MemDeInit(memory + index * SMALL), LOS_OK);
    }
}

static void a_pool_takes_the_lock_until_it_is_told_not_to(void)
{
    void *pool = pool_of(SIZE);
    void *block;
    unsigned long before = locks();

    block = LOS_MemAlloc(pool, 10);
    CHECK(locks() > before);
    LOS_MemUnlockEnable(NULL);
    LOS_MemUnlockEnable(pool);
    before = locks();
    block = LOS_MemRealloc(pool, block, 400);
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    EQUAL(LOS_MemTotalUsedGet(pool), 0);
    EQUAL(locks(), before + (LITEPOOL_RECORD ? 2 : 0)); /* the recorder has a section of its own */

    /* A pool that is made again takes it again. */
    EQUAL(LOS_MemDeInit(pool), LOS_OK);
    EQUAL(LOS_MemInit(pool, SIZE), LOS_OK);
    before = locks();
    CHECK(LOS_MemAlloc(pool, 10) != NULL);
    CHECK(locks() > before);
}

const struct Test pool_tests[] = {
    TEST(the_published_example_works),
    TEST(what_can_be_no_pool_is_refused_and_untouched),
    TEST(pools_just_above_the_smallest_size_work),
    TEST(a_pool_starts_at_any_granule),
    TEST(a_live_pool_is_not_made_again_nor_touched),
    TEST(memory_that_touches_a_live_pool_is_refused),
    TEST(a_pool_is_forgotten_once),
    TEST(nothing_is_read_where_no_pool_is),
    TEST(more_pools_than_the_table_has_room_for),
    TEST(a_pool_takes_the_lock_until_it_is_told_not_to),
    NO_MORE_TESTS,
};
