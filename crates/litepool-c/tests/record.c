/* The recorder: what comes out of its channel, read as docs/stream-format.md has it. */
#include <string.h>

#include "check.h"
#include "litepool_port.h"

#if LITEPOOL_RECORD
enum { SIZE = 8192, ABOUT = 1, NAMES = 2, EVENTS = 3, CHANNEL = 1 << 16, RECORDS = 1 << 12 };
enum { ALLOCATED, ALIGNED, FREED, RESIZED, NOT_ALLOCATED, NOT_FREED, NOT_RESIZED, INITIALISED, DEINITIALISED,
       TASK_ENDED, LOST };

typedef unsigned long long Number;

struct Record {
    Number number, time, task, pool, numbers[3], depth, site;
    unsigned kind;
};

static UINT8 channel[CHANNEL];
static struct Record records[RECORDS];
static UINT32 record_count, abouts;
static Number next_number, lost;
static char names[4096];

/* ---- a frame, from the encoded bytes to the records ---- */

static const UINT8 *at, *end;

static UINT8 byte(void)
{
    if (at == end) {
        check_failed(__FILE__, __LINE__, "a frame ends where it should");
        return 0;
    }
    return *at++;
}

static Number number(void)
{
    Number value = 0;
    unsigned shift = 0;
    UINT8 part;

    do {
        part = byte();
        value |= (Number)(part & 0x7F) << shift;
        shift += 7;
    } while (part >= 0x80 && shift < 70);
    return value;
}

static Number further(Number from)
{
    Number value = number();

    return from + ((value & 1) != 0 ? ~(value >> 1) : value >> 1);
}

static UINT32 crc(const UINT8 *bytes, UINT32 count)
{
    UINT32 rest = 0xFFFFFFFFu, bit;

    while (count-- > 0) {
        rest ^= *bytes++;
        for (bit = 0; bit < 8; bit++) {
            rest = (rest >> 1) ^ (0xEDB88320u & (0u - (rest & 1)));
        }
    }
    return ~rest;
}

static void read_names(void)
{
    while (at < end) {
        Number is_task = number(), which = number(), size = is_task == 0 ? number() : 0, length = number();

        (void)which;
        (void)size;
        while (length-- > 0) {
            char letter[2] = {0, 0};

            letter[0] = (char)byte();
            strcat(names, letter);
        }
        strcat(names, ",");
    }
}

static void read_events(void)
{
    /* How many addresses, how many other numbers, and is there one of an alignment? */
    static const UINT8 blocks[] = {1, 1, 1, 2, 0, 1, 1, 0, 0, 0, 0}, others[] = {1, 2, 0, 1, 2, 0, 1, 1, 0, 1, 1};
    Number first = number(), block = 0, innermost = 0, site;
    struct Record now;
    UINT32 index;

    EQUAL(first, next_number);
    memset(&now, 0, sizeof now);
    now.number = first;
    now.time = number();
    while (at < end) {
        UINT8 tag = byte();

        now.kind = tag & 15;
        now.task = (tag & 0x10) != 0 ? number() : now.task;
        now.pool = (tag & 0x20) != 0 ? further(now.pool) : now.pool;
        now.time += (tag & 0x40) != 0 ? number() : 0;
        if ((tag & 0x80) != 0) {
            now.depth = number();
            for (site = innermost, index = 0; index < now.depth; index++) {
                site = further(site);
                innermost = index == 0 ? site : innermost;
            }
            now.site = now.depth == 0 ? 0 : innermost;
        }
        CHECK(now.kind <= LOST);
        memset(now.numbers, 0, sizeof now.numbers);
        for (index = 0; index < blocks[now.kind]; index++) {
            block = further(block);
            now.numbers[index] = block;
        }
        for (; index < (UINT32)blocks[now.kind] + others[now.kind]; index++) {
            now.numbers[index] = number();
        }
        if (record_count < RECORDS) {
            records[record_count++] = now;
        }
        lost += now.kind == LOST ? now.numbers[0] : 0;
        now.number += now.kind == LOST ? now.numbers[0] : 1;
    }
    next_number = now.number;
}

static void read_frame(UINT8 *frame, UINT32 length)
{
    UINT32 zero = 0, sum;

    CHECK(length <= 251);
    while (zero < length && frame[zero] != 0) {
        UINT8 distance = frame[zero];

        frame[zero] = 0;
        zero += distance;
    }
    EQUAL(zero, length);
    CHECK(length > 5);
    memcpy(&sum, frame + length - 4, 4);
    EQUAL(crc(frame + 1, length - 5), sum);
    at = frame + 2;
    end = frame + length - 4;
    switch (frame[1]) {
        case ABOUT:
            EQUAL(byte(), 1);
            EQUAL(byte(), sizeof(void *));
            EQUAL(number(), 77); /* the start that `describe` told */
            EQUAL(number(), LITEPOOL_RECORD_CLOCK ? 1000 : 0);
            EQUAL(number(), LITEPOOL_RECORD_DEPTH);
            abouts++;
            break;
        case NAMES:
            read_names();
            break;
        default:
            EQUAL(frame[1], EVENTS);
            read_events();
            break;
    }
}

/* All there is, in pieces of this size. */
static void drain(UINT32 piece)
{
    UINT32 length = 0, got, start = 0, index;

    record_count = 0;
    lost = 0;
    names[0] = 0;
    while (length + piece <= CHANNEL && (got = litepool_record_read(channel + length, piece)) != 0) {
        length += got;
    }
    CHECK(length == 0 || channel[length - 1] == 0);
    for (index = 0; index < length; index++) {
        if (channel[index] == 0) {
            if (index > start) {
                read_frame(channel + start, index - start);
            }
            start = index + 1;
        }
    }
}

static void begin(void)
{
    litepool_record_describe("tests", "\1\2\3", 3, 77);
    drain(300);
}

static void is_event(UINT32 index, unsigned kind, const void *block, Number other)
{
    CHECK(index < record_count);
    EQUAL(records[index].kind, kind);
    EQUAL(records[index].numbers[0], (Number)(UINTPTR)block);
    EQUAL(records[index].numbers[1], other);
}

/* ---- the tests ---- */

static void events_come_as_they_happened(void)
{
    UINT8 *memory, *one, *two, *moved;
    UINT32 index;

    begin();
    memory = area(SIZE);
    EQUAL(LOS_MemInit(memory, SIZE), LOS_OK);
    run_as(5);
    one = LOS_MemAlloc(memory, 100);
    two = LOS_MemAllocAlign(memory, 200, 64);
    moved = LOS_MemRealloc(memory, one, 3000);
    run_as(LITEPOOL_IN_INTERRUPT);
    EQUAL(LOS_MemFree(memory, two), LOS_OK);
    run_as(LITEPOOL_NO_TASK);
    CHECK(LOS_MemAlloc(memory, SIZE) == NULL);
    EQUAL(LOS_MemFree(memory, two), LOS_NOK);
    CHECK(LOS_MemRealloc(memory, moved, SIZE) == NULL);
    EQUAL(LOS_MemFree(memory, moved), LOS_OK);
    litepool_record_task_ended(5);
    EQUAL(LOS_MemDeInit(memory), LOS_OK);

    drain(7);
    EQUAL(record_count, 11);
    EQUAL(records[0].kind, INITIALISED);
    EQUAL(records[0].numbers[0], SIZE);
    is_event(1, ALLOCATED, one, 100);
    is_event(2, ALIGNED, two, 200);
    EQUAL(records[2].numbers[2], 6);
    is_event(3, RESIZED, one, (Number)(UINTPTR)moved);
    EQUAL(records[3].numbers[2], 3000);
    is_event(4, FREED, two, 0);
    EQUAL(records[5].kind, NOT_ALLOCATED);
    EQUAL(records[5].numbers[0], SIZE);
    is_event(6, NOT_FREED, two, 0);
    is_event(7, NOT_RESIZED, moved, SIZE);
    is_event(8, FREED, moved, 0);
    EQUAL(records[9].kind, TASK_ENDED);
    EQUAL(records[9].numbers[0], 5 + 2);
    EQUAL(records[10].kind, DEINITIALISED);
    EQUAL(records[1].task, 5 + 2);
    EQUAL(records[4].task, 1);
    EQUAL(records[8].task, 0);
    for (index = 0; index < record_count; index++) {
        int is_of_pool = records[index].kind != TASK_ENDED;

        EQUAL(records[index].pool, is_of_pool ? (Number)(UINTPTR)memory : 0);
        EQUAL(records[index].depth, LITEPOOL_RECORD_DEPTH > 0 && is_of_pool);
        EQUAL(records[index].site, LITEPOOL_RECORD_DEPTH > 0 && is_of_pool ? 0x51735173 : 0);
        CHECK(index == 0 || !LITEPOOL_RECORD_CLOCK || records[index].time > records[index - 1].time);
    }
}

/* The port's hook is told of a free before it takes the lock, so in another order. */
static void the_order_is_that_of_the_lock(void)
{
    void *pool = pool_of(SIZE), *one = LOS_MemAlloc(pool, 100), *two = LOS_MemAlloc(pool, 100);

    begin();
    free_in_interrupt(pool, two, 0);
    EQUAL(LOS_MemFree(pool, one), LOS_OK);
    drain(64);
    EQUAL(record_count, 2);
    is_event(0, FREED, two, 0);
    is_event(1, FREED, one, 0);
}

static void what_has_no_room_is_counted(void)
{
    void *pool = pool_of(SIZE);
    UINT32 round, arrived = 0, told = 0;

    begin();
    for (round = 0; round < 3; round++) {
        UINT32 pairs = 5000 + round;

        while (pairs-- > 0) {
            LOS_MemFree(pool, LOS_MemAlloc(pool, 40));
        }
        drain(250);
        arrived += record_count - 1;
        told += (UINT32)lost;
        EQUAL(records[record_count - 1].kind, LOST);
    }
    CHECK(arrived > 300);
    EQUAL(arrived + told, 2 * (5000 + 5001 + 5002));
}

static void names_are_told_again(void)
{
    void *pool = pool_of(SIZE);

    litepool_record_name_pool(pool, "net");
    litepool_record_name_task(3, "logger");
    begin();
    CHECK(strstr(names, "net,") != NULL && strstr(names, "logger,") != NULL);
    abouts = 0;
    drain(64);
    EQUAL(abouts, 0);
    litepool_record_announce();
    drain(64);
    EQUAL(abouts, 1);
    CHECK(strstr(names, "net,") != NULL && strstr(names, "logger,") != NULL);
    litepool_record_task_ended(3);
    litepool_record_name_pool(pool, NULL);
    litepool_record_announce();
    drain(64);
    CHECK(strstr(names, "net,") == NULL && strstr(names, "logger,") == NULL);
}

static void bad_arguments_do_no_harm(void)
{
    EQUAL(litepool_record_read(NULL, 100), 0);
    EQUAL(litepool_record_read(channel, 0), 0);
    litepool_record_name_pool(NULL, "nothing");
    litepool_record_take_over();
    abouts = 0;
    litepool_record_describe(NULL, NULL, 0, 77);
    drain(64);
    EQUAL(abouts, 1);
}

const struct Test record_tests[] = {
    TEST(events_come_as_they_happened), TEST(the_order_is_that_of_the_lock), TEST(what_has_no_room_is_counted),
    TEST(names_are_told_again),         TEST(bad_arguments_do_no_harm),      NO_MORE_TESTS,
};
#else
const struct Test record_tests[] = {NO_MORE_TESTS};
#endif
