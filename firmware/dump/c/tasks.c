#include "tasks.h"

/* What a task keeps on its stack while it waits: r4 to r11, and where it goes on. */
enum { SAVED = 9 };

const char *litepool_task_names[TASKS] = {"main"};

static struct Task {
    UINT32 *sp;
    const UINT32 *stack_end;
} tasks[TASKS];
static UINT32 current;

/* Leaves the stack in use, whose pointer goes to `saved`, for the one at `sp`. */
__attribute__((naked, noinline)) static void switch_to(UINT32 **saved __attribute__((unused)),
                                                       UINT32 *sp __attribute__((unused)))
{
    __asm__ volatile("push {r4-r11, lr}\n\t"
                     "str sp, [r0]\n\t"
                     "mov sp, r1\n\t"
                     "pop {r4-r11, lr}\n\t"
                     "bx lr"); /* a new task finds its own address in lr, and no caller's */
}

void task_create(UINT32 id, const char *name, TaskStack *stack, void (*body)(void))
{
    struct Task *task = &tasks[id];

    litepool_task_names[id] = name;
    task->stack_end = *stack + STACK_WORDS;
    task->sp = *stack + STACK_WORDS - SAVED;
    task->sp[SAVED - 1] = (UINT32)body;
}

void task_yield(void)
{
    UINT32 from = current;

    current = current + 1 < TASKS ? current + 1 : 1;
    switch_to(&tasks[from].sp, tasks[current].sp);
}

void tasks_run(void)
{
    task_yield();
    __builtin_unreachable();
}

UINT32 task_current(void)
{
    return current;
}

const UINT32 *task_stack_end(void)
{
    return tasks[current].stack_end;
}
