/*
 * Everything of recon/plan that reads bytes somebody else wrote. The first byte picks
 * the door. What is accepted must come out again as it went in.
 */
#include "recon/plan/plan.h"
#include "recon/plan/twin.h"

#include <stdlib.h>
#include <string.h>

#define DOORS       7
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static void must(bool truth)
{
    if (!truth)
        abort();
}

/* Canonical CBOR has one form: reading and writing it gives the same bytes. */
static void door_tree(const unsigned char *bytes, size_t len, enum ost_form form)
{
    OST_AUTO(ost_arena) arena = NULL;
    const struct ost_tree *root = NULL;
    must(ost_arena_create(&arena, ARENA_BYTES, NULL));
    if (!ost_tree_of(form, arena, bytes, len, &root, NULL))
        return;
    struct ost_buf buf;
    ost_buf_init(&buf, 8 * len + 64);
    struct ost_sink sink = ost_sink_to(&buf, form);
    ost_tree_write(&sink, root);
    if (form == OST_FORM_CBOR && !buf.failed)
        must(buf.len == len && memcmp(buf.ptr, bytes, len) == 0);
    if (form == OST_FORM_JSON && !buf.failed)
        must(ost_tree_of_json(arena, buf.ptr, buf.len, &root, NULL));
    ost_buf_fini(&buf);
}

/* There and back: every bit of a number, every key. */
static void door_twin(const unsigned char *bytes, size_t len)
{
    struct ost_buf json, cbor;
    ost_buf_init(&json, 32 * len + 64);
    ost_buf_init(&cbor, 2 * len + 64);
    if (ost_twin_json(bytes, len, &json, NULL)) {
        must(ost_twin_cbor(json.ptr, json.len, &cbor, NULL));
        must(cbor.len == len && memcmp(cbor.ptr, bytes, len) == 0);
    }
    ost_buf_fini(&json);
    ost_buf_fini(&cbor);
}

static void door_snapshot(const unsigned char *bytes, size_t len, enum ost_form form)
{
    struct ost_plan *plan = NULL, *again = NULL;
    struct ost_err err;
    if (!ost_plan_read(bytes, len, form, &plan, &err))
        return;
    struct ost_buf buf;
    ost_buf_init(&buf, OST_PLAN_BYTES);
    must(ost_plan_write(plan, form, &buf, &err));
    must(ost_plan_read(buf.ptr, buf.len, form, &again, &err));
    ost_buf_fini(&buf);
    ost_plan_destroy(plan);
    ost_plan_destroy(again);
}

/* An entry, applied to an empty plan if it can be; its body must then replay. */
static void door_entry(const unsigned char *bytes, size_t len, enum ost_form form)
{
    OST_AUTO(ost_arena) arena = NULL;
    OST_AUTO(ost_plan) plan = NULL;
    OST_AUTO(ost_plan) replica = NULL;
    const struct ost_tree *root = NULL;
    struct ost_entry entry, again;
    enum ost_outcome outcome;
    struct ost_err err;
    must(ost_arena_create(&arena, ARENA_BYTES, &err) && ost_plan_create(&plan, "f", &err) &&
         ost_plan_create(&replica, "f", &err));
    if (!ost_tree_of(form, arena, bytes, len, &root, &err) ||
        !ost_entry_read(root, arena, &entry, &err))
        return;
    entry.undo_of = 0;
    if (!ost_plan_apply(plan, &entry, &outcome, &err))
        return;
    struct ost_buf body;
    ost_buf_init(&body, OST_ENTRY_BYTES);
    struct ost_sink sink = ost_sink_to(&body, OST_FORM_CBOR);
    ost_entry_write(&sink, &entry);
    must(ost_buf_done(&body, &err));
    must(ost_entry_read_body(body.ptr, body.len, arena, &again, &err));
    must(ost_plan_replay(replica, &again, &err));
    char a[OST_SUM_HEX], b[OST_SUM_HEX];
    ost_plan_sum(plan, a);
    ost_plan_sum(replica, b);
    must(strcmp(a, b) == 0);
    ost_buf_fini(&body);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    if (len == 0)
        return 0;
    switch (bytes[0] % DOORS) {
    case 0:
        door_tree(bytes + 1, len - 1, OST_FORM_JSON);
        break;
    case 1:
        door_tree(bytes + 1, len - 1, OST_FORM_CBOR);
        break;
    case 2:
        door_snapshot(bytes + 1, len - 1, OST_FORM_JSON);
        break;
    case 3:
        door_snapshot(bytes + 1, len - 1, OST_FORM_CBOR);
        break;
    case 4:
        door_entry(bytes + 1, len - 1, OST_FORM_JSON);
        break;
    case 5:
        door_entry(bytes + 1, len - 1, OST_FORM_CBOR);
        break;
    default:
        door_twin(bytes + 1, len - 1);
        break;
    }
    return 0;
}
