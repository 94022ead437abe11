#include "fem/mesh/quality.h"
#include "fem/mesh/sets.h"
#include "fem/solve/level_impl.h"
#include "fem/solve/multigrid_impl.h"
#include "recon/math/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OST_LEVELS = 16, OST_BOTTOM = 200 };

struct multigrid {
    struct level level[OST_LEVELS];
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
    free(level->parent);
    free(level->weight);
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
    for (int i = 0; i < OST_LEVELS; i++)
        level_fini(&multigrid->level[i], i == 0);
    free(multigrid->factor);
    free(multigrid->work);
    free(multigrid);
}

/* Four numbers at once: a block's column and one beyond it, which nobody looks at. */
typedef float lanes __attribute__((vector_size(16)));

/* r = b - A x */
static void residual(const struct level *l, const float *x, const float *b, float *r)
{
    for (uint32_t i = 0; i < l->rows; i++) {
        lanes s0 = {0.0F}, s1 = {0.0F}, s2 = {0.0F}, column;
        for (size_t k = l->first[i]; k < l->first[i + 1]; k++) {
            const float *a = l->value + 9 * k, *v = x + (size_t)3 * l->column[k];
            memcpy(&column, a, sizeof column);
            s0 += column * v[0];
            memcpy(&column, a + 3, sizeof column);
            s1 += column * v[1];
            memcpy(&column, a + 6, sizeof column);
            s2 += column * v[2];
        }
        s0 += s1 + s2;
        for (size_t c = 0; c < 3; c++)
            r[(size_t)3 * i + c] = b[(size_t)3 * i + c] - s0[c];
    }
}

/* d = keep * d + gain * D^-1 r; the inverses are symmetric and read by columns. */
static void jacobi(const struct level *l, const float *r, float keep, float gain, float *d)
{
    for (uint32_t i = 0; i < l->rows; i++) {
        const float *m = l->inverse + (size_t)9 * i, *v = r + (size_t)3 * i;
        float *out = d + (size_t)3 * i;
        for (int k = 0; k < 3; k++) {
            out[k] = keep * out[k] + gain * (m[k] * v[0] + m[k + 3] * v[1] + m[k + 6] * v[2]);
        }
    }
}

static void add(float *x, const float *d, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] += d[i];
}

/*
 * Steps of Chebyshev iteration for the upper part of the spectrum (Adams et al. 2003),
 * from x with residual r; both are updated, the residual to all steps but the last.
 */
static void smooth(struct level *l, float *x, float *r)
{
    size_t count = (size_t)3 * l->rows;
    double high = l->lambda, low = high / (l->steps > 2 ? 20.0 : 6.0);
    double theta = 0.5 * (high + low), delta = 0.5 * (high - low);
    double sigma = theta / delta, before = 1.0 / sigma;
    jacobi(l, r, 0.0F, (float)(1.0 / theta), l->d);
    add(x, l->d, count);
    for (int step = 1; step < l->steps; step++) {
        double rho = 1.0 / (2.0 * sigma - before);
        residual(l, l->d, r, r);
        jacobi(l, r, (float)(rho * before), (float)(2.0 * rho / delta), l->d);
        add(x, l->d, count);
        before = rho;
    }
}

static void restrict_to(const struct level *fine, struct level *coarse)
{
    memset(coarse->b, 0, (size_t)3 * coarse->rows * sizeof *coarse->b);
    for (uint32_t i = 0; i < fine->rows; i++) {
        const float *r = fine->r + (size_t)3 * i;
        for (int c = 0; c < 8; c++) {
            if (fine->parent[i][c] == OST_NO_ROW)
                continue;
            float *b = coarse->b + (size_t)3 * fine->parent[i][c], w = fine->weight[i][c];
            b[0] += w * r[0];
            b[1] += w * r[1];
            b[2] += w * r[2];
        }
    }
}

static void prolong_from(const struct level *coarse, struct level *fine)
{
    for (uint32_t i = 0; i < fine->rows; i++) {
        float sum[3] = {0.0F, 0.0F, 0.0F};
        for (int c = 0; c < 8; c++) {
            if (fine->parent[i][c] == OST_NO_ROW)
                continue;
            const float *x = coarse->x + (size_t)3 * fine->parent[i][c];
            float w = fine->weight[i][c];
            sum[0] += w * x[0];
            sum[1] += w * x[1];
            sum[2] += w * x[2];
        }
        for (unsigned k = 0; k < 3; k++) {
            bool held = fine->held != NULL && (fine->held[i] >> k & 1);
            fine->x[(size_t)3 * i + k] += held ? 0.0F : sum[k];
        }
    }
}

static void solve_bottom(struct multigrid *mg)
{
    struct level *l = &mg->level[mg->count - 1];
    size_t n = (size_t)3 * l->rows;
    for (size_t i = 0; i < n; i++)
        mg->work[i] = (double)l->b[i];
    ost_cholesky_solve(mg->factor, n, mg->work);
    for (size_t i = 0; i < n; i++)
        l->x[i] = (float)mg->work[i];
}

/* One V-cycle from level `at` down: x from b. */
static void cycle(struct multigrid *mg, int at)
{
    struct level *l = &mg->level[at];
    size_t bytes = (size_t)3 * l->rows * sizeof *l->x;
    if (at == mg->count - 1 && mg->factor != NULL) {
        solve_bottom(mg);
        return;
    }
    memset(l->x, 0, bytes);
    memcpy(l->r, l->b, bytes);
    smooth(l, l->x, l->r);
    if (at + 1 < mg->count) {
        residual(l, l->x, l->b, l->r);
        restrict_to(l, &mg->level[at + 1]);
        cycle(mg, at + 1);
        prolong_from(&mg->level[at + 1], l);
    }
    residual(l, l->x, l->b, l->r);
    smooth(l, l->x, l->r);
}

uint64_t multigrid_bytes(const struct multigrid *multigrid)
{
    uint64_t bytes = 0;
    for (int i = 0; i < multigrid->count; i++) {
        const struct level *l = &multigrid->level[i];
        uint64_t rows = l->rows, blocks = l->first[l->rows], steps = (uint64_t)l->steps;
        if (i == multigrid->count - 1 && multigrid->factor != NULL)
            return bytes + 9 * rows * rows * sizeof(double);
        /* Each step: matrix, a residual of three vectors, the inverse with three, an addition. */
        bytes += 2 * steps * (40 * blocks + (36 + 36 + 36 + 36) * rows);
        /* Down and up: parents, weights, a vector. */
        bytes += 2 * (64 + 24) * rows;
    }
    return bytes;
}

void multigrid_apply(struct multigrid *multigrid, const double *r, double *z)
{
    struct level *l = &multigrid->level[0];
    size_t count = (size_t)3 * l->rows;
    double most = 0.0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(r[i]));
    /* A float holds few decades: the residual is scaled before it becomes one. */
    double scale = most > 0.0 && isfinite(most) ? 1.0 / most : 1.0;
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

static void invert_diagonal(struct level *l)
{
    for (uint32_t i = 0; i < l->rows; i++) {
        for (uint32_t k = l->first[i]; k < l->first[i + 1]; k++) {
            if (l->column[k] == i)
                invert(l->value + (size_t)9 * k, l->inverse + (size_t)9 * i);
        }
    }
}

/* The largest eigenvalue of D^-1 A by the power method, a tenth added. */
static void find_lambda(struct level *l)
{
    const int steps = 12;
    size_t count = (size_t)3 * l->rows;
    uint32_t seed = 1;
    memset(l->b, 0, count * sizeof *l->b);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525U + 1013904223U;
        l->x[i] = (float)(seed >> 8) / 16777216.0F - 0.5F;
    }
    double lambda = 1.0;
    for (int step = 0; step < steps; step++) {
        residual(l, l->x, l->b, l->r);
        jacobi(l, l->r, 0.0F, -1.0F, l->d);
        double before = 0.0, after = 0.0;
        for (size_t i = 0; i < count; i++) {
            before += (double)l->x[i] * (double)l->x[i];
            after += (double)l->d[i] * (double)l->d[i];
        }
        if (!(after > 0.0) || !(before > 0.0))
            break;
        lambda = sqrt(after / before);
        for (size_t i = 0; i < count; i++)
            l->x[i] = (float)((double)l->d[i] / sqrt(after));
    }
    l->lambda = 1.1 * lambda;
}

static bool finish_level(struct level *l, struct ost_err *err)
{
    size_t count = (size_t)3 * l->rows + 3;
    l->inverse = calloc((size_t)9 * l->rows + 9, sizeof *l->inverse);
    l->x = calloc(count, sizeof *l->x);
    l->b = calloc(count, sizeof *l->b);
    l->r = calloc(count, sizeof *l->r);
    l->d = calloc(count, sizeof *l->d);
    if (l->inverse == NULL || l->x == NULL || l->b == NULL || l->r == NULL || l->d == NULL)
        return ost_fail(err, OST_NOMEM, "multigrid: no room for %u rows", l->rows);
    invert_diagonal(l);
    find_lambda(l);
    return true;
}

/* The finest level: the matrix' first halves, and every row's place in the first lattice. */
static bool seat_finest(struct level *l, const struct ost_fem_system *s,
                        const struct ost_tet_mesh *mesh, struct ost_err *err)
{
    l->rows = s->k.rows;
    l->first = s->k.first;
    l->column = s->k.column;
    l->held = s->some_held ? s->held : NULL;
    l->value = s->k.value;
    l->steps = mesh->middle != NULL ? 3 : 2;
    l->seat = calloc((size_t)l->rows + 1, sizeof *l->seat);
    uint32_t *parent = malloc(((size_t)mesh->node_count + 1) * sizeof *parent);
    bool ok = l->seat != NULL && parent != NULL;
    if (!ok)
        (void)ost_fail(err, OST_NOMEM, "multigrid: no room for %u rows", l->rows);
    if (ok)
        ost_sets_begin(parent, mesh->node_count);
    for (uint32_t e = 0; e < mesh->tet_count && ok; e++) {
        uint32_t node[10], nodes = ost_tet_nodes(mesh, e, node);
        for (uint32_t k = 1; k < nodes; k++)
            (void)ost_sets_join(parent, node[0], node[k]);
    }
    for (uint32_t i = 0; i < l->rows && ok; i++)
        l->seat[i].piece = ost_sets_root(parent, s->node_of_row[i]);
    free(parent);
    return ok;
}

/*
 * Cells of about two edges, and never shorter than the longest edge: larger ones save
 * memory and cost iterations, most with ten nodes and with a contrast of 1e9.
 */
static bool place_finest(struct level *l, const struct ost_fem_system *s,
                         const struct ost_tet_mesh *mesh, struct ost_err *err)
{
    struct ost_tet_quality quality = ost_tet_mesh_quality(mesh);
    double h = fmax(1.8 * quality.mean_edge, 1.001 * quality.max_edge), low[3];
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
            l->seat[i].cell[k] = (int32_t)floor(x);
            l->seat[i].part[k] = (float)(x - floor(x));
        }
    }
    return true;
}

/* The coarsest matrix as a dense one, its diagonal lifted by a share. */
static void fill_bottom(struct multigrid *mg, double lift)
{
    const struct level *l = &mg->level[mg->count - 1];
    size_t n = (size_t)3 * l->rows;
    memset(mg->factor, 0, n * n * sizeof *mg->factor);
    for (uint32_t i = 0; i < l->rows; i++) {
        for (size_t m = (size_t)9 * l->first[i]; m < (size_t)9 * l->first[i + 1]; m++) {
            size_t row = (size_t)3 * i + m % 3, column = (size_t)3 * l->column[m / 9];
            mg->factor[(column + m % 9 / 3) * n + row] += (double)l->value[m];
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
                      const struct ost_tet_mesh *mesh, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(multigrid) mg = calloc(1, sizeof *mg);
    if (mg == NULL)
        return ost_fail(err, OST_NOMEM, "multigrid: out of memory");
    if (!seat_finest(&mg->level[0], system, mesh, err) ||
        !place_finest(&mg->level[0], system, mesh, err) || !finish_level(&mg->level[0], err))
        return false;
    mg->count = 1;
    while (mg->count < OST_LEVELS && mg->level[mg->count - 1].rows > OST_BOTTOM) {
        struct level *fine = &mg->level[mg->count - 1], *coarse = &mg->level[mg->count];
        if (!level_coarsen(fine, coarse, err))
            return false;
        free(fine->seat);
        fine->seat = NULL;
        coarse->steps = 2;
        if (!finish_level(coarse, err))
            return false;
        mg->count++;
        if (coarse->rows * 10 > fine->rows * 9)
            break;
    }
    if (mg->level[mg->count - 1].rows <= 4 * OST_BOTTOM && !factor_bottom(mg, err))
        return false;
    *out = ost_steal(&mg);
    return true;
}
