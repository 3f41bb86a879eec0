/* A small program to be linked: it needs formatted output, sorting, time and mathematics from the C library. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    double values[64];
    time_t now = time(NULL);
    setlocale(LC_ALL, "");
    for (int i = 0; i < 64; i++)
        values[i] = sin(i + argc) * exp(i / 32.0) + pow(i, 0.3);
    qsort(values, 64, sizeof values[0], by_value);
    printf("%s %s: median %f\n", argv[0], strtok(ctime(&now), "\n"), values[32]);
    return 0;
}
