// Requests that are refused, and frees of what was allocated behind the recorder's back.

#include <stdint.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t);

__attribute__((noinline)) static void refused(void) {
    void *object = malloc(100);
    if (malloc(SIZE_MAX - 1000) || calloc(SIZE_MAX / 2, 4) || aligned_alloc(256, SIZE_MAX - 100000) ||
        realloc(object, SIZE_MAX - 2000) || reallocarray(object, SIZE_MAX / 2, 16)) {
        abort();
    }
    free(object);
}

__attribute__((noinline)) static void foreign(void) {
    free(__libc_malloc(10));
    free(realloc(__libc_malloc(20), 30));
}

int main(void) {
    refused();
    foreign();
    return 0;
}
