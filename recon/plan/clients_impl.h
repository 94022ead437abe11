/* Whose transactions are known up to which one; and that table in a snapshot. */
#ifndef OST_PLAN_CLIENTS_IMPL_H
#define OST_PLAN_CLIENTS_IMPL_H

#include "recon/plan/plan_impl.h"
#include "recon/plan/sink.h"
#include "recon/plan/tree.h"

OST_C_BEGIN

struct client *ost_plan_client(const struct ost_plan *plan, const char *id); /* or NULL */

/* The one known by this id, or a zeroed one in the place of the longest silent. NULL: no memory. */
struct client *ost_plan_client_for(struct ost_plan *plan, const char *id, struct ost_err *err);

/* One map; `people` are the persons' indices in the order of their ids. False: no memory. */
OST_MUST_CHECK
bool ost_plan_clients_write(const struct ost_plan *plan, const size_t *people,
                            struct ost_sink *sink);

/* The list of one person, who is known already. */
OST_MUST_CHECK
bool ost_plan_clients_read(struct ost_plan *plan, const struct ost_tree *node, struct ost_err *err);

/* One that is not known yet; zeroed but for its id. */
OST_MUST_CHECK
bool ost_plan_client_add(struct ost_plan *plan, const char *id, struct client **out,
                         struct ost_err *err);

OST_C_END

#endif
