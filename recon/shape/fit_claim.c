#include "recon/shape/fit_claim_impl.h"

#include <math.h>
#include <stdlib.h>

static const double cell_mm = 3.0;   /* no border claims an edge from further away */
static const double same_way = 0.85; /* cosine between two borders that may mean one edge */

bool fit_claim_init(struct fit_claim *claim, const struct ost_contour *contour,
                    const struct ost_scan *scan, double lead_mm, struct ost_err *err)
{
    double cell = cell_mm / scan->mm;
    *claim = (struct fit_claim){.contour = contour, .cell = cell, .lead = lead_mm / scan->mm};
    claim->width = (uint32_t)((double)scan->width / cell) + 1;
    claim->height = (uint32_t)((double)scan->height / cell) + 1;
    size_t cells = (size_t)claim->width * claim->height;
    claim->head = calloc(cells, sizeof *claim->head);
    claim->next = calloc(contour->count + 1, sizeof *claim->next);
    if (claim->head == NULL || claim->next == NULL)
        return ost_fail(err, OST_NOMEM, "fit: out of memory");
    for (size_t i = 0; i < contour->count; i++) {
        const double *p = contour->point[i].pixel;
        if (!(p[0] >= 0.0 && p[1] >= 0.0 && p[0] < (double)scan->width &&
              p[1] < (double)scan->height))
            continue;
        size_t at = (size_t)(p[1] / cell) * claim->width + (size_t)(p[0] / cell);
        claim->next[i] = claim->head[at];
        claim->head[at] = (uint32_t)i + 1;
    }
    return true;
}

void fit_claim_fini(struct fit_claim *claim)
{
    free(claim->head);
    free(claim->next);
}

static bool claims(const struct fit_claim *c, uint32_t i, const double pixel[2],
                   const double normal[2], double near)
{
    const struct ost_contour_point *p = &c->contour->point[i];
    return hypot(p->pixel[0] - pixel[0], p->pixel[1] - pixel[1]) < near &&
           p->normal[0] * normal[0] + p->normal[1] * normal[1] > same_way;
}

bool fit_claim_has(const void *user, const double pixel[2], const double normal[2], double offset)
{
    const struct fit_claim *c = user;
    double near = fmin(fabs(offset) + c->lead, c->cell);
    long column = (long)floor(pixel[0] / c->cell), row = (long)floor(pixel[1] / c->cell);
    for (long y = row - 1; y <= row + 1 && near > 0.0; y++)
        for (long x = column - 1; x <= column + 1; x++) {
            if (x < 0 || y < 0 || x >= (long)c->width || y >= (long)c->height)
                continue;
            for (uint32_t i = c->head[(size_t)y * c->width + (size_t)x]; i != 0; i = c->next[i - 1])
                if (claims(c, i - 1, pixel, normal, near))
                    return true;
        }
    return false;
}
