/* The hand comes up to the forearm until there is only the joint's room left. */
#include "recon/learn/scene_impl.h"
#include "recon/math/vec.h"

#include <math.h>

enum { STEPS = 24, EVERY = 3 };

static const double start_mm = -25.0, most_mm = 15.0, near_mm = 0.15, reach_mm = 24.0;

/* The least distance of vertices, every third of them, with the carpals moved along z. */
static double nearest(const struct ost_mesh *carpal, double slide, const struct ost_mesh *bone,
                      double least)
{
    float best = (float)(least * least);
    for (uint32_t v = 0; v < bone->vertex_count; v += EVERY) {
        const float *p = bone->vertex[v];
        if ((double)p[2] > reach_mm)
            continue;
        const float z = p[2] - (float)slide;
        for (uint32_t w = 0; w < carpal->vertex_count; w += EVERY) {
            const float *q = carpal->vertex[w];
            float x = p[0] - q[0], y = p[1] - q[1], d = z - q[2];
            float away = x * x + y * y + d * d;
            best = away < best ? away : best;
        }
    }
    return sqrt((double)best);
}

double scene_seat(const struct ost_scene *scene, struct ost_mesh *const *carpal, size_t count,
                  double gap)
{
    double slide = start_mm;
    for (int step = 0; step < STEPS && slide < most_mm; step++) {
        double away = 2.0 * fabs(start_mm);
        for (size_t c = 0; c < count; c++)
            for (int b = 0; b < OST_BONES; b++)
                away = nearest(carpal[c], slide, scene->bone[b], away);
        if (away < gap + near_mm)
            break;
        slide += away - gap; /* no vertex comes nearer than the gap by this */
    }
    return slide;
}
