// Allocates 60,000 objects of 1, 2, 3 ... bytes up to 1,000 and from 1 again, frees every second one at once, and then ends
// in the way that the argument says.

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments) {
    const char *way = arguments[1];
    for (int i = 0; i < 60000; i++) {
        void *object = malloc(1 + i % 1000);
        if (i % 2) free(object);
    }
    if (!strcmp(way, "return")) return 0;
    if (!strcmp(way, "exit")) exit(0);
    if (!strcmp(way, "_exit")) _exit(0);
    if (!strcmp(way, "abort")) abort();
    if (!strcmp(way, "kill")) kill(getpid(), SIGKILL);
    if (!strcmp(way, "crash")) *(volatile int *)16 = 1;
    if (!strcmp(way, "trap")) __builtin_trap();
    return 99;
}
