/* ARM's MPS2 with the Cortex-M3 design AN385, as QEMU has it, under newlib's semihosting. */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern uint8_t data_start[], data_end[], data_image[], bss_start[], bss_end[], stack_top[];
extern void initialise_monitor_handles(void);
extern int main(void);

const uint32_t machine_tick = 40;
const int machine_tells_interrupts = 1;

static void (*interrupted)(void);

/* ---- from reset to main, and main's status to the host ---- */

void reset(void)
{
    memcpy(data_start, data_image, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    initialise_monitor_handles();
    exit(main());
}

/* A bad address or an unknown instruction: what the tests must never reach. */
static void fault(void)
{
    uint32_t cause = *(volatile uint32_t *)0xE000ED28u, address = *(volatile uint32_t *)0xE000ED38u;

    printf("hard fault, CFSR %#lx, address %#lx\n", (unsigned long)cause, (unsigned long)address);
    exit(1);
}

static void tick(void)
{
    interrupted();
}

enum { EXCEPTIONS = 16, SYSTICK = 15 };
typedef void (*Vector)(void);
__attribute__((section(".vectors"), used)) static const Vector vectors[EXCEPTIONS] = {
    (Vector)(uintptr_t)stack_top, reset, fault, fault, fault, fault, fault, [SYSTICK] = tick,
};

/* ---- the first of the board's two timers, which counts down ---- */

static volatile uint32_t *const timer = (volatile uint32_t *)0x40000000u;

void machine_start_timer(void)
{
    timer[2] = UINT32_MAX; /* reload */
    timer[1] = UINT32_MAX; /* value */
    timer[0] = 1;          /* run */
}

uint32_t machine_ticks(Operation operation, uintptr_t one, uintptr_t two, uintptr_t three,
                       uintptr_t *result)
{
    register uintptr_t r0 __asm__("r0") = one;
    register uintptr_t r1 __asm__("r1") = two;
    register uintptr_t r2 __asm__("r2") = three;
    register const volatile uint32_t *r4 __asm__("r4") = timer + 1;
    register uint32_t r5 __asm__("r5");

    /* The callee keeps r4 and r5. */
    __asm__ volatile("ldr r5, [r4]\n\tblx %[operation]\n\tldr r4, [r4]"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r4), "=&r"(r5)
                     : [operation] "r"(operation)
                     : "r3", "r12", "lr", "memory", "cc");
    *result = r0;
    return r5 - (uint32_t)r4;
}

__attribute__((naked, noinline)) void machine_nothing(void)
{
    __asm__ volatile("bx lr");
}

__attribute__((naked, noinline)) void machine_hundred(void)
{
    __asm__ volatile(".rept 100\n\tnop\n\t.endr\n\tbx lr");
}

/* ---- the processor's own timer, on its clock of 25 MHz ---- */

void machine_interrupt_every(uint32_t instructions, void (*handler)(void))
{
    volatile uint32_t *systick = (volatile uint32_t *)0xE000E010u;

    interrupted = handler;
    systick[1] = instructions * INSTRUCTION / machine_tick - 1; /* reload */
    systick[2] = 0; /* value */
    systick[0] = 7; /* the processor's clock, an interrupt, run */
}
