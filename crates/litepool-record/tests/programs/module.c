// A library that is loaded late, and allocates from its own code.

#include <stdlib.h>

void *from_a_module(void) { return malloc(123); }
