// Processes: each scenario is named by the argument. Sizes tell the objects apart.

#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int ended_well(pid_t child) {
    int status;
    return waitpid(child, &status, 0) == child && status == 0;
}

// What a forked process does with the objects it inherited, and a child of its own.
static int family(pid_t (*make)(void)) {
    void *a = malloc(100), *b = malloc(200), *c = malloc(300);
    free(b);
    pid_t child = make();
    if (child == 0) {
        void *d = malloc(1000);
        c = realloc(c, 3000);
        pid_t grandchild = make();
        if (grandchild == 0) {
            free(a), free(c), free(d);
            _exit(malloc(10000) == NULL);
        }
        _exit(!ended_well(grandchild));
    }
    int good = ended_well(child);
    void *e = malloc(500);
    free(a), free(c), free(e);
    return !good;
}

// A fork that no library hears of.
static pid_t raw_fork(void) { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }

static void *idle(void *unused) {
    for (;;) free(malloc(7));
}

// The child of a program with threads.
static int threads(void) {
    pthread_t thread;
    for (int i = 0; i < 2; i++) pthread_create(&thread, NULL, idle, NULL);
    usleep(20000);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 1000; i++) free(malloc(4321));
        _exit(0);
    }
    return !ended_well(child);
}

int main(int count, char **arguments) {
    const char *what = arguments[1];
    if (!strcmp(what, "fork")) return family(fork);
    if (!strcmp(what, "raw-fork")) return family(raw_fork);
    if (!strcmp(what, "threads")) return threads();
    if (!strcmp(what, "vfork")) {
        // The child uses its parent's heap.
        void *volatile a = malloc(11), *volatile b = NULL;
        pid_t child = vfork();
        if (child == 0) {
            free(a);
            b = malloc(22);
            _exit(0);
        }
        free(b);
        return !ended_well(child);
    }
    if (!strcmp(what, "spawn")) {
        free(malloc(11));
        pid_t child;
        char *run[] = {arguments[0], "leaf", NULL};
        if (posix_spawn(&child, arguments[0], NULL, NULL, run, environ)) return 1;
        return !ended_well(child);
    }
    if (!strcmp(what, "exec")) {
        // Becomes another program, twice.
        if (!malloc(11)) return 1;
        execl(arguments[0], arguments[0], "exec-again", NULL);
    }
    if (!strcmp(what, "exec-again")) {
        if (!malloc(22)) return 1;
        execl(arguments[0], arguments[0], "leaf", NULL);
    }
    if (!strcmp(what, "fork-exec")) {
        pid_t child = fork();
        if (child == 0) execl(arguments[0], arguments[0], "leaf", NULL);
        return !ended_well(child);
    }
    if (!strcmp(what, "leaf")) {
        free(malloc(33));
        return 0;
    }
    return 99;
}
