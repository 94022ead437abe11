#include "services/load/map.h"

#include "recon/plan/plan.h"
#include "services/load/encode.h"
#include "services/load/process.h"

#include <stdio.h>
#include <unistd.h>

#define TEXTS 24

static const struct ost_actor writer = {"1", "Load", OST_ROLE_SURGEON};

static bool seed(struct ost_plan *plan, struct ost_err *err)
{
    char client[OST_LOAD_CLIENT];
    const struct ost_assign text = {.property = "text",
                                    .value = {.kind = OST_VALUE_TEXT, .text = "one of all"}};
    struct ost_op op = {.kind = OST_OP_CREATE,
                        .object = "map",
                        .type = "note",
                        .parent = "",
                        .order = "V",
                        .assign = &text,
                        .assign_count = 1,
                        .base = OST_REV_UNSAID};
    ost_load_client_id(OST_LOAD_WRITES, 1, client);
    struct ost_entry entry = {
        .by = writer, .client = client, .n = 1, .at_ms = 1, .op = &op, .op_count = 1};
    enum ost_outcome outcome;
    return ost_plan_apply(plan, &entry, &outcome, err);
}

static bool write_one(struct ost_plan *plan, size_t index, size_t *bytes, struct ost_err *err)
{
    char client[OST_LOAD_CLIENT], text[TEXTS];
    enum ost_outcome outcome;
    struct ost_buf body;
    (void)snprintf(text, sizeof text, "%zu", index);
    const struct ost_assign assign = {.property = "text",
                                      .value = {.kind = OST_VALUE_TEXT, .text = text}};
    struct ost_op op = {
        .kind = OST_OP_SET, .object = "map", .assign = &assign, .assign_count = 1, .base = 1};
    ost_load_client_id(index, 1, client);
    struct ost_entry entry = {
        .by = writer, .client = client, .n = 1, .at_ms = 1, .op = &op, .op_count = 1};
    if (!ost_plan_apply(plan, &entry, &outcome, err))
        return false;
    if (bytes == NULL)
        return true;
    ost_buf_init(&body, OST_ENTRY_BYTES);
    struct ost_sink sink = ost_sink_to(&body, OST_FORM_CBOR);
    ost_entry_write(&sink, &entry);
    *bytes += body.len;
    bool ok = ost_buf_done(&body, err);
    ost_buf_fini(&body);
    return ok;
}

static bool write_all(struct ost_plan **out, size_t *bytes, struct ost_err *err)
{
    bool ok = ost_plan_create(out, "1", err) && seed(*out, err);
    for (size_t i = 0; ok && i < OST_LOAD_WRITES; i++)
        ok = write_one(*out, i, bytes, err);
    return ok;
}

bool ost_load_map_write(struct ost_load_map *out, struct ost_err *err)
{
    OST_AUTO(ost_plan) plan = NULL;
    OST_AUTO(ost_plan) again = NULL;
    struct ost_buf state;
    *out = (struct ost_load_map){.writes = OST_LOAD_WRITES};
    if (!write_all(&again, &out->log_bytes, err)) /* counted apart, and everything is warm */
        return false;
    double began = ost_load_cpu_s(getpid());
    if (!write_all(&plan, NULL, err))
        return false;
    out->apply_ms = 1e3 * (ost_load_cpu_s(getpid()) - began);
    ost_buf_init(&state, OST_PLAN_BYTES);
    bool ok = ost_plan_write(plan, OST_FORM_CBOR, &state, err);
    out->bytes = state.len;
    ost_buf_fini(&state);
    return ok;
}
