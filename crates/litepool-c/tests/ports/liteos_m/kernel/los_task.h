/* Stands for the kernel's header (kernel/include/los_task.h). */
#ifndef _LOS_TASK_H
#define _LOS_TASK_H

#include "los_config.h"
#include "los_interrupt.h"
#include "los_list.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What LOS_CurTaskIDGet says before there is a task. */
#define LOS_ERRNO_TSK_ID_INVALID 0x02000207
#define OS_TASK_ERRORID 0xFFFFFFFF

extern UINT32 LOS_CurTaskIDGet(VOID);

#ifdef __cplusplus
}
#endif

#endif
