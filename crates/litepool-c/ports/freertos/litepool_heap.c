/*
 * The heap of FreeRTOS, in place of heap_1.c to heap_5.c: pvPortMalloc and its family, and the
 * lock.
 *
 * The pool has configTOTAL_HEAP_SIZE bytes, in an array of this file, or with
 * configAPPLICATION_ALLOCATED_HEAP in the application's ucHeap.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Where a task calls functions of the kernel through wrappers, this file has the functions. */
#define MPU_WRAPPERS_INCLUDED_FROM_API_FILE
#include "FreeRTOS.h"
#include "task.h"
#undef MPU_WRAPPERS_INCLUDED_FROM_API_FILE

#include "litepool_heap.h"
#include "litepool_port.h"
#include "los_memory.h"

#ifdef LITEPOOL_PRINT_HEADER
#include LITEPOOL_PRINT_HEADER
#endif
#ifdef LITEPOOL_PRINT
#define PRINTS 1
#else
#define PRINTS 0
#define LITEPOOL_PRINT(text) ((VOID)(text))
#endif

/*
 * A library that asks for call sites is told who called pvPortMalloc and its family, unless
 * LITEPOOL_CALLERS(sites, count) gives it a back trace of the board's. A call site has 32 bits.
 */
#if (LITEPOOL_LEAKCHECK || LITEPOOL_RECORD_DEPTH > 0) && !defined(LITEPOOL_CALLERS) &&             \
    defined(__GNUC__) && UINTPTR_MAX == 0xFFFFFFFFu
#define REMEMBERS_CALLER 1
#else
#define REMEMBERS_CALLER 0
#endif

/* The return address, of which addr2line makes a line: of a function of its own, else it is another's. */
#ifdef __GNUC__
#define CALLER() ((UINTPTR)__builtin_return_address(0))
#define NOT_INLINED __attribute__((noinline))
#else
#define CALLER() ((UINTPTR)0)
#define NOT_INLINED
#endif

#if defined(configSUPPORT_DYNAMIC_ALLOCATION) && (configSUPPORT_DYNAMIC_ALLOCATION == 0)
#error "configSUPPORT_DYNAMIC_ALLOCATION is 0: leave litepool_heap.c out of the build"
#endif
#if portBYTE_ALIGNMENT > LITEPOOL_GRANULE && LITEPOOL_GRANULE < 8
#error "portBYTE_ALIGNMENT is more than the library's granule: build it with the feature granule-8"
#endif
#if defined(ESP_PLATFORM) || (defined(configNUM_CORES) && !defined(configNUMBER_OF_CORES))
#error "this kernel's critical sections are not those of FreeRTOS 11: there is no lock for it here"
#endif
#if (LITEPOOL_OWNERS || LITEPOOL_RECORD) && (configUSE_TRACE_FACILITY == 1) &&                     \
    (INCLUDE_xTaskGetSchedulerState != 1) && (configUSE_TIMERS != 1)
#error "blocks remember their tasks: set INCLUDE_xTaskGetSchedulerState to 1 in FreeRTOSConfig.h"
#endif

/* A size is a UINT32 in the library, and no block has 2 GiB. */
#define LARGEST ((size_t)0x7FFFFFFFu)

/*
 * Does not compile if the library makes no pool that large; with the feature max-2g it makes the
 * largest ones.
 */
typedef char
    configTOTAL_HEAP_SIZE_is_too_large[(configTOTAL_HEAP_SIZE) <= LITEPOOL_MAX_SIZE ? 1 : -1];

#if (configAPPLICATION_ALLOCATED_HEAP == 1)
extern uint8_t ucHeap[configTOTAL_HEAP_SIZE];
#else
PRIVILEGED_DATA static uint8_t ucHeap[configTOTAL_HEAP_SIZE];
#endif

/*
 * What a macro of FreeRTOS is made of. Where a kernel's port has no interrupt mask, FreeRTOS.h
 * makes it 0; where nobody traces, the trace macros are nothing.
 */
#define TEXT_OF(...) #__VA_ARGS__
#define TEXT(...) TEXT_OF(__VA_ARGS__)
enum {
    HAS_MASK = sizeof(TEXT(portSET_INTERRUPT_MASK_FROM_ISR())) != sizeof("0"),
    TRACES_FREE = sizeof(TEXT(traceFREE(pv, size))) != sizeof("")
};

/* ---- the lock. It works before the scheduler runs, and nests. ---- */

#ifndef portMEMORY_BARRIER
#define portMEMORY_BARRIER()
#endif

/*
 * With a mask: interrupts that may call FreeRTOS are masked, and with several cores the kernel's
 * own lock for interrupt handlers is taken, which a task's critical section on another core holds,
 * too. Else: a task's critical section.
 */
UINTPTR litepool_port_lock(VOID)
{
    UBaseType_t state = 0;

    if (HAS_MASK) {
        /* On some processors two statements, of which the second one masks. */
        state = taskENTER_CRITICAL_FROM_ISR();
    } else {
        taskENTER_CRITICAL();
    }
    portMEMORY_BARRIER();
    return (UINTPTR)state;
}

VOID litepool_port_unlock(UINTPTR state)
{
    portMEMORY_BARRIER();
    if (HAS_MASK) {
        taskEXIT_CRITICAL_FROM_ISR((UBaseType_t)state);
    } else {
        taskEXIT_CRITICAL();
    }
}

VOID litepool_port_print(const char *text)
{
    LITEPOOL_PRINT(text);
}

#if LITEPOOL_OWNERS || LITEPOOL_RECORD || REMEMBERS_CALLER
static int is_interrupt(VOID)
{
#if defined(portCHECK_IF_IN_ISR)
    return portCHECK_IF_IN_ISR() != 0;
#elif defined(__GNUC__) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
    UINTPTR exception;

    __asm volatile("mrs %0, ipsr" : "=r"(exception));
    return exception != 0;
#else
    return 0;
#endif
}
#endif

#if LITEPOOL_OWNERS || LITEPOOL_RECORD
/* FreeRTOS gives its tasks numbers where configUSE_TRACE_FACILITY is on. */
UINT32 litepool_port_task(VOID)
{
    if (is_interrupt()) {
        return LITEPOOL_IN_INTERRUPT;
    }
#if (configUSE_TRACE_FACILITY == 1)
    if (xTaskGetSchedulerState() != taskSCHEDULER_NOT_STARTED) {
        return (UINT32)uxTaskGetTaskNumber(xTaskGetCurrentTaskHandle());
    }
#endif
    return LITEPOOL_NO_TASK;
}
#endif

/*
 * Who has called pvPortMalloc or one of its family; 0 if the library was called directly. A resize
 * is made without the lock, and another task may call meanwhile: then it is not known. (Interrupt
 * handlers on two processors that resize at once may be taken for each other.)
 */
#if REMEMBERS_CALLER
PRIVILEGED_DATA static UINTPTR caller;
PRIVILEGED_DATA static const VOID *calling;

static const VOID *who_runs(VOID)
{
    return is_interrupt() ? (const VOID *)&caller : (const VOID *)xTaskGetCurrentTaskHandle();
}

/* Under the lock. */
static VOID called_from(UINTPTR address)
{
    caller = address;
    calling = who_runs();
}
#else
#define called_from(address) ((VOID)(address))
#endif

#if LITEPOOL_LEAKCHECK || LITEPOOL_RECORD_DEPTH > 0
VOID litepool_port_callers(UINT32 *sites, UINT32 count)
{
#ifdef LITEPOOL_CALLERS
    LITEPOOL_CALLERS(sites, count);
#elif REMEMBERS_CALLER
    /* Whoever makes a pool does not hold it. */
    UINTPTR state = litepool_port_lock();

    if (count > 0 && calling == who_runs()) {
        sites[0] = (UINT32)caller;
    }
    litepool_port_unlock(state);
#else
    (VOID)sites;
    (VOID)count;
#endif
}
#endif

/* ---- the recorder's clock: the kernel's ticks, or LITEPOOL_TICKS() of FreeRTOSConfig.h ---- */

#if LITEPOOL_RECORD_CLOCK
#ifndef LITEPOOL_TICKS
#define LITEPOOL_TICKS() (is_interrupt() ? xTaskGetTickCountFromISR() : xTaskGetTickCount())
#define LITEPOOL_TICKS_PER_SECOND configTICK_RATE_HZ
typedef char ticks_have_32_bits_or_define_LITEPOOL_TICKS[sizeof(TickType_t) >= sizeof(UINT32) ? 1 : -1];
#endif

UINT32 litepool_port_ticks(VOID)
{
    return (UINT32)LITEPOOL_TICKS();
}

UINT32 litepool_port_ticks_per_second(VOID)
{
    return (UINT32)LITEPOOL_TICKS_PER_SECOND;
}
#endif

/* ---- the pool ---- */

PRIVILEGED_DATA static VOID *pool;

/* The books, under the lock. */
PRIVILEGED_DATA static size_t allocations, frees;

/* The pool, which the first caller makes of what of ucHeap stands on whole granules. */
void *litepool_heap_pool(void)
{
    if (pool == NULL) {
        UINTPTR state = litepool_port_lock();

        if (pool == NULL) {
            size_t skipped = (0 - (UINTPTR)ucHeap) % LITEPOOL_GRANULE;
            size_t size = ((configTOTAL_HEAP_SIZE) - skipped) / LITEPOOL_GRANULE * LITEPOOL_GRANULE;

            if (LOS_MemInit(&ucHeap[skipped], (UINT32)size) == LOS_OK) {
                pool = &ucHeap[skipped];
            }
        }
        litepool_port_unlock(state);
        configASSERT(pool != NULL);
    }
    return pool;
}

#if LITEPOOL_MUL_POOL
/* All blocks are given up, and the next caller makes the pool anew. */
void vPortHeapResetState(void)
{
    UINTPTR state = litepool_port_lock();
    int isDeinitialised = pool == NULL || LOS_MemDeInit(pool) == LOS_OK;

    if (isDeinitialised) {
        pool = NULL;
        allocations = 0;
        frees = 0;
    }
    litepool_port_unlock(state);
    /* Another live pool stands in one of its blocks. */
    configASSERT(isDeinitialised);
}
#endif

/* ---- allocating. Books and trace macros come under the same lock as the blocks. ---- */

/* A block, or NULL. */
static VOID *allocate_block(size_t size)
{
    if (size == 0 || size > LARGEST) {
        return NULL;
    }
    if (portBYTE_ALIGNMENT <= LITEPOOL_GRANULE) {
        return LOS_MemAlloc(litepool_heap_pool(), (UINT32)size);
    }
    return LOS_MemAllocAlign(litepool_heap_pool(), (UINT32)size, portBYTE_ALIGNMENT);
}

#if PRINTS
/* An address as printf's %p has it, at `to`; returns where it ends. */
static char *put_address(char *to, UINTPTR address)
{
    int shift = 0;

    while (shift + 4 < (int)sizeof address * 8 && address >> shift >> 4 != 0) {
        shift += 4;
    }
    *to++ = '0';
    *to++ = 'x';
    for (; shift >= 0; shift -= 4) {
        *to++ = "0123456789abcdef"[address >> shift & 15];
    }
    return to;
}

static char *put_text(char *to, const char *text)
{
    size_t length = strlen(text);

    (VOID)memcpy(to, text, length);
    return to + length;
}

/* Which pointer was refused, and who gave it; and what is corrupt, if anything is. */
static VOID report(const VOID *pv, const char *refusal, const char *function, UINTPTR from)
{
    char line[144], *end = put_address(line, (UINTPTR)pv);

    end = put_text(end, refusal);
    end = put_text(end, ": no used block, or corrupt; ");
    end = put_text(end, function);
    end = put_text(end, " was called from ");
    end = put_address(end, from);
    *put_text(end, "\n") = 0;
    litepool_port_print(line);
    (VOID)LOS_MemIntegrityCheck(pool);
}
#else
#define report(pv, refusal, function, from) ((VOID)(function), (VOID)(from))
#endif

/*
 * Of the heap, the kernel has a hook for a failed allocation, and an assertion for a bad pointer.
 * A bad pointer to another pool, as that of newlib's malloc, is a line.
 */
UINT32 litepool_port_refused(const LitepoolEvent *event)
{
#if PRINTS
    if (event->pool != pool && event->kind != LITEPOOL_EVENT_NO_ROOM) {
        int is_free = event->kind == LITEPOOL_EVENT_NOT_FREED;
        char line[144], *end = put_address(line, (UINTPTR)event->block);

        end = put_text(end, is_free ? " is not freed" : " is not resized");
        end = put_text(end, ": no used block of pool ");
        end = put_address(end, (UINTPTR)event->pool);
        *put_text(end, ", or corrupt\n") = 0;
        litepool_port_print(line);
    }
#endif
    (VOID)event;
    return 0;
}

static VOID failed(VOID)
{
#if (configUSE_MALLOC_FAILED_HOOK == 1)
    vApplicationMallocFailedHook();
#endif
}

/* pvPortMalloc, which was called from `from`. */
static void *allocate(size_t xWantedSize, UINTPTR from)
{
    UINTPTR state = litepool_port_lock();
    VOID *block;

    called_from(from);
    block = allocate_block(xWantedSize);
    called_from(0);
    if (block != NULL) {
        allocations++;
    }
    traceMALLOC(block, (size_t)litepool_usable_size(pool, block));
    litepool_port_unlock(state);
    if (block == NULL) {
        failed();
    }
    configASSERT((UINTPTR)block % portBYTE_ALIGNMENT == 0);
    return block;
}

NOT_INLINED void *pvPortMalloc(size_t xWantedSize)
{
    return allocate(xWantedSize, CALLER());
}

/* vPortFree, for `function`, which was called from `from`. */
static VOID free_block(void *pv, const char *function, UINTPTR from)
{
    UINTPTR state;
    size_t size = 0;
    int isFreed;

    if (pv == NULL) {
        return;
    }
#if (configHEAP_CLEAR_MEMORY_ON_FREE == 1)
    (VOID)memset(pv, 0, litepool_usable_size(pool, pv));
#endif
    state = litepool_port_lock();
    if (TRACES_FREE) {
        size = litepool_usable_size(pool, pv);
    }
    called_from(from);
    isFreed = LOS_MemFree(pool, pv) == LOS_OK;
    called_from(0);
    if (isFreed) {
        frees++;
        traceFREE(pv, size);
    }
    (VOID)size;
    litepool_port_unlock(state);
    if (!isFreed) {
        report(pv, " is not freed", function, from);
    }
    /* Freed already, never allocated, or its surroundings are overrun. */
    configASSERT(isFreed);
}

NOT_INLINED void vPortFree(void *pv)
{
    free_block(pv, "vPortFree", CALLER());
}

NOT_INLINED void *pvPortCalloc(size_t xNum, size_t xSize)
{
    VOID *block = NULL;

    if (xSize == 0 || xNum <= (size_t)-1 / xSize) {
        block = allocate(xNum * xSize, CALLER());
    }
    if (block != NULL) {
        (VOID)memset(block, 0, xNum * xSize);
    }
    return block;
}

/* The block `pv` of `old` bytes with another size, or NULL. A long copy needs no lock. */
static VOID *resize(VOID *pv, size_t old, size_t size)
{
    VOID *block = size > LARGEST ? NULL : LOS_MemRealloc(pool, pv, (UINT32)size);

#if LITEPOOL_BESTFIT_LITTLE
    /* It does not resize blocks on a boundary. */
    if (block == NULL && portBYTE_ALIGNMENT > LITEPOOL_GRANULE) {
        if (size <= old) {
            return pv;
        }
        block = allocate_block(size);
        if (block != NULL) {
            (VOID)memcpy(block, pv, old);
            (VOID)LOS_MemFree(pool, pv);
        }
    }
#endif
    (VOID)old;
    return block;
}

NOT_INLINED void *pvPortRealloc(void *pv, size_t xSize)
{
    UINTPTR state;
    VOID *block = NULL;
    size_t old;

    if (pv == NULL) {
        return allocate(xSize, CALLER());
    }
    if (xSize == 0) {
        free_block(pv, "pvPortRealloc", CALLER());
        return NULL;
    }
    state = litepool_port_lock();
    old = litepool_usable_size(pool, pv);
    if (old != 0) {
        /* Told before somebody else can have the block. */
        traceFREE(pv, old);
        called_from(CALLER());
    }
    litepool_port_unlock(state);
    if (old == 0) {
        report(pv, " is not resized", "pvPortRealloc", CALLER());
    }
    configASSERT(old != 0);
    if (old == 0) {
        return NULL;
    }
    block = resize(pv, old, xSize);
    state = litepool_port_lock();
    called_from(0);
    if (block != NULL) {
        frees++;
        allocations++;
        traceMALLOC(block, (size_t)litepool_usable_size(pool, block));
    } else {
        /* It stays as it was. */
        traceMALLOC(pv, old);
        traceMALLOC(NULL, 0);
    }
    litepool_port_unlock(state);
    if (block == NULL) {
        failed();
    }
    return block;
}

/* ---- asking: each answer is of one moment ---- */

static LitepoolTotals totals(VOID)
{
    static const LitepoolTotals nothing;
    LitepoolTotals now = nothing;

    (VOID)litepool_totals(litepool_heap_pool(), &now);
    return now;
}

/* What is left at least, when the most is used. */
static size_t least_free(const LitepoolTotals *now)
{
    UINT32 all = now->used + now->free;

    return now->peak < all ? all - now->peak : 0;
}

size_t xPortGetFreeHeapSize(void)
{
    return totals().free;
}

size_t xPortGetMinimumEverFreeHeapSize(void)
{
    LitepoolTotals now = totals();

    return least_free(&now);
}

void xPortResetHeapMinimumEverFreeHeapSize(void)
{
    (VOID)litepool_reset_peak(litepool_heap_pool());
}

void vPortInitialiseBlocks(void)
{
    (VOID)litepool_heap_pool();
}

void vPortGetHeapStats(HeapStats_t *pxHeapStats)
{
    static const LitepoolStats nothing;
    LitepoolStats now = nothing;
    VOID *asked = litepool_heap_pool();
    UINTPTR state;

#if LITEPOOL_BESTFIT_LITTLE
    /* It looks for the sizes of free blocks in steps, without the lock between them. */
    (VOID)litepool_stats(asked, &now);
    state = litepool_port_lock();
    (VOID)litepool_totals(asked, &now.totals);
#else
    state = litepool_port_lock();
    (VOID)litepool_stats(asked, &now);
#endif
    pxHeapStats->xNumberOfSuccessfulAllocations = allocations;
    pxHeapStats->xNumberOfSuccessfulFrees = frees;
    litepool_port_unlock(state);
    pxHeapStats->xAvailableHeapSpaceInBytes = now.totals.free;
    pxHeapStats->xSizeOfLargestFreeBlockInBytes = now.largestFree;
    pxHeapStats->xSizeOfSmallestFreeBlockInBytes = now.smallestFree;
    pxHeapStats->xNumberOfFreeBlocks = now.totals.freeBlocks;
    pxHeapStats->xMinimumEverFreeBytesRemaining = least_free(&now.totals);
}
