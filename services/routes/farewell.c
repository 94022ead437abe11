#include "services/routes/farewell_impl.h"
#include "services/routes/line_impl.h"

/* Close codes of ours: README.md. */
#define CLOSE_DENIED      4401
#define CLOSE_SHUT        4403
#define CLOSE_UNAVAILABLE 4503

#define REFUSED(code, text)                                                                        \
    "{\"t\":\"refused\",\"n\":0,\"code\":\"" code "\",\"text\":\"" text "\"}"

void ost_farewell_unseen(struct ost_http *http, uint64_t socket, bool cbor,
                         const struct ost_err *why)
{
    bool down = why->code != OST_DENIED && why->code != OST_NOT_FOUND;
    ost_live_say(http, socket, cbor,
                 down ? REFUSED("unavailable", "The server cannot open the case now; try again.")
                      : REFUSED("denied", "The way in is used or too old; ask for a new one."));
    ost_http_socket_close(http, socket, down ? CLOSE_UNAVAILABLE : CLOSE_DENIED,
                          down ? "unavailable" : "denied");
}

void ost_farewell(struct ost_http *http, uint64_t socket, bool cbor, bool signed_in)
{
    ost_live_say(http, socket, cbor,
                 signed_in ? REFUSED("denied", "The case is not open to you any more: what opened "
                                               "it was taken back, or it is over or deleted.")
                           : REFUSED("denied", "Your session has ended; sign in again."));
    ost_http_socket_close(http, socket, signed_in ? CLOSE_SHUT : CLOSE_DENIED,
                          signed_in ? "shut" : "denied");
}
