#include "recon/layers/layers.h"

#include "recon/base/array.h"
#include "recon/layers/share_impl.h"

#include <stdlib.h>
#include <string.h>

const char *ost_layer_name(enum ost_layer layer)
{
    static const char *const name[] = {[OST_LAYER_RADIUS] = "radius",
                                       [OST_LAYER_ULNA] = "ulna",
                                       [OST_LAYER_HAND] = "hand",
                                       [OST_LAYER_SOFT] = "soft",
                                       [OST_LAYER_METAL] = "metal"};
    return (unsigned)layer < OST_COUNT(name) ? name[layer] : "unknown";
}

void ost_layers_destroy(struct ost_layers *layers)
{
    if (layers == NULL)
        return;
    for (size_t v = 0; v < OST_LAYERS_VIEWS; v++) {
        ost_image_destroy(layers->view[v].total);
        ost_image_destroy(layers->view[v].exposed);
        ost_image_destroy(layers->view[v].grain);
        for (int b = 0; b < OST_BONES; b++)
            ost_image_destroy(layers->view[v].path[b]);
        for (int k = 0; k < OST_LAYERS; k++) {
            ost_image_destroy(layers->view[v].attenuation[k]);
            ost_image_destroy(layers->view[v].area[k]);
        }
    }
    free(layers);
}

static enum ost_curve_how least_calibrated(const struct ost_layers_request *request)
{
    static const int rank[OST_CURVE_HOWS] = {[OST_CURVE_UNKNOWN] = 0,
                                             [OST_CURVE_WEDGE] = 1,
                                             [OST_CURVE_LINEAR] = 2,
                                             [OST_CURVE_RAW] = 2};
    enum ost_curve_how worst = request->film[0].curve.how;
    for (size_t v = 1; v < request->count; v++)
        if (rank[request->film[v].curve.how] < rank[worst])
            worst = request->film[v].curve.how;
    return worst;
}

static bool work_on(struct ost_solve *s, const struct ost_progress *progress,
                    struct ost_layers *layers, struct ost_err *err)
{
    const struct ost_progress part = ost_progress_part(progress, 0.1, 0.8);
    if (!ost_solve_run(s, &part, err))
        return false;
    layers->off = s->off;
    layers->gain_sd = s->gain_sd;
    memcpy(layers->cortical, s->cortical, sizeof layers->cortical);
    memcpy(layers->trabecular, s->trabecular, sizeof layers->trabecular);
    for (size_t v = 0; v < layers->count; v++)
        if (!ost_layers_share(s, v, &layers->view[v], err))
            return false;
    return ost_progress_step(progress, 1.0, "layers", err);
}

bool ost_layers_create(const struct ost_layers_request *request,
                       const struct ost_progress *progress, struct ost_layers **out,
                       struct ost_err *err)
{
    *out = NULL;
    if (request->count < 1 || request->count > OST_LAYERS_VIEWS)
        return ost_fail(err, OST_INVALID, "layers: %zu films, 1 to %d", request->count,
                        OST_LAYERS_VIEWS);
    OST_AUTO(ost_layers) layers = calloc(1, sizeof *layers);
    if (layers == NULL)
        return ost_fail(err, OST_NOMEM, "layers: out of memory");
    layers->count = request->count;
    layers->how = least_calibrated(request);
    struct ost_plate plate[OST_LAYERS_VIEWS] = {{.film = NULL}};
    struct ost_solve solve = {.request = NULL};
    bool ok = true;
    for (size_t v = 0; ok && v < request->count; v++)
        ok = ost_plate_init(&plate[v], request, v, err);
    ok =
        ok && ost_solve_init(&solve, request, plate, err) && work_on(&solve, progress, layers, err);
    ost_solve_fini(&solve);
    for (size_t v = 0; v < OST_LAYERS_VIEWS; v++)
        ost_plate_fini(&plate[v]);
    if (!ok)
        return false;
    *out = ost_steal(&layers);
    return true;
}
