/* The stress on a bone's surface as a page to print: seen from two sides and from its joint. */
#include "recon/math/vec.h"
#include "services/casefile/disk.h"
#include "services/station/mech_figure_impl.h"
#include "services/station/mech_impl.h"
#include "services/station/shade.h"
#include "services/station/sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PDF_BYTES = 32 << 20, LINE = 256, STOPS = 11, TOPS = 8 };

/* Eleven samples of "viridis" (van der Walt and Smith 2015, CC0) and the ends of a scale: the
 * page's own, web_static/viewer/colours.js. */
static const unsigned char viridis[STOPS][3] = {
    {0x44, 0x01, 0x54}, {0x48, 0x24, 0x75}, {0x41, 0x44, 0x87}, {0x35, 0x5f, 0x8d},
    {0x2a, 0x78, 0x8e}, {0x21, 0x91, 0x8c}, {0x22, 0xa8, 0x84}, {0x44, 0xbf, 0x70},
    {0x7a, 0xd1, 0x51}, {0xbd, 0xdf, 0x26}, {0xfd, 0xe7, 0x25}};
static const double tops[TOPS] = {0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0};
static const double most_share = 0.99; /* of the surface lies below the end of the scale */

/* A picture on the page: pixels, and points of the page. */
struct frame {
    const char *title;
    double out[3]; /* towards the eye */
    double up[3];
    uint32_t pixels[2];
    double corner[2], size[2];
};

static int by_value(const void *left, const void *right)
{
    const float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

/* What all but the highest hundredth of the values lie below; negative: out of memory. */
static double most_of(const float *value, size_t count)
{
    float *sorted = malloc((count + 1) * sizeof *sorted);
    if (sorted == NULL)
        return -1.0;
    memcpy(sorted, value, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_value);
    double most = count > 0 ? (double)sorted[(size_t)(most_share * (double)(count - 1))] : 0.0;
    free(sorted);
    return most;
}

static double top_for(double most)
{
    int i = 0;
    while (i < TOPS - 1 && tops[i] < most)
        i++;
    return tops[i];
}

static void colour_of(double share, unsigned char out[3])
{
    const double x = fmin(fmax(share, 0.0), 1.0) * (STOPS - 1);
    const int i = x >= STOPS - 1 ? STOPS - 2 : (int)x;
    for (int k = 0; k < 3; k++)
        out[k] =
            (unsigned char)(viridis[i][k] + (x - i) * (viridis[i + 1][k] - viridis[i][k]) + 0.5);
}

/* The whole bone in the middle, with a little room about it. */
static void look_at(const struct ost_mesh *skin, const struct frame *f, struct ost_shade_view *view)
{
    double low[3] = {HUGE_VAL, HUGE_VAL, HUGE_VAL}, high[3] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    memcpy(view->up, f->up, sizeof view->up);
    ost_cross(f->up, f->out, view->right);
    const double *const axis[3] = {view->right, view->up, f->out};
    for (uint32_t v = 0; v < skin->vertex_count; v++)
        for (int k = 0; k < 3; k++) {
            const float *p = skin->vertex[v];
            double at =
                (double)p[0] * axis[k][0] + (double)p[1] * axis[k][1] + (double)p[2] * axis[k][2];
            low[k] = fmin(low[k], at);
            high[k] = fmax(high[k], at);
        }
    memset(view->centre, 0, sizeof view->centre);
    for (int k = 0; k < 3; k++)
        ost_along(view->centre, 0.5 * (low[k] + high[k]), axis[k], view->centre);
    view->mm_per_pixel =
        1.08 * fmax((high[0] - low[0]) / f->pixels[0], (high[1] - low[1]) / f->pixels[1]);
}

/* A bar of ten millimetres below a picture. */
static void put_bar(struct ost_sheet *sheet, const struct frame *f, double mm_per_pixel)
{
    const double points = 10.0 / mm_per_pixel * f->size[0] / f->pixels[0];
    const double y = f->corner[1] + f->size[1] + 6.0, x = f->corner[0] + 4.0;
    ost_sheet_line(sheet, (double[]){x, y}, (double[]){x + points, y});
    ost_sheet_text(sheet, x + points + 5.0, y + 3.0, 8.0, "10 mm");
    ost_sheet_text(sheet, f->corner[0], f->corner[1] - 6.0, 10.0, f->title);
}

static bool put_picture(struct ost_sheet *sheet, const struct mech_figure *figure,
                        const unsigned char (*colour)[3], const struct frame *f,
                        struct ost_err *err)
{
    OST_AUTO(ost_picture) picture = NULL;
    struct ost_shade_view view;
    const struct ost_shade_part part = {.mesh = figure->skin,
                                        .motion = ost_rigid_identity(),
                                        .opacity = 1.0,
                                        .vertex_colour = colour};
    if (!ost_picture_create(&picture, f->pixels[0], f->pixels[1], err))
        return false;
    memset(picture->pixel, 252, (size_t)f->pixels[0] * f->pixels[1] * 3);
    look_at(figure->skin, f, &view);
    if (!ost_shade(&part, 1, &view, picture, err))
        return false;
    ost_sheet_picture(sheet, picture, f->corner, f->size);
    put_bar(sheet, f, view.mm_per_pixel);
    return true;
}

/* The scale of colours, and what its ends are. */
static void put_scale(struct ost_sheet *sheet, double x, double y, double wide, double top)
{
    enum { STEPS = 100 };
    char text[LINE];
    for (int i = 0; i < STEPS; i++) {
        unsigned char c[3];
        colour_of((i + 0.5) / STEPS, c);
        ost_sheet_colour(sheet, c[0] / 255.0, c[1] / 255.0, c[2] / 255.0);
        ost_sheet_fill(sheet, (double[]){x + wide * i / STEPS, y},
                       (double[]){wide / STEPS + 0.3, 12.0});
    }
    ost_sheet_ink(sheet);
    for (int i = 0; i <= 4; i++) {
        (void)snprintf(text, sizeof text, "%.4g%s", top * i / 4.0, i == 4 ? " MPa" : "");
        ost_sheet_text(sheet, x + wide * i / 4.0 - 3.0, y + 23.0, 8.5, text);
    }
}

/* Words of a text from `y` on, in lines of the page's width; returns the next line's place. */
static double put_words(struct ost_sheet *sheet, double x, double y, const char *text)
{
    const double size = 8.5, wide = ost_sheet_right - x;
    char line[LINE] = "";
    while (*text != '\0') {
        char longer[LINE];
        const int word = (int)strcspn(text, " ");
        (void)snprintf(longer, sizeof longer, "%s%s%.*s", line, line[0] == '\0' ? "" : " ", word,
                       text);
        if (line[0] != '\0' && ost_sheet_text_width(sheet, size, longer) > wide) {
            ost_sheet_text(sheet, x, y, size, line);
            y += 11.5;
            (void)snprintf(longer, sizeof longer, "%.*s", word, text);
        }
        memcpy(line, longer, sizeof line);
        text += word;
        text += strspn(text, " ");
    }
    ost_sheet_text(sheet, x, y, size, line);
    return y + 11.5;
}

static void put_text(struct ost_sheet *sheet, const struct mech *m,
                     const struct mech_figure *figure, const double scale[2])
{
    const struct ost_span *peak = &m->answer->peak_von_mises;
    const double x = 330.0;
    char text[LINE];
    put_scale(sheet, x, 560.0, 200.0, scale[1]);
    (void)snprintf(text, sizeof text,
                   "99 %% of the surface lies below %.3g MPa; what is above the "
                   "scale's end has its last colour.",
                   scale[0]);
    double y = put_words(sheet, x, 602.0, text);
    if (m->has_interval && !m->options->no_interval)
        (void)snprintf(text, sizeof text,
                       "最大 Peak %.3g MPa (%.3g to %.3g by the density's interval)", peak->value,
                       peak->low, peak->high);
    else
        (void)snprintf(text, sizeof text, "最大 Peak %.3g MPa, without an interval", peak->value);
    y = put_words(sheet, x, y + 4.0, text);
    (void)put_words(sheet, x, y + 4.0, figure->about);
}

static void frames_of(const struct mech *m, struct frame f[3])
{
    const struct ost_study_anatomy *a = &m->bone.anatomy;
    f[0] = (struct frame){.title = m->other ? "一方から From one side" : "掌側から From the palm",
                          .pixels = {520, 860},
                          .corner = {36.0, 84.0},
                          .size = {255.0, 421.7}};
    f[1] =
        (struct frame){.title = m->other ? "反対側から From the other" : "背側から From the back",
                       .pixels = {520, 860},
                       .corner = {304.0, 84.0},
                       .size = {255.0, 421.7}};
    f[2] = (struct frame){.title = "遠位から From its distal end",
                          .pixels = {560, 460},
                          .corner = {36.0, 552.0},
                          .size = {270.0, 221.8}};
    for (int k = 0; k < 3; k++) {
        f[0].out[k] = a->volar[k];
        f[1].out[k] = -a->volar[k];
        f[2].out[k] = a->axis[k];
        f[0].up[k] = f[1].up[k] = a->axis[k];
        f[2].up[k] = a->volar[k];
    }
}

static bool compose(const struct mech *m, const struct mech_figure *figure,
                    const unsigned char (*colour)[3], const double scale[2],
                    struct ost_sheet *sheet, struct ost_err *err)
{
    struct frame frame[3];
    char head[LINE];
    frames_of(m, frame);
    (void)snprintf(head, sizeof head, "Osteon  応力 Stress (von Mises)   %s, %s", m->study.name,
                   m->name);
    ost_sheet_ink(sheet);
    ost_sheet_text(sheet, ost_sheet_left, 50.0, 15.0, head);
    ost_sheet_rule(sheet, 60.0);
    for (int i = 0; i < 3; i++)
        if (!put_picture(sheet, figure, colour, &frame[i], err))
            return false;
    put_text(sheet, m, figure, scale);
    ost_sheet_foot(sheet);
    return true;
}

static bool write(const struct mech *m, struct ost_sheet *sheet, struct ost_err *err)
{
    char name[OST_MECH_PATH];
    struct ost_buf pdf;
    mech_file(m, "radius_stress.pdf", "_stress.pdf", name);
    ost_buf_init(&pdf, PDF_BYTES);
    bool ok = ost_sheet_done(sheet, &pdf, err) && ost_disk_write(m->case_dir, name, &pdf, err);
    ost_buf_fini(&pdf);
    return ok;
}

bool mech_write_figure(const struct mech *mech, const struct mech_figure *figure,
                       struct ost_err *err)
{
    const size_t count = figure->skin->vertex_count;
    const double most = most_of(figure->von_mises, count), scale[2] = {most, top_for(most)};
    unsigned char(*colour)[3] = malloc((count + 1) * sizeof *colour);
    OST_AUTO(ost_sheet) sheet = NULL;
    bool ok = (colour != NULL && most >= 0.0) ||
              ost_fail(err, OST_NOMEM, "no room for a figure of %zu vertices", count);
    for (size_t v = 0; ok && v < count; v++)
        colour_of((double)figure->von_mises[v] / scale[1], colour[v]);
    ok = ok && ost_sheet_create(&sheet, err) &&
         compose(mech, figure, (const unsigned char(*)[3])colour, scale, sheet, err) &&
         write(mech, sheet, err);
    free(colour);
    return ok;
}
