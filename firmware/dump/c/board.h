/*
 * The board: from reset to main, a line to the host, and the end.
 */
#ifndef BOARD_H
#define BOARD_H

/* Puts a text out on the host's console, by semihosting. */
void board_print(const char *text);

/* Prints why, and stays here: the device's memory is then read from outside. */
void board_halt(const char *why) __attribute__((noreturn));

#endif
