/* Stands for the kernel's header: what the port uses of it. */
#ifndef _LOS_HWI_H
#define _LOS_HWI_H

#include "los_typedef.h"

#define OS_INT_ACTIVE 0

UINT32 LOS_IntLock(VOID);
VOID LOS_IntRestore(UINT32 intSave);

#endif
