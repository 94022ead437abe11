/*
 * News from other processes by NOTIFY: ids only, never content. A connection of
 * its own, whose descriptor the loop watches. News can be lost while the
 * connection is down; OST_NEWS_LOST then asks the listener to look for itself.
 */
#ifndef OST_DB_LISTEN_H
#define OST_DB_LISTEN_H

#include "services/db/db.h"

OST_C_BEGIN

enum ost_news_kind {
    OST_NEWS_READY, /* a job waits; no ids */
    OST_NEWS_JOB,   /* id: the job whose row changed */
    OST_NEWS_PLAN,  /* id: the plan that was created */
    OST_NEWS_CASE,  /* id: the case whose films, files or state changed */
    OST_NEWS_LOST,  /* reconnected: anything may have happened; no ids */
};

struct ost_news {
    enum ost_news_kind kind;
    int64_t institution, case_id, id;
};

struct ost_listen;

/* `ready` hears OST_NEWS_READY only (workers), otherwise everything else (the api). */
OST_MUST_CHECK
bool ost_listen_create(struct ost_listen **out, const char *url, bool ready, struct ost_err *err);
void ost_listen_destroy(struct ost_listen *listen); /* NULL is fine */
OST_AUTO_DEFINE(ost_listen);

/* To poll for reading; -1 while disconnected. It changes after a reconnect. */
int ost_listen_fd(const struct ost_listen *listen);

/*
 * Takes one piece of news without blocking longer than a connection attempt;
 * false when there is none. Call it when the descriptor is readable and once a
 * second besides: that is when it reconnects.
 */
bool ost_listen_take(struct ost_listen *listen, struct ost_news *out);

OST_C_END

#endif
