/* Prints what a pool costs by itself, for three sizes of pools, and what 4 bytes cost: the last columns of docs/c-size.md. */
#include <stdio.h>
#include <stdlib.h>

#include "los_memory.h"

static UINT32 free_bytes(VOID *pool)
{
    LOS_MEM_POOL_STATUS status;

    LOS_MemInfoGet(pool, &status);
#if LITEPOOL_LITEOS_M
    return status.totalFreeSize;
#else
    return status.uwTotalFreeSize;
#endif
}

int main(void)
{
    static const UINT32 sizes[] = { 2048, 65536, 1048576 };
    size_t index;
    UINT32 used = 0;

    for (index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
        VOID *pool = malloc(sizes[index]);

        printf(index == 0 ? "" : " / ");
        if (LOS_MemInit(pool, sizes[index]) != LOS_OK) {
            printf("–");
            continue;
        }
        printf("%lu", (unsigned long)(sizes[index] - free_bytes(pool)));
        if (used == 0) {
            LOS_MemAlloc(pool, 4);
            used = LOS_MemTotalUsedGet(pool);
        }
#if LITEPOOL_MUL_POOL
        LOS_MemDeInit(pool);
#else
        break;
#endif
    }
    printf(" | %lu\n", (unsigned long)used);
    return 0;
}
