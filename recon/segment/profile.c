/*
 * Where a bone ends along a line through its surface: the border of a wall of cortex
 * between soft tissue and marrow, blurred as the scanner blurs (Treece 2010, equation 4).
 * For given borders the grey of soft tissue and of marrow follow by least squares, so
 * the search goes over two numbers: where the wall begins and how thick it is.
 */
#include "recon/segment/segment_impl.h"

#include <math.h>

static const double inward_mm = 4.5, outward_mm = 3.0, step_mm = 0.3;
static const double reach_mm = 1.8; /* how far the border may lie from the vertex */

void seg_share_fill(struct seg_share *share)
{
    for (int i = 0; i < SEG_SHARES; i++)
        share->of[i] = 0.5 * erfc(-(double)(i - SEG_SHARES / 2) / SEG_SHARE_STEPS / sqrt(2.0));
}

/* The normal distribution at z, from the table. */
static double normal_share(const struct seg_share *share, double z)
{
    const double x = z * SEG_SHARE_STEPS + SEG_SHARES / 2;
    if (x <= 0.0 || x >= SEG_SHARES - 1)
        return x <= 0.0 ? 0.0 : 1.0;
    const int i = (int)x;
    return share->of[i] + (x - i) * (share->of[i + 1] - share->of[i]);
}

void seg_profile(const struct seg *s, int32_t label, const double point[3], const double normal[3],
                 struct seg_profile *out)
{
    out->count = 0;
    out->meets_bone = false;
    for (double t = -inward_mm; t <= outward_mm && out->count < 32; t += step_mm) {
        double p[3];
        for (int k = 0; k < 3; k++)
            p[k] = point[k] + t * normal[k];
        const int32_t here = seg_label_at(s, p);
        if (t > 0.4 && here != 0 && here != label) {
            out->meets_bone = true;
            break;
        }
        out->at[out->count] = t;
        out->grey[out->count++] = seg_grey(s, p);
    }
}

/* The sums of a fit of y0 and y2: three functions of t, the wall's own share is known. */
struct fit {
    double x, wall, soft, marrow, error;
};

/* The best greys outside and inside for a wall at x; pulled a little to soft tissue. */
static void solve(const struct seg_profile *p, const struct seg_grey *grey, struct fit *f)
{
    const double pull = 0.05, tissue = grey->tissue, cortical = grey->cortical;
    double aa = pull, ab = 0.0, bb = pull, ar = pull * tissue, br = pull * tissue, rr = 0.0;
    for (int i = 0; i < p->count; i++) {
        const double outer = normal_share(grey->share, (f->x - p->at[i]) / grey->blur);
        const double inner = normal_share(grey->share, (f->x - f->wall - p->at[i]) / grey->blur);
        const double a = 1.0 - outer, b = inner, r = p->grey[i] - cortical * (outer - inner);
        aa += a * a;
        ab += a * b;
        bb += b * b;
        ar += a * r;
        br += b * r;
        rr += r * r;
    }
    const double det = aa * bb - ab * ab;
    f->soft = (ar * bb - br * ab) / det;
    f->marrow = (br * aa - ar * ab) / det;
    f->error = rr - f->soft * ar - f->marrow * br + pull * 2.0 * tissue * tissue;
    /* Marrow denser than cortex, or tissue denser than muscle by far, is no reading. */
    f->error += 4.0 * pow(fmax(0.0, f->marrow - cortical), 2.0);
    f->error += 4.0 * pow(fmax(0.0, f->soft - tissue - 250.0), 2.0);
}

static struct fit search(const struct seg_profile *p, const struct seg_grey *grey)
{
    static const double wall[] = {0.15, 0.35, 0.6, 1.0, 1.6, 2.4, 3.4, 5.0};
    struct fit best = {.error = INFINITY};
    for (double x = -reach_mm; x <= reach_mm; x += 0.3)
        for (size_t w = 0; w < sizeof wall / sizeof *wall; w++) {
            struct fit f = {.x = x, .wall = wall[w]};
            solve(p, grey, &f);
            best = f.error < best.error ? f : best;
        }
    double dx = 0.15, dw = 0.3;
    for (int round = 0; round < 7; round++, dx *= 0.5, dw *= 0.6) {
        const struct fit centre = best;
        for (int i = -1; i <= 1; i++)
            for (int j = -1; j <= 1; j++) {
                struct fit f = {.x = centre.x + i * dx,
                                .wall = fmax(0.08, centre.wall * exp(j * dw))};
                solve(p, grey, &f);
                best = f.error < best.error ? f : best;
            }
    }
    return best;
}

/* The outermost crossing of half the way from soft tissue to the peak near the vertex. */
static bool half_peak(const struct seg_profile *p, double tissue, struct seg_border *out)
{
    int top = -1;
    for (int i = 0; i < p->count; i++)
        if (p->at[i] > -2.6 && p->at[i] < 1.6 && (top < 0 || p->grey[i] > p->grey[top]))
            top = i;
    if (top < 0)
        return false;
    double low = p->grey[top];
    for (int i = top; i < p->count; i++)
        low = p->grey[i] < low ? p->grey[i] : low;
    const double half = 0.5 * (p->grey[top] + fmin(low, tissue + 250.0));
    out->peak = p->grey[top];
    out->slope = 1.0;
    for (int i = top; i + 1 < p->count; i++) {
        const double fall = p->grey[i] - p->grey[i + 1];
        out->slope = fmax(out->slope, fall / step_mm);
        if (p->grey[i] >= half && p->grey[i + 1] < half) {
            out->half = p->at[i] + step_mm * (p->grey[i] - half) / fall;
            return true;
        }
    }
    return false;
}

void seg_border(const struct seg_profile *profile, const struct seg_grey *grey,
                struct seg_border *out)
{
    *out = (struct seg_border){.found = false};
    if (profile->count < 16 || !half_peak(profile, grey->tissue, out))
        return;
    const struct fit f = search(profile, grey);
    out->at = f.x;
    out->wall = f.wall;
    out->misfit = sqrt(fmax(0.0, f.error) / profile->count);
    out->found = fabs(f.x) < reach_mm + 0.3;
}
