/* The load in steps, as fem.json tells it. */
#include "recon/math/vec.h"
#include "services/station/mech_impl.h"

#include <math.h>

/* What never came is null. */
static json_t *load_or_null(double share, double whole)
{
    return isfinite(share) ? json_real(share * whole) : json_null();
}

static json_t *step_json(const struct ost_plastic_step *s, double whole)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:i}", "load", s->load * whole,
                     "yielded_share", s->yielded, "cracked_share", s->cracked, "crushed_share",
                     s->crushed, "failed_share", s->failed, "move_mm", s->move, "work_n_mm",
                     s->work, "residual", s->residual, "newton", (int)s->newton);
}

json_t *mech_yield_json(const struct mech *mech)
{
    const struct ost_plastic_result *p = mech->answer->plastic;
    const struct ost_plastic_law law = ost_plastic_law_default();
    const struct ost_study *s = &mech->study;
    const bool couple = s->load == OST_LOAD_COUPLE;
    const double whole = couple ? ost_length(s->moment) : s->load_n;
    json_t *steps = json_array();
    for (uint32_t i = 0; i < p->count && steps != NULL; i++)
        (void)json_array_append_new(steps, step_json(&p->step[i], whole));
    return json_pack(
        "{s:s, s:s, s:s, s:f, s:o, s:o, s:o, s:f, s:f, s:f, s:f, s:f, s:o}", "how",
        "Drucker-Prager with associated flow; what yields keeps a part of its stiffness; what "
        "cracks or is crushed is counted, not taken out",
        "end", ost_plastic_end_name(p->end), "unit", couple ? "N mm" : "N", "load_most", whole,
        "failure_load", load_or_null(p->failure, whole), "first_yield_load",
        load_or_null(p->first_yield, whole), "first_failed_load",
        load_or_null(p->first_fail, whole), "failed_share_at_failure", law.share, "tensile_ratio",
        law.ratio, "slope_after", law.slope, "crack_ratio", law.crack, "crush_strain", law.crush,
        "steps", steps);
}
