/* Stands for the kernel's header: what the port uses of it. */
#ifndef _LOS_PRINTF_H
#define _LOS_PRINTF_H

#include <stdio.h>

#define PRINTK printf

#endif
