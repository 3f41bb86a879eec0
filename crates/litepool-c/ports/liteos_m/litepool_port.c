/*
 * The port for LiteOS-M, against the kernel's own headers: the lock, printing, hooks, the system
 * pool, and what the kernel's exception handler and task list ask of the heap. It compiles beside
 * the kernel's los_memory.h and beside litepool's.
 *
 * LITEPOOL_REPORT 0 keeps refused requests silent; else each is a line, as an error (PRINT_ERR).
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "los_config.h"
#include "los_debug.h"
#include "los_hook.h"
#include "los_interrupt.h"
#include "los_memory.h"
#include "los_task.h"
#include "los_tick.h"
#if (LOSCFG_KERNEL_LMK == 1)
#include "los_lmk.h"
#endif

#include "litepool.h"
#include "litepool_port.h"

#ifndef LITEPOOL_REPORT
#define LITEPOOL_REPORT 1
#endif

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
    (VOID)text;
    PRINTK("%s", text);
}

#if LITEPOOL_OWNERS || LITEPOOL_RECORD
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
#endif

#if LITEPOOL_LEAKCHECK || LITEPOOL_RECORD_DEPTH > 0
/* The kernel's own back trace, where it has one. */
VOID litepool_port_callers(UINT32 *sites, UINT32 count)
{
#if (LOSCFG_KERNEL_BACKTRACE == 1)
    UINTPTR callers[LOSCFG_MEM_RECORD_LR_CNT] = { 0 };
    UINT32 index;

    OsBackTraceHookCall(callers, LOSCFG_MEM_RECORD_LR_CNT, LOSCFG_MEM_OMIT_LR_CNT, 0);
    for (index = 0; index < count && index < LOSCFG_MEM_RECORD_LR_CNT; index++) {
        sites[index] = (UINT32)callers[index];
    }
#else
    (VOID)sites;
    (VOID)count;
#endif
}
#endif

#if LITEPOOL_RECORD_CLOCK
/* The recorder's clock: the kernel's cycles, or LITEPOOL_TICKS(). */
#ifndef LITEPOOL_TICKS
#define LITEPOOL_TICKS() LOS_SysCycleGet()
#define LITEPOOL_TICKS_PER_SECOND OS_SYS_CLOCK
#endif

UINT32 litepool_port_ticks(VOID)
{
    return (UINT32)LITEPOOL_TICKS();
}

UINT32 litepool_port_ticks_per_second(VOID)
{
    return (UINT32)LITEPOOL_TICKS_PER_SECOND;
}
#endif

/* ---- what is told ---- */

UINT32 litepool_port_refused(const LitepoolEvent *event)
{
#if (LOSCFG_KERNEL_LMK == 1)
    /* Whoever may be killed for memory is, once. That makes no room in what is no pool. */
    if (event->kind == LITEPOOL_EVENT_NO_ROOM && LOS_MemPoolSizeGet(event->pool) != LOS_NOK &&
        LOS_LmkTasksKill() == LOS_OK) {
        return 1;
    }
#endif
#if LITEPOOL_REPORT
    switch (event->kind) {
        case LITEPOOL_EVENT_NO_ROOM:
            PRINT_ERR("pool %p: no room for %u bytes\n", event->pool, event->size);
            break;
        case LITEPOOL_EVENT_NOT_FREED:
            PRINT_ERR("pool %p: %p is not freed: no used block, or corrupt\n", event->pool,
                      event->block);
            break;
        default:
            PRINT_ERR("pool %p: %p is not resized: no used block, or corrupt\n", event->pool,
                      event->block);
            break;
    }
#endif
    (VOID)event;
    return 0;
}

#if LITEPOOL_HOOKS
/* The kernel's hooks, of which a heap has six. In a kernel without hooks nothing is left of the
   calls. */
VOID litepool_port_hook(const LitepoolEvent *event)
{
    VOID *pool = (VOID *)event->pool;
    VOID *block = (VOID *)event->block;

    (VOID)pool;
    (VOID)block;
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

#if (LOSCFG_SYS_EXTERNAL_HEAP == 0)
/* Of two words each, so that it is whole granules of either size, and stands on their boundary. */
static UINT64 systemHeap[LOSCFG_SYS_HEAP_SIZE / sizeof(UINT64)];
#endif

/* The kernel calls this before there is any task. */
UINT32 OsMemSystemInit(VOID)
{
#if (LOSCFG_SYS_EXTERNAL_HEAP == 0)
    m_aucSysMem0 = (UINT8 *)systemHeap;
    return LOS_MemInit(m_aucSysMem0, (UINT32)sizeof systemHeap);
#else
    m_aucSysMem0 = (UINT8 *)(LOSCFG_SYS_HEAP_ADDR);
    return LOS_MemInit(m_aucSysMem0, (UINT32)(LOSCFG_SYS_HEAP_SIZE));
#endif
}

/* ---- what the exception handler asks ---- */

#if (LOSCFG_PLATFORM_EXC == 1)
static VOID countBlock(const LitepoolBlock *block, VOID *count)
{
    (VOID)block;
    (*(UINT32 *)count)++;
}

/* A pool's figures, and if it is broken the block that was most likely written beyond. */
static VOID describePool(VOID *pool, MemInfoCB *info)
{
    static const MemInfoCB nothing;
    UINT32 size = LOS_MemPoolSizeGet(pool);
    UINT32 used = LOS_MemTotalUsedGet(pool);
    UINT32 blocks = 0;
    LitepoolDamage damage;

    *info = nothing;
    info->type = MEM_MANG_MEMORY;
    info->startAddr = (UINTPTR)pool;
    /* Those of a damaged control block are none. */
    if (size != LOS_NOK && used != LOS_NOK) {
        info->size = size;
        info->free = size - used;
    }
    (VOID)litepool_for_each_block(pool, countBlock, &blocks);
    info->blockSize = blocks;
    if (litepool_check(pool, &damage) == LOS_OK) {
        return;
    }
    info->errorOwner = OS_TASK_ERRORID;
    if (damage.suspect.address != NULL) {
        info->errorAddr = (UINTPTR)damage.suspect.address;
        info->errorLen = damage.suspect.available;
        if (damage.suspect.task <= LOSCFG_BASE_CORE_TSK_LIMIT) {
            info->errorOwner = damage.suspect.task;
        }
    } else {
        info->errorAddr = (UINTPTR)(damage.block != NULL ? damage.block : pool);
    }
}

/* Describes up to `count` pools in `info`; returns how many. */
UINT32 OsMemExcInfoGet(UINT32 count, MemInfoCB *info)
{
    VOID *pool = litepool_next_pool(NULL);
    UINT32 described = 0;

    if (info == NULL) {
        return 0;
    }
    while (pool != NULL && described < count) {
        describePool(pool, &info[described]);
        described++;
        pool = litepool_next_pool(pool);
    }
    return described;
}
#endif

/* ---- what the list of tasks asks ---- */

#if (LOSCFG_TASK_MEM_USED == 1)
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
