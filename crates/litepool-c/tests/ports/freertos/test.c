/* The port for FreeRTOS beside a header of its name. */
#include <string.h>

#include "FreeRTOS.h"

unsigned long masked, complaints, traced;
static unsigned long failed;

void vApplicationMallocFailedHook(void)
{
    failed++;
}

#define HOLDS(condition)  \
    if (!(condition)) {   \
        return __LINE__ % 250 + 1; \
    }

int main(void)
{
    HeapStats_t at_first, now;
    char *block, *zeros;
    size_t index;

    vPortInitialiseBlocks();
    vPortGetHeapStats(&at_first);
    HOLDS(at_first.xAvailableHeapSpaceInBytes > 15000 && at_first.xNumberOfFreeBlocks == 1);
    HOLDS(at_first.xAvailableHeapSpaceInBytes == xPortGetFreeHeapSize());
    HOLDS(at_first.xMinimumEverFreeBytesRemaining == xPortGetFreeHeapSize());

    block = pvPortMalloc(100);
    HOLDS(block != NULL && (uintptr_t)block % portBYTE_ALIGNMENT == 0);
    memset(block, 7, 100);
    zeros = pvPortCalloc(10, 50);
    HOLDS(zeros != NULL && zeros[0] == 0 && memcmp(zeros, zeros + 1, 499) == 0);
    block = pvPortRealloc(block, 3000);
    HOLDS(block != NULL && (uintptr_t)block % portBYTE_ALIGNMENT == 0);
    for (index = 0; index < 100; index++) {
        HOLDS(block[index] == 7);
    }
    HOLDS(pvPortMalloc(0) == NULL && pvPortMalloc(20000) == NULL && pvPortMalloc((size_t)-1) == NULL && failed == 3);
    HOLDS(pvPortCalloc((size_t)-1, 2) == NULL);

    vPortFree(NULL);
    vPortFree(zeros);
    HOLDS(complaints == 0);
    vPortFree(zeros);
    HOLDS(complaints == 1);
    vPortFree(block);
    vPortGetHeapStats(&now);
    HOLDS(now.xAvailableHeapSpaceInBytes == at_first.xAvailableHeapSpaceInBytes);
    HOLDS(now.xSizeOfLargestFreeBlockInBytes == at_first.xSizeOfLargestFreeBlockInBytes);
    HOLDS(now.xSizeOfSmallestFreeBlockInBytes == now.xSizeOfLargestFreeBlockInBytes);
    HOLDS(now.xMinimumEverFreeBytesRemaining + 3500 <= at_first.xAvailableHeapSpaceInBytes);
    HOLDS(now.xNumberOfSuccessfulAllocations >= 2);
    xPortResetHeapMinimumEverFreeHeapSize();
    HOLDS(xPortGetMinimumEverFreeHeapSize() == xPortGetFreeHeapSize());
    HOLDS(masked == 0);
    return 0;
}
