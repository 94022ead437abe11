/*
 * Small dense linear algebra on column-major matrices: a[column * rows + row].
 * For tens to a few hundred unknowns; sparse systems live in fem/solve.
 */
#ifndef OST_MATH_DENSE_H
#define OST_MATH_DENSE_H

#include "recon/base/attr.h"

#include <stdbool.h>
#include <stddef.h>

OST_C_BEGIN

/*
 * Cholesky in place: the lower triangle of the symmetric n x n `a` becomes L with
 * L L' = a. False (and `a` spoilt) where `a` is not positive definite.
 */
OST_MUST_CHECK bool ost_cholesky(double *a, size_t n);

/* Solves L L' x = b in place, with L from ost_cholesky(). */
void ost_cholesky_solve(const double *l, size_t n, double *b);

/* The inverse of L L' as a full symmetric matrix. */
void ost_cholesky_inverse(const double *l, size_t n, double *inverse);

/*
 * Eigenvalues, largest first, and unit eigenvectors (columns of `vector`) of the
 * symmetric n x n `a`, which is destroyed. Cyclic Jacobi (Golub and Van Loan 8.5).
 */
void ost_eigen_symmetric(double *a, size_t n, double *value, double *vector);

OST_C_END

#endif
