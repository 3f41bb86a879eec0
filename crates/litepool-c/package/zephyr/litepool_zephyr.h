/*
 * What litepool has for Zephyr beyond los_memory.h.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef LITEPOOL_ZEPHYR_H
#define LITEPOOL_ZEPHYR_H

#include <zephyr/kernel.h>
#include <zephyr/sys/sys_heap.h>

#include "los_memory.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The thread of this number, as LOS_MemTaskIdGet and LOS_MemUsedNodeShow tell it, or NULL if it is
 * none's. Zephyr's threads have no numbers: it is the place of the thread's structure in the RAM.
 */
k_tid_t litepool_zephyr_thread(UINT32 task);

/*
 * The pool in which a heap of the kernel stands (of a k_heap: `&heap.heap`), for the functions of
 * los_memory.h, or NULL if it is Zephyr's own. With CONFIG_LITEPOOL_SYS_HEAP.
 */
VOID *litepool_zephyr_pool(const struct sys_heap *heap);

#ifdef __cplusplus
}
#endif

#endif
