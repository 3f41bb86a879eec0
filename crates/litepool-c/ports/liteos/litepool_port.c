/*
 * The port for LiteOS 5.0, against the kernel's own headers: the lock, also for several processors,
 * printing, hooks, the system pools, and what the kernel's shell and exception handler ask. It
 * compiles beside the kernel's los_memory.h, which the kernel's los_task.h brings, and beside
 * litepool's.
 *
 * LITEPOOL_REPORT 0 keeps refused requests silent; else each is a line, as an error (PRINT_ERR).
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "los_config.h"
#include "los_hwi.h"
#include "los_memory.h"
#include "los_printf.h"
#include "los_task.h"
#include "los_tick.h"
#ifdef LOSCFG_KERNEL_SMP
#include "los_spinlock.h"
#endif

#include "litepool.h"
#include "litepool_port.h"

#ifdef LOSCFG_KERNEL_RUNSTOP
#error "LOSCFG_KERNEL_RUNSTOP writes into the kernel's own heap, and knows nothing of litepool's blocks: switch it off"
#endif

#ifndef LITEPOOL_REPORT
#define LITEPOOL_REPORT 1
#endif

/* ---- the lock ---- */

#ifdef LOSCFG_KERNEL_SMP
/* A spin lock that its processor may take again: only the outermost call waits, and interrupts are off all the time. */
static SPIN_LOCK_INIT(heapLock);
static volatile UINT32 holder = (UINT32)-1;
static UINT32 depth;

UINTPTR litepool_port_lock(VOID)
{
    UINT32 state = LOS_IntLock();
    UINT32 processor = ArchCurrCpuid();

    /* Nobody else writes our own number there. */
    if (holder != processor) {
        LOS_SpinLock(&heapLock);
        holder = processor;
    }
    depth++;
    return state;
}

VOID litepool_port_unlock(UINTPTR state)
{
    depth--;
    if (depth == 0) {
        holder = (UINT32)-1;
        LOS_SpinUnlock(&heapLock);
    }
    LOS_IntRestore((UINT32)state);
}
#else
UINTPTR litepool_port_lock(VOID)
{
    return LOS_IntLock();
}

VOID litepool_port_unlock(UINTPTR state)
{
    LOS_IntRestore((UINT32)state);
}
#endif

VOID litepool_port_print(const char *text)
{
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
    /* Before the scheduler runs LiteOS answers with the number of an error. */
    return task < 0xFFFE ? task : LITEPOOL_NO_TASK;
}
#endif

#if LITEPOOL_RECORD_CLOCK
/* The recorder's clock: the kernel's ticks, or LITEPOOL_TICKS(). */
#ifndef LITEPOOL_TICKS
#define LITEPOOL_TICKS() LOS_TickCountGet()
#define LITEPOOL_TICKS_PER_SECOND LOSCFG_BASE_CORE_TICK_PER_SECOND
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

/* The kernel has one hook, for an allocation. */
VOID (*g_MALLOC_HOOK)(VOID) = NULL;

#if LITEPOOL_HOOKS
VOID litepool_port_hook(const LitepoolEvent *event)
{
    if ((event->kind == LITEPOOL_EVENT_ALLOC || event->kind == LITEPOOL_EVENT_ALLOCALIGN) &&
        g_MALLOC_HOOK != NULL) {
        g_MALLOC_HOOK();
    }
}
#endif

#if LITEPOOL_LEAKCHECK || LITEPOOL_RECORD_DEPTH > 0
/* LITEPOOL_CALLERS(sites, count) puts the board's back trace there; without it blocks remember no
   callers. */
VOID litepool_port_callers(UINT32 *sites, UINT32 count)
{
#ifdef LITEPOOL_CALLERS
    LITEPOOL_CALLERS(sites, count);
#else
    (VOID)sites;
    (VOID)count;
#endif
}
#endif

/* ---- what the shell and the exception handler ask ---- */

VOID OsMemIntegrityMultiCheck(VOID);

/* The command memcheck, and after an exception. */
VOID OsMemIntegrityMultiCheck(VOID)
{
    VOID *pool;

    for (pool = litepool_next_pool(NULL); pool != NULL; pool = litepool_next_pool(pool)) {
        if (LOS_MemIntegrityCheck(pool) == LOS_OK) {
            PRINTK("pool %p: memcheck over, all passed!\n", pool);
        }
    }
}

#ifdef LOSCFG_MEM_LEAKCHECK
VOID OsMemUsedNodeShow(VOID *pool);

/* The command memused. */
VOID OsMemUsedNodeShow(VOID *pool)
{
    LOS_MemUsedNodeShow(pool);
}
#endif

/* ---- the system pools: one and the same, unless what survives an exception has its own ---- */

UINT8 *m_aucSysMem0 = NULL;
UINT8 *m_aucSysMem1 = NULL;

/* A board's main says where its memory ends, before the kernel's data are set to 0. */
__attribute__((section(".data.init"))) UINTPTR g_sys_mem_addr_end;
__attribute__((section(".data.init"))) UINTPTR g_excInteractMemSize = 0;

/* Whole granules of the memory at `start`, which need not stand on one. */
static UINT32 makePool(UINT8 **pool, UINTPTR start, UINTPTR size)
{
    UINTPTR skipped = (LITEPOOL_GRANULE - start % LITEPOOL_GRANULE) % LITEPOOL_GRANULE;

    *pool = (UINT8 *)(start + skipped);
    size -= skipped;
    return LOS_MemInit(*pool, (UINT32)(size - size % LITEPOOL_GRANULE));
}

#ifdef LOSCFG_EXC_INTERACTION
UINT32 OsMemExcInteractionInit(UINTPTR memStart);

/* Before OsMemSystemInit. */
UINT32 OsMemExcInteractionInit(UINTPTR memStart)
{
    g_excInteractMemSize = EXC_INTERACT_MEM_SIZE;
    return makePool(&m_aucSysMem0, memStart, g_excInteractMemSize);
}
#endif

UINT32 OsMemSystemInit(UINTPTR memStart);

/* The kernel calls this with the first byte behind the image, before there is any task. */
UINT32 OsMemSystemInit(UINTPTR memStart)
{
    UINT32 made = makePool(&m_aucSysMem1, memStart, OS_SYS_MEM_SIZE);

#ifndef LOSCFG_EXC_INTERACTION
    m_aucSysMem0 = m_aucSysMem1;
#endif
    return made;
}
