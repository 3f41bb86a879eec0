/* Stands for the kernel's header: what the port uses of it. */
#ifndef _LOS_HW_CPU_H
#define _LOS_HW_CPU_H

#include "los_typedef.h"

UINT32 ArchCurrCpuid(VOID);

#endif
