#include "recon/shape/train.h"

#include "recon/shape/reach.h"
#include "recon/shape/train_impl.h"

#include <string.h>

/* Below this nobody knows how a piece lay on its bone, mm. */
enum { SHORTEST = 15 };

static void fill_report(const struct arm *arm, const struct modes modes[OST_BONES],
                        struct ost_train_report *report)
{
    memcpy(report->chirality_mm, arm->chirality_mm, sizeof report->chirality_mm);
    for (int i = 0; i < OST_BONES; i++) {
        report->vertices[i] = arm->bone[i]->vertex_count;
        report->triangles[i] = arm->bone[i]->triangle_count;
        report->modes[i] = modes[i].count;
        report->residual_mm[i] = modes[i].residual;
        report->length_mm[i] = ost_train_mesh_length(arm->bone[i]);
    }
}

static bool train(const struct ost_train_input *input, const struct ost_progress *progress,
                  struct arm *arm, struct modes modes[OST_BONES], struct ost_err *err)
{
    if (!ost_train_arm_make(input, progress, arm, err))
        return false;
    for (int i = 0; i < OST_BONES; i++) {
        struct modes_source source = {.mean = arm->bone[i],
                                      .marks = &arm->marks[i],
                                      .bone = (enum ost_bone)i,
                                      .sample = arm->variety[i].sample,
                                      .samples = arm->variety[i].samples};
        if (!ost_progress_step(progress, 0.5 + 0.2 * i, "modes", err) ||
            !ost_train_modes_make(&source, &modes[i], err))
            return false;
    }
    return true;
}

/* Real surfaces the model has never seen, fitted by it. */
static bool measure_unseen(const struct ost_train_input *input, const struct arm *arm,
                           const struct ost_prior *prior, struct ost_train_report *report,
                           struct ost_err *err)
{
    for (int i = 0; i < OST_TRAIN_FILES; i++) {
        enum ost_bone bone = ost_train_file(i)->bone;
        OST_AUTO(ost_mesh) piece = NULL;
        struct ost_rigid motion, back;
        double rms;
        if (input->unseen[i] == NULL)
            continue;
        if (!ost_train_rough_copy(input->unseen[i], ost_train_file(i)->set, &piece, err))
            return false;
        if (ost_train_mesh_length(piece) < SHORTEST)
            continue;
        ost_train_centre_distal(piece);
        if (!ost_train_lay_onto(piece, arm->bone[bone], &motion, &rms, err))
            return false;
        back = ost_rigid_inverse(&motion);
        const struct ost_reach reach = {.bone = ost_prior_bone_view(prior, bone),
                                        .target = piece,
                                        .start = back,
                                        .size_sd = SIZE_LOG_SD};
        if (!ost_reach_fit(&reach, &report->unseen_mm[i], NULL, err))
            return false;
    }
    return true;
}

bool ost_train_prior(const struct ost_train_input *input, const struct ost_progress *progress,
                     struct ost_buf *out, struct ost_train_report *report, struct ost_err *err)
{
    struct arm arm = {0};
    struct modes modes[OST_BONES] = {{0}};
    OST_AUTO(ost_prior) prior = NULL;
    *report = (struct ost_train_report){0};
    bool ok = train(input, progress, &arm, modes, err) &&
              ost_train_write(input, &arm, modes, out, err) &&
              ost_prior_open(out->ptr, out->len, &prior, err);
    if (ok) {
        fill_report(&arm, modes, report);
        ok = ost_progress_step(progress, 0.9, "statistics", err) &&
             ost_train_report_samples(prior, input->seed, report, err) &&
             measure_unseen(input, &arm, prior, report, err) &&
             ost_progress_step(progress, 1.0, "done", err);
    }
    for (int i = 0; i < OST_BONES; i++)
        ost_train_modes_fini(&modes[i]);
    ost_train_arm_fini(&arm);
    return ok;
}
