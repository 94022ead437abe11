#include "fem/study/contact.h"

#include "recon/math/vec.h"

#include <string.h>

static const double slope_step = 0.05; /* mm, for the slope of a carpal's distance */

struct ost_cartilage ost_cartilage_default(void)
{
    return (struct ost_cartilage){10.0, 0.45, 1.6, 2.0};
}

double ost_cartilage_confined(const struct ost_cartilage *c)
{
    return c->modulus * (1.0 - c->poisson) / ((1.0 + c->poisson) * (1.0 - 2.0 * c->poisson));
}

static double ball_at(const void *user, const double point[3])
{
    const struct ost_ball *ball = user;
    return ost_distance(point, ball->centre) - ball->radius;
}

struct ost_field ost_field_of_ball(const struct ost_ball *ball)
{
    struct ost_field f = {.at = ball_at, .user = ball};
    for (int k = 0; k < 3; k++) {
        f.low[k] = ball->centre[k] - ball->radius;
        f.high[k] = ball->centre[k] + ball->radius;
    }
    return f;
}

/* Energy, and where `slope` is given the unbalanced force and its stiffness. */
struct state {
    double energy, slope[3], stiff[9], area;
};

void ost_contact_ligaments(double ligament, const double force[3], const double shift[3],
                           double pull[3], double stiff[9])
{
    const double along = 1e-3 * ligament;
    double way[3];
    memcpy(way, force, sizeof way);
    (void)ost_unit(way);
    for (int a = 0; a < 3; a++) {
        pull[a] = ligament * shift[a] + (along - ligament) * ost_dot(shift, way) * way[a];
        for (int b = 0; b < 3; b++)
            stiff[3 * a + b] = (a == b ? ligament : 0.0) + (along - ligament) * way[a] * way[b];
    }
}

static void hold(const struct ost_contact_ask *ask, const double shift[3], struct state *s)
{
    double pull[3], stiff[9];
    ost_contact_ligaments(ask->cartilage.ligament, ask->force, shift, pull, stiff);
    for (int a = 0; a < 3; a++) {
        s->energy += 0.5 * pull[a] * shift[a] - ask->force[a] * shift[a];
        s->slope[a] += pull[a] - ask->force[a];
    }
    for (int a = 0; a < 9; a++)
        s->stiff[a] += stiff[a];
}

static void press(const struct ost_contact_ask *ask, const double shift[3], struct state *s)
{
    const double h = ask->cartilage.thickness;
    const double k = ost_cartilage_confined(&ask->cartilage) / h;
    *s = (struct state){0};
    for (size_t i = 0; i < ask->patch_count * ask->carpal_count; i++) {
        const struct ost_patch *patch = &ask->patch[i % ask->patch_count];
        const struct ost_field *f = &ask->carpal[i / ask->patch_count];
        double p[3], n[3];
        ost_sub(patch->middle, shift, p); /* the row moves, so the patch moves back */
        double depth = h - f->at(f->user, p);
        if (!(depth > 0.0))
            continue;
        ost_field_way_out(f, p, slope_step, n);
        s->energy += 0.5 * k * patch->area * depth * depth;
        s->area += patch->area;
        for (int a = 0; a < 3; a++)
            s->slope[a] += k * patch->area * depth * n[a];
        for (int a = 0; a < 9; a++)
            s->stiff[a] += k * patch->area * n[a / 3] * n[a % 3];
    }
    hold(ask, shift, s);
}

/* x = - m^-1 b, m symmetric positive. */
static bool newton_step(const double m[9], const double b[3], double x[3])
{
    double c[3][3];
    ost_cross(m + 3, m + 6, c[0]);
    ost_cross(m + 6, m, c[1]);
    ost_cross(m, m + 3, c[2]);
    double det = ost_dot(m, c[0]);
    if (!(m[0] > 0.0) || !(m[0] * m[4] - m[1] * m[3] > 0.0) || !(det > 0.0))
        return false;
    for (int k = 0; k < 3; k++)
        x[k] = -(c[0][k] * b[0] + c[1][k] * b[1] + c[2][k] * b[2]) / det;
    return true;
}

/* Along the load until something touches: the row may stand clear of the joint. */
static bool approach(const struct ost_contact_ask *ask, double shift[3], struct ost_err *err)
{
    const double step = 0.1, most = 10.0;
    double way[3], clear[3] = {0.0};
    struct state s;
    memcpy(way, ask->force, sizeof way);
    if (!(ost_unit(way) > 0.0))
        return ost_fail(err, OST_INVALID, "contact: a load of nothing");
    for (double at = 0.0; at <= most; at += step) {
        ost_along(clear, at, way, shift);
        press(ask, shift, &s);
        if (s.area > 0.0)
            return true;
    }
    return ost_fail(err, OST_INVALID, "contact: no carpal reaches the joint within %.0f mm", most);
}

/*
 * What springs lack of the stiffness, learned from step to step: their ways out turn as the row
 * moves, and without that every step leaves a share of the load (Dennis, Gay and Welsch, ACM
 * Trans Math Softw 1981;7:348, by the symmetric update of rank one).
 */
static void learn(const struct state *before, const struct state *after, const double moved[3],
                  double lack[9])
{
    double rest[3];
    for (int a = 0; a < 3; a++) {
        double expected = 0.0;
        for (int b = 0; b < 3; b++)
            expected += (after->stiff[3 * a + b] + lack[3 * a + b]) * moved[b];
        rest[a] = after->slope[a] - before->slope[a] - expected;
    }
    double size = ost_dot(rest, moved);
    if (!(fabs(size) > 1e-6 * ost_length(rest) * ost_length(moved)))
        return;
    for (int a = 0; a < 9; a++)
        lack[a] += rest[a / 3] * rest[a % 3] / size;
}

static void forget(double lack[9])
{
    memset(lack, 0, 9 * sizeof *lack);
}

/* Where to from here; by the springs alone where what was learned leads uphill. */
static bool way_down(const struct state *s, double lack[9], double step[3])
{
    double stiff[9];
    for (int a = 0; a < 9; a++)
        stiff[a] = s->stiff[a] + lack[a];
    if (newton_step(stiff, s->slope, step) && ost_dot(s->slope, step) < 0.0)
        return true;
    forget(lack);
    return newton_step(s->stiff, s->slope, step);
}

/* How far along the step it goes down; false where it does so nowhere. */
static bool go_down(const struct ost_contact_ask *ask, const double shift[3], const double step[3],
                    const struct state *s, double to[3], struct state *next)
{
    const double fall = ost_dot(s->slope, step);
    double part = fmin(1.0, 2.0 / fmax(ost_length(step), 1e-12));
    for (int i = 0; i < 40; i++, part *= 0.5) {
        ost_along(shift, part, step, to);
        press(ask, to, next);
        if (next->energy <= s->energy + 1e-4 * part * fall ||
            ost_length(next->slope) < 0.5 * ost_length(s->slope))
            return true;
    }
    return false;
}

static bool settle(const struct ost_contact_ask *ask, double shift[3], struct ost_contact *out,
                   struct ost_err *err)
{
    const double tolerance = 1e-9, size = ost_length(ask->force);
    const unsigned steps_most = 200; /* where a patch comes and goes it creeps */
    struct state s, next;
    double lack[9] = {0.0};
    bool learned = false;
    press(ask, shift, &s);
    for (out->steps = 0; out->steps < steps_most; out->steps++) {
        double step[3], to[3], moved[3];
        out->residual = ost_length(s.slope) / size;
        if (out->residual <= tolerance)
            return true;
        if (!way_down(&s, lack, step))
            break;
        if (go_down(ask, shift, step, &s, to, &next)) {
            ost_sub(to, shift, moved);
            learn(&s, &next, moved, lack);
            memcpy(shift, to, sizeof to);
            s = next;
            learned = true;
            continue;
        }
        /* From a step that leads nowhere nothing is learned; what was is doubted, once. */
        if (!learned)
            break;
        forget(lack);
        learned = false;
    }
    /* The way out is differenced: a residual of a millionth is as good as it gets. */
    return out->residual <= 1e-6 ||
           ost_fail(err, OST_NOT_FOUND, "contact: the row finds no rest; %.1e of the load is left",
                    out->residual);
}

static void tell(const struct ost_contact_ask *ask, double (*on_patch)[3], struct ost_contact *out)
{
    const double h = ask->cartilage.thickness;
    const double k = ost_cartilage_confined(&ask->cartilage) / h;
    memset(on_patch, 0, ask->patch_count * sizeof *on_patch);
    for (size_t c = 0; c < ask->carpal_count; c++) {
        struct ost_contact_of *of = &out->carpal[c];
        double sum = 0.0;
        for (size_t i = 0; i < ask->patch_count; i++) {
            double p[3], n[3];
            ost_sub(ask->patch[i].middle, out->shift, p);
            double pressure = k * (h - ask->carpal[c].at(ask->carpal[c].user, p));
            if (!(pressure > 0.0))
                continue;
            ost_field_way_out(&ask->carpal[c], p, slope_step, n);
            double force = pressure * ask->patch[i].area;
            ost_along(on_patch[i], force, n, on_patch[i]);
            ost_along(of->force, force, n, of->force);
            ost_along(of->centre, force, ask->patch[i].middle, of->centre);
            of->area += ask->patch[i].area;
            of->peak = fmax(of->peak, pressure);
            sum += force;
        }
        for (int a = 0; a < 3 && sum > 0.0; a++)
            of->centre[a] /= sum;
    }
}

bool ost_contact_solve(const struct ost_contact_ask *ask, double (*on_patch)[3],
                       struct ost_contact *out, struct ost_err *err)
{
    *out = (struct ost_contact){0};
    if (ask->carpal_count > OST_CARPALS_MOST)
        return ost_fail(err, OST_LIMIT, "contact: %zu carpals", ask->carpal_count);
    if (!approach(ask, out->shift, err) || !settle(ask, out->shift, out, err))
        return false;
    tell(ask, on_patch, out);
    return true;
}
