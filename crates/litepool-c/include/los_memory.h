/*
 * Dynamic memory, as LiteOS 5.0 and LiteOS-M have it, served by litepool. One header for both: the library's own
 * litepool_config.h, which lies beside this file, tells how it was built; LITEPOOL_LITEOS_M picks the flavour.
 *
 * Bad input never crashes and never changes a pool. Sizes are bytes.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef LITEPOOL_LOS_MEMORY_H
#define LITEPOOL_LOS_MEMORY_H

#include "litepool.h"

/* If the system's own header came first, its declarations stand. */
#ifndef _LOS_MEMORY_H
#define _LOS_MEMORY_H

/* In a kernel's build, what the kernel's own header brings, and other files rely on. */
#ifdef LITEPOOL_SYSTEM_TYPES
#if LITEPOOL_LITEOS_M
#include "los_list.h"
#include "los_debug.h"
#else
#include "los_base.h"
#include "los_membox.h"
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The figures of a pool. */
typedef struct {
#if LITEPOOL_LITEOS_M
    UINT32 totalUsedSize;   /* in used blocks, their headers included */
    UINT32 totalFreeSize;   /* in free blocks, their headers included */
    UINT32 maxFreeNodeSize; /* the largest request that would succeed; as in litepool_stats */
    UINT32 usedNodeNum;     /* how many blocks are used */
    UINT32 freeNodeNum;     /* how many blocks are free */
#if LITEPOOL_WATERLINE
    UINT32 usageWaterLine; /* the highest totalUsedSize so far */
#endif
#else
    UINT32 uwTotalUsedSize;   /* in used blocks, their headers included */
    UINT32 uwTotalFreeSize;   /* in free blocks, their headers included */
    UINT32 uwMaxFreeNodeSize; /* the largest request that would succeed; as in litepool_stats */
    UINT32 uwUsedNodeNum;     /* how many blocks are used */
    UINT32 uwFreeNodeNum;     /* how many blocks are free */
#if LITEPOOL_WATERLINE
    UINT32 uwUsageWaterLine; /* the highest uwTotalUsedSize so far */
#endif
#endif
} LOS_MEM_POOL_STATUS;

/* The system pools, which the ports define: LiteOS-M has the first only. */
extern UINT8 *m_aucSysMem0;
#if LITEPOOL_LITEOS_M
UINT32 OsMemSystemInit(VOID);
#else
extern UINT8 *m_aucSysMem1;
UINT32 OsMemSystemInit(UINTPTR memStart);
#endif

#ifndef OS_SYS_MEM_ADDR
#ifdef LOSCFG_SYS_HEAP_ADDR
#define OS_SYS_MEM_ADDR LOSCFG_SYS_HEAP_ADDR
#else
#define OS_SYS_MEM_ADDR ((VOID *)m_aucSysMem0)
#endif
#endif

/* What the kernel of LiteOS-M asks of its heap, which its port answers. */
#if LITEPOOL_LITEOS_M && defined(LITEPOOL_SYSTEM_TYPES)
#if (LOSCFG_PLATFORM_EXC == 1)
UINT32 OsMemExcInfoGet(UINT32 memNumMax, MemInfoCB *memExcInfo);
#endif
VOID OsTaskMemUsed(VOID *pool, UINT32 *tskMemInfoBuf, UINT32 tskMemInfoCnt);
#endif

/* ---- Pools ---- */

/*
 * Makes `size` bytes at `pool` a pool. LOS_NOK, and the memory is untouched, for NULL, too little memory, an address or
 * a size that is no multiple of the granule (LITEPOOL_GRANULE), memory of a live pool (unless it
 * lies in one of its used blocks), and if the library has no handle left (see
 * litepool_add_handles).
 */
UINT32 LOS_MemInit(VOID *pool, UINT32 size);

/* The pool takes no lock from now on: only one task uses it. */
VOID LOS_MemUnlockEnable(VOID *pool);

#if LITEPOOL_MUL_POOL
/* Forgets a pool whose blocks nobody uses any more. LOS_NOK if there is none, or another live pool stands in a block of it. */
UINT32 LOS_MemDeInit(VOID *pool);

/* Prints a line for each live pool, and returns their number. */
UINT32 LOS_MemPoolList(VOID);

/*
 * The library has handles for 8 pools, or as many as it was built for. This gives it `size` bytes at `memory`, for ever, for
 * more of them, and returns how many. Litepool's own.
 */
UINT32 litepool_add_handles(VOID *memory, UINT32 size);
#endif

#if LITEPOOL_MUL_REGIONS
/* A region of memory. */
typedef struct LosMemRegion {
    VOID *startAddress;
    UINT32 length;
} LosMemRegion;

/*
 * Joins `count` regions to a pool, all of them or none: each above the one before it, the first one above the pool. With a
 * NULL `pool` the first one becomes the pool. LOS_NOK for NULL, no region, a length of 0, an address or a length that is no
 * multiple of the granule, too little memory, memory of a live pool, and more than 4 regions in all.
 */
UINT32 LOS_MemRegionsAdd(VOID *pool, const LosMemRegion *const regions, UINT32 count);
#endif

/* ---- Blocks ---- */

/* `size` bytes, aligned to the granule; NULL for a size of 0, and if there is no room. */
VOID *LOS_MemAlloc(VOID *pool, UINT32 size);

/* The same on a multiple of `boundary`, a power of two and a multiple of a pointer's size. */
VOID *LOS_MemAllocAlign(VOID *pool, UINT32 size, UINT32 boundary);

/* Gives a block back. LOS_NOK for NULL and for anything that is no used block of the pool with intact neighbours. */
UINT32 LOS_MemFree(VOID *pool, VOID *ptr);

/*
 * Gives a block another size, in place if possible. The contents stay up to the smaller size, and so does the alignment.
 * NULL for a bad pointer and if there is no room: the old block stays as it was. A NULL `ptr` allocates; a size of 0 frees,
 * and returns NULL. With bestfit_little, NULL for a block of LOS_MemAllocAlign.
 */
VOID *LOS_MemRealloc(VOID *pool, VOID *ptr, UINT32 size);

/* ---- What a pool says of itself; LOS_NOK if there is none, or this can't be true ---- */

/* Bytes of the pool, gaps left out. */
UINT32 LOS_MemPoolSizeGet(const VOID *pool);

/* Bytes in used blocks, their headers included. */
UINT32 LOS_MemTotalUsedGet(VOID *pool);

/* All figures. */
UINT32 LOS_MemInfoGet(VOID *pool, LOS_MEM_POOL_STATUS *status);

/* How many blocks are free, and used. */
UINT32 LOS_MemFreeBlksGet(VOID *pool);
UINT32 LOS_MemUsedBlksGet(VOID *pool);

/* The address at which the last used block ends. */
UINTPTR LOS_MemLastUsedGet(VOID *pool);

/* Prints the free blocks by their sizes, with their number. */
UINT32 LOS_MemFreeNodeShow(VOID *pool);

/* Prints a line for each used block. */
VOID LOS_MemUsedNodeShow(VOID *pool);

/*
 * Verifies the whole pool, and prints what is broken. In LiteOS without the integrity check always
 * LOS_OK; in LiteOS-M that switch adds a check before every operation.
 */
UINT32 LOS_MemIntegrityCheck(const VOID *pool);

/* ---- Who holds what ---- */

#if LITEPOOL_OWNERS
/* The task that allocated the block in which `ptr` lies; OS_INVALID if there is no such block, or no task did. */
UINT32 LOS_MemTaskIdGet(const VOID *ptr);
#endif

#if LITEPOOL_TASK_STAT
/* Bytes that a task holds in all pools, headers included; OS_NULL_INT if the figures of a pool
   can't be true. */
UINT32 OsMemTaskUsage(UINT32 taskId);

/* A task has ended: what it still holds belongs to no task from now on. */
VOID OsMemTaskClear(UINT32 taskId);
#endif

#if LITEPOOL_FREE_BY_TASKID
/* Frees all that a task holds in a pool, save blocks with a live pool in them. LOS_NOK if there is no pool. */
UINT32 LOS_MemFreeByTaskID(VOID *pool, UINT32 taskID);
#endif

#if LITEPOOL_MUL_MODULE
/*
 * The functions of the same names for a module, 0 to 0x20. A block belongs to the module that allocated it, whoever frees or
 * resizes it.
 */
VOID *LOS_MemMalloc(VOID *pool, UINT32 size, UINT32 moduleId);
VOID *LOS_MemMallocAlign(VOID *pool, UINT32 size, UINT32 boundary, UINT32 moduleId);
VOID *LOS_MemMrealloc(VOID *pool, VOID *ptr, UINT32 size, UINT32 moduleId);
UINT32 LOS_MemMfree(VOID *pool, VOID *ptr, UINT32 moduleId);

/* Bytes that a module holds in all pools, headers included; OS_NULL_INT for a number that is too
   large, and likewise. */
UINT32 LOS_MemMusedGet(UINT32 moduleId);
#endif

/* ---- What an address has left: node size check ---- */

#define LOS_MEM_CHECK_LEVEL_LOW 0        /* an address has to be a block's start */
#define LOS_MEM_CHECK_LEVEL_HIGH 1       /* an address may be anywhere in a block */
#define LOS_MEM_CHECK_LEVEL_DISABLE 0xff /* nothing is checked: as it is at first */

#define LOS_ERRNO_MEMCHECK_PARA_NULL ((UINT32)0x02000101)
#define LOS_ERRNO_MEMCHECK_OUTSIDE ((UINT32)0x02000102)
#define LOS_ERRNO_MEMCHECK_NO_HEAD ((UINT32)0x02000103)
#define LOS_ERRNO_MEMCHECK_WRONG_LEVEL ((UINT32)0x02000104)
#define LOS_ERRNO_MEMCHECK_DISABLED ((UINT32)0x02000105)

#if LITEPOOL_NODE_SIZE_CHECK
/* The payload size of the block at `ptr`, and what is left of it from `ptr` on. */
UINT32 LOS_MemNodeSizeCheck(VOID *pool, VOID *ptr, UINT32 *totalSize, UINT32 *availSize);

/* The level for all pools. */
UINT32 LOS_MemCheckLevelSet(UINT8 checkLevel);
UINT8 LOS_MemCheckLevelGet(VOID);
#endif

/* ---- The slab ---- */

#if LITEPOOL_SLAB
/*
 * Bytes that each class (16, 32, 64, 128) of the next pool begins with; less than 512 is 512. `cnt` is 4, or nothing happens.
 * A pool that was made sets it back.
 */
VOID LOS_SlabSizeCfg(UINT32 *cfg, UINT32 cnt);
#endif

#ifdef __cplusplus
}
#endif

#endif /* _LOS_MEMORY_H */

#endif
