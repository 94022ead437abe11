/*
 * What the HTTP API answers. One file per thing in it; a handler decodes, asks
 * whether it is allowed, acts by named functions of the rooms below, and answers.
 * README.md is the API as a client sees it.
 */
#ifndef OST_ROUTES_ROUTES_H
#define OST_ROUTES_ROUTES_H

#include "recon/base/err.h"
#include "services/config/config.h"
#include "services/http/http.h"
#include "services/http/socket.h"

OST_C_BEGIN

/* What every handler shares: accounts, store, uploads in hand, live cases. */
struct ost_app;

/*
 * `config` is borrowed; `program` names version and model for the jobs that are asked for.
 * Does not touch the database yet.
 */
OST_MUST_CHECK
bool ost_app_create(struct ost_app **out, const struct ost_config *config, const char *program,
                    struct ost_err *err);
void ost_app_destroy(struct ost_app *app); /* after the server; NULL is fine */
OST_AUTO_DEFINE(ost_app);

/* Fills in the routes, the sockets and what a pool thread holds; `app` is borrowed. */
void ost_app_options(struct ost_app *app, struct ost_http_options *options);

/*
 * Starts the thread that carries messages between sockets, plans and jobs. It sends
 * through `http` until ost_app_quiet(), which comes after ost_http_run() returned.
 */
OST_MUST_CHECK
bool ost_app_live(struct ost_app *app, struct ost_http *http, struct ost_err *err);
void ost_app_quiet(struct ost_app *app);

OST_C_END

#endif
