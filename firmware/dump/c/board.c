/* ARM's MPS2 with the Cortex-M3 design AN385, as QEMU has it. */
#include "board.h"

#include <stdint.h>
#include <string.h>

extern uint8_t data_start[], data_end[], data_image[], bss_start[], bss_end[], stack_top[];
extern int main(void);

void reset(void)
{
    memcpy(data_start, data_image, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    main();
    board_halt("main has ended");
}

static void fault(void)
{
    board_halt("hard fault");
}

typedef void (*Vector)(void);
__attribute__((section(".vectors"), used)) static const Vector vectors[16] = {
    (Vector)(uintptr_t)stack_top, reset, fault, fault, fault, fault, fault,
};

void board_print(const char *text)
{
    register uint32_t operation __asm__("r0") = 4; /* SYS_WRITE0 */
    register const char *argument __asm__("r1") = text;

    __asm__ volatile("bkpt 0xAB" : "+r"(operation) : "r"(argument) : "memory");
}

void board_halt(const char *why)
{
    board_print("halted: ");
    board_print(why);
    board_print("\n");
    for (;;) {
    }
}
