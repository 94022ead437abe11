/*
 * A whole house of plans in one process: servers with the real hub and the real core,
 * one store, clients with replicas of their own, the network between them and the
 * clocks on the walls. Everything that happens follows from a script, and the script
 * from a seed; what each thing does is decided by numbers of its own, so that a script
 * from which events were taken away still means the same.
 *
 * Times are virtual milliseconds.
 */
#ifndef OST_TESTS_SIM_SIM_H
#define OST_TESTS_SIM_SIM_H

#include "services/collab/room.h"
#include "tests/sim/script.h"

enum {
    SIM_CLIENTS = 6,
    SIM_SERVERS = 2,
    SIM_TX = 800,    /* transactions of one client */
    SIM_LOG = 4096,  /* entries */
    SIM_LINKS = 256, /* sockets over a whole run */
    SIM_ACTIVE_MS = 12000,
    SIM_HEAL_MS = 120000, /* in which everything must have come to rest */
    SIM_LEASE_MS = OST_COLLAB_LEASE_MS,
};

static const char sim_plan[] = "42";

/* --- the world --- */

struct sim_message {
    struct sim_message *next;
    int64_t due;
    enum sim_message_kind { SIM_JOIN, SIM_TEXT, SIM_CLOSE } kind;
    size_t len;
    char text[];
};

struct sim_queue {
    struct sim_message *first, *last;
    int64_t due; /* of the last: nothing overtakes */
    size_t count, told;
    uint64_t sent;
};

struct sim_link {
    int client, server;
    uint64_t socket;
    bool client_end, server_end; /* which side still holds it */
    bool half;
    struct sim_queue up, down;
    int64_t slow_until;
};

struct sim_server {
    struct sim *sim;
    struct ost_collab *hub; /* NULL while it is down */
    int incarnation;
    bool dying; /* what it says from now on is not heard */
    enum sim_kind crash;
    int crash_after; /* frames of the broadcast */
    bool armed, more, heard;
    int64_t restart_at, frozen_until, tick_at, turn_at, offset;
    int64_t busy_since; /* it has wanted another turn ever since, with nothing to hear */
    bool allowed[SIM_CLIENTS];
};

struct sim_record {
    void *body;
    size_t len;
    int64_t seq, n, epoch;
    char client[OST_CLIENT_BYTES + 1];
    unsigned char hash[OST_SHA256_BYTES];
};

struct sim_snapshot {
    void *body;
    size_t len;
    int64_t seq;
};

struct sim_store {
    struct sim_record log[SIM_LOG];
    size_t count;
    struct sim_snapshot snapshot[64];
    size_t snapshot_count;
    int64_t epoch, lease_until;
    int owner; /* server * 1000000 + incarnation; -1 none */
    int64_t fault_until;
    enum sim_kind fault;
    uint64_t loads;
};

enum sim_fate { SIM_PENDING, SIM_ACKED, SIM_REFUSED };

struct sim_tx {
    int64_t n, seq, resend_at;
    enum sim_fate fate;
    bool sent;
    int link;     /* the socket it was sent on last */
    char *text;   /* the message */
    char key[64]; /* "object.property" it sets, if it is one */
};

struct sim_client {
    int number;
    char id[OST_CLIENT_BYTES + 1];
    const char *user;
    enum ost_role role;
    struct ost_plan *base; /* what the server has confirmed, or NULL */
    struct sim_tx tx[SIM_TX];
    size_t tx_count;
    int link; /* or -1 */
    int server, tries, busy;
    bool live, trust;
    int64_t connect_at, hello_at, heard_at;
    bool people; /* heard of since it was last cleared */
};

struct sim {
    const struct sim_script *script;
    int64_t now;
    struct sim_server server[SIM_SERVERS];
    struct sim_store store;
    struct sim_client client[SIM_CLIENTS];
    struct sim_link link[SIM_LINKS];
    size_t link_count;
    bool allowed[SIM_CLIENTS];
    bool healing;
    FILE *trace; /* or NULL */
    struct {
        bool failed;
        char law[24], text[256];
    } broken;
    struct {
        long entries, refused, crashes, appends, undone, snapshots, duplicates;
    } count;
};

/* The first law broken is the one that counts. */
void sim_broken(struct sim *sim, const char *law, const char *fmt, ...) OST_PRINTF(3, 4);
void sim_trace(struct sim *sim, const char *fmt, ...) OST_PRINTF(2, 3);

/* --- store.c --- */

struct ost_collab_store sim_store_for(struct sim_server *server);
void sim_store_begin(struct sim *sim); /* the system's first entry */
void sim_store_end(struct sim *sim);

/* --- net.c --- */

int sim_link_open(struct sim *sim, struct sim_client *client, int server);
void sim_link_say(struct sim *sim, struct sim_link *link, const char *text, size_t len);
void sim_link_hear(struct sim *sim, struct sim_link *link, uint64_t key, const char *text,
                   size_t len);
void sim_link_cut(struct sim *sim, struct sim_link *link, bool half, uint64_t arg);
void sim_link_shut(struct sim *sim, struct sim_link *link);
void sim_link_end(struct sim_link *link, bool at_client);
void sim_net_deliver(struct sim *sim);
int64_t sim_net_next(const struct sim *sim);
void sim_net_end(struct sim *sim);

/* --- server.c --- */

void sim_server_start(struct sim *sim, int number);
void sim_server_kill(struct sim *sim, int number, int64_t restart_at);
void sim_server_step(struct sim *sim, int number);
int64_t sim_server_next(const struct sim_server *server);
void sim_server_join(struct sim *sim, struct sim_link *link);
void sim_server_hear(struct sim_server *server, const struct sim_link *link, const char *text,
                     size_t len);

/* --- client.c, edit.c --- */

void sim_client_begin(struct sim *sim, int number);
void sim_client_end(struct sim_client *client);
void sim_client_hear(struct sim *sim, struct sim_client *client, const char *text, size_t len);
void sim_client_lost(struct sim *sim, struct sim_client *client);
void sim_client_step(struct sim *sim, struct sim_client *client);
int64_t sim_client_next(const struct sim *sim, const struct sim_client *client);
void sim_client_say_hello(struct sim *sim, struct sim_client *client, bool trust);
void sim_client_send(struct sim *sim, struct sim_client *client, struct sim_tx *tx);
void sim_client_edit(struct sim *sim, struct sim_client *client, uint64_t arg);
void sim_client_again(struct sim *sim, struct sim_client *client, uint64_t arg);
bool sim_client_rests(const struct sim_client *client);
bool sim_client_speaks_cbor(const struct sim_client *client); /* else JSON */

/* --- laws.c: what must hold at the end --- */

void sim_laws(struct sim *sim);

/* --- run.c, shrink.c --- */

void sim_run(struct sim *sim, const struct sim_script *script, FILE *trace);
void sim_end(struct sim *sim);
/* The fewest events that still break the same law. */
void sim_shrink(struct sim *sim, struct sim_script *script, const char *law);

#endif
