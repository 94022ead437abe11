#include "services/routes/spool_impl.h"
#include "services/routes/waiting_impl.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OF_ONE_PERSON 2048 /* the slices of a CT */

struct item {
    struct item *next;
    struct ost_pending pending;
    time_t since;
    bool lent, over; /* over: goes as soon as it is returned */
};

struct ost_waiting {
    pthread_mutex_t lock;
    pthread_cond_t returned;
    size_t most, of_one, held;
    struct item *first;
};

static time_t now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

bool ost_waiting_create(struct ost_waiting **out, size_t most, size_t of_one, struct ost_err *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "waiting films");
    (*out)->most = most;
    (*out)->of_one = of_one;
    (void)pthread_mutex_init(&(*out)->lock, NULL);
    (void)pthread_cond_init(&(*out)->returned, NULL);
    return true;
}

static void item_destroy(struct item *item)
{
    ost_clean_dicom_destroy(item->pending.clean);
    free(item);
}

/* Removes what `gone` says of, leaving what is lent until it comes back. */
static void sweep(struct ost_waiting *waiting, bool (*gone)(const struct item *, int64_t),
                  int64_t what)
{
    for (struct item **at = &waiting->first; *at != NULL;) {
        struct item *item = *at;
        item->over = item->over || gone(item, what);
        if (!item->over || item->lent) {
            at = &item->next;
            continue;
        }
        *at = item->next;
        waiting->held -= item->pending.bytes;
        item_destroy(item);
    }
}

static bool is_any(const struct item *item, int64_t what)
{
    (void)item;
    (void)what;
    return true;
}

static bool is_over(const struct item *item, int64_t what)
{
    (void)what;
    return item->over;
}

static bool is_of_case(const struct item *item, int64_t case_id)
{
    return item->pending.case_id == case_id;
}

static bool is_old(const struct item *item, int64_t now)
{
    return item->since + OST_WAITING_S < now;
}

void ost_waiting_destroy(struct ost_waiting *waiting)
{
    if (waiting == NULL)
        return;
    sweep(waiting, is_any, 0);
    (void)pthread_cond_destroy(&waiting->returned);
    (void)pthread_mutex_destroy(&waiting->lock);
    free(waiting);
}

static bool has_room(const struct ost_waiting *waiting, const struct ost_pending *film,
                     struct ost_err *err)
{
    size_t own = 0, own_bytes = 0, shared = 0, bytes = film->bytes;
    for (const struct item *item = waiting->first; item != NULL; item = item->next) {
        shared += item->pending.institution == film->institution ? item->pending.bytes : 0;
        if (item->pending.user == film->user) {
            own++;
            own_bytes += item->pending.bytes;
        }
    }
    if (own >= OF_ONE_PERSON || own_bytes + bytes > waiting->most / 2) {
        return ost_fail(err, OST_LIMIT,
                        "You have %zu films waiting; confirm or discard some of them first.", own);
    }
    if (shared + bytes > waiting->of_one) {
        return ost_fail(err, OST_LIMIT,
                        "the institution's store is full: %zu bytes of films wait; confirm or "
                        "discard some of them first",
                        shared);
    }
    if (bytes > waiting->most - waiting->held)
        return ost_fail(err, OST_UNAVAILABLE, "waiting films hold %zu bytes", waiting->held);
    return true;
}

bool ost_waiting_add(struct ost_waiting *waiting, const struct ost_pending *film,
                     struct ost_pending *out, struct ost_err *err)
{
    struct item *item = calloc(1, sizeof *item);
    if (item == NULL) {
        ost_clean_dicom_destroy(film->clean);
        return ost_fail(err, OST_NOMEM, "a waiting film");
    }
    item->pending = *film;
    (void)ost_clean_dicom_bytes_view(film->clean, &item->pending.bytes);
    item->since = now_s();
    ost_waiting_expire(waiting);
    (void)pthread_mutex_lock(&waiting->lock);
    bool ok = has_room(waiting, &item->pending, err) && ost_spool_random_id(item->pending.id, err);
    if (ok) {
        *out = item->pending;
        item->next = waiting->first;
        waiting->first = item;
        waiting->held += item->pending.bytes;
        item->lent = true; /* to the caller, for its answer */
    }
    (void)pthread_mutex_unlock(&waiting->lock);
    if (!ok)
        item_destroy(item);
    return ok;
}

static struct item *find(struct ost_waiting *waiting, const char *id)
{
    for (struct item *item = waiting->first; item != NULL; item = item->next) {
        if (strcmp(item->pending.id, id) == 0 && !item->over)
            return item;
    }
    return NULL;
}

bool ost_waiting_lend(struct ost_waiting *waiting, const char *id, int64_t user,
                      struct ost_pending *out, struct ost_err *err)
{
    (void)pthread_mutex_lock(&waiting->lock);
    struct item *item;
    while ((item = find(waiting, id)) != NULL && item->pending.user == user && item->lent)
        (void)pthread_cond_wait(&waiting->returned, &waiting->lock);
    bool own = item != NULL && item->pending.user == user;
    if (own) {
        item->lent = true;
        *out = item->pending;
    }
    (void)pthread_mutex_unlock(&waiting->lock);
    return own || ost_fail(err, OST_NOT_FOUND, "no such waiting film");
}

void ost_waiting_return(struct ost_waiting *waiting, const char *id, bool over)
{
    (void)pthread_mutex_lock(&waiting->lock);
    for (struct item *item = waiting->first; item != NULL; item = item->next) {
        if (strcmp(item->pending.id, id) != 0)
            continue;
        item->lent = false;
        item->over = item->over || over;
    }
    sweep(waiting, is_over, 0);
    (void)pthread_cond_broadcast(&waiting->returned);
    (void)pthread_mutex_unlock(&waiting->lock);
}

bool ost_waiting_discard(struct ost_waiting *waiting, const char *id, int64_t user,
                         struct ost_err *err)
{
    (void)pthread_mutex_lock(&waiting->lock);
    struct item *item = find(waiting, id);
    bool own = item != NULL && item->pending.user == user;
    if (own)
        item->over = true;
    sweep(waiting, is_over, 0);
    (void)pthread_cond_broadcast(&waiting->returned);
    (void)pthread_mutex_unlock(&waiting->lock);
    return own || ost_fail(err, OST_NOT_FOUND, "no such waiting film");
}

void ost_waiting_drop_case(struct ost_waiting *waiting, int64_t case_id)
{
    (void)pthread_mutex_lock(&waiting->lock);
    sweep(waiting, is_of_case, case_id);
    (void)pthread_mutex_unlock(&waiting->lock);
}

void ost_waiting_expire(struct ost_waiting *waiting)
{
    (void)pthread_mutex_lock(&waiting->lock);
    sweep(waiting, is_old, now_s());
    (void)pthread_mutex_unlock(&waiting->lock);
}
