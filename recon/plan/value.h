/*
 * What a property of a plan can hold. A rigid motion is one value: nobody can
 * write half of it.
 */
#ifndef OST_PLAN_VALUE_H
#define OST_PLAN_VALUE_H

#include "recon/base/err.h"
#include "recon/math/rigid.h"

OST_C_BEGIN

enum ost_value_kind {
    OST_VALUE_NONE, /* never written, or taken back */
    OST_VALUE_F64,
    OST_VALUE_BOOL,
    OST_VALUE_TEXT,
    OST_VALUE_VEC3,
    OST_VALUE_RIGID,
};

struct ost_value {
    enum ost_value_kind kind;
    union {
        double f64;
        bool truth;
        const char *text; /* UTF-8 with its NUL; whose it is stands where the value stands */
        char *owned;      /* the same, for who keeps it */
        double vec3[3];
        struct ost_rigid rigid;
    };
};

struct ost_value ost_value_f64(double v);
struct ost_value ost_value_bool(bool v);
struct ost_value ost_value_text(const char *v); /* borrowed */
struct ost_value ost_value_vec3(const double v[3]);
struct ost_value ost_value_rigid(const struct ost_rigid *v);

/* Bit for bit; none equals none. */
bool ost_value_same(const struct ost_value *a, const struct ost_value *b);

/* -0 becomes 0, so that equal plans have equal bytes. */
void ost_value_normalise(struct ost_value *value);

OST_C_END

#endif
