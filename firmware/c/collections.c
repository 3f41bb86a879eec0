/* The Rust program with a vector and a tree (peers/src/collections.rs), before it is weighed: does
   it work with its allocator? */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

extern size_t program(void *memory, size_t size, const uint32_t *numbers, size_t count);

enum { SIZE = 64 * 1024, COUNT = 2000, VALUES = 1500 };

static uint8_t memory[SIZE] __attribute__((aligned(4096)));
static uint32_t numbers[COUNT], times[VALUES];

int main(void)
{
    size_t index, expected = 0, found;

    for (index = 0; index < COUNT; index++) {
        numbers[index] = (uint32_t)(index * index % VALUES);
        expected += ++times[numbers[index]] == 2;
    }
    found = program(memory, SIZE, numbers, COUNT);
    printf("%lu numbers more than once, %lu found: %s\n", (unsigned long)expected,
           (unsigned long)found, found == expected ? "passed" : "failed");
    return found != expected;
}
