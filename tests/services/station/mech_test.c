#include "services/station/mech.h"
#include "services/station/mech_impl.h"
#include "tests/services/station/paddle_case.h"

#include <stdio.h>
#include <unistd.h>

static void a_case_gains_density_stress_and_fields(void **state)
{
    (void)state;
    make_case(1000.0, 150.0);
    struct ost_station_mech_summary summary = {0};
    const struct ost_station_mech_options options = {.summary = &summary};
    struct ost_err err = {0};
    if (!ost_station_mech(folder, &options, NULL, &err))
        fail_msg("%s", err.msg);
    assert_true(summary.converged);
    json_t *bmd = json_of("result/bmd.json"), *fem = json_of("result/fem.json");
    double value = 0.0, low = 0.0, high = 0.0, residual = 1.0, peak = 0.0, load = 0.0;
    const char *unit = "", *reason = "", *law = "";
    assert_int_equal(json_unpack(bmd, "{s:{s:{s:F, s:F, s:F, s:s}}}", "regions", "radius_distal_30",
                                 "value", &value, "low", &low, "high", &high, "unit", &unit),
                     0);
    /* Core 64 % of the section, shell the rest and two millimetres at the top. */
    assert_near(value, 0.36 * 1000.0 + 0.64 * (150.0 * 28.0 + 1000.0 * 2.0) / 30.0, 25.0);
    assert_near(low / value, 0.9, 0.03);
    assert_near(high / value, 1.1, 0.03);
    assert_string_equal(unit, "mgHA/cm3");
    assert_int_equal(json_unpack(fem, "{s:s, s:s, s:F, s:F, s:{s:F, s:F, s:F}}", "reason", &reason,
                                 "law", &law, "relative_residual", &residual, "load_n", &load,
                                 "peak_von_mises_mpa", "value", &peak, "low", &low, "high", &high),
                     0);
    assert_string_equal(reason, "converged");
    assert_string_equal(law, "keyak1998");
    assert_true(residual <= 1e-8);
    assert_true(peak > 0.2 && peak < 20.0 && low <= peak && peak <= high && low < high);
    assert_null(json_object_get(fem, "seconds"));
    assert_int_equal(json_array_size(json_object_get(fem, "warnings")), 0);
    json_decref(bmd);
    json_decref(fem);
}

static void equal_cases_give_equal_files(void **state)
{
    (void)state;
    static const char *const name[] = {"result/bmd.json", "result/fem.json", "result/radius.vtu",
                                       "result/radius_fields.glb", "result/radius_stress.pdf"};
    enum { FILES = sizeof name / sizeof name[0] };
    struct ost_buf first[FILES];
    for (int i = 0; i < FILES; i++)
        first[i] = file_of(name[i]);
    assert_true(first[4].len > 20000 && memcmp(first[4].ptr, "%PDF", 4) == 0);
    assert_true(ost_station_mech(folder, NULL, NULL, NULL));
    for (int i = 0; i < FILES; i++) {
        struct ost_buf again = file_of(name[i]);
        assert_int_equal(again.len, first[i].len);
        assert_memory_equal(again.ptr, first[i].ptr, again.len);
        ost_buf_fini(&again);
        ost_buf_fini(&first[i]);
    }
}

static void a_mesh_too_large_for_the_memory_is_refused_before_the_solve(void **state)
{
    (void)state;
    const struct ost_station_mech_options few = {.no_interval = true,
                                                 .memory_bytes = (uint64_t)4 << 20};
    const struct ost_station_mech_options plenty = {.no_interval = true,
                                                    .memory_bytes = (uint64_t)1 << 30};
    struct ost_err err = {0};
    make_case(1000.0, 150.0);
    assert_false(ost_station_mech(folder, &few, NULL, &err));
    assert_int_equal(err.code, OST_LIMIT);
    assert_non_null(strstr(err.msg, "make its elements larger or mesh less of the bone"));
    assert_true(ost_station_mech(folder, &plenty, NULL, NULL));
}

static void density_alone_leaves_the_stress_as_it_was(void **state)
{
    (void)state;
    const struct ost_station_mech_options options = {.density_only = true};
    char path[OST_DISK_PATH];
    assert_true(ost_disk_join(folder, "result/fem.json", path, NULL));
    assert_int_equal(unlink(path), 0);
    assert_true(ost_station_mech(folder, &options, NULL, NULL));
    struct ost_buf bytes;
    ost_buf_init(&bytes, 1 << 20);
    assert_false(ost_disk_read(folder, "result/fem.json", &bytes, NULL));
    ost_buf_fini(&bytes);
}

static void a_study_file_changes_what_it_names(void **state)
{
    (void)state;
    static const char good[] = "{\"osteon_study\":1,\"name\":\"grip\",\"load_n\":300,"
                               "\"direction\":[0,0.1,-1],\"law\":\"carter-hayes1977\"}";
    struct ost_study study;
    assert_true(mech_study_parse(good, sizeof good - 1, &study, NULL));
    assert_string_equal(study.name, "grip");
    assert_near(study.load_n, 300.0, 0.0);
    assert_near(study.direction[1], 0.1, 0.0);
    assert_near(study.radius_share, 0.8, 0.0);
    assert_string_equal(study.law->name, "carter-hayes1977");
}

static void the_axial_file_is_the_axial_study(void **state)
{
    (void)state;
    struct ost_buf bytes;
    struct ost_study file, plain = ost_study_axial();
    ost_buf_init(&bytes, 1 << 16);
    assert_true(ost_disk_read("fem/study", "axial.json", &bytes, NULL));
    assert_true(mech_study_parse(bytes.ptr, bytes.len, &file, NULL));
    ost_buf_fini(&bytes);
    assert_string_equal(file.name, plain.name);
    assert_ptr_equal(file.law, plain.law);
    assert_near(file.load_n, plain.load_n, 0.0);
    assert_near(file.radius_share, plain.radius_share, 0.0);
    assert_near(file.scaphoid_share, plain.scaphoid_share, 0.0);
    assert_near(file.direction[2], plain.direction[2], 0.0);
    assert_near(file.length_mm, plain.length_mm, 0.0);
    assert_near(file.lattice_mm, plain.lattice_mm, 0.0);
    assert_near(file.poisson, plain.poisson, 0.0);
    assert_near(file.least_mpa, plain.least_mpa, 0.0);
    assert_near(file.tolerance, plain.tolerance, 0.0);
    assert_int_equal(file.iterations_most, plain.iterations_most);
}

/* Every study that ships is read, and every law is named in the schema. */
static void every_study_file_is_read(void **state)
{
    (void)state;
    static const char *const name[] = {
        "axial",       "bending_radial", "bending_volar",      "cartilage",
        "compression", "contact",        "contact_deformable", "failure",
        "fall_dorsal", "fall_neutral",   "fall_radial",        "forearm",
        "grip",        "plate",          "ten_nodes",          "torsion"};
    struct ost_buf bytes;
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        char file[64];
        struct ost_study study;
        struct ost_err err = {0};
        (void)snprintf(file, sizeof file, "%s.json", name[i]);
        ost_buf_init(&bytes, 1 << 16);
        assert_true(ost_disk_read("fem/study", file, &bytes, NULL));
        if (!mech_study_parse(bytes.ptr, bytes.len, &study, &err))
            fail_msg("%s: %s", name[i], err.msg);
        assert_string_equal(study.name, name[i]);
        ost_buf_fini(&bytes);
    }
    ost_buf_init(&bytes, 1 << 16);
    assert_true(ost_disk_read("fem/study", "study.schema.json", &bytes, NULL));
    json_t *schema = json_loadb((const char *)bytes.ptr, bytes.len, 0, NULL), *law = NULL;
    size_t at = 0;
    assert_int_equal(json_unpack(schema, "{s:{s:{s:o}}}", "properties", "law", "enum", &law), 0);
    for (size_t i = 0; ost_law_nth(i) != NULL; i++) {
        json_t *item = NULL;
        bool there = false;
        json_array_foreach(law, at, item) there =
            there || strcmp(json_string_value(item), ost_law_nth(i)->name) == 0;
        assert_true(there);
    }
    json_decref(schema);
    ost_buf_fini(&bytes);
}

/* The joint's files, and beside itself no shift at all. */
static void a_joint_beside_itself_has_not_moved(void **state)
{
    (void)state;
    make_case(1000.0, 150.0);
    const struct ost_station_mech_options options = {.against = folder, .no_interval = true};
    struct ost_err err = {0};
    if (!ost_station_mech(folder, &options, NULL, &err))
        fail_msg("%s", err.msg);
    json_t *joint = json_of("result/joint.json"), *shift = json_of("result/joint_shift.json");
    double density = 1.0, stress = 1.0, ratio = 0.0, mean = 0.0, area = 0.0;
    const char *finding = "";
    assert_int_equal(json_unpack(joint, "{s:{s:F, s:{s:F}}}", "whole", "area_mm2", &area, "density",
                                 "mean", &mean),
                     0);
    assert_true(area > 150.0 && area < 250.0);
    assert_near(mean, 1000.0, 50.0);
    assert_int_equal(json_unpack(shift, "{s:{s:F, s:F}, s:{s:F}, s:{s:s}}", "density", "dorsal_mm",
                                 &density, "ratio", &ratio, "stress", "dorsal_mm", &stress,
                                 "indicator", "finding", &finding),
                     0);
    assert_near(density, 0.0, 0.0);
    assert_near(stress, 0.0, 0.0);
    assert_near(ratio, 1.0, 1e-12);
    assert_int_equal(strncmp(finding, "neither", 7), 0);
    json_decref(joint);
    json_decref(shift);
}

static void put_text(const char *name, const char *text)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, 1 << 16);
    ost_buf_text(&bytes, text);
    assert_true(ost_disk_write(folder, name, &bytes, NULL));
    ost_buf_fini(&bytes);
}

/* Voxels as a scanner fills them: the share of 64 points that lies within the rod. */
static void average_paddle(struct paddle *p, double mineral)
{
    for (uint32_t at = 0; at < 61 * 45 * 141; at++) {
        const double middle[3] = {-15.0 + 0.5 * (at % 61), -11.0 + 0.5 * (at / 61 % 45),
                                  -65.0 + 0.5 * (at / 61 / 45)};
        int in = 0;
        for (int i = 0; i < 64; i++) {
            double x = middle[0] + 0.125 * (i % 4 - 1.5), y = middle[1] + 0.125 * (i / 4 % 4 - 1.5);
            double z = middle[2] + 0.125 * (i / 16 - 1.5);
            in += hypot(x / 13.0, y / 9.0) <= 1.0 && z <= 0.0 && z >= -60.0;
        }
        p->density->value[at] = (float)(mineral * in / 64.0);
    }
}

/* Any bone of a segmentation, pressed between its ends: force over area in the middle. */
static void another_bone_is_pressed_between_its_ends(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 800.0, 800.0);
    struct ost_buf bytes;
    average_paddle(&p, 800.0);
    put_text("result/segment.json",
             "{\"simulated\":true,\"calibration\":{\"how\":\"internal\","
             "\"energy\":{\"value\":70},\"slope\":{\"value\":1.3,\"high\":1.43},"
             "\"base\":{\"value\":5}},\"bones\":[{\"name\":\"tibia_left\"}],"
             "\"warnings\":[{\"code\":\"metal\",\"text\":\"metal\"}]}");
    ost_buf_init(&bytes, 16U << 20);
    assert_true(ost_stl_write(p.surface, &bytes, NULL));
    assert_true(ost_disk_write(folder, "result/tibia_left.stl", &bytes, NULL));
    ost_buf_fini(&bytes);
    ost_buf_init(&bytes, 16U << 20);
    assert_true(ost_nifti_write(p.density, &bytes, NULL));
    assert_true(ost_disk_write(folder, "result/tibia_left.density.nii.gz", &bytes, NULL));
    ost_buf_fini(&bytes);
    const struct ost_station_mech_options options = {.bone = "tibia_left"};
    const struct ost_station_mech_options none = {.bone = "femur_left"};
    struct ost_err err = {0};
    if (!ost_station_mech(folder, &options, NULL, &err))
        fail_msg("%s", err.msg);
    json_t *fem = json_of("result/tibia_left.fem.json"),
           *bmd = json_of("result/tibia_left.bmd.json");
    double value = 0.0, low = 0.0, load = 0.0, reaction = 1.0;
    const char *how = "", *name = "";
    assert_int_equal(json_unpack(bmd, "{s:{s:{s:F, s:F, s:s}}}", "regions", "tibia_left_whole",
                                 "value", &value, "low", &low, "how", &how),
                     0);
    assert_near(value, 800.0, 20.0);
    assert_near(low / value, 0.9, 1e-3);
    assert_string_equal(how, "internal");
    assert_int_equal(json_unpack(fem, "{s:s, s:F, s:{s:{s:F}}}", "load", &name, "reaction_error",
                                 &reaction, "failure", "coulomb_mohr", "load", &load),
                     0);
    assert_string_equal(name, "end");
    assert_near(reaction, 0.0, 1e-6);
    assert_int_equal(json_unpack(fem, "{s:[{s:s}]}", "warnings", "code", &name), 0);
    assert_string_equal(name, "metal");
    /* Strength times section, a little less where the moulds end. */
    const double strength = 114.0 * pow(0.877 * 0.8 + 0.079, 1.72) * OST_PI * 13.0 * 9.0;
    assert_near(load / strength, 1.0, 0.2);
    json_decref(fem);
    json_decref(bmd);
    assert_false(ost_station_mech(folder, &none, NULL, &err));
    assert_int_equal(err.code, OST_INVALID);
    char path[OST_DISK_PATH];
    put_text("study.json", "{\"osteon_study\":1,\"name\":\"axial\",\"gap_mpa\":1}");
    assert_true(ost_disk_join(folder, "study.json", path, NULL));
    const struct ost_station_mech_options gap = {.bone = "tibia_left", .study = path};
    assert_false(ost_station_mech(folder, &gap, NULL, &err));
    assert_non_null(strstr(err.msg, "are of the radius, not --bone"));
    assert_int_equal(unlink(path), 0);
    paddle_free(&p);
}

/* Neither a gap nor a plate is of a bone as it is. */
static void what_is_a_plan_s_is_refused_without_one(void **state)
{
    (void)state;
    static const char *const what[] = {"\"gap_mpa\":1", "\"fixation\":\"plate\""};
    char path[OST_DISK_PATH];
    make_case(1000.0, 300.0);
    assert_true(ost_disk_join(folder, "study.json", path, NULL));
    for (size_t i = 0; i < sizeof what / sizeof what[0]; i++) {
        const struct ost_station_mech_options options = {.study = path};
        struct ost_err err = {0};
        char text[128];
        (void)snprintf(text, sizeof text, "{\"osteon_study\":1,\"name\":\"plate\",%s}", what[i]);
        put_text("study.json", text);
        assert_false(ost_station_mech(folder, &options, NULL, &err));
        assert_int_equal(err.code, OST_INVALID);
        assert_non_null(strstr(err.msg, "are of a plan's bone"));
    }
    assert_int_equal(unlink(path), 0);
}

/* The paddle to its failure, and the linear estimates beside. */
static void a_study_that_yields_tells_when_it_fails(void **state)
{
    (void)state;
    char path[OST_DISK_PATH];
    struct ost_err err = {0};
    double failure = 0.0, prager = 0.0, first = 0.0, last = 0.0, move = 0.0;
    const char *end = "";
    json_t *steps = NULL, *step = NULL;
    size_t i = 0;
    make_case(1000.0, 300.0);
    put_text("study.json", "{\"osteon_study\":1,\"name\":\"failure\",\"load_n\":20000,"
                           "\"radius_share\":1,\"yield\":\"drucker-prager\","
                           "\"increments\":8,\"lattice_mm\":1.6,\"length_mm\":45}");
    assert_true(ost_disk_join(folder, "study.json", path, NULL));
    const struct ost_station_mech_options options = {.study = path, .no_interval = true};
    if (!ost_station_mech(folder, &options, NULL, &err))
        fail_msg("%s", err.msg);
    json_t *fem = json_of("result/fem.json");
    assert_int_equal(json_unpack(fem, "{s:{s:s, s:F, s:F, s:o}, s:{s:{s:F}}}", "yielding", "end",
                                 &end, "failure_load", &failure, "first_yield_load", &first,
                                 "steps", &steps, "failure", "drucker_prager", "load", &prager),
                     0);
    assert_string_equal(end, "failed");
    assert_true(failure > 0.8 * prager && failure < 3.0 * prager);
    assert_true(first <= failure);
    json_array_foreach(steps, i, step)
    {
        double share = 0.0, here = 0.0;
        assert_int_equal(json_unpack(step, "{s:F, s:F}", "failed_share", &share, "move_mm", &here),
                         0);
        assert_true(share >= last && here > move);
        last = share;
        move = here;
    }
    assert_true(last > 0.02);
    json_decref(fem);
    assert_int_equal(unlink(path), 0);
}

static void study_files_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{\"osteon_study\":1}",
        "{\"osteon_study\":2,\"name\":\"axial\"}",
        "{\"osteon_study\":1,\"name\":\"axial\",\"loud\":1}",
        "{\"osteon_study\":1,\"name\":\"../x\"}",
        "{\"osteon_study\":1,\"name\":\"axial\",\"load_n\":-5}",
        "{\"osteon_study\":1,\"name\":\"axial\",\"law\":\"hooke1678\"}",
        "{\"osteon_study\":1,\"name\":\"axial\",\"direction\":[0,0,0]}",
        "{\"osteon_study\":1,\"name\":\"axial\",\"iterations_most\":0}",
        "{\"osteon_study\":1,\"name\":\"axial\",\"increments\":0}",
        "{\"osteon_study\":1,\"name\":\"axial\",\"yield\":\"tresca\"}",
        "{\"osteon_study\":1,\"name\":\"axial\",\"yield\":\"drucker-prager\",\"law\":\"austman2009-ulna\"}",
        "{\"osteon_study\":1,\"name\":\"axial\",\"name\":\"axial\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ost_study study;
        struct ost_err err = {0};
        assert_false(mech_study_parse(bad[i], strlen(bad[i]), &study, &err));
        assert_int_equal(err.code, OST_INVALID);
    }
    struct ost_study study;
    struct ost_err err = {0};
    assert_false(mech_study_parse(bad[4], strlen(bad[4]), &study, &err));
    assert_non_null(strstr(err.msg, "loud"));
}

/* A bone of next to nothing gives way by more than a linear answer holds for: that is told. */
static void what_moves_too_far_is_told(void **state)
{
    (void)state;
    make_case(60.0, 20.0);
    put_text("soft.json", "{\"osteon_study\":1,\"name\":\"soft\",\"load_n\":5000}");
    char path[OST_DISK_PATH];
    assert_true(ost_disk_join(folder, "soft.json", path, NULL));
    const struct ost_station_mech_options options = {.study = path, .no_interval = true};
    struct ost_err err = {0};
    if (!ost_station_mech(folder, &options, NULL, &err))
        fail_msg("%s", err.msg);
    json_t *fem = json_of("result/fem.json");
    const char *code = "", *text = "";
    assert_int_equal(json_unpack(fem, "{s:[{s:s, s:s}]}", "warnings", "code", &code, "text", &text),
                     0);
    assert_string_equal(code, "moves");
    assert_non_null(strstr(text, "takes motions for small"));
    json_decref(fem);
}

/* Three steps are too few for ours: MUMPS answers where it is, and where it is not, that is told.
 */
static void what_does_not_converge_is_factored(void **state)
{
    (void)state;
    char path[OST_DISK_PATH];
    const char *engine = "", *reason = "";
    double residual = 0.0;
    make_case(1000.0, 150.0);
    put_text("study.json", "{\"osteon_study\":1,\"name\":\"axial\",\"iterations_most\":3,"
                           "\"lattice_mm\":1.6,\"length_mm\":45}");
    assert_true(ost_disk_join(folder, "study.json", path, NULL));
    struct ost_station_mech_summary summary = {0};
    const struct ost_station_mech_options options = {
        .study = path, .no_interval = true, .summary = &summary};
    assert_true(ost_station_mech(folder, &options, NULL, NULL));
    json_t *fem = json_of("result/fem.json");
    assert_int_equal(json_unpack(fem, "{s:s, s:s, s:F}", "engine", &engine, "reason", &reason,
                                 "relative_residual", &residual),
                     0);
    assert_int_equal(summary.converged, OST_FEM_MPI); /* built with osteon-fem-mpi, or without */
    if (summary.converged) {
        assert_string_equal(reason, "converged");
        assert_string_equal(engine, "direct (MUMPS): ours did not converge");
        assert_true(residual <= 1e-8);
    } else {
        assert_string_equal(engine, "own");
        assert_string_equal(reason, "iteration_limit");
    }
    json_decref(fem);
    assert_int_equal(unlink(path), 0);
}

static void a_case_without_a_result_is_told(void **state)
{
    (void)state;
    struct ost_err err = {0};
    assert_false(ost_station_mech("/nowhere", NULL, NULL, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
}

static bool stop_while_solving(void *user, double fraction, const char *stage)
{
    (void)user;
    (void)fraction;
    return strcmp(stage, "solve") != 0;
}

static void it_stops_when_asked(void **state)
{
    (void)state;
    const struct ost_progress progress = {.report = stop_while_solving};
    struct ost_err err = {0};
    assert_false(ost_station_mech(folder, NULL, &progress, &err));
    assert_int_equal(err.code, OST_CANCELLED);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const name[] = {"result/bmd.json",
                                       "result/fem.json",
                                       "result/radius.vtu",
                                       "result/radius_fields.glb",
                                       "result/radius_stress.pdf",
                                       "result/radius.stl",
                                       "result/radius.density.nii.gz",
                                       "result/result.json",
                                       "result/joint.json",
                                       "result/joint_shift.json",
                                       "soft.json",
                                       "result/segment.json",
                                       "result/tibia_left.stl",
                                       "result/tibia_left.density.nii.gz",
                                       "result/tibia_left.fem.json",
                                       "result/tibia_left.bmd.json",
                                       "result/tibia_left.vtu",
                                       "result/tibia_left_fields.glb",
                                       "result/tibia_left_stress.pdf"};
    char path[OST_DISK_PATH];
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
        if (ost_disk_join(folder, name[i], path, NULL))
            (void)unlink(path);
    if (ost_disk_join(folder, "result", path, NULL))
        (void)rmdir(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest all[] = {T(a_case_gains_density_stress_and_fields),
                                     T(equal_cases_give_equal_files),
                                     T(a_mesh_too_large_for_the_memory_is_refused_before_the_solve),
                                     T(density_alone_leaves_the_stress_as_it_was),
                                     T(a_study_file_changes_what_it_names),
                                     T(the_axial_file_is_the_axial_study),
                                     T(study_files_that_are_none_are_refused),
                                     T(what_moves_too_far_is_told),
                                     T(every_study_file_is_read),
                                     T(what_is_a_plan_s_is_refused_without_one),
                                     T(a_study_that_yields_tells_when_it_fails),
                                     T(a_joint_beside_itself_has_not_moved),
                                     T(another_bone_is_pressed_between_its_ends),
                                     T(what_does_not_converge_is_factored),
                                     T(a_case_without_a_result_is_told),
                                     T(it_stops_when_asked)};
    return cmocka_run_group_tests(all, make_folder, remove_folder);
}
