/* The plan's bone beside the bone as it is, on one scale; and the joint tilted without a solve. */
#include "recon/plan/plan.h"
#include "services/station/mech.h"
#include "tests/recon/plan/forearm.h"
#include "tests/services/station/paddle_case.h"

#include <dirent.h>

static const double turn = 0.15;

/* CASE/plan.json: cut at 20 mm and opened by `turn` about the dorsal border. */
static void put_plan(void)
{
    const struct ost_rigid still = ost_rigid_identity();
    const double hinge[3] = {0.0, 9.0, -20.0}, about[3] = {-turn, 0.0, 0.0}, none[3] = {0.0};
    struct drive d;
    struct forearm f;
    struct ost_buf bytes;
    forearm_make(&f, &still);
    f.seed.cut_point[0] = 0.0;
    f.seed.cut_point[2] = -20.0;
    f.seed.cut_normal[2] = 1.0;
    f.seed.target = ost_rigid_about(hinge, about, none);
    forearm_plan(&d, &f);
    assert_int_equal(forearm_propose(&d), OST_OK);
    ost_buf_init(&bytes, 1U << 24);
    assert_true(ost_plan_write(d.plan, OST_FORM_JSON, &bytes, NULL));
    assert_true(ost_disk_write(folder, "plan.json", &bytes, NULL));
    ost_buf_fini(&bytes);
    ost_plan_destroy(d.plan);
}

static void run(const struct ost_station_mech_options *options)
{
    struct ost_err err = {0};
    if (!ost_station_mech(folder, options, NULL, &err))
        fail_msg("%s", err.msg);
}

static double figure_of(json_t *root, const char *name, const char *column)
{
    json_t *row = json_object_get(json_object_get(root, "figures"), name);
    return json_is_number(json_object_get(row, column))
               ? json_number_value(json_object_get(row, column))
               : NAN;
}

static void a_plan_stands_beside_what_is(void **state)
{
    (void)state;
    const struct ost_station_mech_options plain = {.no_interval = true};
    const struct ost_station_mech_options planned = {
        .no_interval = true, .planned = true, .compare = true, .against = folder};
    struct ost_err err = {0};
    make_case(1000.0, 150.0);
    /* Without a plan, and with one of a case that has not been run as it is. */
    assert_false(ost_station_mech(folder, &planned, NULL, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
    put_plan();
    err = (struct ost_err){0};
    assert_false(ost_station_mech(folder, &planned, NULL, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
    assert_non_null(strstr(err.msg, "run osteon fem"));
    run(&plain);
    run(&planned);
    json_t *root = json_of("result/compare.json");
    double before = figure_of(root, "peak_von_mises", "before");
    double after = figure_of(root, "peak_von_mises", "planned");
    double scale[2] = {0.0, 0.0};
    assert_true(before > 0.0 && after > 0.0 && fabs(after / before - 1.0) > 1e-3);
    assert_near(figure_of(root, "peak_von_mises", "other"), before, 0.0);
    assert_near(figure_of(root, "peak_von_mises", "most"), fmax(before, after), 0.0);
    assert_near(figure_of(root, "joint_density_mean", "planned") /
                    figure_of(root, "joint_density_mean", "before"),
                1.0, 0.1);
    assert_int_equal(
        json_unpack(root, "{s:{s:[F, F]}}", "scale", "_VON_MISES_MPA", &scale[0], &scale[1]), 0);
    assert_near(scale[1], fmax(before, after), 0.0);
    assert_true(json_is_true(json_object_get(root, "same_law_and_study")));
    json_decref(root);
}

/* Another study on the plan's bone: its colours mean nothing beside the others'. */
static void another_study_is_told(void **state)
{
    (void)state;
    char path[OST_DISK_PATH];
    struct ost_buf bytes;
    ost_buf_init(&bytes, 1 << 12);
    ost_buf_text(&bytes, "{\"osteon_study\":1,\"name\":\"other\",\"load_n\":200}");
    assert_true(ost_disk_write(folder, "study.json", &bytes, NULL));
    ost_buf_fini(&bytes);
    assert_true(ost_disk_join(folder, "study.json", path, NULL));
    const struct ost_station_mech_options planned = {
        .no_interval = true, .planned = true, .compare = true, .study = path};
    run(&planned);
    json_t *root = json_of("result/compare.json");
    assert_true(json_is_false(json_object_get(root, "same_law_and_study")));
    assert_true(isnan(figure_of(root, "peak_von_mises", "other")));
    json_decref(root);
}

static void the_joint_is_tilted_without_a_solve(void **state)
{
    (void)state;
    const struct ost_station_mech_options sweep = {.sweep_only = true};
    const struct ost_station_mech_options planned = {.sweep_only = true, .planned = true};
    run(&sweep);
    run(&planned);
    json_t *here = json_of("result/tilt_sweep.json"),
           *then = json_of("result/planned_tilt_sweep.json");
    double tilt[2] = {0.0, 0.0};
    assert_int_equal(json_unpack(here, "{s:F}", "volar_tilt_deg", &tilt[0]), 0);
    assert_int_equal(json_unpack(then, "{s:F}", "volar_tilt_deg", &tilt[1]), 0);
    /* The volar side rises: so much less volar tilt than the flat joint's, which has none. */
    assert_near(tilt[1], -ost_degrees(turn), 0.1);
    /* A flat end has no fossae to fit carpals to, and says so. */
    const char *why = json_string_value(json_object_get(json_object_get(here, "sweep"), "refused"));
    assert_non_null(why);
    assert_non_null(strstr(why, "ball"));
    json_decref(here);
    json_decref(then);
}

static void an_empty_plan_is_refused(void **state)
{
    (void)state;
    const struct ost_station_mech_options planned = {.no_interval = true, .planned = true};
    struct ost_err err = {0};
    struct ost_buf bytes;
    ost_buf_init(&bytes, 16);
    ost_buf_text(&bytes, "{}");
    assert_true(ost_disk_write(folder, "plan.json", &bytes, NULL));
    ost_buf_fini(&bytes);
    assert_false(ost_station_mech(folder, &planned, NULL, &err));
    assert_true(err.msg[0] != '\0');
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static void empty(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *at = dir != NULL ? readdir(dir) : NULL; at != NULL; at = readdir(dir)) {
        char file[OST_DISK_PATH];
        if (at->d_name[0] != '.' && ost_disk_join(path, at->d_name, file, NULL))
            (void)unlink(file);
    }
    if (dir != NULL)
        (void)closedir(dir);
}

static int remove_folder(void **state)
{
    (void)state;
    char path[OST_DISK_PATH];
    if (ost_disk_join(folder, "result", path, NULL)) {
        empty(path);
        (void)rmdir(path);
    }
    empty(folder);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest all[] = {T(a_plan_stands_beside_what_is), T(another_study_is_told),
                                     T(the_joint_is_tilted_without_a_solve),
                                     T(an_empty_plan_is_refused)};
    return cmocka_run_group_tests(all, make_folder, remove_folder);
}
