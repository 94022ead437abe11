#include "services/sandbox/fence.h"

#include "services/sandbox/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of the oldest kernel we run on; the numbers are the kernel's. */
enum { OST_SYS_LANDLOCK_CREATE = 444, OST_SYS_LANDLOCK_RULE = 445, OST_SYS_LANDLOCK_HOLD = 446 };
enum { OST_LANDLOCK_BENEATH = 1 };

struct beneath {
    uint64_t rights;
    int32_t folder;
} __attribute__((packed));

/* Rights of the first version, and what later ones added, all to files and folders. */
static uint64_t all_rights(int version)
{
    static const uint64_t rights[] = {0, 0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF};
    return rights[version < 5 ? version : 5];
}

static const uint64_t to_read = 0x4 | 0x8;        /* files, folders */
static const uint64_t of_files = 0x7 | 3U << 14U; /* what a rule about one file may say */

/* What libraries read by themselves: fonts, how large a stack, a page and the machine are. */
static const char *const system_paths[] = {
    "/usr",          "/lib",          "/lib64",     "/etc/ld.so.cache",    "/etc/localtime",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system", "/dev/null",
    "/dev/urandom",  "/proc/self",    "/proc/sys",  "/sys/kernel/mm"};

/* What is not there needs no rule. */
static bool allow(int rules, const char *path, uint64_t rights, struct ost_err *err)
{
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || ost_fail(err, OST_UNAVAILABLE, "fence: a folder is shut");
    bool is_folder = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
    const struct beneath rule = {.rights = is_folder ? rights : rights & of_files, .folder = fd};
    bool ok = syscall(OST_SYS_LANDLOCK_RULE, rules, OST_LANDLOCK_BENEATH, &rule, 0) == 0;
    (void)close(fd);
    return ok || ost_fail(err, OST_UNAVAILABLE, "fence: Landlock refuses a rule");
}

static bool allow_all(int rules, const struct ost_fence *fence, uint64_t all, struct ost_err *err)
{
    bool ok = allow(rules, fence->work, all, err) && allow(rules, fence->models, to_read, err);
    for (size_t i = 0; i < sizeof system_paths / sizeof system_paths[0]; i++)
        ok = ok && allow(rules, system_paths[i], to_read, err);
    return ok;
}

static bool shut_files(const struct ost_fence *fence, struct ost_err *err)
{
    int version = ost_cell_landlock();
    if (version == 0)
        return true;
    const uint64_t all = all_rights(version);
    long rules = syscall(OST_SYS_LANDLOCK_CREATE, &all, sizeof all, 0);
    if (rules < 0)
        return ost_fail(err, OST_UNAVAILABLE, "fence: Landlock %d refuses its rules", version);
    bool allowed = allow_all((int)rules, fence, all, err);
    bool held = allowed && syscall(OST_SYS_LANDLOCK_HOLD, rules, 0) == 0;
    (void)close((int)rules);
    return held ||
           (allowed && ost_fail(err, OST_UNAVAILABLE, "fence: Landlock %d refused", version));
}

/*
 * setsid, setpgid: whoever leaves the group outlives the job. io_uring: it knows no filter.
 * socketpair: its owner, who is signalled, may be anybody.
 */
static const int denied[] = {SCMP_SYS(socket),
                             SCMP_SYS(socketpair),
                             SCMP_SYS(connect),
                             SCMP_SYS(fork),
                             SCMP_SYS(vfork),
                             SCMP_SYS(execve),
                             SCMP_SYS(execveat),
                             SCMP_SYS(ptrace),
                             SCMP_SYS(process_vm_readv),
                             SCMP_SYS(process_vm_writev),
                             SCMP_SYS(pidfd_open),
                             SCMP_SYS(pidfd_getfd),
                             SCMP_SYS(pidfd_send_signal),
                             SCMP_SYS(tkill),
                             SCMP_SYS(rt_sigqueueinfo),
                             SCMP_SYS(rt_tgsigqueueinfo),
                             SCMP_SYS(kcmp),
                             SCMP_SYS(process_madvise),
                             SCMP_SYS(shmget),
                             SCMP_SYS(msgget),
                             SCMP_SYS(semget),
                             SCMP_SYS(setsid),
                             SCMP_SYS(setpgid),
                             SCMP_SYS(unshare),
                             SCMP_SYS(setns),
                             SCMP_SYS(mount),
                             SCMP_SYS(open_by_handle_at),
                             SCMP_SYS(io_uring_setup),
                             SCMP_SYS(bpf),
                             SCMP_SYS(perf_event_open),
                             SCMP_SYS(userfaultfd),
                             SCMP_SYS(keyctl),
                             SCMP_SYS(add_key),
                             SCMP_SYS(request_key)};

static bool deny_where(scmp_filter_ctx filter, int call, struct scmp_arg_cmp where)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, 1, &where) == 0;
}

/* Whom a descriptor signals, and by what: the kernel looks at 32 bits of the request. */
static bool deny_owners(scmp_filter_ctx filter)
{
    static const scmp_datum_t request[] = {F_SETOWN, F_SETOWN_EX, F_SETSIG};
    bool ok = true;
    for (size_t i = 0; i < sizeof request / sizeof request[0]; i++)
        ok = ok && deny_where(filter, SCMP_SYS(fcntl),
                              SCMP_A1(SCMP_CMP_MASKED_EQ, (scmp_datum_t)UINT32_MAX, request[i]));
    return ok;
}

/*
 * Signals and limits of another process; a process of its own, with whatever rooms, where a
 * thread will do. What clone3() is asked for no filter can read: without it clone() is used.
 */
static bool deny_bounded(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp other = SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid(), 0);
    const struct scmp_arg_cmp no_thread =
        SCMP_A0(SCMP_CMP_MASKED_EQ, (scmp_datum_t)CLONE_THREAD, (scmp_datum_t)0);
    return deny_where(filter, SCMP_SYS(kill), other) &&
           deny_where(filter, SCMP_SYS(tgkill), other) &&
           deny_where(filter, SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)0, 0)) &&
           deny_where(filter, SCMP_SYS(clone), no_thread) && deny_owners(filter) &&
           seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, NULL) == 0;
}

static bool shut_calls(struct ost_err *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "fence: no system call filter");
    bool ok = deny_bounded(filter);
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++)
        ok = ok && seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0, NULL) == 0;
    ok = ok && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return ok || ost_fail(err, OST_UNAVAILABLE, "fence: the system call filter is refused");
}

/* Of root's powers those over files stay, which Landlock bounds: models may be another's. */
static bool drop_powers(struct ost_err *err)
{
    const uint32_t files = 1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH;
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capget, &head, has) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "fence: privileges cannot be told");
    const uint32_t kept = has[0].permitted & files;
    memset(has, 0, sizeof has);
    has[0].permitted = has[0].effective = kept;
    return syscall(SYS_capset, &head, has) == 0 ||
           ost_fail(err, OST_UNAVAILABLE, "fence: privileges cannot be given up");
}

bool ost_fence_close(const struct ost_fence *fence, struct ost_err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "fence: privileges cannot be given up");
    return drop_powers(err) && shut_files(fence, err) && shut_calls(err);
}
