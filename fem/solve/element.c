#include "fem/solve/element_impl.h"
#include "fem/solve/tangent_impl.h"
#include "fem/solve/tet4.h"
#include "recon/math/vec.h"

#include <string.h>

#define FAR  0.58541019662496845446
#define NEAR 0.13819660112501051518
const double element_point[ELEMENT_POINTS][4] = {{FAR, NEAR, NEAR, NEAR},
                                                 {NEAR, FAR, NEAR, NEAR},
                                                 {NEAR, NEAR, FAR, NEAR},
                                                 {NEAR, NEAR, NEAR, FAR}};

/*
 * A summand of a shape function's gradient: (constant + 4 L[of]) grad L[along]. Corner a
 * has (4 L[a] - 1) grad L[a], the middle of p and q 4 L[q] grad L[p] + 4 L[p] grad L[q].
 */
struct term {
    double constant;
    int of, along;
};

static int terms_of(uint32_t node, struct term term[2])
{
    if (node < 4) {
        term[0] = (struct term){-1.0, (int)node, (int)node};
        return 1;
    }
    int p = ost_tet_edge[node - 4][0], q = ost_tet_edge[node - 4][1];
    term[0] = (struct term){0.0, q, p};
    term[1] = (struct term){0.0, p, q};
    return 2;
}

/* The mean of two summands' factors: L has the mean 1/4, L[i] L[j] 1/20, its square 1/10. */
static double mean_of(const struct term *s, const struct term *t)
{
    return s->constant * t->constant + s->constant + t->constant + (s->of == t->of ? 1.6 : 0.8);
}

/* The same where every point has a modulus of its own. */
static double mean_with(const double share[ELEMENT_POINTS], const struct term *s,
                        const struct term *t)
{
    double sum = 0.0;
    for (int q = 0; q < ELEMENT_POINTS; q++) {
        const double *at = element_point[q];
        sum += share[q] * (s->constant + 4.0 * at[s->of]) * (t->constant + 4.0 * at[t->of]);
    }
    return sum / ELEMENT_POINTS;
}

static void block_of(const struct element *e, const double ga[3], const double gb[3],
                     double block[9])
{
    if (e->tangent == NULL) {
        ost_tet4_block(ga, gb, e->lame, block);
    } else {
        tangent_block(e->tangent, ga, gb, e->volume, block);
    }
}

void element_row(const struct element *element, uint32_t a, unsigned wanted, double (*block)[9])
{
    const double(*g)[3] = (const double(*)[3])element->gradient;
    if (element->count == 4) {
        for (int b = 0; b < 4; b++) {
            if (wanted >> b & 1)
                block_of(element, g[a], g[b], block[b]);
        }
        return;
    }
    struct term mine[2], other[2];
    double linear[2][4][9];
    int terms = terms_of(a, mine);
    for (int s = 0; s < terms; s++) {
        for (int j = 0; j < 4; j++)
            block_of(element, g[mine[s].along], g[j], linear[s][j]);
    }
    for (uint32_t b = 0; b < 10; b++) {
        if (!(wanted >> b & 1))
            continue;
        memset(block[b], 0, sizeof *block);
        int others = terms_of(b, other);
        for (int n = 0; n < terms * others; n++) {
            const struct term *s = &mine[n / others], *t = &other[n % others];
            double factor =
                element->share != NULL ? mean_with(element->share, s, t) : mean_of(s, t);
            for (int m = 0; m < 9; m++)
                block[b][m] += factor * linear[n / others][t->along][m];
        }
    }
}

void element_slopes(const struct element *element, const double at[4], double (*slope)[3])
{
    if (element->count == 4) {
        memcpy(slope, element->gradient, sizeof element->gradient);
        return;
    }
    struct term term[2];
    for (uint32_t a = 0; a < 10; a++) {
        int terms = terms_of(a, term);
        memset(slope[a], 0, sizeof *slope);
        for (int s = 0; s < terms; s++) {
            ost_along(slope[a], term[s].constant + 4.0 * at[term[s].of],
                      element->gradient[term[s].along], slope[a]);
        }
    }
}

void element_stress(const struct element *element, const double (*displacement)[3],
                    const double at[4], const double lame[2], double stress[6])
{
    double slope[10][3], d[3][3] = {{0.0}};
    element_slopes(element, at, slope);
    for (uint32_t a = 0; a < element->count; a++) {
        for (int i = 0; i < 3; i++)
            ost_along(d[i], displacement[element->node[a]][i], slope[a], d[i]);
    }
    ost_stress_of((const double(*)[3])d, lame, stress);
}

void element_inner_stress(const struct element *element, const double (*displacement)[3],
                          const double at[4], double stress[6])
{
    /* The stress of a body with lambda 0 and 2 mu 1 is its strain. */
    static const double unit[2] = {0.0, 0.5};
    double strain[6];
    if (element->tangent == NULL) {
        element_stress(element, displacement, at, element->lame, stress);
        return;
    }
    element_stress(element, displacement, at, unit, strain);
    tangent_stress(element->tangent, strain, element->volume, stress);
}

void element_place(uint32_t node, double at[4])
{
    memset(at, 0, 4 * sizeof *at);
    if (node < 4) {
        at[node] = 1.0;
    } else {
        at[ost_tet_edge[node - 4][0]] = 0.5;
        at[ost_tet_edge[node - 4][1]] = 0.5;
    }
}
