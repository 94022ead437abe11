/*
 * A problem and its answer as bytes, for engines that run as programs of their own.
 * README.md beside this file states the format.
 */
#ifndef OST_FEM_SOLVE_WIRE_H
#define OST_FEM_SOLVE_WIRE_H

#include "fem/solve/problem.h"
#include "recon/base/buf.h"

OST_C_BEGIN

enum { OST_FEM_WIRE_VERSION = 1 };

/* What an engine is asked for besides the problem. */
struct ost_fem_order {
    double tolerance;
    uint32_t iterations_most;
};

/* A problem that owns its arrays. */
struct ost_fem_parcel {
    struct ost_fem_problem problem; /* points into what follows */
    struct ost_fem_order order;
    struct ost_tet_mesh *mesh;
    double *modulus;
    uint8_t *held;
    double (*place)[3], (*force)[3];
};
void ost_fem_parcel_destroy(struct ost_fem_parcel *parcel); /* NULL is fine */
OST_AUTO_DEFINE(ost_fem_parcel);

/* False with tangents, springs or membranes: the file has no place for them. */
bool ost_fem_problem_is_writable(const struct ost_fem_problem *problem);

/* Fails with OST_INVALID where it is not. */
OST_MUST_CHECK
bool ost_fem_problem_write(const struct ost_fem_problem *problem, const struct ost_fem_order *order,
                           struct ost_buf *out, struct ost_err *err);

/* Fails with OST_CORRUPT on bytes that are no problem, OST_UNSUPPORTED on other versions. */
OST_MUST_CHECK
bool ost_fem_problem_read(const void *bytes, size_t len, struct ost_fem_parcel **out,
                          struct ost_err *err);

OST_MUST_CHECK
bool ost_fem_result_write(const struct ost_fem_result *result, struct ost_buf *out,
                          struct ost_err *err);

/* Displacements, reason and iterations; ost_fem_result_judge() fills the rest. */
OST_MUST_CHECK
bool ost_fem_result_read(const void *bytes, size_t len, uint32_t node_count,
                         struct ost_fem_result **out, struct ost_err *err);

OST_C_END

#endif
