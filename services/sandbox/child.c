#include "services/sandbox/child.h"

#include "recon/dicom/clean.h"
#include "recon/dicom/deid.h"
#include "recon/dicom/make.h"
#include "recon/dicom/prepare.h"
#include "services/sandbox/cell.h"
#include "services/sandbox/wire_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OST_CHILD_REQUEST_FD = 3 };

/* All that can be read, up to the buffer's limit. */
static bool read_all(int fd, struct ost_buf *out, struct ost_err *err)
{
    unsigned char chunk[65536];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ost_fail(err, OST_UNAVAILABLE, "the file cannot be read");
        if (n == 0)
            return true;
        ost_buf_put(out, chunk, (size_t)n);
        if (out->failed && out->len + (size_t)n > out->limit)
            return ost_fail(err, OST_LIMIT, "the file has more than %zu bytes", out->limit);
        if (out->failed)
            return ost_fail(err, OST_NOMEM, "the file does not fit into memory");
    }
}

static bool write_all(int fd, const unsigned char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* A file is read from its beginning, wherever its other owners stand in it. */
static bool read_input(struct ost_buf *file, struct ost_err *err)
{
    (void)lseek(STDIN_FILENO, 0, SEEK_SET);
    return read_all(STDIN_FILENO, file, err);
}

static bool write_status(const struct ost_err *err)
{
    struct ost_buf out;
    ost_buf_init(&out, 4096);
    ost_wire_put_status(err, &out);
    bool ok = !out.failed && write_all(STDOUT_FILENO, out.ptr, out.len);
    ost_buf_fini(&out);
    return ok;
}

/* Straight to the pipe: a film is large enough once. */
static bool write_blob(const struct ost_buf *blob)
{
    unsigned char len[8];
    for (size_t i = 0; i < 8; i++)
        len[i] = (unsigned char)((uint64_t)blob->len >> (8 * i) & 0xff);
    return write_all(STDOUT_FILENO, len, sizeof len) &&
           write_all(STDOUT_FILENO, blob->ptr, blob->len);
}

static const struct ost_err success = {.code = OST_OK};

static bool make_film(const struct ost_buf *file, struct ost_err *err)
{
    struct ost_buf record;
    ost_buf_init(&record, OST_CLEAN_BYTES_MOST);
    bool ok = ost_clean_dicom_make(file->ptr, file->len, &record, err);
    if (ok && !(write_status(&success) && write_blob(&record)))
        _exit(1);
    ost_buf_fini(&record);
    return ok;
}

static bool make_deid(const struct ost_wire_request *request, const struct ost_buf *file,
                      struct ost_err *err)
{
    struct ost_deid_file made = {.report = calloc(1, sizeof *made.report)};
    const struct ost_deid_key key = {request->key, request->key_len};
    struct ost_buf json;
    ost_buf_init(&json, 1 << 20);
    if (made.report == NULL)
        return ost_fail(err, OST_NOMEM, "removal record");
    bool ok = ost_deid_file(file->ptr, file->len, &request->profile, &key, &made, err) &&
              ost_deid_report_json(made.report, &json, err);
    if (ok && !(write_status(&success) && write_blob(&made.bytes) && write_blob(&json)))
        _exit(1);
    ost_buf_fini(&made.bytes);
    ost_buf_fini(&json);
    free(made.report);
    return ok;
}

static bool read_request(struct ost_wire_request *request, struct ost_err *err)
{
    struct ost_buf asked;
    ost_buf_init(&asked, OST_WIRE_REQUEST_MOST);
    bool ok = read_all(OST_CHILD_REQUEST_FD, &asked, err) &&
              ost_wire_read_request(asked.ptr, asked.len, request, err);
    ost_buf_fini(&asked);
    (void)close(OST_CHILD_REQUEST_FD);
    return ok;
}

/* Everything that opens a file happens before the door is closed; nothing hostile is read
 * before it is. */
static bool run(struct ost_buf *file, struct ost_err *err)
{
    struct ost_wire_request request;
    if (!read_request(&request, err))
        return false;
    const struct ost_cell cell = {request.memory, request.cpu_seconds};
    if (!ost_dicom_prepare(err) || !ost_cell_limit(&cell, err) || !ost_cell_close(err) ||
        !read_input(file, err))
        return false;
    return request.task == OST_WIRE_DEID ? make_deid(&request, file, err) : make_film(file, err);
}

int ost_intake_child(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct ost_err err = {0};
    struct ost_buf file;
    ost_buf_init(&file, OST_MAKE_BYTES_MOST);
    bool told = run(&file, &err) || write_status(&err);
    /* No destructors: whatever the file did to the heap stays unvisited. */
    _exit(told ? 0 : 1);
}
