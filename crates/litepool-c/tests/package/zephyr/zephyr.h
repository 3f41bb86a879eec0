/* What litepool_sys_heap.c takes of Zephyr, for a test without it. */
#ifndef ZEPHYR_H
#define ZEPHYR_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_LITEPOOL_MORE_HEAPS 2
#define CONFIG_LITEPOOL_SYS_HEAP_MIN 512
#define CONFIG_SYS_HEAP_LISTENER 1
#define CONFIG_SYS_HEAP_RUNTIME_STATS 1
#define CONFIG_SYS_HEAP_VALIDATE 1

#define ARG_UNUSED(value) (void)(value)
#define HEAP_ID_FROM_POINTER(heap) ((uintptr_t)(heap))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define ROUND_DOWN(value, align) ((value) / (align) * (align))
#define ROUND_UP(value, align) ROUND_DOWN((value) + (align) - 1, align)
#define SYS_INIT(function, level, priority) int (*const init_##function)(void) = function
#define __ASSERT(condition, ...) ((void)0)

typedef struct k_thread *k_tid_t;

struct sys_heap {
    struct z_heap *heap;
};

struct sys_memory_stats {
    size_t free_bytes, allocated_bytes, max_allocated_bytes;
};

void heap_listener_notify_alloc(uintptr_t heap, void *mem, size_t bytes);
void heap_listener_notify_free(uintptr_t heap, void *mem, size_t bytes);

#endif
