// A program that is limited, or limits itself, and must not notice that it is recorded: the
// scenario is named by the argument. Exit code 0: everything was as it is without a recorder.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void churn(int times) {
    for (int i = 0; i < times; i++) free(malloc(64));
}

static void limit(int resource, rlim_t most) {
    struct rlimit limit = {most, most};
    if (setrlimit(resource, &limit)) _exit(90);
}

// Bytes of address space in use, but for what a recorder's log takes.
static size_t mapped(void) {
    size_t all = 0, first, end;
    char line[1000];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%zx-%zx", &first, &end) == 2 && !strstr(line, "/raw\n"))
            all += end - first;
    fclose(maps);
    return all;
}

// How many bytes the program gets in pieces that are mapped one by one, until it is refused.
static size_t all_there_is(void) {
    size_t all = 0, piece = 256 << 10;
    mallopt(M_MMAP_THRESHOLD, 64 << 10);
    while (all < (size_t)256 << 20) {
        errno = 4242;
        if (!malloc(piece)) break;
        if (errno != 4242) _exit(91);
        all += piece + 4096;
    }
    return errno == ENOMEM ? all : 0;
}

static void *in_a_module(void *object) {
    // Code of this library is new to the recorder, which looks for it; and the thread is to be
    // cancelled at its next chance.
    void *(*call)(void) = object;
    pthread_cancel(pthread_self());
    void *got = call();
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    return got;
}

static void at_end(void *object) {
    free(object);
    churn(10);
}

static pthread_key_t key;

static void *with_destructor(void *unused) {
    pthread_setspecific(key, malloc(77));
    return NULL;
}

int main(int count, char **arguments) {
    const char *what = arguments[1];
    if (!strcmp(what, "file-size")) {
        // SIGXFSZ would end the program.
        limit(RLIMIT_FSIZE, 2000000);
        errno = 4242;
        churn(100000);
        return errno != 4242;
    }
    if (!strcmp(what, "file-size-from-the-start")) {
        limit(RLIMIT_FSIZE, strtoul(arguments[2], NULL, 10));
        execl(arguments[0], arguments[0], "churn", NULL);
    }
    if (!strcmp(what, "churn")) {
        churn(1000);
        return 0;
    }
    if (!strcmp(what, "many")) {
        churn(200000);
        return 0;
    }
    if (!strcmp(what, "address-space")) {
        // The log of these operations is far larger than what the program may use; it needs 6 of
        // the 8 MB itself.
        churn(10);
        limit(RLIMIT_AS, mapped() + (8 << 20));
        churn(400000);
        char *own = malloc(6 << 20);
        return !own;
    }
    if (!strcmp(what, "last-address-space")) {
        // It gets as much as the limit leaves, to the last piece.
        churn(10);
        size_t left = 4 << 20;
        limit(RLIMIT_AS, mapped() + left);
        size_t got = all_there_is();
        churn(1000);
        return got < left - (300 << 10);
    }
    if (!strcmp(what, "too-much-address-space")) {
        // What can't be served with or without a recorder is no reason to stop recording.
        limit(RLIMIT_AS, mapped() + (200 << 20));
        errno = 0;
        if (malloc((size_t)1 << 30) || errno != ENOMEM) return 1;
        churn(1000);
        return 0;
    }
    if (!strcmp(what, "cancel")) {
        void *library = dlopen(arguments[2], RTLD_NOW);
        void *function = library ? dlsym(library, "from_a_module") : NULL;
        if (!function) return 1;
        pthread_t thread;
        void *result = NULL;
        pthread_create(&thread, NULL, in_a_module, function);
        pthread_join(thread, &result);
        return result == PTHREAD_CANCELED || !result;
    }
    if (!strcmp(what, "few-files")) {
        limit(RLIMIT_NOFILE, 64);
        execl(arguments[0], arguments[0], "first-file", NULL);
    }
    if (!strcmp(what, "first-file")) {
        churn(10);
        return open("/dev/null", O_RDONLY) != 3;
    }
    if (!strcmp(what, "no-more-files")) {
        limit(RLIMIT_NOFILE, 0);
        churn(100000);
        return 0;
    }
    if (!strcmp(what, "another-root")) {
        churn(10);
        if (chroot(arguments[2]) || chdir("/")) return 77;
        churn(100000);
        return 0;
    }
    if (!strcmp(what, "thread-end")) {
        pthread_key_create(&key, at_end);
        for (int i = 0; i < 100; i++) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, with_destructor, NULL)) return 1;
            pthread_join(thread, NULL);
        }
        return 0;
    }
    if (!strcmp(what, "daemon")) {
        churn(10);
        if (daemon(0, 0)) return 1;
        for (int file = 3; file < 1024; file++) close(file);
        churn(50000);
        return 0;
    }
    return 99;
}
