/*
 * What litepool needs of the system that it runs on: the functions of ports/<system>/litepool_port.c.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef LITEPOOL_PORT_H
#define LITEPOOL_PORT_H

#include "litepool_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Keeps every other task, interrupt handler and processor that uses litepool out, until litepool_port_unlock, and
 * returns what that has to know, as an interrupt mask. Who holds the lock takes it again: calls nest.
 */
UINTPTR litepool_port_lock(VOID);

/* Undoes the latest litepool_port_lock, which returned `state`. */
VOID litepool_port_unlock(UINTPTR state);

/* Puts out a text that ends with a zero, mostly a line. Called without the lock. */
VOID litepool_port_print(const char *text);

#ifdef __cplusplus
}
#endif

#endif
