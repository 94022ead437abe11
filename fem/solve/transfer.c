#include "fem/solve/level_impl.h"

#include <string.h>

typedef float lanes __attribute__((vector_size(16)));

static inline lanes load(const float *from)
{
    lanes v;
    memcpy(&v, from, sizeof v);
    return v;
}

void level_restrict(const struct level *fine, struct level *coarse)
{
    memset(coarse->b, 0, (size_t)OST_WIDTH * coarse->rows * sizeof *coarse->b);
    for (uint32_t i = 0; i < fine->rows; i++) {
        const uint32_t *corner = fine->corner[fine->cell[i]];
        lanes r = load(fine->r + (size_t)OST_WIDTH * i);
        float weight[8];
        level_weights(fine->part[i], weight);
        for (int c = 0; c < 8; c++) {
            float *to = coarse->b + (size_t)OST_WIDTH * corner[c];
            lanes b = load(to) + weight[c] * r;
            memcpy(to, &b, sizeof b);
        }
    }
}

void level_prolong(const struct level *coarse, struct level *fine)
{
    for (uint32_t i = 0; i < fine->rows; i++) {
        const uint32_t *corner = fine->corner[fine->cell[i]];
        float weight[8];
        lanes sum = {0.0F};
        level_weights(fine->part[i], weight);
        for (int c = 0; c < 8; c++)
            sum += weight[c] * load(coarse->x + (size_t)OST_WIDTH * corner[c]);
        for (int k = 0; k < 3 && fine->held != NULL; k++)
            sum[k] = fine->held[i] >> k & 1 ? 0.0F : sum[k];
        sum += load(fine->x + (size_t)OST_WIDTH * i);
        memcpy(fine->x + (size_t)OST_WIDTH * i, &sum, sizeof sum);
    }
}
