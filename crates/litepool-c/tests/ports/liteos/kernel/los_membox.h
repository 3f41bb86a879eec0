/* Stands for the kernel's header (kernel/include/los_membox.h), which the kernel's los_memory.h
   brings. */
#ifndef _LOS_MEMBOX_H
#define _LOS_MEMBOX_H

#include "los_config.h"

#endif
