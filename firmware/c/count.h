/* Instructions of one call, counted exactly; 0 on a desk. */
#ifndef COUNT_H
#define COUNT_H

#include <stdint.h>

/* Any function of up to three arguments in registers. */
typedef void (*Operation)(void);

/* Starts the clock; 0 if it can't count. */
int count_start(void);

/* Calls `operation`, puts what it returns into `result`, and returns its instructions but the last
   one, the return. */
uint32_t count_call(Operation operation, uintptr_t one, uintptr_t two, uintptr_t three,
                    uintptr_t *result);

#endif
