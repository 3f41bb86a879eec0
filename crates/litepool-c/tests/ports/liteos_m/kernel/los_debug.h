/* Stands for the kernel's header: what the port uses of it. */
#ifndef _LOS_DEBUG_H
#define _LOS_DEBUG_H

#include <stdio.h>

#include "los_config.h"

#define PRINTK printf

typedef enum { MEM_MANG_MEMBOX, MEM_MANG_MEMORY, MEM_MANG_EMPTY } MemMangType;

typedef struct {
    UINT32 type;
    UINTPTR startAddr;
    UINT32 size;
    UINT32 free;
    UINT32 blockSize;
    UINTPTR errorAddr;
    UINT32 errorLen;
    UINT32 errorOwner;
} MemInfoCB;

#endif
