/* Stands for newlib's header, on a desk. */
#ifndef _INCLUDE_MALLOC_H_
#define _INCLUDE_MALLOC_H_

#include <reent.h>
#include <stddef.h>

struct mallinfo {
    size_t arena;
    size_t ordblks;
    size_t smblks;
    size_t hblks;
    size_t hblkhd;
    size_t usmblks;
    size_t fsmblks;
    size_t uordblks;
    size_t fordblks;
    size_t keepcost;
};

/* Of newlib's stdio.h: for whole numbers only. */
#define fiprintf fprintf

extern void *_malloc_r(struct _reent *, size_t);
extern void _free_r(struct _reent *, void *);
extern void *_realloc_r(struct _reent *, void *, size_t);
extern void *_calloc_r(struct _reent *, size_t, size_t);
extern void *_memalign_r(struct _reent *, size_t, size_t);
extern void *_valloc_r(struct _reent *, size_t);
extern void *_pvalloc_r(struct _reent *, size_t);
extern struct mallinfo _mallinfo_r(struct _reent *);
extern void _malloc_stats_r(struct _reent *);
extern int _mallopt_r(struct _reent *, int, int);
extern size_t _malloc_usable_size_r(struct _reent *, void *);
extern int _malloc_trim_r(struct _reent *, size_t);

#endif
