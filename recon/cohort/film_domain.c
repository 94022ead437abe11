/* One hospital's films and another's. */
#include "recon/base/rng.h"
#include "recon/cohort/film_impl.h"
#include "recon/image/jpeg.h"

#include <math.h>

static double between(struct ost_rng *rng, double low, double high)
{
    return low + (high - low) * ost_rng_uniform(rng);
}

static struct ost_film_domain ordinary(void)
{
    return (struct ost_film_domain){
        .pixel = 0.15,
        .kvp = {50.0, 6.0},
        .filter = 2.5,
        .scatter = {0.12, 0.10},
        .blur = {0.7, 0.4},
        .quanta = 3500.0,
        .depth = 1.0,
        .turn_deg = NAN,
    };
}

/* One room for both films of an arm: harder beam, no grid, a coarser or finer panel, another LUT.
 */
static struct ost_film_domain another(const struct ost_patient_request *request, int number)
{
    struct ost_rng room = ost_rng_seed(request->seed * 64 + 56);
    struct ost_rng film =
        ost_rng_seed(request->seed * 64 + 57 + (uint64_t)number + (request->other ? 4 : 0));
    struct ost_film_domain d = {.pixel = between(&room, 0.10, 0.20)};
    d.kvp[0] = between(&room, 58.0, 68.0);
    d.filter = between(&room, 3.0, 5.5);
    d.scatter[0] = between(&room, 0.25, 0.55);
    d.blur[0] = between(&room, 0.15, 0.30) / d.pixel;
    d.quanta = between(&room, 700.0, 1800.0);
    d.tone = OST_TONE_POWER;
    d.depth = between(&room, 0.70, 0.85);
    d.gamma = exp(between(&room, log(0.55), log(1.7)));
    d.inverted = ost_rng_uniform(&room) < 0.25;
    d.jpeg = 50;
    d.turn_deg = between(&film, 0.0, 10.0);
    const double most[4] = {10.0, 22.0, 10.0, 30.0};
    for (int k = 0; k < 4; k++)
        d.shut[k] = most[k] * ost_rng_uniform(&film);
    return d;
}

/* The panel's own numbers, corrected for scatter and flat: attenuation 0 to 6.55 in 16 bits. */
static void plain(struct ost_film_domain *d)
{
    d->tone = OST_TONE_LINEAR;
    d->gain = 1e-4;
    d->scatter[0] = d->scatter[1] = 0.0;
    d->flat = true;
    d->inverted = false;
    d->jpeg = 0;
}

struct ost_film_domain ost_film_domain_of(const struct ost_patient_request *request, int number,
                                          const double usual_mm[2])
{
    struct ost_film_domain d =
        request->family == OST_FAMILY_SHIFTED ? another(request, number) : ordinary();
    for (int k = 0; k < 2; k++)
        d.size[k] = (uint32_t)lround(usual_mm[k] / d.pixel);
    if (request->view_turn_deg != 0.0)
        d.turn_deg = fmax(0.0, request->view_turn_deg);
    if (request->noise > 0.0)
        d.quanta /= request->noise * request->noise;
    if (request->jpeg > 0)
        d.jpeg = request->jpeg;
    /* A cast is exposed for: the film is as dark under it as without. */
    d.through = request->cast == OST_CAST_PLASTER ? 0.85 : 0.0;
    d.through = request->cast == OST_CAST_FIBREGLASS ? 0.22 : d.through;
    if (request->linear)
        plain(&d);
    return d;
}

bool ost_film_through_jpeg(struct ost_image *film, int quality, struct ost_err *err)
{
    const size_t count = (size_t)film->width * film->height;
    OST_AUTO(ost_image) back = NULL;
    struct ost_buf file;
    ost_buf_init(&file, (size_t)1 << 28);
    for (size_t n = 0; n < count; n++)
        film->pixel[n] /= 257.0F;
    bool ok = ost_jpeg_write_grey(film, quality, &file, err) &&
              ost_jpeg_read_grey(file.ptr, file.len, &back, err);
    for (size_t n = 0; ok && n < count; n++)
        film->pixel[n] = 257.0F * back->pixel[n];
    ost_buf_fini(&file);
    return ok;
}
