/* Damaged pools are told of. */
#include <string.h>

#include "check.h"

enum { SIZE = 8192, PLAIN = 600 };

/* LiteOS-M verifies whenever it is asked, LiteOS with the switch. */
#define ALWAYS_CHECKED (LITEPOOL_LITEOS_M || LITEPOOL_INTEGRITY_CHECK)

static void a_sound_pool_is_sound(void)
{
    UINT8 *pool = pool_of(SIZE);

    CHECK(LOS_MemAlloc(pool, PLAIN) != NULL);
    EQUAL(LOS_MemIntegrityCheck(pool), LOS_OK);
    EQUAL(LOS_MemIntegrityCheck(NULL), ALWAYS_CHECKED ? LOS_NOK : LOS_OK);
    EQUAL(LOS_MemIntegrityCheck(pool + GRANULE), ALWAYS_CHECKED ? LOS_NOK : LOS_OK);
    EQUAL(strlen(printed()), 0);
}

static void an_overrun_is_found(void)
{
    UINT8 *pool = pool_of(SIZE);
    UINT8 *block = LOS_MemAlloc(pool, PLAIN), *next = LOS_MemAlloc(pool, PLAIN);
    UINT8 saved[16];
    LitepoolDamage damage;

    EQUAL(litepool_check(NULL, &damage), LOS_NOK);
    CHECK(damage.block == NULL && damage.what[0] == 0);
    EQUAL(litepool_check(pool, NULL), LOS_OK);
    CHECK(next > block);
    memcpy(saved, next - 8, sizeof saved);
    memset(next - 8, 0x5A, sizeof saved);
    EQUAL(LOS_MemFree(pool, next), LOS_NOK);
    EQUAL(LOS_MemFree(pool, block), LOS_NOK);
    CHECK(LOS_MemRealloc(pool, next, 10) == NULL);
    EQUAL(litepool_check(pool, NULL), LOS_NOK);
    EQUAL(litepool_check(pool, &damage), LOS_NOK);
    CHECK(damage.block == block || damage.block == next || damage.block == NULL);
    CHECK(damage.what[0] != 0);
    forget_text();
    EQUAL(LOS_MemIntegrityCheck(pool), ALWAYS_CHECKED ? LOS_NOK : LOS_OK);
    if (ALWAYS_CHECKED) {
        CHECK(strstr(printed(), "pool 0x") == printed());
        CHECK(strchr(printed(), '\n') == printed() + strlen(printed()) - 1);
    }
    if (LITEPOOL_INTEGRITY_CHECK) {
        CHECK(LOS_MemAlloc(pool, 16) == NULL); /* every operation checks */
    }
    memcpy(next - 8, saved, sizeof saved);
    EQUAL(LOS_MemFree(pool, next), LOS_OK);
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    EQUAL(LOS_MemIntegrityCheck(pool), LOS_OK);
}

/* Whatever is asked of it. */
static void has_no_figures(void *pool)
{
    LOS_MEM_POOL_STATUS status;
    LitepoolTotals totals;
    LitepoolStats stats;

    EQUAL(LOS_MemInfoGet(pool, &status), LOS_NOK);
    EQUAL(LOS_MemPoolSizeGet(pool), LOS_NOK);
    EQUAL(LOS_MemTotalUsedGet(pool), LOS_NOK);
    EQUAL(LOS_MemUsedBlksGet(pool), LOS_NOK);
    EQUAL(LOS_MemFreeBlksGet(pool), LOS_NOK);
    EQUAL(LOS_MemLastUsedGet(pool), LOS_NOK);
    EQUAL(litepool_totals(pool, &totals), LOS_NOK);
    EQUAL(litepool_stats(pool, &stats), LOS_NOK);
#if LITEPOOL_TASK_STAT
    EQUAL(OsMemTaskUsage(1), OS_NULL_INT);
#endif
#if LITEPOOL_MUL_MODULE
    EQUAL(LOS_MemMusedGet(1), OS_NULL_INT);
#endif
}

/* A byte of the control block is another one: the figures are none, or such as a pool can have. */
static void figures_can_be_true(void)
{
    UINT8 *pool = pool_of(SIZE);
    UINT8 *block = LOS_MemAlloc(pool, PLAIN);
    UINT32 size = LOS_MemPoolSizeGet(pool), index, refused = 0;
    LOS_MEM_POOL_STATUS status;
    LitepoolTotals totals;

    CHECK(LOS_MemAlloc(pool, PLAIN) != NULL);
    if (LITEPOOL_CHECKS_LINKS_ONLY) {
        return; /* a control block is believed */
    }
    for (index = 0; pool + index < block; index++) {
        UINT8 saved = pool[index];

        pool[index] = (UINT8)~saved;
        if (LOS_MemInfoGet(pool, &status) == LOS_OK) {
            struct Figures now = figures(pool);

            CHECK(now.used + now.free < size && now.largest <= now.free);
            CHECK(now.used_blocks * 8 <= now.used && now.free_blocks * 8 <= now.free);
            EQUAL(litepool_totals(pool, &totals), LOS_OK);
            CHECK(totals.peak >= now.used && totals.peak < size);
        } else {
            has_no_figures(pool);
            refused++;
        }
        pool[index] = saved;
    }
    CHECK(refused >= 12);
    EQUAL(litepool_check(pool, NULL), LOS_OK);
    EQUAL(LOS_MemTotalUsedGet(pool), figures(pool).used);
}

/* After this, the pool gives errors, but nothing crashes and nothing outside is touched. */
static void a_pool_of_rubbish_does_no_harm(void)
{
    static const UINT8 rubbish[] = { 0x00, 0xFF, 0x5A, 0x80 };
    UINT32 kind, index;

    if (LITEPOOL_CHECKS_LINKS_ONLY) {
        return; /* what is asked for there: a control block is believed */
    }
    for (kind = 0; kind < sizeof rubbish; kind++) {
        UINT8 *pool = pool_of(SIZE);
        void *block = LOS_MemAlloc(pool, PLAIN);

        memset(pool, rubbish[kind], SIZE);
        for (index = 1; index < 2000; index *= 3) {
            LOS_MemAlloc(pool, index);
            LOS_MemAllocAlign(pool, index, 64);
        }
        LOS_MemFree(pool, block);
        LOS_MemRealloc(pool, block, 5 * PLAIN);
        has_no_figures(pool);
        LOS_MemFreeNodeShow(pool);
        LOS_MemUsedNodeShow(pool);
        forget_text();
        LOS_MemPoolList();
        CHECK(strstr(printed(), "damaged") != NULL);
        EQUAL(LOS_MemIntegrityCheck(pool), ALWAYS_CHECKED ? LOS_NOK : LOS_OK);
        forget_text();
    }
}

const struct Test damage_tests[] = {
    TEST(a_sound_pool_is_sound),
    TEST(an_overrun_is_found),
    TEST(figures_can_be_true),
    TEST(a_pool_of_rubbish_does_no_harm),
    NO_MORE_TESTS,
};
