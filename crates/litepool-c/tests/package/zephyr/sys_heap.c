/* Zephyr's sys_heap over litepool, without Zephyr: random operations, contents, and what listeners
   are notified of. Exits with 0 if all is as it should be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litepool_zephyr.h"
#include "zephyr.h"

void __wrap_sys_heap_init(struct sys_heap *heap, void *mem, size_t bytes);
void *__wrap_sys_heap_aligned_alloc(struct sys_heap *heap, size_t align, size_t bytes);
void __wrap_sys_heap_free(struct sys_heap *heap, void *mem);
void *__wrap_sys_heap_aligned_realloc(struct sys_heap *heap, void *mem, size_t align, size_t bytes);
size_t __wrap_sys_heap_usable_size(struct sys_heap *heap, void *mem);
bool __wrap_sys_heap_validate(struct sys_heap *heap);
int __wrap_sys_heap_runtime_stats_get(struct sys_heap *heap, struct sys_memory_stats *stats);

/* Zephyr's own functions, which no heap of this test reaches. */
#define UNUSED(name) \
    void __real_sys_heap_##name(void); \
    void __real_sys_heap_##name(void) { abort(); }
UNUSED(init)
UNUSED(alloc)
UNUSED(aligned_alloc)
UNUSED(free)
UNUSED(aligned_realloc)
UNUSED(usable_size)
UNUSED(validate)
UNUSED(runtime_stats_get)
UNUSED(runtime_stats_reset_max)
UNUSED(print_info)

#define CHECK(condition) \
    if (!(condition)) { \
        printf("sys_heap.c:%d: %s\n", __LINE__, #condition); \
        exit(1); \
    }

enum { BLOCKS = 64, OPERATIONS = 200000 };

static struct {
    unsigned char *mem, value;
    size_t bytes, align, rewind;
} blocks[BLOCKS];

static unsigned char memory[64 << 10];
static struct sys_heap heap;
/* What a listener takes for allocated. */
static size_t listened;

void heap_listener_notify_alloc(uintptr_t id, void *mem, size_t bytes)
{
    CHECK(id == (uintptr_t)&heap && mem != NULL && bytes != 0);
    listened += bytes;
}

void heap_listener_notify_free(uintptr_t id, void *mem, size_t bytes)
{
    CHECK(id == (uintptr_t)&heap && mem != NULL && bytes <= listened);
    listened -= bytes;
}

static size_t below(size_t end)
{
    static uint64_t state = 1;

    state = state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(state >> 33) % end;
}

/* The block has what was written, and is filled to its new end. */
static void fill(int i, size_t kept, size_t bytes)
{
    for (size_t at = 0; at < kept; at++) {
        CHECK(blocks[i].mem[at] == blocks[i].value);
    }
    blocks[i].bytes = bytes;
    blocks[i].value = (unsigned char)below(256);
    memset(blocks[i].mem, blocks[i].value, bytes);
    CHECK(__wrap_sys_heap_usable_size(&heap, blocks[i].mem) >= bytes);
}

static void operate(int i)
{
    size_t bytes = 1 + below(below(8) ? 200 : 4000), kept = MIN(bytes, blocks[i].bytes);
    void *mem;

    if (blocks[i].mem == NULL) {
        /* An alignment, of the address or of one some bytes before it. */
        blocks[i].align = (size_t)1 << below(9);
        blocks[i].rewind = below(2) ? blocks[i].align >> (1 + below(8)) : 0;
        mem = __wrap_sys_heap_aligned_alloc(&heap, blocks[i].align | blocks[i].rewind, bytes);
        CHECK(((uintptr_t)mem + blocks[i].rewind) % blocks[i].align == 0 || mem == NULL);
        kept = 0;
    } else if (below(2)) {
        fill(i, blocks[i].bytes, blocks[i].bytes);
        __wrap_sys_heap_free(&heap, blocks[i].mem);
        blocks[i].mem = NULL;
        return;
    } else {
        mem = __wrap_sys_heap_aligned_realloc(&heap, blocks[i].mem, 0, bytes);
    }
    if (mem != NULL) {
        blocks[i].mem = mem;
        fill(i, kept, bytes);
    }
}

int main(void)
{
    struct sys_memory_stats stats;

    __wrap_sys_heap_init(&heap, memory + 3, sizeof memory - 3);
    CHECK(litepool_zephyr_pool(&heap) != NULL);
    for (int i = 0; i < OPERATIONS; i++) {
        operate((int)below(BLOCKS));
        CHECK(i % 1000 != 0 || __wrap_sys_heap_validate(&heap));
    }
    for (int i = 0; i < BLOCKS; i++) {
        __wrap_sys_heap_free(&heap, blocks[i].mem);
    }
    CHECK(__wrap_sys_heap_runtime_stats_get(&heap, &stats) == 0 && stats.allocated_bytes == 0);
    CHECK(listened == 0);
    return 0;
}
