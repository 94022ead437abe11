/*
 * Contact of the wrist by discrete elements: rigid bones on springs of cartilage (An KN et
 * al. J Biomech 1990; Volokh KY et al. MCB 2007). Each patch of the radius' joint surface
 * carries a pressure p = k d / h, k = E (1 - n) / ((1 + n) (1 - 2 n)) the cartilage's
 * confined modulus, h its thickness on both sides together, d how deep the carpal's surface
 * has come into it; no tension, no friction. The carpals move as one rigid row, without
 * turning, until pressures, ligaments and the load balance: Newton on a convex energy.
 * Deeper cartilage shares no pressure sideways, so peaks come out too high (hip: 9.8 to
 * 13.6 against 6.2 to 9.8 MPa, Abraham CL et al. J Biomech Eng 2013).
 */
#ifndef OST_FEM_STUDY_CONTACT_H
#define OST_FEM_STUDY_CONTACT_H

#include "fem/mesh/field.h"
#include "recon/base/err.h"

OST_C_BEGIN

struct ost_cartilage {
    double modulus, poisson; /* MPa */
    double thickness;        /* mm, of both layers together */
    double ligament;         /* N/mm: holds the row where it stands, across the load */
};
/*
 * 10 MPa, 0.45, 1.6 mm: within what is published. 2 N/mm: so slack that the row finds its
 * seat, as a hand does; a row held by 50 N/mm is met by whichever rim comes up to it.
 */
struct ost_cartilage ost_cartilage_default(void);

/* k of the head, MPa. */
double ost_cartilage_confined(const struct ost_cartilage *cartilage);

/* A patch of joint surface. */
struct ost_patch {
    double middle[3]; /* mm */
    double area;      /* mm2 */
};

/* A carpal: the distance from its bone's surface, mm, negative inside; as it stands. */
enum { OST_CARPALS_MOST = 8 };

struct ost_contact_ask {
    const struct ost_patch *patch; /* borrowed */
    size_t patch_count;
    const struct ost_field *carpal; /* borrowed; at most OST_CARPALS_MOST */
    size_t carpal_count;
    struct ost_cartilage cartilage;
    double force[3]; /* N, on the row */
};

struct ost_contact_of {
    double force[3];  /* N, from the carpal on the radius */
    double area;      /* mm2 in contact */
    double peak;      /* MPa */
    double centre[3]; /* mm, of its pressure */
};

struct ost_contact {
    double shift[3]; /* mm: how the row has moved */
    double residual; /* N left over, of |force| */
    unsigned steps;  /* of Newton */
    struct ost_contact_of carpal[OST_CARPALS_MOST];
};

/*
 * `on_patch`: N on each; the caller gives room. Fails with
 * OST_INVALID where nothing comes into contact within 10 mm, with OST_NOT_FOUND where the
 * row finds no rest in 200 steps.
 */
OST_MUST_CHECK
bool ost_contact_solve(const struct ost_contact_ask *ask, double (*on_patch)[3],
                       struct ost_contact *out, struct ost_err *err);

/*
 * Ligaments across the load, and a thousandth of them along it, so that a step is defined: N on a
 * row that has moved by `shift`, and their stiffness, N/mm.
 */
void ost_contact_ligaments(double ligament, const double force[3], const double shift[3],
                           double pull[3], double stiff[9]);

/* A ball as a field. */
struct ost_ball {
    double centre[3], radius; /* mm */
};
struct ost_field ost_field_of_ball(const struct ost_ball *ball); /* `ball` is borrowed */

/*
 * The ball that fits patches best, by least squares. Fails with OST_INVALID where they are
 * fewer than ten or lie in a plane.
 */
OST_MUST_CHECK
bool ost_ball_fit(const struct ost_patch *patch, size_t count, struct ost_ball *out,
                  struct ost_err *err);

OST_C_END

#endif
