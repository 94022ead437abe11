/*
 * The model file (.ostm): tensors by name and a few lines of text about them.
 *
 *   "OSTM"  u32 version = 1  u64 bytes of the whole file
 *   32 bytes SHA-256 of everything that follows
 *   u32 texts, u32 tensors
 *   text:   u16 length, name; u32 length, value (UTF-8)
 *   tensor: u16 length, name; u8 kind; u8 rank (1..4); u32 dim[rank]; numbers
 *
 * Little-endian, nothing aligned, nothing after the last tensor. Kinds: 1 float32;
 * 2 uint32; 3 int16 by rows: for each index of the first dimension a float32 scale
 * and the row's int16, number = scale * int16.
 */
#ifndef OST_NET_OSTM_H
#define OST_NET_OSTM_H

#include "recon/base/buf.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

enum ost_ostm_kind { OST_OSTM_REAL = 1, OST_OSTM_INDEX = 2, OST_OSTM_REAL16 = 3 };
enum { OST_OSTM_RANK = 4, OST_OSTM_TEXTS = 64, OST_OSTM_TENSORS = 1024, OST_OSTM_NAME = 64 };

struct ost_ostm_text {
    const char *name, *value;
};

/* In memory kinds 1 and 3 are floats: only the file is rounded. */
struct ost_ostm_tensor {
    const char *name; /* lower case letters, digits, '.', '_' */
    enum ost_ostm_kind kind;
    uint32_t rank, dim[OST_OSTM_RANK];
    const float *real;     /* finite; NULL for OST_OSTM_INDEX */
    const uint32_t *index; /* NULL for the others */
};

struct ost_ostm_draft {
    const struct ost_ostm_text *text; /* borrowed, as everything here */
    size_t text_count;
    const struct ost_ostm_tensor *tensor;
    size_t tensor_count;
};

/* Appends the file to an empty `out`. Equal drafts give equal files. */
OST_MUST_CHECK
bool ost_ostm_write(const struct ost_ostm_draft *draft, struct ost_buf *out, struct ost_err *err);

struct ost_ostm;

/*
 * Reads a whole file held in memory and copies what it keeps. Refuses, as corrupt,
 * any other length, digest, kind or name, a name given twice and a number that is
 * not finite; as unsupported another version.
 */
OST_MUST_CHECK
bool ost_ostm_open(const void *bytes, size_t len, struct ost_ostm **out, struct ost_err *err);
void ost_ostm_close(struct ost_ostm *file); /* NULL is fine */

/* NULL where the file has none of that name. */
const char *ost_ostm_text_view(const struct ost_ostm *file, const char *name);
const struct ost_ostm_tensor *ost_ostm_tensor_view(const struct ost_ostm *file, const char *name);

/* SHA-256 of the whole file, lower-case hexadecimal. */
const char *ost_ostm_digest_view(const struct ost_ostm *file);

/* How many numbers a tensor holds. */
size_t ost_ostm_count(const struct ost_ostm_tensor *tensor);

OST_C_END

#endif
