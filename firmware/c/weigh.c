/*
 * What blocks take in a heap of 32 KiB: how far apart blocks for objects of some sizes stand, and
 * how much of the memory no block gets. Printed when all is done: printing may allocate.
 */
#include <stdio.h>
#include <string.h>

#include "weigh.h"

enum { SIZE = 32 * 1024, MOST = SIZE / 4, SIZES = 3 };

static const size_t sizes[SIZES] = { 8, 24, 100 };

static uint8_t memory[SIZE] __attribute__((aligned(4096)));
static uint8_t *blocks[MOST];

static size_t fill(size_t size)
{
    size_t count = 0;

    while (count < MOST && (blocks[count] = heap_allocate(size)) != NULL) {
        count++;
        memset(blocks[count - 1], (int)count, size);
    }
    return count;
}

/* From the start of the lowest block to that of the highest one. */
static size_t span(size_t count)
{
    uint8_t *lowest = blocks[0], *highest = blocks[0];
    size_t index;

    for (index = 1; index < count; index++) {
        lowest = blocks[index] < lowest ? blocks[index] : lowest;
        highest = blocks[index] > highest ? blocks[index] : highest;
    }
    return (size_t)(highest - lowest);
}

int main(void)
{
    size_t each[SIZES], left[SIZES], count, index, kind;
    int right = heap_init(memory, SIZE) == 0;

    for (kind = 0; kind < SIZES && right; kind++) {
        count = fill(sizes[kind]);
        right = count > 2;
        each[kind] = right ? (span(count) + count / 2) / (count - 1) : 0;
        left[kind] = SIZE - span(count) - each[kind];
        for (index = 0; index < count; index++) {
            right = right && blocks[index][sizes[kind] - 1] == (uint8_t)(index + 1);
            heap_free(blocks[index], sizes[kind]);
        }
    }
    blocks[0] = heap_allocate(10);
    blocks[0] = heap_reallocate(blocks[0], 10, 2000);
    right = right && blocks[0] != NULL;
    heap_free(blocks[0], 2000);

    for (kind = 0; kind < SIZES && right; kind++) {
        printf("object %u: %u bytes each, %u bytes left\n", (unsigned)sizes[kind],
               (unsigned)each[kind], (unsigned)left[kind]);
    }
    printf("%s\n", right ? "passed" : "failed");
    return !right;
}
