/* A film on a light box, photographed by hand: leaning, unevenly lit, 8 bits. */
#include "recon/cohort/film_impl.h"
#include "recon/image/filter.h"
#include "recon/math/rigid.h"
#include "recon/math/vec.h"

static double held(struct ost_rng *rng, double sd)
{
    return sd * fmax(-2.0, fmin(2.0, ost_rng_normal(rng)));
}

/* Rows; film pixels to the photograph's: the film lies in a plane before a pinhole. */
static void draw_view(const struct ost_patient_film *film, struct ost_rng *rng, double size[2],
                      double h[9])
{
    const double mm[2] = {film->spacing * film->image->width, film->spacing * film->image->height};
    const double away = 420.0 + 60.0 * ost_rng_uniform(rng);
    /* A lean that nobody would miss: 6 to 16 degrees, whichever way. */
    const double lean = ost_radians(6.0 + 10.0 * ost_rng_uniform(rng)),
                 way = 2.0 * OST_PI * ost_rng_uniform(rng);
    const double w[3] = {lean * cos(way), lean * sin(way), ost_radians(held(rng, 3.0))};
    double r[9];
    ost_rotation_of_vector(w, r);
    size[1] = 1600.0;
    size[0] = 1200.0;
    const double focal = 0.80 * fmin(size[1] / mm[1], size[0] / mm[0]) * away;
    const double middle[2] = {0.5 * size[0] + held(rng, 20.0), 0.5 * size[1] + held(rng, 20.0)};
    for (int row = 0; row < 3; row++) {
        /* From pixel (i, j) to (x, y, 0), turned, carried away. */
        double a = r[row] * film->spacing, b = r[3 + row] * film->spacing;
        double c =
            (row == 2 ? away : 0.0) - 0.5 * (a * film->image->width + b * film->image->height);
        h[3 * row] = a;
        h[3 * row + 1] = b;
        h[3 * row + 2] = c;
    }
    for (int k = 0; k < 3; k++) {
        h[k] = focal * h[k] + middle[0] * h[6 + k];
        h[3 + k] = focal * h[3 + k] + middle[1] * h[6 + k];
    }
    for (int k = 0; k < 9; k++)
        h[k] /= away;
}

static void inverse(const double h[9], double out[9])
{
    double columns[3][3], det;
    ost_cross(&h[3], &h[6], columns[0]);
    ost_cross(&h[6], &h[0], columns[1]);
    ost_cross(&h[0], &h[3], columns[2]);
    det = ost_dot(&h[0], columns[0]);
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 3; column++)
            out[3 * row + column] = columns[column][row] / det;
}

/* The film's grey where a pixel of the photograph looks, and beside it the room. */
static double seen(const struct ost_image *film, const double back[9], double x, double y)
{
    const double room = 2600.0, glow = 52000.0; /* wall; the light box beyond the film */
    double p[3];
    for (int k = 0; k < 3; k++)
        p[k] = back[3 * k] * x + back[3 * k + 1] * y + back[3 * k + 2];
    double column = p[0] / p[2], row = p[1] / p[2], edge = 0.06 * film->width;
    if (column > -0.5 && row > -0.5 && column < film->width - 0.5 && row < film->height - 0.5)
        return ost_image_at(film, column, row);
    bool box =
        column > -edge && row > -edge && column < film->width + edge && row < film->height + edge;
    return box ? glow : room;
}

bool ost_film_photograph(struct ost_patient_film *film, struct ost_rng *rng, struct ost_err *err)
{
    double size[2], back[9];
    OST_AUTO(ost_image) photo = NULL;
    draw_view(film, rng, size, film->homography);
    inverse(film->homography, back);
    const double lit[2] = {held(rng, 0.12), held(rng, 0.12)};
    if (!ost_image_create(&photo, (uint32_t)size[0], (uint32_t)size[1], err))
        return false;
    for (uint32_t row = 0; row < photo->height; row++) {
        for (uint32_t column = 0; column < photo->width; column++) {
            double x = column / size[0] - 0.5, y = row / size[1] - 0.5;
            double light = (1.0 - 0.5 * (x * x + y * y)) * (1.0 + lit[0] * x + lit[1] * y);
            double grey = seen(film->image, back, column, row);
            /* Black on a light box is not black; a phone lifts the shadows. */
            double share = pow((1800.0 + 0.95 * grey) / 65535.0, 0.85);
            double noise = 0.006 * ost_rng_normal(rng);
            photo->pixel[(size_t)row * photo->width + column] =
                (float)(65535.0 * fmax(0.0, fmin(1.0, light * share + noise)));
        }
    }
    if (!ost_image_blur(photo, 0.8, err))
        return false;
    ost_image_destroy(film->image);
    film->image = ost_steal(&photo);
    film->photo = true;
    return true;
}
