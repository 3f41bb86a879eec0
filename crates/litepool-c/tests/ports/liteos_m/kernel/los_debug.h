/* Stands for the kernel's header (utils/los_debug.h): printing, the exception handler's record of a
   pool, the back trace. */
#ifndef _LOS_DEBUG_H
#define _LOS_DEBUG_H

#include "los_config.h"
#include "los_compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

#if (LOSCFG_PLATFORM_EXC == 1)
enum MemMangType {
    MEM_MANG_MEMBOX,
    MEM_MANG_MEMORY,
    MEM_MANG_EMPTY
};

typedef struct {
    enum MemMangType type;
    UINT32 startAddr;
    UINT32 size;
    UINT32 free;
    UINT32 blockSize;
    UINT32 errorAddr;
    UINT32 errorLen;
    UINT32 errorOwner;
} MemInfoCB;
#endif

#define LOG_COMMON_LEVEL 1
#define LOG_ERR_LEVEL 2
#ifndef PRINT_LEVEL
#define PRINT_LEVEL LOG_ERR_LEVEL
#endif

typedef enum {
    LOG_MODULE_KERNEL,
    LOG_MODULE_FS,
    LOS_MODULE_OTHERS
} LogModuleType;

#if (LOSCFG_KERNEL_PRINTF == 1)
extern INT32 printf(const CHAR *fmt, ...);
extern INT32 OsLogLevelCheck(INT32 level);
#define LOS_Printf(type, level, fmt, args...) do { \
    if (!OsLogLevelCheck(level)) {                 \
        printf(fmt, ##args);                       \
    }                                              \
} while (0)
#elif (LOSCFG_KERNEL_PRINTF == 0)
#define LOS_Printf(type, level, fmt, args...)
#else
extern VOID HalConsoleOutput(LogModuleType type, INT32 level, const CHAR *fmt, ...);
#define LOS_Printf HalConsoleOutput
#endif

#define PRINT_ERR(fmt, args...) LOS_Printf(LOG_MODULE_KERNEL, LOG_ERR_LEVEL, fmt, ##args)
#define PRINTK(fmt, args...) LOS_Printf(LOG_MODULE_KERNEL, LOG_COMMON_LEVEL, fmt, ##args)

typedef VOID (*BACK_TRACE_HOOK)(UINTPTR *LR, UINT32 LRSize, UINT32 jumpCount, UINTPTR SP);
extern VOID OsBackTraceHookSet(BACK_TRACE_HOOK hook);
extern VOID OsBackTraceHookCall(UINTPTR *LR, UINT32 LRSize, UINT32 jumpCount, UINTPTR SP);

#ifdef __cplusplus
}
#endif

#endif
