/* Pools in blocks of pools. */
#include "check.h"

enum { SIZE = 16384, INNER = 4096 };

static void a_pool_lives_in_a_block_of_another_one(void)
{
    void *outer = pool_of(SIZE);
    void *memory = LOS_MemAlloc(outer, INNER);
    void *block;

    EQUAL(LOS_MemInit(memory, INNER), LOS_OK);
    block = LOS_MemAlloc(memory, 100);
    CHECK((UINT8 *)block > (UINT8 *)memory && (UINT8 *)block < (UINT8 *)memory + INNER);
    fill(block, 100, 3);
    EQUAL(LOS_MemFree(outer, block), LOS_NOK);
    CHECK(LOS_MemRealloc(outer, block, 200) == NULL);
    CHECK(is_filled(block, 100, 3));
    EQUAL(LOS_MemUsedBlksGet(outer), 1);
    EQUAL(LOS_MemUsedBlksGet(memory), 1);
    EQUAL(LOS_MemFree(memory, block), LOS_OK);
    EQUAL(LOS_MemDeInit(memory), LOS_OK);
    EQUAL(LOS_MemFree(outer, memory), LOS_OK);
}

static void the_block_under_a_live_pool_stays(void)
{
    void *outer = pool_of(SIZE);
    void *memory = LOS_MemAlloc(outer, INNER);

    EQUAL(LOS_MemInit(memory, INNER), LOS_OK);
    EQUAL(LOS_MemFree(outer, memory), LOS_NOK);
    CHECK(LOS_MemRealloc(outer, memory, INNER / 2) == NULL);
    CHECK(LOS_MemRealloc(outer, memory, 0) == NULL);
    EQUAL(LOS_MemDeInit(outer), LOS_NOK);
    EQUAL(LOS_MemUsedBlksGet(outer), 1);
    EQUAL(LOS_MemDeInit(memory), LOS_OK);
    EQUAL(LOS_MemFree(outer, memory), LOS_OK);
}

static void a_pool_may_begin_inside_a_block_but_not_leave_it(void)
{
    void *outer = pool_of(SIZE);
    UINT8 *memory = LOS_MemAlloc(outer, INNER);
    UINT8 *next = LOS_MemAlloc(outer, INNER);

    fill(next, INNER, 4);
    EQUAL(LOS_MemInit(memory + 64, INNER), LOS_NOK);
    EQUAL(LOS_MemInit(memory - 2 * GRANULE, INNER), LOS_NOK);
    CHECK(is_filled(next, INNER, 4));
    EQUAL(LOS_MemInit(memory + 64, INNER - 64), LOS_OK);
    EQUAL(LOS_MemFree(outer, memory), LOS_NOK);
    EQUAL(LOS_MemFree(outer, next), LOS_OK);
    EQUAL(LOS_MemInit(next, INNER / 2), LOS_NOK); /* it is free now */
    EQUAL(LOS_MemDeInit(memory + 64), LOS_OK);
    EQUAL(LOS_MemFree(outer, memory), LOS_OK);
}

static void pools_nest_deeply(void)
{
    enum { DEEP = 4 };
    void *pools[DEEP];
    UINT32 size = 4 * SIZE, index;

    pools[0] = pool_of(size);
    for (index = 1; index < DEEP; index++) {
        size /= 2;
        pools[index] = LOS_MemAlloc(pools[index - 1], size);
        CHECK(pools[index] != NULL);
        EQUAL(LOS_MemInit(pools[index], size), LOS_OK);
        EQUAL(LOS_MemDeInit(pools[index - 1]), LOS_NOK);
    }
    CHECK(LOS_MemAlloc(pools[DEEP - 1], 64) != NULL);
    for (index = DEEP - 1; index > 0; index--) {
        EQUAL(LOS_MemDeInit(pools[index]), LOS_OK);
        EQUAL(LOS_MemFree(pools[index - 1], pools[index]), LOS_OK);
    }
}

const struct Test nested_tests[] = {
    TEST(a_pool_lives_in_a_block_of_another_one),
    TEST(the_block_under_a_live_pool_stays),
    TEST(a_pool_may_begin_inside_a_block_but_not_leave_it),
    TEST(pools_nest_deeply),
    NO_MORE_TESTS,
};
