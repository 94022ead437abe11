/*
 * Operations of a crowd, encoded before anything is sent, so that a load driver spends
 * nothing on them: services/collab/README.md is the protocol. Client `index` makes one
 * note of its own (n 1) and then moves its anchor, again and again (n 2, 3, ...); the
 * positions walk on a circle, so that every operation changes something.
 */
#ifndef OST_LOAD_ENCODE_H
#define OST_LOAD_ENCODE_H

#include "recon/base/buf.h"

OST_C_BEGIN

enum { OST_LOAD_CLIENT = 33, OST_LOAD_CLIENTS = 4096 };

/* The page's id of a client: 8 digits of its index, 24 of `run`, so that runs stay apart. */
void ost_load_client_id(size_t index, uint64_t run, char out[OST_LOAD_CLIENT]);

/* A message's JSON, without a frame. */
void ost_load_hello(struct ost_buf *out, const char *client, int64_t seq, const char *sum);
void ost_load_op(struct ost_buf *out, size_t index, uint64_t run, int64_t n);

/* The same as a masked text frame; the mask follows from index and n, and is never zero. */
void ost_load_op_frame(struct ost_buf *out, size_t index, uint64_t run, int64_t n);

OST_C_END

#endif
