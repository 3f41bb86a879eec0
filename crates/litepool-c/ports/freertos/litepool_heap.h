/*
 * What the heap of FreeRTOS has beyond what FreeRTOS's own portable.h declares, over litepool.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef LITEPOOL_HEAP_H
#define LITEPOOL_HEAP_H

#include <stddef.h>

#include "FreeRTOS.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Gives a block another size, in place if possible, and returns it; its contents stay up to the
 * smaller size. NULL if there is no room, and then the block stays as it was; and for what is no
 * block, which configASSERT sees. A NULL `pv` allocates, a size of 0 frees and returns NULL.
 */
void *pvPortRealloc(void *pv, size_t xSize) PRIVILEGED_FUNCTION;

/*
 * The pool that pvPortMalloc takes blocks from, for the functions of los_memory.h:
 * LOS_MemUsedNodeShow(litepool_heap_pool()). NULL if the library makes no pool of
 * configTOTAL_HEAP_SIZE bytes.
 */
void *litepool_heap_pool(void) PRIVILEGED_FUNCTION;

#ifdef __cplusplus
}
#endif

#endif
