/*
 * An Osteon of its own to be loaded: a PostgreSQL 15 cluster in a folder under /tmp
 * (durable, as infra/cluster makes it), migrated, with made-up people and empty plans, and
 * the real `osteon api` before it. The api runs on one core, PostgreSQL and whoever asks
 * on the other. Everything is gone afterwards.
 */
#ifndef OST_LOAD_WORLD_H
#define OST_LOAD_WORLD_H

#include "services/auth/auth.h"
#include "services/load/process.h"

OST_C_BEGIN

enum {
    OST_LOAD_PEOPLE = 256, /* numbers 1, 2, ...; each has a session of the same number */
    OST_LOAD_CASES = 512,  /* numbers 1, 2, ...; each has a plan of the same number */
};

struct ost_load_world {
    char dir[64];
    char program[OST_LOAD_TEXT];
    int core[2]; /* of the api; of the rest */
    char url[OST_LOAD_TEXT], owner_url[OST_LOAD_TEXT];
    pid_t postmaster, api;
    uint16_t port;
    bool tls;
    struct ost_auth *auth;
    struct ost_db *db;
};

/* Zeroed before; ost_load_world_close() whatever comes of it. The api does not run yet. */
OST_MUST_CHECK bool ost_load_world_open(struct ost_load_world *world, struct ost_err *err);
void ost_load_world_close(struct ost_load_world *world);

/* Starts the api, with TLS or without; stops one that runs. */
OST_MUST_CHECK bool ost_load_world_serve(struct ost_load_world *world, bool tls,
                                         struct ost_err *err);

/* One way into a case for a person; in this database good for an hour. */
OST_MUST_CHECK
bool ost_load_world_ticket(const struct ost_load_world *world, int64_t person, int64_t case_id,
                           char ticket[OST_AUTH_TOKEN], struct ost_err *err);

/* The last number of a plan's log as the database has it, and how many rows it has. */
OST_MUST_CHECK
bool ost_load_world_count(const struct ost_load_world *world, int64_t plan, int64_t *seq,
                          int64_t *rows, struct ost_err *err);

OST_C_END

#endif
