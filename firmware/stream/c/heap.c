#include "heap.h"

#include "board.h"
#include "device.h"
#include "litepool_port.h"
#include "port.h"

enum { MAIN_SIZE = 8 * 1024, NET_SIZE = 6 * 1024 };

struct Heap {
    UINT32 *pool;
};

static UINT32 main_pool[MAIN_SIZE / sizeof(UINT32)], net_pool[NET_SIZE / sizeof(UINT32)];
Heap main_heap = {main_pool}, net_heap = {net_pool};

void heap_init(void)
{
    if (LOS_MemInit(main_pool, sizeof main_pool) != LOS_OK ||
        LOS_MemInit(net_pool, sizeof net_pool) != LOS_OK) {
        board_halt("no pool");
    }
    litepool_record_name_pool(main_pool, "main");
    litepool_record_name_pool(net_pool, "net");
}

/* Where the function that this becomes a part of was called from. */
#define NOTE_CALLER() port_note_caller(__builtin_return_address(0), __builtin_frame_address(0))

__attribute__((noinline)) void *heap_alloc(Heap *heap, UINT32 size)
{
    NOTE_CALLER();
    return LOS_MemAlloc(heap->pool, size);
}

__attribute__((noinline)) void *heap_realloc(Heap *heap, void *block, UINT32 size)
{
    NOTE_CALLER();
    return LOS_MemRealloc(heap->pool, block, size);
}

__attribute__((noinline)) void heap_free(Heap *heap, void *block)
{
    NOTE_CALLER();
    LOS_MemFree(heap->pool, block);
}

/* The recorder's clock. */
UINT32 litepool_port_ticks(VOID)
{
    return timer_ticks();
}

UINT32 litepool_port_ticks_per_second(VOID)
{
    return TICKS_PER_SECOND;
}
