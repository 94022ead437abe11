/* What a station made goes into the store; its rows and the job's end are one transaction. */
#ifndef OST_PIPELINE_KEEP_IMPL_H
#define OST_PIPELINE_KEEP_IMPL_H

#include "services/pipeline/pipeline.h"

struct ost_made {
    char name[OST_WORK_NAME];
    const char *content_type; /* static */
    struct ost_blob blob;
    unsigned char digest[OST_DB_HASH]; /* of what must be equal when the job is done again */
    bool added;                        /* the row names this very file */
};

struct ost_made_list {
    struct ost_made file[OST_WORK_FILES];
    size_t count;
    unsigned char digest[OST_DB_HASH]; /* of all, by name */
};

/* Puts every new file of dir/result into the store. What was put stands in the list. */
OST_MUST_CHECK
bool ost_keep_files(struct ost_work *work, struct ost_made_list *made, struct ost_err *err);

/* Ends the job as done with these files; tries again while the database is away. */
OST_MUST_CHECK
bool ost_keep_end(const struct ost_pipeline *pipeline, struct ost_work *work,
                  const struct ost_work_kind *kind, struct ost_made_list *made,
                  struct ost_err *err);

/* Takes away what no row names, as far as that is certain. */
void ost_keep_drop(struct ost_work *work, struct ost_made_list *made, bool all);

/* The digest of a file's content: of JSON without how long things took. */
OST_MUST_CHECK
bool ost_keep_digest(const char *name, const struct ost_buf *bytes,
                     unsigned char digest[OST_DB_HASH], struct ost_err *err);

#endif
