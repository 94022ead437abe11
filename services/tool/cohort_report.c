#include "services/tool/cohort_report.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *pair(const double value[2])
{
    return json_pack("{s:o,s:o}", "mean", number(value[0]), "sd", number(value[1]));
}

static json_t *row_json(const struct ost_cohort_row *row)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:o,s:o,s:i,s:s,s:s}", "key", row->key, "what",
                     row->what, "unit", row->unit, "source", row->source, "remark", row->remark,
                     "from_memory", (int)row->remembered, "published", pair(row->published),
                     "cohort", pair(row->cohort), "subjects", (int)row->count, "mean_target",
                     ost_verdict_name(row->mean), "sd_target", ost_verdict_name(row->sd));
}

static void print_json(const struct ost_cohort_report *report, uint64_t seed)
{
    json_t *rows = json_array();
    for (uint32_t n = 0; n < report->row_count; n++)
        (void)json_array_append_new(rows, row_json(&report->row[n]));
    json_t *all = json_pack("{s:i,s:b,s:s,s:I,s:i,s:o}", "osteon_cohort_report", 1, "simulated", 1,
                            "family", "trained", "seed", (json_int_t)seed, "subjects",
                            (int)report->subjects, "rows", rows);
    (void)json_dumpf(all, stdout, JSON_SORT_KEYS | JSON_REAL_PRECISION(6));
    (void)printf("\n");
    json_decref(all);
}

static void print_pair(const double value[2])
{
    char text[40] = "";
    if (isfinite(value[1]))
        (void)snprintf(text, sizeof text, "%.2f +- %.2f", value[0], value[1]);
    else
        (void)snprintf(text, sizeof text, "%.2f", value[0]);
    (void)printf("%17s ", text);
}

static void print_row(const struct ost_cohort_row *row)
{
    (void)printf("%-41s %-7s", row->what, row->unit);
    print_pair(row->published);
    print_pair(row->cohort);
    (void)printf("%-6s %-6s %5u  %s%s%s%s\n", ost_verdict_name(row->mean),
                 ost_verdict_name(row->sd), row->count, row->source, row->remark[0] ? " (" : "",
                 row->remark, row->remark[0] ? ")" : "");
}

void ost_cohort_report_print(const struct ost_cohort_report *report, uint64_t seed, bool json)
{
    int asked = 0, met = 0;
    if (json) {
        print_json(report, seed);
        return;
    }
    (void)printf(
        "%u simulated subjects of the trained family, surfaces and density fields.\n"
        "Targets: the mean within half a published deviation, the deviation within 30 %%.\n"
        "Quantities from memory or without a deviation have none.\n\n",
        report->subjects);
    (void)printf("%-41s %-7s%17s %17s %-6s %-6s %5s  %s\n", "quantity", "unit", "published",
                 "cohort", "mean", "SD", "n", "source");
    for (uint32_t n = 0; n < report->row_count; n++) {
        const struct ost_cohort_row *row = &report->row[n];
        print_row(row);
        asked += (row->mean != OST_VERDICT_NONE) + (row->sd != OST_VERDICT_NONE);
        met += (row->mean == OST_VERDICT_MET) + (row->sd == OST_VERDICT_MET);
    }
    (void)printf("\n%d of %d targets met.\n", met, asked);
}
