/* Stands for the kernel's header (kernel/include/los_spinlock.h). */
#ifndef _LOS_SPINLOCK_H
#define _LOS_SPINLOCK_H

#include "los_typedef.h"
#include "los_config.h"
#include "los_hwi.h"
#include "los_task.h"

typedef struct Spinlock {
    size_t rawLock;
} SPIN_LOCK_S;

#define SPIN_LOCK_INITIALIZER(lockName) \
{                                       \
    .rawLock = 0U,                      \
}
#define SPIN_LOCK_INIT(lock) SPIN_LOCK_S lock = SPIN_LOCK_INITIALIZER(lock)

VOID LOS_SpinLock(SPIN_LOCK_S *lock);
VOID LOS_SpinUnlock(SPIN_LOCK_S *lock);

#endif
