/* What the server says, read for counting: who looks closer than that is told to. */
#include "services/load/crowd_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIND(text, len, needle) find(text, len, needle, sizeof(needle) - 1)

static const char *find(const char *text, size_t len, const char *needle, size_t needle_len)
{
    return memmem(text, len, needle, needle_len);
}

/* The last place of `needle`, searched from the end. */
static const char *find_last(const char *text, size_t len, const char *needle)
{
    size_t n = strlen(needle);
    for (size_t at = len < n ? 0 : len - n + 1; at-- > 0;) {
        if (text[at] == needle[0] && memcmp(text + at, needle, n) == 0)
            return text + at;
    }
    return NULL;
}

static int64_t number_at(const char *text, const char *end)
{
    int64_t n = 0;
    while (text < end && *text >= '0' && *text <= '9' && n < INT64_MAX / 16)
        n = 10 * n + (*text++ - '0');
    return n;
}

static void keep(struct sample *sample, double ms)
{
    if (sample->count == sample->room) {
        size_t room = sample->room == 0 ? 65536 : sample->room * 2;
        float *grown = realloc(sample->ms, room * sizeof *grown);
        if (grown == NULL)
            return;
        sample->ms = grown;
        sample->room = room;
    }
    sample->ms[sample->count++] = (float)ms;
}

/* Entry `n` of the client with this id: how long since it should have been sent. */
static void time_entry(struct ost_load_crowd *crowd, const char *id, int64_t n)
{
    char digits[9] = {0};
    memcpy(digits, id, 8);
    size_t index = strtoul(digits, NULL, 16);
    if (index >= crowd->count || n <= crowd->base ||
        memcmp(id, crowd->client[index].id, OST_LOAD_CLIENT - 1) != 0)
        return;
    size_t k = (size_t)(n - crowd->base - 1) * crowd->count + index;
    if (k < crowd->warm_ops)
        return;
    keep(&crowd->sample, 1e3 * (crowd->heard - crowd->began - (double)k * crowd->gap_s));
}

/* Every entry of a message begins with its n and ends with its client. */
static void time_entries(struct ost_load_crowd *crowd, const char *text, size_t len)
{
    const char *end = text + len, *at = text;
    while ((at = FIND(at, (size_t)(end - at), "{\"n\":")) != NULL) {
        const char *client = FIND(at, (size_t)(end - at), "\"client\":\"");
        if (client == NULL || end - client < 10 + OST_LOAD_CLIENT)
            return;
        time_entry(crowd, client + 10, number_at(at + 5, end));
        at = client;
    }
}

static void take_sum(struct load_client *client, const char *at, const char *end)
{
    const char *sum = FIND(at, (size_t)(end - at), "\"sum\":\"");
    if (sum == NULL || end - sum < 7 + 32)
        return;
    memcpy(client->sum, sum + 7, 32);
    client->sum[32] = '\0';
}

static void take_ops(struct ost_load_crowd *crowd, struct load_client *client, const char *text,
                     size_t len)
{
    static const char tail[] = "],\"seq\":";
    const char *at = find_last(text, len, tail);
    if (at == NULL)
        return;
    int64_t seq = number_at(at + sizeof tail - 1, text + len);
    if (seq <= client->seq)
        return;
    crowd->result.deliveries += (size_t)(seq - client->seq);
    client->seq = seq;
    take_sum(client, at, text + len);
    if (client->listens)
        time_entries(crowd, text, len);
}

static void take_welcome(struct ost_load_crowd *crowd, struct load_client *client, const char *text,
                         size_t len)
{
    const char *plan = FIND(text, len, "\"plan\":");
    const char *seq = plan == NULL ? NULL : FIND(plan, (size_t)(text + len - plan), "\"seq\":");
    if (seq == NULL)
        return;
    client->seq = number_at(seq + 6, text + len);
    take_sum(client, seq, text + len);
    client->state = OST_CLIENT_READY;
    crowd->ready++;
}

static bool begins(const char *text, size_t len, const char *with)
{
    size_t n = strlen(with);
    return (len > n && memcmp(text, with, n) == 0) ||
           (len > n + 1 && text[0] == '[' && memcmp(text + 1, with, n) == 0);
}

static void take_text(struct ost_load_crowd *crowd, struct load_client *client, const char *text,
                      size_t len)
{
    if (client->state == OST_CLIENT_GREETING && FIND(text, len, "\"t\":\"welcome\"") != NULL) {
        take_welcome(crowd, client, text, len);
        return;
    }
    if (begins(text, len, "{\"t\":\"refused\"") ||
        (client->listens && FIND(text, len, "{\"t\":\"refused\"") != NULL))
        crowd->result.refused++;
    if (begins(text, len, "{\"t\":\"resync\"") ||
        (client->listens && FIND(text, len, "{\"t\":\"resync\"") != NULL))
        crowd->result.resyncs++;
    if (client->state == OST_CLIENT_READY)
        take_ops(crowd, client, text, len);
}

bool ost_load_hear(void *user, enum ost_ws_opcode opcode, const unsigned char *payload, size_t len,
                   struct ost_err *err)
{
    const struct hearing *hearing = user;
    struct ost_load_crowd *crowd = hearing->crowd;
    if (opcode == OST_WS_TEXT) {
        take_text(crowd, hearing->client, (const char *)payload, len);
    } else if (opcode == OST_WS_PING) {
        static const unsigned char mask[4] = {1, 2, 3, 4};
        struct ost_buf pong;
        ost_buf_init(&pong, 256);
        ost_ws_put(&pong, OST_WS_PONG, mask, payload, len);
        bool sent = ost_load_client_send(crowd, hearing->client, pong.ptr, pong.len);
        ost_buf_fini(&pong);
        return sent || ost_fail(err, OST_UNAVAILABLE, "the socket is gone");
    } else if (opcode == OST_WS_CLOSE) {
        return ost_fail(err, OST_UNAVAILABLE, "closed with %d: %.*s",
                        len < 2 ? 0 : payload[0] << 8 | payload[1], len < 2 ? 0 : (int)len - 2,
                        len < 2 ? "" : (const char *)payload + 2);
    }
    return true;
}
