/* Blocks on a boundary. */
#include "check.h"

enum { SIZE = 65536 };

static void blocks_stand_on_their_boundary(void)
{
    void *pool = pool_of(SIZE);
    UINT32 boundary, size;

    for (boundary = GRANULE; boundary <= 4096; boundary *= 2) {
        for (size = 1; size < 400; size += 37) {
            void *block = LOS_MemAllocAlign(pool, size, boundary);

            CHECK(block != NULL && (UINTPTR)block % boundary == 0);
            fill(block, size, boundary);
            CHECK(is_filled(block, size, boundary));
            EQUAL(LOS_MemFree(pool, block), LOS_OK);
            EQUAL(LOS_MemFree(pool, block), LOS_NOK);
        }
    }
    EQUAL(LOS_MemUsedBlksGet(pool), 0);
    EQUAL(LOS_MemTotalUsedGet(pool), 0);
}

static void impossible_boundaries_are_refused(void)
{
    void *pool = pool_of(SIZE);

    remember(pool, SIZE);
    CHECK(LOS_MemAllocAlign(NULL, 4, 64) == NULL);
    CHECK(LOS_MemAllocAlign(pool, 0, 64) == NULL);
    CHECK(LOS_MemAllocAlign(pool, 4, 0) == NULL);
    CHECK(LOS_MemAllocAlign(pool, 4, 1) == NULL);
    CHECK(LOS_MemAllocAlign(pool, 4, 2) == NULL);
    CHECK(LOS_MemAllocAlign(pool, 4, (UINT32)sizeof(void *) / 2) == NULL);
    CHECK(LOS_MemAllocAlign(pool, 4, 24) == NULL);
    CHECK(LOS_MemAllocAlign(pool, 4, 0xFFFFFFFF) == NULL);
    CHECK(is_unchanged());
    CHECK(LOS_MemAllocAlign(pool, 0xFFFFFFFF, 64) == NULL);
    CHECK(LOS_MemAllocAlign(pool, SIZE, 64) == NULL);
    EQUAL(LOS_MemUsedBlksGet(pool), 0);
}

static void a_resize_keeps_contents_and_boundary(void)
{
    static const UINT32 sizes[] = { 1, 90, 200, 201, 640, 3000 };
    enum { SIZES = sizeof sizes / sizeof sizes[0] };
    void *pool = pool_of(SIZE);
    UINT32 boundary, from, to;

    for (boundary = 16; boundary <= 1024; boundary *= 4) {
        for (from = 0; from < SIZES; from++) {
            for (to = 0; to < SIZES; to++) {
                UINT32 kept = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
                void *block = LOS_MemAllocAlign(pool, sizes[from], boundary);
                void *wall = LOS_MemAlloc(pool, 200);
                void *resized;

                fill(block, sizes[from], to);
                resized = LOS_MemRealloc(pool, block, sizes[to]);
                if (LITEPOOL_BESTFIT_LITTLE && !LITEPOOL_SLAB) {
                    CHECK(resized == NULL);
                    CHECK(is_filled(block, sizes[from], to));
                    resized = block;
                } else if (resized == NULL) {
                    CHECK(LITEPOOL_BESTFIT_LITTLE);
                    CHECK(is_filled(block, sizes[from], to));
                    resized = block;
                } else {
                    CHECK((UINTPTR)resized % boundary == 0);
                    CHECK(is_filled(resized, kept, to));
                }
                EQUAL(LOS_MemFree(pool, wall), LOS_OK);
                EQUAL(LOS_MemFree(pool, resized), LOS_OK);
            }
        }
    }
    EQUAL(LOS_MemUsedBlksGet(pool), 0);
}

const struct Test align_tests[] = {
    TEST(blocks_stand_on_their_boundary),
    TEST(impossible_boundaries_are_refused),
    TEST(a_resize_keeps_contents_and_boundary),
    NO_MORE_TESTS,
};
