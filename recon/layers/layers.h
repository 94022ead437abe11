/*
 * What of a film is radius, ulna, hand, flesh and metal: one picture of attenuation per
 * structure, which add up to the film's own exactly, and the mass each stands for.
 *
 * Model first: L = H(flesh, mineral) with H the hardened beam (hardening.h); flesh is an
 * arm of rounded sections seen by all films together (section.h) times a smooth field of
 * each film; mineral is cortex and marrow along the rays through the fitted surfaces
 * (chord.h) with densities free along the shaft and across. All of it, with the tone curve
 * as far as it is unknown, scatter and heel effect, is one regularised least squares
 * (Gauss and Newton), whose inverse normal matrix gives the intervals. Then the film
 * speaks: with the flesh known, every pixel's mineral follows from its attenuation, and
 * what the model did not foresee goes to the structures by their share of the ray.
 */
#ifndef OST_LAYERS_LAYERS_H
#define OST_LAYERS_LAYERS_H

#include "recon/base/progress.h"
#include "recon/image/image.h"
#include "recon/layers/film_curve.h"
#include "recon/layers/hardening.h"
#include "recon/mesh/mesh.h"
#include "recon/shape/anatomy.h"
#include "recon/xray/camera.h"

OST_C_BEGIN

enum ost_layer {
    OST_LAYER_RADIUS,
    OST_LAYER_ULNA,
    OST_LAYER_HAND, /* carpals and metacarpals */
    OST_LAYER_SOFT, /* and air, and what lies outside the arm */
    OST_LAYER_METAL,
    OST_LAYERS
};
const char *ost_layer_name(enum ost_layer layer); /* "radius" */

enum { OST_LAYERS_VIEWS = 4 };

struct ost_layers_film {
    const struct ost_image *image; /* as stored; borrowed, as all below */
    struct ost_camera camera;      /* its world is the surfaces' */
    struct ost_film_curve curve;
    const struct ost_mesh *ulna; /* where it was on this film, as below; NULL: as `bone` has it */
};

struct ost_layers_bone {
    const struct ost_mesh *surface; /* closed, wound outwards */
    const float *cortex;            /* mm per vertex */
};

struct ost_layers_request {
    size_t count; /* of films, 1 .. OST_LAYERS_VIEWS */
    struct ost_layers_film film[OST_LAYERS_VIEWS];
    struct ost_layers_bone bone[OST_BONES];
    struct ost_anatomy frame;          /* of the radius, in the same world */
    double cortical[2], trabecular[2]; /* mgHA/cm3 as expected: mean, SD */
};

/* One film taken apart; pictures of the film's size. */
struct ost_layers_view {
    struct ost_image *total; /* L of the film, scatter and heel taken off */
    /* The layers and the grain sum up to `total` in every pixel. */
    struct ost_image *attenuation[OST_LAYERS];
    struct ost_image *grain; /* L: quanta's noise, of no structure; about 0 in the mean */
    /* g/cm2: hydroxyapatite of bones, net flesh, and for metal its excess L alone. */
    struct ost_image *area[OST_LAYERS];
    struct ost_image *path[OST_BONES]; /* mm of ray within each bone's surface */
    struct ost_image *exposed;         /* 1 where the film was exposed */
    double curve[3];                   /* L = curve[0] + curve[1] y + curve[2] y^2 before scatter */
    double scatter;                    /* scattered over primary where the body weakens to 1/e */
    double kvp;
};

struct ost_layers {
    size_t count;
    struct ost_layers_view view[OST_LAYERS_VIEWS]; /* owned */
    enum ost_curve_how how;                        /* of the least calibrated film */
    double off;     /* robust SD of film minus model over the arm, L */
    double gain_sd; /* relative SD of all mineral together, from the equations */
    /* mgHA/cm3 by the films, mean and the equations' SD: the shaft's cortex, the end's marrow. */
    double cortical[OST_BONES][2], trabecular[OST_BONES][2];
};

OST_MUST_CHECK
bool ost_layers_create(const struct ost_layers_request *request,
                       const struct ost_progress *progress, struct ost_layers **out,
                       struct ost_err *err);
void ost_layers_destroy(struct ost_layers *layers); /* NULL is fine */
OST_AUTO_DEFINE(ost_layers);

OST_C_END

#endif
