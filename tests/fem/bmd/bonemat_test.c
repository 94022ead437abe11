/*
 * Rung V8: what the three ways of Bonemat come to, written here a second time after the published
 * algorithm (Taddei 2007; its natural coordinates in four steps), element by element, with nothing
 * of ours but the mesh; and V3 against the integral itself, by cutting elements up.
 */
#include "fem/bmd/map.h"
#include "fem/mesh/stuff.h"
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 49 };
/* Off the lattice: a voxel on the face between two elements would be a matter of rounding. */
static const double origin[3] = {-14.413, -14.396, -14.371}, spacing = 0.6;

/* A cortex of 1.6 mm round trabeculae that are not alike: what a voxel at x, y, z holds. */
static double mineral(double x, double y, double z)
{
    double r = sqrt(x * x + y * y + z * z);
    double inner = 220.0 + 90.0 * sin(1.7 * x) * cos(2.3 * y + z);
    return r > 10.5 ? 0.0 : r > 8.4 ? 1080.0 + 40.0 * sin(3.0 * z) : inner;
}

static double modulus(double mineral_density)
{
    double ash = 0.877 * mineral_density / 1000.0 + 0.079;
    return mineral_density > 0.0 ? 10200.0 * pow(ash, 2.01) : 0.0;
}

static double law(const void *user, double density)
{
    (void)user;
    return modulus(density);
}

static double ball(const void *user, const double p[3])
{
    (void)user;
    return sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]) - 9.5;
}

/* The image as an array of its own: image[k][j][i]. */
static float image[N][N][N], moduli[N][N][N];

/* By hand: weights of the eight voxels round a point. */
static double read_at(float (*a)[N][N], const double p[3])
{
    int i[3];
    double w[3], sum = 0.0;
    for (int d = 0; d < 3; d++) {
        double t = (p[d] - origin[d]) / spacing;
        i[d] = (int)floor(t);
        w[d] = t - i[d];
    }
    for (int c = 0; c < 8; c++) {
        double part =
            (c & 1 ? w[0] : 1.0 - w[0]) * (c & 2 ? w[1] : 1.0 - w[1]) * (c & 4 ? w[2] : 1.0 - w[2]);
        sum += part * (double)a[i[2] + (c >> 2)][i[1] + (c >> 1 & 1)][i[0] + (c & 1)];
    }
    return sum;
}

/* Natural coordinates in steps, those within: Bonemat's mean over an element. */
static double steps_mean(float (*a)[N][N], const double x[4][3])
{
    const int steps = 4;
    double sum = 0.0;
    int count = 0;
    for (int r = 0; r < steps; r++) {
        for (int s = 0; s < steps; s++) {
            for (int t = 0; t < steps; t++) {
                double l[4] = {0.0, (r + 0.5) / steps, (s + 0.5) / steps, (t + 0.5) / steps}, p[3];
                l[0] = 1.0 - l[1] - l[2] - l[3];
                if (l[0] <= 0.0)
                    continue;
                for (int d = 0; d < 3; d++)
                    p[d] = l[0] * x[0][d] + l[1] * x[1][d] + l[2] * x[2][d] + l[3] * x[3][d];
                sum += read_at(a, p);
                count++;
            }
        }
    }
    return sum / count;
}

static double det(const double a[3], const double b[3], const double c[3])
{
    return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) +
           a[2] * (b[0] * c[1] - b[1] * c[0]);
}

/* Cramer's rule: the corners' weights at a point. */
static bool is_within(const double x[4][3], const double p[3])
{
    double e[3][3], q[3], l[3];
    for (int k = 0; k < 3; k++)
        for (int d = 0; d < 3; d++)
            e[k][d] = x[k + 1][d] - x[0][d];
    for (int d = 0; d < 3; d++)
        q[d] = p[d] - x[0][d];
    double volume = det(e[0], e[1], e[2]);
    l[0] = det(q, e[1], e[2]) / volume;
    l[1] = det(e[0], q, e[2]) / volume;
    l[2] = det(e[0], e[1], q) / volume;
    return l[0] >= 0.0 && l[1] >= 0.0 && l[2] >= 0.0 && l[0] + l[1] + l[2] <= 1.0;
}

/* Every voxel of the image whose middle lies within; NAN for none. */
static double voxels_mean(const double x[4][3])
{
    double sum = 0.0;
    int count = 0, low[3], high[3];
    for (int d = 0; d < 3; d++) {
        double least = fmin(fmin(x[0][d], x[1][d]), fmin(x[2][d], x[3][d]));
        double most = fmax(fmax(x[0][d], x[1][d]), fmax(x[2][d], x[3][d]));
        low[d] = (int)floor((least - origin[d]) / spacing);
        high[d] = (int)ceil((most - origin[d]) / spacing);
    }
    for (int k = low[2]; k <= high[2]; k++)
        for (int j = low[1]; j <= high[1]; j++)
            for (int i = low[0]; i <= high[0]; i++) {
                const double p[3] = {origin[0] + spacing * i, origin[1] + spacing * j,
                                     origin[2] + spacing * k};
                if (!is_within(x, p))
                    continue;
                sum += (double)image[k][j][i];
                count++;
            }
    return count > 0 ? sum / count : NAN;
}

/* The integral's mean: eight smaller ones, `depth` times, then the middle of each. */
static double cut_mean(const double x[4][3], int depth)
{
    static const int part[8][4] = {{0, 4, 5, 6}, {4, 1, 7, 8}, {5, 7, 2, 9}, {6, 8, 9, 3},
                                   {4, 8, 6, 7}, {4, 5, 7, 6}, {9, 5, 6, 7}, {9, 6, 8, 7}};
    static const int edge[6][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
    double p[10][3], sum = 0.0, middle[3];
    if (depth == 0) {
        for (int d = 0; d < 3; d++)
            middle[d] = 0.25 * (x[0][d] + x[1][d] + x[2][d] + x[3][d]);
        return read_at(moduli, middle);
    }
    for (int i = 0; i < 10; i++)
        for (int d = 0; d < 3; d++)
            p[i][d] = i < 4 ? x[i][d] : 0.5 * (x[edge[i - 4][0]][d] + x[edge[i - 4][1]][d]);
    for (int i = 0; i < 8; i++) {
        double y[4][3];
        for (int k = 0; k < 4; k++)
            for (int d = 0; d < 3; d++)
                y[k][d] = p[part[i][k]][d];
        sum += cut_mean((const double(*)[3])y, depth - 1);
    }
    return sum / 8.0;
}

struct both {
    struct ost_tet_mesh *mesh;
    struct ost_grid *density, *modulus;
    double *ours;
};

static struct both prepare(void)
{
    const uint32_t size[3] = {N, N, N};
    const double step[3] = {spacing, spacing, spacing};
    const struct ost_field field = {.at = ball, .low = {-9.5, -9.5, -9.5}, .high = {9.5, 9.5, 9.5}};
    const struct ost_stuff_options options = ost_stuff_options_default();
    struct both b = {0};
    assert_true(ost_grid_create(&b.density, size, origin, step, NULL));
    for (int v = 0; v < N * N * N; v++) {
        int i = v % N, j = v / N % N, k = v / N / N;
        image[k][j][i] = (float)mineral(origin[0] + spacing * i, origin[1] + spacing * j,
                                        origin[2] + spacing * k);
        moduli[k][j][i] = (float)modulus((double)image[k][j][i]);
        b.density->value[v] = image[k][j][i];
    }
    assert_true(ost_density_apply(b.density, law, NULL, &b.modulus, NULL));
    assert_true(ost_stuff(&field, &options, &b.mesh, NULL, NULL));
    b.ours = calloc(b.mesh->tet_count, sizeof *b.ours);
    return b;
}

static void both_free(struct both *b)
{
    ost_tet_mesh_destroy(b->mesh);
    ost_grid_destroy(b->density);
    ost_grid_destroy(b->modulus);
    free(b->ours);
}

static void corners(const struct ost_tet_mesh *mesh, uint32_t e, double x[4][3])
{
    for (int k = 0; k < 4; k++)
        for (int d = 0; d < 3; d++)
            x[k][d] = mesh->node[mesh->tet[e][k]][d];
}

static void every_element_gets_what_bonemat_gives_it(void **state)
{
    (void)state;
    struct both b = prepare();
    double x[4][3];
    ost_tet_mean(b.mesh, b.modulus, b.ours);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++) { /* V3 */
        corners(b.mesh, e, x);
        double theirs = steps_mean(moduli, (const double(*)[3])x);
        assert_near(b.ours[e] / theirs, 1.0, 1e-5);
    }
    ost_tet_mean(b.mesh, b.density, b.ours);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++) { /* V2 */
        corners(b.mesh, e, x);
        assert_near(modulus(b.ours[e]) / modulus(steps_mean(image, (const double(*)[3])x)), 1.0,
                    1e-5);
    }
    uint32_t some = 0;
    ost_tet_voxel_mean(b.mesh, b.density, b.ours);
    for (uint32_t e = 0; e < b.mesh->tet_count; e++) { /* V1 */
        corners(b.mesh, e, x);
        double theirs = voxels_mean((const double(*)[3])x);
        if (isnan(theirs))
            continue;
        assert_near(modulus(b.ours[e]) / modulus(theirs), 1.0, 1e-3);
        some++;
    }
    assert_true(some > b.mesh->tet_count / 4);
    both_free(&b);
}

/* The steps are a quadrature: on what jumps from voxel to voxel this is how good they are. */
static void the_steps_come_near_the_integral(void **state)
{
    (void)state;
    struct both b = prepare();
    double sum = 0.0, worst = 0.0, x[4][3];
    uint32_t count = 0;
    ost_tet_mean(b.mesh, b.modulus, b.ours);
    for (uint32_t e = 0; e < b.mesh->tet_count; e += 7, count++) {
        corners(b.mesh, e, x);
        double off = fabs(b.ours[e] / cut_mean((const double(*)[3])x, 4) - 1.0);
        sum += off;
        worst = fmax(worst, off);
    }
    (void)printf("      V3 off the integral by %.2f %% in the mean, %.1f %% at most\n",
                 100.0 * sum / count, 100.0 * worst);
    assert_true(sum / count < 0.02 && worst < 0.3);
    both_free(&b);
}

RUN(T(every_element_gets_what_bonemat_gives_it), T(the_steps_come_near_the_integral))
