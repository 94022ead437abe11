/* Membranes on the sides of a bar: what stretching takes, by formula. */
#include "fem/mesh/boundary.h"
#include "fem/solve/membrane.h"
#include "fem/solve/own.h"
#include "tests/fem/solve/box.h"

static const double size[3] = {12.0, 4.0, 3.0};
static const double soft = 300.0, hard = 17000.0, thick = 0.4, poisson = 0.3;

/* The faces along the bar, both ends left bare. */
static struct ost_fem_membranes sides(const struct box *b, const struct ost_boundary *boundary,
                                      uint32_t (*face)[3], uint32_t *tet, double *stiffness)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < boundary->face_count; i++) {
        const uint32_t *f = boundary->face[i];
        double x[3];
        for (int k = 0; k < 3; k++)
            x[k] = b->mesh->node[f[k]][0];
        if (x[0] == x[1] && x[1] == x[2])
            continue;
        memcpy(face[count], f, sizeof face[count]);
        tet[count] = boundary->tet[i];
        stiffness[count++] = hard * thick;
    }
    return (struct ost_fem_membranes){count, (const uint32_t(*)[3])face, tet, stiffness};
}

/* One end held along x alone, so that the bar may thin; a corner and one more hold the rest. */
static void hold_end(struct box *b)
{
    for (uint32_t n = 0; n < b->mesh->node_count; n++) {
        const double *p = b->mesh->node[n];
        if (p[0] > 1e-9)
            continue;
        b->held[n] = 1;
        if (p[1] < 1e-9 && p[2] < 1e-9)
            b->held[n] = 7;
        if (p[1] > size[1] - 1e-9 && p[2] < 1e-9)
            b->held[n] |= 4;
    }
}

/* What a strain takes: a tension over the far end, and one along the rim of its skin. */
static double pull_end(struct box *b, double strain)
{
    double whole = 0.0, solid = soft * strain * size[1] * size[2];
    box_load_end(b, (const double[]){solid, 0.0, 0.0});
    for (uint32_t n = 0; n < b->mesh->node_count; n++) {
        const double *p = b->mesh->node[n];
        bool sides[2] = {p[1] < 1e-9 || p[1] > size[1] - 1e-9,
                         p[2] < 1e-9 || p[2] > size[2] - 1e-9};
        /* Cells are 1 mm: half an edge to both sides, the same at a corner of both. */
        if (p[0] > size[0] - 1e-9 && (sides[0] || sides[1]))
            b->force[n][0] += hard * thick * strain;
        whole += b->force[n][0];
    }
    return whole;
}

struct bar {
    struct box box;
    struct ost_boundary *boundary;
    uint32_t (*face)[3], *tet;
    double *stiffness;
    struct ost_fem_membranes membranes;
    struct ost_fem_problem problem;
};

static void bar_make(struct bar *bar)
{
    const uint32_t cells[3] = {12, 4, 3};
    bar->box = box_make(size, cells, soft);
    assert_true(ost_boundary_create(&bar->boundary, bar->box.mesh, NULL));
    bar->face = calloc(bar->boundary->face_count, sizeof *bar->face);
    bar->tet = calloc(bar->boundary->face_count, sizeof *bar->tet);
    bar->stiffness = calloc(bar->boundary->face_count, sizeof *bar->stiffness);
    bar->membranes = sides(&bar->box, bar->boundary, bar->face, bar->tet, bar->stiffness);
    bar->problem = box_problem(&bar->box, poisson);
    bar->problem.membranes = &bar->membranes;
}

static void bar_free(struct bar *bar)
{
    box_free(&bar->box);
    ost_boundary_destroy(bar->boundary);
    free(bar->face);
    free(bar->tet);
    free(bar->stiffness);
}

static void a_bar_in_a_skin_stretches_as_both_together(void **state)
{
    (void)state;
    const double strain = 0.002;
    struct bar bar;
    bar_make(&bar);
    hold_end(&bar.box);
    double pull = pull_end(&bar.box, strain);
    struct ost_fem_options options = {1e-12, 500, OST_FEM_MULTIGRID};
    OST_AUTO(ost_fem_result) result = NULL;
    assert_true(ost_fem_problem_check(&bar.problem, NULL));
    assert_true(ost_fem_solve_own(&bar.problem, &options, NULL, &result, NULL));
    assert_int_equal(result->reason, OST_FEM_CONVERGED);
    assert_true(result->relative_residual < 1e-11);
    /* Both of one Poisson's ratio: they thin alike, and neither hinders the other. */
    double wide = soft * size[1] * size[2] + hard * thick * 2.0 * (size[1] + size[2]);
    assert_near(pull / (wide * strain), 1.0, 1e-12);
    for (uint32_t n = 0; n < bar.box.mesh->node_count; n++) {
        const double *p = bar.box.mesh->node[n], *u = result->displacement[n];
        assert_near(u[0], strain * p[0], 1e-9);
        assert_near(u[1], -poisson * strain * p[1], 1e-9);
        assert_near(u[2], -poisson * strain * p[2], 1e-9);
    }
    bar_free(&bar);
}

/* A move of the whole strains nothing; a turn, to the first order, neither. */
static void a_whole_that_moves_is_not_strained(void **state)
{
    (void)state;
    struct bar bar;
    bar_make(&bar);
    for (uint32_t i = 0; i < bar.membranes.count; i++) {
        const struct ost_membrane m =
            ost_membrane_of((const double(*)[3])bar.box.mesh->node, bar.face[i], 1.0, poisson);
        for (int motion = 0; motion < 6; motion++) {
            for (int a = 0; a < 3; a++) {
                double force[3] = {0.0}, block[9];
                for (int b = 0; b < 3; b++) {
                    const double *p = bar.box.mesh->node[bar.face[i][b]];
                    double u[3] = {0.0};
                    int axis = motion % 3, j = (axis + 1) % 3, k = (axis + 2) % 3;
                    u[motion < 3 ? axis : j] = motion < 3 ? 1.0 : -p[k];
                    u[k] = motion < 3 ? u[k] : p[j];
                    ost_membrane_block(&m, a, b, block);
                    for (int row = 0; row < 3; row++)
                        for (int column = 0; column < 3; column++)
                            force[row] += block[3 * row + column] * u[column];
                }
                for (int row = 0; row < 3; row++)
                    assert_near(force[row], 0.0, 1e-12);
            }
        }
    }
    bar_free(&bar);
}

static void a_membrane_on_nothing_is_refused(void **state)
{
    (void)state;
    struct bar bar;
    struct ost_err err = {0};
    bar_make(&bar);
    hold_end(&bar.box);
    (void)pull_end(&bar.box, 0.001);
    bar.tet[3] = bar.tet[3] > 0 ? 0 : bar.box.mesh->tet_count - 1;
    assert_false(ost_fem_problem_check(&bar.problem, &err));
    assert_non_null(strstr(err.msg, "membrane 3"));
    bar_free(&bar);
}

int main(void)
{
    const struct CMUnitTest all[] = {T(a_bar_in_a_skin_stretches_as_both_together),
                                     T(a_whole_that_moves_is_not_strained),
                                     T(a_membrane_on_nothing_is_refused)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
