// A program that does what makes life hard for a recorder in it: the scenario is named by the argument.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void churn(int times) {
    for (int i = 0; i < times; i++) free(malloc(64));
}

static volatile sig_atomic_t signals;

static void on_signal(int unused) {
    // Not allowed by the C library if malloc was interrupted; the program makes sure that it was not.
    free(malloc(99));
    signals++;
}

static void *small(void *unused) {
    churn(50000);
    return NULL;
}

int main(int count, char **arguments) {
    const char *what = arguments[1];
    if (!strcmp(what, "close")) {
        // Closes every file, and opens one of its own under each number, again and again.
        churn(10);
        for (int round = 0; round < 5; round++) {
            for (int file = 3; file < 1024; file++) close(file);
            int own = open(arguments[2], O_RDWR | O_CREAT, 0600);
            for (int file = own + 1; file < 1000; file++) dup2(own, file);
            churn(20000);
        }
        return 0;
    }
    if (!strcmp(what, "full")) {
        // The log may not grow over 2 MB.
        signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit = {2000000, 2000000};
        setrlimit(RLIMIT_FSIZE, &limit);
        errno = 4242;
        churn(100000);
        return errno != 4242;
    }
    if (!strcmp(what, "environment")) {
        clearenv();
        churn(100);
        return 0;
    }
    if (!strcmp(what, "signal")) {
        signal(SIGALRM, on_signal);
        for (int i = 0; i < 1000; i++) {
            free(malloc(64));
            raise(SIGALRM);
        }
        return signals != 1000;
    }
    if (!strcmp(what, "stack")) {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 16384);
        pthread_t thread;
        if (pthread_create(&thread, &attributes, small, NULL)) return 1;
        return pthread_join(thread, NULL);
    }
    if (!strcmp(what, "cancel")) {
        // A thread that is to be cancelled at its next chance: malloc is none.
        pthread_cancel(pthread_self());
        churn(50000);
        return 0;
    }
    return 99;
}
