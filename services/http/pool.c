/* A few threads that run handlers. Each opens what its handlers need by itself. */
#include "services/http/http_impl.h"
#include "services/log/log.h"

#include <signal.h>
#include <stdlib.h>

#define THREADS_MOST 64

struct ost_http_pool {
    struct ost_http *http;
    pthread_mutex_t lock;
    pthread_cond_t news;
    struct ost_http_request *first, *last; /* waiting */
    unsigned waiting;
    bool ending;
    unsigned count;
    pthread_t thread[THREADS_MOST];
};

static struct ost_http_request *take(struct ost_http_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->ending)
        (void)pthread_cond_wait(&pool->news, &pool->lock);
    struct ost_http_request *request = pool->first;
    if (request != NULL) {
        pool->first = request->next;
        if (pool->first == NULL)
            pool->last = NULL;
        pool->waiting--;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return request;
}

static void serve(struct ost_http_request *request, void *context, bool ready)
{
    if (!ready) {
        ost_http_reply_error(request, 503, "unavailable", NULL,
                             "The server cannot work right now; try again in a minute.");
    } else if (request->asking) {
        request->route->admit(request, context);
    } else {
        request->route->handle(request, context);
    }
    if (request->reply.status == 0 && !request->asking) {
        ost_http_reply_error(request, 500, "bug", NULL,
                             "The server gave no answer. Please tell who runs it.");
    }
    ost_http_inbox_reply(request->http, request);
}

static void *work(void *user)
{
    struct ost_http_pool *pool = user;
    const struct ost_http_options *options = &pool->http->options;
    struct ost_err err;
    void *context = NULL;
    bool ready =
        options->thread_begin == NULL || options->thread_begin(options->user, &context, &err);
    if (!ready)
        ost_log_err(OST_LOG_ERROR, "http.thread", &err);
    for (struct ost_http_request *request; (request = take(pool)) != NULL;)
        serve(request, context, ready);
    if (ready && options->thread_end != NULL)
        options->thread_end(options->user, context);
    return NULL;
}

/* Signals are for the loop: a handler is not to be woken by them. */
static bool start(struct ost_http_pool *pool, unsigned count, struct ost_err *err)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->count < count && pthread_create(&pool->thread[pool->count], NULL, work, pool) == 0)
        pool->count++;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pool->count < count)
        return ost_fail(err, OST_UNAVAILABLE, "http: %u of %u threads", pool->count, count);
    return true;
}

bool ost_http_pool_create(struct ost_http_pool **out, struct ost_http *http, struct ost_err *err)
{
    struct ost_http_pool *pool = calloc(1, sizeof *pool);
    *out = pool;
    if (pool == NULL)
        return ost_fail(err, OST_NOMEM, "http: pool");
    pool->http = http;
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->news, NULL);
    unsigned count = http->options.threads;
    return start(pool, count < THREADS_MOST ? count : THREADS_MOST, err);
}

void ost_http_pool_destroy(struct ost_http_pool *pool)
{
    if (pool == NULL)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    (void)pthread_cond_broadcast(&pool->news);
    (void)pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->count; i++)
        (void)pthread_join(pool->thread[i], NULL);
    (void)pthread_cond_destroy(&pool->news);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

bool ost_http_pool_put(struct ost_http_pool *pool, struct ost_http_request *request)
{
    (void)pthread_mutex_lock(&pool->lock);
    bool room = pool->waiting < pool->http->options.waiting_most;
    if (room) {
        request->next = NULL;
        if (pool->last == NULL) {
            pool->first = request;
        } else {
            pool->last->next = request;
        }
        pool->last = request;
        pool->waiting++;
        (void)pthread_cond_signal(&pool->news);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return room;
}
