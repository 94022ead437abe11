/*
 * result/joint_shift.json: this joint beside another case's, as an affected one beside the
 * normal side or a plan's before beside its after. A rule, not a diagnosis: no outcome of
 * any patient stands behind it.
 */
#include "services/casefile/disk.h"
#include "services/station/mech_impl.h"

#include <math.h>
#include <string.h>

static const size_t json_most = (size_t)8 << 20;
static const double kazui_mm = 0.56, kazui_sd_mm = 0.72;

struct centre {
    double mean, most, at[2];
};

static bool take(json_t *root, const char *field, struct centre *out)
{
    return json_unpack(root, "{s:{s:{s:F, s:F, s:[F, F]}}}", "whole", field, "mean", &out->mean,
                       "most", &out->most, "centre", &out->at[0], &out->at[1]) == 0;
}

static json_t *read_joint(const char *dir, struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, json_most);
    json_t *root = ost_disk_read(dir, "result/joint.json", &bytes, err)
                       ? json_loadb((const char *)bytes.ptr, bytes.len, 0, NULL)
                       : NULL;
    ost_buf_fini(&bytes);
    if (root == NULL)
        (void)ost_err_note(err, "joint.json; run osteon fem on both cases");
    return root;
}

static json_t *shift_json(const struct centre *here, const struct centre *other, const char *unit)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:s}", "radial_mm", here->at[0] - other->at[0],
                     "dorsal_mm", here->at[1] - other->at[1], "mean", here->mean, "other_mean",
                     other->mean, "ratio", other->mean > 0.0 ? here->mean / other->mean : 0.0,
                     "scale_most", fmax(here->most, other->most), "unit", unit);
}

/* Both centres past the published mean of malunited wrists, the same way. */
static const char *finding(double density, double stress)
{
    bool load = stress > kazui_mm, mineral = density > kazui_mm;
    if (load && mineral)
        return "load and mineral both lie more dorsal than on the other side";
    if (load)
        return "the load lies more dorsal than on the other side, the mineral does not";
    if (mineral)
        return "the mineral lies more dorsal than on the other side, the load does not";
    return "neither load nor mineral lies more dorsal than on the other side";
}

static json_t *compare(json_t *mine, json_t *theirs)
{
    struct centre density[2], stress[2];
    const char *law = NULL, *other_law = NULL, *study = NULL, *other_study = NULL;
    if (!take(mine, "density", &density[0]) || !take(theirs, "density", &density[1]) ||
        !take(mine, "stress", &stress[0]) || !take(theirs, "stress", &stress[1]))
        return NULL;
    (void)json_unpack(mine, "{s:s, s:s}", "law", &law, "study", &study);
    (void)json_unpack(theirs, "{s:s, s:s}", "law", &other_law, "study", &other_study);
    bool alike = law != NULL && other_law != NULL && study != NULL && other_study != NULL &&
                 strcmp(law, other_law) == 0 && strcmp(study, other_study) == 0;
    return json_pack(
        "{s:i, s:o, s:o, s:f, s:b, s:{s:s, s:f, s:f, s:s, s:s}}", "osteon_joint_shift", 1,
        "density", shift_json(&density[0], &density[1], "mgHA/cm3"), "stress",
        shift_json(&stress[0], &stress[1], "MPa"), "correlation",
        json_number_value(json_object_get(json_object_get(mine, "whole"), "correlation")),
        "same_law_and_study", (int)alike, "indicator", "finding",
        finding(density[0].at[1] - density[1].at[1], stress[0].at[1] - stress[1].at[1]),
        "threshold_mm", kazui_mm, "threshold_sd_mm", kazui_sd_mm, "evidence",
        "Kazui A et al. Osteoarthritis Cartilage 2025;33:146-154: 36 dorsal malunions, centre of "
        "high subchondral density 0.56 +- 0.72 mm dorsal of the normal side's",
        "not", "no diagnosis and no forecast: a rule on two centres, with no outcome behind it");
}

bool mech_write_shift(const struct mech *m, struct ost_err *err)
{
    json_t *mine = read_joint(m->case_dir, err);
    json_t *theirs = mine != NULL ? read_joint(m->options->against, err) : NULL;
    json_t *root = theirs != NULL ? compare(mine, theirs) : NULL;
    bool ok = false;
    if (theirs != NULL && root == NULL) {
        (void)ost_fail(err, OST_INVALID,
                       "--against: one of the cases has no joint surface that could be mapped");
    } else if (root != NULL) {
        ok = mech_put_json(m, "result/joint_shift.json", root, err);
    }
    json_decref(mine);
    json_decref(theirs);
    return ok;
}
