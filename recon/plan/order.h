/*
 * Fractional order keys: there is always one between any two, so two people can
 * insert at the same place without renumbering. Digits 0-9A-Za-z after an invisible
 * dot, never ending in '0'; equal keys are told apart by object id.
 */
#ifndef OST_PLAN_ORDER_H
#define OST_PLAN_ORDER_H

#include "recon/base/err.h"

OST_C_BEGIN

enum { OST_ORDER_BYTES = 64 };

bool ost_order_valid(const char *key);

/* A key between `low` and `high`; "" is the open end. Fails where low >= high or no room. */
OST_MUST_CHECK
bool ost_order_between(const char *low, const char *high, char out[OST_ORDER_BYTES + 1],
                       struct ost_err *err);

OST_C_END

#endif
