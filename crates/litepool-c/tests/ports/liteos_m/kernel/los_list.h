/* Stands for the kernel's header (utils/los_list.h), which the kernel's los_memory.h brings. */
#ifndef _LOS_LIST_H
#define _LOS_LIST_H

#include "los_compiler.h"

typedef struct LOS_DL_LIST {
    struct LOS_DL_LIST *pstPrev;
    struct LOS_DL_LIST *pstNext;
} LOS_DL_LIST;

#endif
