#include "services/sandbox/intake.h"

#include "services/sandbox/child.h"
#include "services/sandbox/wire_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OST_INTAKE_FIRST_OTHER_FD = 4, OST_INTAKE_LOOK_MS = 2 };

/* A process that was started and has not been waited for. */
struct running {
    pid_t pid;
    int from; /* what it writes */
};

static void close_pipe(int ends[2])
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* The request lies whole in the pipe before anybody reads it. */
static bool ask(const struct ost_wire_request *request, int ends[2], struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, OST_WIRE_REQUEST_MOST);
    ost_wire_put_request(request, &bytes);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        ost_buf_fini(&bytes);
        return ost_fail(err, OST_UNAVAILABLE, "intake: no pipe");
    }
    bool ok = !bytes.failed && write(ends[1], bytes.ptr, bytes.len) == (ssize_t)bytes.len;
    ost_buf_fini(&bytes);
    if (ok)
        return true;
    close_pipe(ends);
    return ost_fail(err, OST_UNAVAILABLE, "intake: the request cannot be handed over");
}

/* First to numbers above all three, so that none is overwritten before it has moved. */
static bool actions(posix_spawn_file_actions_t *fa, int input, int output, int request)
{
    int above = input > output ? input : output;
    above = (above > request ? above : request) + 4;
    return posix_spawn_file_actions_adddup2(fa, input, above) == 0 &&
           posix_spawn_file_actions_adddup2(fa, output, above + 1) == 0 &&
           posix_spawn_file_actions_adddup2(fa, request, above + 2) == 0 &&
           posix_spawn_file_actions_adddup2(fa, above, STDIN_FILENO) == 0 &&
           posix_spawn_file_actions_adddup2(fa, above + 1, STDOUT_FILENO) == 0 &&
           posix_spawn_file_actions_adddup2(fa, above + 2, 3) == 0 &&
           posix_spawn_file_actions_addopen(fa, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
           posix_spawn_file_actions_addclosefrom_np(fa, OST_INTAKE_FIRST_OTHER_FD) == 0;
}

static bool attributes(posix_spawnattr_t *attr)
{
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    return posix_spawnattr_setsigmask(attr, &none) == 0 &&
           posix_spawnattr_setsigdefault(attr, &all) == 0 &&
           posix_spawnattr_setpgroup(attr, 0) == 0 &&
           posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP) == 0;
}

/* An empty environment: nothing this process was told is told on. */
static bool start(const char *program, int input, int output, int request, pid_t *pid)
{
    char name[] = "osteon-intake", command[] = OST_INTAKE_CHILD, locale[] = "LC_ALL=C";
    char *argv[] = {name, command, NULL}, *envp[] = {locale, NULL};
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t attr;
    if (posix_spawn_file_actions_init(&fa) != 0)
        return false;
    bool ok = false;
    if (posix_spawnattr_init(&attr) == 0) {
        ok = actions(&fa, input, output, request) && attributes(&attr) &&
             posix_spawn(pid, program == NULL ? "/proc/self/exe" : program, &fa, &attr, argv,
                         envp) == 0;
        (void)posix_spawnattr_destroy(&attr);
    }
    (void)posix_spawn_file_actions_destroy(&fa);
    return ok;
}

static bool launch(const char *program, int input, const struct ost_wire_request *request,
                   struct running *out, struct ost_err *err)
{
    int asked[2], answer[2];
    if (!ask(request, asked, err))
        return false;
    if (pipe2(answer, O_CLOEXEC) != 0) {
        close_pipe(asked);
        return ost_fail(err, OST_UNAVAILABLE, "intake: no pipe");
    }
    bool ok = start(program, input, answer[1], asked[0], &out->pid);
    close_pipe(asked);
    (void)close(answer[1]);
    out->from = answer[0];
    if (ok)
        return true;
    (void)close(answer[0]);
    return ost_fail(err, OST_UNAVAILABLE, "intake: the reader cannot be started");
}

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum gathered { OST_GATHERED, OST_GATHERED_LATE, OST_GATHERED_MUCH };

/* False once the time is up and there is still nothing to read. */
static bool wait_for(int fd, int64_t until)
{
    for (int64_t left = until - now_ms(); left > 0; left = until - now_ms()) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, left > 1000 ? 1000 : (int)left) > 0)
            return true;
    }
    return false;
}

/* Reads until the other end is closed, the time is up or the buffer's limit is reached. */
static enum gathered gather(int fd, int64_t until, struct ost_buf *answer)
{
    unsigned char chunk[65536];
    for (;;) {
        if (!wait_for(fd, until))
            return OST_GATHERED_LATE;
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return OST_GATHERED;
        ost_buf_put(answer, chunk, (size_t)n);
        if (answer->failed)
            return OST_GATHERED_MUCH;
    }
}

/* What its death says about the file. */
static bool judge(int status, enum gathered how, double seconds, struct ost_err *err)
{
    int signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (how == OST_GATHERED_LATE || signal_number == SIGXCPU) {
        return ost_fail(err, OST_LIMIT, "the file takes longer to read than the %g s allowed",
                        seconds);
    }
    if (how == OST_GATHERED_MUCH)
        return ost_fail(err, OST_LIMIT, "the file unpacks to more than is allowed");
    if (signal_number == SIGSYS) {
        return ost_fail(err, OST_CORRUPT,
                        "the file makes the reader do what no reader may: it is refused");
    }
    if (signal_number == SIGKILL)
        return ost_fail(err, OST_LIMIT, "the file needs more memory to read than is allowed");
    if (signal_number != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return ost_fail(err, OST_CORRUPT, "the file makes the reader fail: it is damaged");
    return true;
}

/* Closing its pipe is not ending: who does one without the other has until the time is up. */
static bool has_ended(pid_t pid, int64_t until)
{
    siginfo_t info = {0};
    for (;;) {
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid)
            return true;
        if (now_ms() >= until)
            return false;
        (void)poll(NULL, 0, OST_INTAKE_LOOK_MS);
    }
}

static bool finish(struct running *child, double seconds, struct ost_buf *answer,
                   struct ost_err *err)
{
    int64_t until = now_ms() + (int64_t)(seconds * 1000.0);
    enum gathered how = gather(child->from, until, answer);
    int status = 0;
    if (how == OST_GATHERED && !has_ended(child->pid, until))
        how = OST_GATHERED_LATE;
    if (how != OST_GATHERED)
        (void)kill(child->pid, SIGKILL);
    (void)close(child->from);
    while (waitpid(child->pid, &status, 0) < 0) {
        if (errno != EINTR)
            return ost_fail(err, OST_UNAVAILABLE, "intake: the reader cannot be waited for");
    }
    return judge(status, how, seconds, err);
}

static bool converse(int input_fd, const struct ost_intake_options *options,
                     struct ost_wire_request *request, struct ost_buf *answer, struct ost_err *err)
{
    double seconds = options->seconds > 0 ? options->seconds : OST_INTAKE_SECONDS;
    request->memory = options->memory > 0 ? options->memory : OST_INTAKE_MEMORY;
    request->cpu_seconds = (uint32_t)seconds + 1;
    struct running child = {0};
    return launch(options->program, input_fd, request, &child, err) &&
           finish(&child, seconds, answer, err);
}

static bool open_answer(const struct ost_buf *answer, const struct ost_intake_options *options,
                        struct ost_clean_dicom **out, struct ost_err *err)
{
    struct ost_read in = ost_read_of(answer->ptr, answer->len);
    const unsigned char *record = NULL;
    size_t len = 0;
    OST_AUTO(ost_clean_dicom) clean = NULL;
    if (!ost_wire_read_status(&in, err) || !ost_wire_read_blob(&in, &record, &len, err) ||
        !ost_clean_dicom_open(record, len, &clean, err) ||
        !ost_clean_dicom_key(clean, options->key, options->key == NULL ? 0 : options->key_len, err))
        return false;
    *out = ost_steal(&clean);
    return true;
}

bool ost_intake_run(int input_fd, const struct ost_intake_options *options,
                    struct ost_clean_dicom **out, struct ost_err *err)
{
    struct ost_wire_request request = {.task = OST_WIRE_FILM};
    struct ost_buf answer;
    ost_buf_init(&answer, (size_t)OST_CLEAN_BYTES_MOST + 4096);
    bool ok = converse(input_fd, options, &request, &answer, err) &&
              open_answer(&answer, options, out, err);
    ost_buf_fini(&answer);
    return ok;
}

static bool take_blob(struct ost_read *in, struct ost_buf *out, struct ost_err *err)
{
    const unsigned char *bytes = NULL;
    size_t len = 0;
    if (!ost_wire_read_blob(in, &bytes, &len, err))
        return false;
    ost_buf_put(out, bytes, len);
    return ost_buf_done(out, err);
}

bool ost_intake_deid(int input_fd, const struct ost_intake_options *options,
                     const struct ost_deid_profile *profile, struct ost_buf *file,
                     struct ost_buf *record, struct ost_err *err)
{
    struct ost_wire_request request = {.task = OST_WIRE_DEID, .profile = *profile};
    if (options->key_len == 0 || options->key_len > sizeof request.key) {
        return ost_fail(err, OST_INVALID, "a key of 1 to %d bytes is needed",
                        (int)OST_INTAKE_KEY_MOST);
    }
    memcpy(request.key, options->key, options->key_len);
    request.key_len = (uint32_t)options->key_len;
    struct ost_buf answer;
    ost_buf_init(&answer, (size_t)OST_DEID_FILE_MOST + (2 << 20));
    bool ok = converse(input_fd, options, &request, &answer, err);
    struct ost_read in = ost_read_of(answer.ptr, answer.len);
    ok = ok && ost_wire_read_status(&in, err) && take_blob(&in, file, err) &&
         take_blob(&in, record, err);
    ost_buf_fini(&answer);
    memset(request.key, 0, sizeof request.key);
    return ok;
}
