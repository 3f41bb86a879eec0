/* A heap to be weighed: one of Rust's (peers/src/plain.rs) or of C's (weigh_c.h). */
#ifndef WEIGH_H
#define WEIGH_H

#include <stddef.h>
#include <stdint.h>

extern uint32_t heap_init(void *memory, size_t size);
extern void *heap_allocate(size_t size);
extern void heap_free(void *block, size_t size);
extern void *heap_reallocate(void *block, size_t old, size_t size);

#endif
