/* Stands for the kernel's header: what the port uses of it. */
#ifndef _LOS_TASK_H
#define _LOS_TASK_H

#include "los_typedef.h"

UINT32 LOS_CurTaskIDGet(VOID);

#endif
