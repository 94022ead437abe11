/*
 * A plan in a case folder: CASE/plan.json, the state as guide and report read it, and
 * CASE/plan_log.json, the entries it is the sum of:
 *
 *   {"osteon_plan_log":1,"plan":ID,"entries":[ENTRY,...]}
 */
#ifndef OST_TOOL_PLAN_LOG_H
#define OST_TOOL_PLAN_LOG_H

#include "recon/plan/plan.h"

OST_C_BEGIN

struct ost_plan_log {
    struct ost_plan *plan;  /* owned; the log replayed */
    struct ost_buf entries; /* JSON, comma between */
    char client[OST_CLIENT_BYTES + 1];
};

/* An empty plan of that id. */
OST_MUST_CHECK
bool ost_plan_log_begin(struct ost_plan_log *log, const char *id, struct ost_err *err);

/* Replays CASE/plan_log.json; every entry is checked as when it was made. */
OST_MUST_CHECK
bool ost_plan_log_read(struct ost_plan_log *log, const char *case_dir, struct ost_err *err);
void ost_plan_log_fini(struct ost_plan_log *log);

/* Applies one more entry; the caller has filled by, ops and pre. Time and n are added. */
OST_MUST_CHECK
bool ost_plan_log_add(struct ost_plan_log *log, struct ost_entry *entry, struct ost_err *err);

/* Writes both files, the log first. */
OST_MUST_CHECK
bool ost_plan_log_write(const struct ost_plan_log *log, const char *case_dir, struct ost_err *err);

OST_C_END

#endif
