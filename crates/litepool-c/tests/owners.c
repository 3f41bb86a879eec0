/* Who holds what: tasks, modules, call sites, events. */
#include <string.h>

#include "check.h"
#include "litepool_port.h"

#if LITEPOOL_OWNERS
enum { SIZE = 32768, PLAIN = 600 };

static void a_block_remembers_its_task(void)
{
    void *pool = pool_of(SIZE), *inner, *block;
    UINT8 *of_three, *of_nobody;

    run_as(3);
    of_three = LOS_MemAlloc(pool, PLAIN);
    run_as(LITEPOOL_NO_TASK);
    of_nobody = LOS_MemAlloc(pool, PLAIN);
    run_as(4);
    EQUAL(LOS_MemTaskIdGet(of_three), 3);
    EQUAL(LOS_MemTaskIdGet(of_three + PLAIN - 1), 3);
    EQUAL(LOS_MemTaskIdGet(of_nobody), OS_INVALID);
    EQUAL(LOS_MemTaskIdGet(NULL), OS_INVALID);
    EQUAL(LOS_MemTaskIdGet(pool), OS_INVALID);
    EQUAL(LOS_MemTaskIdGet(&pool), OS_INVALID);

    /* It keeps it when somebody else resizes it, in place or elsewhere. */
    of_three = LOS_MemRealloc(pool, of_three, PLAIN / 2);
    EQUAL(LOS_MemTaskIdGet(of_three), 3);
    of_three = LOS_MemRealloc(pool, of_three, 4 * PLAIN);
    EQUAL(LOS_MemTaskIdGet(of_three), 3);
    EQUAL(LOS_MemFree(pool, of_three), LOS_OK);
    EQUAL(LOS_MemTaskIdGet(of_three), OS_INVALID);

    /* The innermost pool tells. */
    inner = LOS_MemAlloc(pool, SIZE / 4);
    EQUAL(LOS_MemInit(inner, SIZE / 4), LOS_OK);
    run_as(5);
    block = LOS_MemAlloc(inner, PLAIN);
    EQUAL(LOS_MemTaskIdGet(block), 5);
    EQUAL(LOS_MemDeInit(inner), LOS_OK);
    EQUAL(LOS_MemTaskIdGet(block), 4);
    run_as(LITEPOOL_NO_TASK);
}

#if LITEPOOL_TASK_STAT
static void tasks_are_counted_in_all_pools(void)
{
    void *one = pool_of(SIZE), *two = pool_of(SIZE), *block;

    run_as(7);
    block = LOS_MemAlloc(one, PLAIN);
    CHECK(LOS_MemAlloc(two, 2 * PLAIN) != NULL);
    run_as(LITEPOOL_IN_INTERRUPT);
    CHECK(LOS_MemAlloc(two, 3 * PLAIN) != NULL);
    run_as(LITEPOOL_NO_TASK);
    EQUAL(OsMemTaskUsage(7), cost(PLAIN) + cost(2 * PLAIN));
    EQUAL(OsMemTaskUsage(8), 0);
    /* Pools keep totals for some tasks; those of the others are counted. */
    run_as(4711);
    CHECK(LOS_MemAlloc(one, PLAIN) != NULL);
    run_as(LITEPOOL_NO_TASK);
    EQUAL(OsMemTaskUsage(4711), cost(PLAIN));
    EQUAL(OsMemTaskUsage(4712), 0);
    EQUAL(LOS_MemFree(one, block), LOS_OK);
    EQUAL(OsMemTaskUsage(7), cost(2 * PLAIN));
    OsMemTaskClear(7);
    EQUAL(OsMemTaskUsage(7), 0);
    EQUAL(LOS_MemUsedBlksGet(two), 2);
    EQUAL(litepool_check(two, NULL), LOS_OK);
}
#endif

#if LITEPOOL_FREE_BY_TASKID
static void what_a_task_holds_is_freed(void)
{
    enum { BLOCKS = 12 };
    void *pool = pool_of(SIZE), *inner;
    UINT32 index, free_blocks = LOS_MemFreeBlksGet(pool);

    for (index = 0; index < BLOCKS; index++) {
        run_as(1 + index % 3);
        CHECK(LOS_MemAlloc(pool, 100 + index) != NULL);
    }
    run_as(2);
    inner = LOS_MemAlloc(pool, SIZE / 4);
    EQUAL(LOS_MemInit(inner, SIZE / 4), LOS_OK);
    EQUAL(LOS_MemFreeByTaskID(NULL, 2), LOS_NOK);
    EQUAL(LOS_MemFreeByTaskID(inner, 3), LOS_OK);
    EQUAL(LOS_MemFreeByTaskID(pool, 9), LOS_OK);
    EQUAL(LOS_MemUsedBlksGet(pool), BLOCKS + 1);
    EQUAL(LOS_MemFreeByTaskID(pool, 2), LOS_OK);
    EQUAL(LOS_MemUsedBlksGet(pool), BLOCKS - BLOCKS / 3 + 1); /* a pool stands in one of them */
    EQUAL(LOS_MemDeInit(inner), LOS_OK);
    EQUAL(LOS_MemFreeByTaskID(pool, 1), LOS_OK);
    EQUAL(LOS_MemFreeByTaskID(pool, 2), LOS_OK);
    EQUAL(LOS_MemFreeByTaskID(pool, 3), LOS_OK);
    EQUAL(LOS_MemUsedBlksGet(pool), 0);
    EQUAL(LOS_MemFreeBlksGet(pool), free_blocks);
    EQUAL(litepool_check(pool, NULL), LOS_OK);
    run_as(LITEPOOL_NO_TASK);
}
#endif

#if LITEPOOL_MUL_MODULE
static void modules_are_counted(void)
{
    void *pool = pool_of(SIZE), *other = pool_of(SIZE);
    void *one = LOS_MemMalloc(pool, PLAIN, 0), *two = LOS_MemMallocAlign(other, PLAIN, 256, 0x20), *plain = LOS_MemAlloc(pool, PLAIN);

    CHECK(one != NULL && plain != NULL && (UINTPTR)two % 256 == 0);
    EQUAL(LOS_MemMusedGet(0), cost(PLAIN));
    EQUAL(LOS_MemMusedGet(0x20), cost(PLAIN + 1)); /* it remembers its boundary */
    EQUAL(LOS_MemMusedGet(1), 0);
    EQUAL(LOS_MemMusedGet(0x21), OS_NULL_INT);
    EQUAL(LOS_MemMusedGet(0xFFFFFFFF), OS_NULL_INT);

    /* Whoever resizes or frees it: it is the first one's. */
    one = LOS_MemMrealloc(pool, one, 2 * PLAIN, 5);
    EQUAL(LOS_MemMusedGet(0), cost(2 * PLAIN));
    EQUAL(LOS_MemMusedGet(5), 0);
    EQUAL(LOS_MemMfree(pool, one, 5), LOS_OK);
    EQUAL(LOS_MemMfree(pool, one, 5), LOS_NOK);
    EQUAL(LOS_MemMusedGet(0), 0);
    EQUAL(LOS_MemFree(other, two), LOS_OK);
    EQUAL(LOS_MemMusedGet(0x20), 0);

    one = LOS_MemMrealloc(pool, NULL, PLAIN, 6); /* allocates */
    EQUAL(LOS_MemMusedGet(6), cost(PLAIN));
    CHECK(LOS_MemMrealloc(pool, one, 0, 6) == NULL); /* frees */
    EQUAL(LOS_MemMusedGet(6), 0);
}

static void bad_modules_and_blocks_are_refused(void)
{
    void *pool = pool_of(SIZE), *block = LOS_MemMalloc(pool, PLAIN, 3);

    remember(pool, SIZE);
    CHECK(LOS_MemMalloc(pool, PLAIN, 0x21) == NULL);
    CHECK(LOS_MemMalloc(NULL, PLAIN, 3) == NULL);
    CHECK(LOS_MemMalloc(pool, 0, 3) == NULL);
    CHECK(LOS_MemMallocAlign(pool, PLAIN, 0, 3) == NULL);
    CHECK(LOS_MemMallocAlign(pool, PLAIN, 48, 3) == NULL);
    CHECK(LOS_MemMallocAlign(pool, PLAIN, 1, 3) == NULL);
    CHECK(LOS_MemMallocAlign(pool, PLAIN, 64, 0x21) == NULL);
    CHECK(LOS_MemMrealloc(pool, block, 2 * PLAIN, 0x21) == NULL);
    CHECK(LOS_MemMrealloc(NULL, block, 2 * PLAIN, 3) == NULL);
    EQUAL(LOS_MemMfree(pool, block, 0x21), LOS_NOK);
    EQUAL(LOS_MemMfree(NULL, block, 3), LOS_NOK);
    EQUAL(LOS_MemMfree(pool, NULL, 3), LOS_NOK);
    CHECK(is_unchanged());
    EQUAL(LOS_MemMfree(pool, block, 3), LOS_OK);
}
#endif

static void the_table_names_the_holders(void)
{
    void *pool = pool_of(SIZE);

    run_as(12345);
    CHECK(LOS_MemAlloc(pool, PLAIN) != NULL);
    run_as(LITEPOOL_NO_TASK);
    CHECK(LOS_MemAlloc(pool, PLAIN) != NULL);
    run_as(LITEPOOL_IN_INTERRUPT);
    CHECK(LOS_MemAlloc(pool, PLAIN) != NULL);
    run_as(LITEPOOL_NO_TASK);
    LOS_MemUsedNodeShow(pool);
    CHECK(strstr(printed(), "task") != NULL);
    CHECK(strstr(printed(), "       12345") != NULL);
    CHECK(strstr(printed(), "        none") != NULL);
    CHECK(strstr(printed(), "   interrupt") != NULL);
    if (LITEPOOL_LEAKCHECK) {
        CHECK(strstr(printed(), "called from") != NULL);
        CHECK(strstr(printed(), "51735173") != NULL); /* what the tests' port answers */
    }
}

static VOID find_task(const LitepoolBlock *block, VOID *found)
{
    if (block->isUsed != 0) {
        *(UINT32 *)found = block->task;
    }
}

static void a_walk_tells_the_holders(void)
{
    void *pool = pool_of(SIZE);
    UINT32 found = 0;

    run_as(77);
    CHECK(LOS_MemAlloc(pool, PLAIN) != NULL);
    run_as(LITEPOOL_NO_TASK);
    EQUAL(litepool_for_each_block(pool, find_task, &found), LOS_OK);
    EQUAL(found, 77);
}

static void one_byte_too_many_is_found(void)
{
    void *pool = pool_of(SIZE);
    UINT8 *block = LOS_MemAlloc(pool, PLAIN);
    UINT32 room = litepool_usable_size(pool, block);
    UINT8 saved = block[room];

    block[room] ^= 0x10;
    EQUAL(LOS_MemFree(pool, block), LOS_NOK);
    EQUAL(litepool_check(pool, NULL), LOS_NOK);
    block[room] = saved;
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
}
#endif

#if LITEPOOL_HOOKS
static void every_event_is_told(void)
{
    void *pool = area(16384);
    void *block, *resized;

    EQUAL(LOS_MemInit(pool, 16384), LOS_OK);
    EQUAL(last_event()->kind, LITEPOOL_EVENT_INIT);
    CHECK(last_event()->pool == pool);
    EQUAL(last_event()->size, 16384);
    block = LOS_MemAlloc(pool, 700);
    EQUAL(last_event()->kind, LITEPOOL_EVENT_ALLOC);
    CHECK(last_event()->block == block && last_event()->size == 700);
    resized = LOS_MemRealloc(pool, block, 900);
    EQUAL(last_event()->kind, LITEPOOL_EVENT_REALLOC);
    CHECK(last_event()->from == block && last_event()->block == resized && last_event()->size == 900);
    EQUAL(LOS_MemFree(pool, resized), LOS_OK);
    EQUAL(last_event()->kind, LITEPOOL_EVENT_FREE);
    CHECK(last_event()->block == resized);
    EQUAL(LOS_MemFree(pool, resized), LOS_NOK);
    EQUAL(last_event()->kind, LITEPOOL_EVENT_NOT_FREED);
    block = LOS_MemAllocAlign(pool, 700, 64);
    EQUAL(last_event()->kind, LITEPOOL_EVENT_ALLOCALIGN);
    CHECK(last_event()->block == block && last_event()->boundary == 64);
    CHECK(LOS_MemAlloc(pool, 20000) == NULL);
    EQUAL(last_event()->kind, LITEPOOL_EVENT_NO_ROOM);
    EQUAL(LOS_MemDeInit(pool), LOS_OK);
    EQUAL(last_event()->kind, LITEPOOL_EVENT_DEINIT);
}
#endif

const struct Test owner_tests[] = {
#if LITEPOOL_OWNERS
    TEST(a_block_remembers_its_task),
#if LITEPOOL_TASK_STAT
    TEST(tasks_are_counted_in_all_pools),
#endif
#if LITEPOOL_FREE_BY_TASKID
    TEST(what_a_task_holds_is_freed),
#endif
#if LITEPOOL_MUL_MODULE
    TEST(modules_are_counted),
    TEST(bad_modules_and_blocks_are_refused),
#endif
    TEST(the_table_names_the_holders),
    TEST(a_walk_tells_the_holders),
    TEST(one_byte_too_many_is_found),
#endif
#if LITEPOOL_HOOKS
    TEST(every_event_is_told),
#endif
    NO_MORE_TESTS,
};
