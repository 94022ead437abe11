#include "recon/learn/tl.h"

#include "recon/learn/tl_impl.h"

#include <stdlib.h>
#include <string.h>

const char *ost_tl_recipe_name(enum ost_tl_recipe recipe)
{
    static const char *const name[OST_TL_RECIPES] = {"girdhar", "shiode"};
    return name[recipe];
}

size_t ost_tl_voxel_count(const struct ost_tl_size *size)
{
    return (size_t)size->voxels[0] * size->voxels[1] * size->voxels[2];
}

size_t ost_tl_volume_count(const struct ost_tl_size *size)
{
    return ost_tl_voxel_count(size) * tl_bodies(size);
}

size_t ost_tl_film_count(const struct ost_tl_size *size)
{
    return (size_t)size->film[0] * size->film[1] * size->views;
}

void tl_net_fini(struct tl_net *n)
{
    ost_net_destroy(n->net);
    *n = (struct tl_net){0};
}

static int halve(struct ost_net *net, int from, const char *name, uint32_t channels,
                 uint32_t kernel)
{
    return ost_net_conv(net, from, name,
                        (struct ost_net_conv){channels, kernel, 2, kernel / 2, OST_NET_LEAKY});
}

static int encode(struct ost_net *net, int x)
{
    x = halve(net, x, "enc1", 8, 3);
    x = halve(net, x, "enc2", 16, 3);
    x = halve(net, x, "enc3", 32, 3);
    x = halve(net, x, "enc4", 64, 3);
    return ost_net_dense(net, x, "enc.code", OST_TL_CODE, OST_NET_LINEAR);
}

static int twice(struct ost_net *net, int from, const char *name, uint32_t channels)
{
    return ost_net_conv(net, ost_net_upsample(net, from), name,
                        (struct ost_net_conv){channels, 3, 1, 1, OST_NET_LEAKY});
}

static int decode(struct ost_net *net, int x, const struct ost_tl_size *size)
{
    const struct ost_net_shape small = {
        64, 3, {size->voxels[2] / 16, size->voxels[1] / 16, size->voxels[0] / 16}};
    x = ost_net_dense(net, x, "dec.code", 64 * small.dim[0] * small.dim[1] * small.dim[2],
                      OST_NET_LEAKY);
    x = ost_net_reshape(net, x, small);
    x = twice(net, x, "dec1", 32);
    x = twice(net, x, "dec2", 16);
    x = twice(net, x, "dec3", 16);
    x = ost_net_conv(net, x, "dec4",
                     (struct ost_net_conv){8 * tl_bodies(size), 3, 1, 1, OST_NET_LINEAR});
    return ost_net_shuffle(net, x);
}

bool tl_net_volume(struct tl_net *out, const struct ost_tl *tl, enum tl_part part,
                   enum ost_net_use use, uint32_t samples, struct ost_err *err)
{
    const struct ost_tl_size *s = &tl->size;
    const struct ost_net_shape volume = {
        tl_bodies(s), 3, {s->voxels[2], s->voxels[1], s->voxels[0]}};
    const struct ost_net_shape code = {OST_TL_CODE, 0, {0}};
    *out = (struct tl_net){.in = -1, .code = -1, .out = -1};
    if (!ost_net_create(&out->net, tl->volume, use, samples, err))
        return false;
    out->in = ost_net_input(out->net, part == TL_DECODER ? code : volume);
    out->code = part == TL_DECODER ? out->in : encode(out->net, out->in);
    if (part != TL_DECODER)
        ost_net_output(out->net, out->code);
    if (part != TL_ENCODER) {
        out->out = decode(out->net, out->code, s);
        ost_net_output(out->net, out->out);
    }
    if (use == OST_NET_WATCH)
        ost_net_watch(out->net, out->in);
    return ost_net_finish(out->net, err);
}

bool tl_net_picture(struct tl_net *out, const struct ost_tl *tl, enum ost_net_use use,
                    uint32_t samples, struct ost_err *err)
{
    const struct ost_tl_size *s = &tl->size;
    *out = (struct tl_net){.in = -1, .code = -1, .out = -1};
    if (!ost_net_create(&out->net, tl->picture, use, samples, err))
        return false;
    struct ost_net *net = out->net;
    int x = out->in =
        ost_net_input(net, (struct ost_net_shape){s->views, 2, {s->film[1], s->film[0], 0}});
    x = halve(net, x, "film1", 16, 5);
    x = halve(net, x, "film2", 32, 3);
    x = halve(net, x, "film3", 64, 3);
    x = halve(net, x, "film4", 64, 3);
    x = ost_net_dense(net, x, "film5", 256, OST_NET_LEAKY);
    out->code = ost_net_dense(net, x, "film.code", OST_TL_CODE, OST_NET_LINEAR);
    ost_net_output(net, out->code);
    return ost_net_finish(net, err);
}

static bool is_sound(const struct ost_tl_size *size)
{
    bool ok = size->views >= 1 && size->views <= 4 && size->spacing > 0.0 && size->bodies <= 4;
    for (int k = 0; k < 3; k++)
        ok = ok && size->voxels[k] >= 16 && size->voxels[k] <= 512 && size->voxels[k] % 16 == 0;
    for (int k = 0; k < 2; k++)
        ok = ok && size->film[k] >= 16 && size->film[k] <= 512 && size->film[k] % 16 == 0;
    return ok;
}

void ost_tl_destroy(struct ost_tl *tl)
{
    if (tl == NULL)
        return;
    tl_net_fini(&tl->recall);
    tl_net_fini(&tl->look);
    tl_net_fini(&tl->decode);
    ost_net_weights_destroy(tl->volume);
    ost_net_weights_destroy(tl->picture);
    free(tl);
}

bool ost_tl_create(struct ost_tl **out, enum ost_tl_recipe recipe, const struct ost_tl_size *size,
                   uint64_t seed, struct ost_err *err)
{
    if (!is_sound(size))
        return ost_fail(err, OST_INVALID, "tl: sides must be multiples of 16, from 16 to 512");
    OST_AUTO(ost_tl) tl = calloc(1, sizeof *tl);
    if (tl == NULL)
        return ost_fail(err, OST_NOMEM, "tl: out of memory");
    tl->recipe = recipe;
    tl->size = *size;
    if (!ost_net_weights_create(&tl->volume, seed, err) ||
        !ost_net_weights_create(&tl->picture, seed + 1, err) ||
        !tl_net_volume(&tl->recall, tl, TL_WHOLE, OST_NET_INFER, 1, err) ||
        !tl_net_volume(&tl->decode, tl, TL_DECODER, OST_NET_INFER, 1, err) ||
        !tl_net_picture(&tl->look, tl, OST_NET_INFER, 1, err))
        return false;
    *out = ost_steal(&tl);
    return true;
}

bool ost_tl_predict(struct ost_tl *tl, const float *film, float *out, struct ost_err *err)
{
    struct tl_net *look = &tl->look, *decoder = &tl->decode;
    memcpy(ost_net_value(look->net, look->in), film, ost_tl_film_count(&tl->size) * sizeof *film);
    if (!ost_net_forward(look->net, err))
        return false;
    memcpy(ost_net_value(decoder->net, decoder->in), ost_net_value(look->net, look->code),
           OST_TL_CODE * sizeof(float));
    if (!ost_net_forward(decoder->net, err))
        return false;
    memcpy(out, ost_net_value(decoder->net, decoder->out),
           ost_tl_volume_count(&tl->size) * sizeof *out);
    return true;
}

bool ost_tl_recall(struct ost_tl *tl, const uint8_t *inside, float *out, struct ost_err *err)
{
    struct tl_net *n = &tl->recall;
    float *in = ost_net_value(n->net, n->in);
    for (size_t i = 0; i < ost_tl_volume_count(&tl->size); i++)
        in[i] = (float)inside[i] / 255.0F;
    if (!ost_net_forward(n->net, err))
        return false;
    memcpy(out, ost_net_value(n->net, n->out), ost_tl_volume_count(&tl->size) * sizeof *out);
    return true;
}

bool ost_tl_write(const struct ost_tl *tl, bool half, struct ost_buf *out, struct ost_err *err)
{
    const enum ost_ostm_kind kind = half ? OST_OSTM_REAL16 : OST_OSTM_REAL;
    size_t first = ost_net_weights_count(tl->volume), second = ost_net_weights_count(tl->picture);
    struct ost_ostm_tensor *tensor = calloc(first + second, sizeof *tensor);
    if (tensor == NULL)
        return ost_fail(err, OST_NOMEM, "tl: out of memory");
    ost_net_weights_draft(tl->volume, kind, tensor);
    ost_net_weights_draft(tl->picture, kind, tensor + first);
    const struct ost_ostm_text text[] = {{"kind", "tl"},
                                         {"recipe", ost_tl_recipe_name(tl->recipe)}};
    const struct ost_ostm_draft draft = {
        .text = text, .text_count = 2, .tensor = tensor, .tensor_count = first + second};
    bool ok = ost_ostm_write(&draft, out, err);
    free(tensor);
    return ok;
}

bool ost_tl_read(struct ost_tl *tl, const void *bytes, size_t len, struct ost_err *err)
{
    struct ost_ostm *file = NULL;
    bool ok = ost_ostm_open(bytes, len, &file, err) &&
              ost_net_weights_load(tl->volume, file, err) &&
              ost_net_weights_load(tl->picture, file, err);
    ost_ostm_close(file);
    return ok;
}
