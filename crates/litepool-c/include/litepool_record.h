/*
 * A recorder (switch mem-record): what happens to the pools, as a stream of bytes that a desk reads
 * from any channel: a UART, RTT, semihosting, TCP. `litepool record --from` and `litepool top` take it.
 *
 * What happens goes into a ring in RAM, without waiting; whoever has time sends it. What the ring has no
 * room for is counted, and told where it happened. All of these functions may be called in interrupt
 * handlers, and with a pool's lock held; none uses a pool. litepool.h brings this header.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef LITEPOOL_RECORD_H
#define LITEPOOL_RECORD_H

#include "litepool_config.h"
#include "litepool_types.h"

#if LITEPOOL_RECORD
#ifdef __cplusplus
extern "C" {
#endif

/*
 * Copies what the channel gets next, `size` bytes at the most, and returns how many that is: a frame, or
 * part of one; 0 if there is nothing, or another task reads. Call it again until it returns 0. From the
 * main loop or a task of the lowest priority: a few hundred instructions for each event, and 0.8 KB of
 * stack, which an idle task may not have.
 */
UINT32 litepool_record_read(VOID *buffer, UINT32 size);

/*
 * Says what the program is: its name or NULL; the build id of its ELF file (`size` bytes, 32 at the most)
 * or NULL; and a number that its next start will not have, or 0. The texts stay as they are.
 */
VOID litepool_record_describe(const char *title, const VOID *build_id, UINT32 size, UINT32 boot);

/* Says what a pool is called. The name stays as it is. */
VOID litepool_record_name_pool(const VOID *pool, const char *name);

/*
 * Says what a task of litepool_port_task's numbers is called; for LITEPOOL_TASKS of them (16) there is
 * room. The name stays as it is until the task gets another one, or its end is told.
 */
VOID litepool_record_name_task(UINT32 task, const char *name);

/* Says that a task has ended, whoever ended it: what it still has is nobody's. */
VOID litepool_record_task_ended(UINT32 task);

/* What the program is and what things are called comes next, for a desk that has come just now. It comes
   now and then in any case. */
VOID litepool_record_announce(VOID);

/*
 * For a fault handler that wants to send what is there: lets it read, whoever else was reading. They must
 * never go on. Nothing is lost.
 */
VOID litepool_record_take_over(VOID);

#ifdef __cplusplus
}
#endif
#endif

#endif
