#include "services/cli/command.h"

#include <stdio.h>
#include <unistd.h>

enum ost_exit ost_exit_of(enum ost_code code)
{
    switch (code) {
    case OST_OK:
        return OST_EXIT_OK;
    case OST_UNAVAILABLE:
    case OST_CONFLICT:
    case OST_CANCELLED:
    case OST_NOMEM:
    case OST_BUG:
        return OST_EXIT_UNAVAILABLE;
    case OST_INVALID:
    case OST_NOT_FOUND:
    case OST_DENIED:
    case OST_LIMIT:
    case OST_UNSUPPORTED:
    case OST_CORRUPT:
        break;
    }
    return OST_EXIT_INPUT;
}

int ost_command_fail(const char *name, const struct ost_err *err)
{
    (void)fprintf(stderr, "osteon %s: %s\n", name, err->msg);
    return (int)ost_exit_of(err->code);
}

int ost_command_refuse(const char *name, const struct ost_err *err)
{
    (void)ost_command_fail(name, err);
    return OST_EXIT_USAGE;
}

static bool print_progress(void *user, double fraction, const char *stage)
{
    (void)user;
    (void)fprintf(stderr, "\r\033[K%3.0f %% %s%s", 100.0 * fraction, stage,
                  fraction >= 1.0 ? "\n" : "");
    return true;
}

struct ost_progress ost_command_progress(void)
{
    struct ost_progress progress = {0};
    if (isatty(STDERR_FILENO))
        progress.report = print_progress;
    return progress;
}
