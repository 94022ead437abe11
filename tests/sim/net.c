/* Sockets: in order, late, cut, half open, not read. */
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

enum { WAITING = 48, PASSING = 12 }; /* entries of others that may wait for a slow reader */

/* What others do, as against what a client asked for itself. */
static bool is_told(const struct sim_message *message)
{
    return strncmp(message->text, "{\"t\":\"ops\"", 10) == 0;
}

static void push(struct sim *sim, struct sim_link *link, bool up, enum sim_message_kind kind,
                 const char *text, size_t len)
{
    struct sim_queue *queue = up ? &link->up : &link->down;
    struct sim_message *message = malloc(sizeof *message + len + 1);
    if (message == NULL)
        abort();
    uint64_t dice =
        sim_mix(sim->script->seed ^ link->socket << 20 ^ queue->sent++ << 1 ^ (up ? 1 : 0));
    int64_t due = sim->now + 1 + (int64_t)(dice % (uint64_t)sim->script->most_delay);
    *message =
        (struct sim_message){.due = due > queue->due ? due : queue->due, .kind = kind, .len = len};
    queue->due = message->due;
    memcpy(message->text, text, len);
    message->text[len] = '\0';
    if (queue->last == NULL) {
        queue->first = message;
    } else {
        queue->last->next = message;
    }
    queue->last = message;
    queue->count++;
    queue->told += is_told(message) ? 1 : 0;
}

static struct sim_message *pop(struct sim_queue *queue)
{
    struct sim_message *message = queue->first;
    queue->first = message->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->count--;
    queue->told -= is_told(message) ? 1 : 0;
    return message;
}

/* Keeps the first `keep` messages; the rest was still on its way. */
static void drop(struct sim_queue *queue, size_t keep)
{
    struct sim_message *message = queue->first, *last = NULL;
    for (; message != NULL && keep > 0; keep--) {
        last = message;
        message = message->next;
    }
    while (message != NULL) {
        struct sim_message *next = message->next;
        queue->told -= is_told(message) ? 1 : 0;
        queue->count--;
        free(message);
        message = next;
    }
    queue->last = last;
    if (last == NULL) {
        queue->first = NULL;
    } else {
        last->next = NULL;
    }
}

int sim_link_open(struct sim *sim, struct sim_client *client, int server)
{
    if (sim->link_count == SIM_LINKS) {
        sim_broken(sim, "rest", "the clients connect again and again");
        return -1;
    }
    int at = (int)sim->link_count++;
    sim->link[at] = (struct sim_link){.client = client->number,
                                      .server = server,
                                      .socket = (uint64_t)(client->number + 1) * 1000 +
                                                (uint64_t)++client->tries,
                                      .client_end = true,
                                      .server_end = true};
    push(sim, &sim->link[at], true, SIM_JOIN, "", 0);
    return at;
}

void sim_link_say(struct sim *sim, struct sim_link *link, const char *text, size_t len)
{
    if (!link->half)
        push(sim, link, true, SIM_TEXT, text, len);
}

/* As services/http does: who does not read is told to start again, and nothing else. */
void sim_link_hear(struct sim *sim, struct sim_link *link, uint64_t key, const char *text,
                   size_t len)
{
    static const char slow[] = "{\"t\":\"resync\",\"reason\":\"slow\",\"retry_ms\":200}";
    if (link->half || !link->client_end || (key != 0 && link->down.told > PASSING))
        return;
    push(sim, link, false, SIM_TEXT, text, len);
    if (link->down.told > WAITING) {
        drop(&link->down, 0);
        push(sim, link, false, SIM_TEXT, slow, sizeof slow - 1);
    }
}

void sim_link_cut(struct sim *sim, struct sim_link *link, bool half, uint64_t arg)
{
    drop(&link->up, arg % (link->up.count + 1));
    drop(&link->down, (arg >> 8) % (link->down.count + 1));
    if (half) {
        link->half = true; /* each side waits for the other, until somebody loses patience */
        return;
    }
    if (link->server_end)
        push(sim, link, true, SIM_CLOSE, "", 0);
    if (link->client_end)
        push(sim, link, false, SIM_CLOSE, "", 0);
}

/* The server closes: what it said before still arrives. */
void sim_link_shut(struct sim *sim, struct sim_link *link)
{
    if (link->client_end && !link->half)
        push(sim, link, false, SIM_CLOSE, "", 0);
    sim_link_end(link, false);
}

void sim_link_end(struct sim_link *link, bool at_client)
{
    drop(at_client ? &link->down : &link->up, 0);
    if (at_client) {
        link->client_end = false;
    } else {
        link->server_end = false;
    }
}

static void to_server(struct sim *sim, struct sim_link *link)
{
    struct sim_server *server = &sim->server[link->server];
    struct sim_message *message = pop(&link->up);
    if (server->hub != NULL && link->server_end) {
        if (message->kind == SIM_JOIN) {
            sim_server_join(sim, link);
        } else if (message->kind == SIM_TEXT) {
            sim_server_hear(server, link, message->text, message->len);
        } else {
            ost_collab_leave(server->hub, link->socket);
            sim_link_end(link, false);
        }
        server->turn_at = sim->now;
        server->heard = true;
    }
    free(message);
}

static void to_client(struct sim *sim, struct sim_link *link)
{
    struct sim_client *client = &sim->client[link->client];
    struct sim_message *message = pop(&link->down);
    if (message->kind == SIM_TEXT) {
        sim_client_hear(sim, client, message->text, message->len);
    } else {
        sim_client_lost(sim, client);
    }
    free(message);
}

static bool server_hears(const struct sim *sim, const struct sim_link *link)
{
    const struct sim_server *server = &sim->server[link->server];
    return link->up.first != NULL && link->up.first->due <= sim->now &&
           server->frozen_until <= sim->now;
}

static bool client_hears(const struct sim *sim, const struct sim_link *link)
{
    return link->client_end && link->down.first != NULL && link->down.first->due <= sim->now &&
           link->slow_until <= sim->now;
}

void sim_net_deliver(struct sim *sim)
{
    for (size_t i = 0; i < sim->link_count && !sim->broken.failed; i++) {
        struct sim_link *link = &sim->link[i];
        while (server_hears(sim, link))
            to_server(sim, link);
        while (client_hears(sim, link))
            to_client(sim, link);
    }
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t sim_net_next(const struct sim *sim)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < sim->link_count; i++) {
        const struct sim_link *link = &sim->link[i];
        int64_t up = INT64_MAX, down = INT64_MAX;
        if (link->up.first != NULL)
            up = later(link->up.first->due, sim->server[link->server].frozen_until);
        if (link->client_end && link->down.first != NULL)
            down = later(link->down.first->due, link->slow_until);
        up = down < up ? down : up;
        next = up < next ? up : next;
    }
    return next;
}

void sim_net_end(struct sim *sim)
{
    for (size_t i = 0; i < sim->link_count; i++) {
        drop(&sim->link[i].up, 0);
        drop(&sim->link[i].down, 0);
    }
}
