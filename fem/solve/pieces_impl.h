/*
 * Fragments of a bone that hardly hang together: hard pieces with next to nothing between them, as
 * at a fracture. A lattice coarser than the gap cannot move one without the other, so that their
 * rigid motions are corrected apart (deflation, Nicolaides 1987; Tang et al. J Sci Comput 2009,
 * "A-DEF2").
 */
#ifndef OST_FEM_SOLVE_PIECES_IMPL_H
#define OST_FEM_SOLVE_PIECES_IMPL_H

#include "fem/solve/system.h"

struct pieces;

/* NULL where the hard part of the body is one piece, as mostly. */
OST_MUST_CHECK
bool pieces_create(struct pieces **out, const struct ost_fem_system *system,
                   const struct ost_fem_problem *problem, struct ost_err *err);
void pieces_destroy(struct pieces *pieces); /* NULL is fine */
OST_AUTO_DEFINE(pieces);

/*
 * Each piece's share in every node's motion, `count` a node: one on its own nodes, and where no
 * piece is what balances by modulus with those around, so that a piece that moves bends what joins
 * it to the others, a plate above all, in place of tearing it. `root[n]` is node n's piece, one of
 * `chosen` or another number; the caller frees `*out`.
 */
OST_MUST_CHECK
bool pieces_share(const struct ost_fem_problem *problem, const uint32_t *root,
                  const uint32_t *chosen, uint32_t count, double **out, struct ost_err *err);

/* z += Z (Z' A Z)^-1 Z' (r - A z), Z being the pieces' shares in rigid motions. */
void pieces_correct(const struct pieces *pieces, const double *r, double *z);

#endif
