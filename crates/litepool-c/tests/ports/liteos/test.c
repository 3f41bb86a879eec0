/* The port for LiteOS beside headers of the kernel's names, for one processor and for several. */
#include "los_config.h"
#include "los_hw_cpu.h"
#include "los_hwi.h"
#include "los_memory.h"
#include "los_spinlock.h"

static UINT32 masked, mistakes, taken;

UINT32 LOS_IntLock(VOID)
{
    return masked++;
}

VOID LOS_IntRestore(UINT32 intSave)
{
    masked = intSave;
}

/* A spin lock that hangs is a mistake here. */
VOID LOS_SpinLock(SPIN_LOCK_S *lock)
{
    mistakes += lock->held != 0 || masked == 0;
    lock->held = 1;
    taken++;
}

VOID LOS_SpinUnlock(SPIN_LOCK_S *lock)
{
    mistakes += lock->held != 1 || masked == 0;
    lock->held = 0;
}

UINT32 ArchCurrCpuid(VOID)
{
    return 1;
}

UINT32 LOS_CurTaskIDGet(VOID)
{
    return 2;
}

int main(void)
{
    static UINTPTR memory[(OS_SYS_MEM_SIZE + 16) / sizeof(UINTPTR)];
    VOID *block;

    if (OsMemSystemInit((UINTPTR)memory + 2) != LOS_OK || m_aucSysMem1 != m_aucSysMem0) {
        return 1;
    }
    block = LOS_MemAlloc(m_aucSysMem1, 100);
    if (block == NULL || LOS_MemPoolSizeGet(OS_SYS_MEM_ADDR) + 2 * sizeof(UINTPTR) < OS_SYS_MEM_SIZE) {
        return 2;
    }
    if (LOS_MemFree(m_aucSysMem1, block) != LOS_OK || LOS_MemPoolList() != 1) {
        return 3;
    }
#ifdef LOSCFG_KERNEL_SMP
    mistakes += taken == 0;
#endif
    return mistakes == 0 && masked == 0 ? 0 : 4;
}
