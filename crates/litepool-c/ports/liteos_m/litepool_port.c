/*
 * The port for LiteOS-M, against the kernel's own headers: the lock, printing, the system pool, and what the kernel's
 * exception handler and task list ask of the heap.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "los_config.h"
#include "los_debug.h"
#include "los_interrupt.h"
#include "los_memory.h"

/* The library's own declarations, whichever los_memory.h the kernel is built with. */
#include "litepool_port.h"

/* ---- the lock and printing ---- */

UINTPTR litepool_port_lock(VOID)
{
    return LOS_IntLock();
}

VOID litepool_port_unlock(UINTPTR state)
{
    LOS_IntRestore((UINT32)state);
}

VOID litepool_port_print(const char *text)
{
    PRINTK("%s", text);
}

/* ---- the system pool ---- */

UINT8 *m_aucSysMem0 = NULL;

#if !defined(LOSCFG_SYS_EXTERNAL_HEAP) || (LOSCFG_SYS_EXTERNAL_HEAP == 0)
/* Of words, so that it stands on their boundary. */
static UINTPTR systemHeap[LOSCFG_SYS_HEAP_SIZE / sizeof(UINTPTR)];
#endif

/* The kernel calls this before there is any task. */
UINT32 OsMemSystemInit(VOID)
{
#if !defined(LOSCFG_SYS_EXTERNAL_HEAP) || (LOSCFG_SYS_EXTERNAL_HEAP == 0)
    m_aucSysMem0 = (UINT8 *)systemHeap;
    return LOS_MemInit(m_aucSysMem0, (UINT32)sizeof systemHeap);
#else
    m_aucSysMem0 = (UINT8 *)LOSCFG_SYS_HEAP_ADDR;
    return LOS_MemInit(m_aucSysMem0, LOSCFG_SYS_HEAP_SIZE);
#endif
}

/* ---- what the exception handler asks ---- */

#if defined(LOSCFG_PLATFORM_EXC) && (LOSCFG_PLATFORM_EXC == 1)

static VOID countBlock(const LitepoolBlock *block, VOID *count)
{
    (VOID)block;
    (*(UINT32 *)count)++;
}

/* Describes the broken ones of the system's pools in `info`, which has room for `count`; returns how many they are. */
UINT32 OsMemExcInfoGet(UINT32 count, MemInfoCB *info)
{
    static const MemInfoCB nothing;
    LitepoolDamage damage;
    UINT32 blocks = 0;

    if (count == 0 || info == NULL || m_aucSysMem0 == NULL || litepool_check(m_aucSysMem0, &damage) == LOS_OK) {
        return 0;
    }
    (VOID)litepool_for_each_block(m_aucSysMem0, countBlock, &blocks);
    *info = nothing;
    info->type = MEM_MANG_MEMORY;
    info->startAddr = (UINTPTR)m_aucSysMem0;
    info->size = LOS_MemPoolSizeGet(m_aucSysMem0);
    info->free = info->size - LOS_MemTotalUsedGet(m_aucSysMem0);
    info->blockSize = blocks;
    info->errorAddr = (UINTPTR)(damage.block != NULL ? damage.block : m_aucSysMem0);
    info->errorLen = litepool_usable_size(m_aucSysMem0, damage.block);
    info->errorOwner = (UINT32)-1;
    return 1;
}
#endif
