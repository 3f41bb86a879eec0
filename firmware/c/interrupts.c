/*
 * The lock of the bare-metal port: an interrupt handler uses the pool of the main loop. It may come
 * in anywhere but where the lock is held, and every object keeps its contents.
 */
#include <stdio.h>
#include <string.h>

#include "litepool_port.h"
#include "los_memory.h"
#include "machine.h"

/* An interrupt comes after so many instructions: more than its handler takes, or nothing else
   gets on. */
enum { POOL = 64 * 1024, MINE = 100, HIS = 30, STEPS = 20000, OFTEN = 9973 };

struct Live {
    UINT8 *block;
    UINT32 size, seed;
};

static UINT32 pool[POOL / sizeof(UINT32)];
static struct Live mine[MINE], his[HIS];
static UINT32 my_dice = 2463534242u, his_dice = 88675123u;
static volatile UINT32 interrupts, is_locked;
static const char *volatile complaint;

static UINT32 below(UINT32 *dice, UINT32 limit)
{
    *dice ^= *dice << 13;
    *dice ^= *dice >> 17;
    *dice ^= *dice << 5;
    return *dice % limit;
}

static void must(int holds, const char *what)
{
    if (!holds && complaint == NULL) {
        complaint = what;
    }
}

static void fill(const struct Live *object)
{
    memset(object->block, (int)(object->seed & 0xff), object->size);
}

static int is_filled(const struct Live *object, UINT32 size)
{
    UINT32 index;

    for (index = 0; index < size; index++) {
        if (object->block[index] != (UINT8)object->seed) {
            return 0;
        }
    }
    return 1;
}

/* How often a pool was used: with a recorder, so many events. */
static UINT32 my_uses, his_uses;

/* Allocates, resizes or frees one of these objects. */
static void step(struct Live *objects, UINT32 count, UINT32 *dice, UINT32 *uses)
{
    struct Live *object = &objects[below(dice, count)];
    UINT32 size = 1 + below(dice, 400);
    UINT8 *block;

    ++*uses;
    if (object->block == NULL) {
        object->block = LOS_MemAlloc(pool, size);
    } else if (below(dice, 3) == 0 &&
               (++*uses, block = LOS_MemRealloc(pool, object->block, size)) != NULL) {
        --*uses;
        object->block = block;
        must(is_filled(object, size < object->size ? size : object->size),
             "a resize keeps contents");
    } else {
        must(is_filled(object, object->size), "an object has its contents");
        must(LOS_MemFree(pool, object->block) == LOS_OK, "an object is freed");
        object->block = NULL;
    }
    if (object->block != NULL) {
        object->size = size;
        object->seed = *dice;
        fill(object);
    }
}

static void handler(void)
{
    interrupts++;
    must(!is_locked, "no interrupt comes in where the lock is held");
    must(litepool_port_task() ==
             (machine_tells_interrupts ? LITEPOOL_IN_INTERRUPT : LITEPOOL_NO_TASK),
         "the port tells an interrupt handler");
    step(his, HIS, &his_dice, &his_uses);
}

/* Longer than from one interrupt to the next. */
static void wait(void)
{
    volatile UINT32 count = OFTEN;

    while (count != 0) {
        count--;
    }
}

static void the_lock_nests(void)
{
    UINT32 before;
    UINTPTR outer = litepool_port_lock(), inner;

    before = interrupts;
    is_locked = 1;
    wait();
    inner = litepool_port_lock();
    wait();
    litepool_port_unlock(inner);
    wait();
    must(interrupts == before, "what was masked stays masked");
    is_locked = 0;
    litepool_port_unlock(outer);
    wait();
    must(interrupts > before, "what was not masked is not masked");
}

static void free_all(struct Live *objects, UINT32 count)
{
    while (count-- > 0) {
        if (objects[count].block != NULL) {
            must(is_filled(&objects[count], objects[count].size), "contents last to the end");
            must(LOS_MemFree(pool, objects[count].block) == LOS_OK, "the last objects are freed");
            my_uses++;
        }
    }
}

#if LITEPOOL_RECORD
/* A few bytes now and then: the ring overflows, and interrupts come in while it is read. */
static void send_some(void)
{
    UINT8 bytes[40];

    if (below(&my_dice, 4) == 0) {
        must(litepool_record_read(bytes, sizeof bytes) <= sizeof bytes, "no more than there is room for");
    }
}

/* How many events there were, as the device's description tells when all were sent. */
static UINT32 events(void)
{
    UINT8 frame[256];
    UINT32 length, next = 0, zero, field, number = 0, shift;

    while (litepool_record_read(frame, sizeof frame) > 0) {
    }
    litepool_record_announce();
    length = litepool_record_read(frame, sizeof frame);
    while (next + 1 < length) {
        zero = next + frame[next];
        frame[next] = 0;
        next = zero;
    }
    must(length > 12 && frame[1] == 1, "the device is described");
    /* Behind type, version and word: boot, ticks, depth, ring, and the number. */
    for (next = 4, field = 0; field < 5; field++) {
        for (number = 0, shift = 0; (frame[next] & 0x80) != 0; next++, shift += 7) {
            number |= (UINT32)(frame[next] & 0x7F) << shift;
        }
        number |= (UINT32)frame[next++] << shift;
    }
    return number;
}
#else
static void send_some(void)
{
}
#endif

int main(void)
{
    UINTPTR state;
    UINT32 count;

    must(litepool_port_task() == LITEPOOL_NO_TASK, "there is no task");
    must(LOS_MemInit(pool, POOL) == LOS_OK, "there is a pool");
    machine_interrupt_every(OFTEN, handler);
    the_lock_nests();
    for (count = 0; count < STEPS; count++) {
        step(mine, MINE, &my_dice, &my_uses);
        send_some();
    }
    state = litepool_port_lock();
    free_all(mine, MINE);
    free_all(his, HIS);
    must(LOS_MemUsedBlksGet(pool) == 0 && LOS_MemTotalUsedGet(pool) == 0, "nothing is left");
    must(LOS_MemIntegrityCheck(pool) == LOS_OK, "the pool is whole");
    must(interrupts > STEPS / 10, "there were many interrupts");
#if LITEPOOL_RECORD
    must(events() == 1 + my_uses + his_uses, "every event was sent, or counted as lost");
#endif
    if (complaint != NULL) {
        printf("does not hold: %s\n", complaint);
        return 1;
    }
    printf("%lu operations and %lu interrupts passed\n", (unsigned long)STEPS,
           (unsigned long)interrupts);
    litepool_port_unlock(state);
    return 0;
}
