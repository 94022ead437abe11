/* What no reconstruction may begin with: films and cameras that cannot be what they are called. */
#include "recon/image/alike.h"
#include "recon/image/filter.h"
#include "recon/math/vec.h"
#include "services/station/recon_films_impl.h"

#include <math.h>

enum { SIDE_LEAST = 100 };

static const double blank_part = 0.01; /* at either end of the greys may be dirt */
static const double same_mm = 1.0;     /* two cameras in one place ... */
static const double same_turn = 0.002; /* ... looking one way; rad */
static const double least_turn = 0.09; /* rad: below, two axes meet nowhere in particular */
static const double near_mm = 50.0;    /* from a source an arm cannot lie nearer ... */
static const double past_mm = 300.0;   /* ... nor can two films' middles miss each other by more */
static const double far_mm = 5000.0;   /* ... nor is a room so large */

/* A film that shows a wrist has some size and more than one grey. */
static bool shows_something(const struct ost_image *film, size_t i, struct ost_err *err)
{
    const double part[2] = {blank_part, 1.0 - blank_part};
    double grey[2];
    if (film->width < SIDE_LEAST || film->height < SIDE_LEAST)
        return ost_fail(err, OST_INVALID,
                        "film %zu is of %u x %u pixels: a wrist needs %d each way", i + 1,
                        film->width, film->height, SIDE_LEAST);
    if (!ost_image_quantiles(film, part, 2, grey, err))
        return false;
    return grey[1] > grey[0] ||
           ost_fail(err, OST_INVALID, "film %zu is blank: nearly all of its pixels have one grey",
                    i + 1);
}

static bool are_two(const struct ost_image *a, const struct ost_image *b, bool *two,
                    struct ost_err *err)
{
    double alike = 0.0;
    if (!ost_image_alike(a, b, &alike, err))
        return false;
    *two = alike < ost_image_same;
    return true;
}

/* One film under two names would stand for two views, and the depth would be made up. */
bool ost_recon_check_pictures(const struct ost_recon_films *films, struct ost_err *err)
{
    for (size_t i = 0; i < films->count; i++)
        if (!shows_something(films->image[i], i, err))
            return false;
    for (size_t i = 1; i < films->count; i++)
        for (size_t k = 0; k < i; k++) {
            bool two;
            if (!are_two(films->image[k], films->image[i], &two, err))
                return false;
            if (!two)
                return ost_fail(err, OST_INVALID,
                                "films %zu and %zu are the same picture: give two different views",
                                k + 1, i + 1);
        }
    return true;
}

bool ost_recon_check_arms(const struct ost_recon_films *films, const struct ost_recon_films *other,
                          struct ost_err *err)
{
    for (size_t i = 0; i < films->count; i++)
        for (size_t k = 0; k < other->count; k++) {
            bool two;
            if (!are_two(films->image[i], other->image[k], &two, err))
                return false;
            if (!two)
                return ost_fail(err, OST_INVALID,
                                "film %zu of the other arm is film %zu of this one: give films of "
                                "both arms",
                                k + 1, i + 1);
        }
    return true;
}

/* The ray through the middle of a film. */
static void middle_ray(const struct ost_camera *c, double source[3], double direction[3])
{
    const double middle[2] = {0.5 * (c->width - 1.0), 0.5 * (c->height - 1.0)};
    ost_camera_ray(c, middle, source, direction);
}

/* Where two films' middle rays pass nearest: how far along each, and how far apart. */
struct meeting {
    double turn; /* rad between the rays */
    double depth[2], apart, sources_apart;
};

static struct meeting meet(const struct ost_camera *a, const struct ost_camera *b)
{
    struct meeting m = {0};
    double s[3], d[3], t[3], e[3], w[3], p[3], q[3];
    middle_ray(a, s, d);
    middle_ray(b, t, e);
    ost_sub(s, t, w);
    double de = ost_dot(d, e), dw = ost_dot(d, w), ew = ost_dot(e, w), across = 1.0 - de * de;
    m.turn = acos(fmin(1.0, fmax(-1.0, de)));
    m.sources_apart = ost_length(w);
    if (across < 1e-9)
        return m;
    m.depth[0] = (de * ew - dw) / across;
    m.depth[1] = (ew - de * dw) / across;
    ost_along(s, m.depth[0], d, p);
    ost_along(t, m.depth[1], e, q);
    ost_sub(p, q, w);
    m.apart = ost_length(w);
    return m;
}

static bool is_far(double depth)
{
    return !(depth > near_mm && depth < far_mm);
}

bool ost_recon_check_cameras(const struct ost_recon_films *films, struct ost_err *err)
{
    for (size_t i = 1; i < films->count && films->input[0].has_camera; i++)
        for (size_t k = 0; k < i; k++) {
            struct meeting m = meet(&films->input[k].camera, &films->input[i].camera);
            if (m.turn < same_turn && m.sources_apart < same_mm)
                return ost_fail(err, OST_INVALID,
                                "cameras %zu and %zu are one: films from one place show no depth",
                                k + 1, i + 1);
            if (m.turn > least_turn &&
                (m.apart > past_mm || is_far(m.depth[0]) || is_far(m.depth[1])))
                return ost_fail(
                    err, OST_INVALID,
                    "cameras %zu and %zu look past each other: nearest %.0f and %.0f mm "
                    "away, %.0f mm apart; is it world to camera, in mm?",
                    k + 1, i + 1, m.depth[0], m.depth[1], m.apart);
        }
    return true;
}
