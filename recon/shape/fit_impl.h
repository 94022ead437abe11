/*
 * The inside of the fit: its state, where each unknown stands in the vector, and the
 * least squares that its stages share.
 */
#ifndef OST_SHAPE_FIT_IMPL_H
#define OST_SHAPE_FIT_IMPL_H

#include "recon/shape/arm.h"
#include "recon/shape/fit.h"
#include "recon/shape/scan.h"
#include "recon/xray/contour.h"

OST_C_BEGIN

/* Where unknowns stand. Motions are small ones about the pivot, on top of the state. */
enum {
    FIT_TURN = 0,       /* of the arm about the pivot, world axes */
    FIT_SHIFT = 3,      /* mm */
    FIT_SCALE = 6,      /* log */
    FIT_JOINT = 7,      /* six */
    FIT_BREAK = 13,     /* turn and shift of the fragment */
    FIT_CUT = 19,       /* where the fragment begins, and log of what its motion is blended over */
    FIT_BEND = 21,      /* twist and two bows of the radius, then of the ulna */
    FIT_MODES = 27,     /* the radius' modes, the ulna's, then the views */
    FIT_VIEW_SIZE = 7,  /* turn, shift (camera axes, about the pivot), log focal length */
    FIT_FRAME_SIZE = 6, /* the joint of each frame but the first, after the views */
    FIT_MOST = FIT_MODES + OST_BONES * OST_ARM_MODES + OST_FIT_VIEWS * FIT_VIEW_SIZE +
               (OST_ARM_FRAMES - 1) * FIT_FRAME_SIZE
};

struct fit_view {
    const struct ost_scan *scan; /* borrowed */
    struct ost_camera camera;    /* as believed now */
    enum ost_projection projection;
    uint32_t frame;
    bool pose_free, focal_free;
    double spacing;      /* mm of a film pixel at the detector; 0: not known */
    double focal_middle; /* expected focal length, pixels */
};

struct fit_readings; /* fit_predict_impl.h */
struct fit_exchange; /* fit_exchange_impl.h */

struct fit {
    const struct ost_prior *prior;       /* borrowed */
    const struct fit_readings *read;     /* borrowed; NULL: nothing was read */
    bool aloof;                          /* what was read is judged by, but pulls at nothing */
    bool keen;                           /* judged by the edges it is expected to make */
    const struct fit_exchange *exchange; /* borrowed; shafts look for each other's edges; NULL */
    size_t view_count;
    struct fit_view view[OST_FIT_VIEWS];
    struct ost_arm arm;
    double pivot[3];                                 /* world, mm: near the wrist */
    uint32_t modes[OST_BONES];                       /* how many are free now */
    bool stiff;                                      /* the ulna is not free to move now */
    uint32_t frames;                                 /* 1 or more */
    struct ost_arm_table *table[OST_BONES];          /* owned */
    struct ost_arm_table *later[OST_ARM_FRAMES - 1]; /* owned; the ulna in further frames */
};
OST_MUST_CHECK
bool fit_init(struct fit *fit, const struct ost_prior *prior, uint32_t frames, struct ost_err *err);
void fit_fini(struct fit *fit);

/* Begins with the state of another fit; tables are apart. */
OST_MUST_CHECK
bool fit_init_as(struct fit *to, const struct fit *from, struct ost_err *err);

/* A bone at the moment a view was taken. */
const struct ost_arm_table *fit_table(const struct fit *fit, size_t view, int bone);
uint32_t fit_mode_at(const struct fit *fit, int bone); /* first mode of a bone */
uint32_t fit_view_at(const struct fit *fit, size_t view);
uint32_t fit_frame_at(const struct fit *fit, uint32_t frame); /* 1 or more */
uint32_t fit_unknowns(const struct fit *fit);

/* Brings the tables and the pivot up to the state. */
void fit_refresh(struct fit *fit, bool with_slopes);

/* One equation: value[i] times unknown index[i], in sum `residual`. */
struct fit_row {
    uint32_t count;
    uint32_t index[FIT_MOST];
    double value[FIT_MOST];
};
void fit_row_put(struct fit_row *row, uint32_t index, double value);

/*
 * How a point of a bone's surface, seen in a view, moves along a direction of the
 * film: `normal` in pixels, the row in mm at the bone per unit of each unknown.
 */
struct fit_spot {
    size_t view;
    int bone;
    uint32_t triangle;
    double weight[3], pixel[2], normal[2], depth;
};
void fit_row_of_spot(const struct fit *fit, const struct fit_spot *spot, struct fit_row *row);

/* The columns of a world displacement `slope` . dP of a surface point (path lengths). */
void fit_row_of_slope(const struct fit *fit, const struct fit_spot *spot, const double slope[3],
                      struct fit_row *row);

/* Normal equations: a x = b, the lower triangle of `a` filled, column-major. */
struct fit_normal {
    uint32_t n;
    double a[(size_t)FIT_MOST * FIT_MOST];
    double b[FIT_MOST];
};
void fit_normal_clear(struct fit_normal *normal, uint32_t n);
void fit_normal_add(struct fit_normal *normal, const struct fit_row *row, double residual,
                    double weight);

/* What is known beforehand of every unknown, about the state as it stands. */
void fit_normal_prior(struct fit_normal *normal, const struct fit *fit);

/* Minus twice the log of the prior at the state, up to a constant. */
double fit_prior_cost(const struct fit *fit);

/* The part of it that is how the films are usually taken; 0 with cameras. */
double fit_pose_cost(const struct fit *fit);

/* Solves and moves the state, no unknown further than is sane. False where singular. */
OST_MUST_CHECK bool fit_move(struct fit *fit, struct fit_normal *normal);

/* The contour stage. */
struct fit_contour_stage {
    int level;         /* of the scan */
    double reach;      /* mm along the normal, at the first turn ... */
    double reach_last; /* ... and at the last */
    int turns;
    uint32_t modes; /* free modes of each bone */
    uint32_t every; /* uses one contour point of so many */
    bool stiff;     /* the ulna stays at its mean place */
    bool apart;     /* no edge belongs to both bones */
    bool expected;  /* edges are compared with those the arm's own picture has */
};

struct fit_contour_score {
    double cost;   /* 0: all on edges, 1: none; a mean over the contour's length */
    double share;  /* of the length on the film with an edge */
    double mm;     /* root mean square distance of those, robust */
    double length; /* mm of contour on the film */
};
OST_MUST_CHECK
bool fit_contours(struct fit *fit, const struct fit_contour_stage *stage,
                  struct fit_contour_score *out, struct ost_err *err);

/* The score of the state as it stands, and its normal equations where `normal` is not NULL. */
OST_MUST_CHECK
bool fit_contours_score(struct fit *fit, const struct fit_contour_stage *stage, double reach,
                        struct fit_normal *normal, struct fit_contour_score *out,
                        struct ost_err *err);

/* Vertices of both bones with a mean height (mm from the joint) below `height`; world. */
uint32_t fit_distal_points(const struct fit *fit, double height, double (*out)[3], uint32_t room);

/* The cortex' inner border as a view sees it: the surface moved in by its thickness times `factor`.
 */
OST_MUST_CHECK
bool fit_inner_surface(const struct fit *fit, size_t view, int bone, double factor,
                       struct ost_mesh **out, struct ost_err *err);

/* How much of the forearm is looked at as a rule, mm proximal to the joint. */
static const double fit_shade_height_mm = 75.0;

/* A view's raster about the distal forearm up to a height: weights set, film not flattened. NULL:
 * off the film. */
struct ost_shade;
OST_MUST_CHECK
bool fit_shade_view(const struct fit *fit, size_t view, double step_mm, double height_mm,
                    struct ost_shade **out, struct ost_err *err);

/*
 * The attenuation stage from a state that lies on the contours; `cost` is that of
 * fit_judge(). The state is kept only where the cost falls.
 */
OST_MUST_CHECK bool fit_paths(struct fit *fit, double *cost, struct ost_err *err);

/*
 * Mean correlation of films and expected attenuation of the distal forearm, -1..1, on
 * a raster of `step_mm`, up to a height. The tables must be up to the state.
 */
OST_MUST_CHECK
bool fit_correlate(const struct fit *fit, double step_mm, double height_mm, double *out,
                   struct ost_err *err);

OST_C_END

#endif
