/* The port for LiteOS-M beside headers of the kernel's names. */
#include <string.h>

#include "los_interrupt.h"
#include "los_memory.h"

VOID OsTaskMemUsed(VOID *pool, UINT32 *buf, UINT32 count);
UINT32 OsMemExcInfoGet(UINT32 count, MemInfoCB *info);

static UINT32 masked;

UINT32 LOS_IntLock(VOID)
{
    return masked++;
}

VOID LOS_IntRestore(UINT32 intSave)
{
    masked = intSave;
}

UINT32 LOS_CurTaskIDGet(VOID)
{
    return 2;
}

int main(void)
{
    UINT32 held[4] = { 0, 0, 0, 0 };
    MemInfoCB info;
    UINT8 *block, *next;
    UINT32 *number;

    if (OsMemSystemInit() != LOS_OK || LOS_MemPoolSizeGet(m_aucSysMem0) != LOSCFG_SYS_HEAP_SIZE) {
        return 1;
    }
    number = LOS_MemAlloc(OS_SYS_MEM_ADDR, 4);
    *number = 828;
    if (LOS_MemFree(OS_SYS_MEM_ADDR, number) != LOS_OK || OsMemExcInfoGet(1, &info) != 0 || OsMemExcInfoGet(0, &info) != 0) {
        return 2;
    }
    block = LOS_MemAlloc(m_aucSysMem0, 100);
    OsTaskMemUsed(m_aucSysMem0, held, 4);
    if (held[2] != LOS_MemTotalUsedGet(m_aucSysMem0) || held[0] + held[1] + held[3] != 0) {
        return 8;
    }
    next = LOS_MemAlloc(m_aucSysMem0, 100);
    memset(block, 0xFF, (size_t)(next - block));
    if (OsMemExcInfoGet(1, NULL) != 0 || OsMemExcInfoGet(1, &info) != 1) {
        return 3;
    }
    if (info.type != MEM_MANG_MEMORY || info.startAddr != (UINTPTR)m_aucSysMem0 || info.size != LOSCFG_SYS_HEAP_SIZE || info.blockSize == 0) {
        return 4;
    }
    if (info.errorAddr != (UINTPTR)block && info.errorAddr != (UINTPTR)next) {
        return 5;
    }
    OsTaskMemUsed(m_aucSysMem0, held, 4);
    if (info.errorAddr == (UINTPTR)block && info.errorOwner != 2 && info.errorOwner != OS_INVALID) {
        return 7;
    }
    (VOID)LOS_MemPoolList();
    return masked == 0 ? 0 : 6;
}
