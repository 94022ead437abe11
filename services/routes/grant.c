/* A case opened to another hospital: grant, list, what was looked at, revoke, give back. */
#include "services/db/grant.h"

#include "services/db/access.h"
#include "services/routes/table_impl.h"

#include <string.h>

#define PAGE      100 /* accesses in one answer */
#define DAYS      30  /* where nobody says how long */
#define NAME_MOST 120 /* characters of an institution's name, four bytes each at most */

static json_t *json_grant(const struct ost_db_grant *one)
{
    return json_pack("{s:I,s:s,s:s,s:s,s:b,s:s,s:s,s:o,s:o,s:o}", "id", (json_int_t)one->id, "to",
                     one->to, "may", one->may, "purpose", one->purpose, "live", one->live ? 1 : 0,
                     "created_at", one->created_at, "expires_at", one->expires_at, "revoked_at",
                     ost_json_text(one->revoked_at), "given_back", ost_json_text(one->given_back),
                     "last_seen_at", ost_json_text(one->seen_at));
}

struct wish {
    int64_t case_id;
    const char *to, *may, *purpose;
    json_int_t days;
};

/* What ends a line or turns its direction, in UTF-8: C0 and C1, U+2028 to 202E, U+2066 to 2069. */
static bool is_control(const unsigned char *at)
{
    if (*at < ' ' || *at == 0x7f)
        return true;
    if (at[0] == 0xc2)
        return at[1] >= 0x80 && at[1] < 0xa0;
    return at[0] == 0xe2 && ((at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) ||
                             (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
}

/* Somebody's own words, one line of them; a space and U+3000 are no words. */
static bool is_line(const char *text, size_t least, size_t most)
{
    size_t chars = 0, blank = 0;
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (is_control(at))
            return false;
        chars += (*at & 0xc0) != 0x80 ? 1 : 0;
        blank += *at == ' ' || (at[0] == 0xe3 && at[1] == 0x80 && at[2] == 0x80) ? 1 : 0;
    }
    return chars >= least && chars <= most && (least == 0 || chars > blank);
}

static bool read_wish(struct ost_call *call, struct wish *out, struct ost_err *err)
{
    *out = (struct wish){.days = DAYS};
    if (!ost_call_id(call, 0, &out->case_id, err) ||
        !ost_call_json(call, err, "{s:s,s:s,s:s,s?I!}", "to", &out->to, "may", &out->may, "purpose",
                       &out->purpose, "days", &out->days))
        return false;
    if (strcmp(out->may, "view") != 0 && strcmp(out->may, "plan") != 0)
        return ost_call_refuse(call, err, OST_INVALID, "may", "A hospital may view or plan.");
    if (out->days < 1 || out->days > OST_GRANT_DAYS) {
        return ost_call_refuse(call, err, OST_INVALID, "days", "A grant holds for 1 to %d days.",
                               (int)OST_GRANT_DAYS);
    }
    return is_line(out->purpose, 3, OST_GRANT_PURPOSE) ||
           ost_call_refuse(call, err, OST_INVALID, "purpose",
                           "Say what for, in one line of 3 to %d characters.",
                           (int)OST_GRANT_PURPOSE);
}

/* By its whole name alone: who is here is told to nobody. */
static bool find(struct ost_call *call, const char *name, int64_t *out, struct ost_err *err)
{
    if (is_line(name, 1, NAME_MOST)) {
        if (!ost_db_begin_key(call->db, name, err))
            return false;
        bool ok = ost_db_grant_find(call->db, name, out, err);
        ost_db_end(call->db);
        if (ok && *out != call->session.home)
            return true;
        if (!ok && err->code != OST_NOT_FOUND)
            return false;
    }
    return ost_call_refuse(call, err, OST_INVALID, "no_hospital",
                           "There is no other hospital of exactly this name here.");
}

OST_ROUTE(grant_add)
{
    struct wish wish;
    struct ost_db_grant grant = {0};
    if (!read_wish(call, &wish, err) || !ost_call_begin(call, OST_RIGHT_SHARE, wish.case_id, err))
        return false;
    ost_db_end(call->db); /* who may not share asks for nobody's name either */
    if (!find(call, wish.to, &grant.grantee, err))
        return false;
    grant.case_id = wish.case_id;
    grant.days = wish.days;
    memcpy(grant.may, wish.may, strlen(wish.may) + 1);
    memcpy(grant.purpose, wish.purpose, strlen(wish.purpose) + 1);
    if (!ost_call_begin(call, OST_RIGHT_SHARE, wish.case_id, err) ||
        !ost_db_grant_add(call->db, &grant, err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer(call, 201, json_pack("{s:o}", "grant", json_grant(&grant)));
}

OST_ROUTE(grant_list)
{
    int64_t id;
    struct ost_db_grant *grant;
    size_t count;
    if (!ost_call_id(call, 0, &id, err) || !ost_call_begin(call, OST_RIGHT_SHARE, id, err) ||
        !ost_db_grant_list(call->db, id, call->arena, &grant, &count, err) ||
        !ost_db_commit(call->db, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_grant(&grant[i]));
    return ost_call_answer(call, 200, json_pack("{s:o}", "grants", list));
}

OST_ROUTE(grant_revoke)
{
    int64_t id;
    struct ost_db_grant grant;
    if (!ost_call_id(call, 0, &id, err) || !ost_call_no_body(call, err) ||
        !ost_db_begin(call->db, &call->session.who, err) ||
        !ost_db_grant_get(call->db, id, &grant, err) ||
        !ost_auth_may(call->db, &call->session, OST_RIGHT_SHARE, grant.case_id, err) ||
        !ost_db_grant_revoke(call->db, id, err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer_empty(call);
}

/* From the other side: who has done what he was asked for, or will not, says so and is out. */
OST_ROUTE(grant_give_back)
{
    int64_t id;
    const char *reason;
    if (!ost_call_id(call, 0, &id, err) || !ost_call_json(call, err, "{s:s!}", "reason", &reason))
        return false;
    if (!is_line(reason, 3, OST_GRANT_PURPOSE)) {
        return ost_call_refuse(call, err, OST_INVALID, "why", "Say why, in 3 to %d characters.",
                               (int)OST_GRANT_PURPOSE);
    }
    if (!ost_call_begin(call, OST_RIGHT_GIVE_BACK, id, err) ||
        !ost_db_grant_give_back(call->db, id, reason, err) || !ost_db_commit(call->db, err))
        return false;
    return ost_call_answer_empty(call);
}

/* --- what guests and other hospitals did in the case ------------------------------ */

static json_t *json_access(const struct ost_db_access *one)
{
    json_t *detail = one->detail == NULL ? NULL : json_loads(one->detail, 0, NULL);
    return json_pack("{s:I,s:s,s:I,s:s,s:o,s:s,s:s,s:I,s:o}", "seq", (json_int_t)one->seq, "at",
                     one->at, "user", (json_int_t)one->user, "name", one->name, "institution",
                     ost_json_text(one->institution), "action", one->action, "object", one->object,
                     "object_id", (json_int_t)one->object_id, "detail",
                     detail == NULL ? json_object() : detail);
}

OST_ROUTE(access_list)
{
    struct ost_db_access_ask ask = {.most = PAGE};
    struct ost_db_access *access;
    size_t count;
    if (!ost_call_id(call, 0, &ask.case_id, err) ||
        !ost_call_query(call, "before", 0, &ask.before, err) ||
        !ost_call_begin(call, OST_RIGHT_SHARE, ask.case_id, err) ||
        !ost_db_access_list(call->db, &ask, call->arena, &access, &count, err) ||
        !ost_db_commit(call->db, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_access(&access[i]));
    json_t *next = count == PAGE ? json_integer(access[PAGE - 1].seq) : json_null();
    return ost_call_answer(call, 200, json_pack("{s:o,s:o}", "accesses", list, "next", next));
}
