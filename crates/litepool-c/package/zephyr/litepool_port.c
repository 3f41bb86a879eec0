/*
 * The port for Zephyr: the interrupt lock, which nests and with several processors keeps the others
 * out, and printk.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <zephyr/irq.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "litepool_port.h"
#include "litepool_zephyr.h"

UINTPTR litepool_port_lock(VOID)
{
    return irq_lock();
}

VOID litepool_port_unlock(UINTPTR state)
{
    irq_unlock((unsigned int)state);
}

VOID litepool_port_print(const char *text)
{
    printk("%s", text);
}

/* Structures of threads stand on 8 bytes: a place in 512 KiB of RAM is a number below 65,536. */
enum { PLACE = 8, NUMBERS = 65534 };

static uintptr_t ram_start(void)
{
    return (uintptr_t)CONFIG_SRAM_BASE_ADDRESS;
}

UINT32 litepool_port_task(VOID)
{
    uintptr_t number;

    if (k_is_in_isr()) {
        return LITEPOOL_IN_INTERRUPT;
    }
    number = ((uintptr_t)k_current_get() - ram_start()) / PLACE;
    return k_current_get() == NULL || number >= NUMBERS ? LITEPOOL_NO_TASK : (UINT32)number;
}

k_tid_t litepool_zephyr_thread(UINT32 task)
{
    return task < NUMBERS ? (k_tid_t)(ram_start() + (uintptr_t)task * PLACE) : NULL;
}

/* Callers tell of what can't be served; to free what is no block is a fault of the program. */
UINT32 litepool_port_refused(const LitepoolEvent *event)
{
    if (event->kind != LITEPOOL_EVENT_NO_ROOM) {
        printk("litepool: %p is no used block of %p, or corrupt\n", event->block, event->pool);
    }
    return 0;
}
