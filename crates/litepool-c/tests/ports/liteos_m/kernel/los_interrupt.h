/* Stands for the kernel's header (arch/include/los_interrupt.h), in which the lock is a macro. */
#ifndef _LOS_INTERRUPT_H
#define _LOS_INTERRUPT_H

#include "los_config.h"
#include "los_compiler.h"

UINT32 ArchIsIntActive(VOID);
#define OS_INT_ACTIVE (ArchIsIntActive())
#define OS_INT_INACTIVE (!(OS_INT_ACTIVE))

UINT32 ArchIntLock(VOID);
VOID ArchIntRestore(UINT32 intSave);
#define LOS_IntLock ArchIntLock
#define LOS_IntRestore ArchIntRestore

#endif
