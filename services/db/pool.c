#include "services/db/db.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { OST_POOL_WAIT_S = 5 };

struct ost_db_pool {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    size_t free_count, size;
    struct ost_db **idle; /* [0, free_count) */
};

bool ost_db_pool_create(struct ost_db_pool **out, const char *url, size_t size, struct ost_err *err)
{
    OST_AUTO(ost_db_pool) pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return ost_fail(err, OST_NOMEM, "a pool of database connections");
    (void)pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&pool->freed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    pool->idle = calloc(size, sizeof(struct ost_db *));
    if (pool->idle == NULL)
        return ost_fail(err, OST_NOMEM, "a pool of %zu database connections", size);
    for (; pool->size < size; pool->size++, pool->free_count++) {
        if (!ost_db_create(&pool->idle[pool->size], url, err))
            return false;
    }
    *out = ost_steal(&pool);
    return true;
}

void ost_db_pool_destroy(struct ost_db_pool *pool)
{
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->free_count; i++)
        ost_db_destroy(pool->idle[i]);
    free((void *)pool->idle);
    (void)pthread_cond_destroy(&pool->freed);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

bool ost_db_pool_take(struct ost_db_pool *pool, struct ost_db **out, struct ost_err *err)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += OST_POOL_WAIT_S;
    (void)pthread_mutex_lock(&pool->lock);
    int waited = 0;
    while (pool->free_count == 0 && waited == 0)
        waited = pthread_cond_timedwait(&pool->freed, &pool->lock, &until);
    *out = pool->free_count == 0 ? NULL : pool->idle[--pool->free_count];
    (void)pthread_mutex_unlock(&pool->lock);
    if (*out == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "all %zu database connections are busy", pool->size);
    return true;
}

void ost_db_pool_give(struct ost_db_pool *pool, struct ost_db *db)
{
    if (db == NULL)
        return;
    ost_db_end(db);
    (void)pthread_mutex_lock(&pool->lock);
    pool->idle[pool->free_count++] = db;
    (void)pthread_cond_signal(&pool->freed);
    (void)pthread_mutex_unlock(&pool->lock);
}
