/* Pools in several regions. */
#include <string.h>

#include "check.h"

#if LITEPOOL_MUL_REGIONS
enum { SIZE = 8192, REGION = 4096, GAP = 2048 };

static LosMemRegion at(UINT8 *start, UINT32 length)
{
    LosMemRegion region;

    region.startAddress = start;
    region.length = length;
    return region;
}

static void regions_become_one_pool(void)
{
    UINT8 *memory = area(SIZE + GAP + REGION + GAP + REGION);
    UINT8 *gap = memory + SIZE;
    LosMemRegion regions[2];
    UINT32 blocks = 0, used = 0, above = 0;
    UINT8 *block, *blocks_of[64];

    EQUAL(LOS_MemInit(memory, SIZE), LOS_OK);
    regions[0] = at(memory + SIZE + GAP, REGION);
    regions[1] = at(memory + SIZE + GAP + REGION + GAP, REGION);
    EQUAL(LOS_MemRegionsAdd(memory, regions, 2), LOS_OK);
    EQUAL(LOS_MemPoolSizeGet(memory), SIZE + 2 * REGION);
    while (blocks < 64 && (block = LOS_MemAlloc(memory, 600)) != NULL) {
        fill(block, 600, blocks);
        CHECK(block + 600 <= gap || block >= gap + GAP); /* the gap is nobody's */
        above += block > gap;
        blocks_of[blocks++] = block;
    }
    CHECK(above >= 8 && blocks >= 18);
    EQUAL(LOS_MemUsedBlksGet(memory), blocks);
    EQUAL(LOS_MemFree(memory, gap), LOS_NOK);
    EQUAL(LOS_MemFree(memory, gap + GAP / 2), LOS_NOK);
    CHECK(LOS_MemRealloc(memory, gap + 64, 10) == NULL);
    CHECK(LOS_MemLastUsedGet(memory) > (UINTPTR)regions[1].startAddress);
    EQUAL(litepool_check(memory, NULL), LOS_OK);
    forget_text();
    LOS_MemUsedNodeShow(memory);
    CHECK(strlen(printed()) > blocks * 30);
    while (used < blocks) {
        CHECK(is_filled(blocks_of[used], 600, used));
        EQUAL(LOS_MemFree(memory, blocks_of[used]), LOS_OK);
        used++;
    }
    EQUAL(LOS_MemTotalUsedGet(memory), 0);
    for (used = 0; used < GAP; used++) {
        CHECK(gap[used] == 0xA5); /* and nothing was written there */
    }
    forget_text();
    EQUAL(LOS_MemPoolList(), 1);
    EQUAL(LOS_MemDeInit(memory), LOS_OK);
}

static void a_block_moves_to_another_region(void)
{
    UINT8 *memory = area(SIZE + GAP + SIZE);
    LosMemRegion region = at(memory + SIZE + GAP, SIZE);
    UINT8 *block;

    EQUAL(LOS_MemInit(memory, SIZE), LOS_OK);
    EQUAL(LOS_MemRegionsAdd(memory, &region, 1), LOS_OK);
    block = LOS_MemAlloc(memory, 4500);
    CHECK(LOS_MemAlloc(memory, 2000) != NULL && block < memory + SIZE);
    fill(block, 4500, 9);
    block = LOS_MemRealloc(memory, block, 6000);
    CHECK(block > memory + SIZE);
    CHECK(is_filled(block, 4500, 9));
    EQUAL(LOS_MemFree(memory, block), LOS_OK);
    EQUAL(LOS_MemUsedBlksGet(memory), 1);
    EQUAL(litepool_check(memory, NULL), LOS_OK);
    EQUAL(LOS_MemDeInit(memory), LOS_OK);
}

static void the_first_region_becomes_the_pool(void)
{
    UINT8 *memory = area(SIZE + GAP + REGION);
    LosMemRegion regions[2];

    regions[0] = at(memory, SIZE);
    regions[1] = at(memory + SIZE + GAP, REGION);
    EQUAL(LOS_MemRegionsAdd(NULL, regions, 2), LOS_OK);
    EQUAL(LOS_MemPoolSizeGet(memory), SIZE + REGION);
    EQUAL(LOS_MemRegionsAdd(NULL, regions, 2), LOS_NOK);
    EQUAL(LOS_MemDeInit(memory), LOS_OK);
    EQUAL(LOS_MemRegionsAdd(NULL, regions, 1), LOS_OK);
    EQUAL(LOS_MemPoolSizeGet(memory), SIZE);
    EQUAL(LOS_MemDeInit(memory), LOS_OK);
}

static void bad_regions_are_refused_all_of_them(void)
{
    UINT8 *memory = area(SIZE + 8 * REGION);
    UINT8 *above = memory + SIZE;
    LosMemRegion regions[8];
    UINT32 index;
    struct {
        LosMemRegion second;
        int is_good;
    } cases[] = {
        { at(NULL, REGION), 0 },
        { at(above + 2 * REGION, 0), 0 },
        { at(above + 2 * REGION, 16), 0 },
        { at(above + 2 * REGION + 1, REGION), 0 },
        { at(above + 2 * REGION, REGION + 2), 0 },
        { at(above + REGION / 2, REGION), 0 }, /* overlaps the first */
        { at(above - REGION, REGION), 0 },     /* in the pool, and descending */
        { at(above + 2 * REGION, 0xFFFFFFF8), 0 },
    };

    remember(memory, SIZE);
    EQUAL(LOS_MemInit(memory, SIZE), LOS_OK);
    regions[0] = at(above, REGION);
    EQUAL(LOS_MemRegionsAdd(memory, NULL, 1), LOS_NOK);
    EQUAL(LOS_MemRegionsAdd(memory, regions, 0), LOS_NOK);
    EQUAL(LOS_MemRegionsAdd(NULL, NULL, 1), LOS_NOK);
    EQUAL(LOS_MemRegionsAdd(NULL, regions, 0), LOS_NOK);
    EQUAL(LOS_MemRegionsAdd(memory + GRANULE, regions, 1), LOS_NOK);
    remember(memory, SIZE + 8 * REGION);
    for (index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        regions[1] = cases[index].second;
        EQUAL(LOS_MemRegionsAdd(memory, regions, 2), LOS_NOK);
    }
    regions[0] = at(memory + SIZE / 2, REGION); /* inside the pool */
    EQUAL(LOS_MemRegionsAdd(memory, regions, 1), LOS_NOK);
    for (index = 0; index < 8; index++) {
        regions[index] = at(above + index * REGION, REGION);
    }
    EQUAL(LOS_MemRegionsAdd(memory, regions, 8), LOS_NOK); /* more than there can be */
    CHECK(is_unchanged());
    EQUAL(LOS_MemPoolSizeGet(memory), SIZE);

    /* A region of another live pool. */
    EQUAL(LOS_MemInit(above + REGION, REGION), LOS_OK);
    EQUAL(LOS_MemRegionsAdd(memory, regions, 2), LOS_NOK);
    EQUAL(LOS_MemPoolSizeGet(memory), SIZE);
    EQUAL(LOS_MemDeInit(above + REGION), LOS_OK);
    EQUAL(LOS_MemRegionsAdd(memory, regions, 2), LOS_OK);
    EQUAL(LOS_MemInit(above + REGION, REGION), LOS_NOK); /* a pool on a region */
    EQUAL(LOS_MemRegionsAdd(memory, regions, 1), LOS_NOK); /* again */
    EQUAL(LOS_MemDeInit(memory), LOS_OK);
    EQUAL(LOS_MemInit(above + REGION, REGION), LOS_OK);
    EQUAL(LOS_MemDeInit(above + REGION), LOS_OK);
}
#endif

const struct Test region_tests[] = {
#if LITEPOOL_MUL_REGIONS
    TEST(regions_become_one_pool),
    TEST(a_block_moves_to_another_region),
    TEST(the_first_region_becomes_the_pool),
    TEST(bad_regions_are_refused_all_of_them),
#endif
    NO_MORE_TESTS,
};
