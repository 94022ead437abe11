/* The database as the store of a hub (services/db/plan.h). */
#ifndef OST_COLLAB_LOG_DB_H
#define OST_COLLAB_LOG_DB_H

#include "services/collab/room.h"
#include "services/db/db.h"

OST_C_BEGIN

struct ost_collab_log_db {
    struct ost_db *db; /* borrowed; used by nobody else while the hub runs in its thread */
    const char *owner; /* borrowed; a name no other process has, at most 63 bytes */
};

/* `log` is borrowed by the store and must outlive the hub. */
struct ost_collab_store ost_collab_log_db_store(struct ost_collab_log_db *log);

OST_C_END

#endif
