// A library to be loaded and unloaded. CALLER is the name of the function that asks for memory.

#include <stddef.h>

__attribute__((noinline, noclone, noipa)) static void *CALLER(void *(*outer)(size_t)) {
    void *p = outer(SIZE);
    __asm__ volatile("" : : "r"(p) : "memory");
    return p;
}

void *allocate(void *(*outer)(size_t)) {
    void *p = CALLER(outer);
    __asm__ volatile("" : : "r"(p) : "memory");
    return p;
}
