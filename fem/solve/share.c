#include "fem/solve/pieces_impl.h"

#include <stdlib.h>
#include <string.h>

/*
 * What balances between the pieces is looked for by rounds of averaging with a memory of the
 * round before (Frankel, Math Tables Aids Comput 1950, "second-order Richardson"), for parts of
 * the difference that a plain round would leave all but a hundredth of.
 */
enum { ROUNDS = 40 };
static const double ahead = 3.3058, kept = 0.66942; /* 4 / (1 + 0.1)^2, (0.9 / 1.1)^2 */

struct sharing {
    const struct ost_fem_problem *problem;
    size_t count;                          /* of pieces */
    uint8_t *loose;                        /* per node: in no piece */
    uint32_t *tet, tets;                   /* the elements with a loose node */
    double *share, *before, *sum, *weight; /* per node and piece; of `weight` per node */
};

static void sharing_fini(struct sharing *s)
{
    free(s->loose);
    free(s->tet);
    free(s->share);
    free(s->before);
    free(s->sum);
    free(s->weight);
}

static bool sharing_begin(struct sharing *s, const uint32_t *root, const uint32_t *chosen,
                          struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = s->problem->mesh;
    size_t nodes = (size_t)mesh->node_count + 1, all = nodes * s->count;
    s->loose = calloc(nodes, sizeof *s->loose);
    s->tet = malloc(((size_t)mesh->tet_count + 1) * sizeof *s->tet);
    s->share = calloc(all, sizeof *s->share);
    s->before = calloc(all, sizeof *s->before);
    s->sum = calloc(all, sizeof *s->sum);
    s->weight = calloc(nodes, sizeof *s->weight);
    if (s->loose == NULL || s->tet == NULL || s->share == NULL || s->before == NULL ||
        s->sum == NULL || s->weight == NULL)
        return ost_fail(err, OST_NOMEM, "pieces: no room for %zu nodes", nodes);
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        s->loose[n] = 1;
        for (size_t c = 0; c < s->count; c++) {
            bool own = root[n] == chosen[c];
            s->share[n * s->count + c] = s->before[n * s->count + c] = own ? 1.0 : 0.0;
            s->loose[n] = own ? 0 : s->loose[n];
        }
    }
    return true;
}

static void gather(struct sharing *s)
{
    const struct ost_tet_mesh *mesh = s->problem->mesh;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        uint32_t node[10], nodes = ost_tet_nodes(mesh, e, node);
        bool some = false;
        for (uint32_t k = 0; k < nodes; k++) {
            s->weight[node[k]] += nodes * s->problem->modulus[e];
            some = some || s->loose[node[k]] != 0;
        }
        s->tet[s->tets] = e;
        s->tets += some;
    }
}

/* Into `sum`, what the elements' means come to at their nodes. */
static void add_means(struct sharing *s)
{
    memset(s->sum, 0, s->problem->mesh->node_count * s->count * sizeof *s->sum);
    for (uint32_t i = 0; i < s->tets; i++) {
        uint32_t node[10], nodes = ost_tet_nodes(s->problem->mesh, s->tet[i], node);
        for (size_t c = 0; c < s->count; c++) {
            double total = 0.0;
            for (uint32_t k = 0; k < nodes; k++)
                total += s->share[node[k] * s->count + c];
            for (uint32_t k = 0; k < nodes; k++)
                s->sum[node[k] * s->count + c] += s->problem->modulus[s->tet[i]] * total;
        }
    }
}

static void round_of(struct sharing *s)
{
    add_means(s);
    for (uint32_t n = 0; n < s->problem->mesh->node_count; n++) {
        if (s->loose[n] == 0 || !(s->weight[n] > 0.0))
            continue;
        for (size_t c = n * s->count; c < (n + (size_t)1) * s->count; c++) {
            double now = s->share[c], mean = s->sum[c] / s->weight[n];
            s->share[c] = now + ahead * (mean - now) + kept * (now - s->before[c]);
            s->before[c] = now;
        }
    }
}

bool pieces_share(const struct ost_fem_problem *problem, const uint32_t *root,
                  const uint32_t *chosen, uint32_t count, double **out, struct ost_err *err)
{
    struct sharing s = {.problem = problem, .count = count};
    bool ok = sharing_begin(&s, root, chosen, err);
    if (ok)
        gather(&s);
    for (int i = 0; i < ROUNDS && ok; i++)
        round_of(&s);
    *out = ok ? s.share : NULL;
    s.share = ok ? NULL : s.share;
    sharing_fini(&s);
    return ok;
}
