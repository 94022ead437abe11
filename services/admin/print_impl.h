/* The --json side of this room. */
#ifndef OST_ADMIN_PRINT_IMPL_H
#define OST_ADMIN_PRINT_IMPL_H

#include "services/db/account.h"

OST_MUST_CHECK
bool ost_print_institutions(const struct ost_db_institution *row, size_t count,
                            struct ost_err *err);
OST_MUST_CHECK
bool ost_print_variables(struct ost_err *err);
OST_MUST_CHECK
bool ost_print_users(const struct ost_db_user *row, size_t count, struct ost_err *err);

/* `password` "" where there is none to show; id 0 where it is not known. */
void ost_print_account(int64_t id, const char *email, const char *password);

#endif
