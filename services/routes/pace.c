#include "services/routes/pace_impl.h"

#include <pthread.h>
#include <stdlib.h>

enum { OST_PACE_ROWS = 1024, OST_PACE_PROBES = 8, OST_PACE_BURST_S = 10 };

struct row {
    int64_t user; /* 0: free */
    int64_t left; /* thousandths of a request */
    int64_t at_ms;
};

struct ost_pace {
    pthread_mutex_t lock;
    int64_t per_s;
    struct row row[OST_PACE_ROWS];
};

bool ost_pace_create(struct ost_pace **out, int64_t per_s, struct ost_err *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "the pace of accounts");
    (*out)->per_s = per_s;
    (void)pthread_mutex_init(&(*out)->lock, NULL);
    return true;
}

void ost_pace_destroy(struct ost_pace *pace)
{
    if (pace == NULL)
        return;
    (void)pthread_mutex_destroy(&pace->lock);
    free(pace);
}

static int64_t most(const struct ost_pace *pace)
{
    return pace->per_s * OST_PACE_BURST_S * 1000;
}

static void refill(const struct ost_pace *pace, struct row *row, int64_t now_ms)
{
    row->left += (now_ms - row->at_ms) * pace->per_s;
    if (row->left > most(pace))
        row->left = most(pace);
    row->at_ms = now_ms;
}

/* The user's row; else the fullest of those it may have, which forgets least. */
static struct row *find(struct ost_pace *pace, int64_t user, int64_t now_ms)
{
    struct row *best = NULL;
    for (uint64_t i = 0; i < OST_PACE_PROBES; i++) {
        struct row *row = &pace->row[((uint64_t)user * 0x9e3779b97f4a7c15u + i) % OST_PACE_ROWS];
        if (row->user == user)
            return row;
        if (row->user != 0)
            refill(pace, row, now_ms);
        if (best == NULL || (best->user != 0 && (row->user == 0 || row->left > best->left)))
            best = row;
    }
    *best = (struct row){.user = user, .left = most(pace), .at_ms = now_ms};
    return best;
}

int64_t ost_pace_ask(struct ost_pace *pace, int64_t user, int64_t now_ms)
{
    (void)pthread_mutex_lock(&pace->lock);
    struct row *row = find(pace, user, now_ms);
    refill(pace, row, now_ms);
    bool free_to_go = row->left >= 1000;
    int64_t wait = free_to_go ? 0 : (1000 - row->left) / (pace->per_s * 1000) + 1;
    if (free_to_go)
        row->left -= 1000;
    (void)pthread_mutex_unlock(&pace->lock);
    return wait;
}
