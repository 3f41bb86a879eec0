/* Stands for the kernel's header: what the port uses of it. */
#ifndef _LOS_CONFIG_H
#define _LOS_CONFIG_H

#include "los_typedef.h"

#define OS_SYS_MEM_SIZE 0x3ff2U

#endif
