// Allocates before main, in main, and after it.

#include <stdlib.h>

static void *early;

static void before(int count, char **arguments, char **environment) { early = malloc(1001); }
__attribute__((section(".preinit_array"), used)) static void (*const at_first)(int, char **, char **) = before;

__attribute__((constructor)) static void construct(void) { early = realloc(early, 1002); }
__attribute__((destructor)) static void destroy(void) { free(early); }

int main(void) {
    free(malloc(1003));
    return 0;
}
