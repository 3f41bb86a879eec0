/* Stands for the kernel's header (kernel/include/los_config.h): where the system's memory is. */
#ifndef _LOS_CONFIG_H
#define _LOS_CONFIG_H

#include "los_typedef.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LOSCFG_BASE_CORE_TICK_PER_SECOND 100
#ifndef LOSCFG_BASE_CORE_TSK_LIMIT
#define LOSCFG_BASE_CORE_TSK_LIMIT 5
#endif

extern UINT8 *m_aucSysMem0;
extern UINT8 *m_aucSysMem1;
extern UINTPTR g_sys_mem_addr_end;
extern UINTPTR g_excInteractMemSize;
/* Of the linker's script: where the image ends. */
extern UINTPTR __bss_end;

#ifndef OS_SYS_MEM_ADDR
#define OS_SYS_MEM_ADDR (&m_aucSysMem1[0])
#endif
#define LOS_DL_HEAP_SIZE 0
#ifndef OS_SYS_MEM_SIZE
#define OS_SYS_MEM_SIZE ((g_sys_mem_addr_end) - \
                         ((LOS_DL_HEAP_SIZE + g_excInteractMemSize + ((UINTPTR)&__bss_end) + (64 - 1)) & ~(64 - 1)))
#endif

#ifdef __cplusplus
}
#endif

#endif
