/*
 * The door through which bytes from outside come in. A process of its own parses and
 * de-identifies them: started afresh, so that no secret of this one is in its memory,
 * with one file to read and one pipe to write, no network, no other file, and bounds on
 * memory, processor time and wall time. What it writes is decoded here by
 * ost_clean_dicom_open(), which trusts nothing.
 *
 * Safe to call from several threads. The program that is started must hand its command
 * "intake-child" to ost_intake_child() (child.h).
 */
#ifndef OST_SANDBOX_INTAKE_H
#define OST_SANDBOX_INTAKE_H

#include "recon/base/buf.h"
#include "recon/base/err.h"
#include "recon/dicom/clean.h"
#include "recon/dicom/deid.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

enum {
    OST_INTAKE_MEMORY = 1 << 30, /* bytes of address space */
    OST_INTAKE_SECONDS = 60,
    OST_INTAKE_KEY_MOST = 64
};

struct ost_intake_options {
    const char *program; /* what is started; NULL: this very program */
    const void *key;     /* keys the record's UIDs here, in the parent; NULL: they are dropped */
    size_t key_len;
    uint64_t memory; /* 0: OST_INTAKE_MEMORY */
    double seconds;  /* wall time; 0: OST_INTAKE_SECONDS */
};

/*
 * Reads `input_fd` (a file, a memfd, a pipe) to its end. On failure the message says what
 * is wrong with the file: OST_LIMIT too large, too long, too much memory; OST_UNSUPPORTED
 * not a kind we read; OST_CORRUPT damaged or hostile; OST_UNAVAILABLE no sandbox to be had.
 */
OST_MUST_CHECK
bool ost_intake_run(int input_fd, const struct ost_intake_options *options,
                    struct ost_clean_dicom **out, struct ost_err *err);

/*
 * A DICOM file de-identified to a DICOM file, in the same kind of process. Here the key
 * goes into the child, which must write keyed UIDs; `record` receives the JSON record.
 */
OST_MUST_CHECK
bool ost_intake_deid(int input_fd, const struct ost_intake_options *options,
                     const struct ost_deid_profile *profile, struct ost_buf *file,
                     struct ost_buf *record, struct ost_err *err);

OST_C_END

#endif
