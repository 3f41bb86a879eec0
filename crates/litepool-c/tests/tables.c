/* The printed tables: readable, aligned, and true. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { SIZE = 32768, PLAIN = 600, COLUMNS = 12 };

/* The line after this one; empty at the end. */
static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end == NULL ? line + strlen(line) : end + 1;
}

static size_t line_length(const char *line)
{
    return (size_t)(strchr(line, '\n') - line);
}

static unsigned lines(void)
{
    unsigned count = 0;
    const char *line;

    for (line = printed(); *line != 0; line = next_line(line)) {
        count++;
    }
    return count;
}

/* The numbers of a line, in order; how many there are. */
static unsigned numbers(const char *line, unsigned long *found)
{
    const char *end = strchr(line, '\n');
    unsigned count = 0;

    while (line < end && count < COLUMNS) {
        char *after;

        found[count] = strtoul(line, &after, 0);
        if (after > line && after <= end) {
            count++;
            line = after;
        } else {
            break;
        }
    }
    return count;
}

/* All columns end at the same places in these two lines. */
static int are_aligned(const char *one, const char *two)
{
    size_t index, length = line_length(one);

    if (length != line_length(two)) {
        return 0;
    }
    for (index = 1; index <= length; index++) {
        int ends_one = one[index - 1] != ' ' && (index == length || one[index] == ' ');
        int ends_two = two[index - 1] != ' ' && (index == length || two[index] == ' ');

        /* A heading may have a space in it, and the address of a heading is shorter. */
        if (ends_two && !ends_one && index > 2 + 2 * sizeof(void *)) {
            return 0;
        }
    }
    return 1;
}

static void pools_are_listed(void)
{
    void *one = pool_of(SIZE), *two = pool_of(SIZE / 2);
    void *inner = LOS_MemAlloc(one, SIZE / 4);
    unsigned long row[COLUMNS];
    const char *line;
    unsigned seen = 0;
    struct Figures figures_of_one;

    EQUAL(LOS_MemInit(inner, SIZE / 4), LOS_OK);
    CHECK(LOS_MemAlloc(two, PLAIN) != NULL);
    figures_of_one = figures(one);
    forget_text();
    EQUAL(LOS_MemPoolList(), 3);
    EQUAL(lines(), 4);
    CHECK(strncmp(printed(), "pool ", 5) == 0);
    for (line = next_line(printed()); *line != 0; line = next_line(line)) {
        CHECK(are_aligned(printed(), line));
        EQUAL(numbers(line, row), 8);
        if ((void *)(UINTPTR)row[0] == one) {
            seen |= 1;
            EQUAL(row[1], SIZE);
            EQUAL(row[2], figures_of_one.used);
            EQUAL(row[3], figures_of_one.free);
            EQUAL(row[4], figures_of_one.largest);
            EQUAL(row[5], figures_of_one.free_blocks);
            EQUAL(row[6], 1);
            EQUAL(row[7], figures_of_one.used);
        }
        seen |= (void *)(UINTPTR)row[0] == two && row[1] == SIZE / 2 ? 2 : 0;
        seen |= (void *)(UINTPTR)row[0] == inner && row[1] == SIZE / 4 ? 4 : 0;
    }
    EQUAL(seen, 7);
    EQUAL(LOS_MemDeInit(inner), LOS_OK);
}

static void no_pools_are_listed_as_none(void)
{
    EQUAL(LOS_MemPoolList(), 0);
    EQUAL(lines(), 1);
}

static void free_blocks_are_shown_by_size(void)
{
    enum { HOLES = 5 };
    void *pool = pool_of(SIZE), *holes[HOLES];
    unsigned long row[COLUMNS], blocks = 0, bytes = 0;
    const char *line, *heading;
    int index, found = 0;
    struct Figures before;

    EQUAL(LOS_MemFreeNodeShow(NULL), LOS_NOK);
    EQUAL(lines(), 0);
    for (index = 0; index < HOLES; index++) {
        holes[index] = LOS_MemAlloc(pool, 700);
        CHECK(LOS_MemAlloc(pool, PLAIN) != NULL);
    }
    for (index = 0; index < HOLES; index++) {
        EQUAL(LOS_MemFree(pool, holes[index]), LOS_OK);
    }
    before = figures(pool);
    EQUAL(LOS_MemFreeNodeShow(pool), LOS_OK);
    CHECK(strncmp(printed(), "free blocks of pool 0x", 22) == 0);
    heading = next_line(printed());
    for (line = next_line(heading); *line != 0; line = next_line(line)) {
        CHECK(are_aligned(heading, line));
        EQUAL(numbers(line, row), 4);
        CHECK(row[0] <= row[1]);
        blocks += row[2];
        bytes += row[3];
        found |= row[0] == 512 && row[1] == 1023 && row[2] >= HOLES;
    }
    CHECK(found);
    EQUAL(blocks, before.free_blocks);
    if (!LITEPOOL_SLAB) {
        EQUAL(bytes, before.free);
    }
}

static void used_blocks_are_shown(void)
{
    enum { BLOCKS = 21 };
    void *pool = pool_of(SIZE), *blocks[BLOCKS];
    unsigned long row[COLUMNS];
    const char *line, *heading;
    UINT32 index, count = 0;

    LOS_MemUsedNodeShow(NULL);
    EQUAL(lines(), 0);
    for (index = 0; index < BLOCKS; index++) {
        blocks[index] = LOS_MemAlloc(pool, PLAIN + 10 * index);
    }
    EQUAL(LOS_MemFree(pool, blocks[5]), LOS_OK);
    LOS_MemUsedNodeShow(pool);
    CHECK(strncmp(printed(), "used blocks of pool 0x", 22) == 0);
    heading = next_line(printed());
    for (line = next_line(heading); *line != 0; line = next_line(line)) {
        UINT32 block = count < 5 ? count : count + 1;

        CHECK(numbers(line, row) >= 3);
        EQUAL(row[0], (UINTPTR)blocks[block]);
        EQUAL(row[1], cost(PLAIN + 10 * block));
        CHECK(row[2] >= PLAIN + 10 * block);
        count++;
    }
    EQUAL(count, BLOCKS - 1);
    EQUAL(LOS_MemUsedBlksGet(pool), BLOCKS - 1);
}

const struct Test table_tests[] = {
    TEST(pools_are_listed),
    TEST(no_pools_are_listed_as_none),
    TEST(free_blocks_are_shown_by_size),
    TEST(used_blocks_are_shown),
    NO_MORE_TESTS,
};
