#include "recon/base/rng.h"
#include "recon/plan/order.h"
#include "tests/recon/plan/drive.h"

#include <stdlib.h>

static void some_history(struct drive *d)
{
    char hash[OST_SHA256_HEX], ops[256];
    drive_fragment(d);
    assert_int_equal(drive(d, ENGINEER, 2,
                           "{\"op\":\"create\",\"id\":\"n1\",\"type\":\"note\",\"props\":{"
                           "\"text\":\"\xe9\xaa\xa8 \\\"cut\\\"\\n\",\"on\":\"cut\",\"anchor\":"
                           "[0.1,-1e-7,3]}},"
                           "{\"op\":\"set\",\"object\":\"fragment\",\"property\":\"motion\","
                           "\"base\":1,\"value\":" LIFTED "}"),
                     OST_OK);
    assert_int_equal(drive(d, SURGEON, 1, "{\"op\":\"remove\",\"object\":\"n1\"}"), OST_OK);
    assert_true(ost_plan_hash(d->plan, hash, &d->err));
    (void)snprintf(ops, sizeof ops,
                   "{\"op\":\"tag\",\"name\":\"p1\",\"kind\":\"proposed\",\"hash\":\"%s\","
                   "\"said\":\"\xe9\xaa\xa8\"}",
                   hash);
    assert_int_equal(drive(d, ENGINEER, 2, ops), OST_OK);
    (void)snprintf(ops, sizeof ops,
                   "{\"op\":\"tag\",\"name\":\"v1\",\"kind\":\"approved\",\"hash\":\"%s\"}", hash);
    assert_int_equal(drive(d, SURGEON, 1, ops), OST_OK);
}

static void assert_same_plan(const struct ost_plan *a, const struct ost_plan *b)
{
    struct ost_buf x, y;
    ost_buf_init(&x, OST_PLAN_BYTES);
    ost_buf_init(&y, OST_PLAN_BYTES);
    assert_true(ost_plan_write(a, OST_FORM_CBOR, &x, NULL));
    assert_true(ost_plan_write(b, OST_FORM_CBOR, &y, NULL));
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.ptr, y.ptr, x.len);
    ost_buf_fini(&x);
    ost_buf_fini(&y);
}

static void a_snapshot_in_either_form_is_the_same_plan(void **state)
{
    (void)state;
    struct drive d;
    some_history(&d);
    for (int form = 0; form < 2; form++) {
        struct ost_buf buf;
        struct ost_plan *again = NULL;
        ost_buf_init(&buf, OST_PLAN_BYTES);
        assert_true(ost_plan_write(d.plan, (enum ost_form)form, &buf, &d.err));
        assert_true(ost_plan_read(buf.ptr, buf.len, (enum ost_form)form, &again, &d.err));
        assert_same_plan(d.plan, again);
        ost_plan_destroy(again);
        ost_buf_fini(&buf);
    }
    struct ost_plan *copy = NULL;
    assert_true(ost_plan_copy(d.plan, &copy, &d.err));
    assert_same_plan(d.plan, copy);
    ost_plan_destroy(copy);
    drive_end(&d);
}

static int64_t last_n_of(const char *path, enum ost_form form, const char *client)
{
    static unsigned char bytes[16384];
    struct ost_plan *plan = NULL;
    struct ost_err err;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    assert_true(len > 1); /* the first byte tells the fuzzer what follows */
    if (!ost_plan_read(bytes + 1, len - 1, form, &plan, &err))
        fail_msg("%s", err.msg);
    int64_t n = ost_plan_last_n(plan, client);
    ost_plan_destroy(plan);
    return n;
}

/* Databases and pages hold some that were written before clients stood by their people. */
static void an_older_snapshot_is_read(void **state)
{
    (void)state;
    static const char one[] = "11111111111111111111111111111111";
    assert_int_equal(
        last_n_of("tests/fuzz/plan/corpus/two_people-snapshot-cbor", OST_FORM_CBOR, one), 5);
    assert_int_equal(
        last_n_of("tests/fuzz/plan/corpus/two_people-snapshot-json", OST_FORM_JSON, one), 5);
}

/* More pages than a plan remembers, of two people: the newest are known, each up to its own n. */
static void a_thousand_clients_are_read_back(void **state)
{
    enum { FORGOTTEN = 300, CLIENTS = OST_PLAN_CLIENTS + FORGOTTEN };
    (void)state;
    struct drive d;
    struct ost_buf buf;
    struct ost_plan *again = NULL;
    static char client[CLIENTS][33];
    drive_fragment(&d);
    assert_int_equal(
        drive(&d, SURGEON, 1,
              "{\"op\":\"create\",\"id\":\"n1\",\"type\":\"note\",\"props\":{\"text\":\"t\"}}"),
        OST_OK);
    for (unsigned i = 0; i < CLIENTS; i++) {
        char json[512];
        (void)snprintf(client[i], sizeof client[i], "%08x%016x%08x", i * 2654435761u, i,
                       ~i * 40503u);
        (void)snprintf(json, sizeof json,
                       "{\"by\":{%s},\"client\":\"%.32s\",\"n\":%u,\"at\":1,\"ops\":[{\"op\":"
                       "\"set\",\"object\":\"n1\",\"property\":\"text\",\"value\":\"%u\"}]}",
                       i % 3 == 0 ? ENGINEER : SURGEON, client[i], 1 + i % 7, i);
        assert_int_equal(drive_text(&d, json), OST_OK);
    }
    for (int form = 0; form < 2; form++) {
        ost_buf_init(&buf, OST_PLAN_BYTES);
        assert_true(ost_plan_write(d.plan, (enum ost_form)form, &buf, &d.err));
        assert_true(ost_plan_read(buf.ptr, buf.len, (enum ost_form)form, &again, &d.err));
        for (unsigned i = 0; i < CLIENTS; i++) {
            int64_t n = i < FORGOTTEN ? 0 : 1 + i % 7;
            assert_int_equal(ost_plan_last_n(d.plan, client[i]), n);
            assert_int_equal(ost_plan_last_n(again, client[i]), n);
        }
        assert_same_plan(d.plan, again);
        ost_plan_destroy(again);
        ost_buf_fini(&buf);
    }
    drive_end(&d);
}

/* Every byte of a snapshot counts: turned over, it is refused, or nothing changed. */
static void a_snapshot_with_one_byte_changed_is_refused(void **state)
{
    (void)state;
    struct drive d;
    struct ost_buf buf;
    some_history(&d);
    ost_buf_init(&buf, OST_PLAN_BYTES);
    assert_true(ost_plan_write(d.plan, OST_FORM_CBOR, &buf, &d.err));
    size_t unnoticed = 0;
    for (size_t at = 0; at < buf.len; at++) {
        struct ost_plan *again = NULL;
        buf.ptr[at] ^= 1;
        if (ost_plan_read(buf.ptr, buf.len, OST_FORM_CBOR, &again, &d.err))
            unnoticed++;
        ost_plan_destroy(again);
        buf.ptr[at] ^= 1;
    }
    /* Id, seq, head, names and client counts are not part of the state: the log's chain
     * holds those. Everything else is. */
    assert_true(unnoticed < 300);
    struct ost_plan *again = NULL;
    assert_false(ost_plan_read(buf.ptr, buf.len - 1, OST_FORM_CBOR, &again, &d.err));
    drive_end(&d);
    ost_buf_fini(&buf);
}

static void the_sum_does_not_depend_on_how_the_state_came_about(void **state)
{
    (void)state;
    struct drive d;
    char sum[OST_SUM_HEX], again[OST_SUM_HEX];
    some_history(&d);
    ost_plan_sum(d.plan, sum);
    struct ost_buf buf;
    struct ost_plan *fresh = NULL;
    ost_buf_init(&buf, OST_PLAN_BYTES);
    assert_true(ost_plan_write(d.plan, OST_FORM_JSON, &buf, &d.err));
    assert_true(ost_plan_read(buf.ptr, buf.len, OST_FORM_JSON, &fresh, &d.err));
    ost_plan_sum(fresh, again); /* recounted from nothing */
    assert_string_equal(again, sum);
    ost_plan_destroy(fresh);
    ost_buf_fini(&buf);
    drive_end(&d);
}

struct log_line {
    size_t at, len;
};

static void a_log_replays_to_the_same_plan_and_only_as_it_is(void **state)
{
    (void)state;
    struct drive d;
    struct ost_plan *replica = NULL;
    struct ost_buf log;
    struct log_line line[8];
    OST_AUTO(ost_arena) arena = NULL;
    drive_begin(&d);
    ost_buf_init(&log, 1 << 20);
    assert_true(ost_arena_create(&arena, 1 << 22, &d.err));
    static const char *const ops[] = {
        "{\"op\":\"create\",\"id\":\"b\",\"type\":\"note\",\"props\":{\"text\":\"b\"}}",
        ("{\"op\":\"create\",\"id\":\"a\",\"type\":\"note\",\"parent\":\"b\",\"props\":{\"text\":"
         "\"a\",\"anchor\":[0.1,0.2,0.30000000000000004]}}"),
        "{\"op\":\"set\",\"object\":\"a\",\"property\":\"anchor\",\"value\":null}"};
    for (int i = 0; i < 3; i++) {
        const struct ost_tree *root = NULL;
        char json[1024];
        (void)snprintf(json, sizeof json,
                       "{\"by\":{" SURGEON "},\"client\":\"11111111111111111111111111111111\","
                       "\"n\":%d,\"at\":%d,\"ops\":[%s]}",
                       i + 1, i, ops[i]);
        assert_true(ost_tree_of_json(arena, json, strlen(json), &root, &d.err));
        assert_true(ost_entry_read(root, arena, &d.entry, &d.err));
        assert_true(ost_plan_apply(d.plan, &d.entry, &d.outcome, &d.err));
        struct ost_sink sink = ost_sink_to(&log, OST_FORM_CBOR);
        line[i].at = log.len;
        ost_entry_write(&sink, &d.entry);
        line[i].len = log.len - line[i].at;
    }
    assert_true(ost_plan_create(&replica, "test", &d.err));
    for (int i = 0; i < 3; i++) {
        unsigned char *body = log.ptr + line[i].at;
        struct ost_entry entry;
        body[line[i].len - 3] ^= 1; /* within the key undo_of, after everything else */
        assert_false(ost_entry_read_body(body, line[i].len, arena, &entry, &d.err) &&
                     ost_plan_replay(replica, &entry, &d.err));
        body[line[i].len - 3] ^= 1;
        assert_true(ost_entry_read_body(body, line[i].len, arena, &entry, &d.err));
        assert_true(ost_plan_replay(replica, &entry, &d.err));
        assert_false(ost_plan_replay(replica, &entry, &d.err));
        assert_int_equal(d.err.code, OST_CORRUPT);
    }
    assert_same_plan(d.plan, replica);
    ost_plan_destroy(replica);
    assert_true(ost_plan_create(&replica, "another", &d.err));
    struct ost_entry first;
    assert_true(ost_entry_read_body(log.ptr, line[0].len, arena, &first, &d.err));
    assert_false(ost_plan_replay(replica, &first, &d.err));
    ost_plan_destroy(replica);
    ost_buf_fini(&log);
    drive_end(&d);
}

static void a_preview_shows_but_does_not_count(void **state)
{
    (void)state;
    struct drive d;
    struct ost_plan *view = NULL;
    drive_fragment(&d);
    assert_true(ost_plan_copy(d.plan, &view, &d.err));
    struct ost_value value = ost_value_f64(1.5), again = ost_value_f64(1.6);
    struct ost_assign assign = {"kerf_mm", value};
    struct ost_op op = {.kind = OST_OP_SET,
                        .object = "cut",
                        .assign = &assign,
                        .assign_count = 1,
                        .base = OST_REV_UNSAID};
    struct ost_entry entry = {.by = {"u-e", "E", OST_ROLE_ENGINEER},
                              .client = "22222222222222222222222222222222",
                              .n = 4,
                              .op = &op,
                              .op_count = 1};
    assert_true(ost_plan_preview(view, &entry, &d.err));
    assign.value = again;
    entry.n = 5;
    assert_true(ost_plan_preview(view, &entry, &d.err));
    struct ost_property_view seen =
        ost_plan_property_view(view, ost_plan_find(view, "cut"), "kerf_mm");
    assert_int_equal(seen.rev, -5);
    assert_near(seen.value.f64, 1.6, 0.0);
    assert_int_equal(ost_plan_seq(view), 1);
    enum ost_outcome outcome;
    assert_false(ost_plan_apply(view, &entry, &outcome, &d.err));
    ost_plan_destroy(view);
    drive_end(&d);
}

static void the_tables_stand_in_the_order_of_their_keys(void **state)
{
    (void)state;
    for (int t = 0; t < OST_TYPES; t++) {
        const struct ost_type_rule *type = ost_type_rule_view((enum ost_type)t);
        assert_true(type->property_count <= OST_TYPE_PROPERTIES);
        for (unsigned i = 0; i + 1 < type->property_count; i++)
            assert_int_equal(ost_key_order(type->property[i].name, type->property[i + 1].name), -1);
        for (unsigned i = 0; i < type->property_count; i++)
            assert_int_equal(ost_property_of_name((enum ost_type)t, type->property[i].name), i);
    }
}

/* The canonical bytes, read by the strict reader, which refuses any other form. */
static void the_bytes_that_are_hashed_are_canonical(void **state)
{
    (void)state;
    struct drive d;
    struct ost_buf buf;
    const struct ost_tree *root = NULL;
    OST_AUTO(ost_arena) arena = NULL;
    some_history(&d);
    ost_buf_init(&buf, OST_PLAN_BYTES);
    assert_true(ost_arena_create(&arena, 1 << 22, &d.err));
    assert_true(ost_plan_bytes(d.plan, &buf, &d.err));
    assert_true(ost_tree_of_cbor(arena, buf.ptr, buf.len, &root, &d.err));
    assert_int_equal(root->count, 2);
    assert_string_equal(root->first->key, "objects");
    ost_buf_fini(&buf);
    drive_end(&d);
}

RUN(T(a_snapshot_in_either_form_is_the_same_plan), T(an_older_snapshot_is_read),
    T(a_thousand_clients_are_read_back), T(a_snapshot_with_one_byte_changed_is_refused),
    T(the_sum_does_not_depend_on_how_the_state_came_about),
    T(a_log_replays_to_the_same_plan_and_only_as_it_is), T(a_preview_shows_but_does_not_count),
    T(the_tables_stand_in_the_order_of_their_keys), T(the_bytes_that_are_hashed_are_canonical))
