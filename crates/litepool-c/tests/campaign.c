/*
 * Every bit of a pool outside of live payloads is flipped, one at a time, each in a fresh copy of
 * it between inaccessible pages; then the pool is used in every way, in a process that may die of
 * it, and watched. What counts as harm: a read or a write outside the pool, another crash, a hang,
 * a change of a live payload, memory handed out twice. There are two pools, one with room at the
 * end and one that is full up to its end, each in two regions where the library has them. With an
 * argument, each harmful flip is told.
 */
#define _DEFAULT_SOURCE

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guarded.h"
#include "los_memory.h"

#if LITEPOOL_MUL_REGIONS
enum { REGIONS = 2 };
#else
enum { REGIONS = 1 };
#endif

/* Whole pages, so that both ends of each region stand right against an inaccessible one. */
enum { SIZE = LITEPOOL_SLAB ? 8192 : 4096, BITS = 8 * SIZE * REGIONS, LIVE = 256 };

/* What a pool is like. */
enum { ROOMY, FULL, SHAPES };
static const char *const shapes[SHAPES] = { "roomy", "full" };

/* What becomes of a flip. */
enum { UNSEEN, BY_CHECK, BY_OPERATION, OUTSIDE, CHANGED, TWICE, CRASH, HANG, OUTCOMES };
static const char *const names[OUTCOMES] = { "unseen",  "found by the check only", "found by an operation", "read or written outside",
                                             "live data changed", "handed out twice", "crash", "hang" };

static UINT8 *regions[REGIONS];
static VOID *pool;

static struct Live {
    UINT8 *block;
    UINT32 size;
    UINT8 byte;
} live[LIVE];

static int outcome;

static void worse(int what)
{
    if (what > outcome) {
        outcome = what;
    }
}

static UINT32 state;

static UINT32 random_below(UINT32 limit)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % limit;
}

/* Is all of it in one region? */
static int is_inside(const UINT8 *block, UINT32 size)
{
    UINT32 region;

    for (region = 0; region < REGIONS; region++) {
        if (block >= regions[region] && block < regions[region] + SIZE && size <= (UINT32)(regions[region] + SIZE - block)) {
            return 1;
        }
    }
    return 0;
}

static void keep(UINT8 *block, UINT32 size)
{
    UINT32 index, other, free_slot = LIVE;

    if (!is_inside(block, size)) {
        worse(OUTSIDE);
        return;
    }
    for (other = 0; other < LIVE; other++) {
        if (live[other].block == NULL) {
            if (free_slot == LIVE) {
                free_slot = other;
            }
        } else if (block < live[other].block + live[other].size && live[other].block < block + size) {
            worse(TWICE);
            return;
        }
    }
    if (free_slot == LIVE) {
        return; /* forgotten, and never given back */
    }
    live[free_slot].block = block;
    live[free_slot].size = size;
    live[free_slot].byte = (UINT8)random_below(256);
    for (index = 0; index < size; index++) {
        block[index] = live[free_slot].byte;
    }
}

static void look(const struct Live *one, UINT32 size)
{
    UINT32 index;

    for (index = 0; index < size; index++) {
        if (one->block[index] != one->byte) {
            worse(CHANGED);
            return;
        }
    }
}

static int allocate(UINT32 size, UINT32 boundary)
{
    UINT8 *block = boundary != 0 ? LOS_MemAllocAlign(pool, size, boundary) : LOS_MemAlloc(pool, size);

    if (block != NULL) {
        keep(block, size);
    }
    return block != NULL;
}

static void give_back(struct Live *one)
{
    if (one->block == NULL) {
        return;
    }
    look(one, one->size);
    if (LOS_MemFree(pool, one->block) == LOS_OK) {
        one->block = NULL;
    } else {
        worse(BY_OPERATION);
    }
}

static void resize(struct Live *one, UINT32 size)
{
    UINT8 *block;
    struct Live old = *one;

    if (one->block == NULL) {
        return;
    }
    look(one, one->size);
    block = LOS_MemRealloc(pool, one->block, size);
    if (block != NULL) {
        one->block = NULL;
        old.block = block;
        if (is_inside(block, size)) {
            look(&old, size < old.size ? size : old.size);
        }
        keep(block, size);
    }
}

/* Blocks of many sizes, some on boundaries, some given back, with holes between them. */
static void prepare(int shape)
{
    UINT32 index, size;

    for (index = 0; index < REGIONS; index++) {
        regions[index] = guarded(SIZE);
    }
#if LITEPOOL_MUL_REGIONS
    /* Regions are added from low addresses to high ones. */
    if (regions[1] < regions[0]) {
        UINT8 *lower = regions[1];

        regions[1] = regions[0];
        regions[0] = lower;
    }
#endif
    pool = regions[0];
    state = 2463534242u;
    if (LOS_MemInit(pool, SIZE) != LOS_OK) {
        exit(1);
    }
#if LITEPOOL_MUL_REGIONS
    {
        LosMemRegion more = { regions[1], SIZE };

        if (LOS_MemRegionsAdd(pool, &more, 1) != LOS_OK) {
            exit(1);
        }
    }
#endif
    for (index = 0; index < 40u * REGIONS; index++) {
        (VOID)allocate(1 + random_below(index % 3 == 0 ? 160 : 40), index % 7 == 0 ? 32 : 0);
    }
    for (size = shape == FULL ? 400 : 0; size != 0; size /= 2) {
        while (allocate(size, 0)) {
        }
    }
    for (index = 0; index < LIVE; index += 2) {
        give_back(&live[index]);
    }
    for (index = 1; index < LIVE; index += 6) {
        resize(&live[index], 1 + random_below(100));
    }
}

static VOID visit(const LitepoolBlock *block, VOID *context)
{
    *(UINT32 *)context += block->size;
}

/* Whatever a pool can be asked. */
static void ask(void)
{
    LOS_MEM_POOL_STATUS status;
    LitepoolTotals totals;
    LitepoolStats stats;
    UINT32 index, total = 0, left = 0;

    (VOID)LOS_MemInfoGet(pool, &status);
    (VOID)LOS_MemPoolSizeGet(pool);
    (VOID)LOS_MemTotalUsedGet(pool);
    (VOID)LOS_MemFreeBlksGet(pool);
    (VOID)LOS_MemUsedBlksGet(pool);
    (VOID)LOS_MemLastUsedGet(pool);
    (VOID)LOS_MemFreeNodeShow(pool);
    LOS_MemUsedNodeShow(pool);
    (VOID)LOS_MemIntegrityCheck(pool);
    (VOID)litepool_totals(pool, &totals);
    (VOID)litepool_stats(pool, &stats);
    (VOID)litepool_for_each_block(pool, visit, &total);
    for (index = 0; index < LIVE; index++) {
        if (live[index].block == NULL) {
            continue;
        }
        (VOID)litepool_usable_size(pool, live[index].block);
        if (index % 4 != 0) {
            continue; /* the others are answered by a walk */
        }
#if LITEPOOL_OWNERS
        (VOID)LOS_MemTaskIdGet(live[index].block + live[index].size / 2);
#endif
#if LITEPOOL_NODE_SIZE_CHECK
        (VOID)LOS_MemCheckLevelSet(index % 8 == 0 ? LOS_MEM_CHECK_LEVEL_LOW : LOS_MEM_CHECK_LEVEL_HIGH);
        (VOID)LOS_MemNodeSizeCheck(pool, live[index].block, &total, &left);
#endif
    }
#if LITEPOOL_MUL_MODULE
    for (index = 0; index <= 0x20; index++) {
        (VOID)LOS_MemMusedGet(index);
    }
#endif
#if LITEPOOL_TASK_STAT
    (VOID)OsMemTaskUsage(0);
#endif
    (VOID)left;
}

static void use(void)
{
    UINT32 index, round;

    worse(litepool_check(pool, NULL) == LOS_OK ? UNSEEN : BY_CHECK);
    ask();
    for (round = 0; round < 3; round++) {
        for (index = 1; index <= SIZE; index += index / 2 + 3) {
            (VOID)allocate(index, 0);
        }
        (VOID)allocate(40, 64);
        (VOID)allocate(100, 128);
        for (index = 0; index < LIVE; index++) {
            if (index % 3 == round) {
                give_back(&live[index]);
            } else if (index % 5 == round) {
                resize(&live[index], 1 + random_below(300));
            }
        }
    }
    ask();
    for (index = 0; index < LIVE; index++) {
        give_back(&live[index]);
    }
    for (index = 16; index <= SIZE; index *= 2) {
        (VOID)allocate(index, 0);
    }
    (VOID)litepool_check(pool, NULL);
    for (index = 0; index < LIVE; index++) {
        if (live[index].block != NULL) {
            look(&live[index], live[index].size);
        }
    }
}

static UINT8 *byte_of(UINT32 bit)
{
    return regions[bit / 8 / SIZE] + bit / 8 % SIZE;
}

static int is_live(UINT32 bit)
{
    const UINT8 *byte = byte_of(bit);
    UINT32 index;

    for (index = 0; index < LIVE; index++) {
        if (live[index].block != NULL && byte >= live[index].block && byte < live[index].block + live[index].size) {
            return 1;
        }
    }
    return 0;
}

/* Flips one bit after the other from `first` on, each in a fresh copy, and writes what becomes of each to the parent. */
static void flip_all(UINT32 first, int to_parent)
{
    static UINT8 fresh[REGIONS][SIZE];
    static struct Live fresh_live[LIVE];
    UINT32 bit, region;

    for (region = 0; region < REGIONS; region++) {
        memcpy(fresh[region], regions[region], SIZE);
    }
    memcpy(fresh_live, live, sizeof live);
    for (bit = first; bit < BITS; bit++) {
        UINT8 told;

        for (region = 0; region < REGIONS; region++) {
            memcpy(regions[region], fresh[region], SIZE);
        }
        memcpy(live, fresh_live, sizeof live);
        if (is_live(bit)) {
            continue;
        }
        state = bit + 1;
        outcome = UNSEEN;
        alarm(5);
        *byte_of(bit) ^= (UINT8)(1u << bit % 8);
        use();
        told = (UINT8)outcome;
        if (write(to_parent, &told, 1) != 1) {
            _exit(1);
        }
    }
    _exit(0);
}

/* A process that flips from `first` on; where it tells. */
static pid_t start(UINT32 first, int *from_child)
{
    int ends[2];
    pid_t child;

    if (pipe(ends) != 0 || (child = fork()) < 0) {
        perror("campaign");
        exit(1);
    }
    if (child == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL) {
            _exit(1);
        }
        close(ends[0]);
        flip_all(first, ends[1]);
    }
    close(ends[1]);
    *from_child = ends[0];
    return child;
}

/* What ended a process in the middle of a flip. */
static int end_of(pid_t child)
{
    int status;

    if (waitpid(child, &status, 0) != child || WIFEXITED(status)) {
        perror("campaign");
        exit(1);
    }
    switch (WTERMSIG(status)) {
    case SIGALRM:
        return HANG;
    case SIGSEGV:
    case SIGBUS:
        return OUTSIDE;
    default:
        return CRASH;
    }
}

/* Flips all bits of a pool, and says whether that does harm. */
static int campaign(int shape, int tells)
{
    UINT32 totals[OUTCOMES] = { 0 }, flips = 0, harm = 0, bit;
    int index, from_child = -1;
    pid_t child = 0;

    prepare(shape);
    for (bit = 0; bit < BITS; bit++) {
        UINT8 what;

        if (is_live(bit)) {
            continue;
        }
        if (child == 0) {
            fflush(stdout);
            child = start(bit, &from_child);
        }
        if (read(from_child, &what, 1) != 1) {
            what = (UINT8)end_of(child);
            close(from_child);
            child = 0;
        }
        totals[what]++;
        flips++;
        harm += what >= OUTSIDE;
        if (what >= OUTSIDE && tells) {
            printf("%s, region %lu, bit %lu of byte %lu: %s\n", shapes[shape], (unsigned long)(bit / 8 / SIZE),
                   (unsigned long)(bit % 8), (unsigned long)(bit / 8 % SIZE), names[what]);
        }
    }
    if (child != 0) {
        close(from_child);
        (VOID)waitpid(child, NULL, 0);
    }
    printf("%s, %lu flips:", shapes[shape], (unsigned long)flips);
    for (index = 0; index < OUTCOMES; index++) {
        printf(" %s %lu%s", names[index], (unsigned long)totals[index], index + 1 < OUTCOMES ? "," : "\n");
    }
    return harm != 0;
}

int main(int count, char **arguments)
{
    int shape, status, does_harm = 0;

    (VOID)arguments;
    for (shape = 0; shape < SHAPES; shape++) {
        pid_t child = fork();

        if (child == 0) {
            exit(campaign(shape, count > 1));
        }
        if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
            perror("campaign");
            exit(1);
        }
        does_harm |= WEXITSTATUS(status);
    }
    return does_harm;
}
