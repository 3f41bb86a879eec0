/*
 * Zephyr's sys_heap over litepool: the linker leads calls of sys_heap_init and its family here
 * (--wrap). A sys_heap that is a pool has the pool's address in its field `heap`, with the lowest
 * bit set, so that it is told from one of Zephyr's own: those that are smaller than
 * CONFIG_LITEPOOL_SYS_HEAP_MIN, or larger than a pool can be.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <string.h>

#include <zephyr/init.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/heap_listener.h>
#include <zephyr/sys/mem_stats.h>
#include <zephyr/sys/sys_heap.h>
#include <zephyr/sys/util.h>

#include "litepool_zephyr.h"

#define POOL_MARK ((uintptr_t)1)

/* A size is a UINT32 in the library, and no block has 2 GiB. */
#define LARGEST ((size_t)0x7FFFFFFFu)

/* Zephyr's own, for heaps that are no pools. */
void __real_sys_heap_init(struct sys_heap *heap, void *mem, size_t bytes);
void *__real_sys_heap_alloc(struct sys_heap *heap, size_t bytes);
void *__real_sys_heap_aligned_alloc(struct sys_heap *heap, size_t align, size_t bytes);
void __real_sys_heap_free(struct sys_heap *heap, void *mem);
void *__real_sys_heap_aligned_realloc(struct sys_heap *heap, void *ptr, size_t align, size_t bytes);
size_t __real_sys_heap_usable_size(struct sys_heap *heap, void *mem);

VOID *litepool_zephyr_pool(const struct sys_heap *heap)
{
    uintptr_t marked = (uintptr_t)heap->heap;

    return (marked & POOL_MARK) != 0 ? (VOID *)(marked - POOL_MARK) : NULL;
}

/* ---- making a heap ---- */

/* A heap may be made of the memory of one that nobody uses: sys_heap has no function to end one. */
static void deinit_pools(uintptr_t start, uintptr_t end)
{
    VOID *pool = NULL;

    for (;;) {
        VOID *next = litepool_next_pool(pool);

        if (next == NULL || (uintptr_t)next >= end) {
            return;
        }
        if ((uintptr_t)next + LOS_MemPoolSizeGet(next) > start && LOS_MemDeInit(next) == LOS_OK) {
            /* From the beginning: a pool that stood around it may go now. */
            pool = NULL;
        } else {
            pool = next;
        }
    }
}

static bool init_pool(uintptr_t start, size_t bytes)
{
    return bytes <= LITEPOOL_MAX_SIZE && LOS_MemInit((VOID *)start, (UINT32)bytes) == LOS_OK;
}

void __wrap_sys_heap_init(struct sys_heap *heap, void *mem, size_t bytes)
{
    uintptr_t start = ROUND_UP((uintptr_t)mem, LITEPOOL_GRANULE);
    uintptr_t end = ROUND_DOWN((uintptr_t)mem + bytes, LITEPOOL_GRANULE);

    if (bytes >= CONFIG_LITEPOOL_SYS_HEAP_MIN) {
        if (!init_pool(start, end - start)) {
            deinit_pools(start, end);
            if (!init_pool(start, end - start)) {
                __real_sys_heap_init(heap, mem, bytes);
                return;
            }
        }
        heap->heap = (struct z_heap *)(start + POOL_MARK);
        return;
    }
    deinit_pools(start, end);
    __real_sys_heap_init(heap, mem, bytes);
}

#if CONFIG_LITEPOOL_MORE_HEAPS > 0
/* As much as so many handles need, and the library's own word for each. */
enum { HANDLE = sizeof(UINTPTR) == 4 ? 64 : 128 };
static UINTPTR more_handles[(CONFIG_LITEPOOL_MORE_HEAPS + 1) * HANDLE / sizeof(UINTPTR)];

static int add_handles(void)
{
    (VOID)litepool_add_handles(more_handles, sizeof more_handles);
    return 0;
}

/* Before the kernel makes the heaps that are defined statically. */
SYS_INIT(add_handles, PRE_KERNEL_1, 0);
#endif

/* ---- blocks ---- */

/*
 * A block of which not the first byte has the alignment, but one a few bytes behind (`rewind`):
 * k_aligned_alloc keeps the address of its heap before the memory that it returns. The block itself
 * is aligned, and what is before the address that is returned ends with the block's own.
 */
static void *allocate_rewound(VOID *pool, size_t align, size_t rewind, size_t bytes)
{
    size_t skipped = align - rewind;
    uint8_t *block;

    while (skipped < sizeof(void *)) {
        skipped += align;
    }
    if (bytes > LARGEST - skipped) {
        return NULL;
    }
    bytes += skipped;
    block = align <= LITEPOOL_GRANULE ? LOS_MemAlloc(pool, (UINT32)bytes)
                                      : LOS_MemAllocAlign(pool, (UINT32)bytes, (UINT32)align);
    if (block == NULL) {
        return NULL;
    }
    memcpy(block + skipped - sizeof(void *), &block, sizeof block);
    return block + skipped;
}

/* `align` is 0, a power of two, or two bits: the alignment, and the smaller `rewind`. */
static void *allocate(VOID *pool, size_t align, size_t bytes)
{
    size_t rewind = align & (0 - align);

    if (bytes == 0 || bytes > LARGEST || align > LARGEST) {
        return NULL;
    }
    if (align != rewind) {
        return allocate_rewound(pool, align - rewind, rewind, bytes);
    }
    if (align <= LITEPOOL_GRANULE) {
        return LOS_MemAlloc(pool, (UINT32)bytes);
    }
    return LOS_MemAllocAlign(pool, (UINT32)bytes, (UINT32)align);
}

/* The block of an address that `allocate` returned; of another address, itself: it is refused. */
static void *block_of(VOID *pool, void *mem)
{
    uintptr_t start = (uintptr_t)pool;
    uintptr_t address = (uintptr_t)mem;
    void *block;

    if (litepool_usable_size(pool, mem) != 0 || address < start + sizeof(void *) ||
        address >= start + LOS_MemPoolSizeGet(pool)) {
        return mem;
    }
    memcpy(&block, (uint8_t *)mem - sizeof(void *), sizeof block);
    if ((uintptr_t)block < start || (uintptr_t)block >= address ||
        litepool_usable_size(pool, block) <= address - (uintptr_t)block) {
        return mem;
    }
    return block;
}

/* Bytes of the block of an address that `allocate` returned; 0 if it is none. */
static size_t block_size(VOID *pool, void *mem)
{
    return litepool_usable_size(pool, block_of(pool, mem));
}

/* Those of them from the address on. */
static size_t usable(VOID *pool, void *mem)
{
    void *block = block_of(pool, mem);
    size_t size = litepool_usable_size(pool, block);

    return size == 0 ? 0 : size - ((uintptr_t)mem - (uintptr_t)block);
}

/* ---- events for CONFIG_SYS_HEAP_LISTENER: of whole blocks, whichever address is theirs ---- */

static void notify_allocated(struct sys_heap *heap, void *mem)
{
#ifdef CONFIG_SYS_HEAP_LISTENER
    if (mem != NULL) {
        heap_listener_notify_alloc(HEAP_ID_FROM_POINTER(heap), mem,
                                   block_size(litepool_zephyr_pool(heap), mem));
    }
#else
    ARG_UNUSED(heap);
    ARG_UNUSED(mem);
#endif
}

static void notify_freed(struct sys_heap *heap, void *mem, size_t bytes)
{
#ifdef CONFIG_SYS_HEAP_LISTENER
    heap_listener_notify_free(HEAP_ID_FROM_POINTER(heap), mem, bytes);
#else
    ARG_UNUSED(heap);
    ARG_UNUSED(mem);
    ARG_UNUSED(bytes);
#endif
}

static void free_block(struct sys_heap *heap, void *mem)
{
    VOID *pool = litepool_zephyr_pool(heap);
    void *block = block_of(pool, mem);
    size_t bytes = litepool_usable_size(pool, block);
    UINT32 status;

    /* Before somebody else can have it. */
    if (bytes != 0) {
        notify_freed(heap, mem, bytes);
    }
    status = LOS_MemFree(pool, block);
    __ASSERT(status == LOS_OK, "no used block, or corrupt: %p", mem);
    ARG_UNUSED(status);
}

void *__wrap_sys_heap_aligned_alloc(struct sys_heap *heap, size_t align, size_t bytes)
{
    VOID *pool = litepool_zephyr_pool(heap);
    void *mem;

    if (pool == NULL) {
        return __real_sys_heap_aligned_alloc(heap, align, bytes);
    }
    mem = allocate(pool, align, bytes);
    notify_allocated(heap, mem);
    return mem;
}

void *__wrap_sys_heap_alloc(struct sys_heap *heap, size_t bytes)
{
    if (litepool_zephyr_pool(heap) == NULL) {
        return __real_sys_heap_alloc(heap, bytes);
    }
    return __wrap_sys_heap_aligned_alloc(heap, 0, bytes);
}

/* Zephyr 4 has it, as one of several functions that are called alike. */
void *__wrap_sys_heap_noalign_alloc(struct sys_heap *heap, size_t align, size_t bytes)
{
    ARG_UNUSED(align);
    return __wrap_sys_heap_alloc(heap, bytes);
}

void __wrap_sys_heap_free(struct sys_heap *heap, void *mem)
{
    if (litepool_zephyr_pool(heap) == NULL) {
        __real_sys_heap_free(heap, mem);
    } else if (mem != NULL) {
        free_block(heap, mem);
    }
}

static void *resize(struct sys_heap *heap, void *mem, size_t align, size_t bytes)
{
    VOID *pool = litepool_zephyr_pool(heap);
    size_t old = usable(pool, mem);
    void *moved;

    if (old == 0 || bytes > LARGEST) {
        __ASSERT(old != 0, "no used block, or corrupt: %p", mem);
        return NULL;
    }
    /* What begins with its block, and asks for no alignment, may grow where it is, and shrink. */
    if (align <= LITEPOOL_GRANULE && block_of(pool, mem) == mem) {
        moved = LOS_MemRealloc(pool, mem, (UINT32)bytes);
        if (moved != NULL) {
            notify_allocated(heap, moved);
            notify_freed(heap, mem, old);
        }
        return moved;
    }
    if (bytes <= old && (align == 0 || ((uintptr_t)mem & (align - 1)) == 0)) {
        return mem;
    }
    moved = __wrap_sys_heap_aligned_alloc(heap, align, bytes);
    if (moved != NULL) {
        memcpy(moved, mem, MIN(old, bytes));
        free_block(heap, mem);
    }
    return moved;
}

void *__wrap_sys_heap_aligned_realloc(struct sys_heap *heap, void *ptr, size_t align, size_t bytes)
{
    if (litepool_zephyr_pool(heap) == NULL) {
        return __real_sys_heap_aligned_realloc(heap, ptr, align, bytes);
    }
    if (ptr == NULL) {
        return __wrap_sys_heap_aligned_alloc(heap, align, bytes);
    }
    if (bytes == 0) {
        free_block(heap, ptr);
        return NULL;
    }
    return resize(heap, ptr, align, bytes);
}

/* A function of its own since Zephyr 4, a macro before. */
void *__wrap_sys_heap_realloc(struct sys_heap *heap, void *ptr, size_t bytes)
{
    return __wrap_sys_heap_aligned_realloc(heap, ptr, 0, bytes);
}

size_t __wrap_sys_heap_usable_size(struct sys_heap *heap, void *mem)
{
    VOID *pool = litepool_zephyr_pool(heap);

    return pool == NULL ? __real_sys_heap_usable_size(heap, mem) : usable(pool, mem);
}

/* ---- asking ---- */

#ifdef CONFIG_SYS_HEAP_VALIDATE
bool __real_sys_heap_validate(struct sys_heap *heap);

bool __wrap_sys_heap_validate(struct sys_heap *heap)
{
    VOID *pool = litepool_zephyr_pool(heap);

    return pool == NULL ? __real_sys_heap_validate(heap) : litepool_check(pool, NULL) == LOS_OK;
}
#endif

#ifdef CONFIG_SYS_HEAP_RUNTIME_STATS
int __real_sys_heap_runtime_stats_get(struct sys_heap *heap, struct sys_memory_stats *stats);
int __real_sys_heap_runtime_stats_reset_max(struct sys_heap *heap);

int __wrap_sys_heap_runtime_stats_get(struct sys_heap *heap, struct sys_memory_stats *stats)
{
    LitepoolTotals totals;

    if (heap == NULL || stats == NULL || litepool_zephyr_pool(heap) == NULL) {
        return __real_sys_heap_runtime_stats_get(heap, stats);
    }
    if (litepool_totals(litepool_zephyr_pool(heap), &totals) != LOS_OK) {
        return -EINVAL;
    }
    stats->free_bytes = totals.free;
    stats->allocated_bytes = totals.used;
    stats->max_allocated_bytes = totals.peak;
    return 0;
}

int __wrap_sys_heap_runtime_stats_reset_max(struct sys_heap *heap)
{
    if (heap == NULL || litepool_zephyr_pool(heap) == NULL) {
        return __real_sys_heap_runtime_stats_reset_max(heap);
    }
    return litepool_reset_peak(litepool_zephyr_pool(heap)) == LOS_OK ? 0 : -EINVAL;
}
#endif

void __real_sys_heap_print_info(struct sys_heap *heap, bool dump_chunks);

void __wrap_sys_heap_print_info(struct sys_heap *heap, bool dump_chunks)
{
    VOID *pool = litepool_zephyr_pool(heap);

    if (pool == NULL) {
        __real_sys_heap_print_info(heap, dump_chunks);
        return;
    }
    (VOID)LOS_MemFreeNodeShow(pool);
    if (dump_chunks) {
        LOS_MemUsedNodeShow(pool);
    }
}
