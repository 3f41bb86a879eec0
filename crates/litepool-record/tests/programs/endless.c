// Four threads allocate and free without end; a byte is written as soon as all are at it.

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int busy;

static void *work(void *unused) {
    void *object[64] = {0};
    for (unsigned i = 0;; i++) {
        object[i % 64] = realloc(object[i % 64], 1 + i * 31 % 900);
        if (i % 3 == 0) {
            free(object[i % 64]);
            object[i % 64] = NULL;
        }
        if (i == 1000 && ++busy == 4 && write(1, "!", 1) != 1) _exit(1);
    }
}

int main(void) {
    pthread_t thread;
    for (int i = 0; i < 3; i++) pthread_create(&thread, NULL, work, NULL);
    work(NULL);
}
