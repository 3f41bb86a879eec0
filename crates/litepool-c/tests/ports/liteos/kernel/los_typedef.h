/* Stands for a system's own header of types, as LiteOS-M has it: the test of los_memory.h beside one. */
#ifndef _LOS_TYPEDEF_H
#define _LOS_TYPEDEF_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned char UINT8;
typedef unsigned short UINT16;
typedef unsigned int UINT32;
typedef signed int INT32;
typedef char CHAR;
typedef unsigned int BOOL;
#ifdef __LP64__
typedef unsigned long UINTPTR;
#else
typedef unsigned int UINTPTR;
#endif

#ifndef VOID
#define VOID void
#endif
#define LOS_OK 0U
#define LOS_NOK 1U
#define OS_NULL_INT ((UINT32)0xFFFFFFFF)

#endif
