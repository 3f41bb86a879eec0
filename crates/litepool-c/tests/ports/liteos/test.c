/* The port for LiteOS beside headers with the kernel's facts, for one processor and for several. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "los_config.h"
#include "los_hwi.h"
#include "los_spinlock.h"
/* In a kernel this is the second one: the kernel's own came with los_task.h, and its declarations
   stand. */
#include "los_memory.h"
#include "litepool.h"

UINT32 OsMemSystemInit(UINTPTR memStart);
VOID OsMemIntegrityMultiCheck(VOID);

static UINT32 masked, mistakes, taken, hooked;
static char text[1024];

UINT32 LOS_IntLock(VOID)
{
    return masked++;
}

VOID LOS_IntRestore(UINT32 intSave)
{
    masked = intSave;
}

size_t IntActive(VOID)
{
    return 0;
}

/* A spin lock that hangs is a mistake here. */
VOID LOS_SpinLock(SPIN_LOCK_S *lock)
{
    mistakes += lock->rawLock != 0 || masked == 0;
    lock->rawLock = 1;
    taken++;
}

VOID LOS_SpinUnlock(SPIN_LOCK_S *lock)
{
    mistakes += lock->rawLock != 1 || masked == 0;
    lock->rawLock = 0;
}

UINT32 ArchCurrCpuid(VOID)
{
    return 1;
}

#if LITEPOOL_RECORD
static UINT64 ticks;

UINT64 LOS_TickCountGet(VOID)
{
    return ticks++;
}
#endif

UINT32 LOS_CurTaskIDGet(VOID)
{
    return 2;
}

/* The kernel's, in place of the one that a desk has. */
INT32 dprintf(const CHAR *fmt, ...)
{
    va_list arguments;
    size_t length = strlen(text);
    INT32 printed;

    mistakes += masked != 0;
    va_start(arguments, fmt);
    printed = vsnprintf(text + length, sizeof text - length, fmt, arguments);
    va_end(arguments);
    return printed;
}

static VOID hook(VOID)
{
    hooked++;
}

/* The image ends here; the memory behind it is the heap's. */
static UINTPTR memory[4096];

int main(void)
{
    UINTPTR start = (UINTPTR)memory + 2;
    VOID *block;
    UINT32 size;

    g_sys_mem_addr_end = (UINTPTR)memory + sizeof memory;
    if (LOS_NOK != 1 || OsMemSystemInit(start) != LOS_OK || m_aucSysMem1 != m_aucSysMem0) {
        return 1;
    }
    size = LOS_MemPoolSizeGet(OS_SYS_MEM_ADDR);
    if (size > sizeof memory || size + 2 * LITEPOOL_GRANULE < OS_SYS_MEM_SIZE) {
        return 2;
    }
    block = LOS_MemAlloc(m_aucSysMem1, 100);
    if (LOS_MemFree(m_aucSysMem1, block) != LOS_OK || LOS_MemPoolList() != 1) {
        return 3;
    }
#ifdef LOSCFG_KERNEL_SMP
    mistakes += taken == 0;
#endif
    text[0] = 0;
    if (LOS_MemFree(m_aucSysMem1, block) != LOS_NOK || strstr(text, "[ERR] ") != text || strstr(text, "is not freed") == NULL) {
        return 5;
    }
    text[0] = 0;
    if (LOS_MemAlloc(m_aucSysMem1, 0x100000) != NULL || strstr(text, "no room for 1048576 bytes") == NULL) {
        return 6;
    }
    /* The command memcheck tells of each pool. */
    text[0] = 0;
    OsMemIntegrityMultiCheck();
    if (strstr(text, "all passed!") == NULL) {
        return 7;
    }
    g_MALLOC_HOOK = hook;
    block = LOS_MemAlloc(m_aucSysMem1, 100);
    if (block == NULL || hooked != LITEPOOL_HOOKS) {
        return 8;
    }
#if LITEPOOL_RECORD
    if (litepool_record_read(text, sizeof text) == 0 || ticks == 0) {
        return 9;
    }
#endif
    return mistakes == 0 && masked == 0 ? 0 : 4;
}
