/* Roles, rights, and the one table that joins them. */
#ifndef OST_AUTH_RIGHT_H
#define OST_AUTH_RIGHT_H

#include "recon/base/err.h"

OST_C_BEGIN

enum ost_role { OST_ROLE_SURGEON, OST_ROLE_ENGINEER, OST_ROLE_ADMINISTRATOR, OST_ROLES };

enum ost_right {
    OST_RIGHT_CASE_LIST,   /* about no case */
    OST_RIGHT_CASE_CREATE, /* about no case */
    OST_RIGHT_CASE_READ,
    OST_RIGHT_CASE_EDIT,  /* its side, its state */
    OST_RIGHT_UPLOAD,     /* add, change and delete films */
    OST_RIGHT_RUN,        /* ask for jobs and cancel them */
    OST_RIGHT_FIT_REVIEW, /* accept or reject a fit */
    OST_RIGHT_PLAN_EDIT,
    OST_RIGHT_APPROVE,
    OST_RIGHT_SHARE,
    OST_RIGHT_CASE_DELETE,
    OST_RIGHT_AUDIT_READ, /* about no case: the institution's */
    OST_RIGHTS,
};

const char *ost_role_name(enum ost_role role); /* surgeon, engineer, administrator */
OST_MUST_CHECK bool ost_role_of(const char *name, enum ost_role *out, struct ost_err *err);

/* Word used in "may": ["upload", "plan", ...]. */
const char *ost_right_name(enum ost_right right);

/* By role alone, for the institution's own cases. */
bool ost_role_may(enum ost_role role, enum ost_right right);

OST_C_END

#endif
