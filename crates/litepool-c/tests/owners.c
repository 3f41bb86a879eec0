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

/* Whenever somebody frees: what a task holds is what it held before or afterwards. */
static void a_free_in_between_does_not_spoil_the_sum(void)
{
    static const UINT32 tasks[] = { 7, 4711 };
    void *pool = pool_of(SIZE);
    UINT32 task, locks, bytes;

    for (task = 0; task < 2; task++) {
        for (locks = 0; locks < 6; locks++) {
            void *kept, *freed;

            run_as(tasks[task]);
            kept = LOS_MemAlloc(pool, PLAIN);
            freed = LOS_MemAlloc(pool, PLAIN);
            run_as(LITEPOOL_NO_TASK);
            free_in_interrupt(pool, freed, locks);
            bytes = OsMemTaskUsage(tasks[task]);
            CHECK(bytes == 2 * cost(PLAIN) || bytes == cost(PLAIN));
            free_in_interrupt(NULL, NULL, 0);
            LOS_MemFree(pool, freed); /* perhaps once more */
            EQUAL(LOS_MemFree(pool, kept), LOS_OK);
        }
    }
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

static void the_table_names_the_owners(void)
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

static void a_walk_tells_the_owners(void)
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
/* As LiteOS-M calls its hooks: a free and a resize before, bad ones as well; an allocation
   afterwards, one that failed as well. */
static void every_event_is_told(void)
{
    UINT8 *pool = area(16384), *block, *resized;

    forget_events();
    EQUAL(LOS_MemInit(pool, 16384), LOS_OK);
    EQUAL(events_told(), 1);
    EQUAL(told(0)->kind, LITEPOOL_EVENT_INIT);
    CHECK(told(0)->pool == pool);
    EQUAL(told(0)->size, 16384);
    EQUAL(LOS_MemInit(pool, 16384), LOS_NOK);
    EQUAL(events_told(), 1);

    forget_events();
    block = LOS_MemAlloc(pool, 700);
    EQUAL(told(0)->kind, LITEPOOL_EVENT_ALLOC);
    CHECK(told(0)->block == block && told(0)->size == 700 && told(0)->boundary == 0);
    CHECK(LOS_MemAlloc(pool, 20000) == NULL);
    EQUAL(told(1)->kind, LITEPOOL_EVENT_ALLOC);
    CHECK(told(1)->block == NULL && told(1)->size == 20000);
    EQUAL(last_refusal()->kind, LITEPOOL_EVENT_NO_ROOM);
    CHECK(LOS_MemAlloc(pool, 0) == NULL && LOS_MemAlloc(NULL, 8) == NULL);
    EQUAL(events_told(), 2);

    forget_events();
    resized = LOS_MemRealloc(pool, block, 900);
    EQUAL(told(0)->kind, LITEPOOL_EVENT_REALLOC);
    CHECK(told(0)->block == block && told(0)->size == 900);
    EQUAL(told(1)->kind, LITEPOOL_EVENT_RESIZED);
    CHECK(told(1)->from == block && told(1)->block == resized && told(1)->size == 900);
    CHECK(LOS_MemRealloc(pool, resized + 8, 900) == NULL);
    EQUAL(told(2)->kind, LITEPOOL_EVENT_REALLOC);
    CHECK(told(2)->block == resized + 8);
    EQUAL(told(3)->kind, LITEPOOL_EVENT_RESIZED);
    CHECK(told(3)->from == resized + 8 && told(3)->block == NULL);
    EQUAL(events_told(), 4);

    forget_events();
    EQUAL(LOS_MemFree(pool, resized), LOS_OK);
    EQUAL(told(0)->kind, LITEPOOL_EVENT_FREE);
    CHECK(told(0)->block == resized);
    EQUAL(LOS_MemFree(pool, resized), LOS_NOK);
    EQUAL(told(1)->kind, LITEPOOL_EVENT_FREE);
    CHECK(told(1)->block == resized);
    EQUAL(last_refusal()->kind, LITEPOOL_EVENT_NOT_FREED);
    EQUAL(events_told(), 2);

    forget_events();
    block = LOS_MemAllocAlign(pool, 700, 64);
    EQUAL(told(0)->kind, LITEPOOL_EVENT_ALLOCALIGN);
    CHECK(told(0)->block == block && told(0)->boundary == 64);
    CHECK(LOS_MemAllocAlign(pool, 20000, 64) == NULL && LOS_MemAllocAlign(pool, 700, 3) == NULL);
    EQUAL(told(1)->kind, LITEPOOL_EVENT_ALLOCALIGN);
    CHECK(told(1)->block == NULL && told(1)->size == 20000);
    EQUAL(events_told(), 2);

    /* A resize that is something else is both. */
    forget_events();
    CHECK(LOS_MemRealloc(pool, block, 0) == NULL);
    EQUAL(told(0)->kind, LITEPOOL_EVENT_REALLOC);
    EQUAL(told(1)->kind, LITEPOOL_EVENT_FREE);
    block = LOS_MemRealloc(pool, NULL, 700);
    EQUAL(told(2)->kind, LITEPOOL_EVENT_REALLOC);
    CHECK(told(2)->block == NULL && told(2)->size == 700);
    EQUAL(told(3)->kind, LITEPOOL_EVENT_ALLOC);
    CHECK(told(3)->block == block);
    EQUAL(events_told(), 4);

#if LITEPOOL_MUL_MODULE
    forget_events();
    block = LOS_MemMalloc(pool, 700, 3);
    EQUAL(told(0)->kind, LITEPOOL_EVENT_ALLOC);
    CHECK(LOS_MemMallocAlign(pool, 700, 32, 3) != NULL);
    EQUAL(told(1)->kind, LITEPOOL_EVENT_ALLOCALIGN);
    block = LOS_MemMrealloc(pool, block, 800, 3);
    EQUAL(told(2)->kind, LITEPOOL_EVENT_REALLOC);
    EQUAL(LOS_MemMfree(pool, block, 3), LOS_OK);
    EQUAL(told(4)->kind, LITEPOOL_EVENT_FREE);
    CHECK(LOS_MemMrealloc(pool, NULL, 800, 3) != NULL);
    EQUAL(told(5)->kind, LITEPOOL_EVENT_REALLOC);
    EQUAL(told(6)->kind, LITEPOOL_EVENT_ALLOC);
    EQUAL(events_told(), 7);
#endif

    forget_events();
    EQUAL(LOS_MemDeInit(pool), LOS_OK);
    EQUAL(told(0)->kind, LITEPOOL_EVENT_DEINIT);
    EQUAL(LOS_MemDeInit(pool), LOS_NOK);
    EQUAL(events_told(), 1);
}
#endif

/* What is refused is told, with or without hooks; and if the port has made room then, the request
   is served. */
static void refusals_are_told(void)
{
    UINT8 *pool = pool_of(16384), *block = LOS_MemAlloc(pool, 700), *other;

    forget_events();
    CHECK(LOS_MemAlloc(pool, 20000) == NULL);
    EQUAL(last_refusal()->kind, LITEPOOL_EVENT_NO_ROOM);
    CHECK(last_refusal()->pool == pool && last_refusal()->block == NULL && last_refusal()->size == 20000);
    CHECK(LOS_MemAllocAlign(pool, 20000, 64) == NULL);
    EQUAL(last_refusal()->boundary, 64);
    CHECK(LOS_MemRealloc(pool, block, 20000) == NULL);
    EQUAL(last_refusal()->kind, LITEPOOL_EVENT_NO_ROOM);
    CHECK(last_refusal()->block == block);
    CHECK(LOS_MemRealloc(pool, block + 8, 20000) == NULL);
    EQUAL(last_refusal()->kind, LITEPOOL_EVENT_NOT_RESIZED);
    EQUAL(LOS_MemFree(pool, block + 8), LOS_NOK);
    EQUAL(last_refusal()->kind, LITEPOOL_EVENT_NOT_FREED);
    CHECK(last_refusal()->block == block + 8);
    EQUAL(refusals_told(), 5);
#if LITEPOOL_OWNERS
    /* It is overrun: more room would not help. */
    other = block + litepool_usable_size(pool, block);
    *other ^= 0xFF;
    EQUAL(litepool_usable_size(pool, block), 0);
    forget_events();
    CHECK(LOS_MemRealloc(pool, block, 20000) == NULL);
    EQUAL(last_refusal()->kind, LITEPOOL_EVENT_NOT_RESIZED);
    *other ^= 0xFF;
#endif
    forget_events();
    CHECK(LOS_MemAlloc(pool, 0) == NULL);
    EQUAL(LOS_MemFree(pool, NULL), LOS_NOK);
    EQUAL(refusals_told(), 0);

    other = LOS_MemAlloc(pool, 9000);
    CHECK(other != NULL && LOS_MemAlloc(pool, 9000) == NULL);
    forget_events();
    make_room_with(other);
    other = LOS_MemAlloc(pool, 9000);
    CHECK(other != NULL);
    EQUAL(refusals_told(), 1);
    make_room_with(other);
    CHECK(LOS_MemRealloc(pool, block, 9000) != NULL);
    EQUAL(refusals_told(), 2);
}

const struct Test owner_tests[] = {
#if LITEPOOL_OWNERS
    TEST(a_block_remembers_its_task),
#if LITEPOOL_TASK_STAT
    TEST(tasks_are_counted_in_all_pools),
    TEST(a_free_in_between_does_not_spoil_the_sum),
#endif
#if LITEPOOL_FREE_BY_TASKID
    TEST(what_a_task_holds_is_freed),
#endif
#if LITEPOOL_MUL_MODULE
    TEST(modules_are_counted),
    TEST(bad_modules_and_blocks_are_refused),
#endif
    TEST(the_table_names_the_owners),
    TEST(a_walk_tells_the_owners),
    TEST(one_byte_too_many_is_found),
#endif
#if LITEPOOL_HOOKS
    TEST(every_event_is_told),
#endif
    TEST(refusals_are_told),
    NO_MORE_TESTS,
};
