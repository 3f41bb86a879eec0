/*
 * What litepool needs of the system that it runs on: the functions of ports/<system>/litepool_port.c.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef LITEPOOL_PORT_H
#define LITEPOOL_PORT_H

#include "litepool_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Keeps every other task, interrupt handler and processor that uses litepool out, until litepool_port_unlock, and
 * returns what that has to know, as an interrupt mask. Who holds the lock takes it again: calls nest.
 */
UINTPTR litepool_port_lock(VOID);

/* Undoes the latest litepool_port_lock, which returned `state`. */
VOID litepool_port_unlock(UINTPTR state);

/* Puts out a text that ends with a zero, mostly a line. Called without the lock. */
VOID litepool_port_print(const char *text);

#define LITEPOOL_NO_TASK ((UINT32)0xFFFFFFFF)
#define LITEPOOL_IN_INTERRUPT ((UINT32)0xFFFFFFFE)

/*
 * The number of the task that runs, below 65,534; LITEPOOL_NO_TASK before there is one, LITEPOOL_IN_INTERRUPT in an
 * interrupt handler. Needed unless the library is built without owners (mem-owners) and without the recorder
 * (mem-record). Called with the lock held: it must be short, and use no pool.
 */
UINT32 litepool_port_task(VOID);

/*
 * With the leak check (mem-leakcheck), and with the recorder if it takes some (LITEPOOL_RECORD_DEPTH): puts the return
 * addresses of the callers into `sites`, the innermost one first, which has room for `count` and is all 0; on machines
 * where they are wider than 32 bits, their distance to the program's base. Called with the lock held,
 * except for the event of a new pool.
 */
VOID litepool_port_callers(UINT32 *sites, UINT32 count);

/*
 * With the recorder (mem-record), unless LITEPOOL_RECORD_CLOCK is 0: the time, in ticks that never go back
 * and begin again at 0 after 2^32, which takes longer than from one litepool_record_read to the next; and
 * how many ticks a second has. The former is called with the lock held.
 */
UINT32 litepool_port_ticks(VOID);
UINT32 litepool_port_ticks_per_second(VOID);

/*
 * What happens. As the hooks of LiteOS-M have it: FREE and REALLOC are told before the operation,
 * for a pointer that is no block as well; ALLOC and ALLOCALIGN afterwards, with a NULL block if
 * there is no room; what makes another operation of itself (a resize of NULL, or to 0) is told as
 * both. Arguments that can be none (a NULL pool, a size of 0) are not told.
 */
enum {
    LITEPOOL_EVENT_INIT = 0,       /* a pool was made: size */
    LITEPOOL_EVENT_DEINIT = 1,     /* a pool was forgotten */
    LITEPOOL_EVENT_ALLOC = 2,      /* block or NULL, size */
    LITEPOOL_EVENT_ALLOCALIGN = 3, /* block or NULL, size, boundary */
    LITEPOOL_EVENT_FREE = 4,       /* block: will be freed, if it is one */
    LITEPOOL_EVENT_REALLOC = 5,    /* block or NULL: will be resized; size */
    LITEPOOL_EVENT_NO_ROOM = 6,    /* size, boundary; block: what was to grow, if it was a resize */
    LITEPOOL_EVENT_NOT_FREED = 7,  /* block: what was said to be one */
    LITEPOOL_EVENT_NOT_RESIZED = 8, /* block: what was said to be one; size */
    LITEPOOL_EVENT_RESIZED = 9     /* what LiteOS-M does not tell: from, block, size */
};

/* An event. What does not belong to it is 0. */
typedef struct LitepoolEvent {
    UINT32 kind;
    const VOID *pool;
    const VOID *block;
    const VOID *from;
    UINT32 size;
    UINT32 boundary;
} LitepoolEvent;

/*
 * Told of every refusal: NO_ROOM, NOT_FREED, NOT_RESIZED; for a log, say. Returns 1 if it has made
 * room and a request is worth another try, else 0. Called without the lock, and may use pools; what
 * it allocates itself may be refused, too. Not told of what a walk of a pool, which holds its lock,
 * tries with it.
 */
UINT32 litepool_port_refused(const LitepoolEvent *event);

/* With hooks (mem-hooks): told of all other events. Called without the lock, and may use pools. */
VOID litepool_port_hook(const LitepoolEvent *event);

#ifdef __cplusplus
}
#endif

#endif
