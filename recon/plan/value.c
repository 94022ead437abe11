#include "recon/plan/value.h"

#include <stdint.h>
#include <string.h>

struct ost_value ost_value_f64(double v)
{
    return (struct ost_value){.kind = OST_VALUE_F64, .f64 = v};
}

struct ost_value ost_value_bool(bool v)
{
    return (struct ost_value){.kind = OST_VALUE_BOOL, .truth = v};
}

struct ost_value ost_value_text(const char *v)
{
    return (struct ost_value){.kind = OST_VALUE_TEXT, .text = v};
}

struct ost_value ost_value_vec3(const double v[3])
{
    return (struct ost_value){.kind = OST_VALUE_VEC3, .vec3 = {v[0], v[1], v[2]}};
}

struct ost_value ost_value_rigid(const struct ost_rigid *v)
{
    return (struct ost_value){.kind = OST_VALUE_RIGID, .rigid = *v};
}

static bool same_bits(const double *a, const double *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t x = 0, y = 0;
        memcpy(&x, &a[i], sizeof x);
        memcpy(&y, &b[i], sizeof y);
        if (x != y)
            return false;
    }
    return true;
}

bool ost_value_same(const struct ost_value *a, const struct ost_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case OST_VALUE_NONE:
        return true;
    case OST_VALUE_F64:
        return same_bits(&a->f64, &b->f64, 1);
    case OST_VALUE_BOOL:
        return a->truth == b->truth;
    case OST_VALUE_TEXT:
        return strcmp(a->text, b->text) == 0;
    case OST_VALUE_VEC3:
        return same_bits(a->vec3, b->vec3, 3);
    case OST_VALUE_RIGID:
        return same_bits(a->rigid.r, b->rigid.r, 9) && same_bits(a->rigid.t, b->rigid.t, 3);
    }
    return false;
}

static double positive_zero(double v)
{
    return v == 0.0 ? 0.0 : v;
}

void ost_value_normalise(struct ost_value *value)
{
    switch (value->kind) {
    case OST_VALUE_F64:
        value->f64 = positive_zero(value->f64);
        break;
    case OST_VALUE_VEC3:
        for (int k = 0; k < 3; k++)
            value->vec3[k] = positive_zero(value->vec3[k]);
        break;
    case OST_VALUE_RIGID:
        for (int k = 0; k < 9; k++)
            value->rigid.r[k] = positive_zero(value->rigid.r[k]);
        for (int k = 0; k < 3; k++)
            value->rigid.t[k] = positive_zero(value->rigid.t[k]);
        break;
    case OST_VALUE_NONE:
    case OST_VALUE_BOOL:
    case OST_VALUE_TEXT:
        break;
    }
}
