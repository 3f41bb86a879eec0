/*
 * QEMU's RISC-V machine `virt`, under picolibc's semihosting: its start-up code takes the processor
 * from reset to main, tells of a fault, and gives main's status to the host.
 */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>

/* Since the instruction set's version of 2019 these registers belong to an extension that -march
   must name. */
__asm__(".option arch, +zicsr");

enum { TIMER_INTERRUPT = 1 << 7, ENABLED = 1 << 3 };
#define CAUSE_TIMER 0x80000007u

/* Both are 64 bits wide; time counts up. */
static volatile uint32_t *const compare = (volatile uint32_t *)0x02004000u;
static volatile uint32_t *const now = (volatile uint32_t *)0x0200BFF8u;

const uint32_t machine_tick = 100;
/* In machine mode nothing tells whether a trap is being handled. */
const int machine_tells_interrupts = 0;

static void (*interrupted)(void);
static uint32_t period;

/* It always runs. */
void machine_start_timer(void)
{
}

uint32_t machine_ticks(Operation operation, uintptr_t one, uintptr_t two, uintptr_t three,
                       uintptr_t *result)
{
    register uintptr_t a0 __asm__("a0") = one;
    register uintptr_t a1 __asm__("a1") = two;
    register uintptr_t a2 __asm__("a2") = three;
    register const volatile uint32_t *s2 __asm__("s2") = now;
    register uint32_t s3 __asm__("s3");

    /* The callee keeps s2 and s3. */
    __asm__ volatile("lw s3, 0(s2)\n\tjalr %[operation]\n\tlw s2, 0(s2)"
                     : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(s2), "=&r"(s3)
                     : [operation] "r"(operation)
                     : "a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "ra",
                       "memory");
    *result = a0;
    return (uint32_t)s2 - s3;
}

__attribute__((naked, noinline)) void machine_nothing(void)
{
    __asm__ volatile("ret");
}

__attribute__((naked, noinline)) void machine_hundred(void)
{
    __asm__ volatile(".rept 100\n\tnop\n\t.endr\n\tret");
}

static void set_alarm(void)
{
    uint64_t then;
    uint32_t high;

    do {
        high = now[1];
        then = ((uint64_t)high << 32 | now[0]) + period;
    } while (high != now[1]);
    compare[0] = UINT32_MAX;
    compare[1] = (uint32_t)(then >> 32);
    compare[0] = (uint32_t)then;
}

__attribute__((interrupt("machine"), aligned(4))) static void trap(void)
{
    uint32_t cause, address;

    __asm__ volatile("csrr %0, mcause\n\tcsrr %1, mepc" : "=r"(cause), "=r"(address));
    if (cause != CAUSE_TIMER) {
        printf("trap, cause %#lx, at %#lx\n", (unsigned long)cause, (unsigned long)address);
        exit(1);
    }
    set_alarm();
    interrupted();
}

void machine_interrupt_every(uint32_t instructions, void (*handler)(void))
{
    interrupted = handler;
    period = instructions * INSTRUCTION / machine_tick;
    set_alarm();
    __asm__ volatile("csrw mtvec, %0\n\tcsrs mie, %1\n\tcsrs mstatus, %2"
                     :
                     : "r"(trap), "r"(TIMER_INTERRUPT), "r"(ENABLED)
                     : "memory");
}
