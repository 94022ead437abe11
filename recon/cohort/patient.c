#include "recon/cohort/patient.h"

#include "recon/cohort/body_impl.h"
#include "recon/cohort/film_impl.h"
#include "recon/cohort/given_impl.h"
#include "recon/math/vec.h"
#include "recon/mesh/measure.h"

#include <stdlib.h>
#include <string.h>

const char *ost_family_name(enum ost_family family)
{
    static const char *const name[OST_FAMILIES] = {"mixed", "trained", "shifted"};
    return name[family];
}

/* Corrective-osteotomy series: about one in seven tilts volarly, the rest dorsally. */
static struct ost_malunion random_malunion(struct ost_rng *rng)
{
    bool dorsal = ost_rng_uniform(rng) < 0.85;
    double tilt = dorsal ? 26.0 + 9.0 * ost_rng_normal(rng) : -22.0 + 8.0 * ost_rng_normal(rng);
    return (struct ost_malunion){
        .present = true,
        .tilt_deg = fmax(-40.0, fmin(45.0, tilt)),
        .inclination_deg = fmax(-5.0, fmin(20.0, 8.0 + 5.0 * ost_rng_normal(rng))),
        .turn_deg = fmax(-16.0, fmin(16.0, 6.0 * ost_rng_normal(rng))),
        .shortening_mm = fmin(11.0, 4.0 * fabs(ost_rng_normal(rng))),
        .cut_mm = 15.0 + 11.0 * ost_rng_uniform(rng),
    };
}

struct ost_patient_request ost_patient_random(uint64_t seed, double share)
{
    struct ost_rng rng = ost_rng_seed(seed ^ 0x05c0407U);
    struct ost_patient_request request = {.seed = seed, .view_error_deg = 3.5};
    request.left = ost_rng_uniform(&rng) < 0.5;
    if (ost_rng_uniform(&rng) < share) {
        request.malunion = random_malunion(&rng);
    }
    return request;
}

struct ost_patient_request ost_patient_sample(uint64_t seed)
{
    return (struct ost_patient_request){
        .seed = seed,
        .left = true,
        .malunion = {.present = true,
                     .tilt_deg = 20.0,
                     .inclination_deg = 4.0,
                     .turn_deg = 3.0,
                     .shortening_mm = 5.0,
                     .cut_mm = 21.0},
        .view_error_deg = 3.0,
    };
}

struct ost_patient_request ost_patient_other(const struct ost_patient_request *patient)
{
    struct ost_patient_request other = *patient;
    other.left = !patient->left;
    other.malunion = (struct ost_malunion){.present = false};
    other.other = true;
    return other;
}

static void body_fini(struct ost_body *body)
{
    for (int b = 0; b < OST_BONES; b++) {
        ost_mesh_destroy(body->healthy[b]);
        ost_mesh_destroy(body->bone[b]);
        ost_volume_destroy(body->distance[b]);
        ost_grid_destroy(body->mineral[b]);
    }
    ost_grid_destroy(body->hand_mineral);
    ost_grid_destroy(body->tissue);
    ost_grid_destroy(body->cast);
    ost_grid_destroy(body->plate);
}

/* ---- from a right arm to the arm it is: x -> -x ---- */

static void mirror_mesh(struct ost_mesh *mesh)
{
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        mesh->vertex[v][0] = -mesh->vertex[v][0];
    }
    ost_mesh_flip(mesh);
}

static void mirror_grid(struct ost_grid *grid)
{
    const size_t row = grid->size[0], rows = (size_t)grid->size[1] * grid->size[2];
    grid->origin[0] = -(grid->origin[0] + grid->spacing[0] * (grid->size[0] - 1));
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = 0; i < row / 2; i++) {
            float *a = grid->value + r * row + i, *b = grid->value + r * row + row - 1 - i;
            float kept = *a;
            *a = *b;
            *b = kept;
        }
    }
}

/* S M S for the mirror S. */
static void mirror_rigid(struct ost_rigid *motion)
{
    motion->t[0] = -motion->t[0];
    for (int k = 0; k < 9; k++) {
        if ((k % 3 == 0) != (k / 3 == 0)) {
            motion->r[k] = -motion->r[k];
        }
    }
}

static void mirror(struct ost_body *body)
{
    for (int b = 0; b < OST_BONES; b++) {
        mirror_mesh(body->healthy[b]);
        mirror_mesh(body->bone[b]);
        mirror_grid(body->mineral[b]);
    }
    mirror_grid(body->hand_mineral);
    mirror_grid(body->tissue);
    if (body->cast != NULL)
        mirror_grid(body->cast);
    if (body->plate != NULL)
        mirror_grid(body->plate);
    mirror_rigid(&body->fragment);
    body->joint[0] = -body->joint[0];
}

static bool grow(struct ost_body *body, const struct ost_progress *progress, struct ost_err *err)
{
    return (body->given || ost_body_surfaces(body, err)) &&
           ost_progress_step(progress, 0.15, "mineral", err) && ost_body_mineral(body, err) &&
           ost_progress_step(progress, 0.40, "hand", err) && ost_body_hand(body, err) &&
           ost_progress_step(progress, 0.50, "tissue", err) && ost_body_flesh(body, err) &&
           ost_body_cast(body, err) && ost_body_plate(body, err) &&
           ost_progress_step(progress, 0.55, "films", err);
}

/* Glass takes from the beam what aluminium, its neighbour, takes. */
static enum ost_material cast_material(enum ost_cast cast)
{
    return cast == OST_CAST_FIBREGLASS ? OST_ALUMINIUM : OST_GYPSUM;
}

/* The middle of a bone's end, some eight millimetres of it: the proximal one, or the distal. */
static void end_of(const struct ost_mesh *bone, bool proximal, double out[3])
{
    const float sign = proximal ? 1.0F : -1.0F, reach = 8.0F;
    float most = -INFINITY;
    double count = 0.0;
    for (uint32_t v = 0; v < bone->vertex_count; v++)
        most = fmaxf(most, sign * bone->vertex[v][2]);
    out[0] = out[1] = out[2] = 0.0;
    for (uint32_t v = 0; v < bone->vertex_count; v++) {
        if (sign * bone->vertex[v][2] < most - reach)
            continue;
        count += 1.0;
        for (int k = 0; k < 3; k++)
            out[k] += (double)bone->vertex[v][k];
    }
    for (int k = 0; k < 3; k++)
        out[k] /= count;
}

/*
 * Pronated, the radius goes round the ulna; seen from the radius, whose films stay, the ulna goes
 * back. Patient axes: on the right arm by a negative angle about the axis upwards.
 */
static void turn_ulna(const struct ost_body *body, struct ost_patient *patient)
{
    const double zero[3] = {0.0, 0.0, 0.0};
    const double angle = ost_radians(patient->request.pronated_deg);
    double head[3], elbow[3], turn[3];
    patient->ulna_later = ost_rigid_identity();
    if (angle == 0.0)
        return;
    end_of(body->bone[OST_ULNA], false, head);
    end_of(body->bone[OST_RADIUS], true, elbow);
    ost_sub(elbow, head, turn);
    (void)ost_unit(turn);
    for (int k = 0; k < 3; k++)
        turn[k] *= patient->request.left ? angle : -angle;
    patient->ulna_later = ost_rigid_about(head, turn, zero);
}

struct ost_camera ost_patient_ulna_camera(const struct ost_patient *patient,
                                          const struct ost_patient_film *film)
{
    struct ost_camera seen = film->camera;
    if (patient->request.pronated_deg != 0.0 && film->projection == OST_PROJECTION_LATERAL)
        seen.world_to_camera = ost_rigid_then(&patient->ulna_later, &film->camera.world_to_camera);
    return seen;
}

static bool film(const struct ost_body *body, struct ost_patient *patient,
                 const struct ost_progress *progress, struct ost_err *err)
{
    struct ost_film_scene scene = {
        .patient = patient,
        .mineral = {body->mineral[OST_RADIUS], body->mineral[OST_ULNA], body->hand_mineral},
        .tissue = body->tissue,
        .more = {{cast_material(patient->request.cast), body->cast}, {OST_TITANIUM, body->plate}},
        .centre = {body->joint[0], body->joint[1] - 2.0, body->joint[2] + 20.0},
    };
    /* Between the two bones, not over the radius alone. */
    scene.centre[0] += patient->request.left ? -7.0 : 7.0;
    for (int n = 0; n < OST_PATIENT_FILMS; n++) {
        if (!ost_film_make(&scene, n, &patient->film[n], err) ||
            !ost_progress_step(progress, 0.75 + 0.25 * n, "films", err)) {
            return false;
        }
    }
    return true;
}

static void hand_over(struct ost_body *body, struct ost_patient *patient)
{
    for (int b = 0; b < OST_BONES; b++) {
        patient->bone[b] = ost_steal(&body->bone[b]);
        patient->mineral[b] = ost_steal(&body->mineral[b]);
    }
    patient->hand_mineral = ost_steal(&body->hand_mineral);
    patient->tissue = ost_steal(&body->tissue);
    patient->target = ost_steal(&body->healthy[OST_RADIUS]);
    patient->fragment = body->fragment;
    patient->now = body->now;
    patient->before = body->before;
    patient->person = body->person;
    patient->distal_30 = body->distal_30;
    memcpy(patient->cut_point, body->joint, sizeof body->joint);
    patient->cut_point[2] += patient->request.malunion.cut_mm;
    patient->cut_normal[2] = 1.0;
}

/* From bones to films, and everything handed over. */
static bool finish(struct ost_body *body, struct ost_patient *patient,
                   const struct ost_progress *progress, struct ost_err *err)
{
    if (!grow(body, progress, err))
        return false;
    if (patient->request.left)
        mirror(body);
    turn_ulna(body, patient);
    if (!film(body, patient, progress, err))
        return false;
    for (int b = 0; b < OST_BONES && body->given; b++) {
        ost_mesh_destroy(body->bone[b]);
        body->bone[b] = NULL;
        if (!ost_body_given_surface(body, (enum ost_bone)b, &body->bone[b], err))
            return false;
    }
    hand_over(body, patient);
    return true;
}

bool ost_patient_create(const struct ost_prior *prior, const struct ost_patient_request *request,
                        const struct ost_progress *progress, struct ost_patient **out,
                        struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_patient) patient = calloc(1, sizeof *patient);
    if (patient == NULL) {
        return ost_fail(err, OST_NOMEM, "cohort: no memory for a patient");
    }
    patient->request = *request;
    struct ost_body body = {.prior = prior, .request = &patient->request};
    bool ok =
        ost_progress_step(progress, 0.05, "bones", err) && finish(&body, patient, progress, err);
    body_fini(&body);
    if (!ok) {
        return false;
    }
    *out = ost_steal(&patient);
    return true;
}

bool ost_patient_of_surfaces(const struct ost_prior *prior,
                             const struct ost_patient_request *request,
                             const struct ost_given *given, const struct ost_progress *progress,
                             struct ost_patient **out, struct ost_given_place *place,
                             struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_patient) patient = calloc(1, sizeof *patient);
    if (patient == NULL)
        return ost_fail(err, OST_NOMEM, "cohort: no memory for a patient");
    patient->request = *request;
    struct ost_body body = {.prior = prior, .request = &patient->request, .given = true};
    bool ok = ost_body_given(&body, given, place, err) && finish(&body, patient, progress, err);
    body_fini(&body);
    if (!ok)
        return false;
    *out = ost_steal(&patient);
    return true;
}

void ost_patient_destroy(struct ost_patient *patient)
{
    if (patient == NULL) {
        return;
    }
    for (int b = 0; b < OST_BONES; b++) {
        ost_mesh_destroy(patient->bone[b]);
        ost_grid_destroy(patient->mineral[b]);
    }
    ost_grid_destroy(patient->hand_mineral);
    ost_grid_destroy(patient->tissue);
    ost_mesh_destroy(patient->target);
    for (int n = 0; n < OST_PATIENT_FILMS; n++) {
        ost_image_destroy(patient->film[n].image);
    }
    free(patient);
}
