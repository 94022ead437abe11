#include "fem/solve/wire.h"
#include "tests/fem/solve/box.h"

static const struct ost_fem_order order = {1e-9, 77};

static struct ost_buf written(struct box *b, bool places)
{
    const double size[3] = {2.0, 1.0, 1.0};
    const uint32_t cells[3] = {2, 1, 1};
    *b = box_make(size, cells, 100.0);
    b->held[3] = 5;
    b->place[3][2] = 0.25;
    b->force[7][1] = -1.5;
    struct ost_fem_problem problem = box_problem(b, 0.31);
    if (!places)
        problem.place = NULL;
    struct ost_buf out;
    ost_buf_init(&out, 1 << 20);
    assert_true(ost_fem_problem_write(&problem, &order, &out, NULL));
    return out;
}

static void a_problem_comes_back_as_it_was(void **state)
{
    (void)state;
    for (int places = 0; places < 2; places++) {
        struct box b;
        struct ost_buf bytes = written(&b, places);
        OST_AUTO(ost_fem_parcel) parcel = NULL;
        assert_true(ost_fem_problem_read(bytes.ptr, bytes.len, &parcel, NULL));
        const struct ost_fem_problem *p = &parcel->problem;
        assert_int_equal(p->mesh->node_count, b.mesh->node_count);
        assert_memory_equal(p->mesh->node, b.mesh->node, b.mesh->node_count * sizeof(double[3]));
        assert_memory_equal(p->mesh->tet, b.mesh->tet, b.mesh->tet_count * sizeof(uint32_t[4]));
        assert_memory_equal(p->modulus, b.modulus, b.mesh->tet_count * sizeof(double));
        assert_memory_equal(p->held, b.held, b.mesh->node_count);
        assert_memory_equal(p->force, b.force, b.mesh->node_count * sizeof(double[3]));
        assert_int_equal(p->place != NULL, places);
        if (places)
            assert_near(p->place[3][2], 0.25, 0.0);
        assert_near(p->poisson, 0.31, 0.0);
        assert_near(parcel->order.tolerance, 1e-9, 0.0);
        assert_int_equal(parcel->order.iterations_most, 77);
        ost_buf_fini(&bytes);
        box_free(&b);
    }
}

static void what_the_file_has_no_place_for_is_refused(void **state)
{
    (void)state;
    const double size[3] = {2.0, 1.0, 1.0};
    const uint32_t cells[3] = {2, 1, 1};
    struct box b = box_make(size, cells, 100.0);
    const struct ost_fem_membranes none = {0};
    double(*spring)[6] = calloc(b.mesh->node_count, sizeof *spring);
    struct ost_fem_problem plain = box_problem(&b, 0.31), sprung = plain, skinned = plain;
    sprung.spring = (const double(*)[6])spring;
    skinned.membranes = &none;
    const struct ost_fem_problem *const problem[] = {&plain, &sprung, &skinned};
    for (int i = 0; i < 3; i++) {
        struct ost_buf bytes;
        struct ost_err err = {0};
        ost_buf_init(&bytes, 1 << 20);
        assert_int_equal(ost_fem_problem_is_writable(problem[i]), i == 0);
        assert_int_equal(ost_fem_problem_write(problem[i], &order, &bytes, &err), i == 0);
        assert_int_equal(err.code, i == 0 ? OST_OK : OST_INVALID);
        ost_buf_fini(&bytes);
    }
    free(spring);
    box_free(&b);
}

static void ten_nodes_come_back_too(void **state)
{
    (void)state;
    const double size[3] = {2.0, 1.0, 1.0};
    const uint32_t cells[3] = {2, 1, 1};
    struct box b = box_make(size, cells, 100.0);
    box_quadratic(&b);
    struct ost_fem_problem problem = box_problem(&b, 0.31);
    struct ost_buf bytes;
    ost_buf_init(&bytes, 1 << 20);
    assert_true(ost_fem_problem_write(&problem, &order, &bytes, NULL));
    OST_AUTO(ost_fem_parcel) parcel = NULL;
    assert_true(ost_fem_problem_read(bytes.ptr, bytes.len, &parcel, NULL));
    assert_non_null(parcel->mesh->middle);
    assert_memory_equal(parcel->mesh->middle, b.mesh->middle,
                        b.mesh->tet_count * sizeof(uint32_t[6]));
    assert_true(ost_tet_mesh_check(parcel->mesh, NULL));
    ost_buf_fini(&bytes);
    box_free(&b);
}

static void every_cut_and_every_false_head_is_refused(void **state)
{
    (void)state;
    struct box b;
    struct ost_buf bytes = written(&b, true);
    struct ost_err err = {0};
    for (size_t len = 0; len < bytes.len; len += len < 64 ? 1 : 97) {
        OST_AUTO(ost_fem_parcel) parcel = NULL;
        assert_false(ost_fem_problem_read(bytes.ptr, len, &parcel, &err));
        assert_int_equal(err.code, OST_CORRUPT);
    }
    OST_AUTO(ost_fem_parcel) parcel = NULL;
    bytes.ptr[8] = 2;
    assert_false(ost_fem_problem_read(bytes.ptr, bytes.len, &parcel, &err));
    assert_int_equal(err.code, OST_UNSUPPORTED);
    bytes.ptr[8] = 1;
    memset(bytes.ptr + 12, 0xff, 8); /* 4e9 nodes and elements */
    assert_false(ost_fem_problem_read(bytes.ptr, bytes.len, &parcel, &err));
    assert_int_equal(err.code, OST_CORRUPT);
    ost_buf_fini(&bytes);
    box_free(&b);
}

static void a_result_comes_back_and_a_false_one_does_not(void **state)
{
    (void)state;
    OST_AUTO(ost_fem_result) result = NULL;
    assert_true(ost_fem_result_create(&result, 5, NULL));
    result->reason = OST_FEM_STAGNATED;
    result->iterations = 12;
    result->displacement[4][2] = -0.125;
    struct ost_buf out;
    ost_buf_init(&out, 4096);
    assert_true(ost_fem_result_write(result, &out, NULL));
    OST_AUTO(ost_fem_result) back = NULL;
    assert_true(ost_fem_result_read(out.ptr, out.len, 5, &back, NULL));
    assert_int_equal(back->reason, OST_FEM_STAGNATED);
    assert_int_equal(back->iterations, 12);
    assert_near(back->displacement[4][2], -0.125, 0.0);
    OST_AUTO(ost_fem_result) none = NULL;
    assert_false(ost_fem_result_read(out.ptr, out.len, 6, &none, NULL));
    assert_false(ost_fem_result_read(out.ptr, out.len - 1, 5, &none, NULL));
    out.ptr[16] = 99;
    assert_false(ost_fem_result_read(out.ptr, out.len, 5, &none, NULL));
    out.ptr[16] = 0;
    memset(out.ptr + 24, 0xff, 8); /* a NaN among the places */
    assert_false(ost_fem_result_read(out.ptr, out.len, 5, &none, NULL));
    ost_buf_fini(&out);
}

RUN(T(a_problem_comes_back_as_it_was), T(what_the_file_has_no_place_for_is_refused),
    T(ten_nodes_come_back_too), T(every_cut_and_every_false_head_is_refused),
    T(a_result_comes_back_and_a_false_one_does_not))
