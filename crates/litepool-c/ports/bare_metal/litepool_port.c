/*
 * The port for a processor without an operating system, or with one that leaves interrupts alone: Cortex-M, RISC-V
 * and AArch64, one core. LITEPOOL_PRINT(text) puts out a text; without it nothing is printed. With the recorder,
 * LITEPOOL_TICKS() is the time, of which a second has LITEPOOL_TICKS_PER_SECOND; both may stand in
 * LITEPOOL_PRINT_HEADER.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "litepool_port.h"

#ifdef LITEPOOL_PRINT_HEADER
#include LITEPOOL_PRINT_HEADER
#endif
#ifndef LITEPOOL_PRINT
#define LITEPOOL_PRINT(text) ((VOID)(text))
#define LITEPOOL_REPORT 0
#elif !defined(LITEPOOL_REPORT)
#define LITEPOOL_REPORT 1
#endif

#ifdef __riscv
/*
 * Since the instruction set's version of 2019, which gcc 12 goes by, the registers of the
 * processor's state belong to an extension that -march may leave out, though every processor has
 * it. Older assemblers know neither the rule nor this option.
 */
#if __GNUC__ >= 12 && !defined(__riscv_zicsr)
#define WITH_CSR(instruction) \
    ".option push\n\t.option arch, +zicsr\n\t" instruction "\n\t.option pop"
#else
#define WITH_CSR(instruction) instruction
#endif
#define MSTATUS_MIE 8
#endif

UINTPTR litepool_port_lock(VOID)
{
    UINTPTR state;

#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
    __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(state) : : "memory");
#elif defined(__aarch64__)
    /* IRQ and FIQ. */
    __asm volatile("mrs %0, daif\n\tmsr daifset, #3" : "=r"(state) : : "memory");
#elif defined(__riscv)
    __asm volatile(WITH_CSR("csrrci %0, mstatus, %1") : "=r"(state) : "i"(MSTATUS_MIE) : "memory");
#else
#error "no interrupt lock for this processor: write litepool_port_lock and litepool_port_unlock for it"
#endif
    return state;
}

VOID litepool_port_unlock(UINTPTR state)
{
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
    __asm volatile("msr primask, %0" : : "r"(state) : "memory");
#elif defined(__aarch64__)
    __asm volatile("msr daif, %0" : : "r"(state) : "memory");
#elif defined(__riscv)
    __asm volatile(WITH_CSR("csrs mstatus, %0") : : "r"(state & MSTATUS_MIE) : "memory");
#endif
}

VOID litepool_port_print(const char *text)
{
    LITEPOOL_PRINT(text);
}

/* No tasks, but interrupt handlers. */
UINT32 litepool_port_task(VOID)
{
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
    UINTPTR handler;

    __asm volatile("mrs %0, ipsr" : "=r"(handler));
    return handler == 0 ? LITEPOOL_NO_TASK : LITEPOOL_IN_INTERRUPT;
#else
    return LITEPOOL_NO_TASK;
#endif
}

#if LITEPOOL_LEAKCHECK || LITEPOOL_RECORD_DEPTH
/* LITEPOOL_CALLERS(sites, count) puts the return addresses of the callers there; without it blocks
   remember none. */
VOID litepool_port_callers(UINT32 *sites, UINT32 count)
{
#ifdef LITEPOOL_CALLERS
    LITEPOOL_CALLERS(sites, count);
#else
    (VOID)sites;
    (VOID)count;
#endif
}
#endif

#if LITEPOOL_RECORD_CLOCK
#ifndef LITEPOOL_TICKS
#error "mem-record: define LITEPOOL_TICKS() and LITEPOOL_TICKS_PER_SECOND, or build the library with LITEPOOL_RECORD_CLOCK=0"
#endif

UINT32 litepool_port_ticks(VOID)
{
    return LITEPOOL_TICKS();
}

UINT32 litepool_port_ticks_per_second(VOID)
{
    return LITEPOOL_TICKS_PER_SECOND;
}
#endif

/* A line for each refused request, where it can be printed; LITEPOOL_REPORT 0 leaves it out. */
UINT32 litepool_port_refused(const LitepoolEvent *event)
{
#if LITEPOOL_REPORT
    switch (event->kind) {
        case LITEPOOL_EVENT_NO_ROOM:
            LITEPOOL_PRINT("litepool: no room\n");
            break;
        case LITEPOOL_EVENT_NOT_FREED:
            LITEPOOL_PRINT("litepool: not freed: no used block, or corrupt\n");
            break;
        default:
            LITEPOOL_PRINT("litepool: not resized: no used block, or corrupt\n");
            break;
    }
#endif
    (VOID)event;
    return 0;
}
