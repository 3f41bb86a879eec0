/*
 * QEMU's -icount shift=10 lets each instruction take 1024 ns: 25.6 ticks of the board's 25 MHz timer. So the difference of
 * two readings tells the number of instructions between them, exactly (../src/clock.rs proves that).
 */
#include "count.h"

#ifdef __arm__
enum { TICK = 40, INSTRUCTION = 1024 };

static volatile uint32_t *const timer = (volatile uint32_t *)0x40000000u;
static uint32_t empty;

static uint32_t ticks_of(Operation operation, uintptr_t one, uintptr_t two, uintptr_t three, uintptr_t *result)
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
    return r5 - (uint32_t)r4; /* it counts down */
}

static uint32_t instructions(uint32_t ticks)
{
    return (uint32_t)(((uint64_t)ticks * TICK + INSTRUCTION / 2) / INSTRUCTION);
}

__attribute__((naked, noinline)) static void nothing(void)
{
    __asm__ volatile("bx lr");
}

__attribute__((naked, noinline)) static void a_hundred(void)
{
    __asm__ volatile(".rept 100\n\tnop\n\t.endr\n\tbx lr");
}

uint32_t count_call(Operation operation, uintptr_t one, uintptr_t two, uintptr_t three, uintptr_t *result)
{
    return instructions(ticks_of(operation, one, two, three, result)) - empty;
}

int count_start(void)
{
    uintptr_t ignored;

    timer[2] = UINT32_MAX; /* reload */
    timer[1] = UINT32_MAX; /* value */
    timer[0] = 1;          /* run */
    empty = instructions(ticks_of(nothing, 0, 0, 0, &ignored));
    return count_call(nothing, 0, 0, 0, &ignored) == 0 && count_call(a_hundred, 0, 0, 0, &ignored) == 100;
}
#else
int count_start(void)
{
    return 1;
}

uint32_t count_call(Operation operation, uintptr_t one, uintptr_t two, uintptr_t three, uintptr_t *result)
{
    *result = ((uintptr_t (*)(uintptr_t, uintptr_t, uintptr_t))operation)(one, two, three);
    return 0;
}
#endif
