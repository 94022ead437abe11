#include "services/api/api.h"

#include "services/cli/args.h"
#include "services/config/config.h"
#include "services/db/db.h"
#include "services/log/log.h"
#include "services/pipeline/pipeline.h"
#include "services/routes/routes.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define NAME        "api"
#define ORIGIN_TEXT 300
#define BESIDES     512 /* database, uploads, files of the page, cells */

#ifndef OST_VERSION
#define OST_VERSION "0.1.0"
#endif

static const struct ost_usage usage = {
    .line = "osteon api",
    .summary = "Serves the page, the HTTP API and the WebSocket over TLS until SIGTERM or SIGINT. "
               "Everything is set by the environment: osteon config lists it.",
};

/* Only for the signal handler, which can be given nothing. */
static struct ost_http *serving;

static void on_signal(int number)
{
    (void)number;
    if (serving != NULL)
        ost_http_stop(serving);
}

static void hear_signals(struct ost_http *http)
{
    struct sigaction action = {.sa_handler = on_signal};
    serving = http;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
}

static void deaf_to_signals(void)
{
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    serving = NULL;
}

/* Where the page is seen: what is configured, or what follows from address and port. */
struct origins {
    char text[OST_HTTP_ORIGIN_MOST][ORIGIN_TEXT];
    size_t count;
};

static void add_origin(struct origins *origins, const char *text, size_t len)
{
    if (len > 0 && len < ORIGIN_TEXT && origins->count < OST_HTTP_ORIGIN_MOST)
        (void)snprintf(origins->text[origins->count++], ORIGIN_TEXT, "%.*s", (int)len, text);
}

static bool find_origins(const struct ost_config_http *config, struct origins *out,
                         struct ost_err *err)
{
    char text[ORIGIN_TEXT];
    for (const char *at = config->origin; *at != '\0';) {
        size_t len = strcspn(at, ",");
        if (strncmp(at, "https://", 8) != 0)
            return ost_fail(err, OST_INVALID,
                            "OSTEON_ORIGIN takes https://host:port, with commas "
                            "between several");
        add_origin(out, at, len);
        at += len + (at[len] == ',' ? 1 : 0);
    }
    const char *bracket = strchr(config->listen, ':') != NULL ? "[" : "";
    int len = snprintf(text, sizeof text, "https://%s%s%s:%d", bracket, config->listen,
                       bracket[0] == '\0' ? "" : "]", (int)config->port);
    if (out->count == 0)
        add_origin(out, text, (size_t)len);
    /* The same machine by its other name. */
    if (strcmp(config->listen, "127.0.0.1") == 0 || strcmp(config->listen, "::1") == 0) {
        len = snprintf(text, sizeof text, "https://localhost:%d", (int)config->port);
        add_origin(out, text, (size_t)len);
    }
    return true;
}

/* As many descriptors as connections and what is open besides; the server has a table of all. */
static void allow_sockets(const struct ost_config_http *config)
{
    const rlim_t wanted = (rlim_t)config->connections + BESIDES;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
        ost_log(OST_LOG_WARN, "api.descriptors", "may=%ju wanted=%ju", (uintmax_t)limit.rlim_cur,
                (uintmax_t)wanted);
}

static bool check_database(const struct ost_config *config, struct ost_err *err)
{
    OST_AUTO(ost_db) db = NULL;
    return ost_db_create(&db, config->db.url, err) && ost_db_check(db, err);
}

static bool serve(const struct ost_config *config, struct ost_app *app, struct ost_err *err)
{
    OST_AUTO(ost_http) http = NULL;
    struct origins origins = {.count = 0};
    struct ost_http_options options = {
        .address = config->http.listen,
        .port = (uint16_t)config->http.port,
        .certificate = config->http.tls_cert,
        .key = config->http.tls_key,
        .web_root = config->http.web_root,
        .threads = (unsigned)config->http.threads,
        .connections_most = (unsigned)config->http.connections,
        .silent_s = (unsigned)config->http.socket_silent_s,
    };
    allow_sockets(&config->http);
    if (strcmp(config->http.tls_cert, "none") == 0)
        options.certificate = options.key = NULL;
    if (!find_origins(&config->http, &origins, err))
        return false;
    for (size_t i = 0; i < origins.count; i++)
        options.origin[options.origin_count++] = origins.text[i];
    ost_app_options(app, &options);
    if (!ost_http_create(&http, &options, err) || !ost_app_live(app, http, err))
        return false;
    hear_signals(http);
    ost_http_run(http);
    deaf_to_signals();
    ost_app_quiet(app);
    return true;
}

/* What the workers will call themselves; a machine that only serves may lack the model. */
static void name_program(const struct ost_config *config, char program[160])
{
    struct ost_err err;
    if (ost_pipeline_program(&config->worker, program, &err))
        return;
    ost_log_err(OST_LOG_WARN, "api.no_model", &err);
    (void)snprintf(program, 160, "osteon " OST_VERSION);
}

static bool start(const struct ost_config *config, struct ost_err *err)
{
    OST_AUTO(ost_app) app = NULL;
    char program[160];
    name_program(config, program);
    return check_database(config, err) && ost_app_create(&app, config, program, err) &&
           serve(config, app, err);
}

static bool run(struct ost_err *err)
{
    OST_AUTO(ost_config) config = NULL;
    return ost_config_create(&config, err) && ost_log_from_name(config->log_level, err) &&
           start(config, err);
}

int ost_api_command(int argc, char **argv)
{
    struct ost_args args;
    struct ost_err err;
    enum ost_args_next next = ost_args_parse(&usage, argc, argv, &args);
    if (next != OST_ARGS_RUN)
        return next == OST_ARGS_HELPED ? OST_EXIT_OK : OST_EXIT_USAGE;
    return run(&err) ? OST_EXIT_OK : ost_command_fail(NAME, &err);
}
