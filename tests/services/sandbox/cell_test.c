/* fork(), ptrace(), and system calls by number. */
#define _GNU_SOURCE
#include "services/sandbox/cell.h"
#include "tests/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the parent sees: the exit status, or minus the signal that killed it. */
static int in_a_cell(const struct ost_cell *cell, int (*body)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct ost_err err;
        if (!ost_cell_limit(cell, &err) || !ost_cell_close(&err))
            _exit(99);
        _exit(body());
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static const struct ost_cell ordinary = {1u << 30, 10};

static int compute(void)
{
    unsigned char *p = malloc(1 << 20);
    if (p == NULL)
        return 1;
    memset(p, 7, 1 << 20);
    int ok = p[12345] == 7;
    free(p);
    return ok ? 42 : 2;
}

static void a_process_in_a_cell_can_compute(void **state)
{
    (void)state;
    assert_int_equal(in_a_cell(&ordinary, compute), 42);
}

static int open_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static int open_file(void)
{
    return open("/etc/passwd", O_RDONLY);
}

static int make_file(void)
{
    return (int)syscall(SYS_openat, AT_FDCWD, "/tmp/osteon-cell", O_CREAT | O_WRONLY, 0600);
}

static int trace_parent(void)
{
    return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int spawn(void)
{
    return (int)fork();
}

static int execute(void)
{
    char name[] = "true", *argv[] = {name, NULL}, *envp[] = {NULL};
    return execve("/bin/true", argv, envp);
}

static int signal_parent(void)
{
    return kill(getppid(), SIGUSR1);
}

static int signal_parent_thread(void)
{
    pid_t parent = getppid();
    return (int)syscall(SYS_tgkill, parent, parent, SIGUSR1);
}

static int remove_file(void)
{
    return unlink("/tmp/osteon-cell");
}

static int map_code(void)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED;
}

static int make_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int read_memory_of_parent(void)
{
    return (int)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static int raise_limit(void)
{
    struct rlimit r = {RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_AS, &r);
}

static int make_thread(void)
{
    return (int)syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
}

static int make_process_anew(void)
{
    return (int)syscall(SYS_clone3, NULL, 0);
}

static int open_anew(void)
{
    return (int)syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0);
}

static int queue_calls(void)
{
    return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

static int load_program(void)
{
    return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int other_room(void)
{
    return (int)syscall(SYS_unshare, 0x10000000); /* a user namespace */
}

static int take_descriptor(void)
{
    return (int)syscall(SYS_pidfd_getfd, 0, 0, 0);
}

static int sleep_long(void)
{
    const struct timespec day = {.tv_sec = 86400};
    return nanosleep(&day, NULL);
}

static int share_memory(void)
{
    return (int)syscall(SYS_memfd_create, "x", 0);
}

#if defined(__x86_64__)
/* The 32-bit door has other numbers: 102 there is socketcall, here it is getuid. */
static int old_door(void)
{
    long result = 102;
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(1L), "c"(0L) : "memory");
    return (int)result;
}

/* And the x32 door has a bit set in every number. */
static int third_door(void)
{
    return (int)syscall(SYS_socket | 0x40000000, AF_INET, SOCK_STREAM, 0);
}
#endif

static void whatever_reaches_outside_kills_the_process(void **state)
{
    (void)state;
    static int (*const forbidden[])(void) = {
        open_socket,
        open_file,
        make_file,
        trace_parent,
        spawn,
        execute,
        signal_parent,
        signal_parent_thread,
        remove_file,
        map_code,
        make_code,
        read_memory_of_parent,
        raise_limit,
        make_thread,
        make_process_anew,
        open_anew,
        queue_calls,
        load_program,
        other_room,
        take_descriptor,
        sleep_long,
        share_memory,
#if defined(__x86_64__)
        old_door,
        third_door,
#endif
    };
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        assert_int_equal(in_a_cell(&ordinary, forbidden[i]), -SIGSYS);
    assert_int_equal(access("/tmp/osteon-cell", F_OK), -1);
}

static int take_all_memory(void)
{
    size_t got = 0;
    for (int i = 0; i < 4096; i++) {
        unsigned char *p = malloc(1 << 20);
        if (p == NULL)
            break;
        p[0] = 1;
        got++;
    }
    return got < 256 ? 42 : 1;
}

static void memory_ends_where_it_was_said_to(void **state)
{
    (void)state;
#if !defined(__SANITIZE_ADDRESS__)
    const struct ost_cell small = {256u << 20, 10};
    assert_int_equal(in_a_cell(&small, take_all_memory), 42);
#else
    (void)take_all_memory;
#endif
}

static int spin(void)
{
    volatile unsigned int i = 0;
    while (i < 2)
        i = 1 - i;
    return 1;
}

static void processor_time_ends_too(void **state)
{
    (void)state;
    const struct ost_cell brief = {1u << 30, 1};
    int how = in_a_cell(&brief, spin);
    assert_true(how == -SIGXCPU || how == -SIGKILL);
}

static int abort_here(void)
{
    abort();
}

static void an_abort_is_told_as_an_abort(void **state)
{
    (void)state;
    assert_int_equal(in_a_cell(&ordinary, abort_here), -SIGABRT);
}

static void landlock_is_probed_not_presumed(void **state)
{
    (void)state;
    int version = ost_cell_landlock();
    assert_in_range(version, 0, 1000);
}

RUN(T(a_process_in_a_cell_can_compute), T(whatever_reaches_outside_kills_the_process),
    T(memory_ends_where_it_was_said_to), T(processor_time_ends_too),
    T(an_abort_is_told_as_an_abort), T(landlock_is_probed_not_presumed))
