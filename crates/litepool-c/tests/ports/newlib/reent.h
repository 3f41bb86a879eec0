/* Stands for newlib's header, on a desk: what malloc has to do with. */
#ifndef _REENT_H_
#define _REENT_H_

struct _reent {
    int _errno;
};

extern struct _reent only_reent;
#define _REENT (&only_reent)
#define __errno_r(ptr) ((ptr)->_errno)

#endif
