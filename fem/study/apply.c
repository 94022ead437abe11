#include "fem/study/end.h"
#include "fem/study/joint.h"
#include "fem/study/solve_impl.h"
#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>

/* Of a vector given along radial, volar and axis. */
static void to_body(const struct ost_study_anatomy *a, double size, const double d[3],
                    double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = size * (d[0] * a->radial[k] + d[1] * a->volar[k] + d[2] * a->axis[k]);
}

static bool press_fossae(const struct ost_study_case *c, const struct ost_pressed *body,
                         double (*nodal)[3], struct ost_study_result *result, struct ost_err *err)
{
    const double *d = c->study->direction;
    const double share[OST_FOSSAE] = {[OST_SCAPHOID_FOSSA] = c->study->scaphoid_share,
                                      [OST_LUNATE_FOSSA] = 1.0 - c->study->scaphoid_share};
    double total = c->study->load_n * c->study->radius_share / ost_length(d);
    if (!ost_fossa_discs(body->anatomy, result->disc, err))
        return false;
    for (int i = 0; i < OST_FOSSAE; i++) {
        double force[3];
        to_body(body->anatomy, total * share[i], d, force);
        if (!ost_disc_press(body, &result->disc[i], force, nodal, &result->load[i], err))
            return false;
    }
    return true;
}

bool study_row(const struct ost_study_case *c, struct ost_joint **joint, struct ost_row *row,
               struct ost_err *err)
{
    const struct ost_study *study = c->study;
    const struct ost_study_anatomy *a = &c->bone->anatomy;
    double total = study->load_n * study->radius_share / ost_length(study->direction);
    *row = (struct ost_row){.cartilage = ost_cartilage_default()};
    to_body(a, total, study->direction, row->force);
    return ost_joint_create(c->model, a, joint, err) && *joint != NULL &&
           ost_joint_carpals(a, (*joint)->patch, *joint, row, err) &&
           ost_joint_seat(a, (*joint)->patch, *joint, study->scaphoid_share, row, err);
}

/* The pressures of the cartilage, each face's on its three nodes. */
static bool press_contact(const struct ost_study_case *c, double (*nodal)[3],
                          struct ost_study_result *result, struct ost_err *err)
{
    const struct ost_study_anatomy *a = &c->bone->anatomy;
    struct ost_row row;
    OST_AUTO(ost_joint) joint = NULL;
    if (!study_row(c, &joint, &row, err) || joint == NULL)
        return false;
    double(*on)[3] = calloc((size_t)joint->count + 1, sizeof *on);
    if (on == NULL)
        return ost_fail(err, OST_NOMEM, "contact: no room for %u patches", joint->count);
    bool ok = ost_joint_press(a, joint, &row, 0.0, on, &result->contact, err);
    for (uint32_t i = 0; i < joint->count && ok; i++) {
        uint32_t node[3];
        ost_face_takers(c->model->mesh, c->model->boundary, joint->face[i], node);
        for (int k = 0; k < 3; k++)
            ost_along(nodal[node[k]], 1.0 / 3.0, on[i], nodal[node[k]]);
    }
    free(on);
    return ok;
}

/* The ulna's head takes what the radius does not. */
static bool press_ulna(const struct ost_study_case *c, double (*nodal)[3],
                       struct ost_study_result *result, struct ost_err *err)
{
    const double head_mm = 6.0;
    const struct ost_study *study = c->study;
    const struct ost_bone_model *m = c->model;
    const struct ost_end head = {-INFINITY, m->ulna_tip + head_mm};
    const double share = study->load_n * (1.0 - study->radius_share);
    const struct ost_pressed body = {m->mesh, m->boundary, &c->bone->anatomy, m->material, true};
    double force[3];
    to_body(&c->bone->anatomy, share / ost_length(study->direction), study->direction, force);
    return share == 0.0 || ost_end_press(&body, &head, force, nodal, &result->ulna, err);
}

bool study_load(const struct ost_study_case *c, double (*force)[3], struct ost_study_result *result,
                struct ost_err *err)
{
    const struct ost_study *study = c->study;
    const struct ost_study_anatomy *a = &c->bone->anatomy;
    const struct ost_pressed body = {.mesh = c->model->mesh,
                                     .boundary = c->model->boundary,
                                     .anatomy = a,
                                     .material = c->model->material};
    const struct ost_end end = {-INFINITY, c->model->tip + study->end_mm};
    double v[3];
    switch (study->load) {
    case OST_LOAD_END:
        to_body(a, study->load_n / ost_length(study->direction), study->direction, v);
        return ost_end_press(&body, &end, v, force, &result->load[0], err);
    case OST_LOAD_COUPLE:
        to_body(a, 1.0, study->moment, v);
        return ost_end_couple(&body, &end, v, force, &result->load[0], err);
    case OST_LOAD_CONTACT:
    case OST_LOAD_TOUCH: /* where it begins */
        return press_contact(c, force, result, err);
    default:
        return press_fossae(c, &body, force, result, err) &&
               (c->bone->ulna == NULL || press_ulna(c, force, result, err));
    }
}

void study_modulus(const struct ost_study_case *c, const struct ost_grid *grid,
                   double (*law)(const void *user, double density), const void *user,
                   double *modulus, double (*share)[4])
{
    const struct ost_tet_mesh *mesh = c->model->mesh;
    switch (c->study->mapping) {
    case OST_MAPPING_V1:
        ost_tet_voxel_mean(mesh, c->model->extended, modulus);
        break;
    case OST_MAPPING_V2:
        ost_tet_mean(mesh, c->model->extended, modulus);
        break;
    case OST_MAPPING_GAUSS:
        ost_tet_gauss_mean(mesh, c->model->extended, law, user, modulus, share);
        return;
    default:
        ost_tet_mean(mesh, grid, modulus);
        return;
    }
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        modulus[e] = law(user, modulus[e]);
}
