/*
 * The heap of this firmware: litepool, whose blocks remember their task and their callers.
 */
#ifndef HEAP_H
#define HEAP_H

#include "los_memory.h"

void heap_init(void);
void *heap_alloc(UINT32 size);
void heap_free(void *block);

/* Verifies the whole heap, and halts if something is not as it should be. */
void heap_check(void);

#endif
