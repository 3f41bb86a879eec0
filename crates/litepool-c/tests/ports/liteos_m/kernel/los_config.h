/*
 * Stands for the kernel's header (kernel/include/los_config.h) and for the product's
 * target_config.h. Switches of the kernel's menu (LOSCFG_PLATFORM_EXC, LOSCFG_MEM_LEAKCHECK,
 * LOSCFG_DEBUG_HOOK, LOSCFG_KERNEL_...) are defined or not; those with a default below always are.
 */
#ifndef _LOS_CONFIG_H
#define _LOS_CONFIG_H

#if defined(LOSCFG_SYS_EXTERNAL_HEAP) && LOSCFG_SYS_EXTERNAL_HEAP
/* As boards have it: symbols of the linker's script, whose addresses are the numbers. */
extern unsigned int __heap_start[];
#define LOSCFG_SYS_HEAP_ADDR (void *)&__heap_start
#define LOSCFG_SYS_HEAP_SIZE (unsigned int)0x4000
#endif

#include "los_compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OS_SYS_CLOCK 25000000
#ifndef LOSCFG_BASE_CORE_TSK_LIMIT
#define LOSCFG_BASE_CORE_TSK_LIMIT 5
#endif

extern UINT8 *m_aucSysMem0;
#ifndef LOSCFG_SYS_EXTERNAL_HEAP
#define LOSCFG_SYS_EXTERNAL_HEAP 0
#endif
#ifndef LOSCFG_SYS_HEAP_ADDR
#define LOSCFG_SYS_HEAP_ADDR (&m_aucSysMem0[0])
#endif
#ifndef LOSCFG_SYS_HEAP_SIZE
#define LOSCFG_SYS_HEAP_SIZE 0x4000UL
#endif
#ifndef LOSCFG_MEM_MUL_POOL
#define LOSCFG_MEM_MUL_POOL 1
#endif
#ifndef LOSCFG_MEM_FREE_BY_TASKID
#define LOSCFG_MEM_FREE_BY_TASKID 0
#endif
#ifndef LOSCFG_BASE_MEM_NODE_INTEGRITY_CHECK
#define LOSCFG_BASE_MEM_NODE_INTEGRITY_CHECK 0
#endif
#ifndef LOSCFG_MEM_OMIT_LR_CNT
#define LOSCFG_MEM_OMIT_LR_CNT 4
#endif
#ifndef LOSCFG_MEM_RECORD_LR_CNT
#define LOSCFG_MEM_RECORD_LR_CNT 3
#endif
#ifndef LOSCFG_MEM_WATERLINE
#define LOSCFG_MEM_WATERLINE 1
#endif
#ifndef LOSCFG_MEM_MUL_REGIONS
#define LOSCFG_MEM_MUL_REGIONS 0
#endif
#ifndef LOSCFG_KERNEL_PRINTF
#define LOSCFG_KERNEL_PRINTF 1
#endif
#ifndef LOSCFG_TASK_MEM_USED
#define LOSCFG_TASK_MEM_USED 0
#endif

#ifdef __cplusplus
}
#endif

#endif
