/* One who speaks JSON and one who speaks CBOR, in one plan. */
#include "recon/plan/twin.h"
#include "services/log/log.h"
#include "tests/check.h"
#include "tests/services/collab/world.h"

enum { JSON = 1, CBOR = 2 };

/* What the second heard is gathered as its JSON; the entries' bytes besides. */
struct pair {
    struct world *w;
    unsigned char ops[4096]; /* the last "ops" as it came */
    size_t ops_len, frames;
};

static struct pair pair;

static void send(void *user, uint64_t socket, uint64_t key, const char *text, size_t len)
{
    struct ost_buf json;
    struct ost_err err;
    (void)user;
    if (socket != CBOR) {
        assert_true(text[0] == '{');
        world_send(pair.w, socket, key, text, len);
        return;
    }
    pair.frames++;
    ost_buf_init(&json, 1 << 20);
    assert_true(ost_twin_json(text, len, &json, &err)); /* deterministic, or it is refused */
    if (memcmp(json.ptr, "{\"t\":\"ops\"", 10) == 0) {
        assert_true(len <= sizeof pair.ops);
        memcpy(pair.ops, text, len);
        pair.ops_len = len;
    }
    world_send(pair.w, socket, key, (const char *)json.ptr, json.len);
    ost_buf_fini(&json);
}

static void say(uint64_t socket, const char *json)
{
    struct ost_buf cbor;
    struct ost_err err;
    if (socket == JSON) {
        ost_collab_message(pair.w->hub, socket, json, strlen(json));
        return;
    }
    ost_buf_init(&cbor, 4096);
    assert_true(ost_twin_cbor(json, strlen(json), &cbor, &err));
    ost_collab_message(pair.w->hub, socket, (const char *)cbor.ptr, cbor.len);
    ost_buf_fini(&cbor);
}

static void turn(void)
{
    pair.w->now += 60;
    while (ost_collab_turn(pair.w->hub))
        pair.w->now++;
}

static const char *heard(uint64_t socket)
{
    return pair.w->heard[socket] == NULL ? "" : pair.w->heard[socket];
}

static void clear(void)
{
    for (uint64_t s = JSON; s <= CBOR; s++) {
        free(pair.w->heard[s]);
        pair.w->heard[s] = NULL;
        pair.w->heard_len[s] = 0;
    }
}

static int begin(void **state)
{
    struct ost_err err;
    struct world *w = calloc(1, sizeof *w);
    (void)state;
    assert_non_null(w);
    ost_log_from(OST_LOG_ERROR);
    pair = (struct pair){.w = w};
    w->plan = 42;
    w->epoch = 1;
    w->now = 1700000000000;
    assert_true(world_start_heard(w, send, &err));
    for (uint64_t s = JSON; s <= CBOR; s++) {
        const struct ost_collab_join join = {.socket = s,
                                             .at = {.institution = 1, .case_id = 7},
                                             .user_id = s == JSON ? "17" : "23",
                                             .name = s == JSON ? "One" : "Two",
                                             .role = OST_ROLE_SURGEON,
                                             .may_edit = true,
                                             .cbor = s == CBOR};
        assert_true(ost_collab_join(w->hub, &join, &err));
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_end(pair.w);
    return 0;
}

#define HELLO_A                                                                                    \
    "{\"t\":\"hello\",\"client\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"seq\":0,\"sum\":null}"
#define HELLO_B                                                                                    \
    "{\"t\":\"hello\",\"client\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\",\"seq\":0,\"sum\":null}"
#define NOTE(n, id)                                                                                \
    "{\"t\":\"op\",\"n\":" n ",\"ops\":[{\"op\":\"create\",\"id\":\"" id                           \
    "\",\"type\":\"note\",\"parent\":\"\",\"order\":\"V\",\"props\":{\"text\":\"x\","              \
    "\"anchor\":[1.5,0.1,-3.0]}}]}"

static void text_after(const char *in, const char *key, char *out, size_t len)
{
    const char *at = NULL;
    for (const char *p = in; (p = strstr(p, key)) != NULL; p++)
        at = p + strlen(key);
    assert_non_null(at);
    memcpy(out, at, len);
    out[len] = '\0';
}

/* The same seq and sum to both, and one plan; in CBOR an entry is the log's own bytes. */
static void both_hear_of_every_edit(void **state)
{
    char a[65], b[65], hash[65];
    unsigned char digest[OST_SHA256_BYTES];
    (void)state;
    say(JSON, HELLO_A);
    say(CBOR, HELLO_B);
    assert_non_null(strstr(heard(CBOR), "\"t\":\"welcome\""));
    clear();
    say(JSON, NOTE("1", "from-json"));
    say(CBOR, NOTE("1", "from-cbor"));
    turn();
    assert_int_equal(pair.w->count, 2);
    for (uint64_t s = JSON; s <= CBOR; s++) {
        assert_non_null(strstr(heard(s), "from-json"));
        assert_non_null(strstr(heard(s), "from-cbor"));
    }
    text_after(heard(JSON), "],\"seq\":2,\"sum\":\"", a, 32);
    text_after(heard(CBOR), "],\"seq\":2,\"sum\":\"", b, 32);
    assert_string_equal(a, b);
    const struct world_body *body = pair.w->body;
    const unsigned char *at = pair.ops + 1 + 2 + 4 + 4 + 1; /* {"t":"ops","ops":[ */
    for (int i = 0; i < 2; i++) {
        assert_memory_equal(at, body[i].ptr, body[i].len);
        at += body[i].len;
    }
    ost_sha256_of(body[1].ptr, body[1].len, digest);
    ost_sha256_hex(digest, hash);
    text_after(heard(JSON), "\"hash\":\"", a, 64);
    assert_string_equal(a, hash);
    assert_null(strstr(heard(CBOR), "\"hash\":\"")); /* it is that of the bytes */
}

/* Whoever comes back is told in his own form of what was first said in the other. */
static void who_comes_back_is_told_in_his_form(void **state)
{
    char sum[33], hello[256];
    (void)state;
    say(JSON, HELLO_A);
    say(JSON, NOTE("1", "one"));
    turn();
    text_after(heard(JSON), "],\"seq\":1,\"sum\":\"", sum, 32);
    say(JSON, NOTE("2", "two"));
    turn();
    clear();
    (void)snprintf(hello, sizeof hello,
                   "{\"t\":\"hello\",\"client\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\",\"seq\":1,"
                   "\"sum\":\"%s\"}",
                   sum);
    say(CBOR, hello);
    const char *welcome = strstr(heard(CBOR), "\"t\":\"welcome\"");
    assert_non_null(welcome);
    assert_non_null(strstr(welcome, "\"id\":\"two\""));
    assert_null(strstr(welcome, "\"id\":\"one\""));
    assert_non_null(strstr(welcome, "\"snapshot\":null"));
    clear();
    say(CBOR, HELLO_B);
    assert_non_null(strstr(heard(CBOR), "\"snapshot\":{"));
    assert_non_null(strstr(heard(CBOR), "\"id\":\"one\"") == NULL ? strstr(heard(CBOR), "\"one\":{")
                                                                  : heard(CBOR));
}

/* Refusals, people, drags and news are told in CBOR too; what is broken is refused, once. */
static void everything_else_has_its_twin(void **state)
{
    static const char news[] = "{\"t\":\"job\",\"job\":{\"id\":1,\"progress\":0.5}}";
    (void)state;
    say(JSON, HELLO_A);
    say(CBOR, HELLO_B);
    say(JSON, NOTE("1", "dragged"));
    turn();
    assert_non_null(strstr(heard(CBOR), "\"t\":\"people\""));
    say(JSON, "{\"t\":\"drag\",\"object\":\"dragged\",\"property\":\"anchor\",\"value\":[1,2,3]}");
    assert_non_null(strstr(heard(CBOR), "\"t\":\"drag\""));
    ost_collab_notify(pair.w->hub, 7, news, sizeof news - 1);
    assert_non_null(strstr(heard(CBOR), "\"t\":\"job\""));
    clear();
    say(CBOR, "{\"t\":\"op\",\"n\":1,\"ops\":[{\"op\":\"remove\",\"object\":\"nothing\"}]}");
    turn();
    assert_non_null(strstr(heard(CBOR), "\"t\":\"refused\""));
    assert_string_equal(heard(JSON), "");
    clear();
    ost_collab_message(pair.w->hub, CBOR, "{\"t\":\"undo\",\"n\":2}", 18); /* JSON is no CBOR */
    assert_non_null(strstr(heard(CBOR), "\"code\":\"corrupt\""));
    ost_collab_message(pair.w->hub, JSON,
                       "\xa1\x61t\x63"
                       "bye",
                       7);
    assert_non_null(strstr(heard(JSON), "\"t\":\"refused\""));
}

/* In a room where nobody speaks it nothing is made in it. */
static void alone_each_form_goes_its_way(void **state)
{
    (void)state;
    say(JSON, HELLO_A);
    turn();
    size_t before = pair.frames;
    ost_collab_leave(pair.w->hub, CBOR);
    say(JSON, NOTE("1", "alone"));
    turn();
    assert_int_equal(pair.frames, before);
    assert_non_null(strstr(heard(JSON), "\"id\":\"alone\""));
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test_setup_teardown(both_hear_of_every_edit, begin, end),
        cmocka_unit_test_setup_teardown(who_comes_back_is_told_in_his_form, begin, end),
        cmocka_unit_test_setup_teardown(everything_else_has_its_twin, begin, end),
        cmocka_unit_test_setup_teardown(alone_each_form_goes_its_way, begin, end),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
