/* A pool of the archive's library, as a program uses it: exits with 0 if it works. */
#include <stdio.h>

#include "los_memory.h"

static UINT32 memory[1024] __attribute__((aligned(8)));

int main(void)
{
    VOID *first, *second;

    if (LOS_MemInit(memory, sizeof memory) != LOS_OK) {
        return 1;
    }
    first = LOS_MemAlloc(memory, 100);
    second = LOS_MemAlloc(memory, 50);
    if (first == NULL || second == NULL || (UINTPTR)second % 8 != 0) {
        return 2;
    }
    /* The second free of a block is refused. */
    if (LOS_MemFree(memory, first) != LOS_OK || LOS_MemFree(memory, first) == LOS_OK) {
        return 3;
    }
    printf("%u bytes used of %u\n", (unsigned)LOS_MemTotalUsedGet(memory),
           (unsigned)LOS_MemPoolSizeGet(memory));
    return 0;
}
