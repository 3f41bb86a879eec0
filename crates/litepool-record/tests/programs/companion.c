// Another library that is loaded before the program. It allocates when it is constructed, has a malloc of its own that goes
// on to the next one, and asks for a thread's memory.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

static __thread int calls[100];

void *malloc(size_t size) {
    static void *(*next)(size_t);
    if (!next) next = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
    calls[0]++;
    return next(size);
}

__attribute__((constructor)) static void construct(void) {
    void *volatile object = malloc(555);
    (void)object;
}
