#include "fem/mesh/sets.h"
#include "fem/solve/problem.h"
#include "recon/math/dense.h"
#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers the connected pieces: piece[n] is that of node n; returns how many there are. */
static uint32_t number_pieces(const struct ost_tet_mesh *mesh, uint32_t *parent, uint32_t *piece)
{
    ost_sets_begin(parent, mesh->node_count);
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        uint32_t node[10], nodes = ost_tet_nodes(mesh, e, node);
        for (uint32_t k = 1; k < nodes; k++) {
            if (parent[node[k]] != parent[node[0]])
                (void)ost_sets_join(parent, node[0], node[k]);
        }
    }
    uint32_t count = 0;
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        uint32_t root = ost_sets_root(parent, n);
        piece[n] = root == n ? count++ : piece[root];
    }
    return count;
}

/* What the held components see of the six rigid motions about `centre`: a Gram matrix. */
struct grip {
    double gram[36];
    double centre[3];
    uint32_t first; /* node */
    uint32_t nodes, held;
};

static void add_to_grip(struct grip *g, const double point[3], unsigned held, double scale)
{
    double from[3];
    ost_sub(point, g->centre, from);
    for (int axis = 0; axis < 3; axis++) {
        if (!(held >> axis & 1))
            continue;
        int u = (axis + 1) % 3, v = (axis + 2) % 3;
        double mode[6] = {0.0};
        mode[axis] = 1.0;
        mode[3 + u] = from[v] / scale;
        mode[3 + v] = -from[u] / scale;
        for (int i = 0; i < 36; i++)
            g->gram[i] += mode[i / 6] * mode[i % 6];
        g->held++;
    }
}

/* The smallest eigenvalue tells whether some motion is not held at all. */
static bool grips(struct grip *g)
{
    double value[6], vector[36];
    if (g->held < 6)
        return false;
    ost_eigen_symmetric(g->gram, 6, value, vector);
    return value[5] > 1e-8 * value[0];
}

static double size_of(const struct ost_tet_mesh *mesh)
{
    double low[3], high[3];
    memcpy(low, mesh->node[0], sizeof low);
    memcpy(high, mesh->node[0], sizeof high);
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        for (int k = 0; k < 3; k++) {
            low[k] = fmin(low[k], mesh->node[n][k]);
            high[k] = fmax(high[k], mesh->node[n][k]);
        }
    }
    return ost_distance(low, high);
}

static void fill_grips(const struct ost_fem_problem *p, const uint32_t *piece, struct grip *grip,
                       uint32_t count)
{
    const struct ost_tet_mesh *mesh = p->mesh;
    double scale = size_of(mesh);
    for (uint32_t n = mesh->node_count; n-- > 0;) {
        struct grip *g = &grip[piece[n]];
        g->first = n;
        if (p->held[n] == 0)
            continue;
        g->nodes++;
        ost_add(g->centre, mesh->node[n], g->centre);
    }
    for (uint32_t i = 0; i < count; i++) {
        for (int k = 0; k < 3 && grip[i].nodes > 0; k++)
            grip[i].centre[k] /= grip[i].nodes;
    }
    for (uint32_t n = 0; n < mesh->node_count; n++)
        add_to_grip(&grip[piece[n]], mesh->node[n], p->held[n], scale);
}

/* Every connected piece must be held against all six rigid motions. */
static bool check_grip(const struct ost_fem_problem *p, uint32_t *parent, uint32_t *piece,
                       struct ost_err *err)
{
    uint32_t count = number_pieces(p->mesh, parent, piece), free_nodes = 0;
    for (uint32_t n = 0; n < p->mesh->node_count; n++)
        free_nodes += p->held[n] != 7;
    if (free_nodes == 0)
        return ost_fail(err, OST_INVALID, "problem: every node is held; nothing can move");
    struct grip *grip = calloc((size_t)count + 1, sizeof *grip);
    if (grip == NULL)
        return ost_fail(err, OST_NOMEM, "problem: no room for %u pieces", count);
    fill_grips(p, piece, grip, count);
    bool ok = true;
    for (uint32_t i = 0; i < count && ok; i++) {
        if (!grips(&grip[i])) {
            ok = ost_fail(err, OST_INVALID,
                          "the piece of node %u is free to move; hold three of its nodes",
                          grip[i].first);
        }
    }
    free(grip);
    return ok;
}

/* Inside an element of ten nodes, above zero, and of something without a tangent. */
static bool check_shares(const struct ost_fem_problem *p, struct ost_err *err)
{
    if (p->share == NULL)
        return true;
    if (p->mesh->middle == NULL || p->tangent != NULL) {
        return ost_fail(err, OST_INVALID,
                        "a modulus that varies inside an element is for ten nodes, and for what "
                        "does not yield");
    }
    for (uint32_t e = 0; e < p->mesh->tet_count; e++) {
        for (int q = 0; q < 4; q++) {
            if (!(p->share[e][q] > 0.0 && p->share[e][q] <= 1e6)) {
                return ost_fail(err, OST_INVALID, "element %u has %g of its modulus at a point", e,
                                p->share[e][q]);
            }
        }
    }
    return true;
}

static bool check_values(const struct ost_fem_problem *p, struct ost_err *err)
{
    if (!(p->poisson > -1.0 && p->poisson < 0.4999)) {
        return ost_fail(err, OST_INVALID, "Poisson's ratio %g; give one from -1 to 0.499",
                        p->poisson);
    }
    for (uint32_t e = 0; e < p->mesh->tet_count; e++) {
        if (!(p->modulus[e] > 0.0 && p->modulus[e] < 1e9)) {
            return ost_fail(err, OST_INVALID, "element %u has a modulus of %g MPa", e,
                            p->modulus[e]);
        }
    }
    for (uint32_t n = 0; n < p->mesh->node_count; n++) {
        double sum = ost_dot(p->force[n], p->force[n]);
        if (p->place != NULL)
            sum += ost_dot(p->place[n], p->place[n]);
        if (!isfinite(sum) || p->held[n] > 7)
            return ost_fail(err, OST_INVALID, "node %u has a load or hold that is no number", n);
    }
    return check_shares(p, err);
}

/* Each on a face of its element, which has four nodes, and stiff by a number. */
static bool check_membranes(const struct ost_fem_problem *p, struct ost_err *err)
{
    const struct ost_fem_membranes *all = p->membranes;
    if (p->mesh->middle != NULL)
        return ost_fail(err, OST_INVALID, "membranes lie on elements of four nodes");
    for (uint32_t i = 0; i < all->count; i++) {
        unsigned met = 0;
        bool good = isfinite(all->stiffness[i]) && all->stiffness[i] >= 0.0 &&
                    all->tet[i] < p->mesh->tet_count;
        for (int k = 0; k < 4 && good; k++)
            for (int c = 0; c < 3; c++)
                met |= p->mesh->tet[all->tet[i]][k] == all->face[i][c] ? 1U << c : 0;
        if (!good || met != 7)
            return ost_fail(err, OST_INVALID, "membrane %u lies on no element or is not stiff", i);
    }
    return true;
}

/* Only what is on a diagonal of either must be more than nothing. */
static bool check_extra(const struct ost_fem_problem *p, struct ost_err *err)
{
    static const int diagonal[6] = {0, 6, 11, 15, 18, 20};
    for (uint32_t e = 0; e < p->mesh->tet_count && p->tangent != NULL; e++) {
        bool good = true;
        for (int k = 0; k < 6; k++)
            good = good && p->tangent[e][diagonal[k]] > 0.0;
        for (int k = 0; k < 21; k++)
            good = good && isfinite(p->tangent[e][k]);
        if (!good)
            return ost_fail(err, OST_INVALID, "element %u has a tangent that is none", e);
    }
    for (uint32_t n = 0; n < p->mesh->node_count && p->spring != NULL; n++) {
        bool good = p->spring[n][0] >= 0.0 && p->spring[n][1] >= 0.0 && p->spring[n][2] >= 0.0;
        for (int k = 0; k < 6; k++)
            good = good && isfinite(p->spring[n][k]);
        if (!good)
            return ost_fail(err, OST_INVALID, "node %u has a spring that pushes", n);
    }
    return p->membranes == NULL || check_membranes(p, err);
}

/* Something must push: a force where the body may move, or a hold that moves it. */
static bool check_load(const struct ost_fem_problem *p, struct ost_err *err)
{
    for (size_t at = 0; at < (size_t)3 * p->mesh->node_count; at++) {
        size_t n = at / 3, k = at % 3;
        bool held = p->held[n] >> k & 1;
        if (held ? p->place != NULL && p->place[n][k] != 0.0 : p->force[n][k] != 0.0)
            return true;
    }
    return ost_fail(err, OST_INVALID,
                    "nothing is loaded; put a force on a node that may move, or move a held one");
}

/* A node of no element has no stiffness: what is put on it goes nowhere. */
static bool check_use(const struct ost_fem_problem *p, struct ost_err *err)
{
    unsigned char *used = calloc((size_t)p->mesh->node_count + 1, 1);
    if (used == NULL)
        return ost_fail(err, OST_NOMEM, "problem: no room for %u nodes", p->mesh->node_count);
    for (uint32_t e = 0; e < p->mesh->tet_count; e++) {
        uint32_t node[10], count = ost_tet_nodes(p->mesh, e, node);
        for (uint32_t k = 0; k < count; k++)
            used[node[k]] = 1;
    }
    bool ok = true;
    for (uint32_t n = 0; n < p->mesh->node_count && ok; n++) {
        if (!used[n] && p->held[n] != 7)
            ok = ost_fail(err, OST_INVALID, "node %u belongs to no element; leave it out", n);
    }
    free(used);
    return ok;
}

bool ost_fem_problem_check(const struct ost_fem_problem *problem, struct ost_err *err)
{
    if (!ost_tet_mesh_check(problem->mesh, err) || !check_values(problem, err) ||
        !check_extra(problem, err) || !check_load(problem, err) || !check_use(problem, err))
        return ost_err_note(err, "problem");
    size_t nodes = problem->mesh->node_count;
    uint32_t *parent = calloc(nodes + 1, sizeof *parent);
    uint32_t *piece = calloc(nodes + 1, sizeof *piece);
    bool ok = parent != NULL && piece != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "problem: no room for %zu nodes", nodes);
    ok = ok && check_grip(problem, parent, piece, err);
    free(parent);
    free(piece);
    return ok;
}
