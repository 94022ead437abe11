/* What a reconstruction must tell a person, or refuse to tell at all. */
#ifndef OST_STATION_RECON_DOUBTS_IMPL_H
#define OST_STATION_RECON_DOUBTS_IMPL_H

#include "recon/shape/find.h"
#include "services/station/recon_films_impl.h"
#include "services/station/recon_write.h"

/* What was given and what was found; all borrowed. */
struct ost_recon_seen {
    const struct ost_case *kase;
    const struct ost_prior *prior;
    const struct ost_recon_films *films;
    const struct ost_find *find;
};

/* Adds a warning, each code once; beyond the last place it is dropped. */
void ost_recon_warn(struct ost_recon_found *found, const char *code, const char *text);

/* The least share of an outline on an edge, of all films. */
double ost_recon_least_seen(const struct ost_find *find);

/*
 * Fails with OST_UNSUPPORTED where the bones are a child's, by a growth plate or by their size,
 * and where the networks doubt a film and what was searched for instead lies on too few edges.
 */
OST_MUST_CHECK
bool ost_recon_recognised(const struct ost_recon_seen *seen, struct ost_err *err);

/* Everything that makes one doubt, as warnings. */
void ost_recon_doubts(const struct ost_recon_seen *seen, struct ost_recon_found *found);

#endif
