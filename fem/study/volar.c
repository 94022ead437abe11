/* A volar plate where a surgeon would lay one: from the cut and the bone's surface alone. */
#include "fem/study/fixation.h"
#include "fem/study/model_impl.h"
#include "recon/math/vec.h"

#include <string.h>

static const double far_mm = 6.0;                     /* where the distance says nothing */
static const double row_x[] = {-7.5, -2.5, 2.5, 7.5}; /* of the fragment's screws, mm across */
static const double distal_radius = 1.2, shaft_radius = 1.35;
/* mm from the cut to the first screw of the shaft, on to each next one, and past the last. */
static const double first_mm = 8.0, next_mm = 10.0, past_mm = 5.0;
enum { SHAFT_SCREWS = 3 };
/*
 * Distal screws of three quarters of what would go through are as stiff as those that do, 660 and
 * 706 N/mm (J Orthop Surg Res 2015, s13018-015-0283-8), and spare the tendons behind.
 */
static const double distal_part = 0.75;

/* Amid the bone's vertices near a depth; false where there are none. */
static bool middle_at(const struct ost_mesh *bone, const struct ost_study_anatomy *a, double depth,
                      double out[3])
{
    const double near_mm = 3.0;
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (uint32_t v = 0; v < bone->vertex_count; v++) {
        double p[3], from[3];
        for (int k = 0; k < 3; k++)
            p[k] = (double)bone->vertex[v][k];
        ost_sub(p, a->origin, from);
        if (fabs(ost_dot(from, a->axis) + depth) > near_mm)
            continue;
        double at[2] = {ost_dot(from, a->radial), ost_dot(from, a->volar)};
        for (int k = 0; k < 2; k++) {
            low[k] = fmin(low[k], at[k]);
            high[k] = fmax(high[k], at[k]);
        }
    }
    ost_along(a->origin, -depth, a->axis, out);
    ost_along(out, 0.5 * (low[0] + high[0]), a->radial, out);
    ost_along(out, 0.5 * (low[1] + high[1]), a->volar, out);
    return high[0] > low[0];
}

/* The bone, and the way a screw goes. */
struct site {
    const struct ost_grid *distance;
    double toward[3]; /* unit, into the bone */
    double rise;      /* of the plate's outer face over the bone */
};

/* From well outside: where it meets the plate's face, and where it leaves the bone. */
static bool drive(const struct site *site, const double start[3], struct ost_plate_screw *screw)
{
    const double step = 0.1, most_mm = 70.0;
    double head = -1.0, in = -1.0, out = -1.0;
    for (double t = 0.0; t < most_mm; t += step) {
        double p[3];
        ost_along(start, t, site->toward, p);
        double d = ost_grid_at(site->distance, p, far_mm);
        head = head < 0.0 && d <= site->rise ? t : head;
        in = in < 0.0 && d < 0.0 ? t : in;
        out = in >= 0.0 && d < 0.0 ? t : out;
    }
    if (head < 0.0 || out <= in)
        return false;
    ost_along(start, head, site->toward, screw->head);
    memcpy(screw->direction, site->toward, sizeof screw->direction);
    screw->length = out - head;
    return true;
}

/* The plate's frame: from amid the shaft to amid the row, and away from the bone. */
static void lay(const double from[3], const double to[3], const double volar[3],
                struct ost_rigid *pose)
{
    double x[3], y[3], z[3];
    ost_sub(to, from, y);
    (void)ost_unit(y);
    ost_along(volar, -ost_dot(volar, y), y, z);
    (void)ost_unit(z);
    ost_cross(y, z, x);
    memcpy(pose->r, x, sizeof x);
    memcpy(pose->r + 3, y, sizeof y);
    memcpy(pose->r + 6, z, sizeof z);
    memcpy(pose->t, from, sizeof pose->t);
}

/* A screw at x, y of the plate's frame. */
static void add(const struct site *site, const struct ost_plate *plate, const double at[2],
                double radius, double part, struct ost_fixation *out)
{
    const double high_mm = 30.0;
    const double q[3] = {at[0], at[1], high_mm};
    double start[3];
    struct ost_plate_screw screw = {.radius = radius};
    ost_rigid_point(&plate->pose, q, start);
    if (out->screw_count >= OST_SCREWS_MOST || !drive(site, start, &screw))
        return;
    double within = screw.length - site->rise;
    screw.length = part < 1.0 ? site->rise + part * within : screw.length + 0.5;
    out->screw[out->screw_count++] = screw;
}

static bool place(const struct ost_mesh *bone, const struct ost_study_anatomy *a,
                  const double depth[2], const struct ost_grid *distance, struct ost_fixation *out,
                  struct ost_err *err)
{
    const double row = fmin(9.0, fmax(4.0, 0.45 * depth[0])), edge_mm = 4.0;
    const double last = depth[1] + first_mm + (SHAFT_SCREWS - 1) * next_mm;
    double shaft[3], head[3];
    struct ost_plate *plate = &out->plate[0];
    *plate = ost_plate_plain();
    plate->below = 0.0; /* its frame lies amid the bone */
    if (!middle_at(bone, a, last + past_mm, shaft) || !middle_at(bone, a, row, head)) {
        return ost_fail(err, OST_INVALID,
                        "fixation: the bone ends within %.0f mm of the cut; a plate needs as much",
                        last + past_mm - depth[1]);
    }
    lay(shaft, head, a->volar, &plate->pose);
    plate->length = ost_distance(shaft, head) + edge_mm;
    plate->head = ost_distance(shaft, head) - edge_mm - 1.0;
    plate->neck = plate->head - 7.0;
    struct site site = {distance, {0.0}, plate->off + plate->thickness};
    for (int k = 0; k < 3; k++)
        site.toward[k] = -plate->pose.r[6 + k];
    for (int i = 0; i < SHAFT_SCREWS; i++)
        add(&site, plate, (double[]){0.0, past_mm + i * next_mm}, shaft_radius, 1.0, out);
    size_t in_shaft = out->screw_count;
    for (size_t i = 0; i < sizeof row_x / sizeof row_x[0]; i++)
        add(&site, plate, (double[]){row_x[i], plate->length - edge_mm}, distal_radius, distal_part,
            out);
    return (in_shaft >= 2 && out->screw_count >= in_shaft + 2) ||
           ost_fail(err, OST_INVALID, "fixation: the bone has no room for two screws on each side");
}

bool ost_fixation_volar(const struct ost_mesh *bone, const struct ost_grid *distance,
                        const struct ost_study_anatomy *anatomy,
                        const struct ost_correction *correction, struct ost_fixation *out,
                        struct ost_err *err)
{
    double moved[3];
    *out = (struct ost_fixation){.plate_count = 1};
    ost_rigid_point(&correction->motion, correction->point, moved);
    const double depth[2] = {model_depth(anatomy, moved), model_depth(anatomy, correction->point)};
    if (!(depth[0] > 6.0))
        return ost_fail(err, OST_INVALID, "fixation: the cut lies %.0f mm from the joint",
                        depth[0]);
    return place(bone, anatomy, depth, distance, out, err);
}
