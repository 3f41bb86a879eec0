/* Small objects without a header. */
#include "check.h"

#if LITEPOOL_SLAB
enum { SIZE = 65536, CLASSES = 4 };
static const UINT32 classes[CLASSES] = { 16, 32, 64, 128 };
/* What an object remembers behind its payload. */
enum { RECORD = (LITEPOOL_OWNERS ? 8 : 0) + (LITEPOOL_LEAKCHECK ? 16 : 0) };

/* How many requests of 100 bytes get objects of 128: as blocks they would cost less. */
static UINT32 objects_of(void *pool)
{
    UINT32 count = 0, used = LOS_MemTotalUsedGet(pool);

    for (;;) {
        CHECK(LOS_MemAlloc(pool, 100) != NULL);
        if (LOS_MemTotalUsedGet(pool) - used != 128 + RECORD || count > 200) {
            return count;
        }
        used += 128 + RECORD;
        count++;
    }
}

static void objects_cost_their_class(void)
{
    void *pool = pool_of(SIZE);
    UINT32 index;

    for (index = 0; index < CLASSES; index++) {
        UINT32 used = LOS_MemTotalUsedGet(pool);
        void *object = LOS_MemAlloc(pool, classes[index] - 3);

        EQUAL(LOS_MemTotalUsedGet(pool) - used, classes[index] + RECORD);
        EQUAL(LOS_MemFree(pool, object), LOS_OK);
        EQUAL(LOS_MemFree(pool, object), LOS_NOK);
        EQUAL(LOS_MemTotalUsedGet(pool), used);
    }
}

static void the_slab_begins_as_configured_once(void)
{
    UINT32 bytes[CLASSES] = { 511, 0, 512, 4096 };
    UINT32 at_first, configured;
    void *pool = pool_of(SIZE);

    at_first = objects_of(pool);
    LOS_SlabSizeCfg(NULL, CLASSES);
    LOS_SlabSizeCfg(bytes, 3);
    EQUAL(objects_of(pool_of(SIZE)), at_first);
    LOS_SlabSizeCfg(bytes, CLASSES);
    EQUAL(LOS_MemInit(NULL, SIZE), LOS_NOK); /* no pool: nothing is used up */
    configured = objects_of(pool_of(SIZE));
    if (LITEPOOL_SLAB_EXPANDS) {
        CHECK(at_first > 200 && configured > 200);
    } else {
        CHECK(at_first == 3); /* 512 bytes of slabs */
        CHECK(configured == 8 * 3);
    }
    EQUAL(objects_of(pool_of(SIZE)), at_first);
}

/* The peak may be of a time when there were fewer slabs, and more of the pool could be used. */
static void a_slab_that_has_grown_has_figures(void)
{
    void *pool = pool_of(SIZE);
    void *block = LOS_MemAlloc(pool, figures(pool).largest);
    LitepoolTotals totals;

    CHECK(block != NULL);
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    do {
        EQUAL(litepool_totals(pool, &totals), LOS_OK);
    } while (LOS_MemAlloc(pool, 100) != NULL);
    EQUAL(LOS_MemTotalUsedGet(pool), totals.used);
    CHECK(totals.peak > totals.used || (!LITEPOOL_SLAB_EXPANDS && totals.peak == totals.used));
}
#endif

const struct Test slab_tests[] = {
#if LITEPOOL_SLAB
    TEST(objects_cost_their_class),
    TEST(the_slab_begins_as_configured_once),
    TEST(a_slab_that_has_grown_has_figures),
#endif
    NO_MORE_TESTS,
};
