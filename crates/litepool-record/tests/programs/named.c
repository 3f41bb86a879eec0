// Threads with names, given at their beginning or later; some end before the program does.

#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_key_t early, late;
static pthread_barrier_t barrier;

// Frees in a destructor, over as many rounds as there are.
static void destroy(void *value) {
    free(value);
    pthread_setspecific(late, malloc(71));
}

static void *work(void *name) {
    free(malloc(64));
    pthread_setname_np(pthread_self(), name);
    for (int i = 0; i < 10; i++) {
        free(malloc(64));
    }
    pthread_setspecific(late, malloc(70));
    if (strcmp(name, "stays") == 0) {
        pthread_barrier_wait(&barrier);
        pause();
    }
    return NULL;
}

int main(void) {
    pthread_key_create(&late, destroy);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_t one, two;
    pthread_create(&one, NULL, work, "reader");
    pthread_join(one, NULL);
    pthread_create(&two, NULL, work, "stays");
    pthread_barrier_wait(&barrier);
    pthread_create(&one, NULL, work, "a-name-15-bytes");
    pthread_join(one, NULL);
    return 0;
}
