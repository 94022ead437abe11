/*
 * The plan core as the browser calls it: handles and JSON. Every call leaves its
 * answer in the handle: JSON on success, {"code","text"} on failure, and returns the
 * enum ost_code. Not part of the native library.
 */
#include "recon/plan/measures.h"
#include "recon/plan/order.h"
#include "recon/plan/review.h"
#include "recon/plan/seed.h"

#include <stdlib.h>
#include <string.h>

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name), used))
#else
#define EXPORT(name) /* read by tools as native C */
#endif

#define CALL_BYTES   ((size_t)64 * 1024 * 1024)
#define ANSWER_BYTES OST_PLAN_BYTES

struct handle {
    struct ost_plan *plan;
    struct ost_buf answer;
};

/* What one call works with. */
struct call {
    struct handle *handle;
    struct ost_arena *arena;
    struct ost_sink sink;
    struct ost_err err;
};

void *osteon_alloc(size_t bytes);
void osteon_free(void *p);
struct handle *osteon_open(const char *id, size_t len);
void osteon_close(struct handle *handle);
const unsigned char *osteon_answer(const struct handle *handle);
size_t osteon_answer_bytes(const struct handle *handle);
int osteon_apply(struct handle *handle, const char *json, size_t len, int preview);
int osteon_replay(struct handle *handle, const char *json, size_t len);
int osteon_load(struct handle *handle, const char *json, size_t len);
int osteon_copy(struct handle *to, const struct handle *from);
int osteon_state(struct handle *handle);
int osteon_digest(struct handle *handle);
int osteon_bytes(struct handle *handle);
int osteon_measures(struct handle *handle);
int osteon_undo(struct handle *handle, const char *json, size_t len, int redo);
int osteon_propose(struct handle *handle);
int osteon_schema(struct handle *handle);
int osteon_steps(struct handle *handle, const char *id, const char *role);
int osteon_between(struct handle *handle, const char *low, const char *high);

EXPORT(osteon_alloc) void *osteon_alloc(size_t bytes)
{
    return calloc(1, bytes + 1);
}

EXPORT(osteon_free) void osteon_free(void *p)
{
    free(p);
}

EXPORT(osteon_close) void osteon_close(struct handle *handle)
{
    if (handle == NULL)
        return;
    ost_plan_destroy(handle->plan);
    ost_buf_fini(&handle->answer);
    free(handle);
}

EXPORT(osteon_open) struct handle *osteon_open(const char *id, size_t len)
{
    char name[OST_ACTOR_BYTES + 1] = {0};
    if (len > OST_ACTOR_BYTES)
        return NULL;
    memcpy(name, id, len);
    struct handle *handle = calloc(1, sizeof *handle);
    if (handle == NULL)
        return NULL;
    ost_buf_init(&handle->answer, ANSWER_BYTES);
    if (ost_plan_create(&handle->plan, name, NULL))
        return handle;
    osteon_close(handle);
    return NULL;
}

EXPORT(osteon_answer) const unsigned char *osteon_answer(const struct handle *handle)
{
    return handle->answer.ptr;
}

EXPORT(osteon_answer_bytes) size_t osteon_answer_bytes(const struct handle *handle)
{
    return handle->answer.len;
}

static bool begin(struct call *call, struct handle *handle)
{
    memset(call, 0, sizeof *call);
    call->handle = handle;
    handle->answer.len = 0;
    handle->answer.failed = false;
    call->sink = ost_sink_to(&handle->answer, OST_FORM_JSON);
    return ost_arena_create(&call->arena, CALL_BYTES, &call->err);
}

static void put_text(struct call *call, const char *key, const char *text)
{
    ost_sink_key(&call->sink, key);
    ost_sink_text(&call->sink, text);
}

static void put_integer(struct call *call, const char *key, int64_t v)
{
    ost_sink_key(&call->sink, key);
    ost_sink_integer(&call->sink, v);
}

static int end(struct call *call, bool ok)
{
    ost_arena_destroy(call->arena);
    ok = ok && ost_buf_done(&call->handle->answer, &call->err);
    if (ok)
        return OST_OK;
    call->handle->answer.len = 0;
    call->handle->answer.failed = false;
    call->sink = ost_sink_to(&call->handle->answer, OST_FORM_JSON);
    ost_sink_map(&call->sink, 2);
    put_text(call, "code", ost_code_name(call->err.code));
    put_text(call, "text", call->err.msg);
    return call->err.code;
}

static bool read_entry(struct call *call, const char *json, size_t len, struct ost_entry *out)
{
    const struct ost_tree *root = NULL;
    return ost_tree_of_json(call->arena, json, len, &root, &call->err) &&
           ost_entry_read(root, call->arena, out, &call->err);
}

static bool apply(struct call *call, const char *json, size_t len, bool preview)
{
    struct ost_entry entry;
    enum ost_outcome outcome = OST_APPLIED;
    if (!read_entry(call, json, len, &entry))
        return false;
    if (preview ? !ost_plan_preview(call->handle->plan, &entry, &call->err)
                : !ost_plan_apply(call->handle->plan, &entry, &outcome, &call->err))
        return false;
    ost_sink_map(&call->sink, outcome == OST_APPLIED && !preview ? 3 : 2);
    put_integer(call, "seq", entry.seq);
    if (outcome == OST_APPLIED && !preview) {
        ost_sink_key(&call->sink, "entry");
        ost_entry_write(&call->sink, &entry);
    }
    put_text(call, "outcome",
             preview                  ? "previewed"
             : outcome == OST_APPLIED ? "applied"
                                      : "duplicate");
    return true;
}

EXPORT(osteon_apply)
int osteon_apply(struct handle *handle, const char *json, size_t len, int preview)
{
    struct call call;
    bool ok = begin(&call, handle) && apply(&call, json, len, preview != 0);
    return end(&call, ok);
}

EXPORT(osteon_replay) int osteon_replay(struct handle *handle, const char *json, size_t len)
{
    struct call call;
    struct ost_entry entry;
    bool ok = begin(&call, handle) && read_entry(&call, json, len, &entry) &&
              ost_plan_replay(handle->plan, &entry, &call.err);
    if (ok) {
        ost_sink_map(&call.sink, 1);
        put_integer(&call, "seq", entry.seq);
    }
    return end(&call, ok);
}

EXPORT(osteon_load) int osteon_load(struct handle *handle, const char *json, size_t len)
{
    struct call call;
    struct ost_plan *plan = NULL;
    bool ok = begin(&call, handle) && ost_plan_read(json, len, OST_FORM_JSON, &plan, &call.err);
    if (ok) {
        ost_plan_destroy(handle->plan);
        handle->plan = plan;
        ost_sink_map(&call.sink, 1);
        put_integer(&call, "seq", ost_plan_seq(plan));
    }
    return end(&call, ok);
}

EXPORT(osteon_copy) int osteon_copy(struct handle *to, const struct handle *from)
{
    struct call call;
    struct ost_plan *plan = NULL;
    bool ok = begin(&call, to) && ost_plan_copy(from->plan, &plan, &call.err);
    if (ok) {
        ost_plan_destroy(to->plan);
        to->plan = plan;
    }
    return end(&call, ok);
}

EXPORT(osteon_state) int osteon_state(struct handle *handle)
{
    struct call call;
    bool ok = begin(&call, handle) &&
              ost_plan_write(handle->plan, OST_FORM_JSON, &handle->answer, &call.err);
    return end(&call, ok);
}

EXPORT(osteon_bytes) int osteon_bytes(struct handle *handle)
{
    struct call call;
    bool ok = begin(&call, handle) && ost_plan_bytes(handle->plan, &handle->answer, &call.err);
    return end(&call, ok);
}

EXPORT(osteon_digest) int osteon_digest(struct handle *handle)
{
    struct call call;
    char sum[OST_SUM_HEX], head[OST_SHA256_HEX];
    struct ost_approval approval;
    bool ok = begin(&call, handle) && ost_plan_approval(handle->plan, &approval, &call.err);
    if (ok) {
        ost_plan_sum(handle->plan, sum);
        ost_sha256_hex(ost_plan_head_view(handle->plan), head);
        ost_sink_map(&call.sink, 10);
        put_integer(&call, "seq", ost_plan_seq(handle->plan));
        put_text(&call, "sum", sum);
        put_text(&call, "hash", approval.hash);
        put_text(&call, "head", head);
        put_integer(&call, "version", approval.version);
        ost_sink_key(&call.sink, "approved");
        ost_sink_bool(&call.sink, approval.approved);
        ost_sink_key(&call.sink, "outdated");
        ost_sink_bool(&call.sink, approval.outdated);
        put_text(&call, "approved_by", approval.by);
        put_integer(&call, "approved_at", approval.at_ms);
        put_text(&call, "review", ost_review_name(ost_plan_review(handle->plan)));
    }
    return end(&call, ok);
}

EXPORT(osteon_measures) int osteon_measures(struct handle *handle)
{
    struct call call;
    struct ost_measures measures;
    bool ok = begin(&call, handle);
    if (ok) {
        ost_plan_measures(handle->plan, NULL, &measures);
        ost_measures_write(&call.sink, &measures);
    }
    return end(&call, ok);
}

/* In: {"by","client","n","at"} as of an entry, with ops []. Out: as osteon_apply. */
EXPORT(osteon_undo)
int osteon_undo(struct handle *handle, const char *json, size_t len, int redo)
{
    struct call call;
    struct ost_entry asked, entry;
    struct ost_undo undo = {.redo = redo != 0};
    enum ost_outcome outcome = OST_APPLIED;
    bool ok = begin(&call, handle) && read_entry(&call, json, len, &asked) &&
              ost_plan_undo(handle->plan, &asked.by, call.arena, &undo, &entry, &call.err);
    if (ok) {
        entry.client = asked.client;
        entry.n = asked.n;
        entry.at_ms = asked.at_ms;
        ok = ost_plan_apply(handle->plan, &entry, &outcome, &call.err);
    }
    if (ok) {
        ost_sink_map(&call.sink, 4);
        put_integer(&call, "seq", entry.seq);
        put_integer(&call, "kept", undo.kept);
        ost_sink_key(&call.sink, "entry");
        ost_entry_write(&call.sink, &entry);
        put_integer(&call, "restored", undo.restored);
    }
    return end(&call, ok);
}

/* {"ops": [...], "pre": [...]} that would move the fragment onto the target. */
EXPORT(osteon_propose) int osteon_propose(struct handle *handle)
{
    struct call call;
    struct ost_entry entry;
    bool ok = begin(&call, handle) && ost_plan_propose(handle->plan, call.arena, &entry, &call.err);
    if (ok) {
        ost_sink_map(&call.sink, 2);
        ost_ops_write(&call.sink, &entry);
    }
    return end(&call, ok);
}

EXPORT(osteon_schema) int osteon_schema(struct handle *handle)
{
    struct call call;
    bool ok = begin(&call, handle);
    if (ok)
        ost_schema_write(&call.sink);
    return end(&call, ok);
}

static void put_step(struct call *call, const struct ost_review_step *step)
{
    static const char *const why[] = {
        [OST_REVIEW_MAY] = "", [OST_REVIEW_ROLE] = "role", [OST_REVIEW_OWN] = "own"};
    ost_sink_map(&call->sink, 3);
    ost_sink_key(&call->sink, "who");
    size_t roles = 0;
    for (int role = 0; role < OST_ROLES; role++)
        roles += (step->who & 1u << role) != 0 ? 1 : 0;
    ost_sink_list(&call->sink, roles);
    for (int role = 0; role < OST_ROLES; role++) {
        if ((step->who & 1u << role) != 0)
            ost_sink_text(&call->sink, ost_role_name((enum ost_role)role));
    }
    put_text(call, "why", why[step->why]);
    put_text(call, "kind", step->kind);
}

/* [{"who": [role], "why": "", "kind"}] for the user `id` of `role`; both NUL-terminated. */
EXPORT(osteon_steps) int osteon_steps(struct handle *handle, const char *id, const char *role)
{
    struct call call;
    struct ost_review_step step[OST_REVIEW_STEPS];
    struct ost_actor by = {.id = id, .name = ""};
    bool ok =
        begin(&call, handle) && (ost_role_of_name(role, &by.role) ||
                                 ost_fail(&call.err, OST_INVALID, "there is no role of this name"));
    if (ok) {
        size_t count = ost_plan_steps(handle->plan, &by, step);
        ost_sink_list(&call.sink, count);
        for (size_t i = 0; i < count; i++)
            put_step(&call, &step[i]);
    }
    return end(&call, ok);
}

/* An order key between two NUL-terminated ones. */
EXPORT(osteon_between)
int osteon_between(struct handle *handle, const char *low, const char *high)
{
    struct call call;
    char key[OST_ORDER_BYTES + 1];
    bool ok = begin(&call, handle) && ost_order_between(low, high, key, &call.err);
    if (ok) {
        ost_sink_map(&call.sink, 1);
        put_text(&call, "order", key);
    }
    return end(&call, ok);
}
