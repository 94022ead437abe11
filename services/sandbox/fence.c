#include "services/sandbox/fence.h"

#include "services/sandbox/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>
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

/* setsid, setpgid: whoever leaves the group outlives the job. io_uring: it knows no filter. */
static const int denied[] = {SCMP_SYS(socket),
                             SCMP_SYS(connect),
                             SCMP_SYS(execve),
                             SCMP_SYS(execveat),
                             SCMP_SYS(ptrace),
                             SCMP_SYS(process_vm_readv),
                             SCMP_SYS(process_vm_writev),
                             SCMP_SYS(pidfd_open),
                             SCMP_SYS(pidfd_getfd),
                             SCMP_SYS(pidfd_send_signal),
                             SCMP_SYS(tkill),
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

static bool shut_calls(struct ost_err *err)
{
    const struct scmp_arg_cmp other = SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid(), 0);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "fence: no system call filter");
    bool ok =
        seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(kill), 1, &other) == 0 &&
        seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(tgkill), 1, &other) == 0;
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++)
        ok = ok && seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0, NULL) == 0;
    ok = ok && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return ok || ost_fail(err, OST_UNAVAILABLE, "fence: the system call filter is refused");
}

bool ost_fence_close(const struct ost_fence *fence, struct ost_err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ost_fail(err, OST_UNAVAILABLE, "fence: privileges cannot be given up");
    return shut_files(fence, err) && shut_calls(err);
}
