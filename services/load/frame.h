/*
 * WebSocket frames as a client sends and hears them (RFC 6455 section 5): masked out,
 * unmasked in. Written for a load driver: a frame that lies whole in the bytes at hand
 * is handed on without a copy.
 */
#ifndef OST_LOAD_FRAME_H
#define OST_LOAD_FRAME_H

#include "recon/base/buf.h"

OST_C_BEGIN

enum ost_ws_opcode {
    OST_WS_MORE = 0x0,
    OST_WS_TEXT = 0x1,
    OST_WS_BINARY = 0x2,
    OST_WS_CLOSE = 0x8,
    OST_WS_PING = 0x9,
    OST_WS_PONG = 0xa,
};

enum { OST_WS_HEAD = 14 }; /* the longest head of a frame, mask included */

/* One whole frame with FIN set, its payload XORed with the four bytes of `mask`. */
void ost_ws_put(struct ost_buf *out, enum ost_ws_opcode opcode, const unsigned char mask[4],
                const void *payload, size_t len);

/* A whole message, or a control frame between the pieces of one. */
typedef bool ost_ws_heard(void *user, enum ost_ws_opcode opcode, const unsigned char *payload,
                          size_t len, struct ost_err *err);

/* Zeroed, then ost_ws_reader_init(). */
struct ost_ws_reader {
    unsigned char head[OST_WS_HEAD];
    size_t head_len;
    uint64_t left;              /* bytes of the frame's payload still to come */
    struct ost_buf part, whole; /* the frame that is coming; the message it belongs to */
    enum ost_ws_opcode kind;    /* of that message; OST_WS_MORE where there is none */
    size_t most;                /* bytes of one message */
};

void ost_ws_reader_init(struct ost_ws_reader *reader, size_t most);
void ost_ws_reader_fini(struct ost_ws_reader *reader); /* twice is fine */

/*
 * Takes bytes as they arrive. False where `heard` says so, and with OST_CORRUPT where a
 * server may not send what it sent (a mask, a reserved bit or opcode, a control frame that
 * is long or in pieces, a piece of nothing), with OST_LIMIT beyond `most`.
 */
OST_MUST_CHECK
bool ost_ws_feed(struct ost_ws_reader *reader, const void *bytes, size_t len, ost_ws_heard *heard,
                 void *user, struct ost_err *err);

OST_C_END

#endif
