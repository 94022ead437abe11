#include "recon/base/sha256.h"
#include "services/db/case.h"
#include "services/db/plan.h"
#include "services/db/queue.h"
#include "services/db/review.h"
#include "tests/check.h"
#include "tests/services/cluster.h"
#include "tests/services/finished.h"

#include <string.h>

static struct ost_db *db;
static struct ost_db_who who;

static int open_database(void **state)
{
    (void)state;
    db = connect_as_app();
    who = new_institution();
    return 0;
}

static int close_database(void **state)
{
    (void)state;
    ost_db_destroy(db);
    return 0;
}

static struct ost_db_plan new_plan(void)
{
    struct ost_db_plan plan = {0};
    struct finished recon = finished_recon(db, &who, true);
    within(db, &who, ost_db_plan_create(db, recon.case_id, recon.job, &plan, err));
    assert_true(plan.seq == 0 && plan.epoch == 0 && !plan.approved);
    return plan;
}

#define CLIENT "00112233445566778899aabbccddeeff"

static struct ost_db_plan_op op_of(int64_t seq, int64_t n, const char *body)
{
    struct ost_db_plan_op op = {.seq = seq,
                                .user = who.user,
                                .name = "Sample Person",
                                .role = "surgeon",
                                .client = CLIENT,
                                .n = n,
                                .at_ms = 1700000000123 + seq,
                                .body = body,
                                .body_bytes = strlen(body)};
    ost_sha256_of(body, strlen(body), op.hash);
    return op;
}

static struct ost_db_plan_append one_op(int64_t plan, int64_t epoch,
                                        const struct ost_db_plan_op *op)
{
    struct ost_db_plan_append batch = {
        .plan = plan, .epoch = epoch, .after = op->seq - 1, .op = op, .count = 1};
    memset(batch.state_hash, (int)op->seq, sizeof batch.state_hash);
    return batch;
}

static int64_t leased(int64_t plan, const char *owner)
{
    struct ost_db_plan_lease lease = {.plan = plan, .seconds = 30, .owner = owner};
    within(db, &who, ost_db_plan_take_lease(db, &lease, err));
    assert_string_equal(lease.holder, owner);
    return lease.epoch;
}

static void a_lease_has_one_owner_at_a_time(void **state)
{
    (void)state;
    struct ost_db_plan plan = new_plan();
    assert_int_equal(leased(plan.id, "a"), 1);
    assert_int_equal(leased(plan.id, "a"), 1); /* renewed */
    struct ost_db_plan_lease other = {.plan = plan.id, .seconds = 30, .owner = "b"};
    ok(ost_db_begin(db, &who, err));
    refuses(OST_CONFLICT, ost_db_plan_take_lease(db, &other, err));
    ost_db_end(db);
    assert_string_equal(other.holder, "a");
    within(db, &who, ost_db_plan_release(db, plan.id, "b", err)); /* not b's to release */
    ok(ost_db_begin(db, &who, err));
    refuses(OST_CONFLICT, ost_db_plan_take_lease(db, &other, err));
    ost_db_end(db);
    within(db, &who, ost_db_plan_release(db, plan.id, "a", err));
    assert_int_equal(leased(plan.id, "b"), 2);
}

/* All of them as they should be, which one statement tells. */
static void leases_that_are_all_ours_are_renewed_together(void **state)
{
    (void)state;
    struct ost_db_plan_hold hold[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        struct ost_db_plan plan = new_plan();
        struct ost_db_plan_lease brief = {.plan = plan.id, .seconds = 0, .owner = "a"};
        within(db, &who, ost_db_plan_take_lease(db, &brief, err));
        hold[i] = (struct ost_db_plan_hold){
            .institution = who.institution, .plan = plan.id, .epoch = brief.epoch};
    }
    ok(ost_db_plan_hold_all(db, "a", 30, hold, 3, err));
    for (int i = 0; i < 3; i++) {
        struct ost_db_plan_lease other = {.plan = hold[i].plan, .seconds = 30, .owner = "b"};
        assert_true(hold[i].held);
        ok(ost_db_begin(db, &who, err));
        refuses(OST_CONFLICT, ost_db_plan_take_lease(db, &other, err));
        ost_db_end(db);
    }
}

/* Each by itself: one that was taken or has another epoch is not held, and the rest are. */
static void several_leases_are_renewed_at_once(void **state)
{
    (void)state;
    struct ost_db_plan_hold hold[4] = {{0}};
    for (int i = 0; i < 4; i++) {
        struct ost_db_plan plan = new_plan();
        struct ost_db_plan_lease brief = {.plan = plan.id, .seconds = 0, .owner = "a"};
        within(db, &who, ost_db_plan_take_lease(db, &brief, err));
        hold[i] = (struct ost_db_plan_hold){
            .institution = who.institution, .plan = plan.id, .epoch = brief.epoch};
    }
    (void)usleep(20000); /* all ran out; the second is taken, the others nobody wanted */
    assert_int_equal(leased(hold[1].plan, "b"), hold[1].epoch + 1);
    hold[2].epoch++;
    hold[3].institution++;
    ok(ost_db_plan_hold_all(db, "a", 30, hold, 4, err));
    assert_true(hold[0].held);
    assert_false(hold[1].held);
    assert_false(hold[2].held);
    assert_false(hold[3].held); /* another institution's plan is not seen */
    struct ost_db_plan_lease other = {.plan = hold[0].plan, .seconds = 30, .owner = "b"};
    ok(ost_db_begin(db, &who, err));
    refuses(OST_CONFLICT, ost_db_plan_take_lease(db, &other, err)); /* held for half a minute */
    ost_db_end(db);
}

static void an_owner_whose_lease_was_taken_writes_nothing(void **state)
{
    (void)state;
    struct ost_db_plan plan = new_plan(), after;
    int64_t old = leased(plan.id, "a");
    struct ost_db_plan_lease brief = {.plan = plan.id, .seconds = 0, .owner = "a"};
    within(db, &who, ost_db_plan_take_lease(db, &brief, err));
    (void)usleep(20000);
    int64_t fresh = leased(plan.id, "b");
    assert_true(fresh > old);

    struct ost_db_plan_op op = op_of(1, 1, "late");
    struct ost_db_plan_append late = one_op(plan.id, old, &op);
    ok(ost_db_begin(db, &who, err));
    refuses(OST_CONFLICT, ost_db_plan_append(db, &late, err));
    ost_db_end(db);
    struct ost_db_plan_append good = one_op(plan.id, fresh, &op);
    within(db, &who, ost_db_plan_append(db, &good, err));
    within(db, &who, ost_db_plan_get(db, plan.id, &after, err));
    assert_int_equal(after.seq, 1);
    assert_memory_equal(after.hash, op.hash, OST_DB_HASH);
    assert_memory_equal(after.state_hash, good.state_hash, OST_DB_HASH);
}

static void a_seq_is_given_once_and_without_gaps(void **state)
{
    (void)state;
    struct ost_db_plan plan = new_plan();
    int64_t epoch = leased(plan.id, "a");
    struct ost_db_plan_op first = op_of(1, 1, "one"), gap = op_of(3, 2, "three");
    struct ost_db_plan_append batch = one_op(plan.id, epoch, &first);
    within(db, &who, ost_db_plan_append(db, &batch, err));
    ok(ost_db_begin(db, &who, err));
    refuses(OST_CONFLICT, ost_db_plan_append(db, &batch, err));
    ost_db_end(db);
    batch = one_op(plan.id, epoch, &gap);
    ok(ost_db_begin(db, &who, err));
    refuses(OST_CONFLICT, ost_db_plan_append(db, &batch, err));
    ost_db_end(db);
}

static void the_same_client_and_n_happens_once(void **state)
{
    (void)state;
    struct ost_db_plan plan = new_plan(), after;
    int64_t epoch = leased(plan.id, "a"), seq = 0;
    struct ost_db_plan_op first = op_of(1, 7, "one"), again = op_of(2, 7, "two");
    struct ost_db_plan_append batch = one_op(plan.id, epoch, &first);
    within(db, &who, ost_db_plan_append(db, &batch, err));
    batch = one_op(plan.id, epoch, &again);
    ok(ost_db_begin(db, &who, err));
    refuses(OST_CONFLICT, ost_db_plan_append(db, &batch, err));
    ost_db_end(db);
    within(db, &who, ost_db_plan_get(db, plan.id, &after, err));
    assert_int_equal(after.seq, 1); /* the fence went back with the rest */
    within(db, &who, ost_db_plan_seq_of(db, plan.id, CLIENT, 7, &seq, err));
    assert_int_equal(seq, 1);
    within(db, &who, ost_db_plan_seq_of(db, plan.id, CLIENT, 8, &seq, err));
    assert_int_equal(seq, 0);
}

/* Three plans in one commit: one of another institution, one whose lease was taken. */
static void several_plans_are_kept_at_once_and_each_by_itself(void **state)
{
    (void)state;
    const struct ost_db_who own = who;
    struct ost_db_plan plan[3], after;
    plan[0] = new_plan();
    plan[1] = new_plan();
    who = new_institution();
    const struct ost_db_who whose[3] = {own, own, who};
    plan[2] = new_plan();
    struct ost_db_plan_op op[3];
    struct ost_db_plan_write write[3];
    for (int i = 0; i < 3; i++) {
        who = whose[i];
        op[i] = op_of(1, 1, "one");
        write[i] = (struct ost_db_plan_write){
            .who = whose[i], .batch = one_op(plan[i].id, leased(plan[i].id, "a"), &op[i])};
    }
    write[1].batch.epoch++; /* somebody else's */
    ok(ost_db_plan_append_all(db, write, 3, err));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(write[i].kept, i != 1);
        within(db, &whose[i], ost_db_plan_get(db, plan[i].id, &after, err));
        assert_int_equal(after.seq, i == 1 ? 0 : 1);
        int64_t seq = 7;
        within(db, &whose[i], ost_db_plan_seq_of(db, plan[i].id, CLIENT, 1, &seq, err));
        assert_int_equal(seq, i == 1 ? 0 : 1);
    }
    /* The same n again is refused, and takes the others with it: nothing is left behind. */
    struct ost_db_plan_op next = op_of(2, 2, "two");
    who = own;
    struct ost_db_plan_op again = op_of(2, 1, "two");
    write[0].batch = one_op(plan[0].id, write[0].batch.epoch, &again);
    write[2].batch = one_op(plan[2].id, write[2].batch.epoch, &next);
    write[1] = write[2];
    refuses(OST_CONFLICT, ost_db_plan_append_all(db, write, 2, err));
    within(db, &whose[2], ost_db_plan_get(db, plan[2].id, &after, err));
    assert_int_equal(after.seq, 1);
    /* The connection is good for more. */
    ok(ost_db_plan_append_all(db, &write[2], 1, err));
    assert_true(write[2].kept);
    who = own;
}

struct heard {
    int64_t last;
    int64_t at_ms;
    char body[32];
    size_t count;
};

static bool hear(void *user, const struct ost_db_plan_op *op, struct ost_err *err)
{
    struct heard *heard = user;
    if (op->seq != heard->last + 1 || strcmp(op->client, CLIENT) != 0 ||
        strcmp(op->role, "surgeon") != 0 || op->n != op->seq)
        return ost_fail(err, OST_CORRUPT, "not in order");
    heard->last = op->seq;
    heard->at_ms = op->at_ms;
    heard->count++;
    (void)snprintf(heard->body, sizeof heard->body, "%.*s", (int)op->body_bytes,
                   (const char *)op->body);
    return true;
}

static void a_log_of_many_batches_is_read_in_order(void **state)
{
    (void)state;
    enum { BATCHES = 5, EACH = 64 };
    struct ost_db_plan plan = new_plan();
    int64_t epoch = leased(plan.id, "a");
    for (int b = 0; b < BATCHES; b++) {
        struct ost_db_plan_op op[EACH];
        char body[EACH][16];
        for (int i = 0; i < EACH; i++) {
            int64_t seq = b * EACH + i + 1;
            (void)snprintf(body[i], sizeof body[i], "body %" PRId64, seq);
            op[i] = op_of(seq, seq, body[i]);
        }
        struct ost_db_plan_append batch = {
            .plan = plan.id, .epoch = epoch, .after = (int64_t)b * EACH, .op = op, .count = EACH};
        within(db, &who, ost_db_plan_append(db, &batch, err));
    }
    struct heard all = {0}, some = {.last = 10};
    const struct ost_db_plan_range whole = {.plan = plan.id},
                                   part = {.plan = plan.id, .after = 10, .until = 20};
    within(db, &who, ost_db_plan_load(db, &whole, hear, &all, err));
    assert_int_equal(all.count, BATCHES * EACH);
    assert_string_equal(all.body, "body 320");
    assert_true(all.at_ms == 1700000000123 + 320);
    within(db, &who, ost_db_plan_load(db, &part, hear, &some, err));
    assert_int_equal(some.count, 10);
    assert_int_equal(some.last, 20);
}

static bool hear_second(void *user, const struct ost_db_plan_op *op, struct ost_err *err)
{
    int *count = user;
    (void)err;
    ++*count;
    if (op->seq != 2)
        return true;
    assert_true(op->user == 0 && op->n == 7 && op->undo_of == 1 && op->at_ms == 1700000000125);
    assert_string_equal(op->name, "The system");
    assert_string_equal(op->role, "system");
    assert_string_equal(op->client, "ffeeddccbbaa99887766554433221100");
    assert_true(op->body_bytes == 3 && memcmp(op->body, "two", 3) == 0);
    return true;
}

/* They go as arrays, a column each: none may slip into another's row, and one bad keeps all out. */
static void each_entry_of_a_batch_keeps_what_is_its_own(void **state)
{
    (void)state;
    int count = 0;
    struct ost_db_plan plan = new_plan();
    int64_t epoch = leased(plan.id, "a");
    struct ost_db_plan_op op[] = {op_of(1, 1, "one"), op_of(2, 7, "two"), op_of(3, 2, "three")};
    op[1].user = 0;
    op[1].name = "The system";
    op[1].role = "system";
    op[1].client = "ffeeddccbbaa99887766554433221100";
    op[1].undo_of = 1;
    struct ost_db_plan_append batch = {.plan = plan.id, .epoch = epoch, .op = op, .count = 3};
    op[1].hash[0] ^= 1;
    ok(ost_db_begin(db, &who, err));
    refuses(OST_INVALID, ost_db_plan_append(db, &batch, err));
    ost_db_end(db);
    op[1].hash[0] ^= 1;
    within(db, &who, ost_db_plan_append(db, &batch, err)); /* the fence had not moved either */
    const struct ost_db_plan_range whole = {.plan = plan.id};
    within(db, &who, ost_db_plan_load(db, &whole, hear_second, &count, err));
    assert_int_equal(count, 3);
}

static void a_false_hash_is_refused_by_the_table(void **state)
{
    (void)state;
    struct ost_db_plan plan = new_plan();
    int64_t epoch = leased(plan.id, "a");
    struct ost_db_plan_op op = op_of(1, 1, "one");
    op.hash[0] ^= 1;
    struct ost_db_plan_append batch = one_op(plan.id, epoch, &op);
    ok(ost_db_begin(db, &who, err));
    refuses(OST_INVALID, ost_db_plan_append(db, &batch, err));
    ost_db_end(db);
}

static void a_snapshot_comes_back_as_it_was(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    struct ost_db_plan plan = new_plan();
    unsigned char *body = malloc(SIZE);
    assert_non_null(body);
    for (size_t i = 0; i < SIZE; i++)
        body[i] = (unsigned char)(i * 31U);
    struct ost_db_plan_snapshot in = {.seq = 5, .body = body, .body_bytes = SIZE}, out;
    memset(in.state_hash, 9, sizeof in.state_hash);
    within(db, &who, ost_db_plan_snapshot_add(db, plan.id, &in, err));
    in.seq = 9;
    in.body_bytes = 3;
    within(db, &who, ost_db_plan_snapshot_add(db, plan.id, &in, err));
    OST_AUTO(ost_arena) arena = NULL;
    ok(ost_arena_create(&arena, 4 << 20, err));
    within(db, &who, ost_db_plan_snapshot_get(db, plan.id, 8, arena, &out, err));
    assert_int_equal(out.seq, 5);
    assert_int_equal(out.body_bytes, SIZE);
    assert_memory_equal(out.body, body, SIZE);
    within(db, &who, ost_db_plan_snapshot_get(db, plan.id, 0, arena, &out, err));
    assert_int_equal(out.seq, 9);
    within(db, &who, ost_db_plan_snapshot_get(db, plan.id, 4, arena, &out, err));
    assert_true(out.seq == 0 && out.body == NULL);
    free(body);
}

static void an_approval_binds_to_the_state_and_an_edit_reopens_the_case(void **state)
{
    (void)state;
    struct ost_db_plan plan = new_plan(), got;
    struct ost_db_case c;
    int64_t epoch = leased(plan.id, "a");
    struct ost_db_plan_op op = op_of(1, 1, "tag");
    struct ost_db_plan_append batch = one_op(plan.id, epoch, &op);
    struct ost_db_plan_tag tag = {
        .seq = 1, .kind = "approved", .name = "v1", .user = who.user, .by = "Sample Person"};
    memcpy(tag.state_hash, batch.state_hash, sizeof tag.state_hash);
    ok(ost_db_begin(db, &who, err));
    ok(ost_db_plan_append(db, &batch, err));
    ok(ost_db_plan_tag_add(db, plan.id, &tag, err));
    ok(ost_db_commit(db, err));
    ost_db_end(db);
    within(db, &who, ost_db_plan_get(db, plan.id, &got, err));
    assert_true(got.approved);
    within(db, &who, ost_db_case_get(db, plan.case_id, &c, err));
    assert_string_equal(c.state, "approved");

    struct ost_db_plan_op edit = op_of(2, 2, "edit");
    batch = one_op(plan.id, epoch, &edit);
    within(db, &who, ost_db_plan_append(db, &batch, err));
    within(db, &who, ost_db_plan_get(db, plan.id, &got, err));
    assert_false(got.approved);
    within(db, &who, ost_db_case_get(db, plan.case_id, &c, err));
    assert_string_equal(c.state, "planning");
}

static void a_poor_fit_waits_for_a_word(void **state)
{
    (void)state;
    struct finished good = finished_recon(db, &who, true), poor = finished_recon(db, &who, false);
    bool wanted = true;
    struct ost_db_review review;
    within(db, &who, ost_db_review_wanted(db, good.case_id, &wanted, err));
    assert_false(wanted);
    within(db, &who, ost_db_review_wanted(db, poor.case_id, &wanted, err));
    assert_true(wanted);
    within(db, &who, ost_db_review_add(db, poor.case_id, "accept", "seen", &review, err));
    assert_true(review.user_id == who.user && review.job_id == poor.job);
    within(db, &who, ost_db_review_wanted(db, poor.case_id, &wanted, err));
    assert_false(wanted);
    within(db, &who, ost_db_review_add(db, good.case_id, "reject", NULL, &review, err));
    within(db, &who, ost_db_review_wanted(db, good.case_id, &wanted, err));
    assert_true(wanted);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(a_lease_has_one_owner_at_a_time),
        T(leases_that_are_all_ours_are_renewed_together),
        T(several_leases_are_renewed_at_once),
        T(an_owner_whose_lease_was_taken_writes_nothing),
        T(a_seq_is_given_once_and_without_gaps),
        T(the_same_client_and_n_happens_once),
        T(several_plans_are_kept_at_once_and_each_by_itself),
        T(a_log_of_many_batches_is_read_in_order),
        T(each_entry_of_a_batch_keeps_what_is_its_own),
        T(a_false_hash_is_refused_by_the_table),
        T(a_snapshot_comes_back_as_it_was),
        T(an_approval_binds_to_the_state_and_an_edit_reopens_the_case),
        T(a_poor_fit_waits_for_a_word),
    };
    return cmocka_run_group_tests(all, open_database, close_database);
}
