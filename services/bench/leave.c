/*
 * People whose surfaces are real, each left out of the prior in turn: films are rendered from
 * the surfaces (recon/cohort/given.h), reconstructed with a prior that has not seen them, and
 * measured where the real surface is, 5 mm from its end.
 */
#include "recon/base/array.h"
#include "recon/cohort/given.h"
#include "recon/mesh/icp.h"
#include "recon/mesh/piece.h"
#include "recon/mesh/stl.h"
#include "recon/shape/train.h"
#include "services/bench/run.h"
#include "services/casefile/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef OST_MODEL_FILE
#define OST_MODEL_FILE "recon/shape/models/forearm.ostm"
#endif
#ifndef OST_MODEL_NOBROWN
#define OST_MODEL_NOBROWN "recon/shape/models/forearm_nobrown.ostm"
#endif

enum { NO_FILE = -1, FILE_MOST = 1 << 26, TRIANGLES_MOST = 1000000, FIRST_SEED = 2200000 };

/* Files by their place in ost_train_file(). */
struct subject {
    const char *name;
    bool fine;
    int file[OST_BONES];
    const char *model; /* that ships and has not seen this person; NULL: one is trained here */
};

/*
 * Films are read by the networks beside the prior, which have seen the same people; where a prior
 * is trained here there are none, and films are searched.
 *
 * `radius` and `ulna` of opensim are the shapes of `r_radius` and `r_ulna`: one person.
 */
static const struct subject subject_table[OST_BENCH_PEOPLE] = {
    {"calgary healthy", true, {7, 8}, OST_MODEL_FILE},
    {"calgary injured", true, {9, 10}, OST_MODEL_FILE},
    {"brown_sandbox", true, {6, NO_FILE}, OST_MODEL_NOBROWN},
    {"opensim rv", false, {0, 1}, NULL},
    {"opensim r", false, {2, 3}, NULL},
    {"opensim arm_r", false, {4, 5}, NULL},
};

struct surfaces {
    struct ost_mesh *mesh[OST_TRAIN_FILES]; /* owned */
};

static void surfaces_fini(struct surfaces *s)
{
    for (int i = 0; i < OST_TRAIN_FILES; i++)
        ost_mesh_destroy(s->mesh[i]);
}

static bool read_surfaces(const char *data, struct surfaces *out, struct ost_err *err)
{
    for (int i = 0; i < OST_TRAIN_FILES; i++) {
        struct ost_buf bytes;
        ost_buf_init(&bytes, FILE_MOST);
        bool ok = ost_disk_read(data, ost_train_file(i)->path, &bytes, err) &&
                  ost_stl_read(bytes.ptr, bytes.len, TRIANGLES_MOST, &out->mesh[i], err);
        ost_buf_fini(&bytes);
        if (!ok)
            return false;
    }
    return true;
}

/*
 * The shipped prior's own recipe without one person. The first two places hold the template the
 * others are bent onto: where it is that person's, the bones at `stand_in` take them.
 */
static bool train_from(const struct surfaces *all, const struct subject *who, int stand_in,
                       struct ost_prior **out, struct ost_err *err)
{
    struct ost_train_input input = {.name = "left_one_out", .command = "osteon bench recon"};
    struct ost_train_report report;
    struct ost_buf model;
    for (int i = 0; i < OST_TRAIN_FILES; i++) {
        if (ost_train_file(i)->set != OST_TRAIN_CALGARY && i != who->file[0] && i != who->file[1])
            input.surface[i] = all->mesh[i];
    }
    for (int b = 0; b < OST_BONES && input.surface[b] == NULL; b++) {
        input.surface[b] = all->mesh[stand_in + b];
        input.surface[stand_in + b] = NULL;
    }
    ost_buf_init(&model, FILE_MOST);
    bool ok = ost_train_prior(&input, NULL, &model, &report, err) &&
              ost_prior_open(model.ptr, model.len, out, err);
    ost_buf_fini(&model);
    return ok;
}

static bool train_without(const struct surfaces *all, const struct subject *who,
                          struct ost_prior **out, struct ost_err *err)
{
    return train_from(all, who, 2, out, err) ||
           (who->file[0] == 0 && train_from(all, who, 4, out, err)) ||
           ost_err_note(err, "no prior could be trained without this person");
}

/* Regions off the prior's mean where the patient stands: the model's own axes. */
static bool frame_of(const struct ost_prior *prior, double scale, const struct ost_patient *patient,
                     struct ost_region_frame *out, struct ost_err *err)
{
    const struct ost_rigid beside = ost_prior_joint_place(prior, scale, NULL);
    double landmark[OST_LANDMARKS][3];
    struct ost_anatomy anatomy;
    OST_AUTO(ost_mesh) radius = NULL;
    OST_AUTO(ost_mesh) ulna = NULL;
    if (!ost_prior_mean(prior, OST_RADIUS, scale, &radius, err) ||
        !ost_prior_mean(prior, OST_ULNA, scale, &ulna, err))
        return false;
    ost_mesh_move(ulna, &beside);
    ost_anatomy_of(prior, (const float(*)[3])radius->vertex, &anatomy);
    ost_anatomy_landmarks(prior, (const float(*)[3])radius->vertex, (const float(*)[3])ulna->vertex,
                          landmark);
    ost_region_frame_of(&anatomy, (const double(*)[3])landmark, out);
    for (int n = 0; n < OST_PATIENT_FILMS; n++)
        out->camera[out->view_count++] = patient->film[n].camera;
    return true;
}

/*
 * What was found to where the patient stands, by whole radii: a real surface of two centimetres
 * would lie as well turned about the shaft.
 */
static bool stand(const struct ost_prior *prior, const struct ost_given_place *place,
                  const struct ost_bench_answer *answer, struct ost_rigid *out, struct ost_err *err)
{
    OST_AUTO(ost_mesh) mean = NULL;
    bool settled; /* or not: what begins here is laid on */
    return ost_prior_mean(prior, OST_RADIUS, place->scale, &mean, err) &&
           ost_bench_lay(answer->bone[OST_RADIUS], mean, NULL, out, &settled, err);
}

/* Where the real surfaces lie in the patient's world, and what was found to it. */
struct stage {
    struct ost_given_place place;
    struct ost_region_frame frame;
    struct ost_rigid start;
};

static bool measure(const struct surfaces *all, const struct subject *who,
                    const struct stage *stage, const struct ost_bench_answer *answer,
                    struct ost_bench_left_out *out, struct ost_err *err)
{
    const struct ost_bench_way way = {.start = &stage->start};
    const struct ost_given_place *place = &stage->place;
    for (int b = 0; b < OST_BONES; b++) {
        if (who->file[b] == NO_FILE || !(place->extent[b] > 0.0))
            continue;
        const struct ost_mesh *surface = all->mesh[who->file[b]];
        OST_AUTO(ost_mesh) truth = NULL;
        if (!ost_mesh_join(&surface, 1, &truth, err))
            return false;
        ost_mesh_move(truth, &place->motion);
        const struct ost_bench_pair pair = {(enum ost_bone)b, answer->bone[b], truth};
        if (!ost_bench_measure(&pair, 1, &stage->frame, &way, &out->distance[b], err))
            return false;
        out->has[b] = true;
        out->extent_mm[b] = place->extent[b];
    }
    return true;
}

static bool film(const struct ost_bench_run *run, const struct surfaces *all,
                 const struct subject *who, uint64_t seed, struct ost_patient **out,
                 struct ost_given_place *place, struct ost_err *err)
{
    struct ost_patient_request request = ost_patient_random(seed, 0.0);
    struct ost_given given = {.surface = {all->mesh[who->file[0]]}};
    if (who->file[1] != NO_FILE)
        given.surface[OST_ULNA] = all->mesh[who->file[1]];
    request.left = false;
    return ost_patient_of_surfaces(run->prior, &request, &given, NULL, out, place, err);
}

static bool reconstruct(const struct ost_bench_reader *reader, const struct ost_patient *patient,
                        struct ost_bench_answer *answer, struct ost_bench_left_out *out,
                        struct ost_err *err)
{
    struct ost_fit_film input[OST_PATIENT_FILMS];
    OST_AUTO(ost_find) find = NULL;
    for (int n = 0; n < OST_PATIENT_FILMS; n++)
        input[n] = (struct ost_fit_film){.image = patient->film[n].image,
                                         .projection = patient->film[n].projection,
                                         .bone = OST_BONE_AUTO,
                                         .spacing = patient->film[n].spacing};
    if (!ost_bench_fit(reader, input, OST_PATIENT_FILMS, OST_SIDE_RIGHT, &find, &answer->cost, err))
        return false;
    out->seconds = answer->cost.seconds;
    out->peak_mb = answer->cost.peak_mb;
    out->residual_mm = find->residual_mm;
    return ost_bench_answer_of(reader->prior, find, answer, err);
}

static bool run_one(const struct ost_bench_run *run, const struct surfaces *all,
                    const struct subject *who, uint64_t seed, struct ost_bench_left_out *out,
                    struct ost_err *err)
{
    OST_AUTO(ost_prior) prior = NULL;
    OST_AUTO(ost_patient) patient = NULL;
    struct ost_bench_answer answer = {0};
    struct stage stage;
    OST_AUTO(ost_predictor) predictor = NULL;
    bool ok =
        (who->model != NULL ? ost_bench_open_prior(who->model, &prior, err)
                            : train_without(all, who, &prior, err)) &&
        (who->model == NULL || ost_bench_open_predictor(run, who->model, prior, &predictor, err)) &&
        film(run, all, who, seed, &patient, &stage.place, err) &&
        frame_of(run->prior, stage.place.scale, patient, &stage.frame, err) &&
        reconstruct(&(struct ost_bench_reader){prior, predictor}, patient, &answer, out, err) &&
        stand(run->prior, &stage.place, &answer, &stage.start, err) &&
        measure(all, who, &stage, &answer, out, err);
    ost_bench_answer_fini(&answer);
    return ok;
}

bool ost_bench_run_leave_one_out(struct ost_bench_run *run, struct ost_err *err)
{
    struct ost_bench_report *report = run->report;
    struct surfaces all = {{NULL}};
    struct ost_err why = {.code = OST_OK};
    const size_t count = ost_bench_share(run, OST_BENCH_PEOPLE);
    (void)err;
    if (!read_surfaces(run->data, &all, &why))
        (void)snprintf(report->left_out[OST_BENCH_PART_LEAVE_ONE_OUT], sizeof report->left_out[0],
                       "wrist_surfaces is not in the folder of --data");
    else
        report->people = count;
    for (size_t i = 0; i < report->people; i++) {
        struct ost_bench_left_out *p = &report->person[i];
        p->subject = subject_table[i].name;
        p->fine = subject_table[i].fine;
        p->answered = run_one(run, &all, &subject_table[i], FIRST_SEED + i, p, &why);
        if (!p->answered)
            (void)snprintf(p->why, sizeof p->why, "%s", why.msg);
        const struct ost_compare_result *r = &p->distance[OST_RADIUS].icp[OST_REGION_WHOLE];
        ost_bench_tell("left out %s: %s%.2f mm, %.1f s", p->subject,
                       p->answered ? "radius " : p->why, r->asd, p->seconds);
    }
    surfaces_fini(&all);
    return true;
}
