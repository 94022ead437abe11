#include "services/db/guest.h"

#include "services/db/ask_impl.h"

#include <string.h>

#define GUEST                                                                                      \
    "g.id, g.institution_id, g.case_id, g.user_id, coalesce(u.name, ''), g.may, "                  \
    "g.revoked_at is null and g.expires_at > now(), "                                              \
    "greatest(0, floor(extract(epoch from g.expires_at - now())))::bigint, " ISO(                  \
        "g.created_at") ", " ISO("g.expires_at") ", " ISO("g.revoked_at")
#define FROM " from guest g left join app_user u on u.id = g.user_id "

static const struct ost_statement add_person = {
    "guest_person", "guest",
    "insert into app_user (institution_id, name, role) values (tenant(), $1, 'guest') "
    "returning id"};
static const struct ost_statement add = {
    "guest_add", "guest",
    "insert into guest (institution_id, case_id, user_id, may, token_hash, created_by, expires_at) "
    "values (tenant(), $1, $2, $3, $4, actor(), now() + $5::int * interval '1 hour') returning id"};
static const struct ost_statement get = {"guest_get", "guest",
                                         "select " GUEST FROM "where g.id = $1"};
static const struct ost_statement find = {
    "guest_find", "guest", "select " GUEST FROM "where g.token_hash = presented_hash()"};
static const struct ost_statement of_user = {"guest_of_user", "guest",
                                             "select " GUEST FROM "where g.user_id = $1"};
static const struct ost_statement list = {
    "guest_list", NULL,
    "select " GUEST ", " ISO(
        "s.at") ", s.entered" FROM
                "left join lateral (select max(a.at) as at, count(*) filter (where a.action = 'guest.enter') "
                "as entered from audit a where a.institution_id = g.institution_id and a.case_id = g.case_id "
                "and a.user_id = g.user_id) s on true where g.case_id = $1 and g.institution_id = tenant() "
                "order by g.id desc limit 500"};
static const struct ost_statement revoke = {
    "guest_revoke", "guest",
    "update guest set revoked_at = now() where id = $1 and revoked_at is null "
    "returning case_id, user_id"};
static const struct ost_statement end_sessions = {"guest_end_sessions", NULL,
                                                  "delete from session where user_id = $1"};
static void read_guest(struct ost_row *row, struct ost_db_guest *out)
{
    *out = (struct ost_db_guest){.id = ost_row_number(row)};
    out->institution = ost_row_number(row);
    out->case_id = ost_row_number(row);
    out->user = ost_row_number(row);
    ost_row_text(row, out->name, sizeof out->name);
    ost_row_text(row, out->may, sizeof out->may);
    out->live = ost_row_bool(row);
    out->left_s = ost_row_number(row);
    ost_row_text(row, out->created_at, sizeof out->created_at);
    ost_row_text(row, out->expires_at, sizeof out->expires_at);
    ost_row_text(row, out->revoked_at, sizeof out->revoked_at);
}

bool ost_db_guest_get(struct ost_db *db, int64_t id, struct ost_db_guest *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &get, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    read_guest(&row, out);
    return true;
}

bool ost_db_guest_add(struct ost_db *db, const struct ost_db_guest_new *fresh,
                      struct ost_db_guest *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) person = NULL;
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &add_person, OST_PARAMS(OST_TEXT(fresh->name)), &person, err))
        return false;
    struct ost_row row = ost_row_of(person, 0);
    int64_t user = ost_row_number(&row);
    if (!ost_ask_one(db, &add,
                     OST_PARAMS(OST_NUMBER(fresh->case_id), OST_NUMBER(user), OST_TEXT(fresh->may),
                                OST_BYTES(fresh->hash, OST_DB_HASH), OST_NUMBER(fresh->hours)),
                     &rows, err))
        return false;
    row = ost_row_of(rows, 0);
    int64_t id = ost_row_number(&row);
    return ost_db_tell(db, "guest.add", "guest", id, fresh->case_id, err) &&
           ost_db_guest_get(db, id, out, err);
}

bool ost_db_guest_revoke(struct ost_db *db, int64_t id, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &revoke, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    int64_t case_id = ost_row_number(&row), user = ost_row_number(&row);
    return ost_ask(db, &end_sessions, OST_PARAMS(OST_NUMBER(user)), NULL, err) &&
           ost_db_tell(db, "guest.revoke", "guest", id, case_id, err) &&
           ost_db_news(db, "case", case_id, case_id, err);
}

bool ost_db_guest_list(struct ost_db *db, int64_t case_id, struct ost_arena *arena,
                       struct ost_db_guest **out, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &list, OST_PARAMS(OST_NUMBER(case_id)), &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++) {
        struct ost_row row = ost_row_of(rows, i);
        read_guest(&row, &(*out)[i]);
        ost_row_text(&row, (*out)[i].seen_at, sizeof(*out)[i].seen_at);
        (*out)[i].entered = ost_row_number(&row);
    }
    return true;
}

static bool read_one(const struct ost_rows *rows, struct ost_db_guest *out, bool *found)
{
    *found = ost_rows_count(rows) == 1;
    if (*found) {
        struct ost_row row = ost_row_of(rows, 0);
        read_guest(&row, out);
    }
    return true;
}

bool ost_db_guest_find(struct ost_db *db, struct ost_db_guest *out, bool *found,
                       struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    return ost_ask(db, &find, NULL, 0, &rows, err) && read_one(rows, out, found);
}

bool ost_db_guest_of_user(struct ost_db *db, int64_t user, struct ost_db_guest *out, bool *found,
                          struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    return ost_ask(db, &of_user, OST_PARAMS(OST_NUMBER(user)), &rows, err) &&
           read_one(rows, out, found);
}

bool ost_db_guest_enter(struct ost_db *db, const struct ost_db_guest *guest, struct ost_err *err)
{
    return ost_ask(db, &end_sessions, OST_PARAMS(OST_NUMBER(guest->user)), NULL, err) &&
           ost_db_news(db, "case", guest->case_id, guest->case_id, err);
}
