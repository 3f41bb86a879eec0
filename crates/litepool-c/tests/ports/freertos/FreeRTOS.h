/*
 * Stands for FreeRTOS 11's FreeRTOS.h, portable.h and a portmacro.h: what a heap has to do with, as
 * it is there. Which kind of processor it is for decides KIND:
 *
 *   MASK             a function masks interrupts and returns what was masked (Cortex-M, POSIX)
 *   MASK_STATEMENTS  two statements do that (RX, PIC32, Tasking)
 *   NO_MASK          interrupts do not nest, and there is no mask: FreeRTOS.h makes it 0 (RISC-V, ARM7, MSP430, AVR)
 *   SMP              two cores, each with a mask, and a lock between them (RP2040)
 *   SMP_NO_MASK      two cores without a mask (XCORE)
 */
#ifndef INC_FREERTOS_H
#define INC_FREERTOS_H

#include <stddef.h>
#include <stdint.h>

#define MASK 1
#define MASK_STATEMENTS 2
#define NO_MASK 3
#define SMP 4
#define SMP_NO_MASK 5
#ifndef KIND
#define KIND MASK
#endif

typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t;

/* ---- FreeRTOSConfig.h ---- */

#ifndef configTOTAL_HEAP_SIZE
#define configTOTAL_HEAP_SIZE ((size_t)16390)
#endif
#ifndef configAPPLICATION_ALLOCATED_HEAP
#define configAPPLICATION_ALLOCATED_HEAP 0
#endif
#ifndef configSUPPORT_DYNAMIC_ALLOCATION
#define configSUPPORT_DYNAMIC_ALLOCATION 1
#endif
#define configUSE_MALLOC_FAILED_HOOK 1
#define configUSE_TRACE_FACILITY 1
#ifndef INCLUDE_xTaskGetSchedulerState
#define INCLUDE_xTaskGetSchedulerState 1
#endif
#define configUSE_TIMERS 0
#define configTICK_RATE_HZ ((TickType_t)1000)
#ifndef configHEAP_CLEAR_MEMORY_ON_FREE
#define configHEAP_CLEAR_MEMORY_ON_FREE 0
#endif

extern unsigned long complaints;
#define configASSERT(x) ((x) ? (void)0 : (void)complaints++)
#ifndef NO_TRACE
void note_malloc(void *block, size_t size);
void note_free(void *block, size_t size);
#define traceMALLOC(pvAddress, uiSize) note_malloc(pvAddress, uiSize)
#define traceFREE(pvAddress, uiSize) note_free(pvAddress, uiSize)
#endif

/* What the port prints. */
#ifdef PRINTS
void note_print(const char *text);
#define LITEPOOL_PRINT(text) note_print(text)
#endif

/* ---- portmacro.h ---- */

#ifndef portBYTE_ALIGNMENT
#define portBYTE_ALIGNMENT 8
#endif
#define portMEMORY_BARRIER() __asm__ volatile("" ::: "memory")

void disable_interrupts(void);
void enable_interrupts(void);
UBaseType_t interrupt_level(void);
void set_interrupt_level(UBaseType_t level);
UBaseType_t raise_interrupt_level(void);

#if KIND == MASK || KIND == SMP
#define portSET_INTERRUPT_MASK_FROM_ISR() raise_interrupt_level()
#define portCLEAR_INTERRUPT_MASK_FROM_ISR(x) set_interrupt_level(x)
#elif KIND == MASK_STATEMENTS
#define portSET_INTERRUPT_MASK_FROM_ISR() interrupt_level(); disable_interrupts()
#define portCLEAR_INTERRUPT_MASK_FROM_ISR(x) set_interrupt_level(x)
#endif

#if KIND == SMP || KIND == SMP_NO_MASK
#define configNUMBER_OF_CORES 2
void vTaskEnterCritical(void);
void vTaskExitCritical(void);
UBaseType_t vTaskEnterCriticalFromISR(void);
void vTaskExitCriticalFromISR(UBaseType_t uxSavedInterruptStatus);
#define portENTER_CRITICAL() vTaskEnterCritical()
#define portEXIT_CRITICAL() vTaskExitCritical()
#define portENTER_CRITICAL_FROM_ISR() vTaskEnterCriticalFromISR()
#define portEXIT_CRITICAL_FROM_ISR(x) vTaskExitCriticalFromISR(x)
#else
extern size_t critical_nesting;
#define portENTER_CRITICAL()  \
    {                         \
        disable_interrupts(); \
        critical_nesting++;   \
    }
#define portEXIT_CRITICAL()          \
    {                                \
        critical_nesting--;          \
        if (critical_nesting == 0) { \
            enable_interrupts();     \
        }                            \
    }
#endif

/* ---- FreeRTOS.h ---- */

#ifndef configNUMBER_OF_CORES
#define configNUMBER_OF_CORES 1
#endif
#ifndef portSET_INTERRUPT_MASK_FROM_ISR
#define portSET_INTERRUPT_MASK_FROM_ISR() 0
#endif
#ifndef portCLEAR_INTERRUPT_MASK_FROM_ISR
#define portCLEAR_INTERRUPT_MASK_FROM_ISR(uxSavedStatusValue) (void)(uxSavedStatusValue)
#endif
#ifndef traceMALLOC
#define traceMALLOC(pvAddress, uiSize)
#endif
#ifndef traceFREE
#define traceFREE(pvAddress, uiSize)
#endif

/* ---- portable.h, mpu_wrappers.h ---- */

#define PRIVILEGED_FUNCTION
#define PRIVILEGED_DATA

typedef struct xHeapStats {
    size_t xAvailableHeapSpaceInBytes;
    size_t xSizeOfLargestFreeBlockInBytes;
    size_t xSizeOfSmallestFreeBlockInBytes;
    size_t xNumberOfFreeBlocks;
    size_t xMinimumEverFreeBytesRemaining;
    size_t xNumberOfSuccessfulAllocations;
    size_t xNumberOfSuccessfulFrees;
} HeapStats_t;

void vPortGetHeapStats(HeapStats_t *pxHeapStats);
void *pvPortMalloc(size_t xWantedSize) PRIVILEGED_FUNCTION;
void *pvPortCalloc(size_t xNum, size_t xSize) PRIVILEGED_FUNCTION;
void vPortFree(void *pv) PRIVILEGED_FUNCTION;
void vPortInitialiseBlocks(void) PRIVILEGED_FUNCTION;
size_t xPortGetFreeHeapSize(void) PRIVILEGED_FUNCTION;
size_t xPortGetMinimumEverFreeHeapSize(void) PRIVILEGED_FUNCTION;
void xPortResetHeapMinimumEverFreeHeapSize(void) PRIVILEGED_FUNCTION;
void vPortHeapResetState(void) PRIVILEGED_FUNCTION;
void vApplicationMallocFailedHook(void);

#endif
