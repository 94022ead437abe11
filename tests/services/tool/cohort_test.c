#include "recon/image/nifti.h"
#include "recon/image/png.h"
#include "recon/mesh/stl.h"
#include "services/casefile/casefile.h"
#include "services/casefile/disk.h"
#include "services/cli/command.h"
#include "services/tool/tool.h"
#include "tests/check.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char top[64];

static int in_a_folder_of_its_own(void **state)
{
    (void)state;
    (void)snprintf(top, sizeof top, "/tmp/osteon_cohort_XXXXXX");
    return mkdtemp(top) == NULL ? -1 : 0;
}

static int swept_away(void **state)
{
    (void)state;
    static const char *const file[] = {"out.png",
                                       "case_0/case.json",
                                       "case_0/pa.png",
                                       "case_0/lateral.png",
                                       "case_0/pa.dcm",
                                       "case_0/lateral.dcm",
                                       "case_0/t/radius.stl",
                                       "case_0/t/ulna.stl",
                                       "case_0/t/target_radius.stl",
                                       "case_0/t/density.nii.gz",
                                       "case_0/t/ulna_density.nii.gz",
                                       "case_0/t/truth.json",
                                       "case_0/t/planted.txt",
                                       "case_0/t/pa_camera.json",
                                       "case_0/t/lateral_camera.json",
                                       "case_0/other_pa.png",
                                       "case_0/other_lateral.png",
                                       "case_0/other_pa.dcm",
                                       "case_0/other_lateral.dcm",
                                       "case_0/t/other_radius.stl",
                                       "case_0/t/other_ulna.stl",
                                       "case_0/t/other_truth.json",
                                       "case_0/t/other_pa_camera.json",
                                       "case_0/t/other_lateral_camera.json",
                                       "case_0/t",
                                       "case_0"};
    char path[256];
    for (size_t n = 0; n < sizeof file / sizeof file[0]; n++) {
        (void)snprintf(path, sizeof path, "%s/%s", top, file[n]);
        (void)remove(path);
    }
    return rmdir(top);
}

/* Runs a command as a shell would, `%` standing for the folder. */
static int typed(int (*tool)(int argc, char **argv), const char *line)
{
    char text[512] = "", *word[24] = {NULL};
    size_t len = 0;
    for (const char *c = line; *c != '\0' && len + sizeof top < sizeof text; c++) {
        if (*c != '%') {
            text[len++] = *c;
            continue;
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "%s", top);
    }
    int count = 0;
    char *rest = NULL;
    for (char *w = strtok_r(text, " ", &rest); w != NULL && count < 23;
         w = strtok_r(NULL, " ", &rest))
        word[count++] = w;
    return tool(count, word);
}

static struct ost_buf bytes_of(const char *name)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, 1 << 26);
    assert_true(ost_disk_read(top, name, &bytes, NULL));
    return bytes;
}

static void the_sample_is_a_case_with_films_truth_and_dicom(void **state)
{
    (void)state;
    assert_int_equal(typed(ost_tool_cohort, "cohort 1 -o % --seed 20 --sample"), OST_EXIT_OK);

    char dir[128];
    struct ost_case c;
    (void)snprintf(dir, sizeof dir, "%s/case_0", top);
    assert_true(ost_case_read(dir, &c, NULL));
    assert_true(c.simulated && c.truth.present && c.truth.in_world);
    assert_int_equal(c.side, OST_SIDE_LEFT);
    assert_int_equal(c.view_count, 2);
    assert_int_equal(c.view[0].projection, OST_PROJECTION_PA);
    assert_int_equal(c.view[1].projection, OST_PROJECTION_LATERAL);
    assert_near(c.view[0].spacing[0], 0.15, 1e-9);
    assert_string_equal(c.view[0].camera, "");

    struct ost_buf png = bytes_of("case_0/pa.png");
    OST_AUTO(ost_image) film = NULL;
    uint32_t bits = 0;
    assert_true(ost_png_read_grey(png.ptr, png.len, &film, &bits, NULL));
    assert_int_equal(bits, 16);
    ost_buf_fini(&png);

    struct ost_buf stl = bytes_of("case_0/t/radius.stl");
    OST_AUTO(ost_mesh) radius = NULL;
    assert_true(ost_stl_read(stl.ptr, stl.len, 100000, &radius, NULL));
    ost_buf_fini(&stl);

    struct ost_buf dicom = bytes_of("case_0/lateral.dcm");
    assert_memory_equal(dicom.ptr + 128, "DICM", 4);
    ost_buf_fini(&dicom);
}

static void the_truth_is_in_numbers(void **state)
{
    (void)state;
    struct ost_buf text = bytes_of("case_0/t/truth.json");
    json_t *truth = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    double tilt = 0.0, variance = 0.0, density = 0.0, before = 0.0;
    assert_int_equal(json_unpack(truth, "{s:F, s:F, s:F, s:{s:F}}", "volar_tilt_deg", &tilt,
                                 "ulnar_variance_mm", &variance, "radius_distal_30_mg_cm3",
                                 &density, "healthy", "volar_tilt_deg", &before),
                     0);
    assert_near(before - tilt, 20.0, 1.5);
    assert_true(density > 150.0 && density < 600.0);
    json_decref(truth);
    ost_buf_fini(&text);
}

static void a_radiograph_of_its_density_shows_the_radius(void **state)
{
    (void)state;
    assert_int_equal(typed(ost_tool_drr, "drr %/case_0/t/density.nii.gz --kvp 55 --camera "
                                         "%/case_0/t/pa_camera.json -o %/out.png"),
                     OST_EXIT_OK);
    struct ost_buf png = bytes_of("out.png");
    OST_AUTO(ost_image) image = NULL;
    assert_true(ost_png_read_grey(png.ptr, png.len, &image, NULL, NULL));
    ost_buf_fini(&png);
    double most = 0.0, lit = 0.0;
    const size_t count = (size_t)image->width * image->height;
    for (size_t n = 0; n < count; n++) {
        most = fmax(most, (double)image->pixel[n]);
        lit += image->pixel[n] > 3000.0F ? 1.0 : 0.0;
    }
    assert_near(most, 65535.0, 1.0);
    assert_true(lit / (double)count > 0.05 && lit / (double)count < 0.4);
}

static double number_of(const char *name, const char *key)
{
    struct ost_buf text = bytes_of(name);
    json_t *truth = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    double value = json_number_value(json_object_get(json_object_get(truth, "healthy"), key));
    json_decref(truth);
    ost_buf_fini(&text);
    return value;
}

/* Two arms of one patient are alike, but not the same, and the other one is not broken. */
static void the_other_arm_is_whole_and_nearly_the_same(void **state)
{
    (void)state;
    struct ost_buf plain = bytes_of("case_0/pa.png");
    assert_int_equal(typed(ost_tool_cohort, "cohort 1 -o % --seed 20 --sample --other-arm"),
                     OST_EXIT_OK);
    struct ost_buf again = bytes_of("case_0/pa.png"), other = bytes_of("case_0/other_pa.png");
    assert_int_equal(again.len, plain.len); /* asking for the other changes nothing of this one */
    assert_memory_equal(again.ptr, plain.ptr, plain.len);
    assert_true(other.len != plain.len || memcmp(other.ptr, plain.ptr, plain.len) != 0);
    ost_buf_fini(&plain);
    ost_buf_fini(&again);
    ost_buf_fini(&other);

    char dir[128];
    struct ost_case c;
    (void)snprintf(dir, sizeof dir, "%s/case_0", top);
    assert_true(ost_case_read(dir, &c, NULL));
    assert_int_equal(c.other_count, 2);
    assert_string_equal(c.other[1].image, "other_lateral.png");
    double tilt = number_of("case_0/t/truth.json", "volar_tilt_deg");
    double mirrored = number_of("case_0/t/other_truth.json", "volar_tilt_deg");
    assert_true(fabs(tilt - mirrored) < 6.0 && fabs(tilt - mirrored) > 0.01);
    double variance = number_of("case_0/t/truth.json", "ulnar_variance_mm");
    assert_near(number_of("case_0/t/other_truth.json", "ulnar_variance_mm"), variance, 2.0);
}

static void films_of_another_room_are_said_to_be(void **state)
{
    (void)state;
    assert_int_equal(typed(ost_tool_cohort, "cohort 1 -o % --seed 20 --family shifted --jpeg 40 "
                                            "--noise 2 --view-error 4 --malunion 1"),
                     OST_EXIT_OK);
    struct ost_buf png = bytes_of("case_0/pa.png");
    OST_AUTO(ost_image) film = NULL;
    uint32_t bits = 0;
    assert_true(ost_png_read_grey(png.ptr, png.len, &film, &bits, NULL));
    assert_int_equal(bits, 8);
    ost_buf_fini(&png);
    struct ost_buf text = bytes_of("case_0/t/truth.json");
    json_t *truth = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    assert_string_equal(json_string_value(json_object_get(truth, "family")), "shifted");
    double age = json_number_value(json_object_get(truth, "age_years"));
    assert_true(age >= 20.0 && age <= 90.0);
    json_decref(truth);
    ost_buf_fini(&text);
}

static void a_calibrated_film_is_told_in_its_case(void **state)
{
    (void)state;
    assert_int_equal(typed(ost_tool_cohort, "cohort 1 -o % --seed 21 --wedge --linear "
                                            "--cast fibreglass --plate"),
                     OST_EXIT_OK);
    char dir[128];
    struct ost_case c;
    (void)snprintf(dir, sizeof dir, "%s/case_0", top);
    assert_true(ost_case_read(dir, &c, NULL));
    assert_near(c.view[1].attenuation_per_grey, 1e-4, 1e-12);
    assert_true(c.view[1].kvp > 49.0 && c.view[1].kvp < 57.0);
    assert_int_equal(c.view[1].wedge.step_count, 10);
    assert_near(c.view[1].wedge.thickness[9], 10.0, 0.0);
}

static void the_report_is_told_and_needs_subjects(void **state)
{
    (void)state;
    assert_int_equal(typed(ost_tool_cohort, "cohort --report --subjects 2"), OST_EXIT_OK);
    assert_int_equal(typed(ost_tool_cohort, "cohort --report --subjects 2 --json"), OST_EXIT_OK);
    assert_int_equal(typed(ost_tool_cohort, "cohort --report --subjects 1"), OST_EXIT_USAGE);
    assert_int_equal(typed(ost_tool_cohort, "cohort 3 --report"), OST_EXIT_USAGE);
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    assert_int_equal(typed(ost_tool_cohort, "cohort 1"), OST_EXIT_USAGE);
    assert_int_equal(typed(ost_tool_cohort, "cohort zero -o %"), OST_EXIT_USAGE);
    assert_int_equal(typed(ost_tool_cohort, "cohort -o %"), OST_EXIT_USAGE);
    assert_int_equal(typed(ost_tool_cohort, "cohort 1 -o % --family odd"), OST_EXIT_USAGE);
    assert_int_equal(typed(ost_tool_cohort, "cohort 1 -o % --jpeg 0"), OST_EXIT_USAGE);
    assert_int_equal(typed(ost_tool_cohort, "cohort 1 -o % --cast iron"), OST_EXIT_USAGE);
    assert_int_equal(typed(ost_tool_cohort, "cohort 1 -o % --photo --cameras"), OST_EXIT_USAGE);
    assert_int_equal(typed(ost_tool_cohort, "cohort 1 -o % --model /nowhere.ostm"), OST_EXIT_INPUT);
    assert_int_equal(typed(ost_tool_drr, "drr x.nii"), OST_EXIT_USAGE);
    assert_int_equal(typed(ost_tool_drr, "drr /nowhere.nii --camera /nowhere -o %/out.png"),
                     OST_EXIT_INPUT);
}

int main(void)
{
    const struct CMUnitTest all[] = {T(the_sample_is_a_case_with_films_truth_and_dicom),
                                     T(the_truth_is_in_numbers),
                                     T(a_radiograph_of_its_density_shows_the_radius),
                                     T(the_other_arm_is_whole_and_nearly_the_same),
                                     T(films_of_another_room_are_said_to_be),
                                     T(a_calibrated_film_is_told_in_its_case),
                                     T(the_report_is_told_and_needs_subjects),
                                     T(what_is_missing_is_said)};
    /* Commands speak; tests are silent. What fails is told by cmocka in the end's count. */
    if (freopen("/dev/null", "w", stdout) == NULL)
        return 1;
    return cmocka_run_group_tests(all, in_a_folder_of_its_own, swept_away);
}
