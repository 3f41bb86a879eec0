/*
 * The types of LiteOS's interfaces. Where the system has a header of its own for them
 * (los_compiler.h in LiteOS-M, los_typedef.h in LiteOS 5.0), that one is used; else they are made
 * here, of the same basic types as there, so that a header of the system's may still come
 * afterwards. LITEPOOL_OWN_TYPES makes them here in any case.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef LITEPOOL_TYPES_H
#define LITEPOOL_TYPES_H

#include "litepool_config.h"

#if defined(_LOS_COMPILER_H) || defined(_LOS_TYPEDEF_H)
#define LITEPOOL_SYSTEM_TYPES
#elif defined(__has_include) && !defined(LITEPOOL_OWN_TYPES)
#if LITEPOOL_LITEOS_M && __has_include("los_compiler.h")
#include "los_compiler.h"
#define LITEPOOL_SYSTEM_TYPES
#elif __has_include("los_typedef.h")
#include "los_typedef.h"
#define LITEPOOL_SYSTEM_TYPES
#endif
#endif

#ifndef LITEPOOL_SYSTEM_TYPES
#include <stddef.h>

/* Not those of stdint.h: newlib's uint32_t is a long, and the systems' UINT32 is none. */
typedef unsigned char UINT8;
typedef unsigned short UINT16;
typedef unsigned int UINT32;
#ifdef __LP64__
typedef unsigned long UINTPTR;
#else
typedef unsigned int UINTPTR;
#endif

#ifndef VOID
#define VOID void
#endif
#endif /* LITEPOOL_SYSTEM_TYPES */

/* The systems define the last two without asking whether they are there: the same text does no
   harm. */
#ifndef LOS_OK
#define LOS_OK 0
#endif
#ifndef LOS_NOK
#if LITEPOOL_LITEOS_M
#define LOS_NOK (UINT32)(-1)
#else
#define LOS_NOK 1
#endif
#endif
#ifndef OS_NULL_INT
#define OS_NULL_INT ((UINT32)0xFFFFFFFF)
#endif
#ifndef OS_INVALID
#define OS_INVALID (UINT32)(-1)
#endif

#endif
