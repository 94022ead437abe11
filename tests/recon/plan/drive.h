/* Driving a plan from JSON, as every test of the room does. */
#ifndef OST_TESTS_PLAN_DRIVE_H
#define OST_TESTS_PLAN_DRIVE_H

#include "recon/plan/plan.h"
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

#define SURGEON       "\"id\":\"u-s\",\"name\":\"S. Surgeon\",\"role\":\"surgeon\""
#define ENGINEER      "\"id\":\"u-e\",\"name\":\"E. Engineer\",\"role\":\"engineer\""
#define SYSTEM        "\"id\":\"system\",\"name\":\"Osteon\",\"role\":\"system\""
#define ADMINISTRATOR "\"id\":\"u-a\",\"name\":\"A\",\"role\":\"administrator\""
#define GUEST         "\"id\":\"u-g\",\"name\":\"G. Guest\",\"role\":\"guest\""

#define IDENTITY "{\"r\":[1,0,0,0,1,0,0,0,1],\"t\":[0,0,0]}"
#define LIFTED   "{\"r\":[1,0,0,0,1,0,0,0,1],\"t\":[0,0,3.5]}"

struct drive {
    struct ost_plan *plan;
    int64_t n[4]; /* per client digit */
    struct ost_err err;
    struct ost_entry entry; /* the last one; its texts died with its arena */
    int64_t base;           /* of its first operation, resolved */
    enum ost_outcome outcome;
};

static inline enum ost_code drive_text(struct drive *d, const char *json)
{
    OST_AUTO(ost_arena) arena = NULL;
    const struct ost_tree *root = NULL;
    d->err.code = OST_OK;
    if (ost_arena_create(&arena, 1 << 22, &d->err) &&
        ost_tree_of_json(arena, json, strlen(json), &root, &d->err) &&
        ost_entry_read(root, arena, &d->entry, &d->err))
        (void)!ost_plan_apply(d->plan, &d->entry, &d->outcome, &d->err);
    d->base = d->entry.op_count > 0 ? d->entry.op[0].base : 0;
    return d->err.code;
}

/* `ops` by `who` from the client whose id is 32 times `digit`. */
static inline enum ost_code drive(struct drive *d, const char *who, int digit, const char *ops)
{
    static char json[1 << 18];
    char client[33];
    memset(client, '0' + digit, 32);
    client[32] = '\0';
    int64_t n = ++d->n[digit];
    (void)snprintf(json, sizeof json,
                   "{\"by\":{%s},\"client\":\"%s\",\"n\":%lld,\"at\":1700000000000,\"ops\":[%s]}",
                   who, client, (long long)n, ops);
    return drive_text(d, json);
}

static inline void drive_begin(struct drive *d)
{
    memset(d, 0, sizeof *d);
    assert_true(ost_plan_create(&d->plan, "test", &d->err));
}

/* An osteotomy and its fragment, by the surgeon: seq 1. */
static inline void drive_fragment(struct drive *d)
{
    drive_begin(d);
    assert_int_equal(
        drive(d, SURGEON, 1,
              "{\"op\":\"create\",\"id\":\"cut\",\"type\":\"osteotomy\",\"props\":{\"kind\":"
              "\"single\",\"point\":[0,0,20],\"normal\":[0,0,-1],\"kerf_mm\":0.6}},"
              "{\"op\":\"create\",\"id\":\"fragment\",\"type\":\"fragment\",\"parent\":\"cut\","
              "\"order\":\"V\",\"props\":{\"motion\":" IDENTITY ",\"osteotomy\":\"cut\"}}"),
        OST_OK);
}

static inline int64_t drive_rev(const struct drive *d, const char *object, const char *property)
{
    return ost_plan_property_view(d->plan, ost_plan_find(d->plan, object), property).rev;
}

static inline void drive_end(struct drive *d)
{
    ost_plan_destroy(d->plan);
}

#endif
