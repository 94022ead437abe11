#include "recon/plan/schema.h"

#include <string.h>

static unsigned ones(unsigned bits)
{
    return (unsigned)__builtin_popcount(bits);
}

static void write_roles(struct ost_sink *sink, unsigned who)
{
    ost_sink_key(sink, "who");
    ost_sink_list(sink, ones(who));
    for (int i = 0; i < OST_ROLES; i++) {
        if ((who & 1u << i) != 0)
            ost_sink_text(sink, ost_role_name((enum ost_role)i));
    }
}

static const char *name_of_rule(enum ost_rule rule)
{
    static const char *const name[] = {
        [OST_RULE_NUMBER] = "number",       [OST_RULE_WHOLE] = "whole",
        [OST_RULE_TRUTH] = "truth",         [OST_RULE_TEXT] = "text",
        [OST_RULE_CHOICE] = "choice",       [OST_RULE_DIGEST] = "digest",
        [OST_RULE_REFERENCE] = "reference", [OST_RULE_POINT] = "point",
        [OST_RULE_DIRECTION] = "direction", [OST_RULE_SPREAD] = "spread",
        [OST_RULE_MOTION] = "motion",
    };
    return name[rule];
}

static void write_text(struct ost_sink *sink, const char *key, const char *text)
{
    ost_sink_key(sink, key);
    if (text == NULL) {
        ost_sink_null(sink);
    } else {
        ost_sink_text(sink, text);
    }
}

static void write_property(struct ost_sink *sink, const struct ost_property_rule *rule)
{
    ost_sink_key(sink, rule->name);
    ost_sink_map(sink, 9);
    ost_sink_key(sink, "low");
    ost_sink_f64(sink, rule->low);
    write_roles(sink, rule->who);
    ost_sink_key(sink, "high");
    ost_sink_f64(sink, rule->high);
    write_text(sink, "rule", name_of_rule(rule->rule));
    write_text(sink, "unit", rule->unit);
    write_text(sink, "choice", rule->choice);
    write_text(sink, "policy", rule->policy == OST_STRICT ? "strict" : "lww");
    ost_sink_key(sink, "required");
    ost_sink_bool(sink, rule->required);
    write_text(sink, "reference", rule->reference);
}

static void write_type(struct ost_sink *sink, const struct ost_type_rule *rule)
{
    ost_sink_key(sink, rule->name);
    ost_sink_map(sink, 4);
    write_roles(sink, rule->who);
    ost_sink_key(sink, "most");
    ost_sink_integer(sink, (int64_t)rule->most);
    ost_sink_key(sink, "parents");
    ost_sink_list(sink, ones(rule->parents));
    for (int i = 0; i < OST_TYPES; i++) {
        if ((rule->parents & 1u << i) != 0)
            ost_sink_text(sink, ost_type_rule_view((enum ost_type)i)->name);
    }
    ost_sink_key(sink, "properties");
    ost_sink_map(sink, rule->property_count);
    for (unsigned i = 0; i < rule->property_count; i++)
        write_property(sink, &rule->property[i]);
}

void ost_schema_write(struct ost_sink *sink)
{
    ost_sink_map(sink, OST_TYPES);
    for (int i = 0; i < OST_TYPES; i++)
        write_type(sink, ost_type_rule_view((enum ost_type)i));
}
