#include "services/collab/log_db.h"
#include "services/collab/room.h"
#include "services/db/listen.h"
#include "services/db/plan.h"
#include "services/db/session.h"
#include "services/log/log.h"
#include "services/routes/event_impl.h"
#include "services/routes/farewell_impl.h"
#include "services/routes/line_impl.h"
#include "services/routes/live_impl.h"
#include "services/routes/spool_impl.h"
#include "services/routes/visit_impl.h"
#include "services/routes/waiting_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define SOON_MS      1 /* where somebody waits to be asked about */
#define LAST_TURNS   16
#define LAST_WAIT_MS 5
#define ALIVE_S      30   /* how often a session is asked whether it still stands */
#define OF_ONE       16   /* sockets of one person; each may hold megabytes that wait */
#define COMING_IN    4    /* people let in between two turns */
#define HEARD        1024 /* messages whose senders are told at once that they were heard */

struct member {
    struct member *next;
    uint64_t socket;
    struct ost_collab_case at;
    int64_t plan_id; /* the case's plan as the room knows it, 0 none */
    struct ost_auth_session session;
    struct visit visit;
    time_t asked;
    bool cbor; /* the form he speaks */
    bool out;  /* told to go, and not gone yet */
};

struct ost_live {
    struct ost_app *app;
    struct ost_http *http; /* borrowed */
    struct ost_db *db;
    struct ost_listen *listen;
    struct ost_collab_log_db log;
    struct ost_collab *hub;
    char owner[OST_PLAN_OWNER];
    struct member *member;
    uint64_t heard[HEARD]; /* sockets whose messages have been dealt with */
    size_t heard_count;
    time_t ticked;
    time_t ask_at; /* before which nobody is due to be asked about */

    pthread_t thread;
    bool started;
    atomic_bool stop;
    int wake; /* eventfd */
    pthread_mutex_t lock;
    struct event_list heard_of; /* under the lock */
    struct event_list opening;  /* who comes in, when his turn is; the thread's own */
};

static time_t now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* --- from the server's loop --------------------------------------------------- */

static void ring(const struct ost_live *live)
{
    if (eventfd_write(live->wake, 1) < 0 && errno != EAGAIN)
        ost_log(OST_LOG_ERROR, "live.ring", "errno=%d", errno);
}

static void put(struct ost_live *live, enum event_kind kind, uint64_t socket, const char *text,
                size_t len, bool cbor)
{
    struct event *event = calloc(1, sizeof *event);
    char *own = malloc(len + 1);
    if (event == NULL || own == NULL)
        abort(); /* a lost event would leave a session in a room for ever */
    memcpy(own, text, len);
    own[len] = '\0';
    *event = (struct event){.kind = kind, .socket = socket, .text = own, .len = len, .cbor = cbor};
    (void)pthread_mutex_lock(&live->lock);
    bool first = live->heard_of.first == NULL; /* who finds others there need not ring again */
    ost_event_put(&live->heard_of, event);
    (void)pthread_mutex_unlock(&live->lock);
    if (first)
        ring(live);
}

void ost_live_opened(void *user, uint64_t socket, const struct ost_http_opening *opening)
{
    const char *ticket = opening->ticket == NULL ? "" : opening->ticket;
    put(user, OST_LIVE_OPENED, socket, ticket, strlen(ticket), opening->dialect == OST_LIVE_CBOR);
}

void ost_live_message(void *user, uint64_t socket, const char *text, size_t len)
{
    put(user, OST_LIVE_MESSAGE, socket, text, len, false);
}

void ost_live_closed(void *user, uint64_t socket)
{
    put(user, OST_LIVE_CLOSED, socket, "", 0, false);
}

/* --- members ---------------------------------------------------------------------- */

static bool look_up(struct ost_live *live, struct member *member, bool may[2], struct ost_err *err)
{
    struct ost_db_case one;
    if (!ost_db_begin(live->db, &member->session.who, err) ||
        !ost_db_case_get(live->db, member->at.case_id, &one, err) ||
        !ost_auth_may_plan(live->db, &member->session, &one, may, err) ||
        !ost_visit_begin(live->db, &member->session, &one, member->asked, &member->visit, err) ||
        !ost_db_commit(live->db, err))
        return false;
    member->at.institution = one.institution;
    member->plan_id = one.plan_id;
    return true;
}

static bool join(struct ost_live *live, struct member *member, const char *ticket,
                 struct ost_err *err)
{
    char user[24], name[OST_NAME_BYTES + 1];
    bool may[2];
    if (!ost_auth_ticket_take(live->app->auth, live->db, ticket, &member->session,
                              &member->at.case_id, err))
        return false;
    bool ok = look_up(live, member, may, err);
    ost_db_end(live->db);
    (void)snprintf(user, sizeof user, "%" PRId64, member->session.who.user);
    ost_visit_name(&member->visit, &member->session, name);
    const struct ost_collab_join wish = {.socket = member->socket,
                                         .at = member->at,
                                         .user_id = user,
                                         .name = name,
                                         .role = member->session.role,
                                         .may_edit = may[0],
                                         .may_approve = may[1],
                                         .visits = member->visit.case_id != 0,
                                         .cbor = member->cbor};
    return ok && ost_collab_join(live->hub, &wish, err);
}

/* A person with too many pages loses the oldest: the newest is the one that is looked at. */
static void let_go_oldest(struct ost_live *live, int64_t user)
{
    static const char text[] = "{\"t\":\"resync\",\"reason\":\"replaced\",\"retry_ms\":0}";
    struct member *oldest = NULL; /* newest first in the list */
    size_t count = 0;
    for (struct member *m = live->member; m != NULL; m = m->next) {
        if (m->session.who.user != user || m->out)
            continue;
        oldest = m;
        count++;
    }
    if (count <= OF_ONE)
        return;
    oldest->out = true;
    ost_log(OST_LOG_INFO, "live.too_many", "socket=%" PRIu64 " user=%" PRId64, oldest->socket,
            user);
    ost_collab_leave(live->hub, oldest->socket);
    ost_live_say(live->http, oldest->socket, oldest->cbor, text);
    ost_http_socket_close(live->http, oldest->socket, CLOSE_DISMISSED, "replaced");
}

/* His ticket was good; NULL where it was not. He is not told before its use is on disk. */
static struct member *let_in(struct ost_live *live, const struct event *event)
{
    struct ost_err err;
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL)
        abort();
    *member = (struct member){.socket = event->socket, .asked = now_s(), .cbor = event->cbor};
    if (!join(live, member, event->text, &err)) {
        ost_farewell_unseen(live->http, event->socket, event->cbor, &err);
        free(member);
        return NULL;
    }
    member->next = live->member;
    return live->member = member;
}

static void welcome(struct ost_live *live, const struct member *member)
{
    ost_log(OST_LOG_INFO, "live.in", "socket=%" PRIu64 " case=%" PRId64 " user=%" PRId64,
            member->socket, member->at.case_id, member->session.who.user);
    let_go_oldest(live, member->session.who.user);
    ost_http_socket_person(live->http, member->socket, member->session.who.user);
    ost_http_socket_done(live->http, member->socket);
}

static void let_out(struct ost_live *live, uint64_t socket)
{
    size_t refused = ost_collab_denied(live->hub, socket);
    ost_collab_leave(live->hub, socket);
    for (struct member **at = &live->member; *at != NULL; at = &(*at)->next) {
        struct member *member = *at;
        if (member->socket != socket)
            continue;
        member->visit.refused += refused;
        if (member->visit.case_id != 0)
            ost_visit_tell(live->db, &member->session, 0, &member->visit);
        *at = member->next;
        free(member);
        return;
    }
}

/* Told to the sockets all at once, after the turn: who floods waits for his answers. */
static void settle(struct ost_live *live)
{
    ost_http_socket_done_all(live->http, live->heard, live->heard_count);
    live->heard_count = 0;
}

static void hear(struct ost_live *live, const struct event *event)
{
    ost_collab_message(live->hub, event->socket, event->text, event->len);
    live->heard[live->heard_count++] = event->socket;
    if (live->heard_count == HEARD)
        settle(live);
}

static void tell_case(struct ost_live *live, int64_t case_id, json_t *message)
{
    char *text = message == NULL ? NULL : json_dumps(message, JSON_COMPACT);
    json_decref(message);
    if (text != NULL)
        ost_collab_notify(live->hub, case_id, text, strlen(text));
    free(text);
}

/* --- news from other processes ------------------------------------------------------ */

/* Somebody in the case, or NULL. */
static const struct member *watcher(const struct ost_live *live, int64_t case_id)
{
    const struct member *member = live->member;
    while (member != NULL && member->at.case_id != case_id)
        member = member->next;
    return member;
}

static void tell_job(struct ost_live *live, const struct ost_news *news)
{
    const struct ost_db_who who = {.institution = news->institution};
    struct ost_db_job job;
    struct ost_err err;
    bool ok = ost_db_begin(live->db, &who, &err) &&
              ost_db_job_get(live->db, news->id, &job, &err) && ost_db_commit(live->db, &err);
    ost_db_end(live->db);
    if (ok)
        tell_case(live, job.case_id, json_pack("{s:s,s:o}", "t", "job", "job", ost_json_job(&job)));
}

static void tell_files(struct ost_live *live, int64_t institution, int64_t case_id)
{
    const struct ost_db_who who = {.institution = institution};
    struct ost_err err;
    OST_AUTO(ost_arena) arena = NULL;
    json_t *files = NULL;
    bool ok = ost_arena_create(&arena, (size_t)4 * 1024 * 1024, &err) &&
              ost_db_begin(live->db, &who, &err) &&
              ost_json_files(live->db, case_id, arena, &files, &err) &&
              ost_db_commit(live->db, &err);
    ost_db_end(live->db);
    if (files != NULL)
        (void)json_object_set_new(files, "t", json_string("files"));
    if (ok) {
        tell_case(live, case_id, files);
    } else {
        json_decref(files);
    }
}

static void put_out(struct ost_live *live, struct member *member, bool signed_in)
{
    ost_log(OST_LOG_INFO, "live.out", "socket=%" PRIu64 " case=%" PRId64, member->socket,
            member->at.case_id);
    member->out = true;
    member->visit.refused += ost_collab_denied(live->hub, member->socket);
    ost_collab_leave(live->hub, member->socket);
    ost_farewell(live->http, member->socket, member->cbor,
                 signed_in && member->session.guest.id == 0);
}

/*
 * The state of a case decides what a member may do in its plan. Who may not even look
 * any more (signed out, the case gone, the grant revoked or over) is out at once.
 */
static void renew_rights_of(struct ost_live *live, struct member *member)
{
    struct ost_err err;
    struct ost_db_case one;
    bool may[2];
    if (member->out)
        return;
    bool alive = ost_auth_alive(live->db, &member->session, &err);
    bool ok =
        alive && ost_db_begin(live->db, &member->session.who, &err) &&
        ost_auth_may(live->db, &member->session, OST_RIGHT_CASE_READ, member->at.case_id, &err) &&
        ost_db_case_get(live->db, member->at.case_id, &one, &err) &&
        ost_auth_may_plan(live->db, &member->session, &one, may, &err) &&
        ost_db_commit(live->db, &err);
    ost_db_end(live->db);
    if (ok) {
        ost_visit_renew(&member->visit, &one, now_s());
        ost_collab_allow(live->hub, member->socket, may[0], may[1]);
    } else if (err.code == OST_NOT_FOUND || err.code == OST_DENIED) {
        put_out(live, member, alive);
    }
}

static void renew_rights(struct ost_live *live, int64_t case_id)
{
    for (struct member *m = live->member; m != NULL; m = m->next) {
        if (m->at.case_id == case_id)
            renew_rights_of(live, m);
    }
}

/* A plan the room does not know yet; operations of the known one are the room's own. */
static void meet_plan(struct ost_live *live, int64_t case_id, int64_t plan_id)
{
    bool is_new = false;
    for (struct member *m = live->member; m != NULL; m = m->next) {
        if (m->at.case_id != case_id || m->plan_id == plan_id)
            continue;
        m->plan_id = plan_id;
        is_new = true;
    }
    if (is_new)
        ost_collab_reload(live->hub, case_id);
}

/* News was lost: whoever looks on is told how things stand. */
static void tell_all(struct ost_live *live)
{
    for (struct member *m = live->member; m != NULL; m = m->next) {
        struct ost_err err;
        struct ost_db_plan plan = {0};
        bool found = false;
        bool ok = ost_db_begin(live->db, &m->session.who, &err) &&
                  ost_db_plan_of_case(live->db, m->at.case_id, &plan, &found, &err) &&
                  ost_db_commit(live->db, &err);
        ost_db_end(live->db);
        if (ok && found)
            meet_plan(live, m->at.case_id, plan.id);
        renew_rights(live, m->at.case_id);
        tell_files(live, m->at.institution, m->at.case_id);
    }
}

/* News of a grant may be its grantee's, who sees no files any more: the owner's are told. */
static void look_again(struct ost_live *live, const struct ost_news *news)
{
    const int64_t owner = watcher(live, news->case_id)->at.institution;
    renew_rights(live, news->case_id);
    tell_files(live, owner, news->case_id);
}

static void take_news(struct ost_live *live)
{
    struct ost_news news;
    while (ost_listen_take(live->listen, &news)) {
        if (news.kind == OST_NEWS_LOST) {
            tell_all(live);
        } else if (watcher(live, news.case_id) == NULL) {
            continue;
        } else if (news.kind == OST_NEWS_JOB) {
            tell_job(live, &news);
        } else if (news.kind == OST_NEWS_PLAN) {
            meet_plan(live, news.case_id, news.id);
        } else if (news.kind == OST_NEWS_CASE) {
            look_again(live, &news);
        }
    }
}

/* --- the thread ---------------------------------------------------------------------- */

static struct event_list take_events(struct ost_live *live)
{
    (void)pthread_mutex_lock(&live->lock);
    struct event_list all = live->heard_of;
    live->heard_of = (struct event_list){NULL, NULL};
    (void)pthread_mutex_unlock(&live->lock);
    return all;
}

/* A few in a turn: each asks the database often, and who is in already must not wait for all. */
static void let_some_in(struct ost_live *live)
{
    size_t count = 0;
    const struct member *fresh[COMING_IN];
    struct ost_err err;
    struct event *event;
    for (int i = 0; i < COMING_IN && (event = ost_event_take(&live->opening)) != NULL; i++) {
        fresh[count] = let_in(live, event);
        count += fresh[count] != NULL ? 1 : 0;
        ost_event_free(event);
    }
    for (bool ok = count > 0 && ost_db_ticket_settle(live->db, &err); !ok && count > 0; count--) {
        ost_farewell_unseen(live->http, fresh[count - 1]->socket, fresh[count - 1]->cbor, &err);
        let_out(live, fresh[count - 1]->socket);
    }
    while (count > 0)
        welcome(live, fresh[--count]);
}

static void work_off(struct ost_live *live)
{
    struct event_list all = take_events(live);
    for (struct event *event; (event = ost_event_take(&all)) != NULL;) {
        if (event->kind == OST_LIVE_OPENED) {
            ost_event_put(&live->opening, event);
            continue;
        }
        if (event->kind == OST_LIVE_MESSAGE) {
            hear(live, event);
        } else {
            ost_event_drop(&live->opening, event->socket);
            let_out(live, event->socket);
        }
        ost_event_free(event);
    }
    let_some_in(live);
}

static void look_after_visits(struct ost_live *live, time_t now)
{
    for (struct member *m = live->member; m != NULL; m = m->next) {
        if (m->visit.case_id == 0 || m->out)
            continue;
        m->visit.refused += ost_collab_denied(live->hub, m->socket);
        ost_visit_tell(live->db, &m->session, now, &m->visit);
        if (ost_visit_is_over(&m->visit, now))
            put_out(live, m, true);
    }
}

static void tick(struct ost_live *live)
{
    time_t now = now_s();
    if (now == live->ticked)
        return;
    live->ticked = now;
    ost_collab_tick(live->hub);
    look_after_visits(live, now);
    ost_spool_expire(live->app->spool);
    ost_waiting_expire(live->app->waiting);
}

/*
 * A session that was ended elsewhere ends here too; a grant ends by the clock, without news.
 * One in a turn, the longest unasked: a question waits for the database, and so do all
 * plans. True where there was one: the next may be due too.
 */
static bool ask_one_alive(struct ost_live *live)
{
    struct member *eldest = NULL;
    time_t now = now_s();
    if (now < live->ask_at) /* who came in since is asked later still */
        return false;
    for (struct member *m = live->member; m != NULL; m = m->next) {
        if (!m->out && (eldest == NULL || m->asked < eldest->asked))
            eldest = m;
    }
    live->ask_at = (eldest == NULL ? now : eldest->asked) + ALIVE_S;
    if (eldest == NULL || now < live->ask_at)
        return false;
    eldest->asked = now;
    renew_rights_of(live, eldest);
    return true;
}

/* Whether the database may have something to tell, or is not there to. */
static bool sleep_until_news(struct ost_live *live, int most_ms)
{
    struct pollfd fd[2] = {{.fd = live->wake, .events = POLLIN},
                           {.fd = ost_listen_fd(live->listen), .events = POLLIN}};
    eventfd_t rings;
    (void)poll(fd, fd[1].fd < 0 ? 1 : 2, most_ms);
    if ((fd[0].revents & POLLIN) != 0)
        (void)eventfd_read(live->wake, &rings); /* there is something, and it does not block */
    return fd[1].fd < 0 || fd[1].revents != 0;
}

static void *run(void *user)
{
    struct ost_live *live = user;
    int more, wait = 0; /* news may have come with the answer to the question for it */
    take_news(live);
    while (!atomic_load(&live->stop)) {
        bool news = sleep_until_news(live, wait);
        work_off(live);
        tick(live);
        more = ost_collab_turn(live->hub);
        settle(live);
        if (news)
            take_news(live);
        bool soon = ask_one_alive(live) || live->opening.first != NULL;
        wait = soon ? SOON_MS : more > 0 ? more : 1000;
    }
    work_off(live);
    /* What was taken in is kept, that of a crowd that still gathers too. */
    for (int turns = 0; turns < LAST_TURNS && (more = ost_collab_turn(live->hub)) > 0; turns++)
        (void)poll(NULL, 0, more < LAST_WAIT_MS ? more : LAST_WAIT_MS);
    return NULL;
}

static bool name_owner(struct ost_live *live, struct ost_err *err)
{
    char host[24] = "", random[OST_SPOOL_ID];
    (void)gethostname(host, sizeof host - 1);
    if (!ost_spool_random_id(random, err))
        return false;
    (void)snprintf(live->owner, sizeof live->owner, "%s:%ld:%.12s", host, (long)getpid(), random);
    return true;
}

static bool open_hub(struct ost_live *live, struct ost_err *err)
{
    live->log = (struct ost_collab_log_db){.db = live->db, .owner = live->owner};
    const struct ost_collab_store store = ost_collab_log_db_store(&live->log);
    const struct ost_collab_line line = ost_live_line(&live->http);
    return name_owner(live, err) && ost_collab_create(&live->hub, &store, &line, err);
}

bool ost_live_create(struct ost_live **out, struct ost_app *app, struct ost_err *err)
{
    struct ost_live *live = *out = calloc(1, sizeof *live);
    if (live == NULL)
        return ost_fail(err, OST_NOMEM, "live");
    live->app = app;
    (void)pthread_mutex_init(&live->lock, NULL);
    live->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (live->wake < 0)
        return ost_fail(err, OST_UNAVAILABLE, "live: no eventfd");
    return ost_db_create(&live->db, app->config->db.url, err) &&
           ost_listen_create(&live->listen, app->config->db.url, false, err) && open_hub(live, err);
}

bool ost_live_start(struct ost_live *live, struct ost_http *http, struct ost_err *err)
{
    sigset_t all, before;
    live->http = http;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    live->started = pthread_create(&live->thread, NULL, run, live) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return live->started || ost_fail(err, OST_UNAVAILABLE, "live: no thread");
}

void ost_live_stop(struct ost_live *live)
{
    if (!live->started)
        return;
    atomic_store(&live->stop, true);
    ring(live);
    (void)pthread_join(live->thread, NULL);
    live->started = false;
}

void ost_live_destroy(struct ost_live *live)
{
    if (live == NULL)
        return;
    ost_live_stop(live);
    struct event_list left = take_events(live);
    while (left.first != NULL)
        ost_event_free(ost_event_take(&left));
    while (live->opening.first != NULL)
        ost_event_free(ost_event_take(&live->opening));
    while (live->hub != NULL && live->member != NULL)
        let_out(live, live->member->socket);
    ost_collab_destroy(live->hub);
    ost_listen_destroy(live->listen);
    ost_db_destroy(live->db);
    if (live->wake >= 0)
        (void)close(live->wake);
    (void)pthread_mutex_destroy(&live->lock);
    free(live);
}
