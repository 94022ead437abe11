/*
 * Whose transactions are known up to which one. A snapshot lists for each person id, n, seq,
 * id, n, seq, ... in the order of the ids. A thousand pages are most of a small plan, so an id
 * of 32 hexadecimal digits is written as its 128 bits in base64url (RFC 4648 section 5, without
 * padding), 22 digits.
 */
#include "recon/plan/clients_impl.h"

#include <stdlib.h>
#include <string.h>

enum { OST_PACKED = 22, OST_ID_BITS = 128 };

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char digits16[] = "0123456789abcdef";

/* Bits of the id from `at` on, of four a digit; beyond the last, zeros. */
static unsigned bits_at(const char *id, unsigned at, unsigned count)
{
    unsigned v = 0;
    for (unsigned i = at; i < at + count; i++) {
        unsigned digit = i < OST_ID_BITS ? (unsigned)(strchr(digits16, id[i / 4]) - digits16) : 0;
        v = v << 1 | (digit >> (3 - i % 4) & 1);
    }
    return v;
}

static void pack(const char *id, char out[OST_PACKED + 1])
{
    for (unsigned i = 0; i < OST_PACKED; i++)
        out[i] = digits64[bits_at(id, 6 * i, 6)];
    out[OST_PACKED] = '\0';
}

static bool unpack(const char *text, char out[OST_CLIENT_BYTES + 1])
{
    unsigned value[OST_PACKED];
    if (strlen(text) != OST_PACKED || strspn(text, digits64) != OST_PACKED)
        return false;
    for (unsigned i = 0; i < OST_PACKED; i++)
        value[i] = (unsigned)(strchr(digits64, text[i]) - digits64);
    if ((value[OST_PACKED - 1] & 15) != 0) /* the last digit holds two bits */
        return false;
    for (unsigned i = 0; i < OST_CLIENT_BYTES; i++) {
        unsigned four = 0;
        for (unsigned at = 4 * i; at < 4 * i + 4; at++)
            four = four << 1 | (value[at / 6] >> (5 - at % 6) & 1);
        out[i] = digits16[four];
    }
    out[OST_CLIENT_BYTES] = '\0';
    return true;
}

/* Pages by the hundred write in one plan, and each is looked up with each transaction. */
static size_t bucket_of(const char *id)
{
    static const unsigned char key[OST_SIPHASH_KEY_BYTES] = "osteon client";
    return (size_t)(ost_siphash(key, id, strlen(id)).low % OST_CLIENT_BUCKETS);
}

struct client *ost_plan_client(const struct ost_plan *plan, const char *id)
{
    for (unsigned at = plan->client_bucket[bucket_of(id)]; at != 0;) {
        struct client *client = &plan->client[at - 1];
        if (strcmp(client->id, id) == 0)
            return client;
        at = client->next;
    }
    return NULL;
}

static bool client_room(struct ost_plan *plan, struct ost_err *err)
{
    return ost_plan_room((void **)&plan->client, sizeof *plan->client, plan->client_count,
                         &plan->client_room, OST_PLAN_CLIENTS, err);
}

static struct client *client_put(struct ost_plan *plan, size_t index, const char *id)
{
    uint16_t *first = &plan->client_bucket[bucket_of(id)];
    struct client *client = &plan->client[index];
    *client = (struct client){.next = *first};
    memcpy(client->id, id, strlen(id));
    *first = (uint16_t)(index + 1);
    return client;
}

static void client_take(struct ost_plan *plan, size_t index)
{
    uint16_t *at = &plan->client_bucket[bucket_of(plan->client[index].id)];
    while (*at != index + 1)
        at = &plan->client[*at - 1].next;
    *at = plan->client[index].next;
}

static size_t longest_silent(const struct ost_plan *plan)
{
    size_t oldest = 0;
    for (size_t i = 1; i < plan->client_count; i++) {
        if (plan->client[i].seq < plan->client[oldest].seq)
            oldest = i;
    }
    return oldest;
}

struct client *ost_plan_client_for(struct ost_plan *plan, const char *id, struct ost_err *err)
{
    struct client *client = ost_plan_client(plan, id);
    size_t index = plan->client_count;
    if (client != NULL)
        return client;
    if (index == OST_PLAN_CLIENTS) {
        index = longest_silent(plan);
        client_take(plan, index);
    } else if (client_room(plan, err)) {
        plan->client_count++;
    } else {
        return NULL;
    }
    return client_put(plan, index, id);
}

static int by_id(const void *a, const void *b)
{
    const struct client *x = *(const struct client *const *)a;
    const struct client *y = *(const struct client *const *)b;
    return ost_key_order(x->id, y->id);
}

static void write_of(struct ost_sink *sink, const struct client *const *client, size_t count,
                     int by, size_t own)
{
    char id[OST_PACKED + 1];
    ost_sink_list(sink, 3 * own);
    for (size_t i = 0; i < count; i++) {
        if (client[i]->by != by)
            continue;
        pack(client[i]->id, id);
        ost_sink_text(sink, id);
        ost_sink_integer(sink, client[i]->n);
        ost_sink_integer(sink, client[i]->seq);
    }
}

bool ost_plan_clients_write(const struct ost_plan *plan, const size_t *people,
                            struct ost_sink *sink)
{
    size_t count = plan->client_count, writers = 0;
    const struct client **client = calloc(count + 1, sizeof(struct client *));
    size_t *own = calloc((size_t)plan->person_count + 1, sizeof *own);
    bool ok = client != NULL && own != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        client[i] = &plan->client[i];
        writers += own[plan->client[i].by]++ == 0 ? 1 : 0;
    }
    if (ok) {
        qsort((void *)client, count, sizeof *client, by_id);
        ost_sink_map(sink, writers);
    }
    for (size_t i = 0; ok && i < (size_t)plan->person_count; i++) {
        size_t by = people[i];
        if (own[by] == 0)
            continue;
        ost_sink_key(sink, plan->person[by].id);
        write_of(sink, client, count, (int)by, own[by]);
    }
    free((void *)client);
    free(own);
    return ok;
}

bool ost_plan_client_add(struct ost_plan *plan, const char *id, struct client **out,
                         struct ost_err *err)
{
    if (strlen(id) != OST_CLIENT_BYTES || strspn(id, digits16) != OST_CLIENT_BYTES ||
        ost_plan_last_n(plan, id) != 0)
        return ost_fail(err, OST_CORRUPT, "a client is given wrongly");
    if (!client_room(plan, err))
        return false;
    *out = client_put(plan, plan->client_count++, id);
    return true;
}

bool ost_plan_clients_read(struct ost_plan *plan, const struct ost_tree *node, struct ost_err *err)
{
    int by = ost_plan_person(plan, node->key);
    if (by < 0 || node->count % 3 != 0)
        return ost_fail(err, OST_CORRUPT, "the clients of nobody, or not in threes");
    for (const struct ost_tree *at = node->first; at != NULL; at = at->next->next->next) {
        char id[OST_CLIENT_BYTES + 1];
        const char *text = NULL;
        struct client *client = NULL;
        if (!ost_tree_text(at, "client", OST_PACKED, &text, err))
            return false;
        if (!unpack(text, id))
            return ost_fail(err, OST_CORRUPT, "a client is given wrongly");
        if (!ost_plan_client_add(plan, id, &client, err) ||
            !ost_tree_integer(at->next, "n", 1, &client->n, err) ||
            !ost_tree_integer(at->next->next, "seq", 1, &client->seq, err))
            return false;
        client->by = by;
    }
    return true;
}
