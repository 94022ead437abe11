/* osteon plan on a case folder whose forearm and deformity are known. */
#include "services/casefile/disk.h"
#include "services/casefile/result.h"
#include "services/tool/plan_log.h"
#include "services/tool/tool.h"
#include "tests/recon/plan/forearm.h"
#include "tests/services/station/named.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/osteon-plan-XXXXXX";

static void put_file(const char *name, const char *text)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, 1 << 20);
    ost_buf_text(&bytes, text);
    assert_true(ost_disk_write(folder, name, &bytes, NULL));
    ost_buf_fini(&bytes);
}

static void put_result(void)
{
    static struct ost_result r;
    struct forearm f;
    struct ost_rigid deformity = bend((double[]){-20, 5, 0}, (double[]){0, 0, 5});
    forearm_make(&f, &deformity);
    r = (struct ost_result){.side = OST_SIDE_RIGHT, .in_world = true, .simulated = true};
    name_all(&r);
    TEXT(r.density_how, "relative");
    r.target_motion = f.seed.target;
    r.fragment_motion = deformity;
    r.fragment_present = true;
    memcpy(r.origin, f.seed.origin, sizeof r.origin);
    memcpy(r.axis, f.seed.axis, sizeof r.axis);
    memcpy(r.radial, f.seed.radial, sizeof r.radial);
    memcpy(r.volar, f.seed.volar, sizeof r.volar);
    memcpy(r.cut_point, f.seed.cut_point, sizeof r.cut_point);
    memcpy(r.cut_normal, f.seed.cut_normal, sizeof r.cut_normal);
    for (int l = 0; l < OST_LANDMARKS; l++) {
        r.landmark[l].sd = 0.8;
        r.landmark[l].position[0] = l;
        for (size_t i = 0; i < f.seed.landmark_count; i++)
            if (strcmp(f.landmark[i].name, ost_landmark_name((enum ost_landmark)l)) == 0)
                memcpy(r.landmark[l].position, f.landmark[i].position, sizeof(double[3]));
    }
    struct ost_number number = {.low = -1.96, .high = 1.96, .level = 0.95};
    TEXT(number.unit, "deg");
    TEXT(number.how, "fit");
    for (int i = 0; i < OST_MEASURES; i++)
        r.measure[i] = number;
    r.cortical = r.trabecular = r.angle_between_views = number;
    assert_true(ost_disk_folder(folder, "result", NULL));
    struct ost_err err;
    if (!ost_result_write(folder, &r, &err))
        print_error("%s\n", err.msg);
    put_file("result/radius.stl", "a surface");
    put_file("result/ulna.stl", "another");
}

/* Runs the command with stdout and stderr in files of the folder. */
static int run_as(const char *name, const char *verb, const char *more)
{
    char out[64], err[64];
    TEXT(out, "%s/stdout", folder);
    TEXT(err, "%s/stderr", folder);
    (void)fflush(stdout);
    (void)fflush(stderr);
    int keep[2] = {dup(1), dup(2)};
    int to[2] = {open(out, O_CREAT | O_TRUNC | O_WRONLY, 0600),
                 open(err, O_CREAT | O_TRUNC | O_WRONLY, 0600)};
    (void)dup2(to[0], 1);
    (void)dup2(to[1], 2);
    char words[9][64] = {"plan", "", "", "--json", "", "", "--name", "--said", "as agreed"};
    TEXT(words[1], "%s", verb);
    TEXT(words[2], "%s", folder);
    int count = 4;
    char *argv[10] = {words[0], words[1], words[2], words[3]};
    if (more != NULL) {
        TEXT(words[4], "%s", more);
        argv[count++] = words[4];
    }
    if (name != NULL) {
        TEXT(words[5], "%s", name);
        for (int i = 0; i < 4; i++)
            argv[count++] = words[(int[]){6, 5, 7, 8}[i]];
    }
    int code = ost_tool_plan(count, argv);
    (void)fflush(stdout);
    (void)fflush(stderr);
    for (int i = 0; i < 2; i++) {
        (void)dup2(keep[i], i + 1);
        (void)close(keep[i]);
        (void)close(to[i]);
    }
    return code;
}

static int run(const char *verb, const char *more)
{
    return run_as(NULL, verb, more);
}

static const char *said(const char *name)
{
    static struct ost_buf bytes;
    ost_buf_fini(&bytes);
    ost_buf_init(&bytes, 1 << 22);
    assert_true(ost_disk_read(folder, name, &bytes, NULL));
    ost_buf_put_u8(&bytes, 0);
    return (const char *)bytes.ptr;
}

static double number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    assert_non_null(at);
    return strtod(at + strlen(key), NULL);
}

static void a_new_plan_has_the_numbers_of_its_result(void **state)
{
    (void)state;
    put_result();
    assert_int_equal(run("show", NULL), 3);
    assert_int_equal(run("new", NULL), 0);
    assert_int_equal(run("show", NULL), 0);
    const char *out = strstr(said("stdout"), "\"volar_tilt\":{");
    assert_non_null(out);
    assert_near(number_after(strstr(out, "\"target\""), "\"value\":"), TILT, 1e-9);
    assert_near(number_after(strstr(out, "\"before\""), "\"sd\":"), 1.0, 1e-9);
    assert_int_equal(run("new", NULL), 3);
    assert_int_equal(run("verify", NULL), 0);
}

static void the_fragment_is_proposed_edited_and_approved(void **state)
{
    (void)state;
    assert_int_equal(run("propose", NULL), 0);
    assert_near(number_after(said("stdout"), "\"rotation_deg\":"), 0.0, 1e-9);
    char ops[64];
    TEXT(ops, "%s/ops.json", folder);
    put_file("ops.json", "[{\"op\":\"set\",\"object\":\"osteotomy\",\"property\":\"kerf_mm\","
                         "\"value\":0.9},{\"op\":\"set\",\"object\":\"osteotomy\",\"property\":"
                         "\"kind\",\"value\":\"opening\"}]");
    assert_int_equal(run("apply", ops), 0);
    put_file("ops.json", "{\"ops\":[{\"op\":\"set\",\"object\":\"osteotomy\",\"property\":"
                         "\"kerf_mm\",\"value\":99}]}");
    assert_int_equal(run("apply", ops), 3);
    assert_non_null(strstr(said("stderr"), "osteon plan: "));
    assert_int_equal(run("approve", "v1"), 0);
    assert_non_null(strstr(said("stdout"), "\"approved\":true"));
    assert_int_equal(run("verify", NULL), 0);
    assert_non_null(strstr(said("stdout"), "\"seq\":5")); /* proposed, then approved */
}

/* run() acts as one surgeon: another name is another person. */
static void a_plan_walks_its_review(void **state)
{
    (void)state;
    assert_non_null(strstr(said("stdout"),
                           "\"review\":\"approved\",\"next\":[{\"kind\":\"released\","
                           "\"who\":[\"surgeon\",\"engineer\"]}"));
    assert_int_equal(run("step", "released"), 3);
    assert_non_null(strstr(said("stderr"), "who approved a plan does not release it"));
    assert_int_equal(run_as("Second Person", "step", "released"), 0);
    assert_int_equal(run("step", "used"), 5);
    assert_int_equal(run("step", "shipped"), 3);
    assert_int_equal(run("steps", NULL), 0);
    assert_non_null(strstr(said("stdout"), "\"kind\":\"released\",\"name\":\"released 6\""));
    assert_non_null(strstr(said("stdout"), "\"by\":\"Second Person\",\"said\":\"as agreed\""));
    put_file("ops.json", "[{\"op\":\"set\",\"object\":\"osteotomy\",\"property\":\"kerf_mm\","
                         "\"value\":0.8}]");
    char ops[64];
    TEXT(ops, "%s/ops.json", folder);
    assert_int_equal(run("apply", ops), 5);
    assert_non_null(strstr(said("stderr"), "branch a draft from it"));
    assert_int_equal(run("step", "draft"), 0);
    assert_int_equal(run("apply", ops), 0);
    assert_non_null(strstr(said("stdout"), "\"outdated\":true"));
    assert_int_equal(run("verify", NULL), 0);
}

static void what_was_changed_behind_its_back_is_found(void **state)
{
    (void)state;
    put_file("result/ulna.stl", "another one");
    assert_int_equal(run("verify", NULL), 3);
    assert_non_null(strstr(said("stderr"), "surface of the ulna"));
    put_file("result/ulna.stl", "another");
    assert_int_equal(run("verify", NULL), 0);

    char *log = strdup(said("plan_log.json"));
    assert_non_null(log);
    char *kerf = strstr(log, "\"value\":0.9");
    assert_non_null(kerf);
    kerf[10] = '8';
    put_file("plan_log.json", log);
    assert_int_equal(run("verify", NULL), 3);
    assert_non_null(strstr(said("stderr"), "not what was logged"));
    kerf[10] = '9';
    put_file("plan_log.json", log);
    assert_int_equal(run("verify", NULL), 0);
    free(log);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? 1 : 0;
}

static int remove_folder(void **state)
{
    static const char *const name[] = {
        "result/result.json", "result/radius.stl", "result/ulna.stl", "result", "plan.json",
        "plan_log.json",      "ops.json",          "stdout",          "stderr", ""};
    char path[128];
    (void)state;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        TEXT(path, "%s/%s", folder, name[i]);
        (void)remove(path);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest all[] = {T(a_new_plan_has_the_numbers_of_its_result),
                                     T(the_fragment_is_proposed_edited_and_approved),
                                     T(a_plan_walks_its_review),
                                     T(what_was_changed_behind_its_back_is_found)};
    return cmocka_run_group_tests(all, make_folder, remove_folder);
}
