/*
 * What malloc over litepool has beyond newlib's own headers.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef LITEPOOL_MALLOC_H
#define LITEPOOL_MALLOC_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The pool that malloc takes blocks from, for the functions of los_memory.h:
 * LOS_MemUsedNodeShow(litepool_malloc_pool()). NULL if the library makes no pool of the memory that
 * it was given.
 */
void *litepool_malloc_pool(void);

#ifdef __cplusplus
}
#endif

#endif
