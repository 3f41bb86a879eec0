/*
 * The part of FreeRTOS's kernel and of a processor that the tests need: which interrupts are
 * masked, and who holds which lock.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "FreeRTOS.h"
#include "task.h"

/* A thread is a core. */
static _Thread_local UBaseType_t level;

void disable_interrupts(void)
{
    level = 1;
}

void enable_interrupts(void)
{
    level = 0;
}

UBaseType_t interrupt_level(void)
{
    return level;
}

void set_interrupt_level(UBaseType_t new_level)
{
    level = new_level;
}

UBaseType_t raise_interrupt_level(void)
{
    UBaseType_t before = level;

    level = 1;
    return before;
}

#if configNUMBER_OF_CORES > 1
/*
 * The locks for tasks and for interrupt handlers; a core takes both or, in an interrupt handler,
 * the second one.
 */
static pthread_mutex_t task_lock = PTHREAD_MUTEX_INITIALIZER, isr_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local size_t critical_nesting;

void vTaskEnterCritical(void)
{
    disable_interrupts();
    if (critical_nesting++ == 0) {
        pthread_mutex_lock(&task_lock);
        pthread_mutex_lock(&isr_lock);
    }
}

void vTaskExitCritical(void)
{
    if (--critical_nesting == 0) {
        pthread_mutex_unlock(&isr_lock);
        pthread_mutex_unlock(&task_lock);
        enable_interrupts();
    }
}

UBaseType_t vTaskEnterCriticalFromISR(void)
{
    UBaseType_t before = portSET_INTERRUPT_MASK_FROM_ISR();

    if (critical_nesting++ == 0) {
        pthread_mutex_lock(&isr_lock);
    }
    return before;
}

void vTaskExitCriticalFromISR(UBaseType_t uxSavedInterruptStatus)
{
    if (--critical_nesting == 0) {
        pthread_mutex_unlock(&isr_lock);
        portCLEAR_INTERRUPT_MASK_FROM_ISR(uxSavedInterruptStatus);
    }
}

static int is_excluded(void)
{
    return level != 0 && critical_nesting != 0;
}
#else
size_t critical_nesting;

static int is_excluded(void)
{
    return level != 0;
}
#endif

static int is_free(void)
{
    return level == 0 && critical_nesting == 0;
}

/* ---- tasks ---- */

static atomic_ulong intrusions;

BaseType_t xTaskGetSchedulerState(void)
{
    return taskSCHEDULER_RUNNING;
}

/* The library asks for the task with the lock held. */
TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
    if (!is_excluded()) {
        intrusions++;
    }
    return NULL;
}

UBaseType_t uxTaskGetTaskNumber(TaskHandle_t xTask)
{
    (void)xTask;
    return 7;
}

#endif
