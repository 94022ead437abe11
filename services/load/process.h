/* The programs a bench starts: on which core they run, and what they cost. */
#ifndef OST_LOAD_PROCESS_H
#define OST_LOAD_PROCESS_H

#include "recon/base/err.h"

#include <stddef.h>
#include <sys/types.h>

OST_C_BEGIN

enum { OST_LOAD_SETTINGS = 20, OST_LOAD_TEXT = 512 };

/* "NAME=value" lines a program finds in its environment beside ours. */
struct ost_load_settings {
    char line[OST_LOAD_SETTINGS][OST_LOAD_TEXT];
    size_t count;
};

OST_PRINTF(2, 3) void ost_load_set(struct ost_load_settings *settings, const char *fmt, ...);

/*
 * Starts argv[0] (a path) on one core, its output into the file `log` (NULL: nowhere). It
 * dies with us. `settings` may be NULL.
 */
OST_MUST_CHECK
bool ost_load_start(char *const argv[], const struct ost_load_settings *settings, int core,
                    const char *log, pid_t *pid, struct ost_err *err);

/* The same and waits; OST_UNAVAILABLE where it does not end well. `seconds` at most. */
OST_MUST_CHECK
bool ost_load_run(char *const argv[], const struct ost_load_settings *settings, int core,
                  const char *log, struct ost_err *err);

/* SIGTERM, and SIGKILL where it stays for ten seconds. */
void ost_load_stop(pid_t pid);

/* This process on one core from now on. */
void ost_load_pin(int core);

/* The first two cores this process may use; both the same where there is only one. */
void ost_load_cores(int core[2]);

double ost_load_now(void); /* s, monotonic */

double ost_load_cpu_s(pid_t pid);          /* of all its threads so far */
double ost_load_cpu_children_s(pid_t pid); /* of it and its children that live */
double ost_load_rss_bytes(pid_t pid);

OST_C_END

#endif
