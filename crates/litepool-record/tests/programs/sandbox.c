// A program that forbids itself nearly all system calls: another one kills it. The scenario is
// named by the argument, the number of operations in the sandbox follows.

#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void churn(int times) {
    for (int i = 0; i < times; i++) free(malloc(64));
}

#define ALLOW(number) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static struct sock_filter few[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    ALLOW(SYS_write),
    ALLOW(SYS_exit),
    ALLOW(SYS_exit_group),
    ALLOW(SYS_clone),
    ALLOW(SYS_set_robust_list),
    ALLOW(SYS_gettid),
    ALLOW(SYS_wait4),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};

// What a program needs to be started and to allocate, but not what a recorder needs.
static struct sock_filter program[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fallocate, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
};

static void enter(struct sock_filter *filter, size_t length, int by_prctl) {
    struct sock_fprog list = {length, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) _exit(80);
    long failed = by_prctl ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &list)
                           : syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &list);
    if (failed) _exit(81);
}
#define ENTER(filter, by_prctl) enter(filter, sizeof filter / sizeof *filter, by_prctl)

int main(int count, char **arguments) {
    const char *what = arguments[1];
    int times = count > 2 ? atoi(arguments[2]) : 0;
    churn(10);
    errno = 4242;
    if (!strcmp(what, "strict")) {
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)) _exit(82);
        churn(times);
        syscall(SYS_exit, errno != 4242);
    }
    if (!strcmp(what, "strict-by-seccomp")) {
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL)) _exit(82);
        churn(times);
        syscall(SYS_exit, errno != 4242);
    }
    if (!strcmp(what, "filter")) {
        ENTER(few, 0);
        churn(times);
        _exit(errno != 4242);
    }
    if (!strcmp(what, "filter-by-prctl")) {
        ENTER(few, 1);
        churn(times);
        _exit(errno != 4242);
    }
    if (!strcmp(what, "fork")) {
        ENTER(few, 0);
        pid_t child = fork();
        churn(times);
        if (child == 0) _exit(0);
        int status;
        _exit(waitpid(child, &status, 0) != child || status);
    }
    if (!strcmp(what, "refused")) {
        // Asks whether the system knows filters, as sandboxes do.
        long first = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL);
        if (first != -1 || errno != EFAULT) _exit(83);
        long second = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL);
        if (second != -1 || errno != EFAULT) _exit(84);
        churn(times);
        return 0;
    }
    if (!strcmp(what, "no-clock")) {
        // The processor's clock, which the C library reads, is off.
        if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV)) return 85;
        churn(times);
        if (prctl(PR_SET_TSC, PR_TSC_ENABLE)) return 86;
        churn(times);
        return errno != 4242;
    }
    if (!strcmp(what, "exec")) {
        ENTER(program, 0);
        execl(arguments[0], arguments[0], "leaf", NULL);
    }
    if (!strcmp(what, "leaf")) return 0;
    return 99;
}
