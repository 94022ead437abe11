#include "services/db/session.h"

#include "services/db/ask_impl.h"
#include "services/db/conn_impl.h"

#define ALIVE "expires_at > now() and seen_at > now() - $1::int * interval '1 minute'"

static const struct ost_statement sweep = {
    "session_sweep", NULL,
    "delete from session where institution_id = $1 and expires_at < now() - interval '1 day'"};
static const struct ost_statement add = {
    "session_add", NULL,
    "insert into session (institution_id, user_id, token_hash, agent, expires_at) values (tenant(), "
    "actor(), $1, $2, least(now() + $3::int * interval '1 hour', (select g.expires_at from guest g "
    "where g.user_id = actor()))) returning id"};
static const struct ost_statement find = {
    "session_find", NULL,
    "select id, institution_id, user_id, token_hash = presented_hash(), confirmed, " ALIVE ", "
    "extract(epoch from now() - rotated_at)::bigint from session "
    "where token_hash = presented_hash() or previous_hash = presented_hash()"};
static const struct ost_statement alive = {
    "session_alive", NULL, "select " ALIVE " from session where id = $2 and user_id = actor()"};
static const struct ost_statement seen = {
    "session_seen", NULL,
    "update session set seen_at = now() where id = $1 and seen_at < now() - interval '30 seconds'"};
static const struct ost_statement confirm = {
    "session_confirm", NULL,
    "update session set confirmed = true, seen_at = now() where id = $1 and not confirmed"};
/* What the change below puts out of the session's row; the row is held until then. */
static const struct ost_statement keep_former = {
    "session_keep_former", NULL,
    "insert into session_former (token_hash, institution_id, session_id, replaced_at) "
    "select h, institution_id, id, case when h = token_hash then now() else rotated_at end "
    "from session cross join unnest(array[token_hash, previous_hash]) as h "
    "where id = $1 and h is distinct from $2 and h is not null "
    "and rotated_at <= now() - $3::int * interval '1 s' "
    "for update of session on conflict do nothing"};
static const struct ost_statement forget_former = {
    "session_forget_former", NULL, "delete from session_former where session_id = $1"};
static const struct ost_statement find_former = {
    "session_find_former", NULL,
    "select session_id, institution_id, replaced_at < now() - $1::int * interval '1 s' "
    "from session_former where token_hash = presented_hash()"};
static const struct ost_statement rotate = {
    "session_rotate", NULL,
    "update session set token_hash = $2, previous_hash = $3::bytea, confirmed = $3::bytea is null, "
    "rotated_at = now(), seen_at = now() "
    "where id = $1 and rotated_at <= now() - $4::int * interval '1 s' returning id"};
static const struct ost_statement end = {"session_end", NULL,
                                         "delete from session where id = $1 returning id"};
static const struct ost_statement end_others = {
    "session_end_others", NULL,
    "delete from session where user_id = actor() and id <> $1 returning id"};
static const struct ost_statement list = {
    "session_list", NULL,
    "select id, agent, " ISO("created_at") ", " ISO(
        "seen_at") " from session where user_id = $1 and expires_at > now() order by session.seen_at "
                   "desc"};
static const struct ost_statement ticket_add = {
    "ticket_add", NULL,
    "with old as (delete from ticket where session_id = $2 and expires_at < now()) "
    "insert into ticket (token_hash, institution_id, session_id, case_id) "
    "values ($1, tenant(), $2, $3)"};
/* What it commits is waited for by ticket_settle: for several tickets once. */
static const struct ost_statement ticket_take = {
    "ticket_take", NULL,
    "delete from ticket where token_hash = presented_hash() "
    "and set_config('synchronous_commit', 'off', true) = 'off' "
    "returning session_id, case_id, institution_id, expires_at > now()"};
static const struct ost_statement ticket_settle = {
    "ticket_settle", NULL, "select pg_logical_emit_message(true, 'osteon', 'tickets')"};
static const struct ost_statement owner = {"session_owner", "session",
                                           "select user_id from session where id = $1"};

bool ost_db_session_add(struct ost_db *db, const struct ost_db_session_new *fresh, int64_t *id,
                        struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &sweep, OST_PARAMS(OST_NUMBER(ost_db_who_view(db)->institution)), NULL, err) ||
        !ost_ask_one(db, &add,
                     OST_PARAMS(OST_BYTES(fresh->hash, OST_DB_HASH), OST_TEXT(fresh->agent),
                                OST_NUMBER(fresh->hours)),
                     &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    *id = ost_row_number(&row);
    return ost_db_tell(db, "session.begin", "session", *id, 0, err);
}

bool ost_db_session_find(struct ost_db *db, int64_t idle_minutes, struct ost_db_session *out,
                         bool *found, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &find, OST_PARAMS(OST_NUMBER(idle_minutes)), &rows, err))
        return false;
    *found = ost_rows_count(rows) == 1;
    if (!*found)
        return true;
    struct ost_row row = ost_row_of(rows, 0);
    out->id = ost_row_number(&row);
    out->who.institution = ost_row_number(&row);
    out->who.user = ost_row_number(&row);
    out->newest = ost_row_bool(&row);
    out->confirmed = ost_row_bool(&row);
    out->alive = ost_row_bool(&row);
    out->rotated_s = ost_row_number(&row);
    return true;
}

bool ost_db_session_alive(struct ost_db *db, int64_t id, int64_t idle_minutes, bool *out,
                          struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &alive, OST_PARAMS(OST_NUMBER(idle_minutes), OST_NUMBER(id)), &rows, err))
        return false;
    *out = false;
    if (ost_rows_count(rows) == 1) {
        struct ost_row row = ost_row_of(rows, 0);
        *out = ost_row_bool(&row);
    }
    return true;
}

bool ost_db_session_seen(struct ost_db *db, int64_t id, struct ost_err *err)
{
    return ost_ask(db, &seen, OST_PARAMS(OST_NUMBER(id)), NULL, err);
}

bool ost_db_session_confirm(struct ost_db *db, int64_t id, struct ost_err *err)
{
    return ost_ask(db, &confirm, OST_PARAMS(OST_NUMBER(id)), NULL, err);
}

static bool remember(struct ost_db *db, const struct ost_db_session_rotate *r, struct ost_err *err)
{
    if (r->old == NULL)
        return ost_ask(db, &forget_former, OST_PARAMS(OST_NUMBER(r->id)), NULL, err);
    return ost_ask(
        db, &keep_former,
        OST_PARAMS(OST_NUMBER(r->id), OST_BYTES(r->old, OST_DB_HASH), OST_NUMBER(r->older_s)), NULL,
        err);
}

bool ost_db_session_rotate(struct ost_db *db, const struct ost_db_session_rotate *r, bool *done,
                           struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!remember(db, r, err) ||
        !ost_ask(db, &rotate,
                 OST_PARAMS(OST_NUMBER(r->id), OST_BYTES(r->hash, OST_DB_HASH),
                            OST_BYTES(r->old, OST_DB_HASH), OST_NUMBER(r->older_s)),
                 &rows, err))
        return false;
    *done = ost_rows_count(rows) == 1;
    return true;
}

bool ost_db_session_former(struct ost_db *db, int64_t grace_s, struct ost_db_former *out,
                           bool *found, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &find_former, OST_PARAMS(OST_NUMBER(grace_s)), &rows, err))
        return false;
    *found = ost_rows_count(rows) == 1;
    if (!*found)
        return true;
    struct ost_row row = ost_row_of(rows, 0);
    out->session = ost_row_number(&row);
    out->institution = ost_row_number(&row);
    out->late = ost_row_bool(&row);
    return true;
}

bool ost_db_session_end(struct ost_db *db, int64_t id, const char *action, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &end, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    return ost_rows_count(rows) == 0 || ost_db_tell(db, action, "session", id, 0, err);
}

bool ost_db_session_end_others(struct ost_db *db, int64_t keep, size_t *ended, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &end_others, OST_PARAMS(OST_NUMBER(keep)), &rows, err))
        return false;
    *ended = ost_rows_count(rows);
    return *ended == 0 || ost_db_tell(db, "session.end_others", "session", keep, 0, err);
}

bool ost_db_session_list(struct ost_db *db, struct ost_arena *arena,
                         struct ost_db_session_row **out, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &list, OST_PARAMS(OST_NUMBER(ost_db_who_view(db)->user)), &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++) {
        struct ost_row row = ost_row_of(rows, i);
        (*out)[i].id = ost_row_number(&row);
        ost_row_text(&row, (*out)[i].agent, sizeof(*out)[i].agent);
        ost_row_text(&row, (*out)[i].created_at, sizeof(*out)[i].created_at);
        ost_row_text(&row, (*out)[i].seen_at, sizeof(*out)[i].seen_at);
    }
    return true;
}

bool ost_db_ticket_add(struct ost_db *db, const unsigned char hash[OST_DB_HASH], int64_t session,
                       int64_t case_id, struct ost_err *err)
{
    return ost_ask(
        db, &ticket_add,
        OST_PARAMS(OST_BYTES(hash, OST_DB_HASH), OST_NUMBER(session), OST_NUMBER(case_id)), NULL,
        err);
}

bool ost_db_ticket_take(struct ost_db *db, struct ost_db_ticket *out, bool *found,
                        struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    *found = false;
    if (!ost_ask(db, &ticket_take, NULL, 0, &rows, err))
        return false;
    db->tickets_on = db->tickets_on == 0 ? db->connects : db->tickets_on;
    if (ost_rows_count(rows) == 0)
        return true;
    struct ost_row row = ost_row_of(rows, 0);
    out->session = ost_row_number(&row);
    out->case_id = ost_row_number(&row);
    out->institution = ost_row_number(&row);
    *found = ost_row_bool(&row);
    return true;
}

bool ost_db_ticket_settle(struct ost_db *db, struct ost_err *err)
{
    struct ost_step step = {.statement = &ticket_settle};
    const uint64_t taken_on = db->tickets_on;
    bool ok = !ost_db_is_lost(db) && ost_ask_at_once(db, &step, 1, NULL);
    ost_db_end(db);
    db->tickets_on = 0;
    /* Another connection, perhaps of another server, does not know what this one has left. */
    return (ok && db->connects == taken_on) ||
           ost_fail(err, OST_UNAVAILABLE, "the database went away with the tickets");
}

bool ost_db_session_owner(struct ost_db *db, int64_t id, int64_t *user, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &owner, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    *user = ost_row_number(&row);
    return true;
}
