/* One call of the API, as the files of this room see it. */
#ifndef OST_ROUTES_CALL_IMPL_H
#define OST_ROUTES_CALL_IMPL_H

#include "services/auth/auth.h"
#include "services/db/audit.h"
#include "services/db/case.h"
#include "services/db/film.h"
#include "services/db/job.h"
#include "services/http/request.h"
#include "services/routes/gate_impl.h"
#include "services/routes/routes.h"
#include "services/store/store.h"

#include <jansson.h>

enum { OST_CALL_JSON = 16 * 1024 }; /* bytes of a JSON body */

struct ost_spool;   /* uploads in hand: spool_impl.h */
struct ost_waiting; /* films that wait for their confirmation: waiting_impl.h */
struct ost_pace;    /* how often one account may ask: pace_impl.h */
struct ost_live;    /* sockets and plans: live_impl.h */

struct ost_app {
    const struct ost_config *config; /* borrowed */
    char program[160];               /* version and model: what a job's result depends on */
    unsigned char film_key[32];      /* of which each institution's key for UIDs is made */
    int64_t film_mb;                 /* the largest film taken in */
    struct ost_auth *auth;
    struct ost_store *store;
    struct ost_spool *spool;
    struct ost_waiting *waiting;
    struct ost_pace *pace;
    struct ost_gate *gate;
    struct ost_live *live;
    struct ost_http_socket_kind socket;
};

struct ost_call {
    struct ost_app *app;
    struct ost_http_request *request;
    struct ost_db *db; /* the thread's own; a transaction left open is rolled back */
    struct ost_arena *arena;
    struct ost_auth_session session; /* of who asks; not set where the row is open */
    json_t *body;                    /* decoded; released after the call */
    unsigned status;                 /* where the error table's is not the right one; 0: it is */
    char cookie[160];                /* Set-Cookie of the answer, "" none */
    int64_t retry_after;             /* s; 0 unsaid */
    const char *reason;              /* finer than the error's code, for the page to translate */
};

/* What a pool thread holds. */
struct ost_desk {
    struct ost_app *app;
    struct ost_db *db;
};

const struct ost_http_route *ost_route_table(size_t *count);

/* The handler of every route: session, act, error, end of the transaction. */
void ost_call_serve(struct ost_http_request *request, void *user); /* a struct ost_desk */

/* Before a long body is read: whose is it, and is the address his? */
void ost_call_admit(struct ost_http_request *request, void *user);

/* A row of the table in table.c. */
struct ost_row {
    bool (*act)(struct ost_call *call, struct ost_err *err);
    const char *name;
    enum { OST_ROW_STAFF, OST_ROW_GUEST, OST_ROW_OPEN } whom; /* guests too; all, without session */
};

/* --- decode ---------------------------------------------------------------- */

/* The i-th ":word" of the path as an id; OST_NOT_FOUND where it is none. */
OST_MUST_CHECK
bool ost_call_id(struct ost_call *call, size_t i, int64_t *out, struct ost_err *err);

/* A whole number of the query, `fallback` without it. */
OST_MUST_CHECK
bool ost_call_query(struct ost_call *call, const char *name, int64_t fallback, int64_t *out,
                    struct ost_err *err);

/* The body by jansson's unpack format, unknown and repeated keys refused. */
OST_MUST_CHECK
bool ost_call_json(struct ost_call *call, struct ost_err *err, const char *format, ...);

/* No body, or {}. */
OST_MUST_CHECK bool ost_call_no_body(struct ost_call *call, struct ost_err *err);

/* --- allow ------------------------------------------------------------------ */

/* Begins a transaction as who asks, and checks the right; `case_id` 0: about no case. */
OST_MUST_CHECK
bool ost_call_begin(struct ost_call *call, enum ost_right right, int64_t case_id,
                    struct ost_err *err);

/*
 * Who is not of the case's institution saw this, a guest or somebody it was granted to: that
 * is listed to the owner, in the transaction at hand. Nothing for the owner's people, whose
 * downloads are told by themselves.
 */
OST_MUST_CHECK
bool ost_call_seen(struct ost_call *call, const struct ost_audit *seen, struct ost_err *err);

/* A place at slow work, left by ost_call_done(); else 503 `busy`. */
OST_MUST_CHECK
bool ost_call_slow(struct ost_call *call, enum ost_slow work, struct ost_err *err);
void ost_call_done(struct ost_call *call, enum ost_slow work);

/* Fails with a finer reason than the code. */
#define ost_call_refuse(call, err, code, word, ...)                                                \
    ((call)->reason = (word), ost_fail((err), (code), __VA_ARGS__))

/* --- answer ------------------------------------------------------------------ */

/* Takes `json`; NULL (no memory, or a text that is no UTF-8) becomes a 500. True always. */
bool ost_call_answer(struct ost_call *call, unsigned status, json_t *json);
bool ost_call_answer_empty(struct ost_call *call);

/* The token as the cookie; NULL takes the cookie away. */
void ost_call_cookie(struct ost_call *call, const char *token);

/* The one table of errors and statuses. */
unsigned ost_call_status(enum ost_code code);

/* --- pieces of answers that several files use ---------------------------------- */

json_t *ost_json_text(const char *text); /* null for "" */
json_t *ost_json_person(const struct ost_auth_session *session);
json_t *ost_json_job(const struct ost_db_job *job);
json_t *ost_json_film(const struct ost_db_film *film);

/* The newest file of each name: ["radius.glb", ...]. Inside a transaction. */
OST_MUST_CHECK
bool ost_json_files(struct ost_db *db, int64_t case_id, struct ost_arena *arena, json_t **out,
                    struct ost_err *err);

#endif
