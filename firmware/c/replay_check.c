/* litepool's answer: the pool is verified, and halfway its bytes are written to a file. */
#include "replay.h"

#include <stdio.h>

#include "los_memory.h"

#ifndef POOL_FILE
#define POOL_FILE "replay.pool"
#endif

static int write_pool(const void *pool, uint32_t size)
{
    FILE *file = fopen(POOL_FILE, "wb");
    int is_written = file != NULL && fwrite(pool, 1, size, file) == size;

    return file != NULL && fclose(file) == 0 && is_written;
}

int replay_check(void *pool, uint32_t size, uint32_t blocks, int is_halfway)
{
    return LOS_MemIntegrityCheck(pool) == LOS_OK && litepool_check(pool, NULL) == LOS_OK &&
           LOS_MemUsedBlksGet(pool) == blocks && (!is_halfway || write_pool(pool, size));
}
