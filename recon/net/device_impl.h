/*
 * oneDNN held together: its engine, stream and one scratch memory for all primitives of a
 * net, and a primitive with its arguments bound once, so that running it is one call.
 */
#ifndef OST_NET_DEVICE_IMPL_H
#define OST_NET_DEVICE_IMPL_H

#include "recon/base/err.h"

#include <dnnl.h>

struct ost_net_device {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_attr_t plain; /* scratch memory is ours, floats are floats */
    void *scratch;               /* owned */
    size_t scratch_bytes;
    dnnl_memory_t *waiting; /* owned list of borrowed memories that want the scratch */
    size_t waiting_count, waiting_room;
};

bool ost_net_device_create(struct ost_net_device **out, struct ost_err *err);
void ost_net_device_destroy(struct ost_net_device *device);

/* Gives all calls made so far the one scratch memory. */
bool ost_net_device_settle(struct ost_net_device *device, struct ost_err *err);

/* False with a line that says what oneDNN refused. */
bool ost_net_dnn(dnnl_status_t status, const char *what, struct ost_err *err);

enum { OST_NET_ARGS = 6 };

struct ost_net_call {
    dnnl_primitive_t primitive;
    int count;
    dnnl_exec_arg_t arg[OST_NET_ARGS]; /* memories owned, what they point at is not */
};

/* A primitive of the description, with its scratch bound. */
bool ost_net_call_init(struct ost_net_device *device, const_dnnl_primitive_desc_t desc,
                       struct ost_net_call *call, struct ost_err *err);
bool ost_net_call_bind(struct ost_net_device *device, struct ost_net_call *call, int arg,
                       const dnnl_memory_desc_t *md, float *data, struct ost_err *err);
bool ost_net_call_run(struct ost_net_device *device, const struct ost_net_call *call,
                      struct ost_err *err);
void ost_net_call_fini(struct ost_net_call *call);

/* Numbers in the order a primitive likes, beside the same numbers in plain order. */
struct ost_net_packed {
    dnnl_memory_desc_t md;
    float *data;  /* owned, or the plain numbers where the orders agree */
    bool is_copy; /* data is owned */
    struct ost_net_call call;
};

enum ost_net_way { OST_NET_PACK = 1, OST_NET_UNPACK };

/* `way` is what running the call does: plain to packed or back. */
bool ost_net_packed_init(struct ost_net_device *device, enum ost_net_way way,
                         const dnnl_memory_desc_t *plain, float *data,
                         const dnnl_memory_desc_t *liked, struct ost_net_packed *packed,
                         struct ost_err *err);
bool ost_net_packed_run(struct ost_net_device *device, const struct ost_net_packed *packed,
                        struct ost_err *err);
void ost_net_packed_fini(struct ost_net_packed *packed);

#endif
