/* How the live thread closes a socket: in words first, which a page can show. */
#ifndef OST_ROUTES_FAREWELL_IMPL_H
#define OST_ROUTES_FAREWELL_IMPL_H

#include "recon/base/err.h"
#include "services/http/socket.h"

/* Who is not let in, for this reason. */
void ost_farewell_unseen(struct ost_http *http, uint64_t socket, bool cbor,
                         const struct ost_err *why);

/* Who was in: his session has ended, or, where it stands (`signed_in`), the case is not open to
 * him any more. */
void ost_farewell(struct ost_http *http, uint64_t socket, bool cbor, bool signed_in);

#endif
