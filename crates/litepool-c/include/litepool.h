/*
 * Litepool's own functions, which the interface of LiteOS has not: what ports and tools need
 * besides. los_memory.h brings this header, and it stands beside the system's own los_memory.h as
 * well.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef LITEPOOL_H
#define LITEPOOL_H

#include "litepool_config.h"
#include "litepool_record.h"
#include "litepool_types.h"

/* A kernel that is configured for something else than the library was built for must not be built
   with it. */
#ifdef LITEPOOL_SYSTEM_TYPES
#include "los_config.h"
#if LITEPOOL_LITEOS_M
#if (LOSCFG_MEM_WATERLINE == 1) != LITEPOOL_WATERLINE
#error "LOSCFG_MEM_WATERLINE is not what the library was built with (feature mem-waterline)"
#endif
#if (LOSCFG_MEM_MUL_POOL == 1) && !LITEPOOL_MUL_POOL
#error "LOSCFG_MEM_MUL_POOL is on: build the library with the feature mem-mul-pool"
#endif
#if (LOSCFG_MEM_MUL_REGIONS == 1) && !LITEPOOL_MUL_REGIONS
#error "LOSCFG_MEM_MUL_REGIONS is on: build the library with the feature mem-mul-regions"
#endif
#if (LOSCFG_MEM_FREE_BY_TASKID == 1) && !LITEPOOL_FREE_BY_TASKID
#error "LOSCFG_MEM_FREE_BY_TASKID is on: build the library with the feature mem-free-by-taskid"
#endif
#if (LOSCFG_TASK_MEM_USED == 1) && !LITEPOOL_OWNERS
#error "LOSCFG_TASK_MEM_USED is on: build the library with the feature mem-owners"
#endif
#if (LOSCFG_MEM_LEAKCHECK == 1) && !LITEPOOL_LEAKCHECK
#error "LOSCFG_MEM_LEAKCHECK is on: build the library with the feature mem-leakcheck"
#endif
#if (LOSCFG_BASE_MEM_NODE_INTEGRITY_CHECK == 1) && !LITEPOOL_INTEGRITY_CHECK
#error "LOSCFG_BASE_MEM_NODE_INTEGRITY_CHECK is on: build the library with the feature base-mem-node-integrity-check"
#endif
#if (LOSCFG_DEBUG_HOOK == 1) && !LITEPOOL_HOOKS
#error "LOSCFG_DEBUG_HOOK is on: build the library with the feature mem-hooks"
#endif
#ifdef LOSCFG_KERNEL_LMS
#error "LOSCFG_KERNEL_LMS watches the kernel's own heap, and knows nothing of litepool's blocks: switch it off"
#endif
#else
#if defined(LOSCFG_MEM_TASK_STAT) && !LITEPOOL_WATERLINE
#error "LOSCFG_MEM_TASK_STAT is on: bestfit_little has none, switch it off; else build the library with the feature mem-task-stat"
#endif
#if !defined(LOSCFG_MEM_TASK_STAT) && LITEPOOL_WATERLINE
#error "LOSCFG_MEM_TASK_STAT is off, and on in a library with bestfit: switch it on"
#endif
#if defined(LOSCFG_MEM_MUL_POOL) && !LITEPOOL_MUL_POOL
#error "LOSCFG_MEM_MUL_POOL is on: build the library with the feature mem-mul-pool"
#endif
#if defined(LOSCFG_MEM_MUL_MODULE) && !LITEPOOL_MUL_MODULE
#error "LOSCFG_MEM_MUL_MODULE is on: build the library with the feature mem-mul-module"
#endif
#if defined(LOSCFG_MEM_LEAKCHECK) && !LITEPOOL_LEAKCHECK
#error "LOSCFG_MEM_LEAKCHECK is on: build the library with the feature mem-leakcheck"
#endif
#if defined(LOSCFG_BASE_MEM_NODE_INTEGRITY_CHECK) && !LITEPOOL_INTEGRITY_CHECK
#error "LOSCFG_BASE_MEM_NODE_INTEGRITY_CHECK is on: build the library with the feature base-mem-node-integrity-check"
#endif
#if defined(LOSCFG_BASE_MEM_NODE_SIZE_CHECK) && !LITEPOOL_NODE_SIZE_CHECK
#error "LOSCFG_BASE_MEM_NODE_SIZE_CHECK is on: build the library with the feature base-mem-node-size-check"
#endif
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that the owner of the block at `ptr` may use; 0 for anything but a used block of the pool.
   Constant time. */
UINT32 litepool_usable_size(VOID *pool, const VOID *ptr);

/* What a pool counts. used + free is always the same, unless there are slabs. */
typedef struct LitepoolTotals {
    UINT32 size;       /* of the pool, gaps left out */
    UINT32 used;       /* in used blocks, their headers included */
    UINT32 free;       /* in free blocks, their headers included */
    UINT32 peak;       /* the highest `used` so far, whether or not the status has a field for it */
    UINT32 usedBlocks; /* how many blocks are used */
    UINT32 freeBlocks; /* how many blocks are free */
    UINT32 failures;   /* how many requests were refused for want of room */
} LitepoolTotals;

/* Besides, the largest and the smallest request that a free block can hold; 0 if none is free. */
typedef struct LitepoolStats {
    LitepoolTotals totals;
    UINT32 largestFree;
    UINT32 smallestFree;
} LitepoolStats;

/*
 * What a pool counts, at one moment. Constant time. LOS_NOK if there is no pool, or it is
 * damaged so that this can't be true, and for NULL.
 */
UINT32 litepool_totals(const VOID *pool, LitepoolTotals *totals);

/*
 * All of it, at one moment, in bounded time: of free blocks of about the same size 32 are looked
 * at, so the last two may be an eighth off. With bestfit_little, they are of the moments after: the
 * lock is released every 32 blocks. LOS_NOK likewise.
 */
UINT32 litepool_stats(const VOID *pool, LitepoolStats *stats);

/* Lets the peak start again from what is used now. LOS_NOK if there is no pool. */
UINT32 litepool_reset_peak(VOID *pool);

/* The live pool at the lowest address above `after`, so with NULL the first one; NULL if there is
   none. */
VOID *litepool_next_pool(const VOID *after);

/* A block, or an object of the slab. */
typedef struct LitepoolBlock {
    VOID *address;    /* of its payload */
    UINT32 size;      /* bytes, header included */
    UINT32 available; /* bytes that its owner may use; if it is free, the largest request for it */
    UINT32 isUsed;    /* 1 or 0 */
    UINT32 task;      /* that owns it; OS_INVALID if none does or it is not remembered */
    UINT32 module;    /* that owns it; OS_INVALID likewise */
} LitepoolBlock;

/*
 * Tells `visit` of every block in the order of their addresses, with the lock held: it must not use
 * a pool. `context` is handed on. LOS_NOK if there is no pool.
 */
UINT32 litepool_for_each_block(VOID *pool,
                               VOID (*visit)(const LitepoolBlock *block, VOID *context),
                               VOID *context);

/* What is broken in a pool. */
typedef struct LitepoolDamage {
    VOID *block;           /* the block at which it shows, NULL if it is none's */
    VOID *previous;        /* the block before it; NULL if it can't be told */
    LitepoolBlock suspect; /* the used block that was most likely written beyond; address NULL if
                              none can be told. Its owner may be wrong, if more than two bytes
                              behind its payload were overwritten */
    char what[80];         /* what does not hold, in words */
} LitepoolDamage;

/*
 * Verifies the whole pool, whatever the switches, without printing. LOS_NOK if it is broken, and
 * `damage`, unless NULL, tells how; LOS_NOK, NULL and no words if there is no pool.
 */
UINT32 litepool_check(const VOID *pool, LitepoolDamage *damage);

#ifdef __cplusplus
}
#endif

#endif
