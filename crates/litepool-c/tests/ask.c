/* What a pool says of itself. */
#include <string.h>

#include "check.h"

enum { SIZE = 16384, PLAIN = 600 };

static void there_is_nothing_to_say_of_no_pool(void)
{
    void *pools[] = { NULL, area(SIZE) };
    LOS_MEM_POOL_STATUS status;
    size_t index;

    for (index = 0; index < 2; index++) {
        void *pool = pools[index];

        EQUAL(LOS_MemPoolSizeGet(pool), LOS_NOK);
        EQUAL(LOS_MemTotalUsedGet(pool), LOS_NOK);
        EQUAL(LOS_MemInfoGet(pool, &status), LOS_NOK);
        EQUAL(LOS_MemFreeBlksGet(pool), LOS_NOK);
        EQUAL(LOS_MemUsedBlksGet(pool), LOS_NOK);
        EQUAL(LOS_MemLastUsedGet(pool), LOS_NOK);
    }
    EQUAL(LOS_MemInfoGet(pool_of(SIZE), NULL), LOS_NOK);
}

static void the_figures_are_exact(void)
{
    void *pool = pool_of(SIZE);
    struct Figures at_first = figures(pool), now;
    void *one, *two;

    EQUAL(LOS_MemPoolSizeGet(pool), SIZE);
    EQUAL(at_first.used, 0);
    EQUAL(at_first.used_blocks, 0);
    CHECK(at_first.free <= SIZE && at_first.free > SIZE - 2048 - SIZE / 16);
    CHECK(at_first.largest <= at_first.free);

    one = LOS_MemAlloc(pool, PLAIN);
    two = LOS_MemAlloc(pool, 3 * PLAIN);
    now = figures(pool);
    EQUAL(now.used, cost(PLAIN) + cost(3 * PLAIN));
    EQUAL(now.used, LOS_MemTotalUsedGet(pool));
    EQUAL(now.used + now.free, at_first.free);
    EQUAL(now.used_blocks, 2);
    EQUAL(now.used_blocks, LOS_MemUsedBlksGet(pool));
    EQUAL(now.free_blocks, LOS_MemFreeBlksGet(pool));

    EQUAL(LOS_MemFree(pool, one), LOS_OK);
    now = figures(pool);
    EQUAL(now.used_blocks, 1);
    EQUAL(now.free_blocks, at_first.free_blocks + 1);
    EQUAL(LOS_MemFree(pool, two), LOS_OK);
    now = figures(pool);
    EQUAL(now.used, 0);
    EQUAL(now.free, at_first.free);
    EQUAL(now.largest, at_first.largest);
#if LITEPOOL_WATERLINE
    EQUAL(now.peak, cost(PLAIN) + cost(3 * PLAIN));
#endif
}

static void the_status_has_the_fields_of_the_flavour(void)
{
    EQUAL(sizeof(LOS_MEM_POOL_STATUS), (LITEPOOL_WATERLINE ? 6 : 5) * sizeof(UINT32));
    if (!LITEPOOL_LITEOS_M) {
        EQUAL(LITEPOOL_WATERLINE, !LITEPOOL_BESTFIT_LITTLE && LITEPOOL_BESTFIT);
    }
}

static void nothing_is_written_behind_the_status(void)
{
    struct {
        LOS_MEM_POOL_STATUS status;
        UINT32 behind;
    } both;

    both.behind = 0x12345678;
    EQUAL(LOS_MemInfoGet(pool_of(SIZE), &both.status), LOS_OK);
    EQUAL(both.behind, 0x12345678);
}

static void the_last_used_block_ends_where_it_does(void)
{
    UINT8 *pool = pool_of(SIZE);
    UINTPTR empty = LOS_MemLastUsedGet(pool), end;
    UINT8 *low = LOS_MemAlloc(pool, PLAIN), *high = LOS_MemAlloc(pool, 2 * PLAIN);

    CHECK(empty >= (UINTPTR)pool && empty < (UINTPTR)pool + SIZE);
    end = LOS_MemLastUsedGet(pool);
    CHECK(end >= (UINTPTR)high + 2 * PLAIN && end <= (UINTPTR)high + cost(2 * PLAIN));
    EQUAL(LOS_MemFree(pool, low), LOS_OK);
    EQUAL(LOS_MemLastUsedGet(pool), end);
    EQUAL(LOS_MemFree(pool, high), LOS_OK);
    EQUAL(LOS_MemLastUsedGet(pool), empty);
}

static void what_ports_ask(void)
{
    UINT8 *pool = pool_of(SIZE);
    UINT8 *block = LOS_MemAlloc(pool, PLAIN);
    LitepoolTotals totals;

    CHECK(litepool_usable_size(pool, block) >= PLAIN);
    CHECK(litepool_usable_size(pool, block) < PLAIN + 2 * GRANULE);
    EQUAL(litepool_usable_size(pool, NULL), 0);
    EQUAL(litepool_usable_size(NULL, block), 0);
    EQUAL(litepool_usable_size(pool, block + GRANULE), 0);
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    EQUAL(litepool_usable_size(pool, block), 0);

    EQUAL(litepool_totals(NULL, &totals), LOS_NOK);
    EQUAL(litepool_totals(pool, NULL), LOS_NOK);
    EQUAL(litepool_reset_peak(NULL), LOS_NOK);
    EQUAL(litepool_totals(pool, &totals), LOS_OK);
    EQUAL(totals.peak, cost(PLAIN));
    EQUAL(litepool_reset_peak(pool), LOS_OK);
    EQUAL(litepool_totals(pool, &totals), LOS_OK);
    EQUAL(totals.peak, 0);
}

/* All that one moment's figures say agrees with each other, and with the functions that say one of
   them. */
static void figures_are_of_one_moment(void)
{
    UINT8 *pool = pool_of(SIZE), *hole = LOS_MemAlloc(pool, 4 * PLAIN);
    struct Figures now;
    LitepoolTotals totals;
    LitepoolStats stats;
    UINT32 least; /* the hole, or what a slab leaves between its slabs */

    CHECK(hole != NULL && LOS_MemAlloc(pool, PLAIN) != NULL);
    EQUAL(litepool_stats(pool, &stats), LOS_OK);
    least = stats.smallestFree < 4 * PLAIN ? stats.smallestFree : 4 * PLAIN;
    CHECK(LITEPOOL_SLAB || least == 4 * PLAIN);
    EQUAL(LOS_MemFree(pool, hole), LOS_OK);
    CHECK(LOS_MemAlloc(pool, SIZE) == NULL);
    EQUAL(litepool_stats(NULL, &stats), LOS_NOK);
    EQUAL(litepool_stats(pool, NULL), LOS_NOK);
    EQUAL(litepool_stats(pool, &stats), LOS_OK);
    EQUAL(litepool_totals(pool, &totals), LOS_OK);
    EQUAL(memcmp(&stats.totals, &totals, sizeof totals), 0);
    now = figures(pool);
    EQUAL(totals.size, LOS_MemPoolSizeGet(pool));
    EQUAL(totals.used, now.used);
    EQUAL(totals.free, now.free);
    EQUAL(totals.usedBlocks, now.used_blocks);
    EQUAL(totals.freeBlocks, now.free_blocks);
    EQUAL(totals.failures, 1);
    CHECK(totals.peak > totals.used && totals.peak <= totals.used + totals.free);
    EQUAL(stats.largestFree, now.largest);
    CHECK(stats.smallestFree >= least && stats.smallestFree < least + 3 * GRANULE + cost(1));
    while (LOS_MemAlloc(pool, 1) != NULL) {
    }
    EQUAL(litepool_stats(pool, &stats), LOS_OK);
    EQUAL(stats.largestFree + stats.smallestFree, 0);
}

struct Sum {
    UINT32 used_blocks, free_blocks, used, free;
    VOID *last;
};

static VOID add(const LitepoolBlock *block, VOID *context)
{
    struct Sum *sum = context;

    CHECK((UINT8 *)block->address > (UINT8 *)sum->last);
    CHECK(block->available <= block->size);
    sum->last = block->address;
    if (block->isUsed != 0) {
        sum->used_blocks++;
        sum->used += block->size;
    } else {
        sum->free_blocks++;
        sum->free += block->size;
    }
}

static void all_blocks_are_told(void)
{
    void *pool = pool_of(SIZE), *block;
    struct Sum sum = { 0, 0, 0, 0, NULL };

    EQUAL(litepool_for_each_block(NULL, add, &sum), LOS_NOK);
    EQUAL(litepool_for_each_block(pool, NULL, &sum), LOS_NOK);
    block = LOS_MemAlloc(pool, PLAIN);
    CHECK(LOS_MemAlloc(pool, 20) != NULL && LOS_MemAlloc(pool, 2 * PLAIN) != NULL);
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    EQUAL(litepool_for_each_block(pool, add, &sum), LOS_OK);
    EQUAL(sum.used_blocks, LOS_MemUsedBlksGet(pool));
    EQUAL(sum.used, LOS_MemTotalUsedGet(pool));
    EQUAL(sum.free, figures(pool).free);
    if (!LITEPOOL_SLAB) {
        EQUAL(sum.free_blocks, LOS_MemFreeBlksGet(pool));
    }
}

/* What uses a pool in the middle of a walk over it gets errors. */
static VOID misbehave(const LitepoolBlock *block, VOID *pool)
{
    (void)block;
    CHECK(LOS_MemAlloc(pool, 8) == NULL);
    EQUAL(LOS_MemTotalUsedGet(pool), LOS_NOK);
    EQUAL(LOS_MemDeInit(pool), LOS_NOK);
}

static void a_pool_is_not_used_in_a_walk(void)
{
    void *pool = pool_of(SIZE);

    EQUAL(litepool_for_each_block(pool, misbehave, pool), LOS_OK);
    /* Hooks are told of the attempts, though the walk holds the lock; refusals are not. */
    CHECK(LITEPOOL_HOOKS || port_complaint() == NULL);
    (void)port_complaint();
    CHECK(LOS_MemAlloc(pool, 8) != NULL);
}

const struct Test ask_tests[] = {
    TEST(what_ports_ask),
    TEST(figures_are_of_one_moment),
    TEST(all_blocks_are_told),
    TEST(a_pool_is_not_used_in_a_walk),
    TEST(there_is_nothing_to_say_of_no_pool),
    TEST(the_figures_are_exact),
    TEST(the_status_has_the_fields_of_the_flavour),
    TEST(nothing_is_written_behind_the_status),
    TEST(the_last_used_block_ends_where_it_does),
    NO_MORE_TESTS,
};
