#include "recon/plan/value.h"

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

bool ost_value_same(const struct ost_value *a, const struct ost_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case OST_VALUE_NONE:
        return true;
    case OST_VALUE_F64:
        return memcmp(&a->f64, &b->f64, sizeof a->f64) == 0;
    case OST_VALUE_BOOL:
        return a->truth == b->truth;
    case OST_VALUE_TEXT:
        return strcmp(a->text, b->text) == 0;
    case OST_VALUE_VEC3:
        return memcmp(a->vec3, b->vec3, sizeof a->vec3) == 0;
    case OST_VALUE_RIGID:
        return memcmp(&a->rigid, &b->rigid, sizeof a->rigid) == 0;
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
