/* Damaged pools are told of. */
#include <string.h>

#include "check.h"

enum { SIZE = 8192, PLAIN = 600 };

static void a_sound_pool_is_sound(void)
{
    UINT8 *pool = pool_of(SIZE);

    CHECK(LOS_MemAlloc(pool, PLAIN) != NULL);
    EQUAL(LOS_MemIntegrityCheck(pool), LOS_OK);
    EQUAL(LOS_MemIntegrityCheck(NULL), LITEPOOL_INTEGRITY_CHECK ? LOS_NOK : LOS_OK);
    EQUAL(LOS_MemIntegrityCheck(pool + GRANULE), LITEPOOL_INTEGRITY_CHECK ? LOS_NOK : LOS_OK);
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
    EQUAL(LOS_MemIntegrityCheck(pool), LITEPOOL_INTEGRITY_CHECK ? LOS_NOK : LOS_OK);
    if (LITEPOOL_INTEGRITY_CHECK) {
        CHECK(strstr(printed(), "pool 0x") == printed());
        CHECK(strchr(printed(), '\n') == printed() + strlen(printed()) - 1);
        CHECK(LOS_MemAlloc(pool, 16) == NULL); /* every operation checks */
    }
    memcpy(next - 8, saved, sizeof saved);
    EQUAL(LOS_MemFree(pool, next), LOS_OK);
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    EQUAL(LOS_MemIntegrityCheck(pool), LOS_OK);
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
        figures(pool);
        LOS_MemLastUsedGet(pool);
        LOS_MemFreeNodeShow(pool);
        LOS_MemUsedNodeShow(pool);
        LOS_MemPoolList();
        EQUAL(LOS_MemIntegrityCheck(pool), LITEPOOL_INTEGRITY_CHECK ? LOS_NOK : LOS_OK);
        forget_text();
    }
}

const struct Test damage_tests[] = {
    TEST(a_sound_pool_is_sound),
    TEST(an_overrun_is_found),
    TEST(a_pool_of_rubbish_does_no_harm),
    NO_MORE_TESTS,
};
