/* `osteon bench collab` and `osteon plan encode`: loading the real api, or another's. */
#ifndef OST_LOAD_LOAD_H
#define OST_LOAD_LOAD_H

#include "services/cli/args.h"

OST_C_BEGIN

/* The figures of collaboration, measured on an Osteon of its own. Returns the exit code. */
int ost_load_bench(const struct ost_args *args);

/*
 * Operations for a load driver that is not ours, into the folder DIR: for each client
 * client_NNNN.jsonl, a message a line, the hello first, and client_NNNN.frames, the same
 * as masked WebSocket frames one after the other: of JSON, or of its CBOR.
 */
OST_MUST_CHECK
bool ost_load_encode_files(const char *dir, size_t clients, size_t count, bool cbor,
                           struct ost_err *err);

OST_C_END

#endif
