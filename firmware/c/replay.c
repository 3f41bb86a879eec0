/*
 * A recorded trace through LiteOS's C functions, on the device or on a desk: contents verified and
 * instructions counted. It asks no more of an allocator than the five functions below, so that
 * others are counted as litepool is. The file of words comes from
 * `cargo run -p litepool-trace --example words`.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "replay.h"

#ifndef POOL_SIZE
#define POOL_SIZE (96 * 1024)
#endif
#ifndef TRACE_FILE
#define TRACE_FILE "trace.words"
#endif

extern uint32_t LOS_MemInit(void *pool, uint32_t size);
extern void *LOS_MemAlloc(void *pool, uint32_t size);
extern void *LOS_MemAllocAlign(void *pool, uint32_t size, uint32_t boundary);
extern uint32_t LOS_MemFree(void *pool, void *block);
extern void *LOS_MemRealloc(void *pool, void *block, uint32_t size);

/* The base decides where aligned blocks stand: the same on every machine. */
static uint8_t pool[POOL_SIZE] __attribute__((aligned(4096)));

enum { FREE, ALLOCATE, RESIZE, KINDS };
static const char *const names[KINDS] = { "free", "allocate", "resize" };

static struct Tally {
    uint32_t count, most;
    uint64_t sum;
} tallies[KINDS];

static struct Object {
    uint8_t *block;
    uint32_t size;
} *objects;

static void add(int kind, uint32_t instructions)
{
    tallies[kind].count++;
    tallies[kind].sum += instructions;
    if (instructions > tallies[kind].most) {
        tallies[kind].most = instructions;
    }
}

/* An object's bytes follow from its number. */
static void fill(uint32_t id)
{
    memset(objects[id].block, (int)(id * 37 + 11) & 0xff, objects[id].size);
}

static int is_filled(uint32_t id, uint32_t size)
{
    uint32_t index;

    for (index = 0; index < size; index++) {
        if (objects[id].block[index] != (uint8_t)(id * 37 + 11)) {
            return 0;
        }
    }
    return 1;
}

static int step(const uint32_t *operation)
{
    uint32_t kind = operation[0], id = operation[1], size = operation[2], align = operation[3];
    uint32_t kept;
    struct Object *object = &objects[id];
    uintptr_t base = (uintptr_t)pool, block = (uintptr_t)object->block, result = 0;

    switch (kind) {
    case ALLOCATE:
        if (align <= sizeof(uintptr_t)) {
            add(kind, count_call((Operation)LOS_MemAlloc, base, size, 0, &result));
        } else {
            add(kind, count_call((Operation)LOS_MemAllocAlign, base, size, align, &result));
        }
        if (result == 0 || (align != 0 && result % align != 0)) {
            return 0;
        }
        break;
    case RESIZE:
        kept = size < object->size ? size : object->size;
        add(kind, count_call((Operation)LOS_MemRealloc, base, block, size, &result));
        object->block = (uint8_t *)result;
        if (result == 0 || !is_filled(id, kept)) {
            return 0;
        }
        break;
    default:
        if (!is_filled(id, object->size)) {
            return 0;
        }
        add(FREE, count_call((Operation)LOS_MemFree, base, block, 0, &result));
        return (uint32_t)result == 0;
    }
    object->block = (uint8_t *)result;
    object->size = size;
    fill(id);
    return 1;
}

static int fail(const char *why, uint32_t step)
{
    printf("failed at operation %lu: %s\n", (unsigned long)step, why);
    return 1;
}

/* How many objects there are. */
static uint32_t live(void)
{
    return tallies[ALLOCATE].count - tallies[FREE].count;
}

/* Of an allocator that can't answer nothing is asked. */
__attribute__((weak)) int replay_check(void *whole, uint32_t size, uint32_t blocks, int is_halfway)
{
    (void)whole;
    (void)size;
    (void)blocks;
    (void)is_halfway;
    return 1;
}

int main(void)
{
    FILE *trace = fopen(TRACE_FILE, "rb");
    uint32_t head[2], operation[4], index;
    int kind;

    if (!count_start()) {
        return fail("instructions are not counted: QEMU needs -icount shift=10", 0);
    }
    if (trace == NULL || fread(head, sizeof head, 1, trace) != 1) {
        return fail("no " TRACE_FILE, 0);
    }
    objects = calloc(head[1], sizeof *objects);
    if (objects == NULL || LOS_MemInit(pool, POOL_SIZE) != 0) {
        return fail("no memory", 0);
    }
    for (index = 0; index < head[0]; index++) {
        if (index == head[0] / 2 && !replay_check(pool, POOL_SIZE, live(), 1)) {
            return fail("the pool is damaged, or not written", index);
        }
        if (fread(operation, sizeof operation, 1, trace) != 1) {
            return fail("the trace ends early", index);
        }
        if (!step(operation)) {
            return fail("refused, or contents lost", index);
        }
    }
    fclose(trace);
    if (!replay_check(pool, POOL_SIZE, live(), 0)) {
        return fail("the pool is damaged", index);
    }
    for (kind = KINDS - 1; kind >= 0; kind--) {
        struct Tally *tally = &tallies[kind];
        uint64_t half = tally->count / 2;

        printf("%s: %lu, mean %lu, max %lu\n", names[kind], (unsigned long)tally->count,
               (unsigned long)(tally->count == 0 ? 0 : (tally->sum + half) / tally->count),
               (unsigned long)tally->most);
    }
    printf("%lu operations passed\n", (unsigned long)head[0]);
    return 0;
}
