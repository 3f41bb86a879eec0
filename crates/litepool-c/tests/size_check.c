/* How large a block is, and what is left of it from an address on. */
#include "check.h"

#if LITEPOOL_NODE_SIZE_CHECK
enum { SIZE = 16384, PLAIN = 200 };

static void the_levels(void)
{
    EQUAL(LOS_MemCheckLevelGet(), LOS_MEM_CHECK_LEVEL_DISABLE);
    EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_LOW), LOS_OK);
    EQUAL(LOS_MemCheckLevelGet(), LOS_MEM_CHECK_LEVEL_LOW);
    EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_HIGH), LOS_OK);
    EQUAL(LOS_MemCheckLevelGet(), LOS_MEM_CHECK_LEVEL_HIGH);
    EQUAL(LOS_MemCheckLevelSet(2), LOS_ERRNO_MEMCHECK_WRONG_LEVEL);
    EQUAL(LOS_MemCheckLevelSet(0xfe), LOS_ERRNO_MEMCHECK_WRONG_LEVEL);
    EQUAL(LOS_MemCheckLevelGet(), LOS_MEM_CHECK_LEVEL_HIGH);
    EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_DISABLE), LOS_OK);
}

static UINT32 total, avail;

static UINT32 check(void *pool, void *pointer)
{
    total = avail = 12345;
    return LOS_MemNodeSizeCheck(pool, pointer, &total, &avail);
}

static void bad_questions_have_their_codes(void)
{
    UINT8 *pool = pool_of(SIZE);
    UINT8 *block = LOS_MemAlloc(pool, PLAIN), *freed = LOS_MemAlloc(pool, PLAIN);

    CHECK(LOS_MemAlloc(pool, PLAIN) != NULL);
    EQUAL(LOS_MemFree(pool, freed), LOS_OK);
    EQUAL(check(pool, block), LOS_ERRNO_MEMCHECK_DISABLED);
    EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_LOW), LOS_OK);
    EQUAL(check(NULL, block), LOS_ERRNO_MEMCHECK_PARA_NULL);
    EQUAL(check(pool, NULL), LOS_ERRNO_MEMCHECK_PARA_NULL);
    EQUAL(LOS_MemNodeSizeCheck(pool, block, NULL, &avail), LOS_ERRNO_MEMCHECK_PARA_NULL);
    EQUAL(LOS_MemNodeSizeCheck(pool, block, &total, NULL), LOS_ERRNO_MEMCHECK_PARA_NULL);
    EQUAL(check(pool, pool + SIZE), LOS_ERRNO_MEMCHECK_OUTSIDE);
    EQUAL(check(pool, pool - 1), LOS_ERRNO_MEMCHECK_OUTSIDE);
    EQUAL(check(pool, &total), LOS_ERRNO_MEMCHECK_OUTSIDE);
    EQUAL(check(pool, block + 8), LOS_ERRNO_MEMCHECK_NO_HEAD);
    EQUAL(check(pool, freed), LOS_ERRNO_MEMCHECK_NO_HEAD);
    EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_HIGH), LOS_OK);
    EQUAL(check(pool, freed + 9), LOS_ERRNO_MEMCHECK_NO_HEAD);
    EQUAL(check(pool, pool), LOS_ERRNO_MEMCHECK_NO_HEAD);
    EQUAL(total, 12345);
    EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_DISABLE), LOS_OK);
}

static void a_block_is_measured(void)
{
    UINT8 *pool = pool_of(SIZE);
    UINT8 *block = LOS_MemAlloc(pool, PLAIN), *object = LOS_MemAlloc(pool, 16), *aligned = LOS_MemAllocAlign(pool, PLAIN, 256);

    EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_LOW), LOS_OK);
    EQUAL(check(pool, block), LOS_OK);
    CHECK(total >= PLAIN && total < PLAIN + 2 * GRANULE && avail == total);
    EQUAL(check(pool, object), LOS_OK);
    CHECK(total >= 16 && total < 16 + 2 * GRANULE);
    EQUAL(check(pool, aligned), LOS_OK);
    CHECK(total >= PLAIN && total < PLAIN + 2 * GRANULE);

    EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_HIGH), LOS_OK);
    EQUAL(check(pool, block), LOS_OK);
    CHECK(avail == total);
    EQUAL(check(pool, block + 77), LOS_OK);
    EQUAL(avail, total - 77);
    EQUAL(check(pool, object + 5), LOS_OK);
    EQUAL(avail, total - 5);
    EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_DISABLE), LOS_OK);
}
#endif

const struct Test size_check_tests[] = {
#if LITEPOOL_NODE_SIZE_CHECK
    TEST(the_levels),
    TEST(bad_questions_have_their_codes),
    TEST(a_block_is_measured),
#endif
    NO_MORE_TESTS,
};
