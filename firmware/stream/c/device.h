/*
 * The board's UART and timer, and what the host asks for.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "litepool_types.h"

/* Starts both. */
void device_start(void);

/* Sends bytes, and waits while the UART has no room: from the task that has nothing else to do. */
void uart_send(const UINT8 *bytes, UINT32 count);

/* The time, in ticks of 25 MHz. */
UINT32 timer_ticks(void);
enum { TICKS_PER_SECOND = 25 * 1000 * 1000 };

/* Was the image started with this word (`-semihosting-config arg=...`)? */
int is_asked_for(const char *word);

/* Ends the emulator. */
void device_end(void) __attribute__((noreturn));

/* Starts the device again, as a watchdog does. */
void device_reset(void) __attribute__((noreturn));

/* Tells this start from others. */
UINT32 boot_number(void);

#endif
