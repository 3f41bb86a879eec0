/* Stands for the kernel's header (kernel/include/los_base.h), which brings the others. */
#ifndef _LOS_BASE_H
#define _LOS_BASE_H

#include "los_typedef.h"
#include "los_config.h"
#include "los_printf.h"

#define LOS_ERRNO_OS_ERROR(MID, ERRNO) \
    ((0x02U << 24) | (0x00U << 16) | ((UINT32)(MID) << 8) | ((UINT32)(ERRNO)))
enum LOS_MOUDLE_ID {
    LOS_MOD_SYS = 0x0,
    LOS_MOD_MEM = 0x1
};

#endif
