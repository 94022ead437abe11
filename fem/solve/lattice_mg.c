#include "fem/mesh/sets.h"
#include "fem/solve/level_impl.h"
#include "fem/solve/multigrid_impl.h"
#include "recon/math/dense.h"
#include "recon/math/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct multigrid {
    struct level level[MULTIGRID_LEVELS];
    int count;
    uint32_t rows;
    double *factor; /* owned; Cholesky factor of the coarsest matrix, NULL without */
    double *work;   /* owned; its right side */
};

void level_fini(struct level *level, bool finest)
{
    if (!finest) {
        free(level->first);
        free(level->column);
        free(level->value);
    }
    free(level->inverse);
    free(level->seat);
    free(level->site);
    free(level->cell);
    free(level->part);
    free(level->corner);
    free(level->x);
    free(level->b);
    free(level->r);
    free(level->d);
    *level = (struct level){0};
}

void multigrid_destroy(struct multigrid *multigrid)
{
    if (multigrid == NULL)
        return;
    for (int i = 0; i < MULTIGRID_LEVELS; i++)
        level_fini(&multigrid->level[i], i == 0);
    free(multigrid->factor);
    free(multigrid->work);
    free(multigrid);
}

static void solve_bottom(struct multigrid *mg)
{
    struct level *l = &mg->level[mg->count - 1];
    size_t n = (size_t)3 * l->rows;
    for (size_t i = 0; i < n; i++)
        mg->work[i] = (double)l->b[i / 3 * OST_WIDTH + i % 3];
    ost_cholesky_solve(mg->factor, n, mg->work);
    for (size_t i = 0; i < n; i++)
        l->x[i / 3 * OST_WIDTH + i % 3] = (float)mg->work[i];
}

/* One V-cycle from level `at` down: x from b. */
static void cycle(struct multigrid *mg, int at)
{
    struct level *l = &mg->level[at];
    if (at == mg->count - 1 && mg->factor != NULL) {
        solve_bottom(mg);
        return;
    }
    level_smooth_down(l);
    if (at + 1 < mg->count) {
        level_restrict(l, &mg->level[at + 1]);
        cycle(mg, at + 1);
        level_prolong(&mg->level[at + 1], l);
    }
    level_smooth_up(l);
}

uint64_t multigrid_bytes(const struct multigrid *multigrid)
{
    uint64_t bytes = 0;
    for (int i = 0; i < multigrid->count; i++) {
        const struct level *l = &multigrid->level[i];
        uint64_t rows = l->rows, blocks = l->first[l->rows], steps = (uint64_t)l->steps;
        if (i == multigrid->count - 1 && multigrid->factor != NULL)
            return bytes + 9 * rows * rows * sizeof(double);
        /* Down and up a matrix, the inverse, and x, r and d or b, of which most are read too;
         * from x = 0 they are but written. */
        bytes += 2 * steps * (40 * blocks + (36 + 5 * 16) * rows) - 2 * 16 * rows;
        /* Cells, parts and a vector, down and up. */
        bytes += 2 * (16 + 32) * rows;
    }
    return bytes;
}

void multigrid_apply(struct multigrid *multigrid, const double *r, double norm, double *z)
{
    struct level *l = &multigrid->level[0];
    size_t count = (size_t)OST_WIDTH * l->rows;
    /* A float holds few decades: the residual is scaled before it becomes one. */
    double scale = norm > 0.0 && isfinite(norm) ? 1.0 / norm : 1.0;
    for (size_t i = 0; i < count; i++)
        l->b[i] = (float)(r[i] * scale);
    cycle(multigrid, 0);
    for (size_t i = 0; i < count; i++)
        z[i] = (double)l->x[i] / scale;
}

/* The inverse of a symmetric 3x3 block, lifted a little against empty supports. */
static void invert(const float *block, float *inverse)
{
    double m[9], lift = 1e-6 * ((double)block[0] + (double)block[4] + (double)block[8]) / 3.0;
    for (int k = 0; k < 9; k++)
        m[k] = (double)block[k] + (k % 4 == 0 ? lift : 0.0);
    double c0 = m[4] * m[8] - m[5] * m[7], c1 = m[5] * m[6] - m[3] * m[8];
    double c2 = m[3] * m[7] - m[4] * m[6];
    double det = m[0] * c0 + m[1] * c1 + m[2] * c2;
    const double adjugate[9] = {c0, m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
                                c1, m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
                                c2, m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
    for (int k = 0; k < 9; k++)
        inverse[k] = det > 0.0 ? (float)(adjugate[k] / det) : 0.0F;
}

static bool finish_level(struct level *l, struct ost_err *err)
{
    size_t count = ((size_t)l->rows + 1) * OST_WIDTH;
    l->inverse = calloc((size_t)9 * l->rows + 9, sizeof *l->inverse);
    l->x = calloc(count, sizeof *l->x);
    l->b = calloc(count, sizeof *l->b);
    l->r = calloc(count, sizeof *l->r);
    l->d = l->steps > 1 ? calloc(count, sizeof *l->d) : NULL;
    if (l->inverse == NULL || l->x == NULL || l->b == NULL || l->r == NULL ||
        (l->d == NULL && l->steps > 1))
        return ost_fail(err, OST_NOMEM, "multigrid: no room for %u rows", l->rows);
    for (uint32_t i = 0; i < l->rows; i++)
        invert(l->value + (size_t)9 * l->first[i], l->inverse + (size_t)9 * i);
    return true;
}

/* Pieces that hang together, numbered as they are met; `parent` is of every node. */
static bool number_pieces(struct level *l, const struct ost_fem_system *s, uint32_t *parent,
                          uint32_t nodes, struct ost_err *err)
{
    enum { MOST = 60000 }; /* of them a key has room for */
    uint32_t count = 0, *number = malloc(((size_t)nodes + 1) * sizeof *number);
    if (number == NULL)
        return ost_fail(err, OST_NOMEM, "multigrid: no room for %u nodes", nodes);
    for (uint32_t n = 0; n < nodes; n++)
        number[n] = parent[n] == n ? count++ : 0;
    for (uint32_t i = 0; i < l->rows; i++)
        l->seat[i].site.piece = number[ost_sets_root(parent, s->node_of_row[i])];
    free(number);
    return count <= MOST ||
           ost_fail(err, OST_LIMIT, "multigrid: a body of %u pieces; leave islands out", count);
}

/* The finest level: the matrix' first halves, and every row's piece. */
static bool seat_finest(struct level *l, const struct ost_fem_system *s,
                        const struct ost_tet_mesh *mesh, struct ost_err *err)
{
    l->rows = s->k.rows;
    l->first = s->k.first;
    l->column = s->k.column;
    l->held = s->some_held ? s->held : NULL;
    l->value = s->k.value;
    l->seat = calloc((size_t)l->rows + 1, sizeof *l->seat);
    uint32_t *parent = malloc(((size_t)mesh->node_count + 1) * sizeof *parent);
    bool ok = l->seat != NULL && parent != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "multigrid: no room for %u rows", l->rows);
    if (ok)
        ost_sets_begin(parent, mesh->node_count);
    for (uint32_t e = 0; e < mesh->tet_count && ok; e++) {
        uint32_t node[10], nodes = ost_tet_nodes(mesh, e, node);
        for (uint32_t k = 1; k < nodes; k++) {
            if (parent[node[k]] != parent[node[0]])
                (void)ost_sets_join(parent, node[0], node[k]);
        }
    }
    ok = ok && number_pieces(l, s, parent, mesh->node_count, err);
    free(parent);
    return ok;
}

/*
 * Sides of the first cells, measured: with four nodes two and a half edges, of which larger ones
 * save time and cost iterations, most with a contrast of 1e9; with ten, whose nodes stand half
 * as far apart, and across a fracture as little as may be. Never shorter than the longest edge.
 */
static double cell_side(const struct ost_tet_mesh *mesh, bool small)
{
    double sum = 0.0, longest = 0.0;
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        for (int k = 0; k < 6; k++) {
            const double *p = mesh->node[mesh->tet[e][ost_tet_edge[k][0]]];
            const double *q = mesh->node[mesh->tet[e][ost_tet_edge[k][1]]];
            double length = ost_distance(p, q);
            sum += length;
            longest = length > longest ? length : longest;
        }
    }
    double wanted = small ? 0.0 : 2.5 * sum / (6.0 * mesh->tet_count);
    return fmax(wanted, 1.001 * longest);
}

static bool place_finest(struct level *l, const struct ost_fem_system *s,
                         const struct ost_tet_mesh *mesh, bool small, struct ost_err *err)
{
    double h = cell_side(mesh, small), low[3];
    memcpy(low, mesh->node[0], sizeof low);
    for (uint32_t n = 0; n < mesh->node_count; n++) {
        for (int k = 0; k < 3; k++)
            low[k] = fmin(low[k], mesh->node[n][k]);
    }
    for (uint32_t i = 0; i < l->rows; i++) {
        for (int k = 0; k < 3; k++) {
            double x = (mesh->node[s->node_of_row[i]][k] - low[k]) / h;
            if (!(x < 30000.0))
                return ost_fail(err, OST_LIMIT, "multigrid: a body of %g cells", x);
            l->seat[i].site.place[k] = (int32_t)floor(x);
            l->seat[i].part[k] = (float)(x - floor(x));
        }
    }
    return true;
}

bool multigrid_seat(struct level *level, const struct ost_fem_system *system,
                    const struct ost_tet_mesh *mesh, bool careful, struct ost_err *err)
{
    bool small = careful || mesh->middle != NULL;
    level->steps = small ? 2 : 1;
    return seat_finest(level, system, mesh, err) && place_finest(level, system, mesh, small, err);
}

/* The coarsest matrix as a dense one, its diagonal lifted by a share. */
static void fill_bottom(struct multigrid *mg, double lift)
{
    const struct level *l = &mg->level[mg->count - 1];
    size_t n = (size_t)3 * l->rows;
    memset(mg->factor, 0, n * n * sizeof *mg->factor);
    for (uint32_t i = 0; i < l->rows; i++) {
        for (size_t m = (size_t)9 * l->first[i]; m < (size_t)9 * l->first[i + 1]; m++) {
            /* Below the diagonal, where the factor is looked for, stands the mirror image. */
            size_t row = (size_t)3 * i + m % 9 / 3, column = (size_t)3 * l->column[m / 9] + m % 3;
            mg->factor[row * n + column] += (double)l->value[m];
        }
    }
    for (size_t i = 0; i < n; i++)
        mg->factor[i * n + i] = mg->factor[i * n + i] * (1.0 + lift) + 1e-30;
}

/* A dense factor of the coarsest matrix; without one its level is smoothed only. */
static bool factor_bottom(struct multigrid *mg, struct ost_err *err)
{
    static const double lift[5] = {1e-5, 1e-4, 1e-3, 1e-2, 1e-1};
    size_t n = (size_t)3 * mg->level[mg->count - 1].rows;
    mg->factor = malloc((n * n + 1) * sizeof *mg->factor);
    mg->work = malloc((n + 1) * sizeof *mg->work);
    if (mg->factor == NULL || mg->work == NULL)
        return ost_fail(err, OST_NOMEM, "multigrid: no room for %zu unknowns", n);
    for (size_t i = 0; i < sizeof lift / sizeof lift[0]; i++) {
        fill_bottom(mg, lift[i]);
        if (ost_cholesky(mg->factor, n))
            return true;
    }
    free(mg->factor);
    mg->factor = NULL;
    return true;
}

bool multigrid_create(struct multigrid **out, const struct ost_fem_system *system,
                      const struct ost_tet_mesh *mesh, bool careful, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(multigrid) mg = calloc(1, sizeof *mg);
    if (mg == NULL)
        return ost_fail(err, OST_NOMEM, "multigrid: out of memory");
    if (!multigrid_seat(&mg->level[0], system, mesh, careful, err) ||
        !finish_level(&mg->level[0], err))
        return false;
    mg->count = 1;
    while (mg->count < MULTIGRID_LEVELS && mg->level[mg->count - 1].rows > MULTIGRID_BOTTOM) {
        struct level *fine = &mg->level[mg->count - 1], *coarse = &mg->level[mg->count];
        coarse->steps = 2;
        if (!level_settle(fine, coarse, err) || !level_multiply_out(fine, coarse, err) ||
            !finish_level(coarse, err))
            return false;
        free(fine->site);
        fine->site = NULL;
        mg->count++;
        if (!level_shrinks(fine, coarse))
            break;
    }
    if (mg->level[mg->count - 1].rows <= 4 * MULTIGRID_BOTTOM && !factor_bottom(mg, err))
        return false;
    *out = ost_steal(&mg);
    return true;
}
