#include "recon/base/array.h"
#include "recon/base/read.h"
#include "recon/base/sha256.h"
#include "recon/net/ostm.h"
#include "recon/net/ostm_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct text {
    char name[OST_OSTM_NAME];
    char *value; /* owned */
};

struct tensor {
    char name[OST_OSTM_NAME];
    struct ost_ostm_tensor view;
    void *number; /* owned: what the view points at */
};

struct ost_ostm {
    struct text text[OST_OSTM_TEXTS];
    size_t text_count;
    struct tensor *tensor;
    size_t tensor_count;
    char digest[OST_SHA256_HEX];
};

void ost_ostm_close(struct ost_ostm *file)
{
    if (file == NULL)
        return;
    for (size_t i = 0; i < file->text_count; i++)
        free(file->text[i].value);
    for (size_t i = 0; i < file->tensor_count; i++)
        free(file->tensor[i].number);
    free(file->tensor);
    free(file);
}

static bool read_name(struct ost_read *read, char out[OST_OSTM_NAME], struct ost_err *err)
{
    size_t len = ost_read_u16le(read);
    const unsigned char *name = len < OST_OSTM_NAME ? ost_read_bytes(read, len) : NULL;
    if (name != NULL)
        memcpy(out, name, len);
    out[name != NULL ? len : 0] = '\0';
    if (name == NULL || strlen(out) != len || !ost_ostm_name_is_sound(out, len))
        return ost_fail(err, OST_CORRUPT, "ostm: a name of %zu bytes is no name", len);
    return true;
}

static bool read_text(struct ost_ostm *file, struct ost_read *read, struct ost_err *err)
{
    struct text *text = &file->text[file->text_count];
    if (!read_name(read, text->name, err))
        return false;
    if (ost_ostm_text_view(file, text->name) != NULL)
        return ost_fail(err, OST_CORRUPT, "ostm: a text is given twice");
    size_t len = ost_read_u32le(read);
    const unsigned char *value = len <= OST_OSTM_VALUE ? ost_read_bytes(read, len) : NULL;
    if (value == NULL || memchr(value, '\0', len) != NULL)
        return ost_fail(err, OST_CORRUPT, "ostm: a text of %zu bytes is broken", len);
    text->value = calloc(len + 1, 1);
    if (text->value == NULL)
        return ost_fail(err, OST_NOMEM, "ostm: no room for a text");
    memcpy(text->value, value, len);
    file->text_count++;
    return true;
}

static bool count_numbers(struct ost_read *read, struct ost_ostm_tensor *view, size_t *count,
                          struct ost_err *err)
{
    *count = 1;
    for (uint32_t i = 0; i < view->rank; i++) {
        view->dim[i] = ost_read_u32le(read);
        if (view->dim[i] == 0 || !ost_array_bytes(*count, view->dim[i], count, NULL))
            return ost_fail(err, OST_CORRUPT, "ostm: dimension %u is %u", i, view->dim[i]);
    }
    size_t each = view->kind == OST_OSTM_REAL16 ? 2 : 4, bytes;
    if (!ost_array_bytes(*count, each, &bytes, err) || bytes > read->len - read->at)
        return ost_fail(err, OST_CORRUPT, "ostm: %zu numbers do not fit the file", *count);
    return true;
}

static void read_rows16(struct ost_read *read, float *out, size_t rows, size_t row)
{
    for (size_t r = 0; r < rows; r++) {
        float scale = ost_read_f32le(read);
        for (size_t i = 0; i < row; i++)
            out[r * row + i] = scale * (float)(int16_t)ost_read_u16le(read);
    }
}

static bool read_numbers(struct ost_read *read, struct tensor *tensor, size_t count,
                         struct ost_err *err)
{
    struct ost_ostm_tensor *view = &tensor->view;
    tensor->number = calloc(count, 4);
    if (tensor->number == NULL)
        return ost_fail(err, OST_NOMEM, "ostm: no room for %zu numbers", count);
    if (view->kind == OST_OSTM_INDEX) {
        uint32_t *index = tensor->number;
        for (size_t i = 0; i < count; i++)
            index[i] = ost_read_u32le(read);
        view->index = index;
        return true;
    }
    float *real = tensor->number;
    if (view->kind == OST_OSTM_REAL16)
        read_rows16(read, real, view->dim[0], count / view->dim[0]);
    for (size_t i = 0; view->kind == OST_OSTM_REAL && i < count; i++)
        real[i] = ost_read_f32le(read);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(real[i]))
            return ost_fail(err, OST_CORRUPT, "ostm: number %zu is not finite", i);
    }
    view->real = real;
    return true;
}

static bool read_tensor(struct ost_ostm *file, struct ost_read *read, struct ost_err *err)
{
    struct tensor *tensor = &file->tensor[file->tensor_count];
    if (!read_name(read, tensor->name, err))
        return false;
    if (ost_ostm_tensor_view(file, tensor->name) != NULL)
        return ost_fail(err, OST_CORRUPT, "ostm: a tensor is given twice");
    uint32_t kind = ost_read_u8(read), rank = ost_read_u8(read);
    if (kind < OST_OSTM_REAL || kind > OST_OSTM_REAL16 || rank < 1 || rank > OST_OSTM_RANK)
        return ost_fail(err, OST_CORRUPT, "ostm: a tensor of kind %u and rank %u", kind, rank);
    tensor->view = (struct ost_ostm_tensor){
        .name = tensor->name, .kind = (enum ost_ostm_kind)kind, .rank = rank};
    file->tensor_count++;
    size_t count;
    return count_numbers(read, &tensor->view, &count, err) &&
           read_numbers(read, tensor, count, err) && ost_read_done(read, err);
}

static bool read_body(struct ost_ostm *file, struct ost_read *read, struct ost_err *err)
{
    uint32_t texts = ost_read_u32le(read), tensors = ost_read_u32le(read);
    if (texts > OST_OSTM_TEXTS || tensors > OST_OSTM_TENSORS)
        return ost_fail(err, OST_CORRUPT, "ostm: %u texts, %u tensors", texts, tensors);
    file->tensor = calloc((size_t)tensors + 1, sizeof *file->tensor);
    if (file->tensor == NULL)
        return ost_fail(err, OST_NOMEM, "ostm: no room for %u tensors", tensors);
    for (uint32_t i = 0; i < texts; i++) {
        if (!read_text(file, read, err))
            return false;
    }
    for (uint32_t i = 0; i < tensors; i++) {
        if (!read_tensor(file, read, err))
            return false;
    }
    if (read->at != read->len)
        return ost_fail(err, OST_CORRUPT, "ostm: %zu bytes too many", read->len - read->at);
    return ost_read_done(read, err);
}

static bool check_head(struct ost_read *read, const unsigned char *bytes, struct ost_err *err)
{
    const unsigned char *magic = ost_read_bytes(read, 4);
    uint32_t version = ost_read_u32le(read);
    uint64_t stated = ost_read_u64le(read);
    const unsigned char *digest = ost_read_bytes(read, OST_SHA256_BYTES);
    if (magic == NULL || digest == NULL || memcmp(magic, OST_OSTM_MAGIC, 4) != 0)
        return ost_fail(err, OST_CORRUPT, "ostm: %zu bytes are no model file", read->len);
    if (version != OST_OSTM_VERSION) {
        return ost_fail(err, OST_UNSUPPORTED, "ostm: version %u, this program reads %d", version,
                        OST_OSTM_VERSION);
    }
    if (stated != read->len) {
        return ost_fail(err, OST_CORRUPT, "ostm: %zu bytes of %llu", read->len,
                        (unsigned long long)stated);
    }
    unsigned char own[OST_SHA256_BYTES];
    ost_sha256_of(bytes + OST_OSTM_HEAD, read->len - OST_OSTM_HEAD, own);
    if (memcmp(own, digest, sizeof own) != 0)
        return ost_fail(err, OST_CORRUPT, "ostm: the digest does not fit the content");
    return true;
}

bool ost_ostm_open(const void *bytes, size_t len, struct ost_ostm **out, struct ost_err *err)
{
    *out = NULL;
    struct ost_read read = ost_read_of(bytes, len);
    if (!check_head(&read, bytes, err))
        return false;
    struct ost_ostm *file = calloc(1, sizeof *file);
    if (file == NULL)
        return ost_fail(err, OST_NOMEM, "ostm: out of memory");
    if (!read_body(file, &read, err)) {
        ost_ostm_close(file);
        return false;
    }
    for (size_t i = 0; i < file->tensor_count; i++)
        file->tensor[i].view.name = file->tensor[i].name;
    unsigned char digest[OST_SHA256_BYTES];
    ost_sha256_of(bytes, len, digest);
    ost_sha256_hex(digest, file->digest);
    *out = file;
    return true;
}

const char *ost_ostm_text_view(const struct ost_ostm *file, const char *name)
{
    for (size_t i = 0; i < file->text_count; i++) {
        if (strcmp(file->text[i].name, name) == 0)
            return file->text[i].value;
    }
    return NULL;
}

const struct ost_ostm_tensor *ost_ostm_tensor_view(const struct ost_ostm *file, const char *name)
{
    for (size_t i = 0; i < file->tensor_count; i++) {
        if (strcmp(file->tensor[i].name, name) == 0)
            return &file->tensor[i].view;
    }
    return NULL;
}

const char *ost_ostm_digest_view(const struct ost_ostm *file)
{
    return file->digest;
}
