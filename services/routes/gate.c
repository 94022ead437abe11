#include "services/routes/gate_impl.h"

#include <pthread.h>
#include <stdlib.h>

enum { OST_GATE_PLACES = 64 }; /* threads a server may have */

struct place {
    int64_t user; /* 0: free */
    enum ost_slow work;
};

struct ost_gate {
    pthread_mutex_t lock;
    size_t one, one_intake, intake; /* places of one person, of these for files; all files */
    struct place place[OST_GATE_PLACES];
};

static size_t at_least_one(size_t n)
{
    return n == 0 ? 1 : n;
}

bool ost_gate_create(struct ost_gate **out, size_t threads, struct ost_err *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "the gate of slow work");
    (*out)->one = at_least_one(threads > 2 ? threads - 2 : 1);
    (*out)->one_intake = at_least_one(threads / 4);
    (*out)->intake = at_least_one(threads / 2);
    (void)pthread_mutex_init(&(*out)->lock, NULL);
    return true;
}

void ost_gate_destroy(struct ost_gate *gate)
{
    if (gate == NULL)
        return;
    (void)pthread_mutex_destroy(&gate->lock);
    free(gate);
}

static struct place *find(struct ost_gate *gate, int64_t user, enum ost_slow work)
{
    for (size_t i = 0; i < OST_GATE_PLACES; i++) {
        if (gate->place[i].user == user && (user == 0 || gate->place[i].work == work))
            return &gate->place[i];
    }
    return NULL;
}

static bool has_room(const struct ost_gate *gate, enum ost_slow work, int64_t user)
{
    size_t one = 0, one_intake = 0, intake = 0;
    for (size_t i = 0; i < OST_GATE_PLACES; i++) {
        const struct place *place = &gate->place[i];
        bool own = place->user == user, file = place->work == OST_SLOW_INTAKE;
        one += own ? 1 : 0;
        one_intake += own && file ? 1 : 0;
        intake += place->user != 0 && file ? 1 : 0;
    }
    return one < gate->one &&
           (work != OST_SLOW_INTAKE || (one_intake < gate->one_intake && intake < gate->intake));
}

bool ost_gate_enter(struct ost_gate *gate, enum ost_slow work, int64_t user, struct ost_err *err)
{
    (void)pthread_mutex_lock(&gate->lock);
    struct place *place = has_room(gate, work, user) ? find(gate, 0, work) : NULL;
    if (place != NULL)
        *place = (struct place){.user = user, .work = work};
    (void)pthread_mutex_unlock(&gate->lock);
    return place != NULL ||
           ost_fail(err, OST_UNAVAILABLE, "The server is busy; try again in a moment.");
}

void ost_gate_leave(struct ost_gate *gate, enum ost_slow work, int64_t user)
{
    (void)pthread_mutex_lock(&gate->lock);
    struct place *place = find(gate, user, work);
    if (place != NULL)
        *place = (struct place){0};
    (void)pthread_mutex_unlock(&gate->lock);
}
