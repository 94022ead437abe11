/*
 * One line per event on stderr: `info event=job.claimed job=42 kind=recon`.
 *
 * Event names are literals. What follows are ids, sizes and closed words of ours:
 * never a patient's value, a file name or a key somebody sent. The format must say
 * `name=value name=value`; a byte that would break the line is printed as '?'.
 */
#ifndef OST_LOG_LOG_H
#define OST_LOG_LOG_H

#include "recon/base/err.h"

OST_C_BEGIN

enum ost_log_level { OST_LOG_DEBUG, OST_LOG_INFO, OST_LOG_WARN, OST_LOG_ERROR };

/* ost_log(OST_LOG_INFO, "job.claimed", "job=%" PRId64 " kind=%s", id, kind); fmt may be "". */
void ost_log(enum ost_log_level level, const char *event, const char *fmt, ...) OST_PRINTF(3, 4);

/* Logs an error as it stands: its messages carry ids and sizes only. */
void ost_log_err(enum ost_log_level level, const char *event, const struct ost_err *err);

/* Events below `level` are dropped; OST_LOG_INFO until this is called. */
void ost_log_from(enum ost_log_level level);

/* The same by its name in a line: "debug", "info", "warn", "error". */
OST_MUST_CHECK bool ost_log_from_name(const char *level, struct ost_err *err);

OST_C_END

#endif
