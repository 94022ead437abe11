#include "services/auth/auth.h"
#include "services/db/case.h"
#include "services/db/grant.h"
#include "services/db/review.h"
#include "tests/check.h"
#include "tests/services/cluster.h"
#include "tests/services/finished.h"

static struct ost_db *db;

static int open_database(void **state)
{
    (void)state;
    db = connect_as_app();
    return 0;
}

static int close_database(void **state)
{
    (void)state;
    ost_db_destroy(db);
    return 0;
}

static enum ost_code may(const struct ost_auth_session *session, enum ost_right right, int64_t id)
{
    struct ost_err why = {0};
    ok(ost_db_begin(db, &session->who, err));
    bool allowed = ost_auth_may(db, session, right, id, &why);
    struct ost_db_case about;
    bool both[2];
    if ((right == OST_RIGHT_PLAN_EDIT || right == OST_RIGHT_APPROVE) &&
        ost_db_case_get(db, id, &about, &(struct ost_err){0})) {
        ok(ost_auth_may_plan(db, session, &about, both, err));
        assert_int_equal(both[right == OST_RIGHT_APPROVE], allowed);
    }
    ost_db_end(db);
    return allowed ? OST_OK : why.code;
}

static struct ost_auth_session session_of(struct ost_db_who who, enum ost_role role)
{
    return (struct ost_auth_session){.id = 1, .who = who, .role = role};
}

/* Somebody without an account, let into the case; he acts for no institution. */
static struct ost_auth_session invited(const struct ost_db_who *host, int64_t case_id,
                                       const char *what, unsigned char mark)
{
    unsigned char hash[OST_DB_HASH] = {mark};
    memcpy(hash + 1, &case_id, sizeof case_id);
    struct ost_db_guest made;
    const struct ost_db_guest_new fresh = {
        .case_id = case_id, .hours = 1, .name = "Guest", .may = what, .hash = hash};
    within(db, host, ost_db_guest_add(db, &fresh, &made, err));
    return session_of((struct ost_db_who){.user = made.user}, OST_ROLE_GUEST);
}

/* Rows: rights; columns: surgeon, engineer, administrator; by grant view, plan; guest view, plan.
 */
static const char *const wanted[OST_RIGHTS] = {
    [OST_RIGHT_CASE_LIST] = "yyy",       [OST_RIGHT_CASE_CREATE] = "yyn",
    [OST_RIGHT_CASE_READ] = "yyyyyyy",   [OST_RIGHT_DOWNLOAD] = "yyyyynn",
    [OST_RIGHT_CASE_EDIT] = "yynnnnn",   [OST_RIGHT_UPLOAD] = "yynnnnn",
    [OST_RIGHT_RUN] = "yynnnnn",         [OST_RIGHT_FIT_REVIEW] = "ynnnnnn",
    [OST_RIGHT_PLAN_EDIT] = "yynnyny",   [OST_RIGHT_APPROVE] = "ynnnnnn",
    [OST_RIGHT_SHARE] = "ynynnnn",       [OST_RIGHT_GIVE_BACK] = "nnnyynn",
    [OST_RIGHT_CASE_DELETE] = "ynynnnn", [OST_RIGHT_AUDIT_READ] = "yny",
};

static void every_right_is_as_the_table_of_people_says(void **state)
{
    (void)state;
    struct ost_db_who one = new_institution(), two = new_institution(), three = new_institution();
    struct finished recon = finished_recon(db, &one, true);
    struct ost_db_grant view = {.case_id = recon.case_id,
                                .grantee = two.institution,
                                .may = "view",
                                .purpose = "second opinion",
                                .days = 1},
                        plan = {.case_id = recon.case_id,
                                .grantee = three.institution,
                                .may = "plan",
                                .purpose = "shared planning",
                                .days = 1};
    within(db, &one, ost_db_grant_add(db, &view, err));
    within(db, &one, ost_db_grant_add(db, &plan, err));
    const struct ost_auth_session who[] = {
        session_of(one, OST_ROLE_SURGEON),        session_of(one, OST_ROLE_ENGINEER),
        session_of(one, OST_ROLE_ADMINISTRATOR),  session_of(two, OST_ROLE_SURGEON),
        session_of(three, OST_ROLE_SURGEON),      invited(&one, recon.case_id, "view", 'v'),
        invited(&one, recon.case_id, "plan", 'p')};
    for (int right = 0; right < OST_RIGHTS; right++)
        for (size_t i = 0; wanted[right][i] != '\0'; i++) {
            int64_t about = wanted[right][3] == '\0' ? 0 : recon.case_id;
            enum ost_code got = may(&who[i], (enum ost_right)right, about);
            if (got != (wanted[right][i] == 'y' ? OST_OK : OST_DENIED))
                fail_msg("%s by person %zu: %s", ost_right_name((enum ost_right)right), i,
                         ost_code_name(got));
        }
}

static void a_guest_knows_one_case_until_he_is_revoked(void **state)
{
    (void)state;
    struct ost_db_who one = new_institution();
    struct finished recon = finished_recon(db, &one, true), other = finished_recon(db, &one, true);
    struct ost_auth_session guest = invited(&one, recon.case_id, "plan", 'g');
    struct ost_db_guest row;
    bool found = false;
    assert_int_equal(may(&guest, OST_RIGHT_CASE_READ, recon.case_id), OST_OK);
    for (int right = 0; right < OST_RIGHTS; right++)
        assert_int_equal(may(&guest, (enum ost_right)right, other.case_id), OST_NOT_FOUND);
    assert_int_equal(may(&guest, OST_RIGHT_CASE_LIST, 0), OST_DENIED);
    assert_int_equal(may(&guest, OST_RIGHT_CASE_CREATE, 0), OST_DENIED);
    assert_int_equal(may(&guest, OST_RIGHT_AUDIT_READ, 0), OST_DENIED);
    within(db, &one, ost_db_guest_of_user(db, guest.who.user, &row, &found, err));
    assert_true(found && row.live && row.left_s > 3500);
    within(db, &one, ost_db_guest_revoke(db, row.id, err));
    assert_int_equal(may(&guest, OST_RIGHT_CASE_READ, recon.case_id), OST_NOT_FOUND);
}

static void a_later_grant_takes_the_place_of_the_earlier(void **state)
{
    (void)state;
    struct ost_db_who one = new_institution(), two = new_institution();
    struct finished recon = finished_recon(db, &one, true);
    struct ost_auth_session guest = session_of(two, OST_ROLE_SURGEON);
    struct ost_db_grant grant[] = {{.may = "plan"}, {.may = "view"}};
    for (size_t i = 0; i < sizeof grant / sizeof grant[0]; i++) {
        grant[i].case_id = recon.case_id;
        grant[i].grantee = two.institution;
        grant[i].days = 1;
        memcpy(grant[i].purpose, "shared planning", sizeof "shared planning");
        within(db, &one, ost_db_grant_add(db, &grant[i], err));
    }
    assert_int_equal(may(&guest, OST_RIGHT_CASE_READ, recon.case_id), OST_OK);
    assert_int_equal(may(&guest, OST_RIGHT_PLAN_EDIT, recon.case_id), OST_DENIED);
    within(db, &one, ost_db_grant_revoke(db, grant[1].id, err));
    assert_int_equal(may(&guest, OST_RIGHT_CASE_READ, recon.case_id), OST_NOT_FOUND);
}

static void a_stranger_learns_nothing_of_a_case(void **state)
{
    (void)state;
    struct ost_db_who one = new_institution(), two = new_institution();
    int64_t id = case_with_film(db, &one);
    struct ost_auth_session stranger = session_of(two, OST_ROLE_SURGEON);
    for (int right = 0; right < OST_RIGHTS; right++)
        assert_int_equal(may(&stranger, (enum ost_right)right, id), OST_NOT_FOUND);
}

static void a_closed_case_is_only_read(void **state)
{
    (void)state;
    struct ost_db_who one = new_institution();
    int64_t id = case_with_film(db, &one);
    struct ost_auth_session surgeon = session_of(one, OST_ROLE_SURGEON);
    within(db, &one, ost_db_case_set_state(db, id, "closed", err));
    assert_int_equal(may(&surgeon, OST_RIGHT_CASE_READ, id), OST_OK);
    assert_int_equal(may(&surgeon, OST_RIGHT_UPLOAD, id), OST_CONFLICT);
    assert_int_equal(may(&surgeon, OST_RIGHT_PLAN_EDIT, id), OST_CONFLICT);
    assert_int_equal(may(&surgeon, OST_RIGHT_CASE_DELETE, id), OST_OK);
}

static void planning_waits_for_a_word_on_a_poor_fit(void **state)
{
    (void)state;
    struct ost_db_who one = new_institution();
    struct finished recon = finished_recon(db, &one, false);
    struct ost_auth_session surgeon = session_of(one, OST_ROLE_SURGEON);
    struct ost_db_review review;
    assert_int_equal(may(&surgeon, OST_RIGHT_PLAN_EDIT, recon.case_id), OST_CONFLICT);
    assert_int_equal(may(&surgeon, OST_RIGHT_APPROVE, recon.case_id), OST_CONFLICT);
    assert_int_equal(may(&surgeon, OST_RIGHT_RUN, recon.case_id), OST_OK);
    within(db, &one, ost_db_review_add(db, recon.case_id, "accept", "", &review, err));
    assert_int_equal(may(&surgeon, OST_RIGHT_PLAN_EDIT, recon.case_id), OST_OK);
}

/* A fit may choose a side; a plan of it is approved when a person has said which it is. */
static void no_plan_is_approved_of_a_side_that_nobody_has_stated(void **state)
{
    (void)state;
    struct ost_db_who one = new_institution();
    struct finished recon = finished_recon(db, &one, true);
    struct ost_auth_session surgeon = session_of(one, OST_ROLE_SURGEON);
    within(db, &one, ost_db_case_set_side(db, recon.case_id, "unknown", err));
    assert_int_equal(may(&surgeon, OST_RIGHT_PLAN_EDIT, recon.case_id), OST_OK);
    assert_int_equal(may(&surgeon, OST_RIGHT_APPROVE, recon.case_id), OST_CONFLICT);
    within(db, &one, ost_db_case_set_side(db, recon.case_id, "right", err));
    assert_int_equal(may(&surgeon, OST_RIGHT_APPROVE, recon.case_id), OST_OK);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(every_right_is_as_the_table_of_people_says),
        T(a_guest_knows_one_case_until_he_is_revoked),
        T(a_later_grant_takes_the_place_of_the_earlier),
        T(a_stranger_learns_nothing_of_a_case),
        T(a_closed_case_is_only_read),
        T(planning_waits_for_a_word_on_a_poor_fit),
        T(no_plan_is_approved_of_a_side_that_nobody_has_stated),
    };
    return cmocka_run_group_tests(all, open_database, close_database);
}
