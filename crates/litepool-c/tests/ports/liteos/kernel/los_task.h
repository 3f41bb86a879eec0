/* Stands for the kernel's header (kernel/include/los_task.h), which brings the los_memory.h that
   stands beside it. */
#ifndef _LOS_TASK_H
#define _LOS_TASK_H

#include "los_base.h"
#include "los_memory.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LOS_ERRNO_TSK_ID_INVALID 0x02000207

extern UINT32 LOS_CurTaskIDGet(VOID);

#ifdef __cplusplus
}
#endif

#endif
