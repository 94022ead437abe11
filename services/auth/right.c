#include "services/auth/right.h"

#include "services/auth/auth.h"
#include "services/db/case.h"
#include "services/db/review.h"

#include <string.h>

enum {
    OST_S = 1 << OST_ROLE_SURGEON,
    OST_E = 1 << OST_ROLE_ENGINEER,
    OST_A = 1 << OST_ROLE_ADMINISTRATOR,
    OST_G = 1 << OST_ROLE_GUEST
};

/* What a grant or an invitation of a kind gives to whoever is not of the institution. */
enum { OST_BY_VIEW = 1, OST_BY_PLAN = 2, OST_ONLY = 4 /* and not to the institution's own */ };

static const struct {
    const char *name;
    int roles;
    int grants;
    bool when_closed; /* also on a case that is closed */
} table[OST_RIGHTS] = {
    [OST_RIGHT_CASE_LIST] = {"list", OST_S | OST_E | OST_A, 0, true},
    [OST_RIGHT_CASE_CREATE] = {"create", OST_S | OST_E, 0, true},
    [OST_RIGHT_CASE_READ] = {"read", OST_S | OST_E | OST_A | OST_G, OST_BY_VIEW | OST_BY_PLAN,
                             true},
    [OST_RIGHT_DOWNLOAD] = {"download", OST_S | OST_E | OST_A, OST_BY_VIEW | OST_BY_PLAN, true},
    [OST_RIGHT_CASE_EDIT] = {"edit", OST_S | OST_E, 0, true},
    [OST_RIGHT_UPLOAD] = {"upload", OST_S | OST_E, 0, false},
    [OST_RIGHT_RUN] = {"run", OST_S | OST_E, 0, false},
    [OST_RIGHT_FIT_REVIEW] = {"review", OST_S, 0, false},
    [OST_RIGHT_PLAN_EDIT] = {"plan", OST_S | OST_E | OST_G, OST_BY_PLAN, false},
    [OST_RIGHT_APPROVE] = {"approve", OST_S, 0, false},
    [OST_RIGHT_SHARE] = {"share", OST_S | OST_A, 0, true},
    [OST_RIGHT_GIVE_BACK] = {"give_back", OST_S | OST_A, OST_BY_VIEW | OST_BY_PLAN | OST_ONLY,
                             true},
    [OST_RIGHT_CASE_DELETE] = {"delete", OST_S | OST_A, 0, true},
    [OST_RIGHT_AUDIT_READ] = {"audit", OST_S | OST_A, 0, true},
};

const char *ost_right_name(enum ost_right right)
{
    return (size_t)right < OST_RIGHTS ? table[right].name : "";
}

bool ost_role_may(enum ost_role role, enum ost_right right)
{
    return (size_t)right < OST_RIGHTS && (table[right].roles & (1 << role)) != 0;
}

static bool grant_gives(const char *granted, enum ost_right right)
{
    int kind = strcmp(granted, "plan") == 0 ? OST_BY_PLAN : OST_BY_VIEW;
    return (table[right].grants & kind) != 0;
}

/* By the role, what was granted and the state; all but a fit that waits for a word. */
static bool judge(const struct ost_auth_session *session, enum ost_right right,
                  const struct ost_db_case *about, struct ost_err *err)
{
    bool own = about->id == 0 || about->institution == session->who.institution;
    bool given = own ? (table[right].grants & OST_ONLY) == 0 : grant_gives(about->granted, right);
    if (!ost_role_may(session->role, right) || !given)
        return ost_fail(err, OST_DENIED, "your role does not allow to %s", ost_right_name(right));
    if (strcmp(about->state, "closed") == 0 && !table[right].when_closed)
        return ost_fail(err, OST_CONFLICT, "the case is closed");
    /* The fit may choose a side for the bones; what is engraved and cut is for a person to say. */
    if (right == OST_RIGHT_APPROVE && strcmp(about->side, "unknown") == 0)
        return ost_fail(err, OST_CONFLICT, "nobody has stated the side of this case yet");
    return true;
}

bool ost_auth_may(struct ost_db *db, const struct ost_auth_session *session, enum ost_right right,
                  int64_t case_id, struct ost_err *err)
{
    struct ost_db_case about = {0};
    bool wanted = false;
    if ((case_id != 0 && !ost_db_case_get(db, case_id, &about, err)) ||
        !judge(session, right, &about, err))
        return false;
    if (right != OST_RIGHT_PLAN_EDIT && right != OST_RIGHT_APPROVE)
        return true;
    if (!ost_db_review_wanted(db, case_id, &wanted, err))
        return false;
    return !wanted || ost_fail(err, OST_CONFLICT,
                               "the fit is above its limit: a surgeon accepts or rejects it first");
}

bool ost_auth_may_plan(struct ost_db *db, const struct ost_auth_session *session,
                       const struct ost_db_case *about, bool may[2], struct ost_err *err)
{
    static const enum ost_right right[2] = {OST_RIGHT_PLAN_EDIT, OST_RIGHT_APPROVE};
    struct ost_err why;
    bool wanted = false;
    for (int i = 0; i < 2; i++)
        may[i] = judge(session, right[i], about, &why);
    if ((may[0] || may[1]) && !ost_db_review_wanted(db, about->id, &wanted, err))
        return false;
    for (int i = 0; i < 2; i++)
        may[i] = may[i] && !wanted;
    return true;
}
