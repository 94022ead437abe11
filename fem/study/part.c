#include "fem/study/part.h"

#include "fem/bmd/map.h"
#include "recon/math/vec.h"

const char *ost_material_name(enum ost_material material)
{
    static const char *const name[] = {[OST_MATERIAL_SCREW] = "screw",
                                       [OST_MATERIAL_PLATE] = "plate",
                                       [OST_MATERIAL_GAP] = "gap",
                                       [OST_MATERIAL_BONE] = "bone",
                                       [OST_MATERIAL_CARTILAGE] = "cartilage",
                                       [OST_MATERIAL_ULNA] = "ulna"};
    return (unsigned)material < OST_MATERIALS ? name[material] : "unknown";
}

/* Further from its box than any edge of a lattice a part does not count. */
static const double far_mm = 4.0;

static bool far_from(const struct ost_field *field, const double p[3])
{
    for (int k = 0; k < 3; k++) {
        if (p[k] < field->low[k] - far_mm || p[k] > field->high[k] + far_mm)
            return true;
    }
    return false;
}

static double with_parts(const struct ost_parts *parts, const double p[3], double body)
{
    for (size_t i = 0; i < parts->count; i++) {
        const struct ost_part *part = &parts->part[i];
        if (part->material != OST_MATERIAL_GAP && !far_from(&part->field, p))
            body = fmin(body, part->field.at(part->field.user, p));
    }
    return body;
}

static double at_parts(const void *user, const double p[3])
{
    const struct ost_parts *parts = user;
    return with_parts(parts, p, parts->bone.at(parts->bone.user, p));
}

static void row_of_parts(const void *user, const double (*point)[3], uint32_t count, double *out)
{
    const struct ost_parts *parts = user;
    ost_field_row(&parts->bone, point, count, out);
    for (uint32_t i = 0; i < count; i++)
        out[i] = with_parts(parts, point[i], out[i]);
}

/* The bone's, and of parts that come there the box that they count in. */
static bool span_of_parts(const void *user, const double low[2], const double high[2], double x[2])
{
    const struct ost_parts *parts = user;
    bool some = ost_field_span(&parts->bone, low, high, x);
    for (size_t i = 0; i < parts->count; i++) {
        const struct ost_field *f = &parts->part[i].field;
        const double from = f->low[0] - far_mm, to = f->high[0] + far_mm;
        if (parts->part[i].material == OST_MATERIAL_GAP || f->low[1] - far_mm > high[0] ||
            f->high[1] + far_mm < low[0] || f->low[2] - far_mm > high[1] ||
            f->high[2] + far_mm < low[1])
            continue;
        x[0] = some ? fmin(x[0], from) : from;
        x[1] = some ? fmax(x[1], to) : to;
        some = true;
    }
    return some;
}

struct ost_field ost_field_of_parts(const struct ost_parts *parts)
{
    struct ost_field field = parts->bone;
    field.at = at_parts;
    field.row = row_of_parts;
    field.span = span_of_parts;
    field.user = parts;
    for (size_t i = 0; i < parts->count; i++) {
        const struct ost_part *part = &parts->part[i];
        for (int k = 0; k < 3 && part->material != OST_MATERIAL_GAP; k++) {
            field.low[k] = fmin(field.low[k], part->field.low[k]);
            field.high[k] = fmax(field.high[k], part->field.high[k]);
        }
    }
    return field;
}

/* The part at a point; NULL for the bone itself, and for the surface's own rounding. */
static const struct ost_part *part_at(const struct ost_parts *parts, const double p[3])
{
    const bool bone = parts->bone.at(parts->bone.user, p) < 0.0;
    const struct ost_part *best = NULL;
    enum ost_material first = bone ? OST_MATERIAL_BONE : OST_MATERIALS;
    for (size_t i = 0; i < parts->count; i++) {
        const struct ost_part *part = &parts->part[i];
        if (part->material >= first || (part->material == OST_MATERIAL_GAP && !bone) ||
            far_from(&part->field, p) || !(part->field.at(part->field.user, p) < 0.0))
            continue;
        best = part;
        first = part->material;
    }
    return best;
}

double ost_mixture_modulus(const struct ost_mixture *mixture, double bone)
{
    double stiff = mixture->bone * bone + mixture->hard, firm = 1.0 - mixture->soft;
    return 1.0 / (mixture->give + (stiff > 0.0 ? firm * firm / stiff : 0.0));
}

static void mix(const struct ost_part *part, struct ost_mixture *out)
{
    const double share = 1.0 / OST_TET_POINTS;
    if (part == NULL) {
        out->bone += share;
    } else if (part->material == OST_MATERIAL_GAP || part->material == OST_MATERIAL_CARTILAGE) {
        out->soft += share;
        out->give += share / part->modulus;
    } else {
        out->hard += share * part->modulus;
    }
}

void ost_parts_mix(const struct ost_parts *parts, const struct ost_tet_mesh *mesh,
                   uint8_t *material, struct ost_mixture *mixture)
{
    for (uint32_t e = 0; e < mesh->tet_count; e++) {
        double p[OST_TET_POINTS][3];
        int of[OST_MATERIALS] = {0};
        ost_tet_points(mesh, e, p);
        mixture[e] = (struct ost_mixture){0.0, 0.0, 0.0, 0.0};
        for (int i = 0; i < OST_TET_POINTS; i++) {
            const struct ost_part *part = part_at(parts, p[i]);
            of[part != NULL ? part->material : OST_MATERIAL_BONE]++;
            mix(part, &mixture[e]);
        }
        material[e] = OST_MATERIAL_BONE;
        for (int m = 0; m < OST_MATERIALS; m++) {
            if (of[m] > of[material[e]])
                material[e] = (uint8_t)m;
        }
        if (of[OST_MATERIAL_BONE] == OST_TET_POINTS)
            mixture[e].bone = 1.0;
    }
}
