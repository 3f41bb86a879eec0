/*
 * The port for ESP-IDF, one core or two: a spin lock that its holder may take again, which masks
 * interrupts up to the level that FreeRTOS masks.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "esp_rom_sys.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "sdkconfig.h"

#include "litepool_port.h"

static portMUX_TYPE lock = portMUX_INITIALIZER_UNLOCKED;

UINTPTR litepool_port_lock(VOID)
{
    portENTER_CRITICAL_SAFE(&lock);
    return 0;
}

VOID litepool_port_unlock(UINTPTR state)
{
    (VOID)state;
    portEXIT_CRITICAL_SAFE(&lock);
}

VOID litepool_port_print(const char *text)
{
    esp_rom_printf("%s", text);
}

/* The number that vTaskSetTaskNumber gave the task, where FreeRTOS keeps one. */
UINT32 litepool_port_task(VOID)
{
    if (xPortInIsrContext()) {
        return LITEPOOL_IN_INTERRUPT;
    }
#if configUSE_TRACE_FACILITY
    if (xTaskGetSchedulerState() != taskSCHEDULER_NOT_STARTED) {
        return (UINT32)uxTaskGetTaskNumber(xTaskGetCurrentTaskHandle());
    }
#endif
    return LITEPOOL_NO_TASK;
}

#if LITEPOOL_LEAKCHECK
VOID litepool_port_callers(UINT32 *sites, UINT32 count)
{
#ifdef LITEPOOL_CALLERS
    LITEPOOL_CALLERS(sites, count);
#else
    (VOID)sites;
    (VOID)count;
#endif
}
#endif

UINT32 litepool_port_refused(const LitepoolEvent *event)
{
#ifdef CONFIG_LITEPOOL_REPORT
    if (event->kind == LITEPOOL_EVENT_NO_ROOM) {
        esp_rom_printf("litepool: no room for %u bytes in %p\n", (unsigned)event->size,
                       event->pool);
    } else {
        esp_rom_printf("litepool: %p is no used block of %p, or corrupt\n", event->block,
                       event->pool);
    }
#endif
    (VOID)event;
    return 0;
}
