/* A volar titanium plate on the radius as it is, with its screws. */
#include "recon/base/array.h"
#include "recon/cohort/body_impl.h"

#include <string.h>

static const double spacing = 0.4, titanium = 4.54; /* mm, g/cm3 */
static const double near = 0.3, far = 2.2;          /* mm over the bone: the plate's two sides */

/* Along z from the joint's middle: where the plate lies and how broad it is. */
static const double distal_end = 5.0, neck = 13.0, shaft = 20.0, proximal_end = 62.0;
static const double broad = 10.5, narrow = 5.0; /* half widths, mm */

struct screw {
    double z, x; /* mm from the joint and from the plate's middle */
    double radius;
    bool both; /* goes through the far cortex */
};

static const struct screw screw[] = {
    {8.5, -7.5, 1.15, false}, {8.5, -2.5, 1.15, false}, {8.5, 2.5, 1.15, false},
    {8.5, 7.5, 1.15, false},  {28.0, 0.0, 1.35, true},  {41.0, 0.0, 1.35, true},
    {54.0, 0.0, 1.35, true},
};

/* The middle of the bone at a height, from the vertices there. */
static bool middle_at(const struct ost_mesh *mesh, double z, double out[2])
{
    double low[2] = {1e9, 1e9}, high[2] = {-1e9, -1e9};
    for (uint32_t v = 0; v < mesh->vertex_count; v++) {
        const float *p = mesh->vertex[v];
        if (fabs((double)p[2] - z) > 3.0)
            continue;
        for (int k = 0; k < 2; k++) {
            low[k] = fmin(low[k], (double)p[k]);
            high[k] = fmax(high[k], (double)p[k]);
        }
    }
    for (int k = 0; k < 2; k++)
        out[k] = 0.5 * (low[k] + high[k]);
    return high[0] > low[0];
}

enum { HEIGHTS = 70 };

struct lie {
    double middle[HEIGHTS][2]; /* of the bone, each mm from the joint */
    double joint;
};

static double half_width(double along)
{
    return broad + (narrow - broad) * ost_smooth_step(neck, shaft, along);
}

/* A plate is straighter than the bone: its line is the mean of the middles around. */
static void smooth(struct lie *lie)
{
    enum { REACH = 9 };
    struct lie rough = *lie;
    for (int n = 0; n < HEIGHTS; n++) {
        double count = 0.0;
        lie->middle[n][0] = lie->middle[n][1] = 0.0;
        for (int k = n - REACH; k <= n + REACH; k++) {
            if (k < 0 || k >= HEIGHTS)
                continue;
            for (int axis = 0; axis < 2; axis++)
                lie->middle[n][axis] += rough.middle[k][axis];
            count += 1.0;
        }
        for (int axis = 0; axis < 2; axis++)
            lie->middle[n][axis] /= count;
    }
}

static void middle_of(const struct lie *lie, double along, double out[2])
{
    int n = (int)fmax(0.0, fmin(HEIGHTS - 2.0, along));
    for (int k = 0; k < 2; k++)
        out[k] = lie->middle[n][k] + (along - n) * (lie->middle[n + 1][k] - lie->middle[n][k]);
}

/* How much of a voxel the plate fills: rounded at its ends and edges. */
static double plate_share(const struct lie *lie, const double p[3], double distance)
{
    double along = p[2] - lie->joint, middle[2];
    middle_of(lie, along, middle);
    if (p[1] > middle[1])
        return 0.0;
    const double corner = 2.5;
    double half = half_width(along), x = fabs(p[0] - middle[0]) - (half - corner);
    double z = fmax(distal_end - along, along - proximal_end) + corner;
    double beyond = hypot(fmax(x, 0.0), fmax(z, 0.0)) - corner;
    double depth = fmin(fmin(distance - near, far - distance), -beyond);
    return ost_cover(depth, spacing);
}

static bool in_screw(const struct lie *lie, const double p[3], double distance)
{
    for (size_t n = 0; n < OST_COUNT(screw); n++) {
        double middle[2];
        middle_of(lie, screw[n].z, middle);
        double x = p[0] - middle[0] - screw[n].x, z = p[2] - lie->joint - screw[n].z;
        if (x * x + z * z > screw[n].radius * screw[n].radius)
            continue;
        bool volar = p[1] < middle[1];
        /* Distal ones end a millimetre and a half before the far cortex' surface. */
        if (distance < (volar ? far : screw[n].both ? 1.0 : -1.5))
            return true;
    }
    return false;
}

bool ost_body_plate(struct ost_body *body, struct ost_err *err)
{
    if (!body->request->plate)
        return true;
    double joint[3]; /* where it is now, broken or not */
    ost_rigid_point(&body->fragment, body->joint, joint);
    struct lie lie = {.joint = joint[2]};
    for (int n = HEIGHTS - 1; n >= 0; n--) {
        if (middle_at(body->bone[OST_RADIUS], lie.joint + n, lie.middle[n]))
            continue;
        if (n == HEIGHTS - 1)
            return ost_fail(err, OST_INVALID, "cohort: no radius %d mm from the joint", n);
        memcpy(lie.middle[n], lie.middle[n + 1], sizeof lie.middle[n]);
    }
    smooth(&lie);
    const double low[3] = {joint[0] - 26.0, joint[1] - 30.0, lie.joint};
    const double high[3] = {joint[0] + 26.0, joint[1] + 26.0, lie.joint + 64.0};
    uint32_t size[3];
    for (int k = 0; k < 3; k++)
        size[k] = (uint32_t)ceil((high[k] - low[k]) / spacing);
    if (!ost_grid_create(&body->plate, size, low, (double[]){spacing, spacing, spacing}, err))
        return ost_err_note(err, "cohort");
    struct ost_grid *grid = body->plate;
    const size_t count = (size_t)size[0] * size[1] * size[2];
    for (size_t n = 0; n < count; n++) {
        double p[3];
        ost_voxel_centre(grid, n, p);
        double distance = ost_volume_at(body->distance[OST_RADIUS], p);
        double share = in_screw(&lie, p, distance) ? 1.0 : plate_share(&lie, p, distance);
        grid->value[n] = (float)(share * titanium);
    }
    return true;
}
