#include "recon/layers/arm_impl.h"

#include <math.h>
#include <string.h>

static const double muscle = 1.05, fat = 0.95;

void ost_arm_layout_of(const struct ost_plate *plate, size_t count, struct ost_arm_layout *out)
{
    uint32_t n = 0;
    *out = (struct ost_arm_layout){.count = count};
    for (size_t v = 0; v < count; v++) {
        out->film[v] = n;
        n += OST_FILM_NUMBERS;
    }
    out->section = n;
    n += OST_SECTION_NODES * OST_SECTION_NUMBERS;
    out->shell = n++;
    out->flesh = n++;
    for (int b = 0; b < OST_BONES; b++) {
        out->cortex[b] = n;
        out->marrow[b] = n + OST_BONE_NODES;
        n += 2 * OST_BONE_NODES;
    }
    for (size_t v = 0; v < count; v++) {
        out->field[v] = n;
        out->across[v] = (uint32_t)ceil(plate[v].width * plate[v].mm / ost_field_step) + 3;
        out->down[v] = (uint32_t)ceil(plate[v].height * plate[v].mm / ost_field_step) + 3;
        n += out->across[v] * out->down[v];
    }
    out->n = n;
}

bool ost_arm_beam_of(double kvp, double filter, struct ost_arm_beam *out, struct ost_err *err)
{
    struct ost_spectrum now, above;
    if (!ost_spectrum_tube(kvp, filter, OST_SPECTRUM_MOST, &now, err) ||
        !ost_spectrum_tube(kvp + 1.0, filter, OST_SPECTRUM_MOST, &above, err))
        return false;
    out->now = ost_hardening_of(&now);
    out->above = ost_hardening_of(&above);
    return true;
}

/* The two nodes about a height and their shares. */
struct between {
    uint32_t node;
    double share[2];
};

static struct between between(double height, double low, double step, uint32_t nodes)
{
    const double at = fmin(fmax((height - low) / step, 0.0), nodes - 1.0);
    struct between b = {.node = (uint32_t)fmin(at, nodes - 2.0)};
    b.share[1] = at - b.node;
    b.share[0] = 1.0 - b.share[1];
    return b;
}

static void put(struct ost_arm_row *row, uint32_t index, double slope)
{
    row->index[row->used] = index;
    row->slope[row->used++] = slope;
}

/* Cubic B-spline weights of the four knots about a place. */
static uint32_t spline(double at, uint32_t knots, double weight[4])
{
    const double most = knots - 3.0 - 1e-9;
    const double x = fmin(fmax(at, 0.0), most), i = floor(x), t = x - i, s = 1.0 - t;
    weight[0] = s * s * s / 6.0;
    weight[1] = (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0;
    weight[2] = (3.0 * s * s * s - 6.0 * s * s + 4.0) / 6.0;
    weight[3] = t * t * t / 6.0;
    return (uint32_t)i;
}

/* The flesh of the sections, g/cm2, its slopes (by number, without node shares) and steepness. */
struct flesh {
    double area, by[OST_SECTION_NUMBERS], by_shell, steep;
};

static struct flesh flesh_at(const double section[OST_SECTION_NUMBERS], double shell,
                             const struct ost_cell *cell)
{
    struct flesh f = {.area = 0.0};
    double inner[OST_SECTION_NUMBERS], out_slope[OST_SECTION_NUMBERS],
        in_slope[OST_SECTION_NUMBERS];
    memcpy(inner, section, sizeof inner);
    inner[OST_SECTION_A] = fmax(inner[OST_SECTION_A] - shell, 2.0);
    inner[OST_SECTION_B] = fmax(inner[OST_SECTION_B] - shell, 2.0);
    const double whole = ost_section_chord(section, cell->point, cell->way, out_slope);
    const double deep = ost_section_chord(inner, cell->point, cell->way, in_slope);
    const double scale = 0.1 / cell->sine;
    f.area = scale * (fat * whole + (muscle - fat) * deep);
    for (int k = 0; k < OST_SECTION_NUMBERS; k++)
        f.by[k] = scale * (fat * out_slope[k] + (muscle - fat) * in_slope[k]);
    f.by_shell = -scale * (muscle - fat) * (in_slope[OST_SECTION_A] + in_slope[OST_SECTION_B]);
    f.steep = hypot(f.by[OST_SECTION_X], f.by[OST_SECTION_Y]);
    return f;
}

static void add_flesh(const struct ost_arm_layout *l, const struct ost_plate *plate, size_t view,
                      const double *x, size_t at, double of_tissue, struct ost_arm_row *row)
{
    const struct ost_cell *cell = &plate->cell[at];
    const struct between z =
        between(cell->height, ost_section_low, ost_section_step, OST_SECTION_NODES);
    const uint32_t first = l->section + z.node * OST_SECTION_NUMBERS;
    double section[OST_SECTION_NUMBERS], wx[4], wy[4], field = 1.0;
    for (uint32_t k = 0; k < OST_SECTION_NUMBERS; k++)
        section[k] = z.share[0] * x[first + k] + z.share[1] * x[first + OST_SECTION_NUMBERS + k];
    const struct flesh f = flesh_at(section, x[l->shell], cell);
    const uint32_t i =
        spline((double)(at % plate->width) * plate->mm / ost_field_step, l->across[view], wx);
    const uint32_t j =
        spline((double)(at / plate->width) * plate->mm / ost_field_step, l->down[view], wy);
    for (uint32_t b = 0; b < 4; b++)
        for (uint32_t a = 0; a < 4; a++)
            field += wx[a] * wy[b] * x[l->field[view] + (j + b) * l->across[view] + i + a];
    row->tissue = x[l->flesh] * field * f.area;
    row->steep = of_tissue * f.steep;
    const double scale = of_tissue * x[l->flesh] * field;
    for (uint32_t k = 0; k < OST_SECTION_NUMBERS; k++) {
        put(row, first + k, scale * z.share[0] * f.by[k]);
        put(row, first + OST_SECTION_NUMBERS + k, scale * z.share[1] * f.by[k]);
    }
    put(row, l->shell, scale * f.by_shell);
    put(row, l->flesh, of_tissue * field * f.area);
    for (uint32_t b = 0; b < 4; b++)
        for (uint32_t a = 0; a < 4; a++)
            put(row, l->field[view] + (j + b) * l->across[view] + i + a,
                of_tissue * x[l->flesh] * f.area * wx[a] * wy[b]);
}

static void add_bones(const struct ost_arm_layout *l, const struct ost_cell *cell, const double *x,
                      struct ost_arm_row *row)
{
    const struct between z = between(cell->height, ost_bone_low, ost_bone_step, OST_BONE_NODES);
    for (int b = 0; b < OST_BONES; b++) {
        const double path[2] = {1e-4 * cell->cortex[b], 1e-4 * cell->marrow[b]};
        const uint32_t first[2] = {l->cortex[b] + z.node, l->marrow[b] + z.node};
        row->mineral[b] = 0.0;
        for (uint32_t part = 0; part < 2 && path[0] + path[1] > 0.0; part++)
            for (uint32_t k = 0; k < 2; k++) {
                row->mineral[b] += path[part] * z.share[k] * x[first[part] + k];
                put(row, first[part] + k, path[part] * z.share[k]);
            }
    }
}

/*
 * The film reads y where L behind scatter is c + w y + q y^2 + heel. The model is brought to
 * the film's side, so that no number of the film can make misfits small by pressing the
 * film's own scale together.
 */
static void add_film(const struct ost_arm_layout *l, const struct ost_plate *plate, size_t view,
                     const double *x, size_t at, struct ost_arm_row *row)
{
    const struct ost_cell *cell = &plate->cell[at];
    const double *number = x + l->film[view];
    const uint32_t first = l->film[view], before = row->used;
    const double y = cell->reading, scale = l->unit[view] / number[OST_FILM_CURVE_1];
    const double down = 2.0 * ((double)(at / plate->width) + 0.5) / plate->height - 1.0;
    const double right = 2.0 * ((double)(at % plate->width) + 0.5) / plate->width - 1.0;
    const double primary = exp(-row->attenuation);
    const double cloud =
        fmax(cell->cloud + (number[OST_FILM_REACH] - plate->reach) * cell->cloud_by, 0.0);
    const double all = primary + number[OST_FILM_SCATTER] * cloud;
    const double line = -log(all) - number[OST_FILM_CURVE_0] - y * y * number[OST_FILM_CURVE_2] -
                        down * number[OST_FILM_DOWN] - right * number[OST_FILM_RIGHT];
    row->seen = y * l->unit[view];
    row->expected = scale * line;
    for (uint32_t k = 0; k < before; k++)
        row->slope[k] *= scale * primary / all;
    row->steep *= scale * primary / all;
    row->of_mineral *= scale * primary / all;
    const double slope[OST_FILM_KVP] = {-1.0,
                                        -line / number[OST_FILM_CURVE_1],
                                        -y * y,
                                        -down,
                                        -right,
                                        -cloud / all,
                                        -number[OST_FILM_SCATTER] * cell->cloud_by / all};
    for (uint32_t k = 0; k < OST_FILM_KVP; k++)
        put(row, first + k, scale * slope[k]);
}

void ost_arm_row_of(const struct ost_arm_layout *l, const struct ost_plate *plate, size_t view,
                    const struct ost_arm_beam *beam, const double *x, size_t at,
                    struct ost_arm_row *row)
{
    double slope[2], mineral;
    row->used = 0;
    add_bones(l, &plate->cell[at], x, row);
    mineral = row->mineral[OST_RADIUS] + row->mineral[OST_ULNA];
    const uint32_t bones = row->used;
    add_flesh(l, plate, view, x, at, 1.0, row);
    row->attenuation = ost_hardening_attenuation(&beam->now, row->tissue, mineral, slope);
    for (uint32_t k = 0; k < row->used; k++)
        row->slope[k] *= k < bones ? slope[1] : slope[0];
    row->steep *= slope[0];
    row->of_mineral = slope[1];
    put(row, l->film[view] + OST_FILM_KVP,
        ost_hardening_attenuation(&beam->above, row->tissue, mineral, NULL) - row->attenuation);
    add_film(l, plate, view, x, at, row);
}
