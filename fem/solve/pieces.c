#include "fem/mesh/sets.h"
#include "fem/solve/pieces_impl.h"
#include "recon/math/dense.h"
#include "recon/math/vec.h"

#include <stdlib.h>
#include <string.h>

/* Hard is a hundredth of the hardest; a piece is worth it with a fiftieth of what is hard. */
static const double hard_share = 0.01;
/* MPa: no bone is as hard. What is, holds bones as a plate does, and moves with them by its share
 * (share.c). */
static const double metal = 40000.0;
enum { PIECES_MOST = 12, LEAST_PART = 50, MOTIONS = 6 };

struct pieces {
    size_t length;              /* of a vector */
    size_t count;               /* of motions */
    double *motion, *stiffness; /* owned; Z and A Z, vector by vector */
    double *factor;             /* owned; of Z' A Z */
};

void pieces_destroy(struct pieces *pieces)
{
    if (pieces == NULL)
        return;
    free(pieces->motion);
    free(pieces->stiffness);
    free(pieces->factor);
    free(pieces);
}

/* MPa, of what counts as hard: from a share of the hardest bone up to metal. */
static double hard_from(const struct ost_fem_problem *p)
{
    double most = 0.0;
    for (uint32_t e = 0; e < p->mesh->tet_count; e++)
        most = p->modulus[e] > most && p->modulus[e] < metal ? p->modulus[e] : most;
    return hard_share * most;
}

/*
 * root[n]: 0 on nodes of hard elements, OST_NO_ROW on others. A node that something soft touches
 * is none of a piece: where a wedge is opened about a hinge the fragments hold by that alone.
 */
static void mark_hard(const struct ost_fem_problem *p, double from, uint32_t *root)
{
    memset(root, 0xff, (size_t)p->mesh->node_count * sizeof *root);
    for (int soft = 0; soft < 2; soft++) {
        for (uint32_t e = 0; e < p->mesh->tet_count; e++) {
            uint32_t node[10], nodes = ost_tet_nodes(p->mesh, e, node);
            bool meant = (p->modulus[e] < from) == (soft == 1) && p->modulus[e] < metal;
            for (uint32_t k = 0; k < nodes && meant; k++)
                root[node[k]] = soft == 1 ? OST_NO_ROW : 0;
        }
    }
}

/* root[n]: the lowest node of the hard piece that n stands in, or OST_NO_ROW. */
static void find_hard(const struct ost_fem_problem *p, uint32_t *parent, uint32_t *root)
{
    const struct ost_tet_mesh *mesh = p->mesh;
    const double from = hard_from(p);
    mark_hard(p, from, root);
    ost_sets_begin(parent, mesh->node_count);
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        uint32_t node[10], nodes = ost_tet_nodes(mesh, e, node), first = OST_NO_ROW;
        bool hard = p->modulus[e] >= from && p->modulus[e] < metal;
        for (uint32_t k = 0; k < nodes && hard; k++) {
            if (root[node[k]] == OST_NO_ROW)
                continue;
            if (first != OST_NO_ROW)
                (void)ost_sets_join(parent, first, node[k]);
            first = first == OST_NO_ROW ? node[k] : first;
        }
    }
    for (uint32_t n = 0; n < mesh->node_count; n++)
        root[n] = root[n] == 0 ? ost_sets_root(parent, n) : OST_NO_ROW;
}

/* The roots of pieces that are large enough; none where there is but one. `size` is per node. */
static uint32_t choose(const uint32_t *root, uint32_t nodes, uint32_t *size,
                       uint32_t chosen[PIECES_MOST])
{
    uint32_t hard = 0, count = 0;
    memset(size, 0, (size_t)nodes * sizeof *size);
    for (uint32_t n = 0; n < nodes; n++) {
        if (root[n] == OST_NO_ROW)
            continue;
        size[root[n]]++;
        hard++;
    }
    for (uint32_t n = 0; n < nodes && count < PIECES_MOST; n++) {
        if (size[n] > hard / LEAST_PART)
            chosen[count++] = n;
    }
    return count > 1 ? count : 0;
}

/* A piece's nodes, and its share in every node: `share`, one of `shares`. */
struct part {
    const uint32_t *root;
    uint32_t which;
    const double *share;
    size_t shares;
};

/* The six motions of one piece about its middle, on what of it and of its share is free. */
static void fill_motions(const struct ost_fem_system *s, const struct ost_tet_mesh *mesh,
                         const struct part *part, double *motion, size_t length)
{
    double middle[3] = {0.0}, count = 0.0;
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        if (part->root[n] == part->which) {
            ost_add(middle, mesh->node[n], middle);
            count += 1.0;
        }
    }
    for (int k = 0; k < 3; k++)
        middle[k] /= count;
    for (uint32_t i = 0; i < s->k.rows; i++) {
        const double *p = mesh->node[s->node_of_row[i]];
        double share = part->share[s->node_of_row[i] * part->shares];
        for (size_t k = 0; k < 3 && share != 0.0; k++) {
            size_t u = (k + 1) % 3, v = (k + 2) % 3, at = (size_t)OST_WIDTH * i;
            double moves_u = s->held[i] >> u & 1 ? 0.0 : share;
            double moves_v = s->held[i] >> v & 1 ? 0.0 : share;
            motion[k * length + at + k] = s->held[i] >> k & 1 ? 0.0 : share;
            motion[(3 + k) * length + at + u] = moves_u * (middle[v] - p[v]);
            motion[(3 + k) * length + at + v] = moves_v * (p[u] - middle[u]);
        }
    }
}

/* False where the motions are not independent: the pieces are left as they are. */
static bool multiply_out(struct pieces *p, const struct ost_fem_system *s)
{
    for (size_t i = 0; i < p->count; i++)
        (void)ost_blocks_multiply(&s->k, p->motion + i * p->length, p->stiffness + i * p->length);
    for (size_t i = 0; i < p->count; i++) {
        for (size_t j = 0; j < p->count; j++)
            p->factor[i * p->count + j] =
                ost_rows_dot(p->motion + i * p->length, p->stiffness + j * p->length, p->length);
    }
    return ost_cholesky(p->factor, p->count);
}

static bool make_room(struct pieces *p, const struct ost_fem_system *s, uint32_t count,
                      struct ost_err *err)
{
    p->length = (size_t)OST_WIDTH * s->k.rows;
    p->count = (size_t)MOTIONS * count;
    p->motion = calloc(p->count * p->length + 1, sizeof *p->motion);
    p->stiffness = calloc(p->count * p->length + 1, sizeof *p->stiffness);
    p->factor = calloc(p->count * p->count, sizeof *p->factor);
    return (p->motion != NULL && p->stiffness != NULL && p->factor != NULL) ||
           ost_fail(err, OST_NOMEM, "pieces: no room for %u of them", count);
}

static bool fill(struct pieces **out, const struct ost_fem_system *s,
                 const struct ost_fem_problem *problem, const uint32_t *root,
                 const uint32_t *chosen, uint32_t count, struct ost_err *err)
{
    OST_AUTO(pieces) p = calloc(1, sizeof *p);
    double *share = NULL;
    if (p == NULL)
        return ost_fail(err, OST_NOMEM, "pieces: out of memory");
    if (!make_room(p, s, count, err) || !pieces_share(problem, root, chosen, count, &share, err))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct part part = {root, chosen[i], share + i, count};
        fill_motions(s, problem->mesh, &part, p->motion + MOTIONS * i * p->length, p->length);
    }
    free(share);
    if (multiply_out(p, s))
        *out = ost_steal(&p);
    return true;
}

bool pieces_create(struct pieces **out, const struct ost_fem_system *system,
                   const struct ost_fem_problem *problem, struct ost_err *err)
{
    size_t nodes = problem->mesh->node_count;
    uint32_t *parent = malloc((nodes + 1) * sizeof *parent),
             *root = malloc((nodes + 1) * sizeof *root);
    uint32_t chosen[PIECES_MOST];
    bool ok = parent != NULL && root != NULL;
    *out = NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "pieces: no room for %zu nodes", nodes);
    if (ok) {
        find_hard(problem, parent, root);
        uint32_t count = choose(root, (uint32_t)nodes, parent, chosen);
        ok = count == 0 || fill(out, system, problem, root, chosen, count, err);
    }
    free(parent);
    free(root);
    return ok;
}

void pieces_correct(const struct pieces *pieces, const double *r, double *z)
{
    double part[MOTIONS * PIECES_MOST];
    for (size_t i = 0; i < pieces->count; i++) {
        size_t at = i * pieces->length;
        part[i] = ost_rows_dot(pieces->motion + at, r, pieces->length) -
                  ost_rows_dot(pieces->stiffness + at, z, pieces->length);
    }
    ost_cholesky_solve(pieces->factor, pieces->count, part);
    for (size_t i = 0; i < pieces->count; i++) {
        const double *motion = pieces->motion + i * pieces->length;
        for (size_t k = 0; k < pieces->length; k++)
            z[k] += part[i] * motion[k];
    }
}
