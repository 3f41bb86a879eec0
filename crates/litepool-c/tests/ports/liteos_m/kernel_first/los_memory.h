/* Stands for the kernel's own header (kernel/include/los_memory.h), found before litepool's: its
   guard and declarations. */
#ifndef _LOS_MEMORY_H
#define _LOS_MEMORY_H

#include "los_config.h"
#include "los_list.h"
#include "los_debug.h"

#ifdef __cplusplus
extern "C" {
#endif

#if (LOSCFG_PLATFORM_EXC == 1)
UINT32 OsMemExcInfoGet(UINT32 memNumMax, MemInfoCB *memExcInfo);
#endif

#define OS_SYS_MEM_ADDR LOSCFG_SYS_HEAP_ADDR

#if (LOSCFG_MEM_LEAKCHECK == 1)
extern VOID LOS_MemUsedNodeShow(VOID *pool);
#endif
#if (LOSCFG_MEM_MUL_POOL == 1)
extern UINT32 LOS_MemDeInit(VOID *pool);
extern UINT32 LOS_MemPoolList(VOID);
#endif
#if (LOSCFG_MEM_FREE_BY_TASKID == 1)
extern UINT32 LOS_MemFreeByTaskID(VOID *pool, UINT32 taskID);
#endif
#if (LOSCFG_MEM_MUL_REGIONS == 1)
typedef struct {
    VOID *startAddress;
    UINT32 length;
} LosMemRegion;
extern UINT32 LOS_MemRegionsAdd(VOID *pool, const LosMemRegion * const memRegions, UINT32 memRegionCount);
#endif

typedef struct {
    UINT32 totalUsedSize;
    UINT32 totalFreeSize;
    UINT32 maxFreeNodeSize;
    UINT32 usedNodeNum;
    UINT32 freeNodeNum;
#if (LOSCFG_MEM_WATERLINE == 1)
    UINT32 usageWaterLine;
#endif
} LOS_MEM_POOL_STATUS;

extern UINT32 LOS_MemInit(VOID *pool, UINT32 size);
extern VOID *LOS_MemAlloc(VOID *pool, UINT32 size);
extern UINT32 LOS_MemFree(VOID *pool, VOID *ptr);
extern VOID *LOS_MemRealloc(VOID *pool, VOID *ptr, UINT32 size);
extern VOID *LOS_MemAllocAlign(VOID *pool, UINT32 size, UINT32 boundary);
extern UINT32 LOS_MemPoolSizeGet(const VOID *pool);
extern UINT32 LOS_MemTotalUsedGet(VOID *pool);
extern UINT32 LOS_MemInfoGet(VOID *pool, LOS_MEM_POOL_STATUS *poolStatus);
extern UINT32 LOS_MemFreeNodeShow(VOID *pool);
extern UINT32 LOS_MemIntegrityCheck(const VOID *pool);
extern VOID LOS_MemUnlockEnable(VOID *pool);
extern UINT32 OsMemSystemInit(VOID);
extern VOID OsTaskMemUsed(VOID *pool, UINT32 *tskMemInfoBuf, UINT32 tskMemInfoCnt);

#ifdef __cplusplus
}
#endif

#endif
