/*
 * What differs between the machines that the images run on: a directory of each has a machine.c,
 * which also takes it from reset to main. Time is the processor's: QEMU's -icount shift=10 lets
 * each instruction take 1024 ns of it.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

#include "count.h"

/* Nanoseconds that an instruction takes, and that a tick of the timer takes. */
enum { INSTRUCTION = 1024 };
extern const uint32_t machine_tick;

/* Starts the timer. */
void machine_start_timer(void);

/* Calls `operation`, puts what it returns into `result`, and returns the ticks from its first
   instruction to its return, and as many more as a call and two readings always take. */
uint32_t machine_ticks(Operation operation, uintptr_t one, uintptr_t two, uintptr_t three,
                       uintptr_t *result);

/* Operations whose length is known: the return alone, and a hundred instructions before it. */
void machine_nothing(void);
void machine_hundred(void);

/* Calls `handler` in an interrupt each time so many instructions have gone by. */
void machine_interrupt_every(uint32_t instructions, void (*handler)(void));

/* Can the processor tell that it is in an interrupt handler? */
extern const int machine_tells_interrupts;

#endif
