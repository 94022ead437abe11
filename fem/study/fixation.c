#include "fem/study/fixation.h"

#include "fem/mesh/sdf.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

static const double voxel_mm = 0.5, band_mm = 6.0; /* of the distance a plate follows */

bool ost_fixation_distance(const struct ost_mesh *bone, struct ost_grid **out, struct ost_err *err)
{
    const struct ost_sdf_options how = {.spacing = voxel_mm, .margin = band_mm, .band = band_mm};
    return ost_sdf_of_mesh(bone, &how, out, err) || ost_err_note(err, "fixation");
}

struct ost_plate ost_plate_plain(void)
{
    return (struct ost_plate){.pose = ost_rigid_identity(),
                              .thickness = 2.0,
                              .off = 1.5,
                              .broad = 10.5,
                              .narrow = 5.0,
                              .below = 6.0,
                              .neck = INFINITY,
                              .head = INFINITY};
}

/* A plate on this bone. */
struct laid {
    const struct ost_grid *distance; /* borrowed */
    const struct ost_plate *plate;
    struct ost_rigid back;
};

struct ost_fixed {
    struct ost_fixation fixation;
    struct laid laid[OST_PLATES_MOST];
    struct ost_part part[OST_PLATES_MOST + OST_SCREWS_MOST];
};

static double half_width(const struct ost_plate *plate, double y)
{
    double part = plate->head > plate->neck ? (y - plate->neck) / (plate->head - plate->neck)
                  : y < plate->neck         ? 0.0
                                            : 1.0;
    part = fmin(1.0, fmax(0.0, part));
    return plate->narrow + part * (plate->broad - plate->narrow);
}

/* Across its outline, rounded at the corners; negative within. */
static double outline_at(const struct ost_plate *plate, const double q[3])
{
    const double corner = fmin(2.0, 0.8 * plate->narrow);
    double x = fabs(q[0]) - half_width(plate, q[1]) + corner;
    double y = fabs(q[1] - 0.5 * plate->length) - 0.5 * plate->length + corner;
    double outside = hypot(fmax(x, 0.0), fmax(y, 0.0));
    return (outside > 0.0 ? outside : fmax(x, y)) - corner;
}

static double at_plate(const void *user, const double p[3])
{
    const struct laid *laid = user;
    const struct ost_plate *plate = laid->plate;
    double q[3], d = ost_grid_at(laid->distance, p, band_mm);
    ost_rigid_point(&laid->back, p, q);
    /* On its own side of the bone alone. */
    double shell = fmax(plate->off - d, d - plate->off - plate->thickness);
    return fmax(shell, fmax(outline_at(plate, q), -q[2] - plate->below));
}

static double at_screw(const void *user, const double p[3])
{
    const struct ost_plate_screw *screw = user;
    double from[3];
    ost_sub(p, screw->head, from);
    double along = ost_dot(from, screw->direction);
    double across = sqrt(fmax(0.0, ost_dot(from, from) - along * along));
    return fmax(across - screw->radius, fmax(-along, along - screw->length));
}

static struct ost_field field_of_plate(const struct laid *laid)
{
    const double high_mm = 25.0;
    const struct ost_plate *plate = laid->plate;
    const double half = fmax(plate->broad, plate->narrow);
    struct ost_field field = {.at = at_plate, .user = laid};
    for (int k = 0; k < 3; k++) {
        field.low[k] = INFINITY;
        field.high[k] = -INFINITY;
    }
    for (int corner = 0; corner < 8; corner++) {
        const double q[3] = {corner & 1 ? half : -half, corner & 2 ? plate->length : 0.0,
                             corner & 4 ? high_mm : -high_mm};
        double p[3];
        ost_rigid_point(&plate->pose, q, p);
        for (int k = 0; k < 3; k++) {
            field.low[k] = fmin(field.low[k], p[k]);
            field.high[k] = fmax(field.high[k], p[k]);
        }
    }
    return field;
}

static struct ost_field field_of_screw(const struct ost_plate_screw *screw)
{
    struct ost_field field = {.at = at_screw, .user = screw};
    for (int k = 0; k < 3; k++) {
        double end = screw->head[k] + screw->length * screw->direction[k];
        field.low[k] = fmin(screw->head[k], end) - screw->radius;
        field.high[k] = fmax(screw->head[k], end) + screw->radius;
    }
    return field;
}

static bool check(const struct ost_fixation *f, struct ost_err *err)
{
    bool good = f->plate_count <= OST_PLATES_MOST && f->screw_count <= OST_SCREWS_MOST &&
                f->plate_count > 0 && f->screw_count > 0;
    for (size_t i = 0; i < f->plate_count && good; i++) {
        const struct ost_plate *p = &f->plate[i];
        good = p->length > 5.0 && p->thickness >= 0.5 && p->off >= 0.0 && p->narrow >= 1.0 &&
               p->off + p->thickness < band_mm - 1.0 && ost_rigid_is_proper(&p->pose, 1e-6);
    }
    for (size_t i = 0; i < f->screw_count && good; i++) {
        const struct ost_plate_screw *s = &f->screw[i];
        good = s->length > 1.0 && s->radius >= 0.5 && fabs(ost_length(s->direction) - 1.0) < 1e-6;
    }
    return good || ost_fail(err, OST_INVALID,
                            "fixation: a plate and screws of sizes they can have are needed");
}

static bool meets(const struct laid *laid, const struct ost_plate_screw *screw)
{
    const double step_mm = 0.25;
    bool met = false;
    for (double t = 0.0; t <= screw->length && !met; t += step_mm) {
        double p[3];
        ost_along(screw->head, t, screw->direction, p);
        met = at_plate(laid, p) < 0.0;
    }
    return met;
}

/* What nothing joins to the bone the mesher would leave out as an island. */
static bool check_held(const struct ost_fixed *fixed, struct ost_err *err)
{
    const struct ost_fixation *f = &fixed->fixation;
    for (size_t i = 0; i < f->plate_count; i++) {
        size_t screws = 0;
        for (size_t k = 0; k < f->screw_count; k++)
            screws += meets(&fixed->laid[i], &f->screw[k]);
        if (screws < 2) {
            return ost_fail(err, OST_INVALID,
                            "fixation: plate %zu is held by fewer than two screws that meet it",
                            i + 1);
        }
    }
    return true;
}

bool ost_fixed_create(const struct ost_grid *distance, const struct ost_fixation *fixation,
                      double modulus, struct ost_fixed **out, struct ost_err *err)
{
    *out = NULL;
    if (!check(fixation, err))
        return false;
    OST_AUTO(ost_fixed) fixed = calloc(1, sizeof *fixed);
    if (fixed == NULL)
        return ost_fail(err, OST_NOMEM, "fixation: out of memory");
    fixed->fixation = *fixation;
    const struct ost_fixation *f = &fixed->fixation;
    for (size_t i = 0; i < f->plate_count; i++) {
        fixed->laid[i] =
            (struct laid){distance, &f->plate[i], ost_rigid_inverse(&f->plate[i].pose)};
        fixed->part[i] =
            (struct ost_part){OST_MATERIAL_PLATE, field_of_plate(&fixed->laid[i]), modulus};
    }
    for (size_t i = 0; i < f->screw_count; i++) {
        fixed->part[f->plate_count + i] =
            (struct ost_part){OST_MATERIAL_SCREW, field_of_screw(&f->screw[i]), modulus};
    }
    if (!check_held(fixed, err))
        return false;
    *out = ost_steal(&fixed);
    return true;
}

void ost_fixed_destroy(struct ost_fixed *fixed)
{
    free(fixed);
}

const struct ost_part *ost_fixed_parts(const struct ost_fixed *fixed, size_t *count)
{
    *count = fixed->fixation.plate_count + fixed->fixation.screw_count;
    return fixed->part;
}
