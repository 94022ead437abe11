#include "services/bench/summary.h"

#include <math.h>
#include <stdio.h>

/* What others have published, with what it was measured on. */
static const char anchors[] =
    "published (measures differ; none but the first is of the wrist):\n"
    "  radius 1.05 +- 0.36, ulna 1.45 +- 0.41 mm ASD   Shiode 2021, real films of healthy wrists\n"
    "  femur 0.94 mm ASD SwinUNETR, 1.41 mm T-L net    XrayTo3D 2023, rendered films; 28 to 61 %\n"
    "                                                  worse at 10 degrees of view error\n"
    "  1 mm, 1 degree                                  what planning in Osaka asks for\n"
    "  2.63 +- 2.03 mm, 5 degrees SD                   Vroemen 2012, the other arm as target\n"
    "  r >= 0.7 of told and actual error               Hiasa 2019, muscles in CT\n"
    "  30 s on a graphics card                         SSR-KD 2025, knee\n";

/* Two digits in so many columns, or a dash where nobody has the figure. */
static void print_value(int columns, double value)
{
    if (isfinite(value))
        (void)printf("%*.2f", columns, value);
    else
        (void)printf("%*s", columns, "-");
}

static void print_body(const struct ost_bench_set_report *set, enum ost_bench_body body)
{
    for (int r = 0; r < OST_REGIONS; r++) {
        struct ost_bench_question q = {
            .method = OST_BENCH_BEST, .body = body, .region = (enum ost_region)r};
        const struct ost_bench_figures asd = ost_bench_distances_of(set, &q);
        (void)printf("  %-9s %-10s", ost_bench_body_name(body),
                     ost_region_name((enum ost_region)r));
        print_value(7, asd.mean);
        (void)printf(" +-");
        print_value(5, asd.sd);
        print_value(8, asd.median);
        print_value(8, asd.worst);
        for (int d = OST_BENCH_RMS; d <= OST_BENCH_MAX; d++) {
            q.distance = (enum ost_bench_distance)d;
            print_value(8, ost_bench_distances_of(set, &q).mean);
        }
        (void)printf("\n");
    }
}

static void print_numbers(const struct ost_bench_report *r, int set)
{
    (void)printf("  %-16s mean abs    bias  median   worst  95 %% interval holds\n", "error of");
    for (int n = 0; n < OST_BENCH_NUMBERS; n++) {
        enum ost_bench_number number = (enum ost_bench_number)n;
        const struct ost_bench_figures f = ost_bench_errors_of(r, set, OST_BENCH_BEST, number);
        const double held = ost_bench_cover_of(r, set, OST_BENCH_BEST, number);
        (void)printf("  %-16s", ost_bench_number_name(number));
        print_value(9, f.mean_abs);
        print_value(8, f.mean);
        print_value(8, f.median);
        print_value(8, f.worst);
        if (isfinite(held))
            (void)printf("  %.0f %%", 100.0 * held);
        (void)printf("  %s\n", n <= OST_BENCH_ROTATION ? "degrees" : "mm");
    }
}

static void print_failures(const struct ost_bench_set_report *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += ost_bench_failed(&set->score[OST_BENCH_BEST][i]) ? 1 : 0;
    (void)printf("  failures (no answer, a bone 2 mm off, an angle 5 degrees off): %zu of %zu\n",
                 count, set->count);
    for (size_t i = 0; i < set->count; i++) {
        const struct ost_bench_score *s = &set->score[OST_BENCH_BEST][i];
        if (!ost_bench_failed(s))
            continue;
        if (!s->answered)
            (void)printf("    seed %llu: no answer: %s\n", (unsigned long long)s->seed, s->why);
        else
            (void)printf("    seed %llu, %s: radius %.2f, ulna %.2f mm, tilt %+.1f, inclination "
                         "%+.1f degrees, outline to edge %.2f mm\n",
                         (unsigned long long)s->seed, s->broken ? "malunited" : "whole",
                         ost_bench_shown_asd(s, OST_BENCH_RADIUS),
                         ost_bench_shown_asd(s, OST_BENCH_ULNA), s->error[OST_BENCH_TILT],
                         s->error[OST_BENCH_INCLINATION], s->residual_mm);
    }
}

static void print_trust(const struct ost_bench_trust *trust)
{
    if (trust->cases == 0)
        return;
    (void)printf("  told and actual error, %zu cases: r", trust->cases);
    print_value(5, trust->pearson);
    (void)printf(" (ranks");
    print_value(5, trust->spearman);
    (void)printf("); the 95 %% band holds %.1f %% of the surface\n", 100.0 * trust->coverage95);
}

static void print_set(const struct ost_bench_report *r, enum ost_bench_set which)
{
    const struct ost_bench_set_report *set = &r->set[which];
    if (set->score[OST_BENCH_BEST] == NULL)
        return;
    (void)printf("\n%s: %zu cases on SIMULATED films, mm after rigid alignment; 'shown' lies on\n"
                 "both films and is what the rest is headed by\n"
                 "  %-9s %-10s    ASD +-   SD  median   worst     RMS    HD95     max\n",
                 ost_bench_set_name(which), set->count, "bone", "region");
    for (int b = 0; b < OST_BENCH_BODIES; b++)
        print_body(set, (enum ost_bench_body)b);
    print_numbers(r, (int)which);
    const struct ost_bench_trust trust = ost_bench_trust_of(r, (int)which, OST_BENCH_BEST);
    print_trust(&trust);
    print_failures(set);
}

static void print_ladder(const struct ost_bench_report *r)
{
    for (int s = 0; s < OST_BENCH_SETS; s++) {
        bool begun = false;
        for (int m = 0; m < OST_BENCH_METHODS; m++) {
            if (r->set[s].score[m] == NULL)
                continue;
            if (!begun)
                (void)printf(
                    "\nladder, %s films (SIMULATED), shown ASD mm: radius, ulna, together\n",
                    ost_bench_set_name((enum ost_bench_set)s));
            begun = true;
            (void)printf("  ");
            for (int b = 0; b < OST_BENCH_BODIES; b++) {
                const struct ost_bench_question q = {
                    .method = m, .body = (enum ost_bench_body)b, .region = OST_REGION_SHOWN};
                print_value(7, ost_bench_distances_of(&r->set[s], &q).mean);
            }
            (void)printf("  %s\n", ost_bench_method(m)->what);
        }
    }
}

static void print_curves(const struct ost_bench_report *r)
{
    const char *curve = "";
    for (size_t i = 0; i < r->points; i++) {
        const struct ost_bench_point *p = &r->point[i];
        if (i == 0)
            (void)printf("\ncurves, %zu cases of the simulated set (SIMULATED), shown ASD mm\n",
                         p->cases);
        (void)printf("  %-15s %6g   radius", p->curve == curve ? "" : p->curve, p->at);
        curve = p->curve;
        print_value(6, p->asd[OST_BENCH_RADIUS]);
        (void)printf(" ulna");
        print_value(6, p->asd[OST_BENCH_ULNA]);
        (void)printf(" tilt");
        print_value(6, p->tilt);
        (void)printf(" degrees");
        if (isfinite(p->raw[OST_BENCH_RADIUS]))
            (void)printf("; as it lies: radius %.2f, ulna %.2f", p->raw[OST_BENCH_RADIUS],
                         p->raw[OST_BENCH_ULNA]);
        if (p->answered < p->cases)
            (void)printf("; %zu without an answer", p->cases - p->answered);
        (void)printf("\n");
    }
}

static void print_people(const struct ost_bench_report *r)
{
    if (r->people > 0)
        (void)printf("\npeople left out of the prior, films RENDERED from their own real surfaces; "
                     "only within\nthe real extent, 5 mm from its cut\n");
    for (size_t i = 0; i < r->people; i++) {
        const struct ost_bench_left_out *p = &r->person[i];
        (void)printf("  %-22s", p->subject);
        if (!p->answered)
            (void)printf(" no answer: %s", p->why);
        for (int b = 0; b < OST_BONES && p->answered; b++) {
            const struct ost_compare_result *w = &p->distance[b].icp[OST_REGION_WHOLE];
            if (p->has[b] && w->count[0] > 0)
                (void)printf("  %s ASD %.2f HD95 %.2f mm (%.0f mm of it)",
                             ost_bone_name((enum ost_bone)b), w->asd, w->hd95, p->extent_mm[b]);
        }
        (void)printf("\n");
    }
    if (r->people > 0) {
        (void)printf("  mean, radius: high resolution");
        print_value(6, ost_bench_people_of(r, OST_RADIUS, true).mean);
        (void)printf(", whole coarse bones");
        print_value(6, ost_bench_people_of(r, OST_RADIUS, false).mean);
        (void)printf(" mm\n");
    }
}

static void print_biplane(const struct ost_bench_biplane *b)
{
    if (!b->ran)
        return;
    (void)printf("\nREAL biplane films (no truth), prior without brown_sandbox, no hand help\n");
    for (size_t i = 0; i < b->views; i++) {
        const struct ost_find_contour *c = &b->contour[i];
        (void)printf("  view %zu: outline to edge %.2f mm, 95 %% within %.2f mm, edge on %.0f %%; "
                     "shifted by 2 mm: %.2f mm, %.0f %%\n",
                     i + 1, c->mean, c->p95, 100.0 * c->share, c->shifted_mean,
                     100.0 * c->shifted_share);
    }
}

void ost_bench_print_table(const struct ost_bench_report *r)
{
    const struct ost_bench_figures seconds = ost_bench_seconds_of(r), peak = ost_bench_peak_of(r);
    (void)printf("%s, %d threads, load %.1f before and %.1f after; %.0f s in all\n", r->processor,
                 r->threads, r->load[0], r->load[1], r->seconds);
    (void)printf("prior %.12s, networks %.12s\n", r->digest,
                 r->predictor == NULL ? "none: films are searched" : r->predictor);
    if (r->quick)
        (void)printf("QUICK: a tenth of the cases; no figure here stands for the whole\n");
    for (int s = 0; s < OST_BENCH_SETS; s++)
        print_set(r, (enum ost_bench_set)s);
    const struct ost_bench_trust trust = ost_bench_trust_of(r, OST_BENCH_SETS, OST_BENCH_BEST);
    if (trust.cases > 0) {
        (void)printf("\nboth sets together\n");
        print_numbers(r, OST_BENCH_SETS);
        print_trust(&trust);
    }
    print_ladder(r);
    print_curves(r);
    print_people(r);
    print_biplane(&r->biplane);
    for (int f = 0; f < OST_BENCH_FIGURES; f++) {
        if (isfinite(r->figure[f]))
            (void)printf("\n%s: %.3g\n", ost_bench_figure_key((enum ost_bench_figure)f)->what,
                         r->figure[f]);
    }
    if (seconds.count > 0)
        (void)printf("\ntime per case %.1f s (worst %.1f), peak memory %.0f MB\n", seconds.mean,
                     seconds.worst, peak.worst);
    for (int p = 0; p < OST_BENCH_PARTS; p++) {
        if (r->left_out[p][0] != '\0')
            (void)printf("left out: %s: %s\n", ost_bench_part_name((enum ost_bench_part)p),
                         r->left_out[p]);
    }
    (void)printf("\n%s", anchors);
}
