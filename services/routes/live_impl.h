/*
 * The thread between sockets, plans and news: it alone knows who is in which case. It
 * has a database connection of its own, hears NOTIFY, and sends through the server.
 */
#ifndef OST_ROUTES_LIVE_IMPL_H
#define OST_ROUTES_LIVE_IMPL_H

#include "services/routes/call_impl.h"

/* The dialects of its socket kind, and what each says to who has been too slow. */
enum { OST_LIVE_JSON, OST_LIVE_CBOR };
#define OST_LIVE_SLOW "{\"t\":\"resync\",\"reason\":\"slow\",\"retry_ms\":500}"
#define OST_LIVE_SLOW_CBOR                                                                         \
    "\xa3\x61"                                                                                     \
    "t\x66resync\x66reason\x64slow\x68retry_ms\x19\x01\xf4"

OST_MUST_CHECK
bool ost_live_create(struct ost_live **out, struct ost_app *app, struct ost_err *err);
void ost_live_destroy(struct ost_live *live); /* stops it first; NULL is fine */

OST_MUST_CHECK
bool ost_live_start(struct ost_live *live, struct ost_http *http, struct ost_err *err);
void ost_live_stop(struct ost_live *live);

/* What the server's loop calls; `user` is the struct ost_live. */
void ost_live_opened(void *user, uint64_t socket, const struct ost_http_opening *opening);
void ost_live_message(void *user, uint64_t socket, const char *text, size_t len);
void ost_live_closed(void *user, uint64_t socket);

#endif
