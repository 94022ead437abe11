#include "services/station/report_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 128 };

static void quiet(struct ost_sheet *sheet)
{
    ost_sheet_colour(sheet, 0.29, 0.35, 0.41);
}

static void warn(struct ost_sheet *sheet)
{
    ost_sheet_colour(sheet, 0.64, 0.13, 0.11);
}

static void badge(struct ost_sheet *sheet, double x, double y, const char *text)
{
    double width = ost_sheet_text_width(sheet, 11.0, text) + 14.0;
    warn(sheet);
    ost_sheet_fill(sheet, (double[]){x - width, y - 12.0}, (double[]){width, 17.0});
    ost_sheet_colour(sheet, 1.0, 1.0, 1.0);
    ost_sheet_text(sheet, x - width + 7.0, y, 11.0, text);
    ost_sheet_ink(sheet);
}

static double head(const struct ost_report *report, struct ost_sheet *sheet)
{
    char line[LINE];
    const struct ost_result *r = &report->result;
    ost_sheet_ink(sheet);
    ost_sheet_text(sheet, ost_sheet_left, 50.0, 17.0, "Osteon  矯正骨切り計画  Correction plan");
    (void)snprintf(line, sizeof line, "症例 Case %s    %s    版 Version %d    %s", report->code,
                   r->side == OST_SIDE_LEFT ? "左 LEFT" : "右 RIGHT", report->approval.version,
                   report->approval.approved ? "承認済み APPROVED" : "未承認 NOT APPROVED");
    ost_sheet_text(sheet, ost_sheet_left, 70.0, 11.0, line);
    quiet(sheet);
    (void)snprintf(line, sizeof line, "state %.64s", report->approval.hash);
    ost_sheet_text(sheet, ost_sheet_left, 84.0, 7.5, line);
    if (!report->approval.approved)
        badge(sheet, ost_sheet_right, 50.0,
              report->approval.outdated ? "DRAFT 承認後に変更" : "DRAFT 下書き");
    if (r->simulated)
        badge(sheet, ost_sheet_right, 86.0, "SIMULATED シミュレーション症例");
    ost_sheet_rule(sheet, 92.0);
    return 100.0;
}

static bool pictures(const struct ost_report *report, struct ost_sheet *sheet, double y,
                     struct ost_err *err)
{
    static const char *const name[4] = {"X線像 1 Film 1", "X線像 2 Film 2", "掌側 Volar",
                                        "橈側 Radial"};
    const double wide = (ost_sheet_right - ost_sheet_left - 24.0) / 4.0, high = 190.0;
    for (size_t i = 0; i < 4; i++) {
        OST_AUTO(ost_picture) picture = NULL;
        double x = ost_sheet_left + (double)i * (wide + 8.0);
        if (i < 2 && i >= report->result.view_count)
            continue;
        if (i < 2 ? !ost_report_film(report, i, &picture, err)
                  : !ost_report_bones(report, (int)i - 2, &picture, err))
            return false;
        ost_sheet_picture(sheet, picture, (double[]){x, y}, (double[]){wide, high});
        quiet(sheet);
        ost_sheet_text(sheet, x, y + high + 10.0, 8.0, name[i]);
    }
    ost_sheet_ink(sheet);
    ost_sheet_text(sheet, ost_sheet_left, y + high + 24.0, 8.0,
                   "橙 orange: 計画後の遠位骨片 planned distal fragment   水色 cyan: 目標 target");
    return true;
}

static void spread_cell(struct ost_sheet *sheet, double x, double y,
                        const struct ost_spread *spread, const char *unit)
{
    char text[LINE] = "-";
    if (spread->known && spread->sd > 0.0)
        (void)snprintf(text, sizeof text, "%.1f ± %.1f %s", spread->value, 1.96 * spread->sd, unit);
    else if (spread->known)
        (void)snprintf(text, sizeof text, "%.1f %s", spread->value, unit);
    ost_sheet_text(sheet, x, y, 9.5, text);
}

static double numbers(const struct ost_report *report, struct ost_sheet *sheet, double y)
{
    static const char *const label[OST_PLAN_NUMBERS] = {
        [OST_PLAN_VOLAR_TILT] = "掌側傾斜 Volar tilt",
        [OST_PLAN_RADIAL_INCLINATION] = "橈側傾斜 Radial inclination",
        [OST_PLAN_RADIAL_HEIGHT] = "橈骨高 Radial height",
        [OST_PLAN_ULNAR_VARIANCE] = "尺骨 variance Ulnar variance",
    };
    static const char *const column[4] = {"現在 Now", "計画後 Planned", "目標 Target", "方法 How"};
    static const double at[4] = {206.0, 296.0, 388.0, 480.0};
    quiet(sheet);
    for (int i = 0; i < 4; i++)
        ost_sheet_text(sheet, at[i], y, 8.5, column[i]);
    ost_sheet_rule(sheet, y + 4.0);
    for (int i = 0; i < OST_PLAN_NUMBERS; i++) {
        const struct ost_number_row *row = &report->measures.number[i];
        const char *unit = i < OST_PLAN_RADIAL_HEIGHT ? "°" : "mm";
        y += 16.0;
        ost_sheet_text(sheet, ost_sheet_left, y, 9.5, label[i]);
        spread_cell(sheet, at[0], y, &row->before, unit);
        spread_cell(sheet, at[1], y, &row->planned, unit);
        spread_cell(sheet, at[2], y, &row->target, unit);
        ost_sheet_text(sheet, at[3], y, 8.0,
                       row->corrected_by == NULL ? "自動 automatic" : "修正 corrected");
    }
    quiet(sheet);
    ost_sheet_text(
        sheet, ost_sheet_left, y + 13.0, 7.5,
        "± は95%区間 (フィットの事後分布と目標の個体差)。 ± is the 95 % interval: spread of "
        "the fit and of the target.");
    ost_sheet_ink(sheet);
    return y + 26.0;
}

/* Smaller where it would run off the page. */
static double line_of(struct ost_sheet *sheet, double y, const char *text)
{
    const double size = 9.0, room = ost_sheet_right - ost_sheet_left;
    double width = ost_sheet_text_width(sheet, size, text);
    ost_sheet_text(sheet, ost_sheet_left, y, width > room ? size * room / width : size, text);
    return y + 14.0;
}

/* What the target is, and its own spread: about and along radial, volar and the axis. */
static double target(const struct ost_report *report, struct ost_sheet *sheet, double y)
{
    static const char *const name[3][2] = {
        {"mirrored", "健側の鏡像 the other arm, mirrored"},
        {"manual", "手動設定 set by hand"},
        {"completion", "健常部からの補完 completion of the healthy part"}};
    char text[3 * LINE];
    const struct ost_value *deg = &report->target_deg, *mm = &report->target_mm;
    const char *source = report->measures.target_source;
    if (source == NULL)
        return y;
    for (int i = 0; i < 3; i++) {
        if (strcmp(source, name[i][0]) == 0)
            source = name[i][1];
    }
    int len = snprintf(text, sizeof text, "目標 Target: %s", source);
    if (deg->kind == OST_VALUE_VEC3 && mm->kind == OST_VALUE_VEC3 && len > 0)
        (void)snprintf(text + len, sizeof text - (size_t)len,
                       ", ± %.1f / %.1f / %.1f°, ± %.1f / %.1f / %.1f mm (橈 radial, 掌 volar, 軸 "
                       "axis)",
                       1.96 * deg->vec3[0], 1.96 * deg->vec3[1], 1.96 * deg->vec3[2],
                       1.96 * mm->vec3[0], 1.96 * mm->vec3[1], 1.96 * mm->vec3[2]);
    return line_of(sheet, y, text);
}

static double correction(const struct ost_report *report, struct ost_sheet *sheet, double y)
{
    char text[2 * LINE];
    const struct ost_measures *m = &report->measures;
    y = target(report, sheet, y);
    if (m->deformity.known) {
        (void)snprintf(text, sizeof text,
                       "変形 Deformity (screw): %.1f°, %.1f mm;  屈曲 flexion %.1f°, 橈屈 radial "
                       "deviation %.1f°, 回内 pronation %.1f°",
                       m->deformity.angle_deg, m->deformity.slide_mm, m->deformity.flexion_deg,
                       m->deformity.radial_deviation_deg, m->deformity.pronation_deg);
        y = line_of(sheet, y, text);
    }
    if (m->gap.known) {
        (void)snprintf(
            text, sizeof text,
            "骨切り面 Cut: 間隙 gap %.1f .. %.1f mm, 楔 opening %.2f cm³, 重なり overlap "
            "%.2f cm³%s",
            m->gap.low_mm, m->gap.high_mm, m->gap.opening_mm3 / 1000.0, m->gap.overlap_mm3 / 1000.0,
            m->gap.section_assumed ? " (断面は仮定 section assumed)" : "");
        y = line_of(sheet, y, text);
    }
    if (m->residual_deg.known && m->residual_mm.known) {
        (void)snprintf(text, sizeof text, "計画と目標の差 Plan against target: %.1f°, %.1f mm",
                       m->residual_deg.value, m->residual_mm.value);
        y = line_of(sheet, y, text);
    }
    return y;
}

/* Figures of a guide of another state of the plan are not this plan's. */
static double guide(const struct ost_report *report, struct ost_sheet *sheet, double y)
{
    char text[2 * LINE];
    const struct ost_facts *f = &report->facts;
    size_t passed = 0;
    if (!f->guide_known)
        return y;
    if (strcmp(f->guide_plan_hash, report->approval.hash) != 0) {
        warn(sheet);
        y = line_of(sheet, y,
                    "ガイドは別の状態の計画のものです The guide is of another state of the plan.");
        ost_sheet_ink(sheet);
        return y;
    }
    for (size_t i = 0; i < f->check_count; i++)
        passed += f->check[i].ok;
    (void)snprintf(text, sizeof text,
                   "ガイド Guide: %s, 最小肉厚 thinnest wall %.2f mm, 検査 checks %zu / %zu",
                   f->watertight ? "閉曲面 closed" : "NOT CLOSED", f->min_wall_mm, passed,
                   f->check_count);
    return line_of(sheet, y, text);
}

static double mechanics(const struct ost_report *report, struct ost_sheet *sheet, double y)
{
    char text[2 * LINE];
    const struct ost_facts *f = &report->facts;
    if (f->density_known) {
        (void)snprintf(
            text, sizeof text,
            "骨密度 Density, 橈骨遠位 radius distal 30 mm: %.0f (%.0f .. %.0f) mgHA/cm³, %s",
            f->density.value, f->density.low, f->density.high, f->density_how);
        y = line_of(sheet, y, text);
    }
    if (f->stress_known) {
        (void)snprintf(
            text, sizeof text,
            "応力 Stress: 最大 peak von Mises %.1f MPa, 荷重 load %.0f N (%.15s), %.15s, %ld "
            "tetrahedra, %.15s, residual %.0e, reactions off by %.0e",
            f->peak_mpa, f->load_n, f->study, f->law, f->tetrahedra, f->reason,
            f->relative_residual, f->reaction_error);
        y = line_of(sheet, y, text);
    }
    return guide(report, sheet, y);
}

static double provenance(const struct ost_report *report, struct ost_sheet *sheet, double y)
{
    char text[3 * LINE];
    const struct ost_result *r = &report->result;
    for (size_t i = 0; i < r->view_count && i < 3; i++) {
        const struct ost_result_contour *c = &r->view[i].contour;
        (void)snprintf(
            text, sizeof text,
            "X線像 Film %zu: 輪郭と骨縁 outline to edge %.2f mm (95 %%: %.2f mm), 骨縁検出 "
            "edge found on %.0f %%",
            i + 1, c->mean, c->p95, 100.0 * c->share);
        y = line_of(sheet, y, text);
    }
    (void)snprintf(
        text, sizeof text,
        "不確かさ Uncertainty of the surface (1 SD): 橈骨 radius %.2f mm, 尺骨 ulna %.2f mm",
        r->bone[OST_RADIUS].uncertainty_mean, r->bone[OST_ULNA].uncertainty_mean);
    y = line_of(sheet, y, text);
    if (!r->residual_ok) {
        warn(sheet);
        y = line_of(sheet, y,
                    "フィット残差が限度を超えています The fit is above its residual limit.");
        ost_sheet_ink(sheet);
    }
    for (size_t i = 0; i < r->warning_count && i < 4; i++) {
        warn(sheet);
        y = line_of(sheet, y, r->warning[i].text);
        ost_sheet_ink(sheet);
    }
    quiet(sheet);
    (void)snprintf(text, sizeof text, "model %s %.16s (%s), osteon %s", r->model_name,
                   r->model_sha256, r->model_licence, r->program);
    ost_sheet_text(sheet, ost_sheet_left, y, 7.5, text);
    return y + 12.0;
}

bool ost_report_page(const struct ost_report *report, struct ost_sheet *sheet, struct ost_err *err)
{
    double y = head(report, sheet);
    if (!pictures(report, sheet, y, err))
        return false;
    y = numbers(report, sheet, y + 242.0);
    y = correction(report, sheet, y);
    y = mechanics(report, sheet, y + 4.0);
    (void)provenance(report, sheet, y + 4.0);
    ost_sheet_foot(sheet);
    return true;
}
