/*
 * The port for a desk: POSIX threads, standard output.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "litepool_port.h"

static pthread_mutex_t mutex;
static pthread_once_t once = PTHREAD_ONCE_INIT;
/* How often the holder has the lock. */
static unsigned depth;

/* The holder takes the lock again, as interrupts are masked twice. */
static void make_mutex(void)
{
    pthread_mutexattr_t nests;

    pthread_mutexattr_init(&nests);
    pthread_mutexattr_settype(&nests, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&mutex, &nests);
    pthread_mutexattr_destroy(&nests);
}

static void lock(void)
{
    pthread_mutex_lock(&mutex);
    depth++;
}

static void unlock(void)
{
    depth--;
    pthread_mutex_unlock(&mutex);
}

/*
 * The child's only thread holds the lock as the one that forked did. But to the mutex it is another
 * thread, which can't give it back: so the mutex is made anew.
 */
static void unlock_in_child(void)
{
    unsigned held = depth - 1;

    make_mutex();
    for (depth = 0; depth < held;) {
        lock();
    }
}

/* A process forks while no other thread has the lock: in the child nobody would give it back. */
static void make_lock(void)
{
    make_mutex();
    pthread_atfork(lock, unlock, unlock_in_child);
}

UINTPTR litepool_port_lock(VOID)
{
    pthread_once(&once, make_lock);
    lock();
    return 0;
}

VOID litepool_port_unlock(UINTPTR state)
{
    (VOID)state;
    unlock();
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

/* Microseconds, which begin again after more than an hour. */
UINT32 litepool_port_ticks(VOID)
{
    struct timespec now = {0, 0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (UINT32)now.tv_sec * 1000000u + (UINT32)(now.tv_nsec / 1000);
}

UINT32 litepool_port_ticks_per_second(VOID)
{
    return 1000000u;
}

/* A program here has its own messages. */
UINT32 litepool_port_refused(const LitepoolEvent *event)
{
    (VOID)event;
    return 0;
}

VOID litepool_port_hook(const LitepoolEvent *event)
{
    (VOID)event;
}
