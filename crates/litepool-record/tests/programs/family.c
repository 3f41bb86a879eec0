// Calls every function of the family, and checks that each behaves as without the recorder.

#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check(int holds, int line) {
    if (!holds) _exit(line > 255 ? 255 : line);
}
#define CHECK(holds) check(holds, __LINE__)

// Opaque, so that no compiler knows what is asked for.
static volatile size_t huge = SIZE_MAX / 2;
static volatile size_t zero = 0;

int main(void) {
    // 0: the plain ones.
    char *p = malloc(100);
    CHECK(p && malloc_usable_size(p) >= 100);
    memset(p, 'x', 100);
    p = realloc(p, 5000);
    CHECK(p && p[0] == 'x' && p[99] == 'x');
    p = reallocarray(p, 30, 7);
    CHECK(p && p[99] == 'x');
    free(p);

    // 1: cleared, even where something was.
    p = calloc(13, 8);
    for (int i = 0; i < 104; i++) CHECK(p[i] == 0);
    free(p);

    // 2 and 3: null pointers.
    p = realloc(NULL, 33);
    CHECK(p);
    free(p);
    p = reallocarray(NULL, 4, 11);
    CHECK(p);
    free(p);
    free(NULL);

    // 4: nothing at all is an object too; resized to nothing it is freed.
    p = malloc(zero);
    CHECK(p);
    p = realloc(p, 17);
    CHECK(p);
    errno = 0;
    CHECK(realloc(p, zero) == NULL && errno == 0);

    // 5 to 10: aligned.
    void *q = NULL;
    CHECK(posix_memalign(&q, 64, 200) == 0 && (uintptr_t)q % 64 == 0);
    free(q);
    q = memalign(256, 10);
    CHECK((uintptr_t)q % 256 == 0);
    free(q);
    q = memalign(48, 20); // glibc rounds this up
    CHECK((uintptr_t)q % 64 == 0);
    free(q);
    q = aligned_alloc(4096, 8192);
    CHECK((uintptr_t)q % 4096 == 0);
    free(q);
    q = valloc(1);
    CHECK((uintptr_t)q % sysconf(_SC_PAGESIZE) == 0);
    free(q);
    q = pvalloc(1);
    CHECK((uintptr_t)q % sysconf(_SC_PAGESIZE) == 0);
    free(q);

    // 11: what is refused changes nothing.
    p = malloc(40);
    strcpy(p, "still here");
    errno = 0;
    CHECK(malloc(huge * 2) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(calloc(huge, 4) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(realloc(p, huge * 2) == NULL && errno == ENOMEM && strcmp(p, "still here") == 0);
    errno = 0;
    CHECK(reallocarray(p, huge, 4) == NULL && errno == ENOMEM && strcmp(p, "still here") == 0);
    errno = 0;
    CHECK(memalign(64, huge * 2) == NULL && errno == ENOMEM);
    // An error of posix_memalign is its result; the pointer stays, and so does errno.
    q = p;
    errno = 12345;
    CHECK(posix_memalign(&q, 64, huge * 2) == ENOMEM && q == p && errno == 12345);
    CHECK(posix_memalign(&q, 24, 8) == EINVAL && q == p && errno == 12345);
    CHECK(posix_memalign(&q, 2, 8) == EINVAL && q == p && errno == 12345);
    CHECK(posix_memalign(&q, zero, 8) == EINVAL && q == p && errno == 12345);
    // A free leaves errno alone.
    free(p);
    CHECK(errno == 12345);

    // 12: left behind.
    CHECK(malloc(77) != NULL);
    return 0;
}
