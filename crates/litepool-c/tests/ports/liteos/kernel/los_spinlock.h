/* Stands for the kernel's header: what the port uses of it. */
#ifndef _LOS_SPINLOCK_H
#define _LOS_SPINLOCK_H

#include "los_typedef.h"

typedef struct {
    UINT32 held;
} SPIN_LOCK_S;

#define SPIN_LOCK_INIT(lock) SPIN_LOCK_S lock = { 0 }

VOID LOS_SpinLock(SPIN_LOCK_S *lock);
VOID LOS_SpinUnlock(SPIN_LOCK_S *lock);

#endif
