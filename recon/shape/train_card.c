#include "recon/shape/train.h"

#include <string.h>

static void put_sets(const struct ost_train_input *input, struct ost_buf *out)
{
    ost_buf_text(out, "## Data\n\n| surface | set | licence |\n|---|---|---|\n");
    for (int i = 0; i < OST_TRAIN_FILES; i++) {
        const struct ost_train_file *file = ost_train_file(i);
        if (input->surface[i] != NULL) {
            ost_buf_print(out, "| `%s` | %s | %s |\n", file->path, ost_train_set_name(file->set),
                          ost_train_set_licence(file->set));
        }
    }
    ost_buf_text(out, "\n`r_radius` and `r_ulna` are the subject of `radius` and `ulna`, which "
                      "are not used.\nThe rest is published morphometry: volar tilt, radial "
                      "inclination and height (3D CT, 37 pairs),\nwidths, ulnar head, bows, "
                      "lengths, cortical thickness and density.\n\n");
}

static bool uses(const struct ost_train_input *input, enum ost_train_set set)
{
    for (int i = 0; i < OST_TRAIN_FILES; i++) {
        if (input->surface[i] != NULL && ost_train_file(i)->set == set)
            return true;
    }
    return false;
}

static void put_licence(const struct ost_train_input *input, struct ost_buf *out)
{
    ost_buf_text(out, "## Licence\n\n");
    if (uses(input, OST_TRAIN_CALGARY)) {
        ost_buf_text(out, "**GPL-3.0**: trained on surfaces of github.com/ManskeLab/"
                          "3D_Carpal_Alignment_Pipeline (GPL-3.0).\nNot the default model.\n");
    } else {
        ost_buf_text(out, "Free to use with attribution (CC BY 3.0 and BSD style).\n");
    }
    ost_buf_text(out, "\nAttribution: OpenSim models, github.com/opensim-org/opensim-models "
                      "(CC BY 3.0)");
    if (uses(input, OST_TRAIN_BROWN)) {
        ost_buf_text(out, "; Brown Biomechanics, github.com/BrownBiomechanics/AutoscoperSandbox "
                          "(BSD style).\n\nBuilt with brown_sandbox, who may be the person of "
                          "`wrist_biplane_xray`: no figure on those films\nmay use this model");
    } else {
        ost_buf_text(out, ".\n\nBuilt without brown_sandbox: figures on `wrist_biplane_xray` may "
                          "use this model");
    }
    ost_buf_text(out, ".\n\n");
}

static void put_unseen(const struct ost_train_report *report, struct ost_buf *out)
{
    bool any = false;
    for (int i = 0; i < OST_TRAIN_FILES; i++)
        any = any || report->unseen_mm[i] > 0.0;
    if (!any)
        return;
    ost_buf_text(out, "\nHow near the modes come to real surfaces that were not trained on (mean "
                      "distance from the surface to\nthe fitted model; motion, size and all "
                      "modes free):\n\n| surface | mm |\n|---|---|\n");
    for (int i = 0; i < OST_TRAIN_FILES; i++) {
        if (report->unseen_mm[i] > 0.0)
            ost_buf_print(out, "| `%s` | %.2f |\n", ost_train_file(i)->path, report->unseen_mm[i]);
    }
}

static void put_metrics(const struct ost_train_report *r, struct ost_buf *out)
{
    static const char *const name[4] = {"volar tilt, degrees", "radial inclination, degrees",
                                        "radial height, mm", "ulnar variance, mm"};
    static const char *const want[4] = {"10.74 +- 3.74", "24.05 +- 2.63", "12.81 +- 1.74",
                                        "-0.5 +- 1.2 to 2.0"};
    ost_buf_text(out, "## Metrics\n\n| | radius | ulna |\n|---|---|---|\n");
    ost_buf_print(out, "| vertices | %u | %u |\n| triangles | %u | %u |\n| modes | %u | %u |\n",
                  r->vertices[0], r->vertices[1], r->triangles[0], r->triangles[1], r->modes[0],
                  r->modes[1]);
    ost_buf_print(out, "| mean length, mm | %.1f | %.1f |\n", r->length_mm[0], r->length_mm[1]);
    ost_buf_print(out, "| left out by the modes, 1 SD per distal vertex, mm | %.2f | %.2f |\n\n",
                  r->residual_mm[0], r->residual_mm[1]);
    ost_buf_text(out, "| number | 2000 samples of the model | published |\n|---|---|---|\n");
    for (int k = 0; k < 4; k++)
        ost_buf_print(out, "| %s | %.2f +- %.2f | %s |\n", name[k], r->mean[k], r->sd[k], want[k]);
    if (r->chirality_mm[0] > 0.0) {
        ost_buf_print(out,
                      "\nSide of the distal radius: laid on the right-sided whole bone as it is "
                      "%.2f mm, mirrored %.2f mm (RMS).\n",
                      r->chirality_mm[0], r->chirality_mm[1]);
    }
    put_unseen(r, out);
}

void ost_train_card(const struct ost_train_input *input, const struct ost_train_report *report,
                    const char *digest, struct ost_buf *out)
{
    ost_buf_print(out, "# %s\n\n", input->name);
    ost_buf_text(out, "A shape prior of the right forearm: radius and ulna, their joint, cortex "
                      "and density.\nFrames and formulas stand in `recon/shape/prior.h`. Made "
                      "by\n\n```\n");
    ost_buf_text(out, input->command);
    ost_buf_print(out, "\n```\n\nSeed %llu (sampled statistics only). SHA-256 `%s`.\n\n",
                  (unsigned long long)input->seed, digest);
    put_licence(input, out);
    put_sets(input, out);
    put_metrics(report, out);
    ost_buf_text(out,
                 "\n## What it is not\n\nVariation comes from a few templates, Gaussian-process "
                 "modes and published means and deviations,\nnot from a population of scans: "
                 "samples are simulated people.\n");
}
