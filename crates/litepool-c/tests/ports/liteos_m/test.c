/* The port for LiteOS-M beside headers with the kernel's facts, as a kernel with everything on and
   one with little. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "los_hook.h"
#include "los_interrupt.h"
#include "los_memory.h"
#include "los_task.h"
#if (LOSCFG_KERNEL_LMK == 1)
#include "los_lmk.h"
#endif
#include "litepool.h"

/* The types are the kernel's own, whatever stdint.h says: declared twice, they must agree. */
extern UINT32 agreed;
extern unsigned int agreed;

static unsigned mistakes;

#define CHECK(condition) ((condition) ? (void)0 : complain(__LINE__, #condition))

static void complain(int line, const char *what)
{
    fprintf(stderr, "line %d: does not hold: %s\n", line, what);
    mistakes++;
}

/* ---- the kernel's side ---- */

static UINT32 masked, task = 2, interrupt;
static char text[4096];

UINT32 ArchIntLock(VOID)
{
    return masked++;
}

VOID ArchIntRestore(UINT32 intSave)
{
    masked = intSave;
}

UINT32 ArchIsIntActive(VOID)
{
    return interrupt;
}

UINT32 LOS_CurTaskIDGet(VOID)
{
    return task;
}

/* Here a line is looked at before it is printed, and nothing is printed with interrupts masked. */
INT32 OsLogLevelCheck(INT32 level)
{
    CHECK(masked == 0 && level <= PRINT_LEVEL);
    return 0;
}

INT32 printf(const CHAR *fmt, ...)
{
    va_list arguments;
    size_t length = strlen(text);
    INT32 printed;

    va_start(arguments, fmt);
    printed = vsnprintf(text + length, sizeof text - length, fmt, arguments);
    va_end(arguments);
    return printed;
}

static int prints(const char *wanted)
{
    int is_there = LITEPOOL_REPORT ? strstr(text, wanted) != NULL : text[0] == 0;

    text[0] = 0;
    return is_there;
}

#if (LOSCFG_DEBUG_HOOK == 1)
static char hooks[1024];

static VOID note(const char *name, VOID *pool, VOID *block, UINT32 size, UINT32 boundary)
{
    size_t length = strlen(hooks);

    CHECK(masked == 0 && pool == m_aucSysMem0);
    (VOID)snprintf(hooks + length, sizeof hooks - length, "%s %p %u %u\n", name, block, size, boundary);
}

VOID LOS_HOOK_TYPE_MEM_INIT_CallHook(VOID_PTR pool, UINT32 size)
{
    note("init", pool, NULL, size, 0);
}

VOID LOS_HOOK_TYPE_MEM_DEINIT_CallHook(VOID_PTR pool)
{
    note("deinit", pool, NULL, 0, 0);
}

VOID LOS_HOOK_TYPE_MEM_ALLOC_CallHook(VOID_PTR pool, VOID_PTR ptr, UINT32 size)
{
    note("alloc", pool, ptr, size, 0);
}

VOID LOS_HOOK_TYPE_MEM_ALLOCALIGN_CallHook(VOID_PTR pool, VOID_PTR ptr, UINT32 size, UINT32 boundary)
{
    note("align", pool, ptr, size, boundary);
}

/* What is told before is there still. */
VOID LOS_HOOK_TYPE_MEM_FREE_CallHook(VOID_PTR pool, VOID_PTR ptr)
{
    note(litepool_usable_size(pool, ptr) != 0 ? "free" : "bad free", pool, ptr, 0, 0);
}

VOID LOS_HOOK_TYPE_MEM_REALLOC_CallHook(VOID_PTR pool, VOID_PTR ptr, UINT32 size)
{
    note(ptr == NULL || litepool_usable_size(pool, ptr) != 0 ? "realloc" : "bad realloc", pool, ptr, size, 0);
}

static int told(const char *name, VOID *block, UINT32 size, UINT32 boundary)
{
    static char wanted[1024];
    size_t length;
    int is_next;

    (VOID)snprintf(wanted, sizeof wanted, "%s %p %u %u\n", name, block, size, boundary);
    length = strlen(wanted);
    is_next = strncmp(hooks, wanted, length) == 0;
    if (is_next) {
        memmove(hooks, hooks + length, strlen(hooks + length) + 1);
    }
    return is_next;
}
#endif

#if LITEPOOL_LEAKCHECK
VOID OsBackTraceHookCall(UINTPTR *LR, UINT32 LRSize, UINT32 jumpCount, UINTPTR SP)
{
    CHECK(LRSize == LOSCFG_MEM_RECORD_LR_CNT && jumpCount == LOSCFG_MEM_OMIT_LR_CNT && SP == 0);
    LR[0] = 0x8001234;
    LR[LRSize - 1] = 0x8005678;
}
#endif

#if (LOSCFG_KERNEL_LMK == 1)
static VOID *victim;
static UINT32 kills;

/* As the kernel's: once. */
UINT32 LOS_LmkTasksKill(VOID)
{
    CHECK(masked == 0);
    if (victim == NULL) {
        return LOS_NOK;
    }
    kills++;
    CHECK(LOS_MemFree(m_aucSysMem0, victim) == LOS_OK);
    victim = NULL;
    return LOS_OK;
}
#endif

/* ---- the tests ---- */

static void blocks_have_owners(void)
{
    UINT32 *number = LOS_MemAlloc(OS_SYS_MEM_ADDR, 4);

    *number = 828;
    CHECK(LOS_MemFree(OS_SYS_MEM_ADDR, number) == LOS_OK);
#if (LOSCFG_TASK_MEM_USED == 1)
    {
        UINT32 held[4] = { 0, 0, 0, 0 };
        VOID *block = LOS_MemAlloc(m_aucSysMem0, 100), *other;

        interrupt = 1;
        other = LOS_MemAlloc(m_aucSysMem0, 100);
        interrupt = 0;
        OsTaskMemUsed(m_aucSysMem0, held, 4);
        CHECK(held[2] * 2 == LOS_MemTotalUsedGet(m_aucSysMem0) && held[0] + held[1] + held[3] == 0);
        CHECK(LOS_MemFree(m_aucSysMem0, block) == LOS_OK && LOS_MemFree(m_aucSysMem0, other) == LOS_OK);
    }
#endif
}

static void refusals_are_a_line(void)
{
    UINT8 *block = LOS_MemAlloc(m_aucSysMem0, 100);

    CHECK(text[0] == 0);
    CHECK(LOS_MemAlloc(m_aucSysMem0, 0x10000) == NULL && prints("no room for 65536 bytes"));
    CHECK(LOS_MemAllocAlign(m_aucSysMem0, 0x10000, 64) == NULL && prints("no room for 65536 bytes"));
    CHECK(LOS_MemRealloc(m_aucSysMem0, block, 0x10000) == NULL && prints("no room for 65536 bytes"));
    CHECK(LOS_MemFree(m_aucSysMem0, block + 4) == LOS_NOK && prints("is not freed"));
    CHECK(LOS_MemRealloc(m_aucSysMem0, block + 4, 8) == NULL && prints("is not resized"));
    CHECK(LOS_MemFree(m_aucSysMem0, block) == LOS_OK && text[0] == 0);
    CHECK(LOS_MemFree(m_aucSysMem0, block) == LOS_NOK && prints("is not freed"));
    /* What is no request at all is none in the original either. */
    CHECK(LOS_MemAlloc(m_aucSysMem0, 0) == NULL && LOS_MemAlloc(NULL, 8) == NULL && text[0] == 0);
}

#if (LOSCFG_DEBUG_HOOK == 1)
static void hooks_are_called_as_the_kernel_calls_them(void)
{
    UINT8 *block, *aligned;

    hooks[0] = 0;
    block = LOS_MemAlloc(m_aucSysMem0, 100);
    CHECK(told("alloc", block, 100, 0));
    CHECK(LOS_MemAlloc(m_aucSysMem0, 0x10000) == NULL && told("alloc", NULL, 0x10000, 0));
    aligned = LOS_MemAllocAlign(m_aucSysMem0, 100, 64);
    CHECK(told("align", aligned, 100, 64));
    CHECK(LOS_MemAllocAlign(m_aucSysMem0, 0x10000, 64) == NULL && told("align", NULL, 0x10000, 64));
    CHECK(LOS_MemAllocAlign(m_aucSysMem0, 100, 3) == NULL && LOS_MemAlloc(m_aucSysMem0, 0) == NULL && hooks[0] == 0);

    CHECK(LOS_MemRealloc(m_aucSysMem0, block, 40) == block && told("realloc", block, 40, 0));
    CHECK(LOS_MemRealloc(m_aucSysMem0, block, 0x10000) == NULL && told("realloc", block, 0x10000, 0));
    CHECK(LOS_MemRealloc(m_aucSysMem0, block + 4, 40) == NULL && told("bad realloc", block + 4, 40, 0));
    CHECK(LOS_MemRealloc(m_aucSysMem0, block, 0) == NULL && told("realloc", block, 0, 0) && told("free", block, 0, 0));
    block = LOS_MemRealloc(m_aucSysMem0, NULL, 100);
    CHECK(told("realloc", NULL, 100, 0) && told("alloc", block, 100, 0));
    CHECK(LOS_MemFree(m_aucSysMem0, block) == LOS_OK && told("free", block, 0, 0));
    CHECK(LOS_MemFree(m_aucSysMem0, block) == LOS_NOK && told("bad free", block, 0, 0));
    CHECK(LOS_MemFree(m_aucSysMem0, aligned) == LOS_OK && told("free", aligned, 0, 0));
    CHECK(hooks[0] == 0);
    text[0] = 0;
}
#endif

#if LITEPOOL_LEAKCHECK
static void call_sites_are_the_kernels_back_trace(void)
{
    VOID *block = LOS_MemAlloc(m_aucSysMem0, 100);

    text[0] = 0;
    LOS_MemUsedNodeShow(m_aucSysMem0);
    CHECK(strstr(text, "0x08001234") != NULL && strstr(text, "0x08005678") != NULL);
    CHECK(LOS_MemFree(m_aucSysMem0, block) == LOS_OK);
    text[0] = 0;
}
#endif

#if (LOSCFG_KERNEL_LMK == 1)
static void room_is_made_by_killing_once(void)
{
    VOID *block, *other;

    victim = LOS_MemAlloc(m_aucSysMem0, 0x3000);
    CHECK(victim != NULL);
    block = LOS_MemAlloc(m_aucSysMem0, 0x3000);
    CHECK(block != NULL && kills == 1 && text[0] == 0);
    CHECK(LOS_MemAlloc(m_aucSysMem0, 0x3000) == NULL && kills == 1);
    CHECK(LOS_MemFree(m_aucSysMem0, block) == LOS_OK);
    /* A resize likewise; a bad pointer is not worth anybody's life. */
    block = LOS_MemAlloc(m_aucSysMem0, 100);
    victim = LOS_MemAlloc(m_aucSysMem0, 0x3000);
    other = (UINT8 *)block + 4;
    CHECK(LOS_MemRealloc(m_aucSysMem0, other, 0x3000) == NULL && kills == 1);
    block = LOS_MemRealloc(m_aucSysMem0, block, 0x3000);
    CHECK(block != NULL && kills == 2);
    CHECK(LOS_MemFree(m_aucSysMem0, block) == LOS_OK);
    /* Nor is what is no pool. */
    victim = LOS_MemAlloc(m_aucSysMem0, 0x1000);
    other = m_aucSysMem0;
    m_aucSysMem0 += 8;
    CHECK(LOS_MemAlloc(m_aucSysMem0, 100) == NULL && kills == 2);
    m_aucSysMem0 = other;
    CHECK(LOS_MemFree(m_aucSysMem0, victim) == LOS_OK);
    victim = NULL;
    text[0] = 0;
}
#endif

#if (LOSCFG_PLATFORM_EXC == 1) && LITEPOOL_OWNERS
/* A record for every pool; in that of a broken one the block whose owner wrote beyond it, and who
   that is. */
static void the_exception_handler_learns_who_it_was(void)
{
    static UINTPTR memory[1024];
    UINT8 *first = (UINT8 *)memory < m_aucSysMem0 ? (UINT8 *)memory : m_aucSysMem0;
    UINT32 broken = first != (UINT8 *)memory, other = !broken;
    MemInfoCB info[3];
    UINT8 *block, *next;
    UINT32 free, end;

#if (LOSCFG_DEBUG_HOOK == 1)
    /* The hooks' notes are of the system pool. */
    m_aucSysMem0 = (UINT8 *)memory;
    CHECK(LOS_MemInit(memory, sizeof memory) == LOS_OK);
    m_aucSysMem0 = broken ? first : (UINT8 *)litepool_next_pool(memory);
#else
    CHECK(LOS_MemInit(memory, sizeof memory) == LOS_OK);
#endif
    CHECK(OsMemExcInfoGet(0, info) == 0 && OsMemExcInfoGet(1, NULL) == 0 && OsMemExcInfoGet(1, info) == 1);
    CHECK(OsMemExcInfoGet(3, info) == 2);
    CHECK(info[0].startAddr == (UINTPTR)first && info[0].type == MEM_MANG_MEMORY && info[1].type == MEM_MANG_MEMORY);
    CHECK(info[broken].size == sizeof memory && info[broken].errorAddr == 0 && info[broken].errorOwner == 0);
    CHECK(info[other].startAddr == (UINTPTR)m_aucSysMem0 && info[other].size == LOS_MemPoolSizeGet(m_aucSysMem0));
    CHECK(info[other].free == info[other].size - LOS_MemTotalUsedGet(m_aucSysMem0) && info[other].blockSize != 0);
    free = info[broken].free;

    task = 4;
#if (LOSCFG_DEBUG_HOOK == 1)
    m_aucSysMem0 = (UINT8 *)memory;
#endif
    block = LOS_MemAlloc(memory, 100);
    task = 3;
    next = LOS_MemAlloc(memory, 100);
    CHECK(block < next);
    /* One byte too many. */
    end = litepool_usable_size(memory, block);
    block[end] = (UINT8)(block[end] + 1);
    CHECK(OsMemExcInfoGet(3, info) == 2);
    CHECK(info[broken].errorAddr == (UINTPTR)block && info[broken].errorOwner == 4 && info[broken].errorLen == end);
    CHECK(info[broken].free < free && info[other].errorAddr == 0);
    CHECK(LOS_MemIntegrityCheck(memory) == LOS_NOK && LOS_MemFree(memory, block) == LOS_NOK);
    /* All of it up to the next block: who it was is lost, and a number that no task can have is
       none. */
    memset(block, 0xFE, (size_t)(next - block));
    CHECK(OsMemExcInfoGet(3, info) == 2);
    CHECK(info[broken].errorAddr == (UINTPTR)block && info[broken].errorOwner == OS_TASK_ERRORID);
    text[0] = 0;
}

/* Figures that can't be true are none. */
static void a_broken_pool_has_no_figures(void)
{
    VOID *pool = litepool_next_pool(NULL);
    LOS_MEM_POOL_STATUS status;
    MemInfoCB info[2];

    memset(pool, 0xEE, 64);
    CHECK(LOS_MemInfoGet(pool, &status) == LOS_NOK && LOS_MemTotalUsedGet(pool) == LOS_NOK);
    CHECK(LOS_MemPoolSizeGet(pool) == LOS_NOK && LOS_MemIntegrityCheck(pool) == LOS_NOK);
    CHECK(OsMemExcInfoGet(2, info) == 2 && info[0].free == 0 && info[0].errorAddr == (UINTPTR)pool);
#if (LOSCFG_MEM_MUL_POOL == 1)
    text[0] = 0;
    CHECK(LOS_MemPoolList() == 2 && strstr(text, "damaged") != NULL);
#endif
}
#endif

#if LITEPOOL_RECORD
static UINT64 cycles;

UINT64 LOS_SysCycleGet(VOID)
{
    return cycles++;
}

/* What the heap did can be sent, with the kernel's time. */
static void what_happens_is_recorded(void)
{
    UINT8 bytes[64];
    UINT32 count = 0, got;

    while ((got = litepool_record_read(bytes, sizeof bytes)) > 0) {
        count += got;
    }
    CHECK(count > 40 && cycles > 3);
}
#endif

int main(void)
{
#if (LOSCFG_SYS_EXTERNAL_HEAP == 1)
    static const UINT32 size = LOSCFG_SYS_HEAP_SIZE;
#else
    static const UINT32 size = (UINT32)LOSCFG_SYS_HEAP_SIZE / LITEPOOL_GRANULE * LITEPOOL_GRANULE;
#endif

    CHECK(LOS_NOK == 0xFFFFFFFFu && LOS_MemInit(NULL, 0x4000) == 0xFFFFFFFFu);
    task = LOS_ERRNO_TSK_ID_INVALID;
    CHECK(OsMemSystemInit() == LOS_OK && LOS_MemPoolSizeGet(OS_SYS_MEM_ADDR) == size);
    task = 2;
    blocks_have_owners();
    refusals_are_a_line();
#if (LOSCFG_DEBUG_HOOK == 1)
    hooks_are_called_as_the_kernel_calls_them();
#endif
#if LITEPOOL_LEAKCHECK
    call_sites_are_the_kernels_back_trace();
#endif
#if (LOSCFG_KERNEL_LMK == 1)
    room_is_made_by_killing_once();
#endif
#if (LOSCFG_PLATFORM_EXC == 1) && LITEPOOL_OWNERS
    the_exception_handler_learns_who_it_was();
    a_broken_pool_has_no_figures();
#endif
#if LITEPOOL_RECORD
    what_happens_is_recorded();
#endif
    CHECK(masked == 0);
    return mistakes == 0 ? 0 : 1;
}

#if (LOSCFG_SYS_EXTERNAL_HEAP == 1)
unsigned int __heap_start[0x4000 / sizeof(unsigned int)];
#endif
