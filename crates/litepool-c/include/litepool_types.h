/*
 * The types of LiteOS's interfaces. A system that has a los_typedef.h of its own has its types used; else they are
 * made here. LITEPOOL_OWN_TYPES makes them here in any case.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef LITEPOOL_TYPES_H
#define LITEPOOL_TYPES_H

#if defined(_LOS_TYPEDEF_H)
#define LITEPOOL_SYSTEM_TYPES
#elif defined(__has_include) && !defined(LITEPOOL_OWN_TYPES)
#if __has_include("los_typedef.h")
#include "los_typedef.h"
#define LITEPOOL_SYSTEM_TYPES
#endif
#endif

#ifndef LITEPOOL_SYSTEM_TYPES
#include <stdint.h>

typedef uint8_t UINT8;
typedef uint16_t UINT16;
typedef uint32_t UINT32;
typedef uintptr_t UINTPTR;

#ifndef VOID
#define VOID void
#endif
#endif /* LITEPOOL_SYSTEM_TYPES */

#ifndef LOS_OK
#define LOS_OK 0
#endif
#ifndef LOS_NOK
#define LOS_NOK 1
#endif
#ifndef OS_NULL_INT
#define OS_NULL_INT ((UINT32)0xFFFFFFFF)
#endif
#ifndef OS_INVALID
#define OS_INVALID ((UINT32)0xFFFFFFFF)
#endif

#endif
