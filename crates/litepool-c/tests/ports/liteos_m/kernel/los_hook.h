/* Stands for the kernel's headers (utils/los_hook.h, utils/internal/los_hook_types.h): without the
   switch a call is nothing. */
#ifndef _LOS_HOOK_H
#define _LOS_HOOK_H

#include "los_compiler.h"
#include "los_config.h"
#include "los_task.h"

#ifdef __cplusplus
extern "C" {
#endif

#if (LOSCFG_DEBUG_HOOK == 1)
typedef VOID *VOID_PTR;
extern VOID LOS_HOOK_TYPE_MEM_INIT_CallHook(VOID_PTR pool, UINT32 size);
extern VOID LOS_HOOK_TYPE_MEM_DEINIT_CallHook(VOID_PTR pool);
extern VOID LOS_HOOK_TYPE_MEM_ALLOC_CallHook(VOID_PTR pool, VOID_PTR ptr, UINT32 size);
extern VOID LOS_HOOK_TYPE_MEM_FREE_CallHook(VOID_PTR pool, VOID_PTR ptr);
extern VOID LOS_HOOK_TYPE_MEM_REALLOC_CallHook(VOID_PTR pool, VOID_PTR ptr, UINT32 size);
extern VOID LOS_HOOK_TYPE_MEM_ALLOCALIGN_CallHook(VOID_PTR pool, VOID_PTR ptr, UINT32 size, UINT32 boundary);
#define OsHookCall(hookType, ...) hookType##_CallHook(__VA_ARGS__)
#else
#define OsHookCall(hookType, ...)
#endif

#ifdef __cplusplus
}
#endif

#endif
