#include "services/tool/plan_print.h"

#include "recon/plan/measures.h"
#include "services/tool/plan_review.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool ost_plan_print_json(const struct ost_plan *plan, struct ost_err *err)
{
    struct ost_approval approval;
    struct ost_measures measures;
    struct ost_buf out;
    char sum[OST_SUM_HEX];
    if (!ost_plan_approval(plan, &approval, err))
        return false;
    ost_plan_measures(plan, NULL, &measures);
    ost_plan_sum(plan, sum);
    ost_buf_init(&out, (size_t)2 * OST_PLAN_BYTES);
    ost_buf_print(&out,
                  "{\"seq\":%" PRId64 ",\"hash\":\"%s\",\"sum\":\"%s\",\"version\":%d,"
                  "\"approved\":%s,\"outdated\":%s,",
                  ost_plan_seq(plan), approval.hash, sum, approval.version,
                  approval.approved ? "true" : "false", approval.outdated ? "true" : "false");
    ost_plan_review_json(&out, plan);
    ost_buf_text(&out, ",\"state\":");
    bool ok = ost_plan_write(plan, OST_FORM_JSON, &out, err);
    ost_buf_text(&out, ",\"measures\":");
    struct ost_sink sink = ost_sink_to(&out, OST_FORM_JSON);
    ost_measures_write(&sink, &measures);
    ost_buf_text(&out, "}\n");
    ok = ok && ost_buf_done(&out, err) && fwrite(out.ptr, 1, out.len, stdout) == out.len;
    ost_buf_fini(&out);
    return ok;
}

static void print_spread(const struct ost_spread *spread, const char *unit)
{
    if (spread->known) {
        (void)printf("  %7.1f +- %4.1f %-3s", spread->value, 1.96 * spread->sd, unit);
    } else {
        (void)printf("  %19s", "-");
    }
}

static void print_target(const char *source)
{
    if (source == NULL)
        return;
    (void)printf("target: %s\n", strcmp(source, "mirrored") == 0 ? "the other arm, mirrored"
                                 : strcmp(source, "manual") == 0
                                     ? "set by hand"
                                     : "completion of the healthy part");
}

static void print_findings(const struct ost_measures *m)
{
    if (m->deformity.known) {
        (void)printf("deformity: %.1f deg about its screw axis, %.1f mm along it\n",
                     m->deformity.angle_deg, m->deformity.slide_mm);
    }
    if (m->gap.known) {
        (void)printf("gap at the cut: %.1f to %.1f mm, wedge %.2f cm3%s\n", m->gap.low_mm,
                     m->gap.high_mm, m->gap.opening_mm3 / 1000.0,
                     m->gap.section_assumed ? " (section assumed)" : "");
    }
    if (m->residual_mm.known) {
        (void)printf("planned against target: %.1f deg, %.1f mm\n", m->residual_deg.value,
                     m->residual_mm.value);
    }
}

bool ost_plan_print_table(const struct ost_plan *plan, struct ost_err *err)
{
    struct ost_approval approval;
    struct ost_measures m;
    if (!ost_plan_approval(plan, &approval, err))
        return false;
    ost_plan_measures(plan, NULL, &m);
    (void)printf("plan at entry %" PRId64 ", state %.16s, %s\n", ost_plan_seq(plan), approval.hash,
                 approval.approved   ? "approved"
                 : approval.outdated ? "edited since its approval"
                                     : "draft");
    ost_plan_review_print(plan);
    (void)printf("%-20s  %-19s  %-19s  %-19s\n", "", "before", "planned", "target");
    for (int i = 0; i < OST_PLAN_NUMBERS; i++) {
        enum ost_plan_number number = (enum ost_plan_number)i;
        const struct ost_number_row *row = &m.number[i];
        (void)printf("%-20s", ost_number_name(number));
        print_spread(&row->before, ost_number_unit(number));
        print_spread(&row->planned, ost_number_unit(number));
        print_spread(&row->target, ost_number_unit(number));
        (void)printf("  %s%s\n", row->corrected_by == NULL ? "automatic" : "corrected by ",
                     row->corrected_by == NULL ? "" : row->corrected_by);
    }
    print_target(m.target_source);
    print_findings(&m);
    return true;
}
