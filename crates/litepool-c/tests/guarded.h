/* Memory between inaccessible addresses: a read or a write outside of it ends the program with a
   signal. */
#ifndef GUARDED_H
#define GUARDED_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* So many bytes on either side: on 64 bits more than a 32-bit number of granules can span. */
#define INACCESSIBLE (sizeof(void *) > 4 ? (size_t)9 << (sizeof(void *) > 4 ? 32 : 0) : (size_t)1 << 24)

/* Zeroed memory of `size` bytes, whole pages, so that both ends are tight. It stays for ever. */
static inline unsigned char *guarded(size_t size)
{
    unsigned char *all;

    if (size % (size_t)sysconf(_SC_PAGESIZE) != 0) {
        fputs("guarded: the size is not whole pages\n", stderr);
        exit(1);
    }
    all = mmap(NULL, INACCESSIBLE + size + INACCESSIBLE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED || mprotect(all + INACCESSIBLE, size, PROT_READ | PROT_WRITE) != 0) {
        perror("guarded");
        exit(1);
    }
    return all + INACCESSIBLE;
}

#endif
