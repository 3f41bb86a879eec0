/* Runs all tests of this build of the library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

extern const struct Test pool_tests[], nested_tests[], block_tests[], align_tests[], ask_tests[], table_tests[], size_check_tests[],
    slab_tests[], damage_tests[], owner_tests[], region_tests[], address_tests[],
    churn_tests[], record_tests[];

static const struct Test *const all[] = { pool_tests, nested_tests, block_tests, align_tests, ask_tests, table_tests,
                                          size_check_tests, slab_tests, damage_tests, owner_tests,
                                          region_tests, address_tests, churn_tests, record_tests };

static const char *current;
static unsigned failures;

void check_failed(const char *file, int line, const char *what)
{
    printf("%s:%d: %s: does not hold: %s\n", file, line, current, what);
    failures++;
}

void check_differs(const char *file, int line, const char *what, unsigned long long is, unsigned long long should)
{
    printf("%s:%d: %s: %s: %llu (0x%llx) is not %llu (0x%llx)\n", file, line, current, what, is, is, should, should);
    failures++;
}

/* ---- areas and pools ---- */

enum { AREAS = 512, GUARD = 64, UNTOUCHED = 0xA5 };

static struct Area {
    UINT8 *allocated, *start;
    UINT32 size;
    void *pool;
} areas[AREAS];
static unsigned area_count;
static UINT8 *copy;
static const void *copied;
static UINT32 copy_size;

UINT8 *area(UINT32 size)
{
    struct Area *new = &areas[area_count];

    if (area_count == AREAS) {
        printf("%s: too many areas\n", current);
        exit(1);
    }
    new->allocated = malloc(size + 2 * GUARD + 16);
    if (new->allocated == NULL) {
        printf("%s: no memory for the test\n", current);
        exit(1);
    }
    memset(new->allocated, UNTOUCHED, size + 2 * GUARD + 16);
    new->start = new->allocated + GUARD;
    new->start += (uintptr_t)new->start % 16 == 0 ? 0 : 16 - (uintptr_t)new->start % 16;
    new->size = size;
    new->pool = NULL;
    area_count++;
    return new->start;
}

void *pool_of(UINT32 size)
{
    UINT8 *start = area(size);

    if (LOS_MemInit(start, size) != LOS_OK) {
        printf("%s: no pool of %lu bytes\n", current, (unsigned long)size);
        exit(1);
    }
    areas[area_count - 1].pool = start;
    return start;
}

static void give_back(struct Area *old)
{
    UINT32 index;

    for (index = 1; index <= GUARD; index++) {
        if (old->start[-(int)index] != UNTOUCHED || old->start[old->size + index - 1] != UNTOUCHED) {
            check_failed(__FILE__, __LINE__, "nothing outside an area was written");
            break;
        }
    }
    free(old->allocated);
}

static void run(const struct Test *test)
{
    const char *complaint;

    current = test->name;
    forget_text();
    test->run();
    CHECK(port_depth() == 0);
    while (area_count > 0) {
        area_count--;
        if (areas[area_count].pool != NULL) {
            EQUAL(LOS_MemDeInit(areas[area_count].pool), LOS_OK);
        }
        give_back(&areas[area_count]);
    }
    complaint = port_complaint();
    if (complaint != NULL) {
        check_failed(__FILE__, __LINE__, complaint);
    }
    free(copy);
    copy = NULL;
}

/* ---- contents ---- */

static UINT8 pattern(UINT32 index, UINT32 seed)
{
    return (UINT8)((index * 7 + seed * 31 + (index >> 8)) & 0xff);
}

void fill(void *block, UINT32 size, UINT32 seed)
{
    UINT32 index;

    for (index = 0; index < size; index++) {
        ((UINT8 *)block)[index] = pattern(index, seed);
    }
}

int is_filled(const void *block, UINT32 size, UINT32 seed)
{
    UINT32 index;

    for (index = 0; index < size; index++) {
        if (((const UINT8 *)block)[index] != pattern(index, seed)) {
            return 0;
        }
    }
    return 1;
}

void remember(const void *pool, UINT32 size)
{
    free(copy);
    copy = malloc(size);
    copied = pool;
    copy_size = size;
    if (copy == NULL) {
        printf("%s: no memory for the test\n", current);
        exit(1);
    }
    memcpy(copy, pool, size);
}

int is_unchanged(void)
{
    return memcmp(copy, copied, copy_size) == 0;
}

/* ---- figures ---- */

UINT32 cost(UINT32 size)
{
    const UINT32 header = 4 + (LITEPOOL_OWNERS ? 4 : 0) + (LITEPOOL_LEAKCHECK ? 16 : 0);
    /* Two links between the header and the size again, and without lists none. */
    const UINT32 link = LITEPOOL_BESTFIT_LITTLE ? 0 : LITEPOOL_MAX_SIZE / GRANULE > 65536 ? 4 : 2;
    const UINT32 least = 8 + 2 * link;
    UINT32 bytes = size + header;

    bytes = bytes < least ? least : bytes;
    return (bytes + GRANULE - 1) / GRANULE * GRANULE;
}

struct Figures figures(void *pool)
{
    LOS_MEM_POOL_STATUS status;
    struct Figures all_of_them = { 0, 0, 0, 0, 0, 0 };

    memset(&status, 0xEE, sizeof status);
    EQUAL(LOS_MemInfoGet(pool, &status), LOS_OK);
#if LITEPOOL_LITEOS_M
    all_of_them.used = status.totalUsedSize;
    all_of_them.free = status.totalFreeSize;
    all_of_them.largest = status.maxFreeNodeSize;
    all_of_them.used_blocks = status.usedNodeNum;
    all_of_them.free_blocks = status.freeNodeNum;
#if LITEPOOL_WATERLINE
    all_of_them.peak = status.usageWaterLine;
#endif
#else
    all_of_them.used = status.uwTotalUsedSize;
    all_of_them.free = status.uwTotalFreeSize;
    all_of_them.largest = status.uwMaxFreeNodeSize;
    all_of_them.used_blocks = status.uwUsedNodeNum;
    all_of_them.free_blocks = status.uwFreeNodeNum;
#if LITEPOOL_WATERLINE
    all_of_them.peak = status.uwUsageWaterLine;
#endif
#endif
    return all_of_them;
}

UINT32 random_below(UINT32 limit)
{
    static UINT32 state = 2463534242u;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % limit;
}

int main(void)
{
    size_t group;
    unsigned count = 0;
    const struct Test *test;

    for (group = 0; group < sizeof all / sizeof all[0]; group++) {
        for (test = all[group]; test->run != NULL; test++) {
            run(test);
            count++;
        }
    }
    if (failures != 0) {
        printf("%u of the checks in %u tests failed\n", failures, count);
        return 1;
    }
    printf("%u tests passed\n", count);
    return 0;
}
