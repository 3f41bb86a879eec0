/*
 * Tasks that take turns, each with a stack of its own: what an RTOS is for a heap.
 */
#ifndef TASKS_H
#define TASKS_H

#include "litepool_types.h"

#ifndef STACK_WORDS
#define STACK_WORDS 256
#endif
enum { TASKS = 4 };

typedef UINT32 TaskStack[STACK_WORDS];

/* Makes `body`, which never returns, the task `id`, 1 to TASKS - 1, on this stack. */
void task_create(UINT32 id, const char *name, TaskStack *stack, void (*body)(void));

/* Lets the tasks take turns, for ever. */
void tasks_run(void) __attribute__((noreturn));

/* Lets the next task run. */
void task_yield(void);

/* The number of the task that runs; 0 before there is one. */
UINT32 task_current(void);

/* Where the stack of the task that runs ends. */
const UINT32 *task_stack_end(void);

/* Each task's name. `litepool dump` finds the names here: an array of this name. */
extern const char *litepool_task_names[TASKS];

#endif
