/* Stands for LiteOS-M's header of this name. */
#ifndef _LOS_TICK_H
#define _LOS_TICK_H

#include "los_compiler.h"

extern UINT64 LOS_SysCycleGet(VOID);

#endif
