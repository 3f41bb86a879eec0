// A calculator in reverse Polish notation with words of its own: something for a compiler to chew on.

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEPTH 256
#define WORDS 128
#define LINE 1024

typedef struct machine machine;
typedef void (*primitive)(machine *);

typedef struct word {
    char name[32];
    primitive run;
    char *body;
    struct word *next;
} word;

struct machine {
    double stack[DEPTH];
    int depth;
    word *words;
    word pool[WORDS];
    int used;
    jmp_buf escape;
    uint64_t steps;
};

static void fail(machine *m, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    longjmp(m->escape, 1);
}

static void push(machine *m, double value) {
    if (m->depth == DEPTH) fail(m, "the stack is full");
    m->stack[m->depth++] = value;
}

static double pop(machine *m) {
    if (m->depth == 0) fail(m, "the stack is empty");
    return m->stack[--m->depth];
}

#define BINARY(name, expression)                       \
    static void name(machine *m) {                     \
        double b = pop(m), a = pop(m);                 \
        push(m, expression);                           \
    }
BINARY(plus, a + b)
BINARY(minus, a - b)
BINARY(times, a * b)
BINARY(over, a / b)
BINARY(power, pow(a, b))
BINARY(modulo, fmod(a, b))
BINARY(smaller, a < b)
BINARY(equal, a == b)
BINARY(larger, a > b)

#define UNARY(name, expression)                        \
    static void name(machine *m) {                     \
        double a = pop(m);                             \
        push(m, expression);                           \
    }
UNARY(root, sqrt(a))
UNARY(sine, sin(a))
UNARY(cosine, cos(a))
UNARY(logarithm, log(a))
UNARY(whole, floor(a))
UNARY(negate, -a)
UNARY(not, a == 0)

static void duplicate(machine *m) { double a = pop(m); push(m, a), push(m, a); }
static void drop(machine *m) { pop(m); }
static void swap(machine *m) { double b = pop(m), a = pop(m); push(m, b), push(m, a); }
static void show(machine *m) { printf("%.10g\n", pop(m)); }
static void now(machine *m) { push(m, (double)time(NULL)); }
static void depth(machine *m) { push(m, m->depth); }
static void clear(machine *m) { m->depth = 0; }

static word *define(machine *m, const char *name, primitive run, const char *body) {
    if (m->used == WORDS) fail(m, "no room for %s", name);
    word *w = &m->pool[m->used++];
    snprintf(w->name, sizeof w->name, "%s", name);
    w->run = run;
    w->body = body ? strdup(body) : NULL;
    w->next = m->words;
    m->words = w;
    return w;
}

static word *find(machine *m, const char *name) {
    for (word *w = m->words; w; w = w->next)
        if (!strcmp(w->name, name)) return w;
    return NULL;
}

static void run(machine *m, char *line, int nesting) {
    if (nesting > 64) fail(m, "nested too deeply");
    char *rest = NULL;
    for (char *token = strtok_r(line, " \t\n", &rest); token; token = strtok_r(NULL, " \t\n", &rest)) {
        m->steps++;
        if (!strcmp(token, ":")) {
            char *name = strtok_r(NULL, " \t\n", &rest);
            char *body = strtok_r(NULL, ";", &rest);
            if (!name || !body) fail(m, "a definition needs a name and a body");
            define(m, name, NULL, body);
            continue;
        }
        if (!strcmp(token, "?")) {
            char *then = strtok_r(NULL, " \t\n", &rest);
            if (!then) fail(m, "a condition needs a word");
            if (pop(m) == 0) continue;
            token = then;
        }
        char *end;
        errno = 0;
        double value = strtod(token, &end);
        if (*end == '\0' && end != token && errno == 0) {
            push(m, value);
            continue;
        }
        word *w = find(m, token);
        if (!w) fail(m, "unknown word: %s", token);
        if (w->run) {
            w->run(m);
        } else {
            char copy[LINE];
            snprintf(copy, sizeof copy, "%s", w->body);
            run(m, copy, nesting + 1);
        }
    }
}

static volatile sig_atomic_t interrupted;
static void interrupt(int number) { interrupted = number; }

int main(int count, char **arguments) {
    static machine m;
    static const struct { const char *name; primitive run; } all[] = {
        {"+", plus}, {"-", minus}, {"*", times}, {"/", over}, {"^", power}, {"%", modulo}, {"<", smaller}, {"=", equal},
        {">", larger}, {"sqrt", root}, {"sin", sine}, {"cos", cosine}, {"ln", logarithm}, {"floor", whole},
        {"neg", negate}, {"not", not}, {"dup", duplicate}, {"drop", drop}, {"swap", swap}, {".", show}, {"now", now},
        {"depth", depth}, {"clear", clear},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) define(&m, all[i].name, all[i].run, NULL);
    signal(SIGINT, interrupt);
    char line[LINE];
    bool good = true;
    while (!interrupted && fgets(line, sizeof line, stdin)) {
        char *text = line;
        while (isspace((unsigned char)*text)) text++;
        if (*text == '#' || *text == '\0') continue;
        if (setjmp(m.escape)) good = false;
        else run(&m, text, 0);
    }
    for (int i = 0; i < m.used; i++) free(m.pool[i].body);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
