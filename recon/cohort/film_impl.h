/* The two films of a finished patient. */
#ifndef OST_COHORT_FILM_IMPL_H
#define OST_COHORT_FILM_IMPL_H

#include "recon/base/rng.h"
#include "recon/cohort/patient.h"
#include "recon/xray/exposure.h"
#include "recon/xray/spectrum.h"

/* What rays meet, in the world: mineral in any number of boxes, and tissue. */
struct ost_film_scene {
    const struct ost_patient *patient; /* for its request; cameras come from it too */
    const struct ost_grid *mineral[3];
    const struct ost_grid *tissue;
    struct {
        enum ost_material material;
        const struct ost_grid *grid; /* g/cm3; NULL where there is none */
    } more[2];
    double centre[3]; /* what the beam is aimed at, mm */
};

/* How one room takes and stores its films; what is drawn film by film is in film.c. */
struct ost_film_domain {
    double pixel;      /* mm, of the detector */
    uint32_t size[2];  /* pixels */
    double kvp[2];     /* least, and how much more at most */
    double filter;     /* mm of aluminium */
    double scatter[2]; /* the same, as in exposure.h */
    double blur[2];    /* the same, pixels */
    double quanta;
    double shut[4]; /* mm the shutters come in further: left, top, right, bottom */
    enum ost_tone tone;
    double gamma, gain;
    double depth; /* times the attenuations the ordinary LUT is made for: a harder beam has less */
    double through; /* attenuation of a cast that the exposure makes up for */
    bool flat;      /* no heel effect: the panel is corrected */
    bool inverted;  /* stored with bones dark */
    int jpeg;
    double turn_deg; /* of each view, exactly; NAN: by the request's deviation */
};

/* Ordinary for the mixed and trained families, another hospital's for the shifted one. */
struct ost_film_domain ost_film_domain_of(const struct ost_patient_request *request, int number,
                                          const double usual_mm[2]);

/* Grey of 8 bits through JPEG and back, in place. */
OST_MUST_CHECK
bool ost_film_through_jpeg(struct ost_image *film, int quality, struct ost_err *err);

/* The film becomes a photograph of itself, with the way from its pixels to the photo's. */
OST_MUST_CHECK
bool ost_film_photograph(struct ost_patient_film *film, struct ost_rng *rng, struct ost_err *err);

/* Where the wedge lies on a film of this domain, away from the lead letter. */
struct ost_film_wedge ost_film_wedge_of(const struct ost_film_domain *domain, bool left);

/* Its aluminium along every ray, g/cm2. */
OST_MUST_CHECK
bool ost_film_wedge_area(const struct ost_film_wedge *wedge, const struct ost_camera *camera,
                         struct ost_image **out, struct ost_err *err);

/* Camera and picture of the film with this number (0 PA, 1 lateral). */
OST_MUST_CHECK
bool ost_film_make(const struct ost_film_scene *scene, int number, struct ost_patient_film *out,
                   struct ost_err *err);

#endif
