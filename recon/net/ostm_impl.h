/* What reader and writer of the model file agree on. */
#ifndef OST_NET_OSTM_IMPL_H
#define OST_NET_OSTM_IMPL_H

#include <stdbool.h>
#include <stddef.h>

enum {
    OST_OSTM_VERSION = 1,
    OST_OSTM_HEAD = 4 + 4 + 8 + 32,
    OST_OSTM_VALUE = 1 << 16,
    OST_OSTM_INT16 = 32767
};

/* "OSTM", not a string: no NUL. */
#define OST_OSTM_MAGIC "OSTM"

bool ost_ostm_name_is_sound(const char *name, size_t len);

#endif
