#include "recon/base/rng.h"
#include "recon/layers/density.h"
#include "recon/layers/layers.h"
#include "tests/recon/xray/body.h"

#include <stdlib.h>

/*
 * An arm whose answer is known: an elliptic cylinder of flesh along z with two balls of
 * bone in it, each a shell of cortex about spongy bone. The joint is at z = 0, proximal is +z.
 */
static const double ball[OST_BONES][4] = {{9.0, 2.0, 40.0, 13.0}, {-16.0, -1.0, 46.0, 9.0}};
static const double shell = 2.0, cortical = 950.0, spongy = 210.0; /* mm, mgHA/cm3 */
static const double arm_half[2] = {34.0, 22.0};

struct scene {
    struct ost_mesh *bone[OST_BONES];
    float *cortex[OST_BONES];
    struct ost_image *film[2];
    struct ost_image *exact[2][OST_LAYERS]; /* attenuation */
    struct ost_layers_request request;
};

static struct ost_camera camera(int view)
{
    struct ost_camera c = {
        .width = 300, .height = 240, .focal = {2500.0, 2500.0}, .principal = {149.5, 119.5}};
    static const double row[2][3][3] = {{{-1, 0, 0}, {0, 0, 1}, {0, 1, 0}},
                                        {{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            c.world_to_camera.r[3 * k + i] = row[view][i][k];
    c.world_to_camera.t[1] = -50.0;
    c.world_to_camera.t[2] = 950.0;
    return c;
}

static double chord_of_ball(const double source[3], const double ray[3], const double *b,
                            double less)
{
    const double r = b[3] - less, half[3] = {r, r, r};
    return body_chord(source, ray, b, half);
}

/* A cylinder is an ellipsoid without end. */
static double chord_of_flesh(const double source[3], const double ray[3])
{
    const double centre[3] = {0.0, 0.0, 50.0}, half[3] = {arm_half[0], arm_half[1], 1e7};
    return body_chord(source, ray, centre, half);
}

/* Gross flesh and mineral of a ray, g/cm2. */
static void exact_ray(const struct ost_camera *c, const double pixel[2], double *flesh,
                      double mineral[OST_BONES])
{
    double source[3], ray[3];
    ost_camera_ray(c, pixel, source, ray);
    *flesh = 0.105 * chord_of_flesh(source, ray);
    for (int b = 0; b < OST_BONES; b++) {
        const double whole = chord_of_ball(source, ray, ball[b], 0.0);
        const double inner = chord_of_ball(source, ray, ball[b], shell);
        mineral[b] = 1e-4 * (cortical * (whole - inner) + spongy * inner);
    }
}

static void expose(struct scene *s, int view, const struct ost_hardening *beam)
{
    const struct ost_camera c = camera(view);
    assert_true(ost_image_create(&s->film[view], c.width, c.height, NULL));
    for (int k = 0; k < OST_LAYERS; k++)
        assert_true(ost_image_create(&s->exact[view][k], c.width, c.height, NULL));
    for (uint32_t n = 0; n < c.width * c.height; n++) {
        const double pixel[2] = {n % c.width, n / c.width};
        double flesh, mineral[OST_BONES];
        exact_ray(&c, pixel, &flesh, mineral);
        const double sum = mineral[0] + mineral[1];
        const double l = ost_hardening_attenuation(beam, flesh, sum, NULL);
        const double charge = ost_hardening_charge(beam, flesh, sum);
        for (int b = 0; b < OST_BONES; b++)
            s->exact[view][b]->pixel[n] = sum > 0.0 ? (float)(charge * mineral[b] / sum) : 0.0F;
        s->exact[view][OST_LAYER_SOFT]->pixel[n] = (float)(l - charge);
        s->film[view]->pixel[n] = (float)(1000.0 + 10000.0 * l);
    }
}

static void make(struct scene *s)
{
    struct ost_spectrum tube;
    *s = (struct scene){.request = {.count = 2}};
    assert_true(ost_spectrum_tube(53.0, 2.5, OST_SPECTRUM_MOST, &tube, NULL));
    const struct ost_hardening beam = ost_hardening_of(&tube);
    for (int b = 0; b < OST_BONES; b++) {
        const double half[3] = {ball[b][3], ball[b][3], ball[b][3]};
        s->bone[b] = body_ellipsoid(ball[b], half);
        s->cortex[b] = malloc(s->bone[b]->vertex_count * sizeof(float));
        assert_non_null(s->cortex[b]);
        for (uint32_t v = 0; v < s->bone[b]->vertex_count; v++)
            s->cortex[b][v] = (float)shell;
        s->request.bone[b] = (struct ost_layers_bone){s->bone[b], s->cortex[b]};
    }
    for (int v = 0; v < 2; v++) {
        expose(s, v, &beam);
        s->request.film[v] = (struct ost_layers_film){.image = s->film[v],
                                                      .camera = camera(v),
                                                      .curve = {.how = OST_CURVE_LINEAR,
                                                                .gain = 10000.0,
                                                                .offset = 1000.0,
                                                                .kvp = 53.0,
                                                                .filter = 2.5,
                                                                .flat = true,
                                                                .kvp_sd = 0.3}};
    }
    s->request.frame = (struct ost_anatomy){
        .axis = {0.0, 0.0, -1.0}, .radial = {1.0, 0.0, 0.0}, .volar = {0.0, -1.0, 0.0}};
    s->request.cortical[0] = 880.0;
    s->request.cortical[1] = 45.0;
    s->request.trabecular[0] = 170.0;
    s->request.trabecular[1] = 38.0;
}

static void drop(struct scene *s)
{
    for (int b = 0; b < OST_BONES; b++) {
        ost_mesh_destroy(s->bone[b]);
        free(s->cortex[b]);
    }
    for (int v = 0; v < 2; v++) {
        ost_image_destroy(s->film[v]);
        for (int k = 0; k < OST_LAYERS; k++)
            ost_image_destroy(s->exact[v][k]);
    }
}

static struct ost_layers *taken_apart(const struct scene *s)
{
    struct ost_layers *layers = NULL;
    struct ost_err err = {0};
    if (!ost_layers_create(&s->request, NULL, &layers, &err))
        fail_msg("%s", err.msg);
    return layers;
}

static double mass(const struct ost_image *image)
{
    double sum = 0.0;
    for (size_t n = 0; n < (size_t)image->width * image->height; n++)
        sum += (double)image->pixel[n];
    return sum;
}

/* The worst of the layers' masses on both films together; what changes layers shows twice. */
static double worst_mass(const struct ost_layers *layers, const struct scene *s)
{
    static const enum ost_layer all[] = {OST_LAYER_RADIUS, OST_LAYER_ULNA, OST_LAYER_SOFT};
    double worst = 0.0;
    for (int k = 0; k < 3; k++) {
        double found = 0.0, exact = 0.0;
        for (int v = 0; v < 2; v++) {
            found += mass(layers->view[v].attenuation[all[k]]);
            exact += mass(s->exact[v][all[k]]);
        }
        worst = fmax(worst, fabs(found / exact - 1.0));
    }
    return worst;
}

static void every_layer_has_its_mass(void **state)
{
    (void)state;
    struct scene s;
    make(&s);
    struct ost_layers *layers = taken_apart(&s);
    assert_true(worst_mass(layers, &s) < 0.02);
    /* The measure itself: a tenth of the radius given to the ulna must not pass. */
    struct ost_image *const *part = layers->view[0].attenuation;
    for (size_t n = 0; n < (size_t)part[0]->width * part[0]->height; n++) {
        const float moved = 0.1F * part[OST_LAYER_RADIUS]->pixel[n];
        part[OST_LAYER_RADIUS]->pixel[n] -= moved;
        part[OST_LAYER_ULNA]->pixel[n] += moved;
    }
    assert_true(worst_mass(layers, &s) > 0.03);
    ost_layers_destroy(layers);
    drop(&s);
}

static void layers_add_up_to_the_film(void **state)
{
    (void)state;
    struct scene s;
    make(&s);
    struct ost_layers *layers = taken_apart(&s);
    for (int v = 0; v < 2; v++) {
        const struct ost_layers_view *view = &layers->view[v];
        for (size_t n = 0; n < (size_t)view->total->width * view->total->height; n++) {
            double sum = (double)view->grain->pixel[n];
            for (int k = 0; k < OST_LAYERS; k++)
                sum += (double)view->attenuation[k]->pixel[n];
            assert_near(sum, (double)view->total->pixel[n], 1e-5);
        }
        assert_true(fabs(mass(view->grain)) < 0.002 * mass(view->total));
    }
    ost_layers_destroy(layers);
    drop(&s);
}

/* 20 log10 of the largest exact value over the root mean square error. */
static double psnr(const struct ost_image *layer, const struct ost_image *exact)
{
    double most = 0.0, square = 0.0;
    const size_t count = (size_t)layer->width * layer->height;
    for (size_t n = 0; n < count; n++) {
        const double off = (double)layer->pixel[n] - (double)exact->pixel[n];
        most = fmax(most, (double)exact->pixel[n]);
        square += off * off;
    }
    return 20.0 * log10(most / sqrt(square / (double)count));
}

static void layers_look_like_the_exact_ones(void **state)
{
    (void)state;
    struct scene s;
    make(&s);
    struct ost_layers *layers = taken_apart(&s);
    for (int v = 0; v < 2; v++)
        for (int b = 0; b < OST_BONES; b++)
            assert_true(psnr(layers->view[v].attenuation[b], s.exact[v][b]) > 35.0);
    ost_layers_destroy(layers);
    drop(&s);
}

/* The whole ball: its mean density is known, and so is the area of its shadow. */
static void density_of_the_ball(void **state)
{
    (void)state;
    struct scene s;
    make(&s);
    struct ost_layers *layers = taken_apart(&s);
    const struct ost_density_part part = {OST_RADIUS, 20.0, 60.0};
    struct ost_density_found found;
    struct ost_err err = {0};
    const double r = ball[OST_RADIUS][3], inner = r - shell;
    const double share = inner * inner * inner / (r * r * r);
    const double mean = spongy * share + cortical * (1.0 - share);
    if (!ost_density_measure(layers, &s.request, &part, &found, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(found.view, 0);
    assert_near(found.volumetric, mean, 0.03 * mean);
    assert_near(found.areal, 1e-4 * mean * 4.0 / 3.0 * r, 0.03e-4 * mean * 4.0 / 3.0 * r);
    assert_near(found.shown, 1.0, 1e-9);
    assert_false(found.relative);
    const struct ost_density_part beyond = {OST_RADIUS, 140.0, 160.0};
    assert_false(ost_density_measure(layers, &s.request, &beyond, &found, &err));
    assert_int_equal(err.code, OST_NOT_FOUND);
    ost_layers_destroy(layers);
    drop(&s);
}

/* Grain of 0.03 L belongs to no layer: the flesh is as smooth as without, and no mass moves. */
static void grain_is_no_layer(void **state)
{
    (void)state;
    struct scene s;
    make(&s);
    struct ost_rng rng = ost_rng_seed(7);
    double square = 0.0;
    for (int v = 0; v < 2; v++)
        for (size_t n = 0; n < (size_t)s.film[v]->width * s.film[v]->height; n++)
            s.film[v]->pixel[n] += (float)(300.0 * ost_rng_normal(&rng));
    struct ost_layers *layers = taken_apart(&s);
    const struct ost_image *grain = layers->view[0].grain;
    const size_t count = (size_t)grain->width * grain->height;
    for (size_t n = 0; n < count; n++)
        square += (double)grain->pixel[n] * (double)grain->pixel[n];
    assert_near(sqrt(square / (double)count), 0.03, 0.005);
    assert_true(worst_mass(layers, &s) < 0.02);
    assert_true(psnr(layers->view[0].attenuation[OST_LAYER_SOFT], s.exact[0][OST_LAYER_SOFT]) >
                35.0);
    ost_layers_destroy(layers);
    drop(&s);
}

/*
 * Flesh that no section foresees, a ridge along the film's middle as deep as a fifth of the
 * arm, is read beside the balls and carried under them: no ball takes it for bone.
 */
static void flesh_beyond_the_sections_is_no_bone(void **state)
{
    (void)state;
    struct scene s;
    make(&s);
    struct ost_spectrum tube;
    assert_true(ost_spectrum_tube(53.0, 2.5, OST_SPECTRUM_MOST, &tube, NULL));
    const struct ost_hardening beam = ost_hardening_of(&tube);
    const struct ost_camera c = camera(0);
    for (uint32_t n = 0; n < c.width * c.height; n++) {
        const double pixel[2] = {n % c.width, n / c.width}, off = (pixel[0] - 149.5) / 40.0;
        double flesh, mineral[OST_BONES];
        exact_ray(&c, pixel, &flesh, mineral);
        const double more = 0.9 * exp(-0.5 * off * off), sum = mineral[0] + mineral[1];
        s.film[0]->pixel[n] +=
            (float)(10000.0 * (ost_hardening_attenuation(&beam, flesh + more, sum, NULL) -
                               ost_hardening_attenuation(&beam, flesh, sum, NULL)));
    }
    struct ost_layers *layers = taken_apart(&s);
    for (int b = 0; b < OST_BONES; b++)
        assert_near(mass(layers->view[0].attenuation[b]) / mass(s.exact[0][b]), 1.0, 0.05);
    ost_layers_destroy(layers);
    drop(&s);
}

/* A bead of metal takes its own excess, and the bone under it keeps its mass. */
static void metal_is_a_layer_of_its_own(void **state)
{
    (void)state;
    struct scene s;
    make(&s);
    const double at[3] = {ball[0][0], ball[0][1], ball[0][2]};
    double pixel[2];
    const struct ost_camera c = camera(0);
    assert_true(ost_camera_project(&c, at, pixel, NULL));
    for (int j = -4; j <= 4; j++)
        for (int i = -4; i <= 4; i++) {
            const size_t n = (size_t)((int)pixel[1] + j) * c.width + (size_t)((int)pixel[0] + i);
            s.film[0]->pixel[n] += 30000.0F;
        }
    struct ost_layers *layers = taken_apart(&s);
    assert_near(mass(layers->view[0].attenuation[OST_LAYER_METAL]), 81.0 * 3.0, 0.1 * 81.0 * 3.0);
    assert_true(worst_mass(layers, &s) < 0.02);
    ost_layers_destroy(layers);
    drop(&s);
}

static void a_film_of_another_size_than_its_camera_is_refused(void **state)
{
    (void)state;
    struct scene s;
    struct ost_layers *layers = NULL;
    struct ost_err err = {0};
    make(&s);
    s.request.film[1].camera.width = 301;
    assert_false(ost_layers_create(&s.request, NULL, &layers, &err));
    assert_int_equal(err.code, OST_INVALID);
    assert_null(layers);
    drop(&s);
}

RUN(T(every_layer_has_its_mass), T(layers_add_up_to_the_film), T(layers_look_like_the_exact_ones),
    T(density_of_the_ball), T(metal_is_a_layer_of_its_own), T(grain_is_no_layer),
    T(flesh_beyond_the_sections_is_no_bone), T(a_film_of_another_size_than_its_camera_is_refused))
