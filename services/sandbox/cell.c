#include "services/sandbox/cell.h"

#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of the oldest kernel we run on; the numbers are the kernel's. */
enum { OST_SYS_LANDLOCK_CREATE = 444, OST_SYS_LANDLOCK_RESTRICT = 446, OST_LANDLOCK_VERSION = 1 };

struct landlock_ruleset {
    uint64_t fs, net, scoped;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OST_CELL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OST_CELL_SANITIZED 1
#endif
#endif
#ifndef OST_CELL_SANITIZED
#define OST_CELL_SANITIZED 0
#endif

static bool limit(int which, uint64_t value, struct ost_err *err)
{
    struct rlimit r = {.rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)value};
    if (setrlimit((__rlimit_resource_t)which, &r) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "sandbox: resource limit %d refused", which);
    return true;
}

bool ost_cell_limit(const struct ost_cell *cell, struct ost_err *err)
{
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "sandbox: privileges cannot be given up");
    /* The sanitizers map terabytes that they never touch. */
    if (!OST_CELL_SANITIZED && !limit(RLIMIT_AS, cell->memory, err))
        return false;
    return limit(RLIMIT_CPU, cell->cpu_seconds, err) && limit(RLIMIT_FSIZE, 0, err) &&
           limit(RLIMIT_CORE, 0, err) && limit(RLIMIT_STACK, 8 << 20, err) &&
           limit(RLIMIT_NOFILE, 64, err);
}

int ost_cell_landlock(void)
{
    long version = syscall(OST_SYS_LANDLOCK_CREATE, NULL, 0, OST_LANDLOCK_VERSION);
    return version > 0 ? (int)version : 0;
}

/* Every right there is in this version is handled, and none is granted. */
static bool landlock(struct ost_err *err)
{
    static const uint64_t fs[] = {0, 0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF};
    int version = ost_cell_landlock();
    if (version == 0)
        return true;
    struct landlock_ruleset all = {.fs = fs[version < 5 ? version : 5],
                                   .net = version >= 4 ? 3 : 0,
                                   .scoped = version >= 6 ? 3 : 0};
    size_t size = version >= 6   ? sizeof all
                  : version >= 4 ? offsetof(struct landlock_ruleset, scoped)
                                 : offsetof(struct landlock_ruleset, net);
    long rules = syscall(OST_SYS_LANDLOCK_CREATE, &all, size, 0);
    if (rules < 0)
        return ost_fail(err, OST_UNAVAILABLE, "sandbox: Landlock %d refuses its rules", version);
    bool held = syscall(OST_SYS_LANDLOCK_RESTRICT, rules, 0) == 0;
    (void)close((int)rules);
    return held || ost_fail(err, OST_UNAVAILABLE, "sandbox: Landlock %d refused", version);
}

/* sysinfo: qsort() asks how much memory there is. */
static const int allowed[] = {
    SCMP_SYS(read),         SCMP_SYS(write),          SCMP_SYS(lseek),
    SCMP_SYS(fstat),        SCMP_SYS(close),          SCMP_SYS(munmap),
    SCMP_SYS(mremap),       SCMP_SYS(madvise),        SCMP_SYS(brk),
    SCMP_SYS(futex),        SCMP_SYS(exit),           SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),  SCMP_SYS(clock_gettime),  SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),    SCMP_SYS(getpid),         SCMP_SYS(gettid),
    SCMP_SYS(sysinfo),      SCMP_SYS(restart_syscall)};

/* Memory, as long as nobody may execute it; signals, as long as they go to oneself. */
static bool allow_bounded(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp no_exec =
        SCMP_A2(SCMP_CMP_MASKED_EQ, (scmp_datum_t)PROT_EXEC, (scmp_datum_t)0);
    const struct scmp_arg_cmp self = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_exec) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_exec) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self) == 0;
}

/* The sanitizer of undefined behaviour probes memory through a pipe of its own; that of threads
 * has a thread, which sleeps and yields. */
static bool allow_sanitizer(scmp_filter_ctx filter)
{
    static const int theirs[] = {SCMP_SYS(pipe2), SCMP_SYS(sched_yield), SCMP_SYS(nanosleep),
                                 SCMP_SYS(clock_nanosleep)};
    bool ok = true;
    for (size_t i = 0; OST_CELL_SANITIZED && i < sizeof theirs / sizeof theirs[0]; i++)
        ok = ok && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, theirs[i], 0, NULL) == 0;
    return ok;
}

static bool filter_calls(struct ost_err *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "sandbox: no system call filter");
    bool ok = allow_bounded(filter) && allow_sanitizer(filter);
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        ok = ok && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed[i], 0, NULL) == 0;
    ok = ok && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return ok || ost_fail(err, OST_UNAVAILABLE, "sandbox: the system call filter is refused");
}

bool ost_cell_close(struct ost_err *err)
{
    return landlock(err) && filter_calls(err);
}
