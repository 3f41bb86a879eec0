// A gateway: it receives batches of readings, unpacks them in large buffers, and keeps a short
// receipt of each for the log. Buffers live for a batch, receipts for eight: in one heap the
// receipts pin what the buffers left, and a batch of larger readings finds no room.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCHES = 400, READINGS = 16, RECEIPTS = 128 };

struct receipt {
    uint32_t batch, length, sum;
    char station[20];
};

struct reading {
    size_t length;
    unsigned char *bytes;
};

static struct receipt *receipts[RECEIPTS];
static unsigned received;

// The same readings on every machine (a linear congruential generator).
static uint32_t random_number(void) {
    static uint32_t state = 1;
    state = state * 1664525 + 1013904223;
    return state >> 16;
}

__attribute__((noinline)) static struct reading read_station(unsigned batch) {
    // Winter: stations send more and more.
    struct reading reading = { .length = 600 + 3 * batch + random_number() % 400 };
    reading.bytes = malloc(reading.length);
    if (reading.bytes == NULL) abort();
    for (size_t i = 0; i < reading.length; i++) reading.bytes[i] = (unsigned char)(batch + i);
    return reading;
}

__attribute__((noinline)) static void keep_receipt(unsigned batch, const struct reading *reading) {
    struct receipt **slot = &receipts[received++ % RECEIPTS];
    free(*slot);
    struct receipt *receipt = malloc(sizeof *receipt);
    if (receipt == NULL) abort();
    *receipt = (struct receipt){ .batch = batch, .length = (uint32_t)reading->length };
    for (size_t i = 0; i < reading->length; i++) receipt->sum += reading->bytes[i];
    snprintf(receipt->station, sizeof receipt->station, "station %u", batch % 40);
    *slot = receipt;
}

int main(void) {
    uint32_t sum = 0;
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        struct reading readings[READINGS];
        for (unsigned i = 0; i < READINGS; i++) {
            readings[i] = read_station(batch);
            keep_receipt(batch, &readings[i]);
        }
        for (unsigned i = 0; i < READINGS; i++) free(readings[i].bytes);
    }
    for (unsigned i = 0; i < RECEIPTS; i++) sum += receipts[i]->sum;
    printf("%u receipts, sum %u\n", received, sum);
    return 0;
}
