/* The port for FreeRTOS beside headers that stand for FreeRTOS's. */
#include <stdio.h>
#include <string.h>

#include "kernel.h"
#include "litepool_heap.h"
#include "litepool_port.h"
#include "los_memory.h"

unsigned long complaints;
static atomic_ulong failed;

void vApplicationMallocFailedHook(void)
{
    failed++;
}

static void holds(int line, const char *what, int does)
{
    if (!does) {
        printf("line %d: %s\n", line, what);
        exit(1);
    }
}

#define HOLDS(condition) holds(__LINE__, #condition, (condition))

/*
 * ---- what the trace macros tell: blocks come and go one after the other, with the same size, and
 * nobody else meanwhile ----
 */

#ifndef NO_TRACE
enum { MOST = 4000 };
static struct {
    void *block;
    size_t size;
} traced[MOST];
static size_t traced_count, traced_failures;

void note_malloc(void *block, size_t size)
{
    size_t index;

    HOLDS(is_excluded());
    if (block == NULL) {
        HOLDS(size == 0);
        traced_failures++;
        return;
    }
    for (index = 0; index < traced_count; index++) {
        HOLDS(traced[index].block != block);
    }
    HOLDS(size != 0 && traced_count < MOST);
    traced[traced_count].block = block;
    traced[traced_count++].size = size;
}

void note_free(void *block, size_t size)
{
    size_t index = 0;

    HOLDS(is_excluded());
    while (index < traced_count && traced[index].block != block) {
        index++;
    }
    HOLDS(index < traced_count);
    /* The new block: none grows by the gap before another one that stands on a boundary. */
    HOLDS(portBYTE_ALIGNMENT > LITEPOOL_GRANULE || traced[index].size == size);
    traced[index] = traced[--traced_count];
}
#endif

#ifdef PRINTS
static char printed[4000];

/* Whoever prints may wait. */
void note_print(const char *text)
{
    HOLDS(is_free());
    HOLDS(strlen(printed) + strlen(text) < sizeof printed);
    strcat(printed, text);
}
#endif

#if LITEPOOL_HOOKS
VOID litepool_port_hook(const LitepoolEvent *event)
{
    (VOID)event;
}
#endif

/* The books of heap and tracer agree with the blocks that there are. */
static void books_agree(void)
{
    HeapStats_t now;
    LitepoolTotals totals;

    vPortGetHeapStats(&now);
    HOLDS(litepool_totals(litepool_heap_pool(), &totals) == LOS_OK);
    HOLDS(now.xNumberOfSuccessfulAllocations - now.xNumberOfSuccessfulFrees == totals.usedBlocks);
    HOLDS(now.xNumberOfFreeBlocks == totals.freeBlocks);
    HOLDS(now.xAvailableHeapSpaceInBytes == totals.free && totals.free == xPortGetFreeHeapSize());
    HOLDS(now.xMinimumEverFreeBytesRemaining == xPortGetMinimumEverFreeHeapSize());
    HOLDS(now.xMinimumEverFreeBytesRemaining <= now.xAvailableHeapSpaceInBytes);
    HOLDS(now.xSizeOfLargestFreeBlockInBytes <= now.xAvailableHeapSpaceInBytes);
    HOLDS(now.xSizeOfSmallestFreeBlockInBytes <= now.xSizeOfLargestFreeBlockInBytes);
#ifndef NO_TRACE
    HOLDS(traced_count == totals.usedBlocks);
#endif
    HOLDS(is_free() && intrusions == 0);
}

static void is_filled(const unsigned char *block, size_t size, int byte)
{
    while (size-- != 0) {
        HOLDS(block[size] == byte);
    }
}

/* ---- the tests ---- */

static void figures_begin_with_one_free_block(void)
{
    HeapStats_t now;

    vPortInitialiseBlocks();
    vPortGetHeapStats(&now);
    HOLDS(now.xAvailableHeapSpaceInBytes > 15000 && now.xNumberOfFreeBlocks == 1);
    HOLDS(now.xSizeOfSmallestFreeBlockInBytes == now.xSizeOfLargestFreeBlockInBytes);
    HOLDS(now.xMinimumEverFreeBytesRemaining == xPortGetFreeHeapSize());
    HOLDS(now.xNumberOfSuccessfulAllocations == 0 && now.xNumberOfSuccessfulFrees == 0);
    books_agree();
}

static void blocks_are_aligned_and_come_back(void)
{
    unsigned char *blocks[40];
    size_t index, before = xPortGetFreeHeapSize();
    HeapStats_t now;

    for (index = 0; index < 40; index++) {
        blocks[index] = pvPortMalloc(5 * index + 1);
        HOLDS(blocks[index] != NULL && (uintptr_t)blocks[index] % portBYTE_ALIGNMENT == 0);
        memset(blocks[index], (int)index, 5 * index + 1);
    }
    for (index = 0; index < 40; index += 2) {
        is_filled(blocks[index], 5 * index + 1, (int)index);
        vPortFree(blocks[index]);
    }
    vPortGetHeapStats(&now);
    HOLDS(now.xNumberOfFreeBlocks >= 20);
    HOLDS(now.xSizeOfSmallestFreeBlockInBytes < 40 && now.xSizeOfLargestFreeBlockInBytes > 8000);
    books_agree();
    for (index = 1; index < 40; index += 2) {
        is_filled(blocks[index], 5 * index + 1, (int)index);
        vPortFree(blocks[index]);
    }
    vPortFree(NULL);
    HOLDS(xPortGetFreeHeapSize() == before && complaints == 0);
    HOLDS(xPortGetMinimumEverFreeHeapSize() + 3900 < before);
    xPortResetHeapMinimumEverFreeHeapSize();
    HOLDS(xPortGetMinimumEverFreeHeapSize() == before);
    books_agree();
}

static void zeroed_blocks_are_zero(void)
{
    unsigned char *block = pvPortMalloc(500);

    memset(block, 0xFF, 500);
    vPortFree(block);
    block = pvPortCalloc(10, 50);
    HOLDS(block != NULL);
    is_filled(block, 500, 0);
    vPortFree(block);
    HOLDS(pvPortCalloc((size_t)-1, 2) == NULL && pvPortCalloc(2, (size_t)-1) == NULL);
    HOLDS(pvPortCalloc((size_t)-1 / 16 + 2, 16) == NULL);
    books_agree();
}

static void what_can_t_be_had_is_refused(void)
{
    static const size_t sizes[] = { 0, 20000, 0x7FFFFFFF, 0x80000000u, 0xFFFFFFFFu, (size_t)-1,
                                    (size_t)-8, ((size_t)1 << 16 << 16) + 100 };
    unsigned char *block = pvPortMalloc(100);
    unsigned long before = failed;
    size_t index, count = sizeof sizes / sizeof sizes[0] - (sizeof(size_t) == 4);

    memset(block, 9, 100);
    for (index = 0; index < count; index++) {
        HOLDS(pvPortMalloc(sizes[index]) == NULL);
        HOLDS(sizes[index] == 0 || pvPortRealloc(block, sizes[index]) == NULL);
        is_filled(block, 100, 9);
    }
    HOLDS(failed == before + 2 * count - 1);
    books_agree();
    vPortFree(block);
    HOLDS(complaints == 0);
    books_agree();
}

static void blocks_are_resized(void)
{
    unsigned char *block = pvPortRealloc(NULL, 100), *wall = pvPortMalloc(100), *moved;

    HOLDS(block != NULL && wall != NULL);
    memset(block, 7, 100);
    HOLDS(pvPortRealloc(block, 60) == block);
    books_agree();
    moved = pvPortRealloc(block, 3000);
    HOLDS(moved != NULL && (uintptr_t)moved % portBYTE_ALIGNMENT == 0);
    is_filled(moved, 60, 7);
    books_agree();
    HOLDS(pvPortRealloc(moved, 0) == NULL);
    vPortFree(wall);
    HOLDS(complaints == 0);
    books_agree();
}

static void what_is_no_block_is_told(void)
{
    unsigned char *block = pvPortMalloc(100);
    size_t before;

    HOLDS(pvPortRealloc(block + 8, 10) == NULL && complaints == 1);
    vPortFree(block + 8);
    HOLDS(complaints == 2);
    vPortFree(block);
    before = xPortGetFreeHeapSize();
    HOLDS(complaints == 2);
    vPortFree(block);
    HOLDS(complaints == 3);
    HOLDS(pvPortRealloc(block, 10) == NULL && complaints == 4);
    HOLDS(xPortGetFreeHeapSize() == before);
    books_agree();
    complaints = 0;
}

#ifdef PRINTS
/* The text printed about `block`, and an address behind it that lies in `caller`. */
static void is_printed_with_caller(const char *format, const void *block, uintptr_t caller)
{
    char text[120];
    const char *found;
    uintptr_t address;

    snprintf(text, sizeof text, format, block);
    found = strstr(printed, text);
    HOLDS(found != NULL);
    address = (uintptr_t)strtoull(found + strlen(text), NULL, 0);
    HOLDS(address > caller && address < caller + 2000);
    printed[0] = 0;
}

__attribute__((noinline)) static void a_refused_pointer_is_printed_with_who_gave_it(void)
{
    unsigned char *block = pvPortMalloc(100);
    uintptr_t here = (uintptr_t)a_refused_pointer_is_printed_with_who_gave_it;

    vPortFree(block);
    HOLDS(printed[0] == 0);
    vPortFree(block);
    is_printed_with_caller("%p is not freed: no used block, or corrupt; vPortFree was called from ",
                           (void *)block, here);
    HOLDS(pvPortRealloc(block, 10) == NULL);
    is_printed_with_caller(
        "%p is not resized: no used block, or corrupt; pvPortRealloc was called from ",
        (void *)block, here);
    HOLDS(pvPortRealloc(block, 0) == NULL);
    is_printed_with_caller(
        "%p is not freed: no used block, or corrupt; pvPortRealloc was called from ",
        (void *)block, here);
    HOLDS(complaints == 3);
    complaints = 0;
}

#if LITEPOOL_MUL_POOL
/* As of newlib's malloc, which has its own. */
static void what_another_pool_refuses_is_printed(void)
{
    unsigned char *other = pvPortMalloc(2000);
    char text[120];

    HOLDS(LOS_MemInit(other, 2000) == LOS_OK && LOS_MemFree(other, other + 800) != LOS_OK);
    snprintf(text, sizeof text, "%p is not freed: no used block of pool %p, or corrupt\n",
             (void *)(other + 800), (void *)other);
    HOLDS(strcmp(printed, text) == 0);
    printed[0] = 0;
    HOLDS(LOS_MemRealloc(other, other + 800, 10) == NULL);
    snprintf(text, sizeof text, "%p is not resized: no used block of pool %p, or corrupt\n",
             (void *)(other + 800), (void *)other);
    HOLDS(strcmp(printed, text) == 0);
    printed[0] = 0;
    HOLDS(LOS_MemAlloc(other, 4000) == NULL && printed[0] == 0);
    HOLDS(LOS_MemDeInit(other) == LOS_OK);
    vPortFree(other);
    HOLDS(complaints == 0);
}
#endif

#if LITEPOOL_OWNERS && LITEPOOL_LITEOS_M
/* Beyond what may be used lies what tells the block's owner. */
static void what_is_overrun_is_printed(void)
{
    unsigned char *block = pvPortMalloc(100), behind;
    unsigned long before = failed;
    size_t size = litepool_usable_size(litepool_heap_pool(), block);
    char text[80];

    behind = block[size];
    block[size] ^= 0xFF;
    vPortFree(block);
    snprintf(text, sizeof text, "block %p: ", (void *)block);
    HOLDS(complaints == 1 && strstr(printed, text) != NULL);
    printed[0] = 0;
    HOLDS(pvPortRealloc(block, 200) == NULL);
    HOLDS(complaints == 2 && strstr(printed, text) != NULL && failed == before);
    block[size] = behind;
    vPortFree(block);
    HOLDS(complaints == 2);
    complaints = 0;
    printed[0] = 0;
}
#endif
#endif

#if LITEPOOL_LEAKCHECK && defined(PRINTS)
__attribute__((noinline)) static void a_block_remembers_who_called(void)
{
    uintptr_t here = (uintptr_t)a_block_remembers_who_called;
    void *blocks[] = { pvPortMalloc(10), pvPortCalloc(2, 5), pvPortRealloc(NULL, 10), NULL };
    size_t index;

    blocks[3] = pvPortRealloc(pvPortMalloc(10), 500);
    for (index = 0; index < sizeof blocks / sizeof blocks[0]; index++) {
        char line[40], *callers;

        LOS_MemUsedNodeShow(litepool_heap_pool());
        snprintf(line, sizeof line, "\n%p ", blocks[index]);
        callers = strstr(printed, line);
        HOLDS(callers != NULL);
        callers = strstr(callers + 3, "0x");
        HOLDS(callers != NULL && callers < strchr(strstr(printed, line) + 1, '\n'));
        HOLDS(strtoul(callers, NULL, 0) > here && strtoul(callers, NULL, 0) < here + 2000);
        vPortFree(blocks[index]);
        printed[0] = 0;
    }
    books_agree();
}
#endif

static void a_freed_block_is_cleared_where_that_is_wanted(void)
{
#if configHEAP_CLEAR_MEMORY_ON_FREE
    unsigned char *block = pvPortMalloc(200), *behind = pvPortMalloc(8);
    size_t index, cleared = 0;

    memset(block, 0xAA, 200);
    vPortFree(block);
    for (index = 0; index < 200; index++) {
        HOLDS(block[index] != 0xAA);
        cleared += block[index] == 0;
    }
    HOLDS(cleared > 150);
    vPortFree(behind);
    books_agree();
#endif
}

static VOID count_blocks(const LitepoolBlock *block, VOID *count)
{
    *(size_t *)count += block->isUsed;
}

static void the_pool_is_told(void)
{
    void *block = pvPortMalloc(10);
    size_t count = 0;

    HOLDS(litepool_for_each_block(litepool_heap_pool(), count_blocks, &count) == LOS_OK);
    HOLDS(count == 1);
    LOS_MemUsedNodeShow(litepool_heap_pool());
#if LITEPOOL_OWNERS
    HOLDS(LOS_MemTaskIdGet(block) == 7);
#endif
    vPortFree(block);
}

static void the_state_can_be_reset(void)
{
    HeapStats_t now;

    HOLDS(pvPortMalloc(1000) != NULL);
    vPortHeapResetState();
#ifndef NO_TRACE
    traced_count = 0;
#endif
    vPortGetHeapStats(&now);
    HOLDS(now.xNumberOfFreeBlocks == 1 && now.xNumberOfSuccessfulAllocations == 0);
    HOLDS(now.xMinimumEverFreeBytesRemaining == now.xAvailableHeapSpaceInBytes);
    books_agree();
}

#if configNUMBER_OF_CORES > 1
static void *core(void *seed)
{
    unsigned char *blocks[16] = { NULL };
    size_t sizes[16] = { 0 };
    unsigned long step, dice = *(unsigned long *)seed;

    for (step = 0; step < 20000; step++) {
        size_t index;

        dice = dice * 1103515245 + 12345;
        index = dice >> 16 & 15;
        if (blocks[index] != NULL && (dice >> 8 & 3) == 0) {
            unsigned char *resized = pvPortRealloc(blocks[index], sizes[index] / 2 + 1);

            if (resized != NULL) {
                blocks[index] = resized;
                sizes[index] = sizes[index] / 2 + 1;
            }
        }
        if (blocks[index] != NULL) {
            is_filled(blocks[index], sizes[index], (int)(*(unsigned long *)seed & 0xFF));
        }
        vPortFree(blocks[index]);
        sizes[index] = 1 + (dice >> 4) % 300;
        blocks[index] = pvPortMalloc(sizes[index]);
        if (blocks[index] != NULL) {
            memset(blocks[index], (int)(*(unsigned long *)seed & 0xFF), sizes[index]);
        }
        HOLDS(is_free());
    }
    for (step = 0; step < 16; step++) {
        vPortFree(blocks[step]);
    }
    return NULL;
}

static void two_cores_exclude_each_other(void)
{
    unsigned long seeds[] = { 1, 2 };
    pthread_t threads[2];
    size_t index, before = xPortGetFreeHeapSize();

    for (index = 0; index < 2; index++) {
        HOLDS(pthread_create(&threads[index], NULL, core, &seeds[index]) == 0);
    }
    for (index = 0; index < 2; index++) {
        HOLDS(pthread_join(threads[index], NULL) == 0);
    }
    HOLDS(xPortGetFreeHeapSize() == before && complaints == 0);
    HOLDS(litepool_check(litepool_heap_pool(), NULL) == LOS_OK);
    books_agree();
}
#endif

#if LITEPOOL_RECORD
static TickType_t ticks;

TickType_t xTaskGetTickCount(void)
{
    return ticks++;
}

TickType_t xTaskGetTickCountFromISR(void)
{
    return ticks++;
}

/* What the heap did can be sent, with the kernel's time. */
static void what_happens_is_recorded(void)
{
    UINT8 bytes[64];
    UINT32 count = 0, got;

    while ((got = litepool_record_read(bytes, sizeof bytes)) > 0) {
        count += got;
    }
    HOLDS(count > 300 && ticks > 100);
}
#endif

int main(void)
{
    figures_begin_with_one_free_block();
    blocks_are_aligned_and_come_back();
    zeroed_blocks_are_zero();
    what_can_t_be_had_is_refused();
    blocks_are_resized();
    what_is_no_block_is_told();
#ifdef PRINTS
    printed[0] = 0;
    a_refused_pointer_is_printed_with_who_gave_it();
#if LITEPOOL_MUL_POOL
    what_another_pool_refuses_is_printed();
#endif
#if LITEPOOL_OWNERS && LITEPOOL_LITEOS_M
    what_is_overrun_is_printed();
#endif
#endif
#if LITEPOOL_LEAKCHECK && defined(PRINTS)
    a_block_remembers_who_called();
#endif
    a_freed_block_is_cleared_where_that_is_wanted();
    the_pool_is_told();
#if configNUMBER_OF_CORES > 1
    two_cores_exclude_each_other();
#endif
    the_state_can_be_reset();
#if LITEPOOL_RECORD
    what_happens_is_recorded();
#endif
    return 0;
}
