/* Whether the service can do its work now: asked by whoever runs it. */
#include "services/routes/table_impl.h"

OST_ROUTE(health)
{
    /* A transaction that names nobody sees nothing, and still needs the database. */
    if (!ost_db_begin_key(call->db, "health", err))
        return ost_fail(err, OST_UNAVAILABLE, "the database does not answer");
    return ost_call_answer(call, 200, json_pack("{s:s}", "status", "ok"));
}
