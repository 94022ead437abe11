/* The paddle as a case that has been reconstructed, in a folder of its own. */
#ifndef OST_TESTS_SERVICES_STATION_PADDLE_CASE_H
#define OST_TESTS_SERVICES_STATION_PADDLE_CASE_H

#include "recon/image/nifti.h"
#include "recon/mesh/stl.h"
#include "services/casefile/disk.h"
#include "services/casefile/result.h"
#include "tests/fem/study/paddle.h"
#include "tests/services/station/named.h"

#include <jansson.h>

#include <unistd.h>

static char folder[] = "/tmp/osteon-mech-XXXXXX";

static inline struct ost_number number(double value, double low, double high)
{
    struct ost_number n = {.value = value, .low = low, .high = high, .level = 0.95};
    TEXT(n.unit, "mgHA/cm3");
    TEXT(n.how, "fit");
    return n;
}

static inline void put_landmark(struct ost_result *r, enum ost_landmark which, const double p[3])
{
    memcpy(r->landmark[which].position, p, sizeof(double[3]));
    r->landmark[which].sd = 0.8;
}

/* result.json as a reconstruction of the paddle would leave it. */
static inline void put_result(const struct paddle *p)
{
    struct ost_result r = {.side = OST_SIDE_LEFT, .in_world = true, .simulated = true};
    const struct ost_study_anatomy *a = &p->bone.anatomy;
    name_all(&r);
    r.target_motion = ost_rigid_identity();
    r.fragment_motion = ost_rigid_identity();
    r.cut_normal[2] = 1.0;
    memcpy(r.origin, a->origin, sizeof r.origin);
    memcpy(r.axis, a->axis, sizeof r.axis);
    memcpy(r.radial, a->radial, sizeof r.radial);
    memcpy(r.volar, a->volar, sizeof r.volar);
    put_landmark(&r, OST_STYLOID, a->styloid);
    put_landmark(&r, OST_ULNAR_CORNER_VOLAR, a->corner_volar);
    put_landmark(&r, OST_ULNAR_CORNER_DORSAL, a->corner_dorsal);
    put_landmark(&r, OST_LIP_VOLAR, a->lip_volar);
    put_landmark(&r, OST_LIP_DORSAL, a->lip_dorsal);
    for (int i = 0; i < OST_MEASURES; i++)
        r.measure[i] = number(1.0, 0.5, 1.5);
    r.angle_between_views = number(90.0, 88.0, 92.0);
    TEXT(r.density_how, "estimated");
    r.cortical = number(1000.0, 900.0, 1100.0);
    r.trabecular = number(150.0, 120.0, 180.0);
    r.residual = 0.4;
    r.residual_limit = 1.0;
    r.residual_ok = true;
    assert_true(ost_result_write(folder, &r, NULL));
}

static inline void make_case(double shell, double core)
{
    struct paddle p = paddle_make(-1.0, shell, core);
    struct ost_buf bytes;
    assert_true(ost_disk_folder(folder, "result", NULL));
    ost_buf_init(&bytes, 16U << 20);
    assert_true(ost_stl_write(p.surface, &bytes, NULL));
    assert_true(ost_disk_write(folder, "result/radius.stl", &bytes, NULL));
    ost_buf_fini(&bytes);
    ost_buf_init(&bytes, 16U << 20);
    assert_true(ost_nifti_write(p.density, &bytes, NULL));
    assert_true(ost_disk_write(folder, "result/radius.density.nii.gz", &bytes, NULL));
    ost_buf_fini(&bytes);
    put_result(&p);
    paddle_free(&p);
}

static inline struct ost_buf file_of(const char *name)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, 256U << 20);
    assert_true(ost_disk_read(folder, name, &bytes, NULL));
    return bytes;
}

static inline json_t *json_of(const char *name)
{
    struct ost_buf bytes = file_of(name);
    json_t *root = json_loadb((const char *)bytes.ptr, bytes.len, 0, NULL);
    assert_non_null(root);
    ost_buf_fini(&bytes);
    return root;
}

#endif
