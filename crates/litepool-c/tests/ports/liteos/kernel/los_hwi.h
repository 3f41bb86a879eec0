/* Stands for the kernel's headers (kernel/include/los_hwi.h, arch/cpu.h). */
#ifndef _LOS_HWI_H
#define _LOS_HWI_H

#include "los_base.h"

#ifdef __cplusplus
extern "C" {
#endif

extern size_t IntActive(VOID);
#define OS_INT_ACTIVE IntActive()

UINT32 ArchCurrCpuid(VOID);
UINT32 LOS_IntLock(VOID);
VOID LOS_IntRestore(UINT32 intSave);

#ifdef __cplusplus
}
#endif

#endif
