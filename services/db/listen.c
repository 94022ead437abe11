#include "services/db/listen.h"

#include "services/db/ask_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct ost_listen {
    char *url;
    PGconn *conn;
    bool ready, was_lost;
    time_t tried; /* monotonic seconds */
};

/* Channels are fixed words; payloads "kind institution case id". */
static const struct ost_statement notify = {"notify", NULL, "select pg_notify($1, $2)"};

bool ost_db_news(struct ost_db *db, const char *kind, int64_t case_id, int64_t id,
                 struct ost_err *err)
{
    char payload[96];
    (void)snprintf(payload, sizeof payload, "%s %" PRId64 " %" PRId64 " %" PRId64, kind,
                   ost_db_who_view(db)->institution, case_id, id);
    return ost_ask(db, &notify, OST_PARAMS(OST_TEXT("osteon_change"), OST_TEXT(payload)), NULL,
                   err);
}

bool ost_db_news_ready(struct ost_db *db, struct ost_err *err)
{
    return ost_ask(db, &notify, OST_PARAMS(OST_TEXT("osteon_ready"), OST_TEXT("")), NULL, err);
}

static bool connected(const struct ost_listen *listen)
{
    return listen->conn != NULL && PQstatus(listen->conn) == CONNECTION_OK;
}

static void quiet(void *user, const char *message)
{
    (void)user;
    (void)message;
}

static void reconnect(struct ost_listen *listen)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (listen->tried != 0 && now.tv_sec - listen->tried < 1)
        return;
    listen->tried = now.tv_sec;
    listen->was_lost = true;
    PQfinish(listen->conn);
    const char *const keyword[] = {"dbname", "connect_timeout", "application_name", NULL};
    const char *const value[] = {listen->url, "3", "osteon listen", NULL};
    listen->conn = PQconnectdbParams(keyword, value, 1);
    if (!connected(listen))
        return;
    (void)PQsetNoticeProcessor(listen->conn, quiet, NULL);
    PGresult *result =
        PQexec(listen->conn, listen->ready ? "listen osteon_ready" : "listen osteon_change");
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (!ok) {
        PQfinish(listen->conn);
        listen->conn = NULL;
    }
}

bool ost_listen_create(struct ost_listen **out, const char *url, bool ready, struct ost_err *err)
{
    OST_AUTO(ost_listen) listen = calloc(1, sizeof *listen);
    if (listen == NULL || (listen->url = strdup(url)) == NULL)
        return ost_fail(err, OST_NOMEM, "a database listener");
    listen->ready = ready;
    reconnect(listen);
    if (!connected(listen))
        return ost_fail(err, OST_UNAVAILABLE, "the database does not answer");
    listen->was_lost = false;
    *out = ost_steal(&listen);
    return true;
}

void ost_listen_destroy(struct ost_listen *listen)
{
    if (listen == NULL)
        return;
    PQfinish(listen->conn);
    free(listen->url);
    free(listen);
}

int ost_listen_fd(const struct ost_listen *listen)
{
    return connected(listen) ? PQsocket(listen->conn) : -1;
}

static bool parse(const PGnotify *note, struct ost_news *out)
{
    static const struct {
        const char *word;
        enum ost_news_kind kind;
    } kinds[] = {{"job ", OST_NEWS_JOB}, {"plan ", OST_NEWS_PLAN}, {"case ", OST_NEWS_CASE}};
    *out = (struct ost_news){.kind = OST_NEWS_READY};
    if (strcmp(note->relname, "osteon_ready") == 0)
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t len = strlen(kinds[i].word);
        if (strncmp(note->extra, kinds[i].word, len) != 0)
            continue;
        char *at = note->extra + len;
        out->kind = kinds[i].kind;
        out->institution = strtoll(at, &at, 10);
        out->case_id = strtoll(at, &at, 10);
        out->id = strtoll(at, &at, 10);
        return out->institution > 0 && *at == '\0';
    }
    return false;
}

bool ost_listen_take(struct ost_listen *listen, struct ost_news *out)
{
    if (!connected(listen) || PQconsumeInput(listen->conn) != 1) {
        reconnect(listen);
        if (!connected(listen))
            return false;
    }
    if (listen->was_lost) {
        listen->was_lost = false;
        *out = (struct ost_news){.kind = OST_NEWS_LOST};
        return true;
    }
    bool took = false;
    for (PGnotify *note = PQnotifies(listen->conn); note != NULL && !took;
         note = took ? NULL : PQnotifies(listen->conn)) {
        took = parse(note, out);
        PQfreemem(note);
    }
    return took;
}
