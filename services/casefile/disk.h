/*
 * Whole files from and to a case folder. Reading states its limit; writing goes to
 * a neighbour first and is then renamed, so that nobody ever sees half a file.
 */
#ifndef OST_CASEFILE_DISK_H
#define OST_CASEFILE_DISK_H

#include "recon/base/buf.h"

OST_C_BEGIN

enum { OST_DISK_PATH = 4096 };

/* DIR/NAME in `out`; refuses what does not fit. Without DIR, here and below: NAME as typed. */
OST_MUST_CHECK
bool ost_disk_join(const char *dir, const char *name, char out[OST_DISK_PATH], struct ost_err *err);

/* A relative path of letters, digits and . _ - / that never climbs. */
bool ost_disk_name_is_safe(const char *name);

/* The bytes of DIR/NAME appended to `out`, whose limit holds. */
OST_MUST_CHECK
bool ost_disk_read(const char *dir, const char *name, struct ost_buf *out, struct ost_err *err);

OST_MUST_CHECK
bool ost_disk_write(const char *dir, const char *name, const struct ost_buf *bytes,
                    struct ost_err *err);

/* Removes the file DIR/NAME where there is one. */
OST_MUST_CHECK
bool ost_disk_remove(const char *dir, const char *name, struct ost_err *err);

/* Makes DIR/NAME, and the folders it stands in, where they are not there yet. */
OST_MUST_CHECK
bool ost_disk_folder(const char *dir, const char *name, struct ost_err *err);

OST_C_END

#endif
