/* What clients do: mostly sensible, some of it stale, forbidden or nonsense. */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1024 };

/* The rev of a property as this client would name it: its own unanswered edit, or what it saw. */
static int64_t rev_of(const struct sim_client *client, const char *object, const char *property)
{
    char key[64];
    (void)snprintf(key, sizeof key, "%s.%s", object, property);
    for (size_t i = client->tx_count; i-- > 0;) {
        const struct sim_tx *tx = &client->tx[i];
        if (tx->fate == SIM_PENDING && strcmp(tx->key, key) == 0)
            return -tx->n;
    }
    if (client->base == NULL)
        return 0;
    return ost_plan_property_view(client->base, ost_plan_find(client->base, object), property).rev;
}

static void add(struct sim *sim, struct sim_client *client, const char *kind, const char *rest,
                const char *key)
{
    char text[TEXT + 64];
    if (client->tx_count == SIM_TX)
        return;
    struct sim_tx *tx = &client->tx[client->tx_count++];
    *tx = (struct sim_tx){.n = (int64_t)client->tx_count, .resend_at = INT64_MAX};
    (void)snprintf(text, sizeof text, "{\"t\":\"%s\",\"n\":%" PRId64 "%s}", kind, tx->n, rest);
    (void)snprintf(tx->key, sizeof tx->key, "%s", key);
    tx->text = strdup(text);
    if (tx->text == NULL)
        abort();
    sim_trace(sim, "client %d does %s", client->number, text);
    if (client->live) {
        client->heard_at = sim->now;
        sim_client_send(sim, client, tx);
    }
}

static void add_set(struct sim *sim, struct sim_client *client, const char *const at[2],
                    const char *value, uint64_t dice)
{
    char rest[TEXT], key[64];
    int64_t rev = rev_of(client, at[0], at[1]);
    rev = dice % 16 == 0 && rev > 0 ? rev - 1 : rev; /* of long ago */
    (void)snprintf(rest, sizeof rest,
                   ",\"ops\":[{\"op\":\"set\",\"object\":\"%s\",\"property\":\"%s\",\"value\":%s,"
                   "\"base\":%" PRId64 "}]",
                   at[0], at[1], value, rev);
    (void)snprintf(key, sizeof key, "%s.%s", at[0], at[1]);
    add(sim, client, "op", rest, key);
}

static void set_something(struct sim *sim, struct sim_client *client, uint64_t dice)
{
    static const char *const at[][2] = {
        {"cut", "kerf_mm"}, {"cut", "point"},         {"cut", "kind"},   {"lip", "position"},
        {"note0", "text"},  {"fragment", "motion"},   {"note1", "text"}, {"cut", "normal"},
        {"note2", "on"},    {"fragment", "osteotomy"}};
    char value[TEXT / 4];
    int a = (int)(dice >> 8 & 15), which = (int)(dice >> 16 & 0xFFFF) % 10;
    switch (which) {
    case 0:
        (void)snprintf(value, sizeof value, "%d.%d", a / 7, a);
        break;
    case 1:
    case 3:
        (void)snprintf(value, sizeof value, "[%d,%d.5,20]", a, -a);
        break;
    case 2:
        (void)snprintf(value, sizeof value, "\"%s\"", a < 8 ? "opening" : "closing");
        break;
    case 5:
        (void)snprintf(value, sizeof value, "{\"r\":[1,0,0,0,1,0,0,0,1],\"t\":[%d,0,%d]}", a, -a);
        break;
    case 7:
        (void)snprintf(value, sizeof value, "%s", a < 8 ? "[0,0.6,-0.8]" : "[0,0,-1]");
        break;
    case 8:
        (void)snprintf(value, sizeof value, "%s", a < 8 ? "\"cut\"" : "\"note0\"");
        break;
    case 9:
        (void)snprintf(value, sizeof value, "%s", a < 8 ? "\"cut\"" : "null");
        break;
    default:
        (void)snprintf(value, sizeof value, "\"text %d \\u9aa8\"", a);
        break;
    }
    add_set(sim, client, at[which], value, dice >> 32);
}

static void shape_something(struct sim *sim, struct sim_client *client, uint64_t dice)
{
    static const char *const id[] = {"note0", "note1", "note2", "note3", "screw0", "fragment"};
    char rest[TEXT];
    const char *object = id[(dice >> 8) % 6], *parent = id[(dice >> 16) % 5];
    switch (dice % 5) {
    case 0:
    case 1:
        (void)snprintf(rest, sizeof rest,
                       ",\"ops\":[{\"op\":\"create\",\"id\":\"%s\",\"type\":\"note\",\"parent\":"
                       "\"%s\",\"order\":\"V\",\"props\":{\"text\":\"by %d\"}}]",
                       id[(dice >> 8) % 4], (dice >> 24) % 2 == 0 ? "" : parent, client->number);
        break;
    case 2:
        (void)snprintf(rest, sizeof rest, ",\"ops\":[{\"op\":\"remove\",\"object\":\"%s\"}]",
                       object);
        break;
    case 3:
        (void)snprintf(rest, sizeof rest, ",\"ops\":[{\"op\":\"restore\",\"object\":\"%s\"}]",
                       object);
        break;
    default:
        (void)snprintf(
            rest, sizeof rest,
            ",\"ops\":[{\"op\":\"move\",\"object\":\"%s\",\"parent\":\"%s\",\"order\":\"%c\"}]",
            object, (dice >> 24) % 2 == 0 ? "" : parent, 'B' + (char)(dice >> 32 & 15));
        break;
    }
    add(sim, client, "op", rest, "");
}

/* All together or not at all, and only while nobody else moved the cut. */
static void several(struct sim *sim, struct sim_client *client, uint64_t dice)
{
    char rest[TEXT];
    (void)snprintf(
        rest, sizeof rest,
        ",\"ops\":[{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":0.%d},"
        "{\"op\":\"create\",\"id\":\"note-%d-%zu\",\"type\":\"note\",\"props\":{\"text\":\"s\"}},"
        "{\"op\":\"set\",\"object\":\"%s\",\"property\":\"text\",\"value\":\"s\"}],"
        "\"pre\":[{\"object\":\"cut\",\"property\":\"point\",\"rev\":%" PRId64 "}]",
        (int)(dice % 9), client->number, client->tx_count,
        (dice >> 8) % 3 == 0 ? "nobody" : "note0", rev_of(client, "cut", "point"));
    add(sim, client, "op", rest, "");
}

/* Mostly the next step or a draft again, now and then whatever. */
static const char *tag_kind(const struct sim_client *client, uint64_t dice)
{
    static const char *const kind[] = {"draft",        "proposed", "approved", "released",
                                       "manufactured", "used",     "checked",  "version"};
    enum ost_review review = ost_plan_review(client->base);
    if (dice % 8 == 0)
        return kind[(dice >> 8) % 8];
    if (review == OST_REVIEW_CHECKED || (review != OST_REVIEW_DRAFT && dice % 8 < 5))
        return "draft";
    return kind[review + 1];
}

static void tag(struct sim *sim, struct sim_client *client, uint64_t dice)
{
    char rest[TEXT], hash[OST_SHA256_HEX] = "";
    struct ost_err err;
    if (client->base == NULL || !ost_plan_hash(client->base, hash, &err))
        return;
    (void)snprintf(
        rest, sizeof rest,
        ",\"ops\":[{\"op\":\"tag\",\"name\":\"v-%d-%zu\",\"kind\":\"%s\",\"hash\":\"%s\"}]",
        client->number, client->tx_count, tag_kind(client, dice), hash);
    add(sim, client, "op", rest, "");
}

static void forbidden(struct sim *sim, struct sim_client *client, uint64_t dice)
{
    static const char *const rest[] = {
        ",\"ops\":[{\"op\":\"set\",\"object\":\"lip\",\"property\":\"sd_mm\",\"value\":0.1}]",
        ",\"ops\":[{\"op\":\"remove\",\"object\":\"radius\"}]",
        ",\"ops\":[{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":99}]",
        ",\"ops\":[]",
        ",\"ops\":[{\"op\":\"create\",\"id\":\"b\",\"type\":\"bone\",\"props\":{}}]",
        ",\"ops\":[{\"op\":\"set\",\"object\":\"cut\",\"property\":\"point\",\"value\":[0,0,1]}]"};
    add(sim, client, "op", rest[dice % 6], "");
}

static void passing(struct sim *sim, struct sim_client *client, uint64_t dice)
{
    static const char *const text[] = {
        "{\"t\":\"presence\",\"camera\":[1,2,3],\"selection\":\"cut\",\"tool\":\"cut\"}",
        "{\"t\":\"drag\",\"object\":\"cut\",\"property\":\"point\",\"value\":[0,0,9]}",
        "{\"t\":\"op\",\"n\":0,\"ops\":[]}",
        "{\"t\":\"nothing\"}",
        "[{\"t\":\"presence\"},3,{}]",
        "{\"t\":\"op\""};
    const char *one = text[dice % 6];
    if (client->link >= 0)
        sim_link_say(sim, &sim->link[client->link], one, strlen(one));
}

void sim_client_edit(struct sim *sim, struct sim_client *client, uint64_t arg)
{
    uint64_t dice = sim_mix(arg);
    int roll = (int)(arg % 100);
    /* Where nothing can be changed, somebody soon opens it again. */
    if (client->base != NULL && ost_plan_review(client->base) != OST_REVIEW_DRAFT && dice % 3 == 0)
        roll = 86;
    if (roll < 42) {
        set_something(sim, client, dice);
    } else if (roll < 62) {
        shape_something(sim, client, dice);
    } else if (roll < 74) {
        add(sim, client, "undo", "", "");
    } else if (roll < 80) {
        add(sim, client, "redo", "", "");
    } else if (roll < 85) {
        several(sim, client, dice);
    } else if (roll < 89) {
        tag(sim, client, dice);
    } else if (roll < 93) {
        forbidden(sim, client, dice);
    } else {
        passing(sim, client, dice);
    }
}

/* On the socket it went out on, whatever became of it: over a new one a client sends only what
 * has no answer yet. */
void sim_client_again(struct sim *sim, struct sim_client *client, uint64_t arg)
{
    if (client->link < 0 || !client->live || client->tx_count == 0)
        return;
    size_t last = client->tx_count < 6 ? client->tx_count : 6;
    const struct sim_tx *tx = &client->tx[client->tx_count - 1 - (size_t)(arg % last)];
    if (!tx->sent || tx->link != client->link)
        return;
    sim->count.duplicates++;
    sim_trace(sim, "client %d sends again %s", client->number, tx->text);
    sim_link_say(sim, &sim->link[client->link], tx->text, strlen(tx->text));
}
