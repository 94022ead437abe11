#include "fem/solve/wire.h"

#include "recon/base/read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char problem_word[8] = {'O', 'S', 'T', 'F', 'E', 'M', 'P', '\0'};
static const char result_word[8] = {'O', 'S', 'T', 'F', 'E', 'M', 'R', '\0'};

enum { OST_HAS_PLACES = 1, OST_HAS_MIDDLES = 2, OST_FLAGS = 3 };

static void put_rows(struct ost_buf *out, const double (*row)[3], uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (int k = 0; k < 3; k++)
            ost_buf_put_f64le(out, row[i][k]);
    }
}

bool ost_fem_problem_is_writable(const struct ost_fem_problem *problem)
{
    return problem->tangent == NULL && problem->spring == NULL && problem->membranes == NULL &&
           problem->share == NULL;
}

bool ost_fem_problem_write(const struct ost_fem_problem *problem, const struct ost_fem_order *order,
                           struct ost_buf *out, struct ost_err *err)
{
    const struct ost_tet_mesh *mesh = problem->mesh;
    if (!ost_fem_problem_is_writable(problem))
        return ost_fail(
            err, OST_INVALID,
            "problem file: tangents, springs, membranes and moduli that vary inside an element are "
            "for our own engine alone");
    ost_buf_put(out, problem_word, sizeof problem_word);
    ost_buf_put_u32le(out, OST_FEM_WIRE_VERSION);
    ost_buf_put_u32le(out, mesh->node_count);
    ost_buf_put_u32le(out, mesh->tet_count);
    ost_buf_put_u32le(out, (problem->place != NULL ? OST_HAS_PLACES : 0) |
                               (mesh->middle != NULL ? OST_HAS_MIDDLES : 0));
    ost_buf_put_f64le(out, problem->poisson);
    ost_buf_put_f64le(out, order->tolerance);
    ost_buf_put_u32le(out, order->iterations_most);
    ost_buf_put_u32le(out, 0);
    put_rows(out, (const double(*)[3])mesh->node, mesh->node_count);
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        for (int k = 0; k < 4; k++)
            ost_buf_put_u32le(out, mesh->tet[e][k]);
    }
    for (uint32_t e = 0; e < mesh->tet_count && mesh->middle != NULL; e++) {
        for (int k = 0; k < 6; k++)
            ost_buf_put_u32le(out, mesh->middle[e][k]);
    }
    for (uint32_t e = 0; e < mesh->tet_count; e++)
        ost_buf_put_f64le(out, problem->modulus[e]);
    ost_buf_put(out, problem->held, mesh->node_count);
    if (problem->place != NULL)
        put_rows(out, problem->place, mesh->node_count);
    put_rows(out, problem->force, mesh->node_count);
    if (!ost_buf_done(out, err))
        return ost_err_note(err, "problem file");
    return true;
}

void ost_fem_parcel_destroy(struct ost_fem_parcel *parcel)
{
    if (parcel == NULL)
        return;
    ost_tet_mesh_destroy(parcel->mesh);
    free(parcel->modulus);
    free(parcel->held);
    free(parcel->place);
    free(parcel->force);
    free(parcel);
}

static void take_rows(struct ost_read *in, double (*row)[3], uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (int k = 0; k < 3; k++)
            row[i][k] = ost_read_f64le(in);
    }
}

static bool make_parcel(struct ost_fem_parcel *p, const uint32_t count[2], uint32_t flags,
                        struct ost_err *err)
{
    uint32_t nodes = count[0], tets = count[1];
    bool places = (flags & OST_HAS_PLACES) != 0, middles = (flags & OST_HAS_MIDDLES) != 0;
    if (!ost_tet_mesh_create(&p->mesh, nodes, tets, err))
        return ost_err_note(err, "problem file");
    p->mesh->middle = middles ? malloc((size_t)tets * sizeof *p->mesh->middle) : NULL;
    p->modulus = malloc((size_t)tets * sizeof *p->modulus + 1);
    p->held = malloc((size_t)nodes + 1);
    p->force = malloc((size_t)nodes * sizeof *p->force + 1);
    p->place = places ? malloc((size_t)nodes * sizeof *p->place + 1) : NULL;
    if (p->modulus == NULL || p->held == NULL || p->force == NULL || (places && p->place == NULL) ||
        (middles && p->mesh->middle == NULL))
        return ost_fail(err, OST_NOMEM, "problem file: no room for %u elements", tets);
    return true;
}

static void take_arrays(struct ost_read *in, struct ost_fem_parcel *p)
{
    uint32_t nodes = p->mesh->node_count;
    take_rows(in, p->mesh->node, nodes);
    for (uint32_t e = 0; e < p->mesh->tet_count; e++) {
        for (int k = 0; k < 4; k++)
            p->mesh->tet[e][k] = ost_read_u32le(in);
    }
    for (uint32_t e = 0; e < p->mesh->tet_count && p->mesh->middle != NULL; e++) {
        for (int k = 0; k < 6; k++)
            p->mesh->middle[e][k] = ost_read_u32le(in);
    }
    for (uint32_t e = 0; e < p->mesh->tet_count; e++)
        p->modulus[e] = ost_read_f64le(in);
    const unsigned char *held = ost_read_bytes(in, nodes);
    if (held != NULL)
        memcpy(p->held, held, nodes);
    if (p->place != NULL)
        take_rows(in, p->place, nodes);
    take_rows(in, p->force, nodes);
    p->problem = (struct ost_fem_problem){.mesh = p->mesh,
                                          .modulus = p->modulus,
                                          .poisson = p->problem.poisson,
                                          .held = p->held,
                                          .place = (const double(*)[3])p->place,
                                          .force = (const double(*)[3])p->force};
}

/* The first bytes say what file it is; the length must be what the counts ask for. */
static bool check_head(struct ost_read *in, const char word[8], struct ost_err *err)
{
    const unsigned char *got = ost_read_bytes(in, 8);
    if (got == NULL || memcmp(got, word, 8) != 0)
        return ost_fail(err, OST_CORRUPT, "not a file of the finite element engine");
    uint32_t version = ost_read_u32le(in);
    if (in->failed)
        return ost_fail(err, OST_CORRUPT, "engine file of %zu bytes", in->len);
    if (version != OST_FEM_WIRE_VERSION) {
        return ost_fail(err, OST_UNSUPPORTED, "engine file of version %u, not %d", version,
                        OST_FEM_WIRE_VERSION);
    }
    return true;
}

bool ost_fem_problem_read(const void *bytes, size_t len, struct ost_fem_parcel **out,
                          struct ost_err *err)
{
    *out = NULL;
    struct ost_read in = ost_read_of(bytes, len);
    if (!check_head(&in, problem_word, err))
        return false;
    OST_AUTO(ost_fem_parcel) parcel = calloc(1, sizeof *parcel);
    if (parcel == NULL)
        return ost_fail(err, OST_NOMEM, "problem file: out of memory");
    uint32_t nodes = ost_read_u32le(&in), tets = ost_read_u32le(&in), flags = ost_read_u32le(&in);
    parcel->problem.poisson = ost_read_f64le(&in);
    parcel->order.tolerance = ost_read_f64le(&in);
    parcel->order.iterations_most = ost_read_u32le(&in);
    (void)ost_read_u32le(&in);
    uint64_t want = (uint64_t)in.at + (uint64_t)nodes * ((flags & OST_HAS_PLACES) != 0 ? 73 : 49) +
                    (uint64_t)tets * ((flags & OST_HAS_MIDDLES) != 0 ? 48 : 24);
    if (in.failed || want != len || flags > OST_FLAGS)
        return ost_fail(err, OST_CORRUPT, "problem file of %zu bytes does not fit its counts", len);
    if (!make_parcel(parcel, (const uint32_t[]){nodes, tets}, flags, err))
        return false;
    take_arrays(&in, parcel);
    if (!ost_read_done(&in, err))
        return ost_err_note(err, "problem file");
    *out = ost_steal(&parcel);
    return true;
}

bool ost_fem_result_write(const struct ost_fem_result *result, struct ost_buf *out,
                          struct ost_err *err)
{
    ost_buf_put(out, result_word, sizeof result_word);
    ost_buf_put_u32le(out, OST_FEM_WIRE_VERSION);
    ost_buf_put_u32le(out, result->node_count);
    ost_buf_put_u32le(out, (uint32_t)result->reason);
    ost_buf_put_u32le(out, result->iterations);
    put_rows(out, (const double(*)[3])result->displacement, result->node_count);
    if (!ost_buf_done(out, err))
        return ost_err_note(err, "result file");
    return true;
}

bool ost_fem_result_read(const void *bytes, size_t len, uint32_t node_count,
                         struct ost_fem_result **out, struct ost_err *err)
{
    *out = NULL;
    struct ost_read in = ost_read_of(bytes, len);
    if (!check_head(&in, result_word, err))
        return false;
    uint32_t nodes = ost_read_u32le(&in), reason = ost_read_u32le(&in);
    uint32_t iterations = ost_read_u32le(&in);
    if (in.failed || nodes != node_count || reason >= OST_FEM_REASONS ||
        len != in.at + (size_t)nodes * 24) {
        return ost_fail(err, OST_CORRUPT, "result file of %zu bytes does not fit %u nodes", len,
                        node_count);
    }
    OST_AUTO(ost_fem_result) result = NULL;
    if (!ost_fem_result_create(&result, nodes, err))
        return false;
    result->reason = (enum ost_fem_reason)reason;
    result->iterations = iterations;
    take_rows(&in, result->displacement, nodes);
    for (uint32_t i = 0; i < 3 * nodes; i++) {
        if (!isfinite(result->displacement[i / 3][i % 3]))
            return ost_fail(err, OST_CORRUPT, "result file: node %u has no place", i / 3);
    }
    *out = ost_steal(&result);
    return true;
}
