/*
 * The port for a desk: POSIX threads, standard output.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>

#include "litepool_port.h"

static pthread_mutex_t mutex;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The holder takes the lock again, as interrupts are masked twice. */
static void make_mutex(void)
{
    pthread_mutexattr_t nests;

    pthread_mutexattr_init(&nests);
    pthread_mutexattr_settype(&nests, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&mutex, &nests);
    pthread_mutexattr_destroy(&nests);
}

UINTPTR litepool_port_lock(VOID)
{
    pthread_once(&once, make_mutex);
    pthread_mutex_lock(&mutex);
    return 0;
}

VOID litepool_port_unlock(UINTPTR state)
{
    (VOID)state;
    pthread_mutex_unlock(&mutex);
}

VOID litepool_port_print(const char *text)
{
    fputs(text, stdout);
}

/* A desk has threads, but no numbers for them, and nobody listens. A program that wants more brings a port of its own. */
UINT32 litepool_port_task(VOID)
{
    return LITEPOOL_NO_TASK;
}

VOID litepool_port_callers(UINT32 *sites, UINT32 count)
{
    (VOID)sites;
    (VOID)count;
}

VOID litepool_port_hook(const LitepoolEvent *event)
{
    (VOID)event;
}
