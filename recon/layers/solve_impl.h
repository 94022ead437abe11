/* The regularised least squares over all cells of all films. */
#ifndef OST_LAYERS_SOLVE_IMPL_H
#define OST_LAYERS_SOLVE_IMPL_H

#include "recon/layers/arm_impl.h"

struct ost_solve {
    const struct ost_layers_request *request;
    struct ost_plate *plate; /* request->count of them; borrowed */
    struct ost_arm_layout layout;
    struct ost_arm_beam beam[OST_LAYERS_VIEWS];
    double *x, *start;          /* owned; the unknowns, and their means before any film */
    double *spread;             /* owned; their SD before any film */
    double *normal, *pull;      /* owned; n x n column-major, n */
    double *of_film;            /* owned; the same of every film: n x n, then n */
    double *whole, *way, *kept; /* owned; the same before damping, and the state before a step */
    bool stiff;                 /* the films' own numbers are held for now */
    bool hand;                  /* the arm is known; the flesh of the hand is sought */
    double gain_sd;             /* relative SD of all mineral together */
    double cortical[OST_BONES][2], trabecular[OST_BONES][2]; /* mgHA/cm3: mean, SD */
    double off; /* robust SD of seen - expected over the arm */
};

OST_MUST_CHECK
bool ost_solve_init(struct ost_solve *solve, const struct ost_layers_request *request,
                    struct ost_plate *plate, struct ost_err *err);
OST_MUST_CHECK
bool ost_solve_run(struct ost_solve *solve, const struct ost_progress *progress,
                   struct ost_err *err);
void ost_solve_fini(struct ost_solve *solve);

/* gain_sd, cortical and trabecular, by the inverse of the equations as they stand. */
OST_MUST_CHECK
bool ost_solve_spread(struct ost_solve *solve, struct ost_err *err);

/* Means and spreads before the films are asked (solve_prior.c). */
void ost_solve_expect(struct ost_solve *solve);

/* What is expected of the unknowns at `x`: half the weighted squares, with equations or not. */
double ost_solve_hold(const struct ost_solve *solve, bool fill);

/* The scattered signal for a scatter of 1 in every cell, from the film as now understood. */
OST_MUST_CHECK
bool ost_solve_scatter(struct ost_solve *solve, size_t view, struct ost_err *err);

#endif
