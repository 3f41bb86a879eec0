/*
 * Every bit of a pool outside of live payloads is flipped, one at a time, each in a fresh copy of it; then the pool is used in
 * every way, in a process that may die of it, and watched. What counts as harm: a crash, a hang, a change outside the pool or in a live payload, memory handed out
 * twice. With an argument, each harmful flip is told.
 */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "los_memory.h"

enum { SIZE = LITEPOOL_SLAB ? 8192 : 4096, GUARD = 4096, LIVE = 64, UNTOUCHED = 0xA5 };

/* What becomes of a flip. */
enum { UNSEEN, BY_CHECK, BY_OPERATION, OUTSIDE, CHANGED, TWICE, CRASH, HANG, OUTCOMES };
static const char *const names[OUTCOMES] = { "unseen",  "found by the check only", "found by an operation", "outside changed",
                                             "live data changed", "handed out twice", "crash", "hang" };

static UINT8 memory[GUARD + SIZE + GUARD] __attribute__((aligned(4096)));
static UINT8 *const pool = memory + GUARD;

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

static void keep(UINT8 *block, UINT32 size)
{
    UINT32 index, other, free_slot = LIVE;

    if (block < pool || block + size > pool + SIZE) {
        worse(OUTSIDE);
        return;
    }
    for (other = 0; other < LIVE; other++) {
        if (live[other].block == NULL) {
            free_slot = other;
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

static void allocate(UINT32 size, UINT32 boundary)
{
    UINT8 *block = boundary != 0 ? LOS_MemAllocAlign(pool, size, boundary) : LOS_MemAlloc(pool, size);

    if (block != NULL) {
        keep(block, size);
    }
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
        if (block >= pool && block + size <= pool + SIZE) {
            look(&old, size < old.size ? size : old.size);
        }
        keep(block, size);
    }
}

/* Blocks of many sizes, some on boundaries, some given back, with holes between them. */
static void prepare(void)
{
    UINT32 index;

    memset(memory, UNTOUCHED, sizeof memory);
    state = 2463534242u;
    if (LOS_MemInit(pool, SIZE) != LOS_OK) {
        exit(1);
    }
    for (index = 0; index < 40; index++) {
        allocate(1 + random_below(index % 3 == 0 ? 160 : 40), index % 7 == 0 ? 32 : 0);
    }
    for (index = 0; index < LIVE; index += 2) {
        give_back(&live[index]);
    }
    for (index = 1; index < LIVE; index += 6) {
        resize(&live[index], 1 + random_below(100));
    }
}

static void use(void)
{
    LOS_MEM_POOL_STATUS status;
    UINT32 index, round;

    worse(litepool_check(pool, NULL) == LOS_OK ? UNSEEN : BY_CHECK);
    for (round = 0; round < 3; round++) {
        (VOID)LOS_MemInfoGet(pool, &status);
        (VOID)LOS_MemLastUsedGet(pool);
        for (index = 1; index <= SIZE; index += index / 2 + 3) {
            allocate(index, 0);
        }
        allocate(40, 64);
        allocate(100, 128);
        for (index = 0; index < LIVE; index++) {
            if (index % 3 == round) {
                give_back(&live[index]);
            } else if (index % 5 == round) {
                resize(&live[index], 1 + random_below(300));
            }
        }
    }
    for (index = 0; index < LIVE; index++) {
        give_back(&live[index]);
    }
    for (index = 16; index <= SIZE; index *= 2) {
        allocate(index, 0);
    }
    (VOID)LOS_MemFreeNodeShow(pool);
    LOS_MemUsedNodeShow(pool);
    (VOID)litepool_check(pool, NULL);
    for (index = 0; index < LIVE; index++) {
        if (live[index].block != NULL) {
            look(&live[index], live[index].size);
        }
    }
    for (index = 0; index < GUARD; index++) {
        if (memory[index] != UNTOUCHED || memory[GUARD + SIZE + index] != UNTOUCHED) {
            worse(OUTSIDE);
        }
    }
}

static int is_live(UINT32 byte)
{
    UINT32 index;

    for (index = 0; index < LIVE; index++) {
        if (live[index].block != NULL && pool + byte >= live[index].block && pool + byte < live[index].block + live[index].size) {
            return 1;
        }
    }
    return 0;
}

/* Flips one bit after the other from `first` on, each in a fresh copy, and writes what becomes of each to the parent. */
static void flip_all(UINT32 first, int to_parent)
{
    static UINT8 fresh_memory[sizeof memory];
    static struct Live fresh_live[LIVE];
    UINT32 bit;

    memcpy(fresh_memory, memory, sizeof memory);
    memcpy(fresh_live, live, sizeof live);
    for (bit = first; bit < 8u * SIZE; bit++) {
        UINT8 told;

        memcpy(memory, fresh_memory, sizeof memory);
        memcpy(live, fresh_live, sizeof live);
        if (is_live(bit / 8)) {
            continue;
        }
        state = bit + 1;
        outcome = UNSEEN;
        alarm(5);
        pool[bit / 8] ^= (UINT8)(1u << bit % 8);
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
    return WTERMSIG(status) == SIGALRM ? HANG : CRASH;
}

int main(int count, char **arguments)
{
    unsigned totals[OUTCOMES] = { 0 }, flips = 0, harm = 0;
    UINT32 bit;
    int index, from_child = -1;
    pid_t child = 0;

    (VOID)arguments;
    prepare();
    fflush(stdout);
    for (bit = 0; bit < 8u * SIZE; bit++) {
        UINT8 what;

        if (is_live(bit / 8)) {
            continue;
        }
        if (child == 0) {
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
        if (what >= OUTSIDE && count > 1) {
            printf("bit %lu of byte %lu: %s\n", (unsigned long)(bit % 8), (unsigned long)(bit / 8), names[what]);
        }
    }
    printf("%u flips:", flips);
    for (index = 0; index < OUTCOMES; index++) {
        printf(" %s %u%s", names[index], totals[index], index + 1 < OUTCOMES ? "," : "\n");
    }
    return harm == 0 ? 0 : 1;
}
