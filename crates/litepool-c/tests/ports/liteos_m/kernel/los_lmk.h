/* Stands for the kernel's header (components/lmk/los_lmk.h). */
#ifndef _LOS_LMK_H
#define _LOS_LMK_H

#include "los_config.h"
#include "los_compiler.h"
#include "los_list.h"

UINT32 LOS_LmkTasksKill(VOID);

#endif
