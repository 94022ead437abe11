/* What the stages of the fit share: the state, its unknowns, and equations about them. */
#ifndef OST_BONE_FIT_IMPL_H
#define OST_BONE_FIT_IMPL_H

#include "recon/bone/fit.h"
#include "recon/shape/scan.h"

enum {
    BONE_TURN,       /* of the bone about its middle, world axes, radians: 3 */
    BONE_SHIFT = 3,  /* mm: 3 */
    BONE_SIZE = 6,   /* logarithm */
    BONE_CORTEX = 7, /* logarithms of factors on the thickness */
    BONE_MODES = BONE_CORTEX + OST_BONE_CORTEX, /* then the modes, then the views */
    BONE_VIEW = 7, /* turn, shift (camera axes, about the bone's middle), log focal */
};

struct bone_view {
    const struct ost_bone_view *given; /* borrowed */
    struct ost_scan *scan;             /* owned */
    struct ost_camera camera;          /* as believed now */
    double away[BONE_VIEW];            /* from the given one: what the prior is about */
};

struct bone_state {
    const struct ost_bone_shapes *model; /* borrowed */
    size_t view_count;
    struct bone_view view[OST_BONE_VIEWS];
    struct ost_rigid place;
    double log_size;
    double cortex[OST_BONE_CORTEX]; /* logarithms */
    double *mode;                   /* owned */
    uint32_t modes;                 /* how many are free now */
    bool with_cortex;               /* the thickness is free now */
    struct ost_mesh *mesh, *inner;  /* owned; the surface and the cortex' inner border, world */
    float (*normal)[3];             /* owned; of `mesh` */
    float *by_vertex;               /* owned; the modes as [vertex][axis][mode] */
};
OST_MUST_CHECK
bool bone_state_init(struct bone_state *s, const struct ost_bone_fit_request *request,
                     struct ost_err *err);
void bone_state_fini(struct bone_state *s);

/* Everything that moves, without surfaces and films: to come back to. */
struct bone_spot_state {
    struct ost_rigid place;
    double log_size, cortex[OST_BONE_CORTEX];
    double *mode; /* owned */
    struct ost_camera camera[OST_BONE_VIEWS];
    double away[OST_BONE_VIEWS][BONE_VIEW];
};
OST_MUST_CHECK bool bone_state_save(const struct bone_state *s, struct bone_spot_state *out,
                                    struct ost_err *err);
void bone_state_load(struct bone_state *s, const struct bone_spot_state *from);
void bone_spot_state_fini(struct bone_spot_state *spot);

/* Brings the surfaces up to the state. */
void bone_state_refresh(struct bone_state *s);
uint32_t bone_unknowns(const struct bone_state *s);
uint32_t bone_view_at(const struct bone_state *s, size_t view);

/* A point of a triangle seen in a view, and how it is seen. */
struct bone_spot {
    size_t view;
    uint32_t triangle;
    double weight[3], pixel[2], normal[2], depth;
    bool inner; /* on the cortex' inner border */
};

/* What `slope` . dP is of each unknown, world axes; adds `factor` times it to row[n]. */
void bone_row_of_slope(const struct bone_state *s, const struct bone_spot *spot,
                       const double slope[3], double factor, float *row);

/* How the spot moves along spot->normal of the film, in mm at the bone; adds to row[n]. */
void bone_row_of_normal(const struct bone_state *s, const struct bone_spot *spot, float *row);

/* Normal equations a x = b; the lower triangle of `a`, column-major. */
struct bone_normal {
    uint32_t n;
    double *a, *b; /* owned */
};
OST_MUST_CHECK bool bone_normal_init(struct bone_normal *m, uint32_t n, struct ost_err *err);
void bone_normal_fini(struct bone_normal *m);
void bone_normal_clear(struct bone_normal *m);
/* Adds `pull` times the row to b and `weight` times its square to a. */
void bone_normal_add(struct bone_normal *m, const float *row, double weight, double pull);
void bone_normal_prior(struct bone_normal *m, const struct bone_state *s);
double bone_prior_cost(const struct bone_state *s);

/* Solves and moves the state, no unknown further than is sane. */
OST_MUST_CHECK bool bone_move(struct bone_state *s, struct bone_normal *m, struct ost_err *err);

/* --- fit_contour.c --- */

struct bone_stage {
    int level;                /* of the scan */
    double reach, reach_last; /* mm along the normal, at the first turn and at the last */
    int turns;
    uint32_t modes;
};
struct bone_score {
    double cost;  /* 0: all on edges, 1: none */
    double share; /* of the contours' length with an edge */
    double mm;    /* robust RMS distance of those */
};
OST_MUST_CHECK
bool bone_contours(struct bone_state *s, const struct bone_stage *stage, struct bone_score *out,
                   struct ost_err *err);
/* The score as it stands and, where `m` is not NULL, its equations. */
OST_MUST_CHECK
bool bone_contours_score(const struct bone_state *s, int level, double reach, struct bone_normal *m,
                         struct bone_score *out, struct ost_err *err);

/* --- fit_paths.c --- */

OST_MUST_CHECK
bool bone_paths(struct bone_state *s, int turns, struct ost_err *err);

#endif
