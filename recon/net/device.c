#include "recon/net/device_impl.h"
#include "recon/net/net_impl.h"

#include <stdlib.h>

bool ost_net_dnn(dnnl_status_t status, const char *what, struct ost_err *err)
{
    if (status == dnnl_success)
        return true;
    return ost_fail(err, status == dnnl_out_of_memory ? OST_NOMEM : OST_UNSUPPORTED,
                    "oneDNN refuses %s (status %d)", what, (int)status);
}

/*
 * The widest kernels that every processor of today has: wider ones add in another order, and what
 * a net says would depend on the machine. Holds for the process, and can be said once; after the
 * first kernel is made oneDNN refuses to hear it again, which changes nothing.
 */
static bool limit_kernels(struct ost_err *err)
{
    (void)dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2);
    return ((unsigned)dnnl_get_effective_cpu_isa() & ~(unsigned)dnnl_cpu_isa_avx2) == 0 ||
           ost_fail(err, OST_BUG, "net: oneDNN was used before with kernels wider than ours");
}

static bool open_device(struct ost_net_device *device, struct ost_err *err)
{
    return limit_kernels(err) &&
           ost_net_dnn(dnnl_engine_create(&device->engine, dnnl_cpu, 0), "an engine", err) &&
           ost_net_dnn(
               dnnl_stream_create(&device->stream, device->engine, dnnl_stream_default_flags),
               "a stream", err) &&
           ost_net_dnn(dnnl_primitive_attr_create(&device->plain), "attributes", err) &&
           ost_net_dnn(
               dnnl_primitive_attr_set_scratchpad_mode(device->plain, dnnl_scratchpad_mode_user),
               "scratch of ours", err) &&
           ost_net_dnn(dnnl_primitive_attr_set_fpmath_mode(device->plain, dnnl_fpmath_mode_strict),
                       "floats as they are", err);
}

bool ost_net_device_create(struct ost_net_device **out, struct ost_err *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "net: out of memory");
    if (open_device(*out, err))
        return true;
    ost_net_device_destroy(*out);
    *out = NULL;
    return false;
}

void ost_net_device_destroy(struct ost_net_device *device)
{
    if (device == NULL)
        return;
    if (device->plain != NULL)
        dnnl_primitive_attr_destroy(device->plain);
    if (device->stream != NULL)
        dnnl_stream_destroy(device->stream);
    if (device->engine != NULL)
        dnnl_engine_destroy(device->engine);
    free(device->scratch);
    free(device->waiting);
    free(device);
}

bool ost_net_device_settle(struct ost_net_device *device, struct ost_err *err)
{
    device->scratch = ost_net_floats(device->scratch_bytes / sizeof(float) + 1);
    if (device->scratch == NULL)
        return ost_fail(err, OST_NOMEM, "net: no scratch of %zu bytes", device->scratch_bytes);
    for (size_t i = 0; i < device->waiting_count; i++) {
        if (!ost_net_dnn(dnnl_memory_set_data_handle(device->waiting[i], device->scratch),
                         "a scratch memory", err))
            return false;
    }
    return true;
}

static bool await_scratch(struct ost_net_device *device, dnnl_memory_t memory, size_t bytes,
                          struct ost_err *err)
{
    if (device->waiting_count == device->waiting_room) {
        size_t room = 2 * device->waiting_room + 64;
        dnnl_memory_t *grown = realloc(device->waiting, room * sizeof(dnnl_memory_t));
        if (grown == NULL)
            return ost_fail(err, OST_NOMEM, "net: out of memory");
        device->waiting = grown;
        device->waiting_room = room;
    }
    device->waiting[device->waiting_count++] = memory;
    device->scratch_bytes = bytes > device->scratch_bytes ? bytes : device->scratch_bytes;
    return true;
}

static bool bind(struct ost_net_device *device, struct ost_net_call *call, int arg,
                 const dnnl_memory_desc_t *md, void *data, struct ost_err *err)
{
    dnnl_memory_t memory;
    if (call->count == OST_NET_ARGS)
        return ost_fail(err, OST_BUG, "net: more than %d arguments", OST_NET_ARGS);
    if (!ost_net_dnn(dnnl_memory_create(&memory, md, device->engine, data), "a memory", err))
        return false;
    call->arg[call->count++] = (dnnl_exec_arg_t){.arg = arg, .memory = memory};
    return true;
}

bool ost_net_call_bind(struct ost_net_device *device, struct ost_net_call *call, int arg,
                       const dnnl_memory_desc_t *md, float *data, struct ost_err *err)
{
    return bind(device, call, arg, md, data, err);
}

bool ost_net_call_init(struct ost_net_device *device, const_dnnl_primitive_desc_t desc,
                       struct ost_net_call *call, struct ost_err *err)
{
    if (!ost_net_dnn(dnnl_primitive_create(&call->primitive, desc), "a primitive", err))
        return false;
    const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    size_t bytes = md != NULL ? dnnl_memory_desc_get_size(md) : 0;
    return bytes == 0 || (bind(device, call, DNNL_ARG_SCRATCHPAD, md, DNNL_MEMORY_NONE, err) &&
                          await_scratch(device, call->arg[call->count - 1].memory, bytes, err));
}

bool ost_net_call_run(struct ost_net_device *device, const struct ost_net_call *call,
                      struct ost_err *err)
{
    return ost_net_dnn(
               dnnl_primitive_execute(call->primitive, device->stream, call->count, call->arg),
               "to run", err) &&
           ost_net_dnn(dnnl_stream_wait(device->stream), "to end", err);
}

void ost_net_call_fini(struct ost_net_call *call)
{
    for (int i = 0; i < call->count; i++)
        dnnl_memory_destroy(call->arg[i].memory);
    if (call->primitive != NULL)
        dnnl_primitive_destroy(call->primitive);
    *call = (struct ost_net_call){0};
}

static bool init_reorder(struct ost_net_device *device, enum ost_net_way way,
                         const dnnl_memory_desc_t *plain, float *data, struct ost_net_packed *p,
                         struct ost_err *err)
{
    bool pack = way == OST_NET_PACK;
    dnnl_primitive_desc_t desc;
    dnnl_status_t status =
        dnnl_reorder_primitive_desc_create(&desc, pack ? plain : &p->md, device->engine,
                                           pack ? &p->md : plain, device->engine, device->plain);
    if (!ost_net_dnn(status, "a reorder", err))
        return false;
    bool ok = ost_net_call_init(device, desc, &p->call, err);
    dnnl_primitive_desc_destroy(desc);
    return ok &&
           ost_net_call_bind(device, &p->call, pack ? DNNL_ARG_FROM : DNNL_ARG_TO, plain, data,
                             err) &&
           ost_net_call_bind(device, &p->call, pack ? DNNL_ARG_TO : DNNL_ARG_FROM, &p->md, p->data,
                             err);
}

bool ost_net_packed_init(struct ost_net_device *device, enum ost_net_way way,
                         const dnnl_memory_desc_t *plain, float *data,
                         const dnnl_memory_desc_t *liked, struct ost_net_packed *packed,
                         struct ost_err *err)
{
    packed->md = *liked;
    packed->is_copy = dnnl_memory_desc_equal(plain, liked) == 0;
    packed->data = data;
    if (!packed->is_copy)
        return true;
    packed->data = ost_net_floats(dnnl_memory_desc_get_size(liked) / sizeof(float) + 1);
    if (packed->data == NULL)
        return ost_fail(err, OST_NOMEM, "net: no room for a packed kernel");
    return init_reorder(device, way, plain, data, packed, err);
}

bool ost_net_packed_run(struct ost_net_device *device, const struct ost_net_packed *packed,
                        struct ost_err *err)
{
    return !packed->is_copy || ost_net_call_run(device, &packed->call, err);
}

void ost_net_packed_fini(struct ost_net_packed *packed)
{
    ost_net_call_fini(&packed->call);
    if (packed->is_copy)
        free(packed->data);
    *packed = (struct ost_net_packed){0};
}
