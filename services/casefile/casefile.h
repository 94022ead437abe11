/*
 * case.json: what a case folder holds. Read strictly: unknown keys are refused,
 * and so is any path that leaves the folder.
 *
 *   {"osteon_case":1,"side":"right|left|unknown","simulated":true,
 *    "views":[{"image":"a.png","projection":"pa|ap|lateral|oblique|unknown",
 *      "spacing_mm":[0.15,0.15],"spacing_how":"measured|assumed|estimated",
 *      "camera":"a_camera.txt","bone":"auto|dark|bright",
 *      "tube":{"kvp":53.2,"aluminium_mm":2.5},"attenuation_per_grey":1e-4,
 *      "wedge":{"material":"aluminium","steps_mm":[1,2,3],"corner_px":[24,900],
 *        "size_px":[60,430]},"frame":0}],
 *    "other":{"views":[...]},
 *    "ct":"ct/","truth":{"frame":"world|lps","radius":"t/radius.stl",
 *      "ulna":"t/ulna.stl","density":"t/density.nii.gz","ulna_density":"...",
 *      "target_radius":"t/target_radius.stl","numbers":"t/numbers.json"}}
 *
 * Only views[].image, or ct, must be there. An image is a PNG or a JPEG, which is turned as its
 * EXIF says; with a camera it must lie as the camera counts pixels. `spacing_mm` is of the film's
 * pixels at the detector, across and down, which may differ; given without `spacing_how` it
 * counts as measured, and without it lengths come from the shape model and are told to.
 * A calibrated film may say so: `attenuation_per_grey` is what one grey value of the
 * stored file stands for, as -ln(I/I0), of a plain detector; `wedge` a step wedge on
 * it, steps of equal height from the top of a rectangle (middle of its top left pixel,
 * and pixels across and down); `tube` the beam of either.
 * `frame` is the moment a film was taken at: the first film's is 0, as it is when not given, and a
 * film for which the forearm was turned has another one, 1, 2 ... without gaps. All of an arm's
 * films give one shape, the ulna free to turn about the radius from frame to frame.
 * `other` are films of the patient's other arm, which is healthy: the plan's target.
 * `simulated` marks every picture made from the case; a case with a simulated truth
 * says so by it.
 */
#ifndef OST_CASEFILE_CASEFILE_H
#define OST_CASEFILE_CASEFILE_H

#include "recon/base/buf.h"
#include "recon/base/err.h"
#include "recon/image/film.h"

#include <stddef.h>

OST_C_BEGIN

enum { OST_CASE_PATH = 128, OST_CASE_VIEWS = 8, OST_CASE_STEPS = 16 };

struct ost_case_wedge {
    size_t step_count;                /* 0: there is none */
    double thickness[OST_CASE_STEPS]; /* mm of aluminium, from the top */
    double corner[2], size[2];        /* pixels: top left; across and down */
};

struct ost_case_view {
    char image[OST_CASE_PATH];
    char camera[OST_CASE_PATH]; /* "" where there is none */
    enum ost_projection projection;
    enum ost_polarity bone;
    double spacing[2]; /* mm, across and down; valid unless how is NONE */
    enum ost_spacing_how spacing_how;
    double kvp, filter;          /* tube voltage and mm of aluminium; 0 where nobody said */
    double attenuation_per_grey; /* 0: the film is not calibrated */
    struct ost_case_wedge wedge;
    uint32_t frame;
};

struct ost_case_truth {
    bool present, in_world; /* in_world: "world", else "lps" */
    char radius[OST_CASE_PATH], ulna[OST_CASE_PATH];
    char density[OST_CASE_PATH], ulna_density[OST_CASE_PATH];
    char target_radius[OST_CASE_PATH], numbers[OST_CASE_PATH];
};

struct ost_case {
    enum ost_side side;
    bool simulated;
    size_t view_count;
    struct ost_case_view view[OST_CASE_VIEWS];
    size_t other_count; /* films of the other arm; 0 where there are none */
    struct ost_case_view other[OST_CASE_VIEWS];
    char ct[OST_CASE_PATH]; /* "" where there is none */
    struct ost_case_truth truth;
};

OST_MUST_CHECK
bool ost_case_parse(const void *json, size_t len, struct ost_case *out, struct ost_err *err);

/* The same case as JSON, keys sorted, one final newline: what parse reads back. */
OST_MUST_CHECK
bool ost_case_print(const struct ost_case *in, struct ost_buf *out, struct ost_err *err);

/* DIR/case.json. */
OST_MUST_CHECK
bool ost_case_read(const char *case_dir, struct ost_case *out, struct ost_err *err);
OST_MUST_CHECK
bool ost_case_write(const char *case_dir, const struct ost_case *in, struct ost_err *err);

OST_C_END

#endif
