/* What a role may do: the one table. Roles themselves are named in recon/plan/schema.h. */
#ifndef OST_AUTH_RIGHT_H
#define OST_AUTH_RIGHT_H

#include "recon/plan/schema.h"

OST_C_BEGIN

enum ost_right {
    OST_RIGHT_CASE_LIST,   /* about no case */
    OST_RIGHT_CASE_CREATE, /* about no case */
    OST_RIGHT_CASE_READ,
    OST_RIGHT_DOWNLOAD,   /* what is taken out of the house: STL, PDF, volumes */
    OST_RIGHT_CASE_EDIT,  /* its side, its state */
    OST_RIGHT_UPLOAD,     /* add, change and delete films */
    OST_RIGHT_RUN,        /* ask for jobs and cancel them */
    OST_RIGHT_FIT_REVIEW, /* accept or reject a fit */
    OST_RIGHT_PLAN_EDIT,
    OST_RIGHT_APPROVE,
    OST_RIGHT_SHARE,
    OST_RIGHT_GIVE_BACK, /* a case of another institution, to its owner */
    OST_RIGHT_CASE_DELETE,
    OST_RIGHT_AUDIT_READ, /* about no case: the institution's */
    OST_RIGHTS,
};

/* The word used in "may": ["upload", "plan", ...]. */
const char *ost_right_name(enum ost_right right);

/* By role alone, for the institution's own cases; a guest has what a grant gives. */
bool ost_role_may(enum ost_role role, enum ost_right right);

struct ost_db;
struct ost_auth_session;
struct ost_db_case;

/* As ost_auth_may() of a case that was read already: to edit its plan, and to approve it. */
OST_MUST_CHECK
bool ost_auth_may_plan(struct ost_db *db, const struct ost_auth_session *session,
                       const struct ost_db_case *about, bool may[2], struct ost_err *err);

OST_C_END

#endif
