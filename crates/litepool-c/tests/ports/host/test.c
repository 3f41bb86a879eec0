/*
 * The desk's port: a process forks while another of its threads has the lock, or while the one that
 * forks has it itself, and the child goes on.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "los_memory.h"

/* A child that waits for ever is ended after so many seconds. */
enum { PATIENCE = 20, ROUNDS = 20 };

static UINT8 *pool;
static sem_t is_locked;

static void fail(const char *what)
{
    printf("does not hold: %s\n", what);
    exit(1);
}

/* What a child does with the pool that it has from its parent. */
static void use_pool(void)
{
    void *block;

    alarm(PATIENCE);
    block = LOS_MemAlloc(pool, 100);
    if (block == NULL || LOS_MemFree(pool, block) != LOS_OK) {
        _exit(1);
    }
    if (LOS_MemIntegrityCheck(pool) != LOS_OK) {
        _exit(2);
    }
}

static void child_ends_well(pid_t child)
{
    int status;

    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail("the child uses the pool");
    }
}

/* Is called with the lock held, and keeps it for a while. */
static void stay(const LitepoolBlock *block, void *context)
{
    const struct timespec while_forking = { 0, 20 * 1000 * 1000 };

    (void)block;
    (void)context;
    sem_post(&is_locked);
    nanosleep(&while_forking, NULL);
}

static void *hold_lock(void *context)
{
    (void)context;
    litepool_for_each_block(pool, stay, NULL);
    return NULL;
}

static void fork_beside_a_holder(void)
{
    pthread_t holder;
    pid_t child;

    sem_init(&is_locked, 0, 0);
    if (pthread_create(&holder, NULL, hold_lock, NULL) != 0) {
        fail("there are threads");
    }
    sem_wait(&is_locked);
    child = fork();
    if (child == 0) {
        use_pool();
        _exit(0);
    }
    child_ends_well(child);
    pthread_join(holder, NULL);
    use_pool();
}

/* Is called with the lock held, as hooks are. */
static void fork_here(const LitepoolBlock *block, void *context)
{
    pid_t *child = context;

    (void)block;
    if (*child < 0) {
        *child = fork();
    }
}

static void fork_as_the_holder(void)
{
    pid_t child = -1;

    if (litepool_for_each_block(pool, fork_here, &child) != LOS_OK) {
        fail("a walk in which somebody forks comes to its end");
    }
    if (child == 0) {
        pid_t grandchild;

        use_pool();
        grandchild = fork();
        if (grandchild == 0) {
            use_pool();
            _exit(0);
        }
        child_ends_well(grandchild);
        _exit(0);
    }
    child_ends_well(child);
    use_pool();
}

int main(void)
{
    const UINT32 size = 16 << 10;
    int round;

    pool = malloc(size);
    if (pool == NULL || LOS_MemInit(pool, size) != LOS_OK || LOS_MemAlloc(pool, 100) == NULL) {
        fail("there is a pool");
    }
    for (round = 0; round < ROUNDS; round++) {
        fork_beside_a_holder();
        fork_as_the_holder();
    }
    if (LOS_MemDeInit(pool) != LOS_OK) {
        fail("the pool can be forgotten");
    }
    free(pool);
    puts("a child of a fork uses the pool");
    return 0;
}
