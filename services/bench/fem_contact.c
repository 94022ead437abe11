/*
 * The wrist's contact by discrete elements, one pose: a real radius with its landmarks by the
 * shape prior, and the row of two carpals that fem/study/contact.json presses with 100 N.
 */
#include "fem/study/joint.h"
#include "recon/math/vec.h"
#include "recon/shape/anatomy.h"
#include "recon/shape/surface.h"
#include "services/bench/fem.h"
#include "services/bench/machine.h"
#include "services/casefile/disk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE "wrist_surfaces/calgary/ControlSample1_R_"

/* The study's. Its lattice is where the patches come from. */
static const double lattice_mm = 1.0, load_n = 100.0, radius_share = 0.8, scaphoid_share = 0.6;
enum { RUNS = 5 };

static bool read_prior(struct ost_prior **out, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, (size_t)64 << 20);
    bool ok = ost_disk_read(NULL, OST_MODEL_FILE, &bytes, err) &&
              ost_prior_open(bytes.ptr, bytes.len, out, err);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "the shape prior");
}

static void middle_of(const struct ost_mesh *mesh, double out[3])
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        for (int k = 0; k < 3; k++)
            out[k] += (double)mesh->vertex[v][k] / mesh->vertex_count;
    }
}

static void take(const double (*landmark)[3], enum ost_landmark which, double out[3])
{
    memcpy(out, landmark[which], sizeof(double[3]));
}

/* Where the joint is: the prior laid on radius and ulna, the capitate telling the hand's side. */
static bool find_anatomy(const char *data, const struct ost_mesh *radius,
                         struct ost_study_anatomy *out, struct ost_err *err)
{
    OST_AUTO(ost_prior) prior = NULL;
    OST_AUTO(ost_mesh) ulna = NULL;
    OST_AUTO(ost_mesh) hand = NULL;
    struct ost_surface_fit fit;
    struct ost_anatomy frame;
    double landmark[OST_LANDMARKS][3], from[3] = {0.0}, to[3] = {0.0};
    if (!read_prior(&prior, err) ||
        !ost_bench_fem_surface(data, SAMPLE "Ulna_Mesh.stl", &ulna, err) ||
        !ost_bench_fem_surface(data, SAMPLE "Capitate_Mesh.stl", &hand, err))
        return false;
    struct ost_surface_ask ask = {.bone = {radius, ulna}, .side = OST_SIDE_RIGHT};
    middle_of(hand, from);
    middle_of(radius, to);
    ost_sub(to, from, ask.proximal);
    (void)ost_unit(ask.proximal);
    if (!ost_surface_fit(prior, &ask, NULL, &fit, err))
        return false;
    const float(*laid)[3] = (const float(*)[3])fit.laid[OST_RADIUS]->vertex;
    ost_anatomy_of_arm(prior, laid, fit.arm.mirrored, &frame);
    ost_anatomy_landmarks(prior, laid, (const float(*)[3])fit.laid[OST_ULNA]->vertex, landmark);
    ost_surface_fit_fini(&fit);
    memcpy(out->origin, frame.origin, sizeof out->origin);
    memcpy(out->axis, frame.axis, sizeof out->axis);
    memcpy(out->radial, frame.radial, sizeof out->radial);
    memcpy(out->volar, frame.volar, sizeof out->volar);
    take((const double(*)[3])landmark, OST_STYLOID, out->styloid);
    take((const double(*)[3])landmark, OST_ULNAR_CORNER_VOLAR, out->corner_volar);
    take((const double(*)[3])landmark, OST_ULNAR_CORNER_DORSAL, out->corner_dorsal);
    take((const double(*)[3])landmark, OST_LIP_VOLAR, out->lip_volar);
    take((const double(*)[3])landmark, OST_LIP_DORSAL, out->lip_dorsal);
    return true;
}

/* The slowest of all runs; it must come to rest. */
static bool press(const struct ost_study_anatomy *a, const struct ost_joint *joint,
                  struct ost_bench_fem_report *report, struct ost_err *err)
{
    struct ost_row row = {.cartilage = ost_cartilage_default()};
    for (int k = 0; k < 3; k++)
        row.force[k] = -load_n * radius_share * a->axis[k];
    if (!ost_joint_carpals(a, joint->patch, joint, &row, err) ||
        !ost_joint_seat(a, joint->patch, joint, scaphoid_share, &row, err))
        return false;
    double(*on)[3] = calloc((size_t)joint->count + 1, sizeof *on);
    if (on == NULL)
        return ost_fail(err, OST_NOMEM, "bench fem: no room for %u patches", joint->count);
    bool ok = true;
    for (int i = 0; i < RUNS && ok; i++) {
        struct ost_contact contact;
        double begin = ost_bench_clock();
        ok = ost_joint_press(a, joint, &row, 0.0, on, &contact, err);
        double ms = 1e3 * (ost_bench_clock() - begin);
        report->contact_ms = isfinite(report->contact_ms) ? fmax(report->contact_ms, ms) : ms;
    }
    free(on);
    report->contact_patches = joint->count;
    return ok;
}

static bool measure(const char *data, const struct ost_mesh *radius,
                    struct ost_bench_fem_report *report, struct ost_err *err)
{
    OST_AUTO(ost_tet_mesh) mesh = NULL;
    OST_AUTO(ost_boundary) boundary = NULL;
    OST_AUTO(ost_joint) joint = NULL;
    struct ost_study_anatomy anatomy;
    if (!find_anatomy(data, radius, &anatomy, err) ||
        !ost_bench_fem_tets(radius, lattice_mm, NULL, NULL, &mesh, err) ||
        !ost_boundary_create(&boundary, mesh, err))
        return false;
    const struct ost_bone_model model = {.mesh = mesh, .boundary = boundary};
    return ost_joint_create(&model, &anatomy, &joint, err) && press(&anatomy, joint, report, err);
}

bool ost_bench_fem_contact(struct ost_bench_fem_run *run, struct ost_err *err)
{
    struct ost_err why = {0};
    OST_AUTO(ost_mesh) radius = NULL;
    run->report->contact_ms = NAN;
    /* A bone that is not there is not measured. */
    if (!ost_bench_fem_surface(run->data, SAMPLE "Radius_Mesh.stl", &radius, &why))
        return why.code == OST_NOT_FOUND || ost_fail(err, why.code, "%s", why.msg);
    return measure(run->data, radius, run->report, err) || ost_err_note(err, "contact");
}
