/*
 * A weather station with two faults: a leak and an overrun. What it looks like when its memory is
 * asked: docs/dump.md.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <string.h>

#include "heap.h"
#include "tasks.h"

/* ---- sensor: the latest measurements, and their sums ---- */

enum { WINDOW = 8, DAY = 20 };

struct Sample {
    UINT32 time;
    UINT16 raw[8];
    UINT32 sum;
};

static struct Sample *window;

static void start_new_day(void)
{
    for (int i = 0; i <= WINDOW; i++) { /* the overrun: should be < */
        window[i].sum = 0;
    }
}

static void sensor(void)
{
    window = heap_alloc(WINDOW * sizeof *window);
    for (UINT32 time = 1;; time++) {
        struct Sample *sample = &window[time % WINDOW];

        sample->time = time;
        for (int i = 0; i < 8; i++) {
            sample->raw[i] = (UINT16)(200 + time * 7 % 13 + i);
            sample->sum += sample->raw[i];
        }
        if (time % DAY == 0) {
            start_new_day();
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
    char *body = heap_alloc(48);

    memset(body, 0, 48);
    strcpy(body, "{\"station\": 7, \"packet\": ");
    body[strlen(body)] = (char)('0' + number % 10);
    return body;
}

static struct Reply *make_reply(UINT32 number)
{
    struct Reply *reply = heap_alloc(sizeof *reply);

    reply->number = number;
    reply->body = format_body(number);
    return reply;
}

static void answer(UINT32 number)
{
    struct Reply *reply = make_reply(number);

    if (number % 4 == 3) {
        return; /* a bad checksum; the leak: the reply and its body stay behind */
    }
    heap_free(reply->body);
    heap_free(reply);
}

static UINT32 *session;

static void net(void)
{
    session = heap_alloc(3 * sizeof *session);
    for (UINT32 number = 1;; number++) {
        session[0] = number;
        answer(number);
        task_yield();
    }
}

/* ---- log: the last lines, the newest first ---- */

enum { LINES = 4 };

struct Line {
    struct Line *older;
    char text[28];
};

static struct Line *newest;

static void log_line(const char *text)
{
    struct Line *line = heap_alloc(sizeof *line), *last = line;

    strncpy(line->text, text, sizeof line->text);
    line->older = newest;
    newest = line;
    for (int i = 1; i < LINES && last != NULL; i++) {
        last = last->older;
    }
    if (last != NULL && last->older != NULL) {
        heap_free(last->older);
        last->older = NULL;
    }
}

static void logger(void)
{
    for (;;) {
        log_line("all is well");
        heap_check();
        task_yield();
    }
}

static TaskStack sensor_stack, net_stack, log_stack;

int main(void)
{
    heap_init();
    task_create(1, "sensor", &sensor_stack, sensor);
    task_create(2, "net", &net_stack, net);
    task_create(3, "log", &log_stack, logger);
    tasks_run();
}
