// Another allocator, as a library that the program is linked to. It can't know anything of glibc's objects.

#include <stdlib.h>

void *malloc(size_t size) { abort(); }
void free(void *object) { abort(); }
size_t malloc_usable_size(void *object) { abort(); }
