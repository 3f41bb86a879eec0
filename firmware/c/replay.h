/* What the replay of a trace asks besides, of an allocator that can answer. */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdint.h>

/* Halfway and at the end: is the pool whole, and has it so many used blocks? 1 unless something
   else is linked. */
int replay_check(void *pool, uint32_t size, uint32_t blocks, int is_halfway);

#endif
