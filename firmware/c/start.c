/* From reset to main, in C: memory as the language promises it, newlib's semihosting, main, and the status to the host. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern uint8_t data_start[], data_end[], data_image[], bss_start[], bss_end[], stack_top[];
extern void initialise_monitor_handles(void);
extern int main(void);

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
    printf("hard fault, CFSR %#lx, address %#lx\n", (unsigned long)*(volatile uint32_t *)0xE000ED28u,
           (unsigned long)*(volatile uint32_t *)0xE000ED38u);
    exit(1);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, (const void *)reset, (const void *)fault, (const void *)fault, (const void *)fault, (const void *)fault, (const void *)fault,
};
