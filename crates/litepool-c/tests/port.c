/* The port of the tests: it counts, remembers what is printed, and complains about wrong use. */
#include <string.h>

#include "check.h"
#include "litepool_port.h"

static unsigned depth;
static unsigned long taken;
static char text[16384];
static size_t length;
static const char *complaint;

UINTPTR litepool_port_lock(VOID)
{
    taken++;
    return 1000 + depth++;
}

VOID litepool_port_unlock(UINTPTR state)
{
    depth--;
    if (state != 1000 + depth) {
        complaint = "a lock's state came back in the wrong order";
    }
}

VOID litepool_port_print(const char *line)
{
    size_t more = strlen(line);

    if (depth != 0) {
        complaint = "something was printed with the lock held";
    }
    if (more > 0 && length + more < sizeof text) {
        memcpy(text + length, line, more + 1);
        length += more;
    } else {
        complaint = "an empty text, or more than the tests remember";
    }
}

const char *printed(void)
{
    text[length] = 0;
    return text;
}

void forget_text(void)
{
    length = 0;
}

unsigned long locks(void)
{
    return taken;
}

unsigned port_depth(void)
{
    return depth;
}

const char *port_complaint(void)
{
    const char *now = complaint;

    complaint = NULL;
    return now;
}
