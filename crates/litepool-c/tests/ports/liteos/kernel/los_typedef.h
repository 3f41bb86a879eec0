/*
 * Stands for the kernel's header (LiteOS 5.0, kernel/include/los_typedef.h): the same guard, types
 * and macros, as far as a heap meets them. What has no #ifndef there has none here.
 */
#ifndef _LOS_TYPEDEF_H
#define _LOS_TYPEDEF_H

#include "stddef.h"
#include "stdint.h"

typedef unsigned char UINT8;
typedef unsigned short UINT16;
typedef unsigned int UINT32;
typedef signed char INT8;
typedef signed short INT16;
typedef signed int INT32;
typedef char CHAR;
#ifdef __LP64__
typedef long unsigned int UINT64;
typedef unsigned long UINTPTR;
#else
typedef unsigned long long UINT64;
typedef unsigned int UINTPTR;
#endif
typedef size_t BOOL;

#define VOID void
#define STATIC static

#ifndef FALSE
#define FALSE 0U
#endif
#ifndef TRUE
#define TRUE 1U
#endif
#ifndef NULL
#define NULL ((VOID *)0)
#endif

#define YES 1
#define NO 0

#define OS_NULL_BYTE ((UINT8)0xFF)
#define OS_NULL_SHORT ((UINT16)0xFFFF)
#define OS_NULL_INT ((UINT32)0xFFFFFFFF)
#ifndef LOS_OK
#define LOS_OK 0
#endif
#ifndef LOS_NOK
#define LOS_NOK 1
#endif
#define OS_FAIL 1
#define OS_ERROR (UINT32)(-1)
#define OS_INVALID (UINT32)(-1)

#endif
