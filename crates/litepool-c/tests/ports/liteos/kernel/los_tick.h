/* Stands for LiteOS's header of this name. */
#ifndef _LOS_TICK_H
#define _LOS_TICK_H

#include "los_typedef.h"

extern UINT64 LOS_TickCountGet(VOID);

#endif
