/*
 * result/result.json: what a reconstruction found, for the stations after it. Every
 * number carries its unit, its interval and how it was obtained. Positions are mm in
 * the result's frame: the cameras' world where the case gives cameras, else the axes
 * of the first view's camera. Bones have the patient's own chirality.
 */
#ifndef OST_CASEFILE_RESULT_H
#define OST_CASEFILE_RESULT_H

#include "recon/base/buf.h"
#include "recon/math/rigid.h"
#include "recon/shape/prior.h"
#include "recon/xray/camera.h"
#include "services/casefile/casefile.h"

OST_C_BEGIN

enum { OST_RESULT_TEXT = 192, OST_RESULT_NAME = 64, OST_RESULT_WARNINGS = 16 };

struct ost_number {
    double value, low, high, level; /* low..high holds the truth with chance `level` */
    char unit[16];                  /* "deg", "mm", "mgHA/cm3" */
    char how[16];                   /* "fit", "prior", "measured", "relative" */
};

/* The fit measured on the film, mm at the bone; see recon/shape/edge.h. */
struct ost_result_contour {
    double mean, p95, share, shifted_mean, shifted_share;
};

struct ost_result_view {
    char image[OST_CASE_PATH];
    enum ost_projection projection;
    double spacing; /* mm, of the detector's pixel */
    enum ost_spacing_how spacing_how;
    struct ost_camera camera; /* world is the result's frame */
    struct ost_result_contour contour;
    /* The moment it was taken at, and where that is not the first, by how much further the forearm
     * was pronated. The result's ulna is where it was on the first film. */
    uint32_t frame;
    struct ost_number pronated;
    char overlay[OST_RESULT_NAME], outline[OST_RESULT_NAME]; /* files in result/ */
};

struct ost_result_bone {
    char stl[OST_RESULT_NAME], glb[OST_RESULT_NAME], density[OST_RESULT_NAME];
    double uncertainty_mean, uncertainty_p95; /* mm, 1 SD over vertices */
};

struct ost_result_landmark {
    double position[3], sd; /* mm */
};

struct ost_result_warning {
    char code[OST_RESULT_NAME];
    char text[OST_RESULT_TEXT];
};

/* The clinical numbers, in the order of result.json. */
enum ost_measure {
    OST_VOLAR_TILT,
    OST_RADIAL_INCLINATION,
    OST_RADIAL_HEIGHT,
    OST_ULNAR_VARIANCE,
    OST_RADIUS_LENGTH,
    OST_MEASURES
};
const char *ost_measure_name(enum ost_measure which); /* "volar_tilt" */

/* The films taken apart, in the order of result.json; pictures and scales: result/layers.json. */
enum { OST_RESULT_LAYERS = 5, OST_RESULT_SITES = 4 };
const char *ost_result_layer_name(int layer); /* "radius", "ulna", "hand", "soft", "metal" */

struct ost_result_layers {
    size_t view_count;                                /* 0: the films could not be taken apart */
    char how[OST_RESULT_NAME];                        /* "unknown", "linear", "raw", "wedge" */
    bool relative;                                    /* no film is calibrated */
    double mass_g[OST_CASE_VIEWS][OST_RESULT_LAYERS]; /* metal: L cm2; 0: none */
    size_t site_count;
    struct ost_result_site {
        char name[OST_RESULT_NAME];          /* "radius_ultradistal" */
        struct ost_number areal, volumetric; /* g/cm2; mgHA/cm3 */
    } site[OST_RESULT_SITES];
};

/* The patient's other arm, where it was filmed; the target where it is `used`. */
struct ost_result_other {
    size_t view_count;                           /* 0: there are no films of it */
    struct ost_result_view view[OST_CASE_VIEWS]; /* world: axes of its own */
    char stl[OST_BONES][OST_RESULT_NAME], glb[OST_BONES][OST_RESULT_NAME];
    struct ost_number measure[OST_MEASURES];
    double residual; /* mm */
    bool used;
};

/* Another way to read the films, nearly as likely, in the measures' units; the intervals hold it
 * too. The radius' length is not told. */
enum { OST_RESULT_READ = OST_RADIUS_LENGTH };
struct ost_result_reading {
    bool present;
    double measure[OST_RESULT_READ];
};

struct ost_result {
    char program[OST_RESULT_NAME];
    bool simulated;
    char model_name[OST_RESULT_NAME], model_sha256[OST_RESULT_NAME + 1];
    char model_licence[OST_RESULT_TEXT];

    enum ost_side side;
    bool side_stated;              /* else it was fitted */
    bool side_tried[OST_SIDES];    /* which sides were fitted ... */
    double side_misfit[OST_SIDES]; /* ... and how badly each fits; no unit, less is better */
    bool in_world;                 /* else the frame of the first view */
    size_t view_count;
    struct ost_result_view view[OST_CASE_VIEWS];
    struct ost_number angle_between_views; /* of the first two views' axes; 0 with one view */

    struct ost_result_bone bone[OST_BONES];
    char target_stl[OST_RESULT_NAME], target_glb[OST_RESULT_NAME];
    char target_source[OST_RESULT_NAME]; /* "completion" or "mirrored" */
    struct ost_rigid target_motion;      /* brings the affected distal fragment to its place */
    double target_rotation_sd[3], target_translation_sd[3]; /* degrees, mm */

    /* Unit vectors of the patient's own arm; axis points proximal to distal. */
    double origin[3], axis[3], radial[3], volar[3];
    bool fragment_present;
    double cut_point[3], cut_normal[3];
    struct ost_rigid fragment_motion; /* healthy to affected */

    struct ost_result_landmark landmark[OST_LANDMARKS];
    struct ost_number measure[OST_MEASURES];
    /* "relative" (expected, no film is calibrated), "wedge", "linear", "raw" (the film's own). */
    char density_how[OST_RESULT_NAME];
    struct ost_number cortical, trabecular;
    struct ost_result_reading second; /* not present as a rule */
    struct ost_result_layers layers;
    double residual, residual_limit; /* mm */
    bool residual_ok;
    struct ost_result_other other;
    size_t warning_count;
    struct ost_result_warning warning[OST_RESULT_WARNINGS];
};

/* Adds a warning once; beyond the last place it is dropped. */
void ost_result_warn(struct ost_result *result, const char *code, const char *text);

OST_MUST_CHECK
bool ost_result_parse(const void *json, size_t len, struct ost_result *out, struct ost_err *err);
OST_MUST_CHECK
bool ost_result_print(const struct ost_result *in, struct ost_buf *out, struct ost_err *err);

/* CASE/result/result.json. */
OST_MUST_CHECK
bool ost_result_read(const char *case_dir, struct ost_result *out, struct ost_err *err);
OST_MUST_CHECK
bool ost_result_write(const char *case_dir, const struct ost_result *in, struct ost_err *err);

OST_C_END

#endif
