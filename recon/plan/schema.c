#include "recon/plan/schema.h"

#include "recon/math/vec.h"

#include <string.h>

#define BIT(n) (1u << (n))
#define SYSTEM BIT(OST_ROLE_SYSTEM)
/* A guest plans where he is invited to: the server asks for that besides (services/collab). */
#define PLANNERS   (SYSTEM | BIT(OST_ROLE_SURGEON) | BIT(OST_ROLE_ENGINEER) | BIT(OST_ROLE_GUEST))
#define POINT_MOST 10000.0 /* mm: a world frame may have its origin at the tube */

static const char *const role_name[OST_ROLES] = {"system", "surgeon", "engineer", "administrator",
                                                 "guest"};

/* Each list in the order of its keys (ost_key_order); a test holds it. */
static const struct ost_property_rule bone[] = {
    {.name = "kind",
     .rule = OST_RULE_CHOICE,
     .required = true,
     .who = SYSTEM,
     .choice = "radius|ulna"},
    {.name = "side",
     .rule = OST_RULE_CHOICE,
     .required = true,
     .who = SYSTEM,
     .choice = "left|right"},
    {.name = "surface", .rule = OST_RULE_DIGEST, .required = true, .who = SYSTEM},
    {.name = "correction",
     .rule = OST_RULE_MOTION,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = POINT_MOST},
};

static const struct ost_property_rule frame[] = {
    {.name = "axis",
     .rule = OST_RULE_DIRECTION,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS},
    {.name = "volar",
     .rule = OST_RULE_DIRECTION,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS},
    {.name = "origin",
     .rule = OST_RULE_POINT,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = POINT_MOST},
    {.name = "radial",
     .rule = OST_RULE_DIRECTION,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS},
};

static const struct ost_property_rule landmark[] = {
    {.name = "how",
     .rule = OST_RULE_CHOICE,
     .required = true,
     .who = SYSTEM,
     .choice = "automatic|corrected"},
    {.name = "bone",
     .rule = OST_RULE_REFERENCE,
     .required = true,
     .who = SYSTEM,
     .reference = "bone"},
    {.name = "name",
     .rule = OST_RULE_CHOICE,
     .required = true,
     .who = SYSTEM,
     .choice = "radial_styloid|ulnar_corner_volar|ulnar_corner_dorsal|lip_volar|lip_dorsal|"
               "sigmoid_notch|lister_tubercle|ulnar_head|ulnar_styloid"},
    {.name = "sd_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = SYSTEM,
     .unit = "mm",
     .high = 100.0},
    {.name = "position",
     .rule = OST_RULE_POINT,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = POINT_MOST,
     .marks = "how"},
};

static const struct ost_property_rule target[] = {
    {.name = "motion",
     .rule = OST_RULE_MOTION,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = POINT_MOST},
    {.name = "source",
     .rule = OST_RULE_CHOICE,
     .required = true,
     .who = PLANNERS,
     .choice = "completion|mirrored|manual"},
    {.name = "rotation_sd_deg",
     .rule = OST_RULE_SPREAD,
     .required = true,
     .who = SYSTEM,
     .unit = "deg",
     .high = 180.0},
    {.name = "translation_sd_mm",
     .rule = OST_RULE_SPREAD,
     .required = true,
     .who = SYSTEM,
     .unit = "mm",
     .high = 100.0},
};

static const struct ost_property_rule osteotomy[] = {
    {.name = "kind",
     .rule = OST_RULE_CHOICE,
     .required = true,
     .who = PLANNERS,
     .choice = "opening|closing|single"},
    {.name = "point",
     .rule = OST_RULE_POINT,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = POINT_MOST},
    {.name = "normal",
     .rule = OST_RULE_DIRECTION,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS},
    {.name = "kerf_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = 3.0},
    {.name = "half_volar_mm",
     .rule = OST_RULE_NUMBER,
     .who = SYSTEM,
     .unit = "mm",
     .low = 1.0,
     .high = 40.0},
    {.name = "half_radial_mm",
     .rule = OST_RULE_NUMBER,
     .who = SYSTEM,
     .unit = "mm",
     .low = 1.0,
     .high = 40.0},
};

static const struct ost_property_rule fragment[] = {
    {.name = "motion",
     .rule = OST_RULE_MOTION,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = POINT_MOST},
    {.name = "osteotomy", .rule = OST_RULE_REFERENCE, .who = PLANNERS, .reference = "osteotomy"},
};

static const struct ost_property_rule uncertainty[] = {
    {.name = "volar_tilt_sd", .rule = OST_RULE_NUMBER, .who = SYSTEM, .unit = "deg", .high = 180.0},
    {.name = "radial_height_sd",
     .rule = OST_RULE_NUMBER,
     .who = SYSTEM,
     .unit = "mm",
     .high = 100.0},
    {.name = "ulnar_variance_sd",
     .rule = OST_RULE_NUMBER,
     .who = SYSTEM,
     .unit = "mm",
     .high = 100.0},
    {.name = "radial_inclination_sd",
     .rule = OST_RULE_NUMBER,
     .who = SYSTEM,
     .unit = "deg",
     .high = 180.0},
};

static const struct ost_property_rule plate[] = {
    {.name = "pose",
     .rule = OST_RULE_MOTION,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = POINT_MOST},
    {.name = "model", .rule = OST_RULE_TEXT, .required = true, .who = PLANNERS, .high = 64.0},
};

static const struct ost_property_rule screw[] = {
    {.name = "position",
     .rule = OST_RULE_POINT,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = POINT_MOST},
    {.name = "direction",
     .rule = OST_RULE_DIRECTION,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS},
    {.name = "length_mm",
     .rule = OST_RULE_NUMBER,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .low = 4.0,
     .high = 80.0},
    {.name = "diameter_mm",
     .rule = OST_RULE_NUMBER,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .low = 0.5,
     .high = 8.0},
};

static const struct ost_property_rule guide[] = {
    {.name = "sleeves", .rule = OST_RULE_WHOLE, .required = true, .who = PLANNERS, .high = 4.0},
    {.name = "slot_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .low = 0.3,
     .high = 3.0},
    {.name = "drill_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .low = 0.8,
     .high = 6.0},
    {.name = "width_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .low = 5.0,
     .high = 40.0},
    {.name = "distal_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .low = 3.0,
     .high = 60.0},
    {.name = "insertion",
     .rule = OST_RULE_DIRECTION,
     .policy = OST_STRICT,
     .required = true,
     .who = PLANNERS},
    {.name = "proximal_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .low = 3.0,
     .high = 60.0},
    {.name = "clearance_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = 2.0},
    {.name = "thickness_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .low = 1.5,
     .high = 12.0},
    {.name = "sleeve_wall_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .low = 0.8,
     .high = 6.0},
    {.name = "sleeve_height_mm",
     .rule = OST_RULE_NUMBER,
     .required = true,
     .who = PLANNERS,
     .unit = "mm",
     .high = 30.0},
};

static const struct ost_property_rule note[] = {
    {.name = "on", .rule = OST_RULE_REFERENCE, .who = PLANNERS},
    {.name = "text", .rule = OST_RULE_TEXT, .required = true, .who = PLANNERS, .high = 2000.0},
    {.name = "anchor", .rule = OST_RULE_POINT, .who = PLANNERS, .unit = "mm", .high = POINT_MOST},
    {.name = "resolved", .rule = OST_RULE_TRUTH, .who = PLANNERS},
};

#define LIST(list) .property = (list), .property_count = (unsigned)(sizeof(list) / sizeof(list)[0])

static const struct ost_type_rule type_rule[OST_TYPES] = {
    [OST_TYPE_BONE] = {"bone", LIST(bone), .most = 4, .who = SYSTEM},
    [OST_TYPE_FRAME] = {"frame", LIST(frame), .most = 1, .who = SYSTEM},
    [OST_TYPE_LANDMARK] = {"landmark", LIST(landmark), .parents = BIT(OST_TYPE_BONE), .most = 32,
                           .who = SYSTEM},
    [OST_TYPE_TARGET] = {"target", LIST(target), .most = 4, .who = SYSTEM},
    [OST_TYPE_OSTEOTOMY] = {"osteotomy", LIST(osteotomy), .parents = BIT(OST_TYPE_BONE), .most = 4,
                            .who = PLANNERS},
    [OST_TYPE_FRAGMENT] = {"fragment", LIST(fragment),
                           .parents = BIT(OST_TYPE_BONE) | BIT(OST_TYPE_OSTEOTOMY), .most = 4,
                           .who = PLANNERS},
    [OST_TYPE_UNCERTAINTY] = {"uncertainty", LIST(uncertainty), .most = 1, .who = SYSTEM},
    [OST_TYPE_PLATE] = {"plate", LIST(plate),
                        .parents = BIT(OST_TYPE_BONE) | BIT(OST_TYPE_FRAGMENT), .most = 8,
                        .who = PLANNERS},
    [OST_TYPE_SCREW] = {"screw", LIST(screw),
                        .parents = BIT(OST_TYPE_PLATE) | BIT(OST_TYPE_FRAGMENT), .most = 64,
                        .who = PLANNERS},
    [OST_TYPE_GUIDE] = {"guide", LIST(guide),
                        .parents = BIT(OST_TYPE_BONE) | BIT(OST_TYPE_OSTEOTOMY), .most = 4,
                        .who = PLANNERS},
    [OST_TYPE_NOTE] = {"note", LIST(note), .parents = BIT(OST_TYPE_NOTE), .most = 512,
                       .who = PLANNERS},
};

const char *ost_role_name(enum ost_role role)
{
    return role_name[role];
}

bool ost_role_of_name(const char *name, enum ost_role *out)
{
    for (int i = 0; i < OST_ROLES; i++) {
        if (strcmp(role_name[i], name) == 0) {
            *out = (enum ost_role)i;
            return true;
        }
    }
    return false;
}

const struct ost_type_rule *ost_type_rule_view(enum ost_type type)
{
    return &type_rule[type];
}

bool ost_type_of_name(const char *name, enum ost_type *out)
{
    for (int i = 0; i < OST_TYPES; i++) {
        if (strcmp(type_rule[i].name, name) == 0) {
            *out = (enum ost_type)i;
            return true;
        }
    }
    return false;
}

int ost_property_of_name(enum ost_type type, const char *name)
{
    const struct ost_type_rule *rule = &type_rule[type];
    for (unsigned i = 0; i < rule->property_count; i++) {
        if (strcmp(rule->property[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

static bool within(const double *v, size_t count, double low, double high)
{
    for (size_t i = 0; i < count; i++) {
        if (!(v[i] >= low && v[i] <= high))
            return false;
    }
    return true;
}

static bool is_choice(const char *choice, const char *text)
{
    size_t len = strlen(text);
    for (const char *at = choice; at != NULL; at = strchr(at, '|')) {
        at += *at == '|' ? 1 : 0;
        if (len > 0 && strncmp(at, text, len) == 0 && (at[len] == '|' || at[len] == '\0'))
            return true;
    }
    return false;
}

/* New lines and tabs are text; other control characters are not. */
static bool is_plain(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7F)
            return false;
    }
    return true;
}

static enum ost_value_kind kind_of(enum ost_rule rule)
{
    static const enum ost_value_kind kind[] = {
        [OST_RULE_NUMBER] = OST_VALUE_F64,     [OST_RULE_WHOLE] = OST_VALUE_F64,
        [OST_RULE_TRUTH] = OST_VALUE_BOOL,     [OST_RULE_TEXT] = OST_VALUE_TEXT,
        [OST_RULE_CHOICE] = OST_VALUE_TEXT,    [OST_RULE_DIGEST] = OST_VALUE_TEXT,
        [OST_RULE_REFERENCE] = OST_VALUE_TEXT, [OST_RULE_POINT] = OST_VALUE_VEC3,
        [OST_RULE_DIRECTION] = OST_VALUE_VEC3, [OST_RULE_SPREAD] = OST_VALUE_VEC3,
        [OST_RULE_MOTION] = OST_VALUE_RIGID,
    };
    return kind[rule];
}

/* Only +, -, * and comparisons, so that every build decides alike. */
static bool is_unit(const double v[3])
{
    double off = ost_dot(v, v) - 1.0;
    return off <= 2e-6 && off >= -2e-6;
}

static bool fits(const struct ost_property_rule *rule, const struct ost_value *value)
{
    switch (rule->rule) {
    case OST_RULE_NUMBER:
        return within(&value->f64, 1, rule->low, rule->high);
    case OST_RULE_WHOLE:
        return within(&value->f64, 1, rule->low, rule->high) &&
               value->f64 == (double)(int)value->f64;
    case OST_RULE_TRUTH:
        return true;
    case OST_RULE_REFERENCE:
        return strlen(value->text) <= OST_ID_BYTES;
    case OST_RULE_TEXT:
        return strlen(value->text) <= (size_t)rule->high && is_plain(value->text);
    case OST_RULE_CHOICE:
        return is_choice(rule->choice, value->text);
    case OST_RULE_DIGEST:
        return strlen(value->text) == 64 && strspn(value->text, "0123456789abcdef") == 64;
    case OST_RULE_POINT:
        return within(value->vec3, 3, -rule->high, rule->high);
    case OST_RULE_DIRECTION:
        return within(value->vec3, 3, -2.0, 2.0) && is_unit(value->vec3);
    case OST_RULE_SPREAD:
        return within(value->vec3, 3, rule->low, rule->high);
    case OST_RULE_MOTION:
        return within(value->rigid.t, 3, -rule->high, rule->high) &&
               ost_rigid_is_proper(&value->rigid, 1e-6);
    }
    return false;
}

bool ost_rule_check(const struct ost_property_rule *rule, const struct ost_value *value,
                    struct ost_err *err)
{
    if (value->kind == OST_VALUE_NONE)
        return !rule->required || ost_fail(err, OST_INVALID, "%s must have a value", rule->name);
    if (value->kind != kind_of(rule->rule))
        return ost_fail(err, OST_INVALID, "%s is of another kind", rule->name);
    if (!fits(rule, value)) {
        return ost_fail(err, OST_INVALID, "%s is out of its range (%g to %g %s)", rule->name,
                        rule->low, rule->high, rule->unit == NULL ? "" : rule->unit);
    }
    return true;
}
