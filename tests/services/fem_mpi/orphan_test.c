/* Kills who waits for the engine and sees the engine gone, alone and under mpirun. */
#include "services/fem_mpi/client.h"
#include "tests/fem/solve/box.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FOUND_MOST = 8, NAPS = 6000 };

static void nap(void)
{
    const struct timespec t = {0, 10000000};
    (void)nanosleep(&t, NULL);
}

/* State and parent of a process; false where there is none. Names carry no ')' here. */
static bool look(pid_t pid, char *state, pid_t *parent)
{
    char path[64], name[64];
    int up = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    bool ok = file != NULL && fscanf(file, "%*d (%63[^)]) %c %d", name, state, &up) == 3;
    if (file != NULL)
        (void)fclose(file);
    *parent = up;
    return ok;
}

static bool descends(pid_t pid, pid_t from)
{
    char state;
    while (pid > 1 && pid != from)
        if (!look(pid, &state, &pid))
            return false;
    return pid == from;
}

/* MPI has begun in it: it is the engine, and past its own first lines. */
static bool is_engine(pid_t pid)
{
    char path[64], name[64] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    (void)fscanf(file, "%63s", name);
    (void)fclose(file);
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    int count = -2; /* . and .. */
    for (; threads != NULL && readdir(threads) != NULL;)
        count++;
    if (threads != NULL)
        (void)closedir(threads);
    return strcmp(name, "osteon-fem-mpi") == 0 && count > 1;
}

static int engines_of(pid_t from, pid_t out[FOUND_MOST])
{
    int found = 0;
    DIR *all = opendir("/proc");
    assert_non_null(all);
    for (struct dirent *e = readdir(all); e != NULL; e = readdir(all)) {
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (pid > 1 && found < FOUND_MOST && descends(pid, from) && is_engine(pid))
            out[found++] = pid;
    }
    (void)closedir(all);
    return found;
}

/* Nobody may have collected it where this runs: a zombie is gone too. */
static bool is_gone(pid_t pid)
{
    char state = 'Z';
    pid_t parent;
    return !look(pid, &state, &parent) || state == 'Z' || state == 'X';
}

/* Ends by being killed; the engine would need minutes. */
static _Noreturn void wait_for_engine(uint32_t ranks, const char *folder)
{
    const double size[3] = {40.0, 40.0, 40.0};
    const uint32_t cells[3] = {40, 40, 40};
    struct box b = box_make(size, cells, 15000.0);
    struct ost_fem_problem problem = box_problem(&b, 0.3);
    struct ost_fem_mpi_options options = ost_fem_mpi_options_default();
    struct ost_fem_result *none = NULL;
    box_load_end(&b, (const double[]){-30.0, 4.0, -11.0});
    for (uint32_t n = 0; n < b.mesh->node_count; n++)
        if (b.mesh->node[n][0] < 1e-9)
            b.held[n] = 7;
    options.ranks = ranks;
    options.folder = folder;
    _exit(ost_fem_solve_mpi(&problem, &options, NULL, &none, NULL) ? 0 : 1);
}

static void it_goes_with_who_waits(uint32_t ranks)
{
    char folder[] = "/tmp/osteon-orphan-XXXXXX", command[64];
    pid_t engine[FOUND_MOST];
    int found = 0, status = 0;
    assert_non_null(mkdtemp(folder));
    pid_t waiting = fork();
    if (waiting == 0)
        wait_for_engine(ranks, folder);
    for (int i = 0; i < NAPS && found < (int)ranks && waitpid(waiting, &status, WNOHANG) == 0;
         i++) {
        nap();
        found = engines_of(waiting, engine);
    }
    assert_int_equal(found, ranks);
    for (int i = 0; i < found; i++) /* so that it cannot end by itself */
        assert_int_equal(kill(engine[i], SIGSTOP), 0);
    assert_int_equal(kill(waiting, SIGKILL), 0);
    assert_int_equal(waitpid(waiting, &status, 0), waiting);
    for (int i = 0, k = 0; i < found; i++) {
        for (; k < NAPS && !is_gone(engine[i]); k++)
            nap();
        if (!is_gone(engine[i])) {
            (void)kill(engine[i], SIGKILL);
            fail_msg("the engine outlived who waited for it");
        }
    }
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void one_engine_goes_with_who_waits(void **state)
{
    (void)state;
    it_goes_with_who_waits(1);
}

static void ranks_go_with_who_waits_for_their_mpirun(void **state)
{
    (void)state;
    it_goes_with_who_waits(2);
}

RUN(T(one_engine_goes_with_who_waits), T(ranks_go_with_who_waits_for_their_mpirun))
