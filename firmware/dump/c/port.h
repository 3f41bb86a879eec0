/*
 * What the port has to know to tell the callers of an allocation.
 */
#ifndef PORT_H
#define PORT_H

/* Of the heap's function that uses the library next: where it returns to, and its frame. */
void port_note_caller(const void *site, const void *frame);

#endif
