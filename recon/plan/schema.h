/*
 * What may stand in a plan: one table of object types and their properties, with
 * unit, range, conflict policy and who may write. Servers refuse by it and pages
 * build their fields from it (ost_schema_write). Tables only ever widen, so that
 * every old log can be replayed.
 *
 * Lengths in mm, angles in degrees, points and directions in the case's frame.
 */
#ifndef OST_PLAN_SCHEMA_H
#define OST_PLAN_SCHEMA_H

#include "recon/plan/sink.h"

#include <stdint.h>

OST_C_BEGIN

enum ost_role {
    OST_ROLE_SYSTEM, /* the program itself: the first transaction of a plan */
    OST_ROLE_SURGEON,
    OST_ROLE_ENGINEER,
    OST_ROLE_ADMINISTRATOR,
    OST_ROLE_GUEST,
    OST_ROLES
};
const char *ost_role_name(enum ost_role role);
OST_MUST_CHECK bool ost_role_of_name(const char *name, enum ost_role *out);

enum ost_rule {
    OST_RULE_NUMBER,    /* low..high */
    OST_RULE_WHOLE,     /* the same, without a fraction */
    OST_RULE_TRUTH,     /* true or false */
    OST_RULE_TEXT,      /* at most `high` bytes */
    OST_RULE_CHOICE,    /* one of `choice` */
    OST_RULE_DIGEST,    /* 64 lower-case hexadecimal digits */
    OST_RULE_REFERENCE, /* the id of a living object of type `reference` (or any) */
    OST_RULE_POINT,     /* every coordinate within +-high */
    OST_RULE_DIRECTION, /* a unit vector to 1e-6 */
    OST_RULE_SPREAD,    /* three numbers, each low..high */
    OST_RULE_MOTION,    /* a proper rotation to 1e-6, |t| within high */
};

enum ost_policy {
    OST_LWW,    /* the last writer wins */
    OST_STRICT, /* the writer names the rev it saw; a stale one is refused */
};

struct ost_property_rule {
    const char *name;
    enum ost_rule rule;
    enum ost_policy policy;
    bool required; /* given at creation, never taken back */
    unsigned who;  /* bit 1 << role: who may write it */
    const char *unit;
    double low, high;
    const char *choice;    /* "left|right" */
    const char *reference; /* type asked for; NULL is any */
    const char *marks;     /* property set to "corrected" when a person writes this one */
};

enum ost_type {
    OST_TYPE_BONE,
    OST_TYPE_FRAME,
    OST_TYPE_LANDMARK,
    OST_TYPE_TARGET,
    OST_TYPE_OSTEOTOMY,
    OST_TYPE_FRAGMENT,
    OST_TYPE_UNCERTAINTY,
    OST_TYPE_PLATE,
    OST_TYPE_SCREW,
    OST_TYPE_GUIDE,
    OST_TYPE_NOTE,
    OST_TYPES
};

struct ost_type_rule {
    const char *name;
    const struct ost_property_rule *property; /* in the order of their keys */
    unsigned property_count;
    unsigned parents; /* bit 1 << type: may hang under; every type may also stand alone */
    unsigned most;    /* living objects of this type */
    unsigned who;     /* may create, move, remove and restore */
};

enum {
    OST_TYPE_PROPERTIES = 16,
    OST_ID_BYTES = 48, /* an object's id: letters, digits, '_', '-', '.' */
};

const struct ost_type_rule *ost_type_rule_view(enum ost_type type);
OST_MUST_CHECK bool ost_type_of_name(const char *name, enum ost_type *out);

/* The place of a property in its type's table; -1 where there is none. */
int ost_property_of_name(enum ost_type type, const char *name);

/*
 * Kind, range, unit length, proper rotation. References are checked by the plan,
 * which knows what lives.
 */
OST_MUST_CHECK
bool ost_rule_check(const struct ost_property_rule *rule, const struct ost_value *value,
                    struct ost_err *err);

/* The whole table: {type: {"who": [role], "most": n, "properties": {...}}}. */
void ost_schema_write(struct ost_sink *sink);

OST_C_END

#endif
