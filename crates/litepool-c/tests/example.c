/* The example of LiteOS's documentation of its dynamic memory, as a program: 4 bytes, 828, and back. */
#include <stdio.h>

#include "los_memory.h"

#define TEST_POOL_SIZE (2 * 1024)

static UINTPTR g_testPool[TEST_POOL_SIZE / sizeof(UINTPTR)];

int main(void)
{
    UINT32 *number;

    if (LOS_MemInit(g_testPool, TEST_POOL_SIZE) != LOS_OK) {
        printf("no pool\n");
        return 1;
    }
    number = LOS_MemAlloc(g_testPool, 4);
    if (number == NULL) {
        printf("no memory\n");
        return 1;
    }
    *number = 828;
    printf("the number is %lu\n", (unsigned long)*number);
    LOS_MemUsedNodeShow(g_testPool);
    if (*number != 828 || LOS_MemFree(g_testPool, number) != LOS_OK) {
        printf("not freed\n");
        return 1;
    }
    return 0;
}
