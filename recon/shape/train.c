#include "recon/shape/train.h"

#include "recon/shape/train_impl.h"

#include <string.h>

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
        struct modes_source source = {
            .mean = arm->bone[i], .marks = &arm->marks[i], .bone = (enum ost_bone)i};
        if (!ost_progress_step(progress, 0.5 + 0.2 * i, "modes", err) ||
            !ost_train_modes_make(&source, &modes[i], err))
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
             ost_progress_step(progress, 1.0, "done", err);
    }
    for (int i = 0; i < OST_BONES; i++)
        ost_train_modes_fini(&modes[i]);
    ost_train_arm_fini(&arm);
    return ok;
}
