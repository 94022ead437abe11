/*
 * Rung V9: the whole way from surface and density to the answer, on finer and finer elements.
 * Four nodes are too stiff, so the bone gives more the finer; from 1.12 to 0.8 mm by 2 % at most.
 */
#include "fem/study/solve.h"
#include "tests/fem/study/paddle.h"

static struct ost_study study_of(double lattice)
{
    struct ost_study study = ost_study_axial();
    study.length_mm = 40.0;
    study.lattice_mm = lattice;
    return study;
}

/* f.u of the study. */
static double four_nodes(const struct paddle *p, double lattice)
{
    const struct ost_study study = study_of(lattice);
    OST_AUTO(ost_bone_model) model = NULL;
    OST_AUTO(ost_study_result) result = NULL;
    struct ost_err err = {0};
    if (!ost_bone_model_create(&p->bone, &study, NULL, &model, &err))
        fail_msg("%s", err.msg);
    const struct ost_study_case c = {&p->bone, &study, model, ost_engine_own(), NULL};
    if (!ost_study_solve(&c, NULL, &result, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(result->answer->reason, OST_FEM_CONVERGED);
    return result->answer->work;
}

static void the_bone_gives_the_same_on_finer_elements(void **state)
{
    (void)state;
    struct paddle p = paddle_make(1.0, 1000.0, 150.0);
    const double coarse = four_nodes(&p, 1.6), middle = four_nodes(&p, 1.12),
                 fine = four_nodes(&p, 0.8);
    if (!(fine > middle && middle > coarse))
        fail_msg("%.6f, %.6f, %.6f N mm", coarse, middle, fine);
    if (!(fine / middle - 1.0 <= 0.02))
        fail_msg("%.6f to %.6f N mm: %.2f %%", middle, fine, 100.0 * (fine / middle - 1.0));
    paddle_free(&p);
}

RUN(T(the_bone_gives_the_same_on_finer_elements))
