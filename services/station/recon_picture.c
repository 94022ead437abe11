#include "recon/image/picture.h"
#include "recon/image/png.h"
#include "recon/xray/outline.h"
#include "services/casefile/disk.h"
#include "services/station/recon_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 128 << 20 };

static const struct ost_pen pens[OST_BONES] = {
    [OST_RADIUS] = {.colour = {255, 209, 102}, .width = 2.2, .opacity = 0.95},
    [OST_ULNA] = {.colour = {98, 195, 216}, .width = 2.2, .opacity = 0.95},
};

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Grey values that hold all but one percent at either end. */
static bool window(const struct ost_image *film, double *low, double *high, struct ost_err *err)
{
    size_t count = (size_t)film->width * film->height, step = count / 20000 + 1, n = 0;
    float *some = malloc((count / step + 1) * sizeof *some);
    if (some == NULL)
        return ost_fail(err, OST_NOMEM, "no room to look at a film");
    for (size_t i = 0; i < count; i += step)
        some[n++] = film->pixel[i];
    qsort(some, n, sizeof *some, by_value);
    *low = (double)some[n / 100];
    *high = (double)some[n - 1 - n / 100];
    free(some);
    if (!(*high > *low))
        *high = *low + 1.0;
    return true;
}

static void draw(struct ost_picture *picture, const struct ost_outline *outline,
                 const struct ost_pen *pen)
{
    for (size_t i = 0; i < outline->line_count; i++) {
        size_t first = outline->first[i];
        ost_picture_polyline(picture, (const double(*)[2])(outline->point + first),
                             outline->first[i + 1] - first, false, pen);
    }
}

static void caption(struct ost_picture *picture, bool simulated)
{
    if (!simulated)
        return;
    const struct ost_pen pen = {.colour = {255, 120, 90}, .width = 1.0, .opacity = 1.0};
    double scale = fmax(1.0, floor(picture->width / 180.0));
    ost_picture_text(picture, (const double[]){4.0 * scale, 4.0 * scale}, scale, "SIMULATED", &pen);
}

static void lines_json(struct ost_buf *out, const char *bone, const struct ost_outline *outline)
{
    ost_buf_print(out, "\"%s\":[", bone);
    for (size_t i = 0; i < outline->line_count; i++) {
        ost_buf_text(out, i == 0 ? "[" : ",[");
        for (size_t k = outline->first[i]; k < outline->first[i + 1]; k += 2)
            ost_buf_print(out, "%s[%.1f,%.1f]", k == outline->first[i] ? "" : ",",
                          outline->point[k][0], outline->point[k][1]);
        ost_buf_text(out, "]");
    }
    ost_buf_text(out, "]");
}

static bool write_lines(const char *case_dir, const char *name,
                        const struct ost_outline *const outline[OST_BONES], struct ost_err *err)
{
    char path[OST_RESULT_NAME + 8];
    struct ost_buf out;
    (void)snprintf(path, sizeof path, "result/%s", name);
    ost_buf_init(&out, FILE_BYTES);
    ost_buf_text(&out, "{\"bones\":{");
    lines_json(&out, "radius", outline[OST_RADIUS]);
    ost_buf_text(&out, ",");
    lines_json(&out, "ulna", outline[OST_ULNA]);
    ost_buf_text(&out, "}}\n");
    bool ok = ost_buf_done(&out, err) && ost_disk_write(case_dir, path, &out, err);
    ost_buf_fini(&out);
    return ok;
}

static bool write_picture(const char *case_dir, const char *name, const struct ost_picture *picture,
                          struct ost_err *err)
{
    char path[OST_RESULT_NAME + 8];
    struct ost_buf out;
    (void)snprintf(path, sizeof path, "result/%s", name);
    ost_buf_init(&out, FILE_BYTES);
    bool ok = ost_png_write_colour(picture, &out, err) && ost_disk_write(case_dir, path, &out, err);
    ost_buf_fini(&out);
    return ok;
}

bool ost_recon_write_overlay(const char *case_dir, const struct ost_recon_view *v, bool simulated,
                             const struct ost_mesh *const bone[OST_BONES],
                             const struct ost_result_view *names, struct ost_err *err)
{
    OST_AUTO(ost_picture) picture = NULL;
    OST_AUTO(ost_outline) radius = NULL;
    OST_AUTO(ost_outline) ulna = NULL;
    double low = 0.0, high = 1.0;
    if (!window(v->film, &low, &high, err) ||
        !ost_picture_of_image(v->film, low, high, &picture, err) ||
        !ost_outline_create(bone[OST_RADIUS], &v->camera, &radius, err) ||
        !ost_outline_create(v->ulna != NULL ? v->ulna : bone[OST_ULNA], &v->camera, &ulna, err))
        return false;
    draw(picture, ulna, &pens[OST_ULNA]);
    draw(picture, radius, &pens[OST_RADIUS]);
    caption(picture, simulated);
    return write_picture(case_dir, names->overlay, picture, err) &&
           write_lines(case_dir, names->outline, (const struct ost_outline *const[]){radius, ulna},
                       err);
}
