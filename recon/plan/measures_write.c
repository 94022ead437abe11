#include "recon/math/vec.h"
#include "recon/plan/measures.h"

#include <string.h>

static void put_f64(struct ost_sink *sink, const char *key, double v)
{
    ost_sink_key(sink, key);
    ost_sink_f64(sink, v);
}

static void put_text(struct ost_sink *sink, const char *key, const char *text)
{
    ost_sink_key(sink, key);
    if (text == NULL) {
        ost_sink_null(sink);
    } else {
        ost_sink_text(sink, text);
    }
}

/* `how` NULL: the landmarks', corrected by somebody or not. */
static void put_spread(struct ost_sink *sink, const char *key, const struct ost_spread *spread,
                       const char *by, const char *how)
{
    ost_sink_key(sink, key);
    if (!spread->known) {
        ost_sink_null(sink);
        return;
    }
    ost_sink_map(sink, 4);
    put_text(sink, "by", by);
    put_f64(sink, "sd", spread->sd);
    put_text(sink, "how", how != NULL ? how : by != NULL ? "corrected" : "automatic");
    put_f64(sink, "value", spread->value);
}

static void put_row(struct ost_sink *sink, enum ost_plan_number number,
                    const struct ost_measures *measures)
{
    const struct ost_number_row *row = &measures->number[number];
    ost_sink_key(sink, ost_number_name(number));
    ost_sink_map(sink, 4);
    put_text(sink, "unit", ost_number_unit(number));
    put_spread(sink, "before", &row->before, row->corrected_by, NULL);
    put_spread(sink, "target", &row->target, row->corrected_by, measures->target_source);
    put_spread(sink, "planned", &row->planned, row->corrected_by, NULL);
}

static void put_vec3(struct ost_sink *sink, const char *key, const double v[3])
{
    struct ost_value value = ost_value_vec3(v);
    ost_sink_key(sink, key);
    ost_sink_value(sink, &value);
}

static void put_words(struct ost_sink *sink, const char *key, const struct ost_motion_words *words)
{
    ost_sink_key(sink, key);
    if (!words->known) {
        ost_sink_null(sink);
        return;
    }
    ost_sink_map(sink, 11);
    put_vec3(sink, "axis", words->screw.axis);
    put_vec3(sink, "point", words->screw.point);
    put_f64(sink, "slide_mm", words->slide_mm);
    put_f64(sink, "volar_mm", words->volar_mm);
    put_f64(sink, "angle_deg", words->angle_deg);
    put_f64(sink, "distal_mm", words->distal_mm);
    put_f64(sink, "radial_mm", words->radial_mm);
    put_f64(sink, "flexion_deg", words->flexion_deg);
    put_f64(sink, "pronation_deg", words->pronation_deg);
    put_f64(sink, "axis_to_shaft_deg", words->axis_to_shaft_deg);
    put_f64(sink, "radial_deviation_deg", words->radial_deviation_deg);
}

static void put_gap(struct ost_sink *sink, const struct ost_gap *gap)
{
    ost_sink_key(sink, "gap");
    if (!gap->known) {
        ost_sink_null(sink);
        return;
    }
    ost_sink_map(sink, 5);
    put_f64(sink, "max_mm", gap->high_mm);
    put_f64(sink, "min_mm", gap->low_mm);
    put_f64(sink, "wedge_cm3", gap->opening_mm3 / 1000.0);
    put_f64(sink, "overlap_cm3", gap->overlap_mm3 / 1000.0);
    ost_sink_key(sink, "section_assumed");
    ost_sink_bool(sink, gap->section_assumed);
}

static void put_residual(struct ost_sink *sink, const struct ost_measures *measures)
{
    ost_sink_key(sink, "residual");
    if (!measures->residual_mm.known) {
        ost_sink_null(sink);
        return;
    }
    ost_sink_map(sink, 4);
    put_f64(sink, "rotation_deg", measures->residual_deg.value);
    put_f64(sink, "translation_mm", measures->residual_mm.value);
    put_f64(sink, "rotation_sd_deg", measures->residual_deg.sd);
    put_f64(sink, "translation_sd_mm", measures->residual_mm.sd);
}

void ost_measures_write(struct ost_sink *sink, const struct ost_measures *measures)
{
    ost_sink_map(sink, OST_PLAN_NUMBERS + 4);
    put_gap(sink, &measures->gap);
    put_words(sink, "planned", &measures->planned);
    put_residual(sink, measures);
    put_words(sink, "deformity", &measures->deformity);
    for (int i = 0; i < OST_PLAN_NUMBERS; i++)
        put_row(sink, (enum ost_plan_number)i, measures);
}
