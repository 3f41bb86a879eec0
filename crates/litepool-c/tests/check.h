/* What the tests are made of. */
#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "los_memory.h"

/* One test: what it shows, as a name. */
struct Test {
    const char *name;
    void (*run)(void);
};

#define TEST(function) { #function, function }
#define NO_MORE_TESTS { NULL, NULL }

/* Says where something does not hold, and goes on. */
void check_failed(const char *file, int line, const char *what);
void check_differs(const char *file, int line, const char *what, unsigned long long is, unsigned long long should);

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))
#define EQUAL(is, should) check_equal(__FILE__, __LINE__, #is " == " #should, (unsigned long long)(is), (unsigned long long)(should))

static inline void check_equal(const char *file, int line, const char *what, unsigned long long is, unsigned long long should)
{
    if (is != should) {
        check_differs(file, line, what, is, should);
    }
}

/* Granules, blocks and pools as this library has them. */
#define GRANULE ((UINT32)LITEPOOL_GRANULE)

/* What a block for `size` bytes costs, without a slab. */
UINT32 cost(UINT32 size);

/* Memory of this size and its surroundings, which nobody may touch; the test's end checks that, and gives it back. */
UINT8 *area(UINT32 size);

/* A pool in such an area, which the test's end deinitialises. */
void *pool_of(UINT32 size);

/* Fills a block with its own pattern, and tells whether it is still there. */
void fill(void *block, UINT32 size, UINT32 seed);
int is_filled(const void *block, UINT32 size, UINT32 seed);

/* A copy of a pool's bytes, and whether they have changed since. */
void remember(const void *pool, UINT32 size);
int is_unchanged(void);

/* The figures of a pool, whatever the flavour calls them. */
struct Figures {
    UINT32 used, free, largest, used_blocks, free_blocks, peak;
};
struct Figures figures(void *pool);

/* Pseudo-random numbers below `limit`, the same on every machine. */
UINT32 random_below(UINT32 limit);

/* What was printed since the last call of forget_text. */
const char *printed(void);
void forget_text(void);

/* How often the lock was taken. */
unsigned long locks(void);

/* An interrupt handler frees this block, after the lock was taken so often from now on; with NULL it
   does not any more. */
void free_in_interrupt(void *pool, void *block, unsigned locks);

/* The number of the task that runs from now on. */
void run_as(UINT32 task);

/* What the port was told since the last call of forget_events: events with hooks, the first 16 of
   them; refusals always. */
struct LitepoolEvent;
void forget_events(void);
unsigned events_told(void);
const struct LitepoolEvent *told(unsigned index);
unsigned refusals_told(void);
const struct LitepoolEvent *last_refusal(void);

/* Gives this block up at the next refusal, for another try. */
void make_room_with(void *block);

/* ---- the tests' port, which main.c looks after ---- */
unsigned port_depth(void);
const char *port_complaint(void);

#endif
