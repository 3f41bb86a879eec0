/*
 * The port for LiteOS 5.0, against the kernel's own headers: the lock, also for several processors, printing, and the
 * system pools.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "los_config.h"
#include "los_hwi.h"
#include "los_memory.h"
#include "los_printf.h"
#include "los_task.h"
#ifdef LOSCFG_KERNEL_SMP
#include "los_hw_cpu.h"
#include "los_spinlock.h"
#endif

#include "litepool_port.h"

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

#if LITEPOOL_OWNERS
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

/* ---- the system pools: one and the same, unless the product gives the first one memory of its own ---- */

UINT8 *m_aucSysMem0 = NULL;
UINT8 *m_aucSysMem1 = NULL;

/* The kernel calls this with the first byte behind the image, before there is any task. */
UINT32 OsMemSystemInit(UINTPTR memStart)
{
    /* The granule is a word, and what the kernel counts from the start need not be whole ones. */
    UINTPTR skipped = (sizeof(UINTPTR) - memStart % sizeof(UINTPTR)) % sizeof(UINTPTR);
    UINT32 size = (UINT32)(OS_SYS_MEM_SIZE - skipped);

    m_aucSysMem1 = (UINT8 *)(memStart + skipped);
    m_aucSysMem0 = m_aucSysMem1;
    return LOS_MemInit(m_aucSysMem1, size - size % (UINT32)sizeof(UINTPTR));
}
