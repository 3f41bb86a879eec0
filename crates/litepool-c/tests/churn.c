/* A long run of everything, against a shadow that knows what has to hold. */
#include "check.h"

enum { SIZE = 32768, LIVE = 200, STEPS = 20000 };

static struct Live {
    UINT8 *block;
    UINT32 size, seed, boundary;
} live[LIVE];

static void allocate(void *pool, struct Live *slot, UINT32 step)
{
    slot->size = 1 + random_below(random_below(4) == 0 ? 900 : 120);
    slot->boundary = random_below(4) == 0 ? GRANULE << random_below(6) : 0;
    slot->seed = step;
    slot->block = slot->boundary != 0 ? LOS_MemAllocAlign(pool, slot->size, slot->boundary) : LOS_MemAlloc(pool, slot->size);
    if (slot->block != NULL) {
        CHECK((UINTPTR)slot->block % (slot->boundary != 0 ? slot->boundary : GRANULE) == 0);
        fill(slot->block, slot->size, slot->seed);
    }
}

static void resize(void *pool, struct Live *slot)
{
    UINT32 size = 1 + random_below(700), kept = size < slot->size ? size : slot->size;
    UINT8 *block = LOS_MemRealloc(pool, slot->block, size);

    if (block == NULL) {
        CHECK(is_filled(slot->block, slot->size, slot->seed));
        return;
    }
    CHECK(slot->boundary == 0 || (UINTPTR)block % slot->boundary == 0);
    CHECK(is_filled(block, kept, slot->seed));
    slot->block = block;
    slot->size = size;
    fill(block, size, slot->seed);
}

static void contents_last_and_the_figures_are_true(void)
{
    void *pool = pool_of(SIZE);
    UINT32 step, blocks = 0, index;

    for (step = 0; step < STEPS; step++) {
        struct Live *slot = &live[random_below(LIVE)];

        if (slot->block == NULL) {
            allocate(pool, slot, step);
            blocks += slot->block != NULL;
        } else if (random_below(3) == 0) {
            resize(pool, slot);
        } else {
            CHECK(is_filled(slot->block, slot->size, slot->seed));
            EQUAL(LOS_MemFree(pool, slot->block), LOS_OK);
            EQUAL(LOS_MemFree(pool, slot->block), LOS_NOK);
            slot->block = NULL;
            blocks--;
        }
        if (step % 64 == 0) {
            EQUAL(LOS_MemUsedBlksGet(pool), blocks);
            EQUAL(LOS_MemIntegrityCheck(pool), LOS_OK);
        }
    }
    for (index = 0; index < LIVE; index++) {
        if (live[index].block != NULL) {
            CHECK(is_filled(live[index].block, live[index].size, live[index].seed));
            EQUAL(LOS_MemFree(pool, live[index].block), LOS_OK);
            live[index].block = NULL;
        }
    }
    EQUAL(LOS_MemUsedBlksGet(pool), 0);
    EQUAL(LOS_MemTotalUsedGet(pool), 0);
}

const struct Test churn_tests[] = {
    TEST(contents_last_and_the_figures_are_true),
    NO_MORE_TESTS,
};
