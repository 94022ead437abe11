/*
 * Who is at slow work: reading a file in the sandbox, turning a film into a picture, opening
 * what a station made, replaying a plan.
 * Each takes a thread of the server for seconds, so one person never has all of them,
 * and files that are read leave half of them to everybody's quick requests. Who is
 * turned away asks again; nobody waits here. In memory, per process.
 */
#ifndef OST_ROUTES_GATE_IMPL_H
#define OST_ROUTES_GATE_IMPL_H

#include "recon/base/err.h"

#include <stddef.h>
#include <stdint.h>

struct ost_gate;

enum ost_slow { OST_SLOW_INTAKE, OST_SLOW_PICTURE, OST_SLOW_FILE, OST_SLOW_PLAN };

/* For a server with so many threads. */
OST_MUST_CHECK bool ost_gate_create(struct ost_gate **out, size_t threads, struct ost_err *err);
void ost_gate_destroy(struct ost_gate *gate); /* NULL is fine */
OST_AUTO_DEFINE(ost_gate);

/* OST_UNAVAILABLE where there is no place now; else the place is left again. */
OST_MUST_CHECK
bool ost_gate_enter(struct ost_gate *gate, enum ost_slow work, int64_t user, struct ost_err *err);
void ost_gate_leave(struct ost_gate *gate, enum ost_slow work, int64_t user);

#endif
