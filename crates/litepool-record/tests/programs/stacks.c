// Calls the heap from places whose callers are known, in ways that are hard on who looks for them.
//
//     stacks SCENARIO
//
// Each scenario asks for sizes of its own, by which its stacks are found.

#define _GNU_SOURCE
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone, noipa))

// No call of these is a jump: what comes after it must come after it.
#define AFTER(p) __asm__ volatile("" : : "r"(p) : "memory")

NOINLINE void *leaf(size_t size) {
    void *p = malloc(size);
    AFTER(p);
    return p;
}

NOINLINE void *middle(size_t size) {
    void *p = leaf(size);
    AFTER(p);
    return p;
}

NOINLINE void *outer(size_t size) {
    void *p = middle(size);
    AFTER(p);
    return p;
}

// A frame whose size is known when it runs only, and one that is aligned.
NOINLINE void *with_alloca(size_t size) {
    volatile char *space = alloca(size);
    memset((char *)space, 1, size);
    void *p = outer(size);
    AFTER(space);
    return p;
}

NOINLINE void *aligned(size_t size) {
    volatile char space[64] __attribute__((aligned(64)));
    space[size % 64] = 1;
    void *p = with_alloca(size);
    AFTER(space);
    return p;
}

NOINLINE void *deep(int depth, size_t size) {
    void *p = depth > 0 ? deep(depth - 1, size) : outer(size);
    AFTER(p);
    return p;
}

static sigjmp_buf back;

NOINLINE void handler(int signal) {
    free(outer(2000 + signal));
    AFTER(&back);
}

NOINLINE void jumping_handler(int signal) {
    free(outer(2100));
    siglongjmp(back, 1);
}

// Much is done on the other stack, also when it has become a part of something larger.
static ucontext_t main_context, other_context;

NOINLINE void coroutine(void) {
    for (int i = 0; i < 100; i++) {
        free(outer(2200));
        swapcontext(&other_context, &main_context);
    }
}

NOINLINE void *thread(void *argument) {
    free(outer(2300));
    AFTER(argument);
    return argument;
}

// The frame pointer of this function is the argument, and no table says so. On i686 the stack is
// aligned to words only, as old compilers did it.
void *garbage(size_t size, void *frame_pointer);
#if defined(__x86_64__)
__asm__(".text\n"
        ".globl garbage\n"
        ".type garbage, @function\n"
        "garbage:\n"
        "    push %rbp\n"
        "    mov %rsi, %rbp\n"
        "    sub $16, %rsp\n"
        "    call malloc@PLT\n"
        "    add $16, %rsp\n"
        "    pop %rbp\n"
        "    ret\n"
        ".size garbage, .-garbage\n");
#elif defined(__i386__)
__asm__(".text\n"
        ".globl garbage\n"
        ".type garbage, @function\n"
        "garbage:\n"
        "    push %ebp\n"
        "    push %ebx\n"
        "    mov 12(%esp), %eax\n"
        "    mov 16(%esp), %ebp\n"
        "    call 1f\n"
        "1:  pop %ebx\n"
        "    add $_GLOBAL_OFFSET_TABLE_+(.-1b), %ebx\n"
        "    sub $12, %esp\n"
        "    push %eax\n"
        "    call malloc@PLT\n"
        "    add $16, %esp\n"
        "    pop %ebx\n"
        "    pop %ebp\n"
        "    ret\n"
        ".size garbage, .-garbage\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        ".globl garbage\n"
        ".type garbage, %function\n"
        "garbage:\n"
        "    stp x29, x30, [sp, #-16]!\n"
        "    mov x29, x1\n"
        "    bl malloc\n"
        "    ldp x29, x30, [sp], #16\n"
        "    ret\n"
        ".size garbage, .-garbage\n");
#endif

NOINLINE void hostile(void) {
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t page = (uintptr_t)mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect((void *)page, 4096, PROT_NONE);
    mprotect((void *)(page + 2 * 4096), 4096, PROT_NONE);
    // A pair on the stack that looks like a frame, and one that refers to itself.
    uintptr_t fake[4] = {0, (uintptr_t)&outer, 0, 0};
    fake[2] = (uintptr_t)&fake[2], fake[3] = (uintptr_t)&garbage;
    uintptr_t values[] = {0, 1, 8, here, here + 1, here + 4, here - 4096, here + 8, (uintptr_t)&fake[0], (uintptr_t)&fake[2],
                          page, page + 4096, page + 2 * 4096 - sizeof(void *), UINTPTR_MAX, UINTPTR_MAX - 7, UINTPTR_MAX / 2,
                          (uintptr_t)&outer, (uintptr_t)environ, here + 100 * 4096, here + 8 * 1024 * 1024};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        free(garbage(2400, (void *)values[i]));
    }
    for (uintptr_t at = here - 4096; at < here + 4096; at += sizeof(void *)) {
        free(garbage(2400, (void *)at));
    }
}

static void on_exit_handler(void) { free(outer(2600)); }

__attribute__((constructor)) static void construct(void) { free(outer(2700)); }

// On a stack that starts behind a hole and ends before one.
NOINLINE void coroutines(void) {
    enum { SIZE = 65536 };
    char *stack = mmap(NULL, SIZE + 2 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack += 4096;
    mprotect(stack, SIZE, PROT_READ | PROT_WRITE);
    getcontext(&other_context);
    other_context.uc_stack.ss_sp = stack;
    other_context.uc_stack.ss_size = SIZE;
    other_context.uc_link = &main_context;
    makecontext(&other_context, coroutine, 0);
    for (int i = 0; i < 100; i++) {
        swapcontext(&main_context, &other_context);
    }
}

NOINLINE void signals(void) {
    char *stack = malloc(65536);
    stack_t alternate = {.ss_sp = stack, .ss_size = 65536};
    sigaltstack(&alternate, NULL);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &action, NULL);
    action.sa_flags = 0;
    sigaction(SIGUSR2, &action, NULL);
    for (int i = 0; i < 20; i++) {
        raise(SIGUSR1);
        raise(SIGUSR2);
    }
    action.sa_handler = jumping_handler;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 0; i < 20; i++) {
        if (sigsetjmp(back, 1) == 0) {
            raise(SIGUSR1);
        }
    }
}

NOINLINE void threads(void) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN);
    pthread_t id;
    pthread_create(&id, &attributes, thread, NULL);
    pthread_join(id, NULL);
    // A stack of the program's own, with nothing between it and what is beside it.
    size_t size = 4 * PTHREAD_STACK_MIN;
    char *space = mmap(NULL, 3 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, space + size, size);
    pthread_create(&id, &attributes, thread, NULL);
    pthread_join(id, NULL);
}

// A coroutine on memory that ends where the guard of a thread's stack begins; its frame pointer leads
// into that guard.
static uintptr_t guard;

NOINLINE void beside_the_guard(void) {
    free(outer(2200));
    for (int i = -8; i < 520; i++) {
        free(garbage(2401, (void *)(guard + i * (int)sizeof(void *))));
    }
}

NOINLINE void *below(void *argument) {
    enum { SIZE = 32768 };
    free(outer(2300));
    pthread_attr_t attributes;
    void *bottom;
    size_t size, guard_size;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &bottom, &size);
    pthread_attr_getguardsize(&attributes, &guard_size);
    guard = (uintptr_t)bottom;
    // Where the guard is, above or below what is called the bottom, differs between versions.
    char *stack = MAP_FAILED;
    for (uintptr_t end = guard; stack == MAP_FAILED && end + 4 * 4096 > (uintptr_t)bottom; end -= 4096) {
        stack = mmap((void *)(end - SIZE), SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        guard = end;
    }
    if (stack == MAP_FAILED) {
        return argument;
    }
    static ucontext_t thread_context, context;
    getcontext(&context);
    context.uc_stack.ss_sp = stack;
    context.uc_stack.ss_size = SIZE;
    context.uc_link = &thread_context;
    makecontext(&context, beside_the_guard, 0);
    swapcontext(&thread_context, &context);
    return argument;
}

NOINLINE void forks(void) {
    pid_t child = fork();
    if (child == 0) {
        free(outer(2500));
        _exit(0);
    }
    waitpid(child, NULL, 0);
    free(outer(2501));
    child = vfork();
    if (child == 0) {
        free(outer(2502));
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

// Two libraries, loaded one after the other, likely at the same addresses.
NOINLINE void libraries(char **paths) {
    for (int i = 0; i < 40; i++) {
        void *library = dlopen(paths[i % 2], RTLD_NOW);
        void *(*allocate)(void *(*)(size_t)) = (void *(*)(void *(*)(size_t)))dlsym(library, "allocate");
        free(allocate(outer));
        dlclose(library);
    }
}

int main(int count, char **arguments) {
    const char *scenario = arguments[1];
    if (strcmp(scenario, "chain") == 0) {
        free(aligned(1000));
        free(deep(100, 1100));
        // Deep enough for the kernel to make the stack grow under it.
        free(deep(20000, 1200));
    } else if (strcmp(scenario, "signals") == 0) {
        signals();
    } else if (strcmp(scenario, "coroutines") == 0) {
        coroutines();
    } else if (strcmp(scenario, "threads") == 0) {
        threads();
    } else if (strcmp(scenario, "below") == 0) {
        pthread_t id;
        pthread_create(&id, NULL, below, NULL);
        pthread_join(id, NULL);
    } else if (strcmp(scenario, "hostile") == 0) {
        hostile();
    } else if (strcmp(scenario, "forks") == 0) {
        forks();
    } else if (strcmp(scenario, "libraries") == 0) {
        libraries(arguments + 2);
    } else if (strcmp(scenario, "exit") == 0) {
        atexit(on_exit_handler);
    }
    return 0;
}
