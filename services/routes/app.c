#include "recon/dicom/keyed.h"
#include "services/log/log.h"
#include "services/routes/call_impl.h"
#include "services/routes/gate_impl.h"
#include "services/routes/live_impl.h"
#include "services/routes/pace_impl.h"
#include "services/routes/spool_impl.h"
#include "services/routes/waiting_impl.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILM_MB 64

/* What comes in as JSON may be a password: it is wiped when it is let go. */
static void wipe(void *ptr)
{
    if (ptr != NULL)
        explicit_bzero(ptr, malloc_usable_size(ptr));
    free(ptr);
}

static bool make_film_key(struct ost_app *app, struct ost_err *err)
{
    unsigned char secret[OST_SECRET_BYTES];
    if (!ost_config_secret(app->config->store.secret_file, secret, err))
        return false;
    ost_keyed_hash(secret, sizeof secret, "osteon film uid", "", 0, app->film_key);
    explicit_bzero(secret, sizeof secret);
    return true;
}

static bool fill(struct ost_app *app, struct ost_err *err)
{
    const struct ost_config *config = app->config;
    size_t memory = (size_t)config->http.pending_mb * 1024 * 1024;
    size_t of_one = memory / 100 * (size_t)config->share.pending_percent;
    app->film_mb = config->http.upload_mb < FILM_MB ? config->http.upload_mb : FILM_MB;
    if (!make_film_key(app, err) || !ost_auth_create(&app->auth, &config->auth, err))
        return false;
    ost_auth_room(app->auth, config->http.threads - 2);
    return ost_store_create(&app->store, &config->store, err) &&
           ost_spool_create(&app->spool, memory / 2, of_one / 2, err) &&
           ost_waiting_create(&app->waiting, memory, of_one, err) &&
           ost_pace_create(&app->pace, config->http.account_per_s, err) &&
           ost_gate_create(&app->gate, (size_t)config->http.threads, err) &&
           ost_live_create(&app->live, app, err);
}

bool ost_app_create(struct ost_app **out, const struct ost_config *config, const char *program,
                    struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_app) app = calloc(1, sizeof *app);
    if (app == NULL)
        return ost_fail(err, OST_NOMEM, "app");
    json_set_alloc_funcs(malloc, wipe);
    app->config = config;
    (void)snprintf(app->program, sizeof app->program, "%s", program);
    if (!fill(app, err))
        return false;
    *out = ost_steal(&app);
    return true;
}

void ost_app_destroy(struct ost_app *app)
{
    if (app == NULL)
        return;
    ost_live_destroy(app->live);
    ost_gate_destroy(app->gate);
    ost_pace_destroy(app->pace);
    ost_waiting_destroy(app->waiting);
    ost_spool_destroy(app->spool);
    ost_store_destroy(app->store);
    ost_auth_destroy(app->auth);
    explicit_bzero(app->film_key, sizeof app->film_key);
    free(app);
}

static bool thread_begin(void *user, void **context, struct ost_err *err)
{
    struct ost_app *app = user;
    struct ost_desk *desk = calloc(1, sizeof *desk);
    *context = desk;
    if (desk == NULL)
        return ost_fail(err, OST_NOMEM, "a thread's desk");
    desk->app = app;
    if (ost_db_create(&desk->db, app->config->db.url, err))
        return true;
    free(desk);
    return false;
}

static void thread_end(void *user, void *context)
{
    struct ost_desk *desk = context;
    (void)user;
    ost_db_destroy(desk->db);
    free(desk);
}

void ost_app_options(struct ost_app *app, struct ost_http_options *options)
{
    app->socket = (struct ost_http_socket_kind){
        .path = "/ws",
        .dialect = {[OST_LIVE_JSON] = {.protocol = "osteon.1", .overflow = OST_LIVE_SLOW},
                    [OST_LIVE_CBOR] = {.protocol = "osteon.1.cbor",
                                       .overflow = OST_LIVE_SLOW_CBOR,
                                       .cbor = true}},
        .opened = ost_live_opened,
        .message = ost_live_message,
        .closed = ost_live_closed,
        .user = app->live,
    };
    options->socket = &app->socket;
    options->route = ost_route_table(&options->route_count);
    options->thread_begin = thread_begin;
    options->thread_end = thread_end;
    options->user = app;
}

bool ost_app_live(struct ost_app *app, struct ost_http *http, struct ost_err *err)
{
    return ost_live_start(app->live, http, err);
}

void ost_app_quiet(struct ost_app *app)
{
    ost_live_stop(app->live);
}
