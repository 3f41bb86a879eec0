/*
 * The heaps of this firmware: two pools of litepool, whose events are recorded.
 */
#ifndef HEAP_H
#define HEAP_H

#include "los_memory.h"

typedef struct Heap Heap;
extern Heap main_heap, net_heap;

void heap_init(void);
void *heap_alloc(Heap *heap, UINT32 size);
void *heap_realloc(Heap *heap, void *block, UINT32 size);
void heap_free(Heap *heap, void *block);

#endif
