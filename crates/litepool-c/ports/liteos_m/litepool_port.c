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
#include "los_task.h"
#if LITEPOOL_HOOKS
#include "los_hook.h"
#endif

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

UINT32 litepool_port_task(VOID)
{
    UINT32 task;

    if (OS_INT_ACTIVE) {
        return LITEPOOL_IN_INTERRUPT;
    }
    task = LOS_CurTaskIDGet();
    /* Before the scheduler runs there is no task, which LiteOS-M says with a number of an error. */
    return task < 0xFFFE ? task : LITEPOOL_NO_TASK;
}

#if LITEPOOL_LEAKCHECK
/* The kernel's own back trace, where it has one. */
VOID litepool_port_callers(UINT32 *sites, UINT32 count)
{
#if defined(LOSCFG_BACKTRACE_TYPE) && (LOSCFG_BACKTRACE_TYPE != 0)
    UINTPTR callers[LOSCFG_BACKTRACE_DEPTH] = { 0 };
    UINT32 index;

    LOS_RecordLR(callers, LOSCFG_BACKTRACE_DEPTH, LOSCFG_BACKTRACE_DEPTH, 0);
    for (index = 0; index < count && index < LOSCFG_BACKTRACE_DEPTH; index++) {
        sites[index] = (UINT32)callers[index];
    }
#else
    (VOID)sites;
    (VOID)count;
#endif
}
#endif

#if LITEPOOL_HOOKS
/* The kernel's hooks, of which a heap has six. */
VOID litepool_port_hook(const LitepoolEvent *event)
{
    VOID *pool = (VOID *)event->pool, *block = (VOID *)event->block;

    switch (event->kind) {
    case LITEPOOL_EVENT_INIT:
        OsHookCall(LOS_HOOK_TYPE_MEM_INIT, pool, event->size);
        break;
    case LITEPOOL_EVENT_DEINIT:
        OsHookCall(LOS_HOOK_TYPE_MEM_DEINIT, pool);
        break;
    case LITEPOOL_EVENT_ALLOC:
        OsHookCall(LOS_HOOK_TYPE_MEM_ALLOC, pool, block, event->size);
        break;
    case LITEPOOL_EVENT_ALLOCALIGN:
        OsHookCall(LOS_HOOK_TYPE_MEM_ALLOCALIGN, pool, block, event->size, event->boundary);
        break;
    case LITEPOOL_EVENT_FREE:
        OsHookCall(LOS_HOOK_TYPE_MEM_FREE, pool, block);
        break;
    case LITEPOOL_EVENT_REALLOC:
        OsHookCall(LOS_HOOK_TYPE_MEM_REALLOC, pool, block, event->size);
        break;
    default:
        break;
    }
}
#endif

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
#if LITEPOOL_OWNERS
    info->errorOwner = LOS_MemTaskIdGet(damage.block);
#else
    info->errorOwner = OS_INVALID;
#endif
    return 1;
}
#endif

/* ---- what the list of tasks asks ---- */

#if defined(LOSCFG_TASK_MEM_USED) && (LOSCFG_TASK_MEM_USED == 1)
struct Usage {
    UINT32 *bytes;
    UINT32 count;
};

static VOID addToTask(const LitepoolBlock *block, VOID *context)
{
    struct Usage *usage = context;

    if (block->isUsed != 0 && block->task < usage->count) {
        usage->bytes[block->task] += block->size;
    }
}

/* Adds what each task holds in `pool` to `buf`, which has a place for `count` of them. */
VOID OsTaskMemUsed(VOID *pool, UINT32 *buf, UINT32 count)
{
    struct Usage usage;

    usage.bytes = buf;
    usage.count = count;
    if (buf != NULL) {
        (VOID)litepool_for_each_block(pool, addToTask, &usage);
    }
}
#endif
