/*
 * What crosses between parent and child: the parent's request on a pipe, the child's
 * answer on another. The answer is a status and its message, then blobs, each with its
 * length in front. The parent believes none of it beyond its bounds.
 */
#ifndef OST_SANDBOX_WIRE_IMPL_H
#define OST_SANDBOX_WIRE_IMPL_H

#include "recon/base/buf.h"
#include "recon/base/read.h"
#include "recon/dicom/deid.h"

OST_C_BEGIN

enum ost_wire_task { OST_WIRE_FILM = 1, OST_WIRE_DEID };

enum { OST_WIRE_REQUEST_MOST = 8192 };

struct ost_wire_request {
    enum ost_wire_task task;
    uint64_t memory;
    uint32_t cpu_seconds;
    struct ost_deid_profile profile; /* of OST_WIRE_DEID */
    unsigned char key[64];
    uint32_t key_len;
};

void ost_wire_put_request(const struct ost_wire_request *request, struct ost_buf *out);
OST_MUST_CHECK
bool ost_wire_read_request(const void *bytes, size_t len, struct ost_wire_request *request,
                           struct ost_err *err);

/* OST_OK or the code and message of a failure. */
void ost_wire_put_status(const struct ost_err *err, struct ost_buf *out);

/* Turns a failure the child reports into ours; printable ASCII only. */
OST_MUST_CHECK bool ost_wire_read_status(struct ost_read *in, struct ost_err *err);
OST_MUST_CHECK
bool ost_wire_read_blob(struct ost_read *in, const unsigned char **bytes, size_t *len,
                        struct ost_err *err);

OST_C_END

#endif
