/*
 * The heap of FreeRTOS, in place of heap_1.c to heap_5.c: pvPortMalloc and its family, and the lock.
 *
 * The pool has configTOTAL_HEAP_SIZE bytes, in an array of this file, or with configAPPLICATION_ALLOCATED_HEAP in the
 * application's ucHeap.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <stddef.h>
#include <string.h>

#include "FreeRTOS.h"
#include "task.h"

#include "litepool_port.h"
#include "los_memory.h"

#if (configAPPLICATION_ALLOCATED_HEAP == 1)
extern uint8_t ucHeap[configTOTAL_HEAP_SIZE];
#else
static uint8_t ucHeap[configTOTAL_HEAP_SIZE];
#endif

/* ---- the lock: interrupts that may call FreeRTOS are masked. It works before the scheduler runs, and nests. ---- */

UINTPTR litepool_port_lock(VOID)
{
    return (UINTPTR)portSET_INTERRUPT_MASK_FROM_ISR();
}

VOID litepool_port_unlock(UINTPTR state)
{
    portCLEAR_INTERRUPT_MASK_FROM_ISR((UBaseType_t)state);
    (VOID)state;
}

#ifndef LITEPOOL_PRINT
#define LITEPOOL_PRINT(text) ((VOID)(text))
#endif

VOID litepool_port_print(const char *text)
{
    LITEPOOL_PRINT(text);
}

#if LITEPOOL_OWNERS
/* FreeRTOS gives its tasks numbers where configUSE_TRACE_FACILITY is on. */
UINT32 litepool_port_task(VOID)
{
#if (configUSE_TRACE_FACILITY == 1)
    if (xTaskGetSchedulerState() != taskSCHEDULER_NOT_STARTED) {
        return (UINT32)uxTaskGetTaskNumber(xTaskGetCurrentTaskHandle());
    }
#endif
    return LITEPOOL_NO_TASK;
}
#endif

/* ---- the pool ---- */

static VOID *pool;
static size_t successfulAllocations, successfulFrees;

/* The pool, which the first caller makes of what of ucHeap stands on whole words. */
static VOID *heap(void)
{
    if (pool == NULL) {
        UINTPTR state = litepool_port_lock();

        if (pool == NULL) {
            size_t skipped = (sizeof(UINTPTR) - (UINTPTR)ucHeap % sizeof(UINTPTR)) % sizeof(UINTPTR);
            size_t size = (configTOTAL_HEAP_SIZE - skipped) / sizeof(UINTPTR) * sizeof(UINTPTR);

            if (LOS_MemInit(&ucHeap[skipped], (UINT32)size) == LOS_OK) {
                pool = &ucHeap[skipped];
            }
        }
        litepool_port_unlock(state);
    }
    return pool;
}

static LOS_MEM_POOL_STATUS status(void)
{
    static const LOS_MEM_POOL_STATUS nothing;
    LOS_MEM_POOL_STATUS now = nothing;

    (VOID)LOS_MemInfoGet(heap(), &now);
    return now;
}

/* The figures have other names in LiteOS and in LiteOS-M. */
#if LITEPOOL_LITEOS_M
#define FREE_BYTES totalFreeSize
#define LARGEST maxFreeNodeSize
#else
#define FREE_BYTES uwTotalFreeSize
#define LARGEST uwMaxFreeNodeSize
#endif

/* ---- allocating ---- */

static void *allocate(size_t size)
{
    if (size == 0 || size > 0x7FFFFFFFu) {
        return NULL;
    }
    if (portBYTE_ALIGNMENT <= sizeof(UINTPTR)) {
        return LOS_MemAlloc(heap(), (UINT32)size);
    }
    return LOS_MemAllocAlign(heap(), (UINT32)size, portBYTE_ALIGNMENT);
}

static void count(size_t *counter)
{
    UINTPTR state = litepool_port_lock();

    (*counter)++;
    litepool_port_unlock(state);
}

void *pvPortMalloc(size_t xWantedSize)
{
    void *block = allocate(xWantedSize);

    traceMALLOC(block, xWantedSize);
    if (block != NULL) {
        count(&successfulAllocations);
    }
#if (configUSE_MALLOC_FAILED_HOOK == 1)
    else {
        vApplicationMallocFailedHook();
    }
#endif
    return block;
}

void vPortFree(void *pv)
{
    if (pv == NULL) {
        return;
    }
    traceFREE(pv, litepool_usable_size(heap(), pv));
    if (LOS_MemFree(heap(), pv) == LOS_OK) {
        count(&successfulFrees);
    } else {
        /* Freed already, never allocated, or overrun next door. */
        configASSERT(pv == NULL);
    }
}

void *pvPortCalloc(size_t xNum, size_t xSize)
{
    void *block = NULL;

    if (xSize == 0 || xNum <= (size_t)-1 / xSize) {
        block = pvPortMalloc(xNum * xSize);
    }
    if (block != NULL) {
        memset(block, 0, xNum * xSize);
    }
    return block;
}

/* Not one of FreeRTOS's own, but what many ports of libraries ask for. */
void *pvPortRealloc(void *pv, size_t xSize)
{
    if (pv == NULL) {
        return pvPortMalloc(xSize);
    }
    if (xSize > 0x7FFFFFFFu) {
        return NULL;
    }
#if LITEPOOL_BESTFIT_LITTLE
    /* It does not resize blocks on a boundary. */
    if (portBYTE_ALIGNMENT > sizeof(UINTPTR) && xSize != 0) {
        size_t old = litepool_usable_size(heap(), pv);
        void *block = old == 0 ? NULL : pvPortMalloc(xSize);

        if (block != NULL) {
            memcpy(block, pv, old < xSize ? old : xSize);
            vPortFree(pv);
        }
        return block;
    }
#endif
    return LOS_MemRealloc(heap(), pv, (UINT32)xSize);
}

/* ---- asking ---- */

size_t xPortGetFreeHeapSize(void)
{
    return status().FREE_BYTES;
}

size_t xPortGetMinimumEverFreeHeapSize(void)
{
    /* All that can be free, less what was used at the most. */
    return status().FREE_BYTES + LOS_MemTotalUsedGet(heap()) - litepool_peak(heap());
}

void xPortResetHeapMinimumEverFreeHeapSize(void)
{
    (VOID)litepool_reset_peak(heap());
}

void vPortInitialiseBlocks(void)
{
    (VOID)heap();
}

static VOID findSmallest(const LitepoolBlock *block, VOID *smallest)
{
    if (block->isUsed == 0 && block->available < *(size_t *)smallest) {
        *(size_t *)smallest = block->available;
    }
}

void vPortGetHeapStats(HeapStats_t *pxHeapStats)
{
    LOS_MEM_POOL_STATUS now = status();
    size_t smallest = (size_t)-1;

    (VOID)litepool_for_each_block(heap(), findSmallest, &smallest);
    pxHeapStats->xAvailableHeapSpaceInBytes = now.FREE_BYTES;
    pxHeapStats->xSizeOfLargestFreeBlockInBytes = now.LARGEST;
    pxHeapStats->xSizeOfSmallestFreeBlockInBytes = smallest == (size_t)-1 ? 0 : smallest;
    pxHeapStats->xNumberOfFreeBlocks = LOS_MemFreeBlksGet(heap());
    pxHeapStats->xMinimumEverFreeBytesRemaining = xPortGetMinimumEverFreeHeapSize();
    pxHeapStats->xNumberOfSuccessfulAllocations = successfulAllocations;
    pxHeapStats->xNumberOfSuccessfulFrees = successfulFrees;
}
