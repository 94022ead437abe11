#include "recon/cohort/patient.h"
#include "recon/math/vec.h"
#include "recon/xray/spectrum.h"
#include "tests/recon/shape/data.h"

/* The same right arm on a plain detector, bare and with a wedge, a cast and a plate. */
static const struct ost_patient *arm(bool dressed)
{
    static struct ost_patient *made[2];
    static struct ost_prior *prior;
    if (prior == NULL)
        prior = open_model();
    if (made[dressed] == NULL) {
        struct ost_err err = {0};
        struct ost_patient_request request = {
            .seed = 12, .family = OST_FAMILY_TRAINED, .linear = true, .view_turn_deg = -1.0};
        request.wedge = true;
        request.plate = dressed;
        request.cast = dressed ? OST_CAST_PLASTER : OST_CAST_NONE;
        if (!ost_patient_create(prior, &request, NULL, &made[dressed], &err))
            fail_msg("%s", err.msg);
    }
    return made[dressed];
}

static double attenuation(const struct ost_patient_film *film, double column, double row)
{
    return film->gain * ost_image_at(film->image, column, row);
}

/* Grey of the photograph where its homography says that a film's pixel went. */
static double photographed(const struct ost_patient_film *film, double column, double row)
{
    const double *h = film->homography;
    double w = h[6] * column + h[7] * row + h[8];
    double x = (h[0] * column + h[1] * row + h[2]) / w;
    double y = (h[3] * column + h[4] * row + h[5]) / w;
    assert_true(x > 0.0 && y > 0.0 && x < film->image->width - 1.0 &&
                y < film->image->height - 1.0);
    return ost_image_at(film->image, x, y);
}

static void a_photograph_shows_the_film_where_it_says(void **state)
{
    (void)state;
    OST_AUTO(ost_prior) prior = open_model();
    OST_AUTO(ost_patient) photo = NULL;
    struct ost_patient_request request = arm(false)->request;
    request.photo = true;
    assert_true(ost_patient_create(prior, &request, NULL, &photo, NULL));
    for (int n = 0; n < OST_PATIENT_FILMS; n++) {
        const struct ost_image *film = arm(false)->film[n].image;
        double a = 0.0, b = 0.0, aa = 0.0, bb = 0.0, ab = 0.0, count = 0.0;
        assert_true(photo->film[n].photo);
        for (uint32_t row = 3; row + 3 < film->height; row += 7) {
            for (uint32_t column = 3; column + 3 < film->width; column += 7) {
                double x = (double)film->pixel[(size_t)row * film->width + column];
                double y = photographed(&photo->film[n], column, row);
                a += x;
                b += y;
                aa += x * x;
                bb += y * y;
                ab += x * y;
                count += 1.0;
            }
        }
        double r = (ab - a * b / count) / sqrt((aa - a * a / count) * (bb - b * b / count));
        assert_true(r > 0.95);
        /* And it leans: opposite sides differ in length. */
        const double *h = photo->film[n].homography;
        assert_true(hypot(h[6], h[7]) > 1e-6);
    }
}

static void each_step_of_the_wedge_weakens_as_its_aluminium_does(void **state)
{
    (void)state;
    const struct ost_patient_film *film = &arm(false)->film[0];
    const struct ost_film_wedge *w = &film->wedge;
    struct ost_spectrum tube;
    assert_true(w->present && film->gain > 0.0);
    assert_true(ost_spectrum_tube(film->kvp, film->filter, 5, &tube, NULL));
    for (int n = 0; n < OST_WEDGE_STEPS; n++) {
        double row = w->corner[1] + (n + 0.5) * w->size[1] / OST_WEDGE_STEPS, sum = 0.0;
        for (int k = 0; k < 100; k++)
            sum += attenuation(film, w->corner[0] + w->size[0] * (0.3 + 0.004 * k),
                               row + 0.1 * (k % 9 - 4)) /
                   100.0;
        double area[OST_MATERIALS] = {0.0};
        area[OST_ALUMINIUM] = 0.2699 * w->thickness[n];
        double want = -log(ost_spectrum_passes(&tube, area));
        assert_near(sum, want, 0.02); /* a hundred pixels of a few per cent of noise each */
        if (n > 0)
            assert_true(w->thickness[n] > w->thickness[n - 1]);
    }
}

static void the_open_beam_has_no_attenuation(void **state)
{
    (void)state;
    assert_near(arm(false)->film[0].gain, 1e-4, 0.0);
    double sum = 0.0;
    for (int k = 0; k < 400; k++)
        sum += attenuation(&arm(false)->film[0], 40.0 + k % 20, 400.0 + k / 20.0) / 400.0;
    assert_near(sum, 0.0, 0.02);
}

/* Through the middle of the distal shaft: plate and two walls of plaster. */
static void plate_and_cast_stand_in_the_beam(void **state)
{
    (void)state;
    const struct ost_patient *bare = arm(false), *dressed = arm(true);
    double middle[3] = {0.0, 0.0, 35.0}, count = 0.0, pixel[2];
    for (uint32_t v = 0; v < bare->bone[OST_RADIUS]->vertex_count; v++) {
        const float *at = bare->bone[OST_RADIUS]->vertex[v];
        if (fabs((double)at[2] - 35.0) > 2.0)
            continue;
        middle[0] += (double)at[0];
        middle[1] += (double)at[1];
        count += 1.0;
    }
    middle[0] /= count;
    middle[1] /= count;
    assert_true(ost_camera_project(&bare->film[0].camera, middle, pixel, NULL));
    double more = attenuation(&dressed->film[0], pixel[0], pixel[1]) -
                  attenuation(&bare->film[0], pixel[0], pixel[1]);
    /* 2 mm of titanium and 9 mm of plaster at about 36 keV: 1.5 to 3.5. */
    assert_true(more > 1.2 && more < 4.5);
    /* Beside the bone, in flesh, the cast alone. */
    middle[0] += 22.0;
    assert_true(ost_camera_project(&bare->film[0].camera, middle, pixel, NULL));
    more = 0.0;
    for (int k = 0; k < 200; k++) {
        double row = pixel[1] + k % 20 - 10, column = pixel[0] + k / 20.0 - 5.0;
        more += (attenuation(&dressed->film[0], column, row) -
                 attenuation(&bare->film[0], column, row)) /
                200.0;
    }
    assert_true(more > 0.4 && more < 1.6);
}

static void the_bones_do_not_know_what_is_round_them(void **state)
{
    (void)state;
    const struct ost_patient *bare = arm(false), *dressed = arm(true);
    assert_near(bare->distal_30, dressed->distal_30, 0.0);
    assert_memory_equal(bare->bone[OST_RADIUS]->vertex, dressed->bone[OST_RADIUS]->vertex,
                        bare->bone[OST_RADIUS]->vertex_count * sizeof(float[3]));
}

RUN(T(a_photograph_shows_the_film_where_it_says),
    T(each_step_of_the_wedge_weakens_as_its_aluminium_does), T(the_open_beam_has_no_attenuation),
    T(plate_and_cast_stand_in_the_beam), T(the_bones_do_not_know_what_is_round_them))
