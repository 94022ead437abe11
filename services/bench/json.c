#include "services/bench/summary.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>

/* Keys whose value nobody has are left out: an absent figure is not a zero. */
static void put(json_t *to, const char *key, double value)
{
    if (isfinite(value))
        (void)json_object_set_new(to, key, json_real(value));
}

static void put_object(json_t *to, const char *key, json_t *value)
{
    if (json_object_size(value) > 0)
        (void)json_object_set(to, key, value);
    json_decref(value);
}

static json_t *body_json(const struct ost_bench_set_report *set, enum ost_bench_body body)
{
    static const struct {
        const char *key;
        enum ost_region region;
        enum ost_bench_distance distance;
    } row[] = {{"asd_mm", OST_REGION_SHOWN, OST_BENCH_ASD},
               {"rms_mm", OST_REGION_SHOWN, OST_BENCH_RMS},
               {"hd95_mm", OST_REGION_SHOWN, OST_BENCH_HD95},
               {"max_mm", OST_REGION_SHOWN, OST_BENCH_MAX},
               {"articular_asd_mm", OST_REGION_ARTICULAR, OST_BENCH_ASD},
               {"distal_30_asd_mm", OST_REGION_DISTAL_30, OST_BENCH_ASD},
               {"distal_60_asd_mm", OST_REGION_DISTAL_60, OST_BENCH_ASD},
               {"whole_asd_mm", OST_REGION_WHOLE, OST_BENCH_ASD},
               {"whole_hd95_mm", OST_REGION_WHOLE, OST_BENCH_HD95}};
    json_t *out = json_object();
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct ost_bench_question q = {.method = OST_BENCH_BEST,
                                             .body = body,
                                             .region = row[i].region,
                                             .distance = row[i].distance};
        const struct ost_bench_figures f = ost_bench_distances_of(set, &q);
        put(out, row[i].key, f.mean);
        if (i != 0)
            continue;
        put(out, "asd_sd_mm", f.sd);
        put(out, "asd_median_mm", f.median);
        put(out, "asd_worst_mm", f.worst);
    }
    return out;
}

static json_t *failures_json(const struct ost_bench_set_report *set)
{
    json_t *list = json_array();
    for (size_t i = 0; i < set->count; i++) {
        const struct ost_bench_score *s = &set->score[OST_BENCH_BEST][i];
        if (!ost_bench_failed(s))
            continue;
        json_t *item = json_pack("{s:I, s:b, s:b}", "seed", (json_int_t)s->seed, "broken",
                                 (int)s->broken, "answered", (int)s->answered);
        if (!s->answered)
            (void)json_object_set_new(item, "why", json_string(s->why));
        put(item, "radius_asd_mm", ost_bench_shown_asd(s, OST_BENCH_RADIUS));
        put(item, "ulna_asd_mm", ost_bench_shown_asd(s, OST_BENCH_ULNA));
        put(item, "volar_tilt_deg", s->error[OST_BENCH_TILT]);
        put(item, "inclination_deg", s->error[OST_BENCH_INCLINATION]);
        (void)json_array_append_new(list, item);
    }
    return list;
}

/* Errors of one set, or of all: mean absolute values and what intervals hold. */
static json_t *numbers_json(const struct ost_bench_report *r, int set)
{
    json_t *out = json_object();
    for (int n = 0; n < OST_BENCH_NUMBERS; n++) {
        enum ost_bench_number number = (enum ost_bench_number)n;
        const struct ost_bench_figures f = ost_bench_errors_of(r, set, OST_BENCH_BEST, number);
        json_t *item = json_object();
        put(item, "mean_abs", f.mean_abs);
        put(item, "bias", f.mean);
        put(item, "median", f.median);
        put(item, "worst", f.worst);
        put(item, "coverage95", ost_bench_cover_of(r, set, OST_BENCH_BEST, number));
        put_object(out, ost_bench_number_name(number), item);
    }
    return out;
}

static json_t *set_json(const struct ost_bench_report *r, enum ost_bench_set which)
{
    const struct ost_bench_set_report *set = &r->set[which];
    json_t *out = json_object();
    if (set->score[OST_BENCH_BEST] == NULL)
        return out;
    for (int b = 0; b < OST_BENCH_BODIES; b++)
        put_object(out, ost_bench_body_name((enum ost_bench_body)b),
                   body_json(set, (enum ost_bench_body)b));
    (void)json_object_set_new(out, "cases", json_integer((json_int_t)set->count));
    put_object(out, "numbers", numbers_json(r, (int)which));
    const struct ost_bench_trust trust = ost_bench_trust_of(r, (int)which, OST_BENCH_BEST);
    json_t *told = json_object();
    put(told, "r", trust.pearson);
    put(told, "spearman", trust.spearman);
    put(told, "coverage95", trust.coverage95);
    put_object(out, "uncertainty", told);
    (void)json_object_set_new(out, "failures", failures_json(set));
    return out;
}

static void put_numbers(json_t *all, const struct ost_bench_report *r)
{
    json_t *angles = json_object(), *lengths = json_object(), *told = json_object();
    double error[OST_BENCH_NUMBERS];
    for (int n = 0; n < OST_BENCH_NUMBERS; n++)
        error[n] = ost_bench_errors_of(r, OST_BENCH_SETS, OST_BENCH_BEST, (enum ost_bench_number)n)
                       .mean_abs;
    put(angles, "volar_tilt_deg", error[OST_BENCH_TILT]);
    put(angles, "inclination_deg", error[OST_BENCH_INCLINATION]);
    put(angles, "rotation_deg", error[OST_BENCH_ROTATION]);
    put(lengths, "mean_abs_mm", 0.5 * (error[OST_BENCH_VARIANCE] + error[OST_BENCH_HEIGHT]));
    put(lengths, "ulnar_variance_mm", error[OST_BENCH_VARIANCE]);
    put(lengths, "radial_height_mm", error[OST_BENCH_HEIGHT]);
    const struct ost_bench_trust trust = ost_bench_trust_of(r, OST_BENCH_SETS, OST_BENCH_BEST);
    put(told, "r", trust.pearson);
    put(told, "spearman", trust.spearman);
    put(told, "coverage95", trust.coverage95);
    put_object(all, "angles", angles);
    put_object(all, "lengths", lengths);
    put_object(all, "uncertainty", told);
}

static json_t *ladder_json(const struct ost_bench_report *r)
{
    json_t *list = json_array();
    for (int m = 0; m < OST_BENCH_METHODS; m++) {
        json_t *row = json_pack("{s:s, s:b}", "method", ost_bench_method(m)->name, "oracle",
                                (int)ost_bench_method(m)->oracle);
        for (int s = 0; s < OST_BENCH_SETS; s++) {
            json_t *own = json_object();
            for (int b = 0; b < OST_BENCH_BODIES && r->set[s].score[m] != NULL; b++) {
                const struct ost_bench_question q = {
                    .method = m, .body = (enum ost_bench_body)b, .region = OST_REGION_SHOWN};
                put(own, ost_bench_body_name((enum ost_bench_body)b),
                    ost_bench_distances_of(&r->set[s], &q).mean);
            }
            json_t *both = json_object_get(own, ost_bench_body_name(OST_BENCH_TOGETHER));
            if (both != NULL && json_object_get(row, "asd_mm") == NULL) {
                (void)json_object_set(row, "asd_mm", both);
                (void)json_object_set_new(row, "set",
                                          json_string(ost_bench_set_name((enum ost_bench_set)s)));
            }
            put_object(row, ost_bench_set_name((enum ost_bench_set)s), own);
        }
        if (json_object_get(row, "asd_mm") != NULL)
            (void)json_array_append(list, row);
        json_decref(row);
    }
    return list;
}

static json_t *curves_json(const struct ost_bench_report *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->points; i++) {
        const struct ost_bench_point *p = &r->point[i];
        json_t *item = json_pack("{s:s, s:f, s:I, s:I}", "curve", p->curve, "at", p->at, "cases",
                                 (json_int_t)p->cases, "answered", (json_int_t)p->answered);
        put(item, "radius_asd_mm", p->asd[OST_BENCH_RADIUS]);
        put(item, "ulna_asd_mm", p->asd[OST_BENCH_ULNA]);
        put(item, "radius_raw_asd_mm", p->raw[OST_BENCH_RADIUS]);
        put(item, "ulna_raw_asd_mm", p->raw[OST_BENCH_ULNA]);
        put(item, "volar_tilt_deg", p->tilt);
        (void)json_array_append_new(list, item);
    }
    return list;
}

static json_t *person_json(const struct ost_bench_left_out *p)
{
    json_t *item = json_pack("{s:s, s:b, s:b}", "subject", p->subject, "high_resolution",
                             (int)p->fine, "answered", (int)p->answered);
    if (!p->answered)
        (void)json_object_set_new(item, "why", json_string(p->why));
    for (int b = 0; b < OST_BONES && p->answered; b++) {
        const struct ost_compare_result *w = &p->distance[b].icp[OST_REGION_WHOLE];
        json_t *bone = json_object();
        if (p->has[b] && w->count[0] > 0) {
            put(bone, "asd_mm", w->asd);
            put(bone, "rms_mm", w->rms);
            put(bone, "hd95_mm", w->hd95);
            put(bone, "max_mm", w->max);
            put(bone, "extent_mm", p->extent_mm[b]);
            const struct ost_compare_result *shown = &p->distance[b].icp[OST_REGION_SHOWN];
            put(bone, "shown_asd_mm", shown->count[0] > 0 ? shown->asd : NAN);
        }
        put_object(item, ost_bone_name((enum ost_bone)b), bone);
    }
    return item;
}

static json_t *people_json(const struct ost_bench_report *r)
{
    json_t *out = json_object(), *list = json_array();
    for (size_t i = 0; i < r->people; i++)
        (void)json_array_append_new(list, person_json(&r->person[i]));
    put(out, "asd_mm", ost_bench_people_of(r, OST_RADIUS, true).mean);
    put(out, "ulna_asd_mm", ost_bench_people_of(r, OST_ULNA, true).mean);
    put(out, "whole_bones_radius_asd_mm", ost_bench_people_of(r, OST_RADIUS, false).mean);
    put(out, "whole_bones_ulna_asd_mm", ost_bench_people_of(r, OST_ULNA, false).mean);
    if (r->people > 0)
        (void)json_object_set(out, "subjects", list);
    json_decref(list);
    return out;
}

static json_t *biplane_json(const struct ost_bench_biplane *b)
{
    json_t *out = json_object();
    if (!b->ran)
        return out;
    const struct ost_find_contour *c = b->contour;
    (void)json_object_update_new(
        out,
        json_pack("{s:[f,f], s:[f,f], s:[f,f], s:[f,f], s:[f,f], s:f}", "contour_mm", c[0].mean,
                  c[1].mean, "p95_mm", c[0].p95, c[1].p95, "edge_share", c[0].share, c[1].share,
                  "shifted_mm", c[0].shifted_mean, c[1].shifted_mean, "shifted_share",
                  c[0].shifted_share, c[1].shifted_share, "seconds", b->seconds));
    return out;
}

static json_t *left_out_json(const struct ost_bench_report *r)
{
    json_t *out = json_object();
    for (int p = 0; p < OST_BENCH_PARTS; p++) {
        if (r->left_out[p][0] != '\0')
            (void)json_object_set_new(out, ost_bench_part_name((enum ost_bench_part)p),
                                      json_string(r->left_out[p]));
    }
    return out;
}

static void put_figures(json_t *all, const struct ost_bench_report *r)
{
    for (int f = 0; f < OST_BENCH_FIGURES; f++) {
        const struct ost_bench_figure_key *key = ost_bench_figure_key((enum ost_bench_figure)f);
        json_t *part = json_object_get(all, key->part);
        if (part == NULL && isfinite(r->figure[f])) {
            part = json_object();
            (void)json_object_set_new(all, key->part, part);
        }
        if (part != NULL)
            put(part, key->key, r->figure[f]);
    }
}

void ost_bench_print_json(const struct ost_bench_report *r)
{
    json_auto_t *all =
        json_pack("{s:i, s:b, s:s, s:s, s:i, s:[f,f], s:f}", "osteon_bench_recon", 1, "quick",
                  (int)r->quick, "model_sha256", r->digest, "processor", r->processor, "threads",
                  r->threads, "load_average", r->load[0], r->load[1], "bench_seconds", r->seconds);
    if (all == NULL)
        return;
    if (r->predictor != NULL)
        (void)json_object_set_new(all, "predictor_sha256", json_string(r->predictor));
    for (int s = 0; s < OST_BENCH_SETS; s++)
        put_object(all, ost_bench_set_name((enum ost_bench_set)s),
                   set_json(r, (enum ost_bench_set)s));
    put_numbers(all, r);
    put_object(all, "leave_one_out", people_json(r));
    put_object(all, "biplane", biplane_json(&r->biplane));
    put_figures(all, r);
    put(all, "seconds", ost_bench_seconds_of(r).mean);
    put(all, "peak_mb", ost_bench_peak_of(r).worst);
    json_t *ladder = ladder_json(r), *curves = curves_json(r);
    if (json_array_size(ladder) > 0)
        (void)json_object_set(all, "ladder", ladder);
    if (json_array_size(curves) > 0)
        (void)json_object_set(all, "curves", curves);
    json_decref(ladder);
    json_decref(curves);
    put_object(all, "left_out", left_out_json(r));
    (void)json_dumpf(all, stdout, JSON_REAL_PRECISION(5));
    (void)printf("\n");
}
