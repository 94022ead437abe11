/* A copy of the reconstructed case of case.sh, and a plan on it, for one test program. */
#ifndef OST_TESTS_STATION_CASE_H
#define OST_TESTS_STATION_CASE_H

#include "recon/plan/plan.h"
#include "recon/plan/seed.h"
#include "services/casefile/disk.h"
#include "services/station/plan_seed.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char top[64], case_dir[96];

static int copy_case(void **state)
{
    char command[400];
    (void)state;
    const char *from = getenv("OSTEON_CASE");
    assert_non_null(from);
    (void)snprintf(top, sizeof top, "/tmp/osteon-station-XXXXXX");
    assert_non_null(mkdtemp(top));
    (void)snprintf(case_dir, sizeof case_dir, "%s/case", top);
    (void)snprintf(command, sizeof command, "cp -r '%s' '%s'", from, case_dir);
    return system(command);
}

static int drop_case(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

static inline void apply(struct ost_plan *plan, struct ost_entry *entry, int64_t n)
{
    enum ost_outcome outcome = OST_APPLIED;
    struct ost_err err = {0};
    entry->client = entry->by.role == OST_ROLE_SYSTEM ? "00000000000000000000000000000000"
                                                      : "00000000000000000000000000000001";
    entry->n = n;
    entry->at_ms = 1767225600000 + n;
    if (!ost_plan_apply(plan, entry, &outcome, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(outcome, OST_APPLIED);
}

/* The plan as it begins, from the folder's own result. */
static inline struct ost_plan *seeded(struct ost_arena *arena)
{
    struct ost_plan *plan = NULL;
    struct ost_entry entry;
    struct ost_err err = {0};
    assert_true(ost_plan_create(&plan, "42", NULL));
    if (!ost_station_plan_seed(case_dir, arena, &entry, &err))
        fail_msg("%s", err.msg);
    apply(plan, &entry, 1);
    return plan;
}

static const struct ost_actor surgeon = {"17", "Sample Surgeon", OST_ROLE_SURGEON};

static inline void propose(struct ost_plan *plan, struct ost_arena *arena)
{
    struct ost_entry entry;
    assert_true(ost_plan_propose(plan, arena, &entry, NULL));
    entry.by = surgeon;
    apply(plan, &entry, ost_plan_seq(plan) + 1);
}

static inline void step(struct ost_plan *plan, const char *kind)
{
    char hash[OST_SHA256_HEX];
    assert_true(ost_plan_hash(plan, hash, NULL));
    struct ost_op op = {.kind = OST_OP_TAG, .tag = kind, .tag_kind = kind, .hash = hash};
    struct ost_entry entry = {.by = surgeon, .op = &op, .op_count = 1};
    apply(plan, &entry, ost_plan_seq(plan) + 1);
}

static inline void approve(struct ost_plan *plan)
{
    step(plan, "proposed");
    step(plan, "approved");
}

/* plan.json of the folder. */
static inline void keep_plan(const struct ost_plan *plan)
{
    struct ost_buf json;
    ost_buf_init(&json, OST_PLAN_BYTES);
    assert_true(ost_plan_write(plan, OST_FORM_JSON, &json, NULL));
    assert_true(ost_disk_write(case_dir, "plan.json", &json, NULL));
    ost_buf_fini(&json);
}

static inline struct ost_buf file_of(const char *name)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, 256 << 20);
    struct ost_err err = {0};
    if (!ost_disk_read(case_dir, name, &bytes, &err))
        fail_msg("%s: %s", name, err.msg);
    return bytes;
}

#endif
