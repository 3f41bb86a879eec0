#include "heap.h"

#include "board.h"
#include "port.h"

enum { POOL_SIZE = 8 * 1024 };

static UINT32 pool[POOL_SIZE / sizeof(UINT32)];

void heap_init(void)
{
    if (LOS_MemInit(pool, sizeof pool) != LOS_OK) {
        board_halt("no pool");
    }
}

__attribute__((noinline)) void *heap_alloc(UINT32 size)
{
    void *block;

    port_note_caller(__builtin_return_address(0), __builtin_frame_address(0));
    block = LOS_MemAlloc(pool, size);
    if (block == NULL) {
        board_halt("the heap has no room");
    }
    return block;
}

void heap_free(void *block)
{
    if (LOS_MemFree(pool, block) != LOS_OK) {
        board_halt("the heap refuses a free");
    }
}

void heap_check(void)
{
    if (LOS_MemIntegrityCheck(pool) != LOS_OK) {
        board_halt("the heap is corrupt");
    }
}
