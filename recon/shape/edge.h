/*
 * The film's edges near a model's border, and how well the two lie on each other.
 *
 * An edge is a steepest place of fall of the attenuation along the border's normal
 * (out of the bone), above three times the local noise of such slopes.
 */
#ifndef OST_SHAPE_EDGE_H
#define OST_SHAPE_EDGE_H

#include "recon/shape/scan.h"
#include "recon/xray/outline.h"

OST_C_BEGIN

struct ost_edge_query {
    double pixel[2], normal[2]; /* film pixels; unit, out of the bone */
    double reach;               /* film pixels to look along the normal, both ways */
    double near; /* film pixels: how strongly near edges are preferred; 0: not at all */
    int level;   /* of the scan */
    bool inside; /* edges of the limb itself, with air behind them, do not count */
    /* Says that an edge at this pixel, so far from the border, is somebody else's; NULL: nobody's.
     */
    bool (*taken)(const void *user, const double pixel[2], const double normal[2], double offset);
    const void *user; /* borrowed */
};

struct ost_edge {
    double offset;   /* film pixels along the normal */
    double strength; /* the fall there over the noise there */
    double clear;    /* 0..1: the fall beside that of the film's clearer borders */
};

/* False where there is none, or the film ends before the reach does. */
bool ost_edge_find(const struct ost_scan *scan, const struct ost_edge_query *query,
                   struct ost_edge *out);

/* The measure of a fit on a film: distances in mm at the bone. */
struct ost_edge_measure {
    double mean, p95, share;            /* over points with an edge; their share of all points */
    double shifted_mean, shifted_share; /* the same of the outline moved aside by two mm */
    size_t points;
};

/*
 * Walks outlines with a point every half millimetre and takes the strongest edge
 * within 3 mm of each. Points whose search leaves the film are not counted. The
 * shifted figures are the mean over eight directions of shift. `mm`: of a film pixel
 * at the bone, one per outline.
 */
OST_MUST_CHECK
bool ost_edge_measure(const struct ost_scan *scan, const struct ost_outline *const *outline,
                      const double *mm, size_t count, struct ost_edge_measure *out,
                      struct ost_err *err);

OST_C_END

#endif
