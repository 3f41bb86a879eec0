#include "device.h"

#include <string.h>

/* CMSDK's UART 0 and timer 0, as ARM's MPS2 has them. */
enum { UART_DATA, UART_STATE, UART_CONTROL, UART_INTERRUPT, UART_DIVIDER };
enum { TIMER_CONTROL, TIMER_VALUE, TIMER_RELOAD };
static volatile UINT32 *const uart = (volatile UINT32 *)0x40004000u;
static volatile UINT32 *const timer = (volatile UINT32 *)0x40000000u;

/* In memory that the start does not clear. */
static struct Start {
    UINT32 magic, count;
} start __attribute__((section(".noinit")));

enum { MAGIC = 0x6C697465 };

void device_start(void)
{
    uart[UART_DIVIDER] = 217; /* 115,200 baud */
    uart[UART_CONTROL] = 1;   /* transmit */
    timer[TIMER_RELOAD] = 0xFFFFFFFFu;
    timer[TIMER_VALUE] = 0xFFFFFFFFu;
    timer[TIMER_CONTROL] = 1;
    start.count = start.magic == MAGIC ? start.count + 1 : 1;
    start.magic = MAGIC;
}

UINT32 boot_number(void)
{
    return start.count;
}

void uart_send(const UINT8 *bytes, UINT32 count)
{
    while (count-- > 0) {
        while ((uart[UART_STATE] & 1) != 0) {
        }
        uart[UART_DATA] = *bytes++;
    }
}

/* It counts down. */
UINT32 timer_ticks(void)
{
    return ~timer[TIMER_VALUE];
}

static UINT32 semihosting(UINT32 operation, const void *argument)
{
    register UINT32 r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

int is_asked_for(const char *word)
{
    char line[80] = {0};
    struct {
        char *line;
        UINT32 size;
    } command = {line, sizeof line - 1};

    return semihosting(0x15 /* SYS_GET_CMDLINE */, &command) == 0 && strstr(line, word) != NULL;
}

void device_end(void)
{
    semihosting(0x18 /* SYS_EXIT */, (const void *)0x20026u /* the application has ended */);
    for (;;) {
    }
}

void device_reset(void)
{
    *(volatile UINT32 *)0xE000ED0Cu = 0x05FA0004u;
    for (;;) {
    }
}
