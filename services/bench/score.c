#include "services/bench/score.h"

#include "recon/math/vec.h"
#include "recon/mesh/bvh.h"
#include "recon/mesh/measure.h"
#include "recon/mesh/piece.h"

#include <stdlib.h>
#include <string.h>

static const double within_95 = 1.959964; /* standard deviations */
static const double shaft_from_mm = 30.0, distal_mm = 20.0;

const char *ost_bench_body_name(enum ost_bench_body body)
{
    static const char *const name[OST_BENCH_BODIES] = {"radius", "ulna", "together"};
    return name[body];
}

const char *ost_bench_number_name(enum ost_bench_number number)
{
    static const char *const name[OST_BENCH_NUMBERS] = {"volar_tilt", "inclination", "rotation",
                                                        "ulnar_variance", "radial_height"};
    return name[number];
}

double ost_bench_shown_asd(const struct ost_bench_score *score, enum ost_bench_body body)
{
    const struct ost_compare_result *r = &score->body[body].icp[OST_REGION_SHOWN];
    return score->answered && r->count[0] > 0 ? r->asd : NAN;
}

bool ost_bench_covers(const struct ost_bench_score *score, enum ost_bench_number number)
{
    return fabs(score->error[number]) <= within_95 * score->sd[number];
}

bool ost_bench_failed(const struct ost_bench_score *score)
{
    return !(ost_bench_shown_asd(score, OST_BENCH_RADIUS) <= 2.0) ||
           !(ost_bench_shown_asd(score, OST_BENCH_ULNA) <= 2.0) ||
           !(fabs(score->error[OST_BENCH_TILT]) <= 5.0) ||
           !(fabs(score->error[OST_BENCH_INCLINATION]) <= 5.0);
}

bool ost_bench_band(const struct ost_bench_pair *pair, const float *const *sd, size_t count,
                    const struct ost_region_frame *frame, const struct ost_rigid *motion,
                    double *share, double *mean_sd, struct ost_err *err)
{
    static const double none[3];
    double all = 0.0, held = 0.0, sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        const struct ost_mesh *mesh = pair[i].result;
        OST_AUTO(ost_bvh) bvh = NULL;
        double *area = calloc((size_t)mesh->vertex_count + 1, sizeof *area);
        if (area == NULL || !ost_bvh_create(&bvh, pair[i].truth, err)) {
            free(area);
            return area != NULL ? false : ost_fail(err, OST_NOMEM, "bench: no room");
        }
        ost_mesh_vertex_areas(mesh, area);
        for (uint32_t v = 0; v < mesh->vertex_count; v++) {
            const float *p = mesh->vertex[v];
            struct ost_near near;
            double q[3], spread = sd[i][v];
            ost_rigid_point(motion, (const double[]){p[0], p[1], p[2]}, q);
            if (!ost_bvh_near(bvh, q, INFINITY, &near) ||
                (ost_region_of(frame, pair[i].bone, near.point, none) >> OST_REGION_SHOWN & 1U) ==
                    0)
                continue;
            all += area[v];
            sum += area[v] * spread;
            held += near.distance <= within_95 * spread ? area[v] : 0.0;
        }
        free(area);
    }
    *share = all > 0.0 ? held / all : NAN;
    *mean_sd = all > 0.0 ? sum / all : NAN;
    return true;
}

/* A forearm's landmarks, frame and numbers, of a truth or an answer. */
struct reading {
    double landmark[OST_LANDMARKS][3];
    struct ost_anatomy anatomy;
    struct ost_anatomy_numbers numbers;
};

static void read_bones(const struct ost_prior *prior, bool left,
                       struct ost_mesh *const bone[OST_BONES], struct reading *out)
{
    const float(*radius)[3] = (const float(*)[3])bone[OST_RADIUS]->vertex;
    const float(*ulna)[3] = (const float(*)[3])bone[OST_ULNA]->vertex;
    ost_anatomy_of_arm(prior, radius, left, &out->anatomy);
    ost_anatomy_landmarks(prior, radius, ulna, out->landmark);
    ost_anatomy_measure(&out->anatomy, (const double(*)[3])out->landmark, &out->numbers);
}

static bool on_shaft(const void *user, const double point[3])
{
    static const double none[3];
    const struct ost_region_frame *frame = user;
    double d[3];
    ost_sub(point, frame->origin, d);
    return ost_dot(d, frame->axis) < -shaft_from_mm &&
           (ost_region_of(frame, OST_RADIUS, point, none) >> OST_REGION_SHOWN & 1U) != 0;
}

/* The motion of the answer that lays its shafts on the truth's; NOT_FOUND where none is shown. */
static bool lay_shafts(const struct ost_bench_pair pair[OST_BONES],
                       const struct ost_region_frame *frame, const struct ost_rigid *start,
                       struct ost_rigid *out, struct ost_err *err)
{
    OST_AUTO(ost_mesh) truth = NULL;
    OST_AUTO(ost_mesh) shaft = NULL;
    OST_AUTO(ost_mesh) result = NULL;
    const struct ost_mesh *const truths[OST_BONES] = {pair[0].truth, pair[1].truth};
    const struct ost_mesh *const results[OST_BONES] = {pair[0].result, pair[1].result};
    bool settled;
    return ost_mesh_join(truths, OST_BONES, &truth, err) &&
           ost_mesh_join(results, OST_BONES, &result, err) &&
           ost_mesh_piece(truth, &(struct ost_mesh_choice){on_shaft, frame}, &shaft, err) &&
           ost_bench_lay(result, shaft, start, out, &settled, err);
}

static void take_numbers(const struct reading *truth, const struct reading *answer,
                         const struct ost_bench_answer *from, struct ost_bench_score *out)
{
    const struct ost_anatomy_numbers *t = &truth->numbers, *a = &answer->numbers;
    out->error[OST_BENCH_TILT] = ost_degrees(a->volar_tilt - t->volar_tilt);
    out->error[OST_BENCH_INCLINATION] = ost_degrees(a->radial_inclination - t->radial_inclination);
    out->error[OST_BENCH_VARIANCE] = a->ulnar_variance - t->ulnar_variance;
    out->error[OST_BENCH_HEIGHT] = a->radial_height - t->radial_height;
    for (int n = 0; n < OST_BENCH_NUMBERS; n++)
        out->sd[n] = NAN;
    if (!from->has_spread)
        return;
    out->sd[OST_BENCH_TILT] = from->number_sd[OST_FIND_TILT];
    out->sd[OST_BENCH_INCLINATION] = from->number_sd[OST_FIND_INCLINATION];
    out->sd[OST_BENCH_VARIANCE] = from->number_sd[OST_FIND_VARIANCE];
    out->sd[OST_BENCH_HEIGHT] = from->number_sd[OST_FIND_HEIGHT];
}

/*
 * The motion that brings `from`'s vertices nearest to those of `to`, moved by `moved`: all that
 * the two have in common, or, with a frame, those on the distal end of `from`.
 */
static bool lay_common(const struct ost_mesh *from, const struct ost_mesh *to,
                       const struct ost_rigid *moved, const struct ost_region_frame *distal,
                       struct ost_rigid *out, struct ost_err *err)
{
    const uint32_t all =
        from->vertex_count < to->vertex_count ? from->vertex_count : to->vertex_count;
    double(*p)[3] = calloc((size_t)all + 1, sizeof *p);
    double(*q)[3] = calloc((size_t)all + 1, sizeof *q);
    size_t count = 0;
    for (uint32_t v = 0; p != NULL && q != NULL && v < all; v++) {
        const double at[3] = {from->vertex[v][0], from->vertex[v][1], from->vertex[v][2]};
        const double there[3] = {to->vertex[v][0], to->vertex[v][1], to->vertex[v][2]};
        double d[3];
        if (distal != NULL) {
            ost_sub(at, distal->origin, d);
            if (ost_dot(d, distal->axis) < -distal_mm)
                continue;
        }
        memcpy(p[count], at, sizeof at);
        ost_rigid_point(moved, there, q[count++]);
    }
    bool ok = p != NULL && q != NULL &&
              ost_rigid_fit((const double(*)[3])p, (const double(*)[3])q, NULL, count, out);
    free(p);
    free(q);
    return ok || ost_fail(err, OST_BUG, "bench: bones that cannot be laid on each other");
}

/* The distal end as one rigid body: its turn about the truth's own shaft, degrees. */
static bool turn_between(const struct ost_bench_pair *radius, const struct ost_region_frame *frame,
                         const struct ost_rigid *shafts, double *out, struct ost_err *err)
{
    struct ost_rigid turn;
    double w[3];
    if (!lay_common(radius->truth, radius->result, shafts, frame, &turn, err))
        return false;
    ost_vector_of_rotation(turn.r, w);
    *out = ost_degrees(ost_dot(w, frame->axis));
    return true;
}

static bool measure_bodies(const struct ost_bench_pair pair[OST_BONES],
                           const struct ost_region_frame *frame, bool placed,
                           const struct ost_rigid *known, struct ost_bench_score *out,
                           struct ost_err *err)
{
    struct ost_rigid start;
    struct ost_bench_way way = {.placed = placed, .start = known != NULL ? known : &start};
    const struct ost_rigid as_it_lies = ost_rigid_identity();
    return (known != NULL || lay_common(pair[OST_RADIUS].result, pair[OST_RADIUS].truth,
                                        &as_it_lies, NULL, &start, err)) &&
           ost_bench_measure(pair, OST_BONES, frame, &way, &out->body[OST_BENCH_TOGETHER], err) &&
           ost_bench_measure(pair, 1, frame, &way, &out->body[OST_BENCH_RADIUS], err) &&
           ost_bench_measure(pair + 1, 1, frame, &way, &out->body[OST_BENCH_ULNA], err);
}

static bool measure_spread(const struct ost_bench_pair pair[OST_BONES],
                           const struct ost_bench_answer *answer,
                           const struct ost_region_frame *frame, struct ost_bench_score *out,
                           struct ost_err *err)
{
    const float *const sd[OST_BONES] = {answer->sd[OST_RADIUS], answer->sd[OST_ULNA]};
    out->band_share = out->predicted_mm = NAN;
    return !answer->has_spread ||
           ost_bench_band(pair, sd, OST_BONES, frame, &out->body[OST_BENCH_TOGETHER].motion,
                          &out->band_share, &out->predicted_mm, err);
}

/* Without landmarks there are distances alone. */
static bool measure_foreign(const struct ost_bench_pair pair[OST_BONES],
                            const struct ost_region_frame *frame,
                            const struct ost_bench_answer *answer, struct ost_bench_score *out,
                            struct ost_err *err)
{
    for (int n = 0; n < OST_BENCH_NUMBERS; n++)
        out->error[n] = out->sd[n] = NAN;
    out->band_share = out->predicted_mm = NAN;
    return measure_bodies(pair, frame, false, &answer->start, out, err);
}

bool ost_bench_score(const struct ost_bench_case *kase, const struct ost_bench_answer *answer,
                     struct ost_bench_score *out, struct ost_err *err)
{
    const struct ost_patient *patient = kase->patient;
    const bool left = kase->side == OST_SIDE_LEFT;
    struct ost_bench_pair pair[OST_BONES];
    struct ost_region_frame frame;
    struct reading truth, said;
    struct ost_rigid shafts;
    *out = (struct ost_bench_score){.seed = patient->request.seed,
                                    .left = left,
                                    .broken = patient->request.malunion.present,
                                    .answered = true,
                                    .told_broken = answer->broken,
                                    .residual_mm = answer->residual_mm,
                                    .seconds = answer->cost.seconds,
                                    .peak_mb = answer->cost.peak_mb};
    read_bones(kase->prior, left, patient->bone, &truth);
    ost_region_frame_of(&truth.anatomy, (const double(*)[3])truth.landmark, &frame);
    for (int n = 0; n < OST_PATIENT_FILMS; n++)
        frame.camera[frame.view_count++] = patient->film[n].camera;
    for (int b = 0; b < OST_BONES; b++)
        pair[b] = (struct ost_bench_pair){(enum ost_bone)b, answer->bone[b], patient->bone[b]};
    if (answer->foreign)
        return measure_foreign(pair, &frame, answer, out, err);
    read_bones(kase->prior, left, answer->bone, &said);
    take_numbers(&truth, &said, answer, out);
    if (!measure_bodies(pair, &frame, answer->placed, NULL, out, err) ||
        !measure_spread(pair, answer, &frame, out, err) ||
        !lay_shafts(pair, &frame, &out->body[OST_BENCH_TOGETHER].motion, &shafts, err))
        return false;
    return turn_between(&pair[OST_RADIUS], &frame, &shafts, &out->error[OST_BENCH_ROTATION], err);
}
