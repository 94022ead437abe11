/*
 * What every subcommand of `osteon` is, and how it ends: exit 0 ok, 2 usage,
 * 3 bad input, 4 not converged, 5 unavailable; one line on stderr that says what
 * to do. With --json stdout carries one JSON object and nothing else.
 */
#ifndef OST_CLI_COMMAND_H
#define OST_CLI_COMMAND_H

#include "recon/base/err.h"
#include "recon/base/progress.h"

OST_C_BEGIN

enum ost_exit {
    OST_EXIT_OK = 0,
    OST_EXIT_USAGE = 2,
    OST_EXIT_INPUT = 3,
    OST_EXIT_NOT_CONVERGED = 4,
    OST_EXIT_UNAVAILABLE = 5,
};

struct ost_command {
    const char *name;                  /* "recon" */
    const char *summary;               /* one line of `osteon help` */
    int (*run)(int argc, char **argv); /* argv[0] is the command's own name */
};

/* The one table of errors and exit codes. */
enum ost_exit ost_exit_of(enum ost_code code);

/* Prints "osteon NAME: message" on stderr and returns the exit code. */
int ost_command_fail(const char *name, const struct ost_err *err);

/* The same for what was typed wrong; returns OST_EXIT_USAGE whatever the code. */
int ost_command_refuse(const char *name, const struct ost_err *err);

/* Progress on stderr where it is a terminal, silence elsewhere. */
struct ost_progress ost_command_progress(void);

OST_C_END

#endif
