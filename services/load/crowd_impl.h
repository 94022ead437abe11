/* How a crowd lies in memory, for the files that drive, connect and listen. */
#ifndef OST_LOAD_CROWD_IMPL_H
#define OST_LOAD_CROWD_IMPL_H

#include "services/load/crowd.h"
#include "services/load/frame.h"

#include <openssl/ssl.h>

OST_C_BEGIN

enum { OST_LOAD_READ = 256 * 1024 };

enum client_state {
    OST_CLIENT_GONE,
    OST_CLIENT_CONNECTING,
    OST_CLIENT_SHAKING,   /* TLS */
    OST_CLIENT_UPGRADING, /* waits for the 101 */
    OST_CLIENT_GREETING,  /* waits for the welcome */
    OST_CLIENT_READY,
};

struct load_client {
    struct ost_load_seat seat;
    int fd;
    SSL *tls; /* NULL without TLS */
    enum client_state state;
    bool listens;    /* looks into what it hears */
    bool asks_write; /* epoll is to say when it can be written to */
    char id[OST_LOAD_CLIENT];
    char ticket[OST_AUTH_TOKEN];
    char sum[33];       /* at `seq`; "" for none */
    int64_t seq;        /* the last entry it holds */
    int64_t n;          /* its last operation, of this and earlier runs */
    struct ost_buf out; /* bytes the socket has not taken yet */
    size_t out_sent;
    struct ost_buf head; /* of the answer to the upgrade */
    struct ost_ws_reader in;
};

struct sample {
    float *ms; /* owned */
    size_t count, room;
};

struct ost_load_crowd {
    struct ost_load_world *world; /* borrowed */
    struct load_client *client;   /* owned */
    size_t count, ready;
    uint64_t run; /* tells this crowd's clients and objects from another's */
    int epoll;
    SSL_CTX *tls;
    unsigned char *scratch; /* OST_LOAD_READ bytes */
    /* The run that is on: */
    double began, gap_s; /* s; of operation 0; between two */
    int64_t base;        /* n of the first operation of each client, less 1 */
    size_t warm_ops;
    double heard; /* when the bytes at hand were read */
    char why[96]; /* the first client was lost, as far as it was told; "" */
    struct sample sample;
    struct ost_load_result result;
};

/* --- connect.c --- */

OST_MUST_CHECK
bool ost_load_client_connect(struct ost_load_crowd *crowd, size_t index, struct ost_err *err);
void ost_load_client_close(struct ost_load_crowd *crowd, struct load_client *client);

/* Queues bytes and sends what the socket takes; false where it is gone. */
bool ost_load_client_send(struct ost_load_crowd *crowd, struct load_client *client,
                          const void *bytes, size_t len);

/* What epoll said of a client. */
void ost_load_client_step(struct ost_load_crowd *crowd, size_t index, uint32_t events);

/* --- hear.c --- */

/* A message or control frame of the server; an ost_ws_heard. */
struct hearing {
    struct ost_load_crowd *crowd;
    struct load_client *client;
};
bool ost_load_hear(void *user, enum ost_ws_opcode opcode, const unsigned char *payload, size_t len,
                   struct ost_err *err);

OST_C_END

#endif
