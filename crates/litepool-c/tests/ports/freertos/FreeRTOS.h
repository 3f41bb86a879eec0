/* Stands for FreeRTOS's header: what the port uses of it. */
#ifndef INC_FREERTOS_H
#define INC_FREERTOS_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned long UBaseType_t;

#define configTOTAL_HEAP_SIZE ((size_t)16390)
#define configAPPLICATION_ALLOCATED_HEAP 0
#define configUSE_MALLOC_FAILED_HOOK 1
#define portBYTE_ALIGNMENT 8

extern unsigned long masked, complaints, traced;
#define portSET_INTERRUPT_MASK_FROM_ISR() (masked++)
#define portCLEAR_INTERRUPT_MASK_FROM_ISR(state) (masked = (state))
#define configASSERT(condition) ((condition) ? (void)0 : (void)complaints++)
#define traceMALLOC(block, size) ((void)(size), traced += (block) != NULL)
#define traceFREE(block, size) ((void)(size), traced -= (block) != NULL)

typedef struct xHeapStats {
    size_t xAvailableHeapSpaceInBytes;
    size_t xSizeOfLargestFreeBlockInBytes;
    size_t xSizeOfSmallestFreeBlockInBytes;
    size_t xNumberOfFreeBlocks;
    size_t xMinimumEverFreeBytesRemaining;
    size_t xNumberOfSuccessfulAllocations;
    size_t xNumberOfSuccessfulFrees;
} HeapStats_t;

void *pvPortMalloc(size_t xWantedSize);
void *pvPortCalloc(size_t xNum, size_t xSize);
void *pvPortRealloc(void *pv, size_t xSize);
void vPortFree(void *pv);
void vPortInitialiseBlocks(void);
size_t xPortGetFreeHeapSize(void);
size_t xPortGetMinimumEverFreeHeapSize(void);
void xPortResetHeapMinimumEverFreeHeapSize(void);
void vPortGetHeapStats(HeapStats_t *pxHeapStats);
void vApplicationMallocFailedHook(void);

#endif
