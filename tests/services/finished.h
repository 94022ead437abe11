/* A case with a film and a finished reconstruction, made by the queue's own statements. */
#ifndef OST_TESTS_SERVICES_FINISHED_H
#define OST_TESTS_SERVICES_FINISHED_H

#include "services/db/case.h"
#include "services/db/film.h"
#include "services/db/queue.h"
#include "tests/services/cluster.h"

#include <string.h>

struct finished {
    int64_t case_id, job;
};

static inline int64_t case_with_film(struct ost_db *db, const struct ost_db_who *who)
{
    static unsigned char content;
    struct ost_db_case c;
    struct ost_blob blob = {.kind = "film", .bytes = 10, .stored_bytes = 60};
    bool added = false;
    memset(blob.address, ++content, sizeof blob.address);
    unique("1/ab/", blob.file, sizeof blob.file);
    ok(ost_db_begin(db, who, err));
    ok(ost_db_case_create(db, "left", &c, err));
    ok(ost_db_blob_add(db, &blob, &added, err));
    struct ost_db_film film = {.case_id = c.id,
                               .blob_id = blob.id,
                               .kind = "film",
                               .projection = "pa",
                               .width = 10,
                               .height = 10,
                               .spacing = {0.1, 0.1},
                               .spacing_how = "measured"};
    ok(ost_db_film_add(db, &film, "{}", err));
    ok(ost_db_commit(db, err));
    ost_db_end(db);
    return c.id;
}

/* Not by ost_queue_take(), which could take another test's job. */
static inline struct finished finished_recon(struct ost_db *db, const struct ost_db_who *who,
                                             bool residual_ok)
{
    struct finished out = {.case_id = case_with_film(db, who)};
    struct ost_db_job job;
    const char *missing = NULL;
    const struct ost_queue_ask ask = {.case_id = out.case_id, .kind = "recon", .program = "test"};
    within(db, who, ost_queue_add(db, &ask, &job, &missing, err));
    assert_null(missing);
    out.job = job.id;
    char command[512];
    (void)snprintf(
        command, sizeof command,
        "/usr/lib/postgresql/15/bin/psql -X -q -v ON_ERROR_STOP=1 -c \"update job set "
        "state = 'done', output = jsonb_build_object('residual_ok', %s), output_digest = "
        "sha256('x'), finished_at = now() where id = %" PRId64 "\" '%s'",
        residual_ok ? "true" : "false", job.id, variable("OSTEON_OWNER_DATABASE_URL"));
    assert_int_equal(system(command), 0);
    return out;
}

#endif
