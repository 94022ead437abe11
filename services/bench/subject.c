#include "services/bench/subject.h"

#include "recon/base/rng.h"
#include "recon/image/jpeg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The one table: seeds first .. first + count - 1. */
struct set {
    const char *name;
    enum ost_family family;
    uint64_t first;
    size_t count;
    double malunion;    /* share of them that has one */
    double view_deg[2]; /* RMS turn of each view: from the first case to the last, in steps */
    int jpeg;
};

static const struct set set_table[OST_BENCH_SETS] = {
    [OST_BENCH_SIMULATED] = {"simulated", OST_FAMILY_TRAINED, 2000000, 40, 0.5, {6.0, 6.0}, 0},
    [OST_BENCH_SHIFTED] = {"shifted", OST_FAMILY_SHIFTED, 2100000, 40, 0.5, {0.0, 10.0}, 50},
};
enum { VIEW_STEPS = 11 }; /* 0, 1, ... 10 degrees and again from the start */

const char *ost_bench_set_name(enum ost_bench_set set)
{
    return set_table[set].name;
}

size_t ost_bench_set_count(enum ost_bench_set set)
{
    return set_table[set].count;
}

static struct ost_patient_request request_of(const struct set *set, size_t index,
                                             const struct ost_bench_spoil *spoil)
{
    struct ost_patient_request request = ost_patient_random(set->first + index, set->malunion);
    double step = (double)(index % VIEW_STEPS) / (VIEW_STEPS - 1);
    double rms = set->view_deg[0] + step * (set->view_deg[1] - set->view_deg[0]);
    if (spoil->has_view)
        rms = spoil->view_deg;
    request.family = set->family;
    /* The patient's own figure is the SD about each of three axes. */
    request.view_error_deg = rms / sqrt(3.0);
    return request;
}

static bool copy(const struct ost_image *in, struct ost_image **out, struct ost_err *err)
{
    if (!ost_image_create(out, in->width, in->height, err))
        return false;
    memcpy((*out)->pixel, in->pixel, (size_t)in->width * in->height * sizeof *in->pixel);
    return true;
}

static void add_noise(struct ost_image *image, double share, uint64_t seed)
{
    struct ost_rng rng = ost_rng_seed(seed);
    const float most = 65535.0F;
    for (size_t i = 0; i < (size_t)image->width * image->height; i++) {
        float grey = image->pixel[i] + most * (float)(share * ost_rng_normal(&rng));
        image->pixel[i] = fminf(most, fmaxf(0.0F, grey));
    }
}

/* To eight bits, through the codec and back: what is read then is 0..255. */
static bool squeeze(struct ost_image **image, int quality, struct ost_err *err)
{
    struct ost_image *back = NULL;
    struct ost_buf bytes;
    for (size_t i = 0; i < (size_t)(*image)->width * (*image)->height; i++)
        (*image)->pixel[i] /= 257.0F;
    ost_buf_init(&bytes, (size_t)1 << 26);
    bool ok = ost_jpeg_write_grey(*image, quality, &bytes, err) &&
              ost_jpeg_read_grey(bytes.ptr, bytes.len, &back, err);
    ost_buf_fini(&bytes);
    if (!ok)
        return false;
    ost_image_destroy(*image);
    *image = back;
    return true;
}

static bool take_film(struct ost_bench_case *c, int n, const struct ost_bench_spoil *spoil,
                      struct ost_err *err)
{
    const struct ost_patient_film *film = &c->patient->film[n];
    c->input[n] = (struct ost_fit_film){.image = film->image,
                                        .projection = film->projection,
                                        .bone = OST_BONE_AUTO,
                                        .spacing = film->spacing,
                                        .has_camera = spoil->has_cameras,
                                        .camera = film->camera};
    if (!(spoil->noise > 0.0) && spoil->jpeg == 0)
        return true;
    if (!copy(film->image, &c->film[n], err))
        return false;
    c->input[n].image = c->film[n];
    if (spoil->noise > 0.0)
        add_noise(c->film[n], spoil->noise, c->patient->request.seed * 2 + (uint64_t)n);
    if (spoil->jpeg == 0)
        return true;
    bool ok = squeeze(&c->film[n], spoil->jpeg, err);
    c->input[n].image = c->film[n];
    return ok;
}

bool ost_bench_case_create(const struct ost_prior *prior, enum ost_bench_set set, size_t index,
                           const struct ost_bench_spoil *spoil, struct ost_bench_case **out,
                           struct ost_err *err)
{
    const struct set *s = &set_table[set];
    const struct ost_bench_spoil usual = {.jpeg = s->jpeg};
    const struct ost_patient_request request = request_of(s, index, spoil == NULL ? &usual : spoil);
    *out = NULL;
    OST_AUTO(ost_bench_case) c = calloc(1, sizeof *c);
    if (c == NULL)
        return ost_fail(err, OST_NOMEM, "bench: no room for a case");
    c->prior = prior;
    c->side = request.left ? OST_SIDE_LEFT : OST_SIDE_RIGHT;
    if (index >= s->count)
        return ost_fail(err, OST_INVALID, "bench: no case %zu in a set of %zu", index, s->count);
    if (!ost_patient_create(prior, &request, NULL, &c->patient, err))
        return false;
    for (int n = 0; n < OST_PATIENT_FILMS; n++) {
        if (!take_film(c, n, spoil == NULL ? &usual : spoil, err))
            return false;
    }
    *out = ost_steal(&c);
    return true;
}

void ost_bench_case_destroy(struct ost_bench_case *kase)
{
    if (kase == NULL)
        return;
    for (int n = 0; n < OST_PATIENT_FILMS; n++)
        ost_image_destroy(kase->film[n]);
    ost_patient_destroy(kase->patient);
    free(kase);
}
