#include "recon/plan/review.h"
#include "tests/recon/plan/drive.h"

#include <stdlib.h>

#define NOTE(id)                                                                                   \
    "{\"op\":\"create\",\"id\":\"" id "\",\"type\":\"note\",\"props\":{\"text\":\"t\","            \
    "\"on\":\"cut\",\"anchor\":[1,2,3]}}"
#define KERF "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":0.9}"

static enum ost_code tag(struct drive *d, const char *who, int digit, const char *kind)
{
    static int names;
    char hash[OST_SHA256_HEX], op[256];
    names++;
    assert_true(ost_plan_hash(d->plan, hash, &d->err));
    (void)snprintf(
        op, sizeof op,
        "{\"op\":\"tag\",\"name\":\"%s %d\",\"kind\":\"%s\",\"hash\":\"%s\",\"said\":\"%s\"}", kind,
        names, kind, hash, names % 2 == 0 ? "as agreed" : "");
    return drive(d, who, digit, op);
}

static void assert_stands(const struct drive *d, const char *where)
{
    assert_string_equal(ost_review_name(ost_plan_review(d->plan)), where);
}

static const struct {
    const char *kind, *who, *other;
    int digit, other_digit;
} step[] = {{"proposed", ENGINEER, GUEST, 2, 3},       {"approved", SURGEON, ENGINEER, 1, 2},
            {"released", ENGINEER, SURGEON, 2, 1}, /* who approved does not release */
            {"manufactured", ENGINEER, SURGEON, 2, 1}, {"used", SURGEON, ENGINEER, 1, 2},
            {"checked", SURGEON, ENGINEER, 1, 2}};

enum { STEPS = sizeof step / sizeof step[0] };

static void to(struct drive *d, int steps)
{
    for (int i = 0; i < steps; i++)
        assert_int_equal(tag(d, step[i].who, step[i].digit, step[i].kind), OST_OK);
}

static void each_step_has_its_place_and_its_people(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    assert_stands(&d, "draft");
    for (int i = 0; i < STEPS; i++) {
        for (int k = i + 1; k < STEPS; k++) /* none is left out */
            assert_int_equal(tag(&d, step[k].who, step[k].digit, step[k].kind), OST_CONFLICT);
        assert_int_equal(tag(&d, step[i].other, step[i].other_digit, step[i].kind), OST_DENIED);
        assert_int_equal(tag(&d, step[i].who, step[i].digit, step[i].kind), OST_OK);
        assert_stands(&d, step[i].kind);
        for (int k = 0; k <= i; k++) /* and none is done twice */
            assert_int_equal(tag(&d, step[k].who, step[k].digit, step[k].kind), OST_CONFLICT);
    }
    assert_int_equal(tag(&d, SURGEON, 1, "shipped"), OST_INVALID);
    drive_end(&d);
}

static void only_a_draft_can_be_changed(void **state)
{
    (void)state;
    for (int steps = 1; steps <= STEPS; steps++) {
        struct drive d;
        char before[OST_SHA256_HEX], after[OST_SHA256_HEX];
        OST_AUTO(ost_arena) arena = NULL;
        struct ost_undo undo = {.redo = false};
        struct ost_entry entry;
        const struct ost_actor surgeon = {"u-s", "S. Surgeon", OST_ROLE_SURGEON};
        drive_fragment(&d);
        to(&d, steps);
        assert_true(ost_plan_hash(d.plan, before, &d.err));
        assert_int_equal(drive(&d, SURGEON, 1, KERF), OST_CONFLICT);
        assert_int_equal(drive(&d, ENGINEER, 2, NOTE("n")), OST_CONFLICT);
        assert_int_equal(drive(&d, SYSTEM, 0, KERF), OST_CONFLICT);
        assert_int_equal(drive(&d, SURGEON, 1, "{\"op\":\"remove\",\"object\":\"fragment\"}"),
                         OST_CONFLICT);
        assert_true(ost_arena_create(&arena, 1 << 20, &d.err));
        assert_true(ost_plan_undo(d.plan, &surgeon, arena, &undo, &entry, &d.err));
        entry.client = "11111111111111111111111111111111";
        entry.n = ++d.n[1];
        assert_false(ost_plan_apply(d.plan, &entry, &d.outcome, &d.err));
        assert_int_equal(d.err.code, OST_CONFLICT);
        assert_int_equal(tag(&d, ENGINEER, 2, "version"), OST_OK); /* names, changes nothing */
        assert_true(ost_plan_hash(d.plan, after, &d.err));
        assert_string_equal(before, after);
        assert_int_equal(tag(&d, GUEST, 3, "draft"), OST_DENIED);
        assert_int_equal(tag(&d, ENGINEER, 2, "draft"), OST_OK);
        assert_int_equal(drive(&d, ENGINEER, 2, NOTE("n")), OST_OK);
        assert_int_equal(drive(&d, SURGEON, 1, KERF), OST_OK);
        drive_end(&d);
    }
}

/* What was approved is still known after the branch, and approving goes on from there. */
static void a_branch_leaves_what_was_approved(void **state)
{
    (void)state;
    struct drive d;
    struct ost_approval approval;
    char hash[OST_SHA256_HEX];
    drive_fragment(&d);
    to(&d, 2);
    assert_true(ost_plan_hash(d.plan, hash, &d.err));
    assert_int_equal(tag(&d, SURGEON, 1, "draft"), OST_OK);
    assert_true(ost_plan_approval(d.plan, &approval, &d.err));
    assert_true(approval.approved); /* nothing was changed yet */
    assert_int_equal(drive(&d, SURGEON, 1, KERF), OST_OK);
    assert_true(ost_plan_approval(d.plan, &approval, &d.err));
    assert_true(!approval.approved && approval.outdated);
    assert_int_equal(tag(&d, ENGINEER, 2, "released"), OST_CONFLICT);
    to(&d, 3);
    assert_stands(&d, "released");
    assert_true(ost_plan_approval(d.plan, &approval, &d.err));
    assert_true(approval.approved);
    assert_string_not_equal(approval.hash, hash);
    drive_end(&d);
}

/* What was never proposed has nobody looked at; the golden old_approval.json replays a log of
 * before. */
static void a_draft_is_not_approved(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    assert_int_equal(tag(&d, SURGEON, 1, "approved"), OST_CONFLICT);
    assert_non_null(strstr(d.err.msg, "propose it first"));
    assert_stands(&d, "draft");
    assert_int_equal(tag(&d, SURGEON, 1, "proposed"), OST_OK);
    assert_int_equal(tag(&d, SURGEON, 1, "draft"), OST_OK);
    assert_int_equal(tag(&d, SURGEON, 1, "approved"), OST_CONFLICT);
    drive_end(&d);
}

/* The steps told beforehand are the steps that are taken. */
static void it_is_told_who_may_do_what_next(void **state)
{
    (void)state;
    const struct ost_actor surgeon = {"u-s", "S. Surgeon", OST_ROLE_SURGEON};
    const struct ost_actor engineer = {"u-e", "E. Engineer", OST_ROLE_ENGINEER};
    struct ost_review_step next[OST_REVIEW_STEPS];
    struct drive d;
    drive_fragment(&d);
    for (int i = 0; i < STEPS; i++) {
        const struct ost_actor *by = step[i].digit == 1 ? &surgeon : &engineer;
        assert_int_equal(ost_plan_steps(d.plan, by, next), i == 0 ? 1 : 2);
        assert_string_equal(next[0].kind, step[i].kind);
        assert_int_equal(next[0].why, OST_REVIEW_MAY);
        if (i > 0)
            assert_string_equal(next[1].kind, "draft");
        by = step[i].digit == 1 ? &engineer : &surgeon;
        (void)ost_plan_steps(d.plan, by, next);
        assert_int_equal(next[0].why, i == 0   ? OST_REVIEW_MAY
                                      : i == 2 ? OST_REVIEW_OWN /* the surgeon approved */
                                               : OST_REVIEW_ROLE);
        assert_int_equal(tag(&d, step[i].who, step[i].digit, step[i].kind), OST_OK);
    }
    assert_int_equal(ost_plan_steps(d.plan, &surgeon, next), 1);
    assert_string_equal(next[0].kind, "draft");
    assert_int_equal(ost_plan_tag_count(d.plan), STEPS);
    struct ost_tag_view last = ost_plan_tag_view(d.plan, STEPS - 1);
    assert_string_equal(last.kind, "checked");
    assert_string_equal(last.by_name, "S. Surgeon");
    drive_end(&d);
}

static void a_comment_goes_with_its_step(void **state)
{
    (void)state;
    struct drive d;
    char hash[OST_SHA256_HEX], op[1024], longest[OST_SAID_BYTES + 2];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    drive_fragment(&d);
    assert_true(ost_plan_hash(d.plan, hash, &d.err));
    static const char form[] =
        "{\"op\":\"tag\",\"name\":\"p\",\"kind\":\"proposed\",\"hash\":\"%s\","
        "\"said\":\"%s\"}";
    (void)snprintf(op, sizeof op, form, hash, longest);
    assert_int_not_equal(drive(&d, ENGINEER, 2, op), OST_OK);
    longest[OST_SAID_BYTES] = '\0';
    (void)snprintf(op, sizeof op, form, hash, longest);
    assert_int_equal(drive(&d, ENGINEER, 2, op), OST_OK);
    assert_string_equal(ost_plan_tag_view(d.plan, 0).said, longest);
    drive_end(&d);
}

static void a_snapshot_knows_where_it_stands(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    to(&d, 4);
    for (int form = OST_FORM_CBOR; form <= OST_FORM_JSON; form++) {
        struct ost_plan *again = NULL;
        struct ost_buf buf;
        char sum[OST_SUM_HEX], other[OST_SUM_HEX];
        ost_buf_init(&buf, OST_PLAN_BYTES);
        assert_true(ost_plan_write(d.plan, (enum ost_form)form, &buf, &d.err));
        assert_true(ost_plan_read(buf.ptr, buf.len, (enum ost_form)form, &again, &d.err));
        ost_plan_sum(d.plan, sum);
        ost_plan_sum(again, other);
        assert_string_equal(sum, other);
        assert_int_equal(ost_plan_review(again), OST_REVIEW_MANUFACTURED);
        ost_plan_destroy(again);
        ost_buf_fini(&buf);
    }
    drive_end(&d);
}

RUN(T(each_step_has_its_place_and_its_people), T(only_a_draft_can_be_changed),
    T(a_branch_leaves_what_was_approved), T(a_draft_is_not_approved),
    T(it_is_told_who_may_do_what_next), T(a_comment_goes_with_its_step),
    T(a_snapshot_knows_where_it_stands))
