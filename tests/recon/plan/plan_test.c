#include "tests/recon/plan/drive.h"

#define SET_MOTION(base, value)                                                                    \
    "{\"op\":\"set\",\"object\":\"fragment\",\"property\":\"motion\",\"base\":" base               \
    ",\"value\":" value "}"

static void an_entry_gives_every_property_its_rev_and_writer(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    assert_int_equal(d.entry.seq, 1);
    assert_int_equal(drive(&d, ENGINEER, 2, SET_MOTION("1", LIFTED)), OST_OK);
    struct ost_property_view view =
        ost_plan_property_view(d.plan, ost_plan_find(d.plan, "fragment"), "motion");
    assert_int_equal(view.rev, 2);
    assert_string_equal(view.by_name, "E. Engineer");
    assert_near(view.value.rigid.t[2], 3.5, 0.0);
    drive_end(&d);
}

static void a_stale_base_of_a_strict_property_is_refused(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    assert_int_equal(drive(&d, ENGINEER, 2, SET_MOTION("1", LIFTED)), OST_OK);
    assert_int_equal(drive(&d, SURGEON, 1, SET_MOTION("1", IDENTITY)), OST_CONFLICT);
    assert_int_equal(drive(&d, SURGEON, 1,
                           "{\"op\":\"set\",\"object\":\"fragment\",\"property\":\"motion\","
                           "\"value\":" IDENTITY "}"),
                     OST_INVALID);
    assert_int_equal(ost_plan_seq(d.plan), 2);
    drive_end(&d);
}

static void the_last_writer_of_a_loose_property_wins(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    for (int i = 0; i < 2; i++)
        assert_int_equal(drive(&d, i == 0 ? SURGEON : ENGINEER, 1 + i,
                               "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\","
                               "\"value\":0.9}"),
                         OST_OK);
    assert_int_equal(drive_rev(&d, "cut", "kerf_mm"), 3);
    drive_end(&d);
}

static void a_page_may_build_on_its_own_edit_before_the_answer(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    assert_int_equal(drive(&d, ENGINEER, 2, SET_MOTION("1", LIFTED)), OST_OK);
    assert_int_equal(drive(&d, ENGINEER, 2, SET_MOTION("-1", IDENTITY)), OST_OK);
    assert_int_equal(d.base, 2);
    assert_int_equal(drive(&d, SURGEON, 1, SET_MOTION("-7", LIFTED)), OST_CONFLICT);
    drive_end(&d);
}

static void a_refused_transaction_leaves_no_trace(void **state)
{
    (void)state;
    struct drive d;
    char sum[OST_SUM_HEX], after[OST_SUM_HEX], hash[OST_SHA256_HEX], hash_after[OST_SHA256_HEX];
    drive_fragment(&d);
    ost_plan_sum(d.plan, sum);
    assert_true(ost_plan_hash(d.plan, hash, &d.err));
    assert_int_equal(
        drive(&d, "\"id\":\"new\",\"name\":\"N\",\"role\":\"surgeon\"", 3,
              "{\"op\":\"create\",\"id\":\"note\",\"type\":\"note\",\"props\":{\"text\":\"x\"}},"
              "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":1.5},"
              "{\"op\":\"move\",\"object\":\"fragment\",\"parent\":\"\",\"order\":\"k\"},"
              "{\"op\":\"remove\",\"object\":\"fragment\"},"
              "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":99}"),
        OST_INVALID);
    ost_plan_sum(d.plan, after);
    assert_true(ost_plan_hash(d.plan, hash_after, &d.err));
    assert_string_equal(after, sum);
    assert_string_equal(hash_after, hash);
    assert_int_equal(ost_plan_find(d.plan, "note"), -1);
    assert_int_equal(ost_plan_seq(d.plan), 1);
    drive_end(&d);
}

static void a_transaction_sent_twice_happens_once(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    assert_int_equal(drive(&d, SURGEON, 1, SET_MOTION("1", LIFTED)), OST_OK);
    d.n[1]--;
    assert_int_equal(drive(&d, SURGEON, 1, SET_MOTION("1", LIFTED)), OST_OK);
    assert_int_equal(d.outcome, OST_DUPLICATE);
    assert_int_equal(d.entry.seq, 2);
    assert_int_equal(ost_plan_seq(d.plan), 2);
    drive_end(&d);
}

static void a_client_id_belongs_to_one_user(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    assert_int_equal(drive(&d, ENGINEER, 1, SET_MOTION("1", LIFTED)), OST_DENIED);
    drive_end(&d);
}

static void a_precondition_holds_or_nothing_happens(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    static const char json[] =
        "{\"by\":{" ENGINEER "},\"client\":\"22222222222222222222222222222222\",\"n\":%d,"
        "\"at\":1,\"ops\":[{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\","
        "\"value\":1}],\"pre\":[{\"object\":\"fragment\",\"property\":\"motion\",\"rev\":%d}]}";
    char text[1024];
    (void)snprintf(text, sizeof text, json, 1, 7);
    assert_int_equal(drive_text(&d, text), OST_CONFLICT);
    (void)snprintf(text, sizeof text, json, 2, 1);
    assert_int_equal(drive_text(&d, text), OST_OK);
    drive_end(&d);
}

static void values_outside_the_tables_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":3.01}",
        "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":\"1\"}",
        "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":null}",
        "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"kind\",\"value\":\"sing\"}",
        "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"colour\",\"value\":1}",
        "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"normal\",\"base\":1,"
        "\"value\":[0,0,1.001]}",
        SET_MOTION("1", "{\"r\":[-1,0,0,0,1,0,0,0,1],\"t\":[0,0,0]}"),
        SET_MOTION("1", "{\"r\":[1,0,0,0.01,1,0,0,0,1],\"t\":[0,0,0]}"),
        SET_MOTION("1", "[1,2,3]"),
        "{\"op\":\"set\",\"object\":\"fragment\",\"property\":\"osteotomy\",\"value\":"
        "\"fragment\"}",
        "{\"op\":\"create\",\"id\":\"a b\",\"type\":\"note\",\"props\":{\"text\":\"x\"}}",
        "{\"op\":\"create\",\"id\":\"a\",\"type\":\"nothing\",\"props\":{}}",
        "{\"op\":\"create\",\"id\":\"a\",\"type\":\"note\",\"props\":{}}",
        "{\"op\":\"create\",\"id\":\"a\",\"type\":\"note\",\"order\":\"10\",\"props\":{\"text\":"
        "\"x\"}}",
        "{\"op\":\"create\",\"id\":\"a\",\"type\":\"note\",\"parent\":\"cut\",\"props\":{"
        "\"text\":\"x\"}}",
        "{\"op\":\"create\",\"id\":\"a\",\"type\":\"note\",\"props\":{\"text\":\"\\u0007\"}}",
        "{\"op\":\"paint\",\"object\":\"cut\"}",
        "{\"op\":\"remove\",\"object\":\"cut\",\"why\":1}",
    };
    struct drive d;
    drive_fragment(&d);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        enum ost_code code = drive(&d, SURGEON, 1, wrong[i]);
        if (code != OST_INVALID)
            print_error("%s gave %s\n", wrong[i], ost_code_name(code));
        assert_int_equal(code, OST_INVALID);
        assert_string_not_equal(d.err.msg, "");
    }
    assert_int_equal(ost_plan_seq(d.plan), 1);
    drive_end(&d);
}

static void roles_may_only_what_is_theirs(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    assert_int_equal(drive(&d, ADMINISTRATOR, 0, SET_MOTION("1", LIFTED)), OST_DENIED);
    assert_int_equal(drive(&d, ADMINISTRATOR, 0, "{\"op\":\"remove\",\"object\":\"fragment\"}"),
                     OST_DENIED);
    assert_int_equal(drive(&d, GUEST, 3,
                           "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"half_volar_mm\","
                           "\"value\":9}"),
                     OST_DENIED);
    assert_int_equal(drive(&d, SURGEON, 1,
                           "{\"op\":\"create\",\"id\":\"t\",\"type\":\"target\",\"props\":{"
                           "\"motion\":" IDENTITY ",\"source\":\"manual\",\"rotation_sd_deg\":"
                           "[0,0,0],\"translation_sd_mm\":[0,0,0]}}"),
                     OST_DENIED);
    assert_int_equal(drive(&d, ENGINEER, 2,
                           "{\"op\":\"set\",\"object\":\"cut\",\"property\":\"half_volar_mm\","
                           "\"value\":9}"),
                     OST_DENIED);
    /* A guest who is invited to plan does; whether he is, whoever lets him in knows. */
    assert_int_equal(drive(&d, GUEST, 3, SET_MOTION("1", LIFTED)), OST_OK);
    drive_end(&d);
}

static void what_is_still_used_cannot_be_removed(void **state)
{
    (void)state;
    struct drive d;
    drive_fragment(&d);
    assert_int_equal(drive(&d, SURGEON, 1, "{\"op\":\"remove\",\"object\":\"cut\"}"), OST_CONFLICT);
    assert_int_equal(drive(&d, SURGEON, 1,
                           "{\"op\":\"remove\",\"object\":\"cut\"},"
                           "{\"op\":\"remove\",\"object\":\"fragment\"}"),
                     OST_OK);
    assert_int_equal(drive(&d, SURGEON, 1, "{\"op\":\"restore\",\"object\":\"fragment\"}"),
                     OST_CONFLICT);
    assert_int_equal(drive(&d, SURGEON, 1,
                           "{\"op\":\"create\",\"id\":\"cut\",\"type\":\"note\",\"props\":{"
                           "\"text\":\"again\"}}"),
                     OST_CONFLICT);
    drive_end(&d);
}

static void notes_cannot_hang_in_a_circle(void **state)
{
    (void)state;
    struct drive d;
    drive_begin(&d);
    assert_int_equal(
        drive(&d, SURGEON, 1,
              "{\"op\":\"create\",\"id\":\"a\",\"type\":\"note\",\"props\":{\"text\":\"a\"}},"
              "{\"op\":\"create\",\"id\":\"b\",\"type\":\"note\",\"parent\":\"a\",\"props\":{"
              "\"text\":\"b\"}}"),
        OST_OK);
    assert_int_equal(drive(&d, SURGEON, 1,
                           "{\"op\":\"move\",\"object\":\"a\",\"parent\":\"b\",\"order\":\"V\"}"),
                     OST_INVALID);
    assert_int_equal(drive(&d, SURGEON, 1,
                           "{\"op\":\"move\",\"object\":\"a\",\"parent\":\"a\",\"order\":\"V\"}"),
                     OST_INVALID);
    drive_end(&d);
}

static void minus_zero_is_zero(void **state)
{
    (void)state;
    struct drive a, b;
    char x[OST_SUM_HEX], y[OST_SUM_HEX];
    drive_fragment(&a);
    drive_fragment(&b);
    assert_int_equal(drive(&a, SURGEON, 1,
                           SET_MOTION("1", "{\"r\":[1,-0.0,0,-0,1,0,0,0,1],\"t\":[0,-0.0,3.5]}")),
                     OST_OK);
    assert_int_equal(drive(&b, SURGEON, 1, SET_MOTION("1", LIFTED)), OST_OK);
    ost_plan_sum(a.plan, x);
    ost_plan_sum(b.plan, y);
    assert_string_equal(x, y);
    assert_memory_equal(a.entry.hash, b.entry.hash, OST_SHA256_BYTES);
    drive_end(&a);
    drive_end(&b);
}

static void a_surgeon_approves_exactly_the_state_that_is_there(void **state)
{
    (void)state;
    struct drive d;
    char hash[OST_SHA256_HEX], after[OST_SHA256_HEX], ops[256];
    struct ost_approval approval;
    drive_fragment(&d);
    assert_true(ost_plan_hash(d.plan, hash, &d.err));
    static const char tag[] = "{\"op\":\"tag\",\"name\":\"%s\",\"kind\":\"%s\",\"hash\":\"%s\"}";
    (void)snprintf(ops, sizeof ops, tag, "p1", "proposed", hash);
    assert_int_equal(drive(&d, ENGINEER, 2, ops), OST_OK);
    (void)snprintf(ops, sizeof ops, tag, "v1", "approved", hash);
    assert_int_equal(drive(&d, ENGINEER, 2, ops), OST_DENIED);
    assert_int_equal(drive(&d, SURGEON, 1, ops), OST_OK);
    assert_true(ost_plan_hash(d.plan, after, &d.err));
    assert_string_equal(after, hash);
    assert_true(ost_plan_approval(d.plan, &approval, &d.err));
    assert_true(approval.approved && !approval.outdated && approval.version == 1);
    assert_string_equal(approval.by, "S. Surgeon");

    (void)snprintf(ops, sizeof ops, tag, "b1", "draft", hash);
    assert_int_equal(drive(&d, ENGINEER, 2, ops), OST_OK);
    assert_int_equal(drive(&d, ENGINEER, 2, SET_MOTION("1", LIFTED)), OST_OK);
    assert_true(ost_plan_approval(d.plan, &approval, &d.err));
    assert_true(!approval.approved && approval.outdated);
    (void)snprintf(ops, sizeof ops, tag, "v2", "proposed", hash);
    assert_int_equal(drive(&d, SURGEON, 1, ops), OST_CONFLICT);
    drive_end(&d);
}

static void a_moved_landmark_says_it_was_corrected(void **state)
{
    (void)state;
    struct drive d;
    drive_begin(&d);
    assert_int_equal(
        drive(&d, SYSTEM, 0,
              "{\"op\":\"create\",\"id\":\"radius\",\"type\":\"bone\",\"props\":{\"kind\":"
              "\"radius\",\"side\":\"left\",\"surface\":"
              "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
              "\"correction\":" IDENTITY "}},"
              "{\"op\":\"create\",\"id\":\"lip_volar\",\"type\":\"landmark\",\"props\":{\"name\":"
              "\"lip_volar\",\"bone\":\"radius\",\"position\":[1,2,3],\"sd_mm\":0.5,\"how\":"
              "\"automatic\"}}"),
        OST_OK);
    int at = ost_plan_find(d.plan, "lip_volar");
    assert_int_equal(drive(&d, ENGINEER, 2,
                           "{\"op\":\"set\",\"object\":\"lip_volar\",\"property\":\"position\","
                           "\"base\":1,\"value\":[1,2,4]}"),
                     OST_OK);
    assert_string_equal(ost_plan_property_view(d.plan, at, "how").value.text, "corrected");
    assert_int_equal(drive(&d, ENGINEER, 2,
                           "{\"op\":\"set\",\"object\":\"lip_volar\",\"property\":\"how\","
                           "\"value\":\"automatic\"}"),
                     OST_DENIED);
    drive_end(&d);
}

RUN(T(an_entry_gives_every_property_its_rev_and_writer),
    T(a_stale_base_of_a_strict_property_is_refused), T(the_last_writer_of_a_loose_property_wins),
    T(a_page_may_build_on_its_own_edit_before_the_answer), T(a_refused_transaction_leaves_no_trace),
    T(a_transaction_sent_twice_happens_once), T(a_client_id_belongs_to_one_user),
    T(a_precondition_holds_or_nothing_happens), T(values_outside_the_tables_are_refused),
    T(roles_may_only_what_is_theirs), T(what_is_still_used_cannot_be_removed),
    T(notes_cannot_hang_in_a_circle), T(minus_zero_is_zero),
    T(a_surgeon_approves_exactly_the_state_that_is_there),
    T(a_moved_landmark_says_it_was_corrected))
