/*
 * How often one account may ask, wherever it asks from: a bucket of requests per user.
 * Addresses have a limit of their own in services/http; behind one proxy they are one
 * address, and one person has many. In memory, per process.
 */
#ifndef OST_ROUTES_PACE_IMPL_H
#define OST_ROUTES_PACE_IMPL_H

#include "recon/base/err.h"

#include <stdint.h>

struct ost_pace;

/* `per_s` in the long run, ten seconds' worth at once. */
OST_MUST_CHECK
bool ost_pace_create(struct ost_pace **out, int64_t per_s, struct ost_err *err);
void ost_pace_destroy(struct ost_pace *pace); /* NULL is fine */
OST_AUTO_DEFINE(ost_pace);

/* 0: go ahead, and it is counted; else the seconds to wait. From any thread. */
int64_t ost_pace_ask(struct ost_pace *pace, int64_t user, int64_t now_ms);

#endif
