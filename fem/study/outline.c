#include "fem/study/outline_impl.h"
#include "recon/math/vec.h"

void outline_frame(const struct ost_study_anatomy *a, const double p[3], double out[3])
{
    double from[3];
    ost_sub(p, a->origin, from);
    out[0] = ost_dot(from, a->radial);
    out[1] = -ost_dot(from, a->volar);
    out[2] = ost_dot(from, a->axis);
}

bool outline_of(const struct ost_study_anatomy *a, struct outline *o, struct ost_err *err)
{
    const double *const corner[OST_OUTLINE] = {a->styloid, a->lip_volar, a->corner_volar,
                                               a->corner_dorsal, a->lip_dorsal};
    struct ost_disc disc[OST_FOSSAE];
    double scaphoid[3];
    if (!ost_fossa_discs(a, disc, err))
        return false;
    for (int k = 0; k < OST_OUTLINE; k++)
        outline_frame(a, corner[k], o->corner[k]);
    outline_frame(a, disc[OST_SCAPHOID_FOSSA].centre, scaphoid);
    o->ridge = 2.0 * scaphoid[0] - o->corner[0][0];
    return true;
}

/* How often a way toward radial from the point crosses the outline: odd within. */
bool outline_within(const struct outline *o, const double p[3])
{
    bool in = false;
    for (int k = 0; k < OST_OUTLINE; k++) {
        const double *a = o->corner[k], *b = o->corner[(k + 1) % OST_OUTLINE];
        if ((a[1] > p[1]) == (b[1] > p[1]))
            continue;
        if (p[0] < a[0] + (p[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
            in = !in;
    }
    return in;
}

double outline_distance(const struct outline *o, const double p[3])
{
    double least = INFINITY;
    for (int k = 0; k < OST_OUTLINE; k++) {
        const double *a = o->corner[k], *b = o->corner[(k + 1) % OST_OUTLINE];
        double along[2] = {b[0] - a[0], b[1] - a[1]}, from[2] = {p[0] - a[0], p[1] - a[1]};
        double square = along[0] * along[0] + along[1] * along[1];
        double t = square > 0.0 ? (from[0] * along[0] + from[1] * along[1]) / square : 0.0;
        t = fmin(1.0, fmax(0.0, t));
        least = fmin(least, hypot(from[0] - t * along[0], from[1] - t * along[1]));
    }
    return outline_within(o, p) ? -least : least;
}
