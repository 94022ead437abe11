#include "recon/plan/measures.h"
#include "services/casefile/result.h"
#include "services/station/report.h"
#include "tests/services/station/case.h"

#include <sys/stat.h>
#include <unistd.h>

static struct ost_arena *arena;
static const struct ost_station_report_options options = {.code = "C-7F3K2"};

static int open_case(void **state)
{
    return copy_case(state) == 0 && ost_arena_create(&arena, 64 << 20, NULL) ? 0 : -1;
}

static int close_case(void **state)
{
    ost_arena_destroy(arena);
    return drop_case(state);
}

static void report(char name[OST_REPORT_NAME])
{
    struct ost_err err = {0};
    if (!ost_station_report(case_dir, &options, NULL, name, &err))
        fail_msg("%s", err.msg);
}

/* What a reader of the page reads, by a program that is not ours. */
static char *text_of(const char *name)
{
    static char text[1 << 16];
    char command[400];
    (void)snprintf(command, sizeof command, "pdftotext -layout '%s/result/%s' - 2>/dev/null",
                   case_dir, name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(text, 1, sizeof text - 1, pipe);
    assert_int_equal(pclose(pipe), 0);
    text[len] = '\0';
    return text;
}

static void says(const char *text, const char *what)
{
    if (strstr(text, what) == NULL)
        fail_msg("the page does not say '%s': %s", what, text);
}

/* How far to the right anything is written, in points. */
static double rightmost(const char *name)
{
    char command[400], line[512];
    double most = 0.0;
    (void)snprintf(command, sizeof command, "pdftotext -bbox '%s/result/%s' - 2>/dev/null",
                   case_dir, name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    while (fgets(line, sizeof line, pipe) != NULL) {
        const char *at = strstr(line, "<word") == NULL ? NULL : strstr(line, "xMax=\"");
        most = at == NULL ? most : fmax(most, strtod(at + 6, NULL));
    }
    assert_int_equal(pclose(pipe), 0);
    return most;
}

static int pages_of(const char *name)
{
    struct ost_buf pdf = file_of(name);
    int pages = 0;
    assert_memory_equal(pdf.ptr, "%PDF-", 5);
    for (size_t i = 0; i + 11 < pdf.len; i++)
        pages += memcmp(pdf.ptr + i, "/Type /Page\n", 12) == 0;
    ost_buf_fini(&pdf);
    return pages;
}

static void a_draft_says_so_and_tells_what_it_is_made_of(void **state)
{
    (void)state;
    char name[OST_REPORT_NAME];
    OST_AUTO(ost_plan) plan = seeded(arena);
    propose(plan, arena);
    keep_plan(plan);
    report(name);
    assert_string_equal(name, "report_DRAFT.pdf");
    assert_int_equal(pages_of("result/report_DRAFT.pdf"), 1);
    const char *text = text_of(name);
    char hash[OST_SHA256_HEX];
    assert_true(ost_plan_hash(plan, hash, NULL));
    says(text, hash);
    says(text, "C-7F3K2");
    says(text, "LEFT");
    says(text, "DRAFT");
    says(text, "NOT APPROVED");
    says(text, "SIMULATED");
    says(text, "completion of the healthy part");
    says(text, "Planning support only");
    says(text, "計画支援資料");
    double most = rightmost(name);
    assert_true(most > 500.0 && most < 560.0); /* the rules end at 559 of 595 */
}

/* Every number of the table is on the page, as the plan computes it. */
static void the_numbers_are_those_of_the_plan(void **state)
{
    (void)state;
    OST_AUTO(ost_plan) plan = seeded(arena);
    struct ost_measures m;
    propose(plan, arena);
    ost_plan_measures(plan, NULL, &m);
    const char *text = text_of("report_DRAFT.pdf");
    for (int n = 0; n < OST_PLAN_NUMBERS; n++) {
        const struct ost_spread *cell[3] = {&m.number[n].before, &m.number[n].planned,
                                            &m.number[n].target};
        for (int c = 0; c < 3; c++) {
            char want[64];
            (void)snprintf(want, sizeof want, "%.1f ± %.1f", cell[c]->value, 1.96 * cell[c]->sd);
            says(text, want);
        }
    }
}

/* Which target, and how sure that is. */
static void the_page_says_where_the_target_comes_from(void **state)
{
    (void)state;
    char name[OST_REPORT_NAME], want[128];
    OST_AUTO(ost_plan) plan = seeded(arena);
    int target = ost_plan_first(plan, OST_TYPE_TARGET);
    struct ost_property_view was = ost_plan_property_view(plan, target, "source");
    struct ost_assign mirrored = {.property = "source", .value = ost_value_text("mirrored")};
    struct ost_op op = {.kind = OST_OP_SET,
                        .object = "target",
                        .assign = &mirrored,
                        .assign_count = 1,
                        .base = was.rev};
    struct ost_entry entry = {.by = surgeon, .op = &op, .op_count = 1};
    apply(plan, &entry, 2);
    keep_plan(plan);
    report(name);
    const char *text = text_of(name);
    says(text, "the other arm, mirrored");
    struct ost_value sd = ost_plan_property_view(plan, target, "translation_sd_mm").value;
    (void)snprintf(want, sizeof want, "± %.1f / %.1f / %.1f mm", 1.96 * sd.vec3[0],
                   1.96 * sd.vec3[1], 1.96 * sd.vec3[2]);
    says(text, want);
}

static void what_is_approved_is_no_draft(void **state)
{
    (void)state;
    char name[OST_REPORT_NAME];
    OST_AUTO(ost_plan) plan = seeded(arena);
    propose(plan, arena);
    approve(plan);
    keep_plan(plan);
    report(name);
    assert_string_equal(name, "report.pdf");
    const char *text = text_of(name);
    says(text, "APPROVED");
    assert_null(strstr(text, "NOT APPROVED"));
    assert_null(strstr(text, "DRAFT"));
    struct ost_buf first = file_of("result/report.pdf");
    report(name);
    struct ost_buf again = file_of("result/report.pdf");
    assert_int_equal(first.len, again.len);
    assert_memory_equal(first.ptr, again.ptr, first.len);
    ost_buf_fini(&first);
    ost_buf_fini(&again);
}

static void an_edit_after_the_approval_is_told(void **state)
{
    (void)state;
    char name[OST_REPORT_NAME];
    OST_AUTO(ost_plan) plan = seeded(arena);
    approve(plan);
    step(plan, "draft");
    propose(plan, arena);
    keep_plan(plan);
    report(name);
    assert_string_equal(name, "report_DRAFT.pdf");
    says(text_of(name), "承認後に変更");
    struct ost_buf approved;
    ost_buf_init(&approved, 1);
    struct ost_err err = {0};
    assert_false(ost_disk_read(case_dir, "result/report.pdf", &approved, &err));
    assert_int_equal(err.code, OST_NOT_FOUND); /* the approved one of before is gone */
    ost_buf_fini(&approved);
}

/* What the guide of `hash` says of itself, as far as a report reads it. */
static void keep_guide(const char *hash)
{
    struct ost_buf json;
    ost_buf_init(&json, 512);
    ost_buf_print(&json,
                  "{\"watertight\":true,\"min_wall_mm\":2.34,\"plan_hash\":\"%s\",\"checks\":"
                  "[{\"name\":\"wall\",\"value\":2.34,\"limit\":2.0,\"ok\":true},"
                  "{\"name\":\"slot\",\"value\":0.1,\"limit\":0.9,\"ok\":false}]}",
                  hash);
    assert_true(ost_disk_write(case_dir, "result/guide.json", &json, NULL));
    ost_buf_fini(&json);
}

static void a_guide_of_another_state_lends_no_figures(void **state)
{
    (void)state;
    char name[OST_REPORT_NAME], hash[OST_SHA256_HEX];
    OST_AUTO(ost_plan) plan = seeded(arena);
    assert_true(ost_plan_hash(plan, hash, NULL));
    keep_plan(plan);
    keep_guide(hash);
    report(name);
    says(text_of(name), "thinnest wall 2.34 mm");
    says(text_of(name), "checks 1 / 2");
    propose(plan, arena);
    keep_plan(plan);
    report(name);
    const char *text = text_of(name);
    says(text, "The guide is of another state of the plan");
    assert_null(strstr(text, "thinnest wall"));
}

static void a_part_that_cannot_be_read_is_not_left_out(void **state)
{
    (void)state;
    char name[OST_REPORT_NAME], path[160];
    struct ost_err err = {0};
    (void)snprintf(path, sizeof path, "%s/result/fem.json", case_dir);
    (void)remove(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(ost_station_report(case_dir, &options, NULL, name, &err));
    assert_non_null(strstr(err.msg, "fem.json"));
    assert_int_equal(rmdir(path), 0);
}

static void a_part_that_is_damaged_is_named(void **state)
{
    (void)state;
    char name[OST_REPORT_NAME];
    struct ost_err err = {0};
    struct ost_buf broken;
    ost_buf_init(&broken, 64);
    ost_buf_text(&broken, "{\"how\":1}");
    assert_true(ost_disk_write(case_dir, "result/bmd.json", &broken, NULL));
    ost_buf_fini(&broken);
    assert_false(ost_station_report(case_dir, &options, NULL, name, &err));
    assert_int_equal(err.code, OST_CORRUPT);
    assert_non_null(strstr(err.msg, "bmd.json"));
}

int main(void)
{
    const struct CMUnitTest all[] = {T(a_draft_says_so_and_tells_what_it_is_made_of),
                                     T(the_numbers_are_those_of_the_plan),
                                     T(the_page_says_where_the_target_comes_from),
                                     T(what_is_approved_is_no_draft),
                                     T(an_edit_after_the_approval_is_told),
                                     T(a_guide_of_another_state_lends_no_figures),
                                     T(a_part_that_cannot_be_read_is_not_left_out),
                                     T(a_part_that_is_damaged_is_named)};
    return cmocka_run_group_tests(all, open_case, close_case);
}
