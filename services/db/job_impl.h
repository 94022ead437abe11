/* What job.c and the files of the queue share. */
#ifndef OST_DB_JOB_IMPL_H
#define OST_DB_JOB_IMPL_H

#include "services/db/ask_impl.h"
#include "services/db/job.h"

/* News that the row changed. */
OST_MUST_CHECK
bool ost_db_job_changed(struct ost_db *db, int64_t case_id, int64_t id, struct ost_err *err);

#endif
