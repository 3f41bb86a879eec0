/* The port of the tests: it counts, remembers what is printed, and complains about wrong use. */
#include <string.h>

#include "check.h"
#include "litepool_port.h"

static unsigned depth;
static unsigned long taken;
static char text[16384];
static size_t length;
static const char *complaint;

/* An interrupt that comes right before the lock is taken. */
static VOID *interrupted_pool, *freed_by_interrupt;
static unsigned until_interrupt;

static void interrupt(void)
{
    VOID *block = freed_by_interrupt;

    if (depth == 0 && block != NULL && until_interrupt-- == 0) {
        freed_by_interrupt = NULL;
        LOS_MemFree(interrupted_pool, block);
    }
}

void free_in_interrupt(void *pool, void *block, unsigned locks)
{
    interrupted_pool = pool;
    freed_by_interrupt = block;
    until_interrupt = locks;
}

UINTPTR litepool_port_lock(VOID)
{
    interrupt();
    taken++;
    return 1000 + depth++;
}

VOID litepool_port_unlock(UINTPTR state)
{
    depth--;
    if (state != 1000 + depth) {
        complaint = "a lock's state came back in the wrong order";
    }
}

VOID litepool_port_print(const char *line)
{
    size_t more = strlen(line);

    if (depth != 0) {
        complaint = "something was printed with the lock held";
    }
    if (more > 0 && length + more < sizeof text) {
        memcpy(text + length, line, more + 1);
        length += more;
    } else {
        complaint = "an empty text, or more than the tests remember";
    }
}

static UINT32 task = LITEPOOL_NO_TASK;
static LitepoolEvent events[16], refusal;
static unsigned event_count, refusals;
static void *room;

UINT32 litepool_port_task(VOID)
{
    if (depth == 0) {
        complaint = "the task was asked without the lock";
    }
    return task;
}

VOID litepool_port_callers(UINT32 *sites, UINT32 count)
{
    if (count < 1 || sites[0] != 0) {
        complaint = "no room for call sites";
    }
    sites[0] = 0x51735173;
}

UINT32 litepool_port_ticks(VOID)
{
    static UINT32 ticks = 0xFFFF0000u;

    if (depth == 0) {
        complaint = "the clock was asked without the lock";
    }
    return ++ticks;
}

UINT32 litepool_port_ticks_per_second(VOID)
{
    return 1000;
}

UINT32 litepool_port_refused(const LitepoolEvent *what)
{
    if (depth != 0) {
        complaint = "a refusal was told with the lock held";
    }
    refusal = *what;
    refusals++;
    if (room == NULL) {
        return 0;
    }
    LOS_MemFree((VOID *)what->pool, room);
    room = NULL;
    return 1;
}

VOID litepool_port_hook(const LitepoolEvent *what)
{
    if (depth != 0) {
        complaint = "an event was told with the lock held";
    }
    if (event_count < sizeof events / sizeof events[0]) {
        events[event_count] = *what;
    }
    event_count++;
}

void forget_events(void)
{
    event_count = 0;
    refusals = 0;
}

unsigned events_told(void)
{
    return event_count;
}

const LitepoolEvent *told(unsigned index)
{
    return &events[index];
}

unsigned refusals_told(void)
{
    return refusals;
}

const LitepoolEvent *last_refusal(void)
{
    return &refusal;
}

void make_room_with(void *block)
{
    room = block;
}

void run_as(UINT32 id)
{
    task = id;
}

const char *printed(void)
{
    text[length] = 0;
    return text;
}

void forget_text(void)
{
    length = 0;
}

unsigned long locks(void)
{
    return taken;
}

unsigned port_depth(void)
{
    return depth;
}

const char *port_complaint(void)
{
    const char *now = complaint;

    complaint = NULL;
    return now;
}
