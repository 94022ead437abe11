/* clone flags, F_SETSIG, and system calls by number. */
#define _GNU_SOURCE
#include "services/sandbox/fence.h"
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/osteon-fence-XXXXXX";

/* What a fenced process makes of it: its exit status, or minus the signal that killed it. */
static int behind_the_fence(int (*body)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct ost_err err;
        const struct ost_fence fence = {.work = folder, .models = "/usr"};
        _exit(ost_fence_close(&fence, &err) ? body() : 99);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* 0 where it was refused as the fence refuses. */
static int refused(long result)
{
    return result == -1 && (errno == EPERM || errno == EACCES || errno == ENOSYS) ? 0 : 1;
}

static int signal_parent(void)
{
    return refused(kill(getppid(), 0));
}

static int queue_to_parent(void)
{
    siginfo_t info = {.si_code = SI_QUEUE};
    return refused(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
}

static int queue_to_thread_of_parent(void)
{
    siginfo_t info = {.si_code = SI_QUEUE};
    return refused(syscall(SYS_rt_tgsigqueueinfo, getppid(), getppid(), 0, &info));
}

/* "Tell the parent when there is something to read", by a signal that kills. */
static int let_a_pipe_signal_parent(void)
{
    int end[2];
    if (pipe(end) != 0)
        return 2;
    const struct f_owner_ex owner = {.type = F_OWNER_PID, .pid = getppid()};
    return refused(fcntl(end[0], F_SETOWN, getppid())) +
           refused(fcntl(end[0], F_SETOWN_EX, &owner)) + refused(fcntl(end[0], F_SETSIG, SIGUSR1)) +
           refused(syscall(SYS_fcntl, end[0], 0x100000000L + F_SETOWN, getppid()));
}

static int make_a_pair_of_sockets(void)
{
    int end[2];
    return refused(socketpair(AF_UNIX, SOCK_STREAM, 0, end));
}

static int limit_parent(void)
{
    const struct rlimit little = {0, 0};
    struct rlimit old;
    return refused(prlimit(getppid(), RLIMIT_CORE, &little, NULL)) +
           refused(prlimit(getppid(), RLIMIT_CORE, NULL, &old));
}

static int start_a_process(void)
{
    long pid = (long)fork();
    if (pid == 0)
        _exit(0);
    return refused(pid);
}

static int start_in_a_room_of_its_own(void)
{
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);
    if (pid == 0)
        _exit(0);
    return refused(pid);
}

static int become_root_elsewhere(void)
{
    return refused(chroot(folder));
}

static int become_somebody_else(void)
{
    return geteuid() != 0 ? 0 : refused(setuid(65534));
}

static int load_into_the_kernel(void)
{
    return refused(syscall(SYS_init_module, NULL, 0UL, ""));
}

static void what_reaches_others_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int (*body)(void);
    } tried[] = {
        {"kill", signal_parent},
        {"sigqueue", queue_to_parent},
        {"sigqueue to a thread", queue_to_thread_of_parent},
        {"owner of a pipe", let_a_pipe_signal_parent},
        {"socketpair", make_a_pair_of_sockets},
        {"prlimit", limit_parent},
        {"fork", start_a_process},
        {"user namespace", start_in_a_room_of_its_own},
        {"chroot", become_root_elsewhere},
        {"setuid", become_somebody_else},
        {"kernel module", load_into_the_kernel},
    };
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        int how = behind_the_fence(tried[i].body);
        if (how != 0)
            print_error("%s: %d\n", tried[i].what, how);
        assert_int_equal(how, 0);
    }
}

static void *add_one(void *user)
{
    ++*(int *)user;
    return NULL;
}

static int compute_with_threads(void)
{
    struct rlimit r;
    pthread_t thread;
    char path[64];
    int count = 41;
    (void)snprintf(path, sizeof path, "%s/made", folder);
    int fd = open(path, O_CREAT | O_RDWR, 0600);
    bool ok = fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0 &&
              getrlimit(RLIMIT_STACK, &r) == 0 && raise(0) == 0 &&
              pthread_create(&thread, NULL, add_one, &count) == 0 &&
              pthread_join(thread, NULL) == 0;
    return ok ? count : 1;
}

static void a_station_computes_and_writes_as_before(void **state)
{
    (void)state;
    char path[64];
    assert_int_equal(behind_the_fence(compute_with_threads), 42);
    (void)snprintf(path, sizeof path, "%s/made", folder);
    assert_int_equal(unlink(path), 0);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int drop_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_reaches_others_is_refused),
        cmocka_unit_test(a_station_computes_and_writes_as_before),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
