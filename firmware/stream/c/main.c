/*
 * A gateway that leaks, and streams what happens to its heaps over its UART.
 *
 * Started with the word `burst` it once does more than the recorder's ring holds, with `reset` its
 * watchdog bites once, and with `forever` it does not end after some hundred rounds.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <string.h>

#include "device.h"
#include "heap.h"
#include "tasks.h"

enum { ROUNDS = 300, BURST = 100, RESET = 150, PAUSE = TICKS_PER_SECOND / 200 };

/* ---- sensor: a window of measurements, which grows ---- */

struct Window {
    UINT32 count;
    UINT16 values[];
};

static void sensor(void)
{
    struct Window *window = NULL;

    for (UINT32 round = 0;; round++) {
        UINT32 count = 4 + round % 16;
        struct Window *larger;

        if (count == 4) {
            heap_free(&main_heap, window);
            window = heap_alloc(&main_heap, sizeof *window + 4 * sizeof(UINT16));
        }
        larger = heap_realloc(&main_heap, window, sizeof *window + count * sizeof(UINT16));
        if (larger != NULL) {
            window = larger;
            window->count = count;
            window->values[count - 1] = (UINT16)(200 + round * 7 % 13);
        }
        task_yield();
    }
}

/* ---- net: a packet comes, a reply goes ---- */

struct Reply {
    UINT32 number;
    char *body;
};

static char *format_body(UINT32 number)
{
    char *body = heap_alloc(&net_heap, 48);

    if (body != NULL) {
        strcpy(body, "{\"gateway\": 7, \"packet\": ");
        body[strlen(body) - 1] = (char)('0' + number % 10);
    }
    return body;
}

static struct Reply *make_reply(UINT32 number)
{
    struct Reply *reply = heap_alloc(&net_heap, sizeof *reply);

    if (reply != NULL) {
        reply->number = number;
        reply->body = format_body(number);
    }
    return reply;
}

static void answer(UINT32 number)
{
    struct Reply *reply = make_reply(number);

    if (reply == NULL || number % 5 == 4) {
        return; /* a bad checksum; the leak: the reply and its body stay behind */
    }
    heap_free(&net_heap, reply->body);
    heap_free(&net_heap, reply);
}

/* What comes at once has no time to be sent. */
static void packets_at_once(void)
{
    for (UINT32 number = 0; number < 1000; number++) {
        answer(5 * number);
    }
}

static void net(void)
{
    int has_burst = is_asked_for("burst");

    for (UINT32 number = 0;; number++) {
        answer(number);
        if (has_burst && number == BURST) {
            packets_at_once();
        }
        task_yield();
    }
}

/* ---- log: the last lines; and what is left of the time is the recorder's ---- */

static void log_line(UINT32 round)
{
    static char *lines[6];
    char **line = &lines[round % 6];

    if (*line != NULL) {
        heap_free(&main_heap, *line);
    }
    *line = heap_alloc(&main_heap, 20 + round % 30);
}

static void send_all(void)
{
    UINT8 bytes[64];
    UINT32 count;

    while ((count = litepool_record_read(bytes, sizeof bytes)) > 0) {
        uart_send(bytes, count);
    }
}

static void logger(void)
{
    int is_endless = is_asked_for("forever");
    int has_reset = is_asked_for("reset") && boot_number() == 1;

    for (UINT32 round = 0; is_endless || round < ROUNDS; round++) {
        UINT32 begin = timer_ticks();

        log_line(round);
        send_all();
        if (has_reset && round == RESET) {
            device_reset();
        }
        while (timer_ticks() - begin < PAUSE) {
        }
        task_yield();
    }
    send_all();
    device_end();
}

static TaskStack sensor_stack, net_stack, log_stack;

/* The linker's, with --build-id: so a desk knows whether it has the ELF file of this firmware. */
extern const UINT8 build_id_note[], build_id_end[];
enum { NOTE_HEAD = 16 };

int main(void)
{
    device_start();
    litepool_record_describe("gateway", build_id_note + NOTE_HEAD,
                             (UINT32)(build_id_end - build_id_note) - NOTE_HEAD, boot_number());
    heap_init();
    task_create(1, "sensor", &sensor_stack, sensor);
    task_create(2, "net", &net_stack, net);
    task_create(3, "log", &log_stack, logger);
    for (UINT32 task = 1; task < TASKS; task++) {
        litepool_record_name_task(task, litepool_task_names[task]);
    }
    tasks_run();
}
