/*
 * Where sealed objects lie: one table of functions per back end (disk.c, s3.c). They see
 * noise and names as store.c makes them, "7/3f/3f...", and nothing of keys or content.
 */
#ifndef OST_STORE_SHELF_IMPL_H
#define OST_STORE_SHELF_IMPL_H

#include "recon/base/buf.h"
#include "services/config/config.h"

struct ost_shelf;

/* One file's name, on the way through those of a shelf. */
typedef bool ost_shelf_visit(void *user, const char *file, struct ost_err *err);

struct ost_shelf_kind {
    /* Whole or not at all, and durable when it returns. */
    bool (*write)(struct ost_shelf *shelf, const char *file, const struct ost_buf *bytes,
                  struct ost_err *err);
    /* Appends; OST_NOT_FOUND where it is not there, OST_CORRUPT where `out` is too small. */
    bool (*read)(struct ost_shelf *shelf, const char *file, struct ost_buf *out,
                 struct ost_err *err);
    /* Its length; OST_NOT_FOUND as above. */
    bool (*size)(struct ost_shelf *shelf, const char *file, int64_t *bytes, struct ost_err *err);
    /* One that is not there is removed already. */
    bool (*remove)(struct ost_shelf *shelf, const char *file, struct ost_err *err);
    /* Every file last written before that second; `visit` may remove it. */
    bool (*old)(struct ost_shelf *shelf, int64_t before, ost_shelf_visit *visit, void *user,
                struct ost_err *err);
    void (*destroy)(struct ost_shelf *shelf);
};

/* The first member of a back end's own struct. Safe to share among threads. */
struct ost_shelf {
    const struct ost_shelf_kind *kind;
    int64_t orphan_s; /* age at which what no row names may go; 0: it may be another database's */
};

OST_MUST_CHECK
bool ost_disk_create(struct ost_shelf **out, const char *dir, struct ost_err *err);

/* Asks the bucket once, so that what is wrong with it is said at the start. */
OST_MUST_CHECK
bool ost_s3_create(struct ost_shelf **out, const struct ost_config_s3 *config, struct ost_err *err);

void ost_shelf_destroy(struct ost_shelf *shelf); /* NULL is fine */
OST_AUTO_DEFINE(ost_shelf);

/* Only names as store.c makes them, and what disk.c puts behind them while it writes. */
OST_MUST_CHECK bool ost_shelf_check(const char *file, struct ost_err *err);

#endif
