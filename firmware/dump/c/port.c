/* What the library needs of the system: include/litepool_port.h. */
#include "port.h"

#include "board.h"
#include "litepool_port.h"
#include "tasks.h"

/* Where the heap was called from, and where its frame begins. */
static UINT32 call_site;
static const UINT32 *call_frame;

void port_note_caller(const void *site, const void *frame)
{
    call_site = (UINT32)site;
    call_frame = frame;
}

/* Tasks take turns, and no interrupt handler allocates: there is nobody to keep out. */
UINTPTR litepool_port_lock(VOID)
{
    return 0;
}

VOID litepool_port_unlock(UINTPTR state)
{
    (void)state;
}

VOID litepool_port_print(const char *text)
{
    board_print(text);
}

UINT32 litepool_port_refused(const LitepoolEvent *event)
{
    (void)event;
    return 0;
}

UINT32 litepool_port_task(VOID)
{
    UINT32 task = task_current();

    return task == 0 ? LITEPOOL_NO_TASK : task;
}

/* Is this a return address: does a call stand before it? */
static int is_return_address(UINT32 word)
{
    extern const UINT8 text_start[], text_end[];
    const UINT16 *after = (const UINT16 *)(word - 1);

    if ((word & 1) == 0 || word <= (UINT32)text_start + 4 || word > (UINT32)text_end) {
        return 0;
    }
    return ((after[-2] & 0xF800) == 0xF000 && (after[-1] & 0xD000) == 0xD000) /* bl */
           || (after[-1] & 0xFF87) == 0x4780;                                /* blx register */
}

/*
 * Who called the heap, and who called that. A Cortex-M keeps no chain of frames: what looks like
 * a return address on the stack is one, or was one.
 */
VOID litepool_port_callers(UINT32 *sites, UINT32 count)
{
    const UINT32 *word = call_frame, *end = task_stack_end();
    UINT32 found = 0;

    /* A pool is made, which a recorder is told, before the heap was called: pools come first here. */
    if (word == 0) {
        return;
    }
    sites[found++] = call_site;
    while (word < end && *word++ != call_site) {
    }
    for (; word < end && found < count; word++) {
        if (is_return_address(*word)) {
            sites[found++] = *word;
        }
    }
}
