#include "services/log/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OST_LINE = 512 };

static _Atomic int lowest = OST_LOG_INFO;

static const char *const name[] = {"debug", "info", "warn", "error"};

void ost_log_from(enum ost_log_level level)
{
    atomic_store(&lowest, (int)level);
}

/* One write() per line, so that lines of several processes do not mix. */
static void emit(char *line, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)line[i] < ' ' || (unsigned char)line[i] > '~')
            line[i] = '?';
    }
    line[len] = '\n';
    ssize_t wrote = write(STDERR_FILENO, line, len + 1);
    (void)wrote; /* nobody to tell */
}

/* What fits of `len` characters after `at`, as vsnprintf() counts them. */
static size_t filled(size_t at, int len)
{
    size_t room = (size_t)OST_LINE - 2 - at;
    return at + ((size_t)len < room ? (size_t)len : room);
}

bool ost_log_from_name(const char *level, struct ost_err *err)
{
    for (int i = OST_LOG_DEBUG; i <= OST_LOG_ERROR; i++) {
        if (strcmp(name[i], level) == 0) {
            ost_log_from((enum ost_log_level)i);
            return true;
        }
    }
    return ost_fail(err, OST_INVALID, "OSTEON_LOG_LEVEL takes debug, info, warn or error");
}

void ost_log(enum ost_log_level level, const char *event, const char *fmt, ...)
{
    if ((int)level < atomic_load(&lowest))
        return;
    char line[OST_LINE];
    int head = snprintf(line, sizeof line - 1, "%s event=%s%s", name[level], event,
                        fmt[0] == '\0' ? "" : " ");
    if (head < 0)
        return;
    size_t len = filled(0, head);
    va_list ap;
    va_start(ap, fmt);
    int rest = vsnprintf(line + len, sizeof line - 1 - len, fmt, ap);
    va_end(ap);
    emit(line, rest < 0 ? len : filled(len, rest));
}

void ost_log_err(enum ost_log_level level, const char *event, const struct ost_err *err)
{
    ost_log(level, event, "code=%s line=%d text=\"%s\"", ost_code_name(err->code), err->line,
            err->msg);
}
