/*
 * A recorded trace through the C interface, on the device or on a desk: contents verified, instructions counted, and halfway the
 * pool's bytes written to a file. The file of words comes from `cargo run -p litepool-trace --example words`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"
#include "los_memory.h"

#ifndef POOL_SIZE
#define POOL_SIZE (96 * 1024)
#endif
#ifndef TRACE_FILE
#define TRACE_FILE "trace.words"
#endif
#ifndef POOL_FILE
#define POOL_FILE "replay.pool"
#endif

/* The base decides where aligned blocks stand: the same on every machine. */
static UINT8 pool[POOL_SIZE] __attribute__((aligned(4096)));

enum { FREE, ALLOCATE, RESIZE, KINDS };
static const char *const names[KINDS] = { "free", "allocate", "resize" };

static struct Tally {
    uint32_t count, most;
    uint64_t sum;
} tallies[KINDS];

static struct Object {
    UINT8 *block;
    UINT32 size;
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
static void fill(UINT32 id)
{
    memset(objects[id].block, (int)(id * 37 + 11) & 0xff, objects[id].size);
}

static int is_filled(UINT32 id, UINT32 size)
{
    UINT32 index;

    for (index = 0; index < size; index++) {
        if (objects[id].block[index] != (UINT8)(id * 37 + 11)) {
            return 0;
        }
    }
    return 1;
}

static int write_pool(void)
{
    FILE *file = fopen(POOL_FILE, "wb");
    int is_written = file != NULL && fwrite(pool, 1, POOL_SIZE, file) == POOL_SIZE;

    return file != NULL && fclose(file) == 0 && is_written;
}

static int step(const UINT32 *operation)
{
    UINT32 kind = operation[0], id = operation[1], size = operation[2], align = operation[3], kept;
    struct Object *object = &objects[id];
    uintptr_t result = 0;

    switch (kind) {
    case ALLOCATE:
        if (align <= sizeof(UINTPTR)) {
            add(ALLOCATE, count_call((Operation)LOS_MemAlloc, (uintptr_t)pool, size, 0, &result));
        } else {
            add(ALLOCATE, count_call((Operation)LOS_MemAllocAlign, (uintptr_t)pool, size, align, &result));
        }
        if (result == 0 || (align != 0 && result % align != 0)) {
            return 0;
        }
        break;
    case RESIZE:
        kept = size < object->size ? size : object->size;
        add(RESIZE, count_call((Operation)LOS_MemRealloc, (uintptr_t)pool, (uintptr_t)object->block, size, &result));
        object->block = (UINT8 *)result;
        if (result == 0 || !is_filled(id, kept)) {
            return 0;
        }
        break;
    default:
        if (!is_filled(id, object->size)) {
            return 0;
        }
        add(FREE, count_call((Operation)LOS_MemFree, (uintptr_t)pool, (uintptr_t)object->block, 0, &result));
        return result == LOS_OK;
    }
    object->block = (UINT8 *)result;
    object->size = size;
    fill(id);
    return 1;
}

static int fail(const char *why, UINT32 step)
{
    printf("failed at operation %lu: %s\n", (unsigned long)step, why);
    return 1;
}

int main(void)
{
    FILE *trace = fopen(TRACE_FILE, "rb");
    UINT32 head[2], operation[4], index;
    int kind;

    if (!count_start()) {
        return fail("instructions are not counted: QEMU needs -icount shift=10", 0);
    }
    if (trace == NULL || fread(head, sizeof head, 1, trace) != 1) {
        return fail("no " TRACE_FILE, 0);
    }
    objects = calloc(head[1], sizeof *objects);
    if (objects == NULL || LOS_MemInit(pool, POOL_SIZE) != LOS_OK) {
        return fail("no memory", 0);
    }
    for (index = 0; index < head[0]; index++) {
        if (index == head[0] / 2 && (LOS_MemIntegrityCheck(pool) != LOS_OK || litepool_check(pool, NULL) != LOS_OK || !write_pool())) {
            return fail("the pool is damaged, or " POOL_FILE " not written", index);
        }
        if (fread(operation, sizeof operation, 1, trace) != 1) {
            return fail("the trace ends early", index);
        }
        if (!step(operation)) {
            return fail("refused, or contents lost", index);
        }
    }
    fclose(trace);
    printf("| operation | count | mean | most |\n|---|---|---|---|\n");
    for (kind = KINDS - 1; kind >= 0; kind--) {
        struct Tally *tally = &tallies[kind];

        printf("| %s | %lu | %lu | %lu |\n", names[kind], (unsigned long)tally->count,
               (unsigned long)(tally->count == 0 ? 0 : tally->sum / tally->count), (unsigned long)tally->most);
    }
    printf("\n%lu operations passed, %lu blocks used at the end\n", (unsigned long)head[0], (unsigned long)LOS_MemUsedBlksGet(pool));
    return 0;
}
