/* Stands for the kernel's header (kernel/include/los_printf.h): printing is dprintf, as a board has
   it. */
#ifndef _LOS_PRINTF_H
#define _LOS_PRINTF_H

#include "stdarg.h"
#include "los_typedef.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LOS_COMMOM_LEVEL 1
#define LOS_ERR_LEVEL 2
#ifndef PRINT_LEVEL
#define PRINT_LEVEL LOS_ERR_LEVEL
#endif

extern INT32 dprintf(const CHAR *fmt, ...);

#if PRINT_LEVEL < LOS_ERR_LEVEL
#define PRINT_ERR(fmt, ...)
#else
#define PRINT_ERR(fmt, ...) do {                      \
    (dprintf("[ERR] "), dprintf(fmt, ##__VA_ARGS__)); \
} while (0)
#endif
#if PRINT_LEVEL < LOS_COMMOM_LEVEL
#define PRINTK(fmt, ...)
#else
#define PRINTK(fmt, ...) dprintf(fmt, ##__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#endif
