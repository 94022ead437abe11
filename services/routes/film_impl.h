/* A film on its way from the sandbox to its row. */
#ifndef OST_ROUTES_FILM_IMPL_H
#define OST_ROUTES_FILM_IMPL_H

#include "recon/base/sha256.h"
#include "services/routes/call_impl.h"
#include "services/routes/waiting_impl.h"

/* The key of the caller's institution for the UIDs of a film. */
void ost_film_key(const struct ost_call *call, unsigned char key[OST_SHA256_BYTES]);

/* OST_LIMIT where the case has as many films, or slices, as a case may have. */
OST_MUST_CHECK
bool ost_film_has_room(struct ost_call *call, int64_t case_id, bool ct, struct ost_err *err);

/* What the person who looks needs: sizes, suspected boxes, what was removed. */
json_t *ost_film_pending_json(const struct ost_pending *pending);

/* Seals the picture and makes its row, with its audit row, in one transaction. */
OST_MUST_CHECK
bool ost_film_store(struct ost_call *call, const struct ost_pending *pending, const char *arm,
                    struct ost_db_film *film, struct ost_err *err);

#endif
