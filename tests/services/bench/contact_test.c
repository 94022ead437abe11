/* The contact that the bench times is one: a real radius, its joint's patches, every pose at rest.
 */
#include "services/bench/fem.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>

static void a_real_wrist_is_pressed(void **state)
{
    (void)state;
    const char *data = getenv("OSTEON_DATA");
    struct ost_bench_fem_report *report = calloc(1, sizeof *report);
    struct ost_bench_fem_run run = {.data = data != NULL ? data : "../shared/data",
                                    .report = report};
    struct ost_err err = {0};
    if (!ost_bench_fem_contact(&run, &err))
        fail_msg("%s", err.msg);
    /* Patches of half a square millimetre on a joint of three to six square centimetres. */
    assert_true(report->contact_patches > 400 && report->contact_patches < 2500);
    assert_true(report->contact_ms > 0.0 && report->contact_ms < 5000.0);
    free(report);
}

static void without_bones_nothing_is_measured(void **state)
{
    (void)state;
    struct ost_bench_fem_report *report = calloc(1, sizeof *report);
    struct ost_bench_fem_run run = {.data = "/nowhere", .report = report};
    assert_true(ost_bench_fem_contact(&run, NULL));
    assert_true(report->contact_ms != report->contact_ms);
    free(report);
}

int main(void)
{
    const char *data = getenv("OSTEON_DATA");
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/wrist_surfaces/calgary/ControlSample1_R_Radius_Mesh.stl",
                   data != NULL ? data : "../shared/data");
    FILE *there = fopen(path, "rb");
    if (there == NULL) {
        (void)printf("no real bones: OSTEON_DATA/wrist_surfaces is not there\n");
        return 77;
    }
    (void)fclose(there);
    const struct CMUnitTest all[] = {T(a_real_wrist_is_pressed),
                                     T(without_bones_nothing_is_measured)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
