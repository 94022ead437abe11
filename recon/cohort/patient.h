/*
 * Simulated patients: a forearm with its truth, and the films a hospital would have
 * of it. For training, tests and the sample case; everything made of one says so.
 *
 * Three families. Mixed: the shape starts from the prior's mean and then leaves its
 * span: bumps of other widths and places, sinusoid bow, stretched sections,
 * osteophytes; a malunion is one rigid motion of the distal part with callus around
 * the cut. Trained: the prior's own modes, joint and size, and the bends and break of
 * recon/shape/arm.h, nothing else. Shifted: what no prior was told. Films come from
 * voxels by marching rays, never from the renderer the fit uses.
 */
#ifndef OST_COHORT_PATIENT_H
#define OST_COHORT_PATIENT_H

#include "recon/base/progress.h"
#include "recon/image/film.h"
#include "recon/image/grid.h"
#include "recon/image/image.h"
#include "recon/mesh/mesh.h"
#include "recon/shape/prior.h"
#include "recon/xray/camera.h"

OST_C_BEGIN

struct ost_malunion {
    bool present;
    double tilt_deg;        /* lost volar tilt: positive turns the joint dorsally */
    double inclination_deg; /* lost radial inclination */
    double turn_deg;        /* of the fragment about the shaft */
    double shortening_mm;
    double cut_mm; /* where, proximal to the joint */
};

enum ost_family {
    OST_FAMILY_MIXED,   /* the prior's mean, warped out of its span; ordinary films */
    OST_FAMILY_TRAINED, /* drawn from the prior itself; ordinary films */
    OST_FAMILY_SHIFTED, /* warped otherwise and further; films of another domain */
    OST_FAMILIES
};
const char *ost_family_name(enum ost_family family); /* "mixed" */

enum ost_cast { OST_CAST_NONE, OST_CAST_PLASTER, OST_CAST_FIBREGLASS };

enum ost_sex { OST_SEX_DRAWN, OST_SEX_FEMALE, OST_SEX_MALE };

/* Zero is the ordinary way in every field. The shapes of a seed do not depend on the films. */
struct ost_patient_request {
    uint64_t seed;
    bool left;
    struct ost_malunion malunion;
    double view_error_deg; /* SD of each view's turn away from true PA and lateral */
    bool other;            /* the same person's other arm: films of its own, little differences */
    enum ost_family family;
    enum ost_sex sex; /* drawn: by the arm's size */
    double age;       /* years, 20 to 90; 0: drawn */
    /*
     * Each view turns by exactly this about an axis of its own, drawn at random, in place
     * of view_error_deg; 0: as the family has it (shifted: 0 to 10 degrees), below 0: not
     * at all.
     */
    double view_turn_deg;
    double noise; /* times the family's own noise; 0: as it is */
    int jpeg;     /* the film goes through this quality, 1 to 100; 0: as the family has it */
    bool wedge;   /* an aluminium step wedge lies beside the wrist */
    bool linear;  /* a plain detector: no tone curve, scatter, heel effect or JPEG */
    enum ost_cast cast;
    bool plate; /* a titanium plate with screws on the volar side of the radius */
    bool photo; /* the film hangs on a light box and is photographed, leaning 6 to 16 degrees */
    /*
     * By so much further the forearm is pronated for the lateral film, degrees: beside radius and
     * hand, whose films stay what they were, the ulna turns about the line from the radius' head
     * to its own.
     */
    double pronated_deg;
};

/* Side, malunion (`share` of patients have one) and the rest as published series have them. */
struct ost_patient_request ost_patient_random(uint64_t seed, double share);

/* The sample: left, 20 degrees of dorsal tilt lost, 5 mm shortening. */
struct ost_patient_request ost_patient_sample(uint64_t seed);

/*
 * The other arm of the same patient: never broken, of the other side, and as alike as
 * arms are (Vroemen 2012: the distal radius differs by 1.2, 0.6 and 2.0 mm and by 1.0,
 * 1.4 and 5.0 degrees, SD, radial, volar and along the shaft; both bones together in
 * length).
 */
struct ost_patient_request ost_patient_other(const struct ost_patient_request *patient);

/* Who it is: men's arms are larger; age and sex make cortex and density (trained, shifted). */
struct ost_person {
    bool male;
    double age; /* years, 20 to 90 */
};

struct ost_patient_numbers {
    double volar_tilt_deg, radial_inclination_deg; /* dorsal tilt negative */
    double radial_height_mm, ulnar_variance_mm;
};

enum { OST_PATIENT_FILMS = 2 }; /* PA, lateral */

/* Steps of equal height from the top of a rectangle of the film, aluminium of 2.699 g/cm3. */
enum { OST_WEDGE_STEPS = 10 };
struct ost_film_wedge {
    bool present;
    double thickness[OST_WEDGE_STEPS]; /* mm */
    double corner[2], size[2];         /* pixels: top left corner; across and down */
};

struct ost_patient_film {
    enum ost_projection projection;
    struct ost_camera camera;
    double spacing;              /* mm, of the detector's pixel */
    enum ost_polarity bone;      /* which way grey runs: bright but for some of the shifted */
    int jpeg;                    /* quality it went through; 0: none, all 16 bits are there */
    double kvp, filter;          /* the tube; mm of aluminium */
    double gain;                 /* linear: attenuation -ln(I/I0) of one grey value; else 0 */
    struct ost_film_wedge wedge; /* in the film's own pixels, photographed or not */
    bool photo;                  /* `image` is a photograph of the film */
    double homography[9];        /* photo: rows; film pixel (column, row, 1) to the photo's */
    struct ost_image *image;     /* owned; 0..65535, SIMULATED burnt in */
};

/* Positions in the cameras' world: patient axes (LPS) of the arm as it is, left or right. */
struct ost_patient {
    struct ost_patient_request request;
    struct ost_mesh *bone[OST_BONES];    /* owned; as they are, wound outwards */
    struct ost_mesh *target;             /* owned; the radius before it broke */
    struct ost_grid *mineral[OST_BONES]; /* owned; mgHA/cm3 of what the films show */
    struct ost_grid *hand_mineral;       /* owned; the same of carpals and metacarpals */
    struct ost_grid *tissue;             /* owned; g/cm3 of flesh, gross: as if bone were flesh */
    struct ost_rigid fragment;           /* healthy -> affected; identity where unbroken */
    struct ost_rigid ulna_later;         /* of the ulna, for the lateral film; identity as a rule */
    double cut_point[3], cut_normal[3];  /* normal: distal -> proximal */
    struct ost_patient_numbers now, before;
    struct ost_person person;
    double distal_30; /* mgHA/cm3: mean of the radius within 30 mm of the joint, cortex included */
    struct ost_patient_film film[OST_PATIENT_FILMS];
};

/* The same prior and request give the same patient. */
OST_MUST_CHECK
bool ost_patient_create(const struct ost_prior *prior, const struct ost_patient_request *request,
                        const struct ost_progress *progress, struct ost_patient **out,
                        struct ost_err *err);
/* A film's camera as it sees the ulna where `bone` has it: the forearm may have been turned. */
struct ost_camera ost_patient_ulna_camera(const struct ost_patient *patient,
                                          const struct ost_patient_film *film);

void ost_patient_destroy(struct ost_patient *patient); /* NULL is fine */
OST_AUTO_DEFINE(ost_patient);

OST_C_END

#endif
