/*
 * Stands for the kernel's own header (kernel/include/los_memory.h). The kernel's los_task.h, which
 * stands beside it, brings this one, whatever directory comes first: so in a kernel it is the usual
 * one.
 */
#ifndef _LOS_MEMORY_H
#define _LOS_MEMORY_H

#include "los_config.h"
#include "los_base.h"
#include "los_membox.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef VOID (*MALLOC_HOOK)(VOID);
extern MALLOC_HOOK g_MALLOC_HOOK;
extern UINT8 *m_aucSysMem0;
extern UINT8 *m_aucSysMem1;
extern UINTPTR g_sys_mem_addr_end;
extern UINTPTR g_excInteractMemSize;

#ifdef LOSCFG_MEM_MUL_MODULE
extern VOID *LOS_MemMalloc(VOID *pool, UINT32 size, UINT32 moduleId);
extern VOID *LOS_MemMallocAlign(VOID *pool, UINT32 size, UINT32 boundary, UINT32 moduleId);
extern UINT32 LOS_MemMfree(VOID *pool, VOID *ptr, UINT32 moduleId);
extern VOID *LOS_MemMrealloc(VOID *pool, VOID *ptr, UINT32 size, UINT32 moduleId);
extern UINT32 LOS_MemMusedGet(UINT32 moduleId);
#endif
#ifdef LOSCFG_MEM_MUL_POOL
extern UINT32 LOS_MemDeInit(VOID *pool);
extern UINT32 LOS_MemPoolList(VOID);
#endif

typedef struct {
    UINT32 uwTotalUsedSize;
    UINT32 uwTotalFreeSize;
    UINT32 uwMaxFreeNodeSize;
    UINT32 uwUsedNodeNum;
    UINT32 uwFreeNodeNum;
#ifdef LOSCFG_MEM_TASK_STAT
    UINT32 uwUsageWaterLine;
#endif
} LOS_MEM_POOL_STATUS;

extern UINT32 LOS_MemInit(VOID *pool, UINT32 size);
extern VOID *LOS_MemAlloc(VOID *pool, UINT32 size);
extern UINT32 LOS_MemFree(VOID *pool, VOID *ptr);
extern VOID *LOS_MemRealloc(VOID *pool, VOID *ptr, UINT32 size);
extern VOID *LOS_MemAllocAlign(VOID *pool, UINT32 size, UINT32 boundary);
extern UINT32 LOS_MemPoolSizeGet(const VOID *pool);
extern UINT32 LOS_MemTotalUsedGet(VOID *pool);
extern UINT32 LOS_MemFreeBlksGet(VOID *pool);
extern UINT32 LOS_MemUsedBlksGet(VOID *pool);
extern UINT32 LOS_MemTaskIdGet(const VOID *ptr);
extern UINTPTR LOS_MemLastUsedGet(VOID *pool);
extern UINT32 LOS_MemInfoGet(VOID *pool, LOS_MEM_POOL_STATUS *poolStatus);
extern UINT32 LOS_MemFreeNodeShow(VOID *pool);
extern UINT32 LOS_MemIntegrityCheck(VOID *pool);
extern UINT32 LOS_MemNodeSizeCheck(VOID *pool, VOID *ptr, UINT32 *totalSize, UINT32 *availSize);
extern UINT32 LOS_MemCheckLevelSet(UINT8 checkLevel);
extern UINT8 LOS_MemCheckLevelGet(VOID);

#ifdef __cplusplus
}
#endif

#endif
