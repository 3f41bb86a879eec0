/* Stands for the kernel's header: what the port uses of it. */
#ifndef _LOS_CONFIG_H
#define _LOS_CONFIG_H

#include "los_typedef.h"

#define LOSCFG_PLATFORM_EXC 1
#define LOSCFG_MEM_WATERLINE 1
#define LOSCFG_TASK_MEM_USED 1
#define LOSCFG_SYS_HEAP_SIZE 0x4000U
#define LOSCFG_SYS_EXTERNAL_HEAP 0

#endif
