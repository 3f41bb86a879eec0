/*
 * Both ends of the address space: whatever takes an address and a size, or a size and a boundary,
 * refuses what would wrap, before it reads or writes anything there. The tests below have all such
 * functions of the interface.
 */
#include <string.h>

#include "check.h"

enum { SIZE = 16384 };

/* So many bytes below the end of the address space. */
#define BELOW_END(bytes) ((void *)((UINTPTR)0 - (UINTPTR)(bytes)))
#define AT(address) ((void *)(UINTPTR)(address))

/* Memory that ends behind the highest address: of sizes that a pool may have, and of others. */
static const struct Memory {
    UINTPTR below_end;
    UINT32 size;
} wrapping[] = {
    { 8, 8192 },
    { 4096, 4096 },
    { 4096, 8192 },
    { 4096, 65536 },
    { 65536, 65536 },
    { 0x40000000u, 0x40000000u },
    { 8, 0x7FFFFFF8u },
    { 4096, 0x80000000u },
    { 4096, 0xFFFFF000u },
    { 8, 0xFFFFFFF8u },
};

#define EACH(entry, table) \
    for (entry = table; entry < table + sizeof table / sizeof *table; entry++)

static void memory_that_wraps_becomes_no_pool(void)
{
    const struct Memory *memory;

    EACH(memory, wrapping) {
        EQUAL(LOS_MemInit(BELOW_END(memory->below_end), memory->size), LOS_NOK);
        CHECK(LOS_MemAlloc(BELOW_END(memory->below_end), 8) == NULL);
    }
    /* From below, with sizes that no pool has. */
    EQUAL(LOS_MemInit(AT(8), 0x80000008u), LOS_NOK);
    EQUAL(LOS_MemInit(AT(8), 0xFFFFFFF8u), LOS_NOK);
    EQUAL(LOS_MemInit(AT(4096), 0xFFFFFFFFu), LOS_NOK);
}

static void memory_that_wraps_has_no_handles(void)
{
#if LITEPOOL_MUL_POOL
    const struct Memory *memory;
    UINT32 more;

    EACH(memory, wrapping) {
        for (more = 0; more < 8; more++) {
            EQUAL(litepool_add_handles(BELOW_END(memory->below_end - more), memory->size), 0);
        }
    }
    EQUAL(litepool_add_handles(BELOW_END(1), 0), 0);
    EQUAL(litepool_add_handles(BELOW_END(1), 1), 0);
#endif
}

static void memory_that_wraps_becomes_no_region(void)
{
#if LITEPOOL_MUL_REGIONS
    UINT8 *pool = pool_of(SIZE), *fine = area(SIZE);
    const struct Memory *memory;
    struct Figures before = figures(pool);

    /* Regions lie above the pool. */
    if (fine < pool) {
        return;
    }
    remember(fine, SIZE);
    EACH(memory, wrapping) {
        LosMemRegion one[1], two[2];

        one[0].startAddress = BELOW_END(memory->below_end);
        one[0].length = memory->size;
        two[0].startAddress = fine;
        two[0].length = SIZE;
        two[1] = one[0];
        EQUAL(LOS_MemRegionsAdd(pool, one, 1), LOS_NOK);
        EQUAL(LOS_MemRegionsAdd(pool, two, 2), LOS_NOK);
        EQUAL(LOS_MemRegionsAdd(NULL, one, 1), LOS_NOK);
        EQUAL(LOS_MemRegionsAdd(NULL, two, 2), LOS_NOK);
        CHECK(is_unchanged());
    }
    /* A table of regions that wraps itself, or stands crooked. */
    EQUAL(LOS_MemRegionsAdd(pool, BELOW_END(sizeof(LosMemRegion)), 1), LOS_NOK);
    EQUAL(LOS_MemRegionsAdd(pool, BELOW_END(4096), 0xFFFFFFFFu), LOS_NOK);
    EQUAL(LOS_MemRegionsAdd(NULL, BELOW_END(4096), 0x80000000u), LOS_NOK);
    EQUAL(LOS_MemRegionsAdd(pool, (const LosMemRegion *)(const void *)(fine + 1), 1), LOS_NOK);
    EQUAL(figures(pool).free, before.free);
#endif
}

/* Sizes that no pool has; some of them wrap as soon as a header is added, or a boundary. */
static const UINT32 sizes[] = {
    0x40000000u, 0x7FFFFFFFu, 0x80000000u, 0x80000008u, 0xFFFFFFE0u,
    0xFFFFFFF0u, 0xFFFFFFF7u, 0xFFFFFFF8u, 0xFFFFFFF9u, 0xFFFFFFFAu,
    0xFFFFFFFBu, 0xFFFFFFFCu, 0xFFFFFFFDu, 0xFFFFFFFEu, 0xFFFFFFFFu,
};

static void sizes_that_wrap_are_refused(void)
{
    UINT8 *pool = pool_of(SIZE);
    void *block = LOS_MemAlloc(pool, 100), *aligned = LOS_MemAllocAlign(pool, 100, 64);
    struct Figures before = figures(pool);
    const UINT32 *size;
    UINT32 boundary;

    fill(block, 100, 1);
    fill(aligned, 100, 2);
    EACH(size, sizes) {
        CHECK(LOS_MemAlloc(pool, *size) == NULL);
        CHECK(LOS_MemRealloc(pool, NULL, *size) == NULL);
        CHECK(LOS_MemRealloc(pool, block, *size) == NULL);
        CHECK(LOS_MemRealloc(pool, aligned, *size) == NULL);
#if LITEPOOL_MUL_MODULE
        CHECK(LOS_MemMalloc(pool, *size, 1) == NULL);
        CHECK(LOS_MemMrealloc(pool, NULL, *size, 1) == NULL);
        CHECK(LOS_MemMrealloc(pool, block, *size, 1) == NULL);
#endif
        for (boundary = sizeof(void *); boundary != 0; boundary *= 2) {
            CHECK(LOS_MemAllocAlign(pool, *size, boundary) == NULL);
#if LITEPOOL_MUL_MODULE
            CHECK(LOS_MemMallocAlign(pool, *size, boundary, 1) == NULL);
#endif
        }
    }
    /* A boundary of which no multiple is near; and no boundary. */
    for (boundary = 0x100000; boundary != 0; boundary *= 2) {
        if ((UINTPTR)pool % boundary != 0 && (UINTPTR)pool % boundary + SIZE < boundary) {
            CHECK(LOS_MemAllocAlign(pool, 8, boundary) == NULL);
        }
        CHECK(LOS_MemAllocAlign(pool, 8, boundary + 8) == NULL);
        CHECK(LOS_MemAllocAlign(pool, 8, boundary - 1) == NULL);
    }
    CHECK(LOS_MemAllocAlign(pool, 8, 0xFFFFFFF8u) == NULL);
    CHECK(is_filled(block, 100, 1) && is_filled(aligned, 100, 2));
    EQUAL(LOS_MemFree(pool, block), LOS_OK);
    EQUAL(LOS_MemFree(pool, aligned), LOS_OK);
    EQUAL(figures(pool).used_blocks + 2, before.used_blocks);
}

static void addresses_at_both_ends_are_no_blocks(void)
{
    UINT8 *pool = pool_of(SIZE);
    const UINTPTR farthest = (UINTPTR)1 << (8 * sizeof(UINTPTR) - 1);
    void *const nowhere[] = {
        AT(1), AT(8), AT(4096), AT(0x7FFFFFF8), AT(0x80000000u),
        BELOW_END(1), BELOW_END(4), BELOW_END(8), BELOW_END(4096),
        pool - 8, pool - 1, pool + SIZE, pool + SIZE + 8, AT((UINTPTR)pool ^ farthest),
    };
    void *const *bad;

    CHECK(LOS_MemAlloc(pool, 100) != NULL);
    remember(pool, SIZE);
    EACH(bad, nowhere) {
        EQUAL(LOS_MemFree(pool, *bad), LOS_NOK);
        CHECK(LOS_MemRealloc(pool, *bad, 8) == NULL);
        EQUAL(litepool_usable_size(pool, *bad), 0);
#if LITEPOOL_OWNERS
        EQUAL(LOS_MemTaskIdGet(*bad), OS_INVALID);
#endif
#if LITEPOOL_NODE_SIZE_CHECK
        {
            UINT32 total = 1, available = 1;

            EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_HIGH), LOS_OK);
            EQUAL(LOS_MemNodeSizeCheck(pool, *bad, &total, &available), LOS_ERRNO_MEMCHECK_OUTSIDE);
            EQUAL(total + available, 2);
            EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_DISABLE), LOS_OK);
        }
#endif
    }
    CHECK(is_unchanged());
}

/* Where a number can't stand, no answer is put: on some processors that is a fault. */
static void answers_on_no_boundary_are_refused(void)
{
    UINT8 *pool = pool_of(SIZE), *block = LOS_MemAlloc(pool, 100);
    static UINTPTR memory[64];
    VOID *odd = (UINT8 *)memory + 1;

    CHECK(block != NULL);
    EQUAL(LOS_MemInfoGet(pool, odd), LOS_NOK);
    EQUAL(litepool_totals(pool, odd), LOS_NOK);
    EQUAL(litepool_stats(pool, odd), LOS_NOK);
    EQUAL(litepool_check(pool + 8, odd), LOS_NOK);
#if LITEPOOL_NODE_SIZE_CHECK
    {
        UINT32 total = 0;

        EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_LOW), LOS_OK);
        EQUAL(LOS_MemNodeSizeCheck(pool, block, odd, &total), LOS_ERRNO_MEMCHECK_PARA_NULL);
        EQUAL(LOS_MemNodeSizeCheck(pool, block, &total, odd), LOS_ERRNO_MEMCHECK_PARA_NULL);
        EQUAL(total, 0);
        EQUAL(LOS_MemCheckLevelSet(LOS_MEM_CHECK_LEVEL_DISABLE), LOS_OK);
    }
#endif
    EQUAL(memory[0], 0);
}

static void a_slab_of_more_than_there_is_begins_with_nothing(void)
{
#if LITEPOOL_SLAB
    static const UINT32 enough[] = {
        0x40000000u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFE01u, 0xFFFFFFFFu,
    };
    const UINT32 *bytes;

    EACH(bytes, enough) {
        UINT32 each[4];
        void *pool;

        each[0] = each[1] = each[2] = each[3] = *bytes;
        LOS_SlabSizeCfg(each, 4);
        pool = pool_of(SIZE);
        CHECK(LOS_MemAlloc(pool, 16) != NULL);
        EQUAL(LOS_MemIntegrityCheck(pool), LOS_OK);
    }
#endif
}

const struct Test address_tests[] = {
    TEST(memory_that_wraps_becomes_no_pool),
    TEST(memory_that_wraps_has_no_handles),
    TEST(memory_that_wraps_becomes_no_region),
    TEST(sizes_that_wrap_are_refused),
    TEST(addresses_at_both_ends_are_no_blocks),
    TEST(answers_on_no_boundary_are_refused),
    TEST(a_slab_of_more_than_there_is_begins_with_nothing),
    NO_MORE_TESTS,
};
