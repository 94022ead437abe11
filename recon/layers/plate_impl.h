/* A film on the coarse raster the equations are made on. */
#ifndef OST_LAYERS_PLATE_IMPL_H
#define OST_LAYERS_PLATE_IMPL_H

#include "recon/layers/layers.h"

/* A cell of the raster: `factor` x `factor` pixels. */
struct ost_cell {
    double reading;                              /* mean y of the tone */
    double weight;                               /* share of its pixels that count */
    double cortex[OST_BONES], marrow[OST_BONES]; /* mm of path, mean */
    double rough;            /* how much the expected mineral changes over half a mm, g/cm2 */
    double height;           /* mm proximal of the joint along the radius' axis */
    double across;           /* mm from the axis, across the ray, radially (PA) or volarly */
    double point[2], way[2]; /* the ray in a section: radial, volar */
    double sine;             /* of the ray's angle to the axis */
    double counts;           /* of the cell in the equations, 1 / variance of L */
    double cloud, cloud_by;  /* scattered signal here for a scatter of 1, and by its reach, 1/mm */
};

struct ost_plate {
    const struct ost_layers_film *film;
    struct ost_film_curve curve; /* the film's, as now understood */
    uint32_t width, height, factor;
    double mm;                 /* a cell at the arm */
    double reach;              /* mm at the arm, SD: where `cloud` holds */
    struct ost_cell *cell;     /* owned */
    struct ost_image *reading; /* owned; y, of the film's size */
    struct ost_image *exposed; /* owned */
    struct ost_image *cortex[OST_BONES], *marrow[OST_BONES]; /* owned; mm */
};

OST_MUST_CHECK
bool ost_plate_init(struct ost_plate *plate, const struct ost_layers_request *request, size_t view,
                    struct ost_err *err);
/* Reads the film anew by its curve. */
void ost_plate_read(struct ost_plate *plate);
void ost_plate_fini(struct ost_plate *plate);

/* Where a ray through this pixel passes the arm. */
void ost_plate_ray(const struct ost_layers_request *request, size_t view, const double pixel[2],
                   struct ost_cell *out);

/* Bilinear between the cells' centres of one number a cell. */
double ost_plate_at(const struct ost_plate *plate, const double *value, double column, double row);

#endif
