// Allocates from two known functions, and writes where they are: first address and end of each, then the program's base.

#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

static __attribute__((noinline)) void *one(void) { return malloc(11); }
static __attribute__((noinline)) void *two(void) { return malloc(22); }
static __attribute__((noinline)) void end(void) {}

int main(void) {
    void *a = one(), *b = two(), *c = one();
    (void)a, (void)b, (void)c;
    end();
    char text[200];
    int length = snprintf(text, sizeof text, "%llu %llu %llu %llu\n", (unsigned long long)(uintptr_t)one,
                          (unsigned long long)(uintptr_t)two, (unsigned long long)(uintptr_t)end,
                          (unsigned long long)(uintptr_t)__ehdr_start);
    return write(1, text, length) == length ? 0 : 1;
}
