// Threads that allocate, resize and free, also what others allocated. Each operation is counted; at the end the program
// writes: allocations, resizings, frees, bytes asked for by allocations and resizings, live objects.
//
//     threads THREADS OPERATIONS SHARED RESIZES
//
// SHARED is the number of places that all threads use together: a thread takes the object that is there and leaves its own.
// Of RESIZES, in percent, the operations are resizings.

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PLACES = 4096 };

static _Atomic(void *) place[PLACES];
static int operations, shared, resizes;
static _Atomic uint64_t allocated, resized, freed, bytes;

static void *work(void *argument) {
    uint64_t random = 88172645463325252u + (uintptr_t)argument * 7919;
    uint64_t my_allocated = 0, my_resized = 0, my_freed = 0, my_bytes = 0;
    for (int i = 0; i < operations; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        int at = random % shared;
        size_t size = 1 + (random >> 20) % (random >> 40 & 15 ? 200 : 20000);
        void *object = atomic_exchange(&place[at], NULL);
        if (!object) {
            object = malloc(size);
            my_allocated++, my_bytes += size;
        } else if ((int)(random >> 50) % 100 < resizes) {
            object = realloc(object, size);
            my_resized++, my_bytes += size;
        } else {
            free(object);
            object = NULL;
            my_freed++;
        }
        // Somebody else may have put one there in the meantime.
        if (object && (object = atomic_exchange(&place[at], object))) {
            free(object);
            my_freed++;
        }
    }
    allocated += my_allocated, resized += my_resized, freed += my_freed, bytes += my_bytes;
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 5) return 2;
    int threads = atoi(arguments[1]);
    operations = atoi(arguments[2]), shared = atoi(arguments[3]), resizes = atoi(arguments[4]);
    pthread_t thread[64];
    for (long i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, work, (void *)i)) return 3;
    for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
    uint64_t live = 0;
    for (int i = 0; i < PLACES; i++) live += place[i] != NULL;
    char text[200];
    int length = snprintf(text, sizeof text, "%llu %llu %llu %llu %llu\n", (unsigned long long)allocated,
                          (unsigned long long)resized, (unsigned long long)freed, (unsigned long long)bytes,
                          (unsigned long long)live);
    return write(1, text, length) == length ? 0 : 1;
}
