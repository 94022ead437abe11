#include "services/db/account.h"

#include "services/db/ask_impl.h"

#define USER "id, institution_id, email, name, role, password, disabled_at is not null"

static const struct ost_statement find = {"user_find", "user",
                                          "select " USER " from app_user where email = $1"};
static const struct ost_statement get = {"user_get", "user",
                                         "select " USER " from app_user where id = $1"};
static const struct ost_statement set_password = {
    "user_set_password", "user",
    "update app_user set password = $2, password_at = now() where id = $1 returning id"};
static const struct ost_statement get_within = {
    "user_within", "user",
    "select " USER
    ", (select i.name from institution i where i.id = tenant()) from app_user where id = $1"};
static const struct ost_statement scope_owner = {
    "scope_owner", NULL,
    "select set_config('osteon.institution', '', true), set_config('osteon.key', '', true), $1"};
static const struct ost_statement institution_add = {
    "institution_add", NULL, "insert into institution (name) values ($1) returning id"};
static const struct ost_statement institution_find = {"institution_find", "institution",
                                                      "select id from institution where name = $1"};
static const struct ost_statement institution_list = {
    "institution_list", NULL,
    "select i.id, i.name, (select count(*) from app_user u where u.institution_id = i.id and u.role <> 'guest') "
    "from institution i where $1::text is null order by i.id"};
static const struct ost_statement user_add = {
    "user_add", NULL,
    "insert into app_user (institution_id, email, name, role, password) values ($1, lower($2), $3, "
    "$4, $5) returning id"};
static const struct ost_statement user_list = {
    "user_list", NULL,
    "select id, institution_id, email, name, role, '', disabled_at is not null from app_user "
    "where $1::text is null and role <> 'guest' order by institution_id, email"};
static const struct ost_statement user_disable = {
    "user_disable", "user",
    "update app_user set disabled_at = coalesce(disabled_at, now()) where email = lower($1) "
    "returning id, institution_id"};
static const struct ost_statement user_reset = {
    "user_reset", "user",
    "update app_user set password = $2, password_at = now() where email = lower($1) "
    "returning id, institution_id"};
static const struct ost_statement end_sessions = {
    "user_end_sessions", NULL, "delete from session where user_id = $1 and institution_id = $2"};

static void read_user(struct ost_row *row, struct ost_db_user *out)
{
    out->id = ost_row_number(row);
    out->institution = ost_row_number(row);
    ost_row_text(row, out->email, sizeof out->email);
    ost_row_text(row, out->name, sizeof out->name);
    ost_row_text(row, out->role, sizeof out->role);
    ost_row_text(row, out->password, sizeof out->password);
    out->disabled = ost_row_bool(row);
}

bool ost_db_user_find(struct ost_db *db, const char *email, struct ost_db_user *out, bool *found,
                      struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &find, OST_PARAMS(OST_TEXT(email)), &rows, err))
        return false;
    *found = ost_rows_count(rows) == 1;
    if (*found) {
        struct ost_row row = ost_row_of(rows, 0);
        read_user(&row, out);
    }
    return true;
}

bool ost_db_user_get(struct ost_db *db, int64_t id, struct ost_db_user *out, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &get, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    read_user(&row, out);
    return true;
}

bool ost_db_user_set_password(struct ost_db *db, int64_t id, const char *record, const char *action,
                              struct ost_err *err)
{
    return ost_ask_one(db, &set_password, OST_PARAMS(OST_NUMBER(id), OST_TEXT(record)), NULL,
                       err) &&
           ost_db_tell(db, action, "user", id, 0, err);
}

bool ost_db_user_within(struct ost_db *db, int64_t id, struct ost_db_user *out,
                        char institution[128], struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &get_within, OST_PARAMS(OST_NUMBER(id)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    read_user(&row, out);
    ost_row_text(&row, institution, 128);
    return true;
}

bool ost_db_begin_owner(struct ost_db *db, struct ost_err *err)
{
    if (!ost_db_begin_key(db, "", err))
        return false;
    if (ost_ask(db, &scope_owner, OST_PARAMS(OST_TEXT("")), NULL, err))
        return true;
    ost_db_end(db);
    return false;
}

/* The audit row goes to the institution itself, by the system. */
static bool told(struct ost_db *db, int64_t institution, const char *action, int64_t id,
                 struct ost_err *err)
{
    const struct ost_db_who who = {.institution = institution};
    return ost_db_become(db, &who, err) &&
           ost_db_tell(db, action, action[0] == 'i' ? "institution" : "user", id, 0, err);
}

bool ost_db_institution_add(struct ost_db *db, const char *name, int64_t *id, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &institution_add, OST_PARAMS(OST_TEXT(name)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    *id = ost_row_number(&row);
    return told(db, *id, "institution.add", *id, err);
}

bool ost_db_institution_find(struct ost_db *db, const char *name, int64_t *id, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &institution_find, OST_PARAMS(OST_TEXT(name)), &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    *id = ost_row_number(&row);
    return true;
}

bool ost_db_institution_list(struct ost_db *db, struct ost_arena *arena,
                             struct ost_db_institution **out, size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &institution_list, OST_PARAMS(OST_NULL), &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++) {
        struct ost_row row = ost_row_of(rows, i);
        (*out)[i].id = ost_row_number(&row);
        ost_row_text(&row, (*out)[i].name, sizeof(*out)[i].name);
        (*out)[i].users = ost_row_number(&row);
    }
    return true;
}

bool ost_db_user_add(struct ost_db *db, struct ost_db_user *user, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask_one(db, &user_add,
                     OST_PARAMS(OST_NUMBER(user->institution), OST_TEXT(user->email),
                                OST_TEXT(user->name), OST_TEXT(user->role),
                                OST_TEXT(user->password)),
                     &rows, err))
        return false;
    struct ost_row row = ost_row_of(rows, 0);
    user->id = ost_row_number(&row);
    return told(db, user->institution, "user.add", user->id, err);
}

bool ost_db_user_list(struct ost_db *db, struct ost_arena *arena, struct ost_db_user **out,
                      size_t *count, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    void *array = NULL;
    if (!ost_ask(db, &user_list, OST_PARAMS(OST_NULL), &rows, err) ||
        !ost_rows_array(rows, sizeof **out, arena, &array, count, err))
        return false;
    *out = array;
    for (size_t i = 0; i < *count; i++) {
        struct ost_row row = ost_row_of(rows, i);
        read_user(&row, &(*out)[i]);
    }
    return true;
}

/* A change that also throws the person out. */
static bool change(struct ost_db *db, const struct ost_rows *rows, const char *action,
                   struct ost_err *err)
{
    struct ost_row row = ost_row_of(rows, 0);
    int64_t id = ost_row_number(&row), institution = ost_row_number(&row);
    return ost_ask(db, &end_sessions, OST_PARAMS(OST_NUMBER(id), OST_NUMBER(institution)), NULL,
                   err) &&
           told(db, institution, action, id, err);
}

bool ost_db_user_disable(struct ost_db *db, const char *email, struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    return ost_ask_one(db, &user_disable, OST_PARAMS(OST_TEXT(email)), &rows, err) &&
           change(db, rows, "user.disable", err);
}

bool ost_db_user_reset(struct ost_db *db, const char *email, const char *record,
                       struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    return ost_ask_one(db, &user_reset, OST_PARAMS(OST_TEXT(email), OST_TEXT(record)), &rows,
                       err) &&
           change(db, rows, "user.password", err);
}
