/*
 * What the steps of a segmentation share. A field is one value per voxel of the part of
 * the CT that holds bone, x fastest, as in struct ost_grid.
 */
#ifndef OST_SEGMENT_SEGMENT_IMPL_H
#define OST_SEGMENT_SEGMENT_IMPL_H

#include "recon/image/grid.h"
#include "recon/segment/segment.h"

#include <stddef.h>
#include <stdint.h>

/* The normal distribution as a table: SEG_SHARE_STEPS values for each unit. */
enum { SEG_SHARE_STEPS = 128, SEG_SHARES = 12 * SEG_SHARE_STEPS + 1 };
struct seg_share {
    double of[SEG_SHARES];
};
void seg_share_fill(struct seg_share *share);

/* The part of the CT that is looked at: a copy of its HU and what is found in it. */
struct seg {
    uint32_t size[3];
    size_t step[3]; /* of the index along x, y, z */
    size_t count;
    double spacing[3], origin[3]; /* mm */
    bool end[3][2];               /* this face of the box is the end of the CT, not of the part */
    float *hu;                    /* owned; as scanned */
    float *calm;                  /* owned; smoothed */
    uint8_t *mask;                /* owned; SEG_* joined */
    float *depth;                 /* owned; mm to what is not core */
    int32_t *label;               /* owned; 0: no bone */
    int32_t label_count;          /* labels are 1..label_count */
    double tissue, noise;         /* HU: mode of soft tissue, SD of a voxel */
    double cortical;              /* HU of compact bone */
    double blur;                  /* mm: SD of what blurs `calm` */
    bool blur_measured;
    struct seg_share share;
};

static const double seg_calm_mm = 0.45; /* SD of the smoothing of `calm` */
static const double seg_fatty = 30.0;   /* HU under soft tissue: yellow marrow, no joint */

enum { SEG_BONE = 1, SEG_MARROW = 2, SEG_VALLEY = 4, SEG_SIDE = 8 };

static inline void seg_place(const struct seg *s, size_t n, uint32_t at[3])
{
    at[0] = (uint32_t)(n % s->size[0]);
    at[1] = (uint32_t)(n / s->size[0] % s->size[1]);
    at[2] = (uint32_t)(n / s->size[0] / s->size[1]);
}

/* Whether at + move stays inside; its number in *to. */
static inline bool seg_move(const struct seg *s, const uint32_t at[3], const int move[3],
                            size_t *to)
{
    size_t n = 0;
    for (int k = 0; k < 3; k++) {
        int64_t x = (int64_t)at[k] + move[k];
        if (x < 0 || x >= (int64_t)s->size[k])
            return false;
        n += (size_t)x * s->step[k];
    }
    *to = n;
    return true;
}

/* The 13 ways through a voxel: faces, edges, corners. Their opposites are the other 13. */
extern const int seg_way[13][3];

/* The mode of soft tissue, the noise, the box of what may be bone, and its copy. */
OST_MUST_CHECK
bool seg_open(struct seg *s, const struct ost_grid *ct, struct ost_err *err);
void seg_close(struct seg *s);

/* Slices lost between others, or a grey that is not HU: said with what to do about it. */
OST_MUST_CHECK bool seg_grey_check(const struct ost_grid *ct, struct ost_err *err);

/* SEG_BONE by a threshold between the local means of bone and of soft tissue. */
OST_MUST_CHECK bool seg_mask(struct seg *s, struct ost_err *err);

/* SEG_MARROW: what bone encloses on nearly all sides. */
void seg_enclose(struct seg *s);

/* SEG_VALLEY: narrow and dark between two bright sides, as a joint is. */
OST_MUST_CHECK bool seg_valley(struct seg *s, struct ost_err *err);

/* Distance in mm to the nearest voxel whose `solid` is 0; beyond the box is solid. */
OST_MUST_CHECK
bool seg_distance(const uint32_t size[3], const double spacing[3], const uint8_t *solid, float *out,
                  struct ost_err *err);

/* One label per bone. */
OST_MUST_CHECK bool seg_split(struct seg *s, struct ost_err *err);

/* Labels too small to be a bone, or not within a body, go; marrow to the bone round it. */
OST_MUST_CHECK bool seg_tidy(struct seg *s, struct ost_err *err);

/* The grey at a point in mm, trilinear in `calm`; beyond the box its border goes on. */
double seg_grey(const struct seg *s, const double point[3]);
/* The label of the voxel a point lies in, 0 beyond the box. */
int32_t seg_label_at(const struct seg *s, const double point[3]);

/* The surface of a label, to half a voxel or so. */
OST_MUST_CHECK
bool seg_surface(const struct seg *s, int32_t label, struct ost_mesh **out, struct ost_err *err);
/* mm between the points of a surface. */
double seg_fineness(const struct seg *s);

/* What the model of the cortex takes as known: HU, HU, mm. */
struct seg_grey {
    double cortical, tissue, blur;
    const struct seg_share *share; /* borrowed */
};

/* What a line through the surface shows. */
struct seg_profile {
    double at[32], grey[32]; /* mm outwards of the vertex; HU */
    int count;
    bool meets_bone; /* another bone ends the line */
};
struct seg_border {
    double at;     /* mm outwards of the vertex: where the bone ends */
    double half;   /* the same by half of the peak */
    double wall;   /* mm of cortex */
    double slope;  /* HU per mm, the steepest about the border */
    double misfit; /* HU, root mean square */
    double peak;   /* HU, the brightest in the wall */
    bool found;
};
void seg_profile(const struct seg *s, int32_t label, const double point[3], const double normal[3],
                 struct seg_profile *out);
void seg_border(const struct seg_profile *profile, const struct seg_grey *grey,
                struct seg_border *out);

/* Moves the surface to the borders; `sd` per vertex, the caller's array. */
OST_MUST_CHECK
bool seg_refine(const struct seg *s, int32_t label, struct ost_mesh *mesh, float *sd,
                struct ost_err *err);
/* seg->blur from the thick walls of the surfaces given. */
void seg_measure_blur(struct seg *s, struct ost_mesh *const *surface);

/* A moved surface, which may cross itself, as the closed surface of a solid of one piece. */
OST_MUST_CHECK
bool seg_solid(const struct ost_mesh *moved, double fine, struct ost_mesh **out,
               struct ost_err *err);
/* A number per vertex from the nearest points of another surface. */
OST_MUST_CHECK
bool seg_carry(const struct ost_mesh *from, const float *sd, const struct ost_mesh *to, float *out,
               struct ost_err *err);
/* Volume, frame, size and ends of `bone`, whose surface is there. */
void seg_describe(const struct seg *s, struct ost_segment_bone *bone);

/* Separable Gaussian of `sigma` mm, in place; the edge voxels go on. */
OST_MUST_CHECK
bool seg_blur(const uint32_t size[3], const double spacing[3], double sigma, float *value,
              struct ost_err *err);

#endif
