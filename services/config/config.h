/*
 * The environment, read once at start-up. One table (config_table.c) holds each
 * variable's name, kind, default, bounds and help; parsing, --help and
 * infra/env.example come from it. No other room may call getenv().
 */
#ifndef OST_CONFIG_CONFIG_H
#define OST_CONFIG_CONFIG_H

#include "recon/base/buf.h"
#include "recon/base/err.h"

#include <stdint.h>

OST_C_BEGIN

struct ost_config_db {
    const char *url;       /* the application: a role that owns nothing */
    const char *owner_url; /* migrations and administration; "" where not given */
    const char *migrations;
    const char *app_password_file; /* "" where the server asks the role for none */
    int64_t pool;                  /* connections in one process */
};

struct ost_config_http {
    const char *listen; /* address */
    int64_t port;
    const char *origin; /* "https://host:port" as browsers see it; "" = from listen and port */
    const char *tls_cert, *tls_key; /* certificate "none": no TLS, on the loopback only */
    const char *web_root;
    int64_t threads;
    int64_t connections; /* open at once */
    int64_t socket_silent_s;
    int64_t account_per_s; /* requests */
    int64_t upload_mb;     /* one file */
    int64_t pending_mb;    /* all films waiting for confirmation */
};

/* Blobs in a bucket; `url` "" or NULL: on disk. */
struct ost_config_s3 {
    const char *url; /* https://host[:port]/bucket[/prefix]; http:// on the loopback only */
    const char *region;
    const char *key_id_file, *secret_file; /* first lines, readable by their owner only */
    const char *ca;                        /* PEM; "": the system's */
    int64_t stall_s;
    int64_t sweep; /* 1: no other database has blobs below the prefix */
};

struct ost_config_store {
    const char *blob_dir;
    const char *secret_file; /* 64 hexadecimal digits, readable by its owner only */
    struct ost_config_s3 s3;
};

/* What one institution may have at most. */
struct ost_config_share {
    int64_t cases, jobs; /* jobs that wait or run */
    int64_t store_gb;    /* blobs */
    int64_t pending_percent;
};

struct ost_config_auth {
    const char *secret_file; /* the same file; keys are derived from it by purpose */
    int64_t idle_minutes, absolute_hours, rotate_minutes;
};

struct ost_config_worker {
    int64_t workers; /* jobs at once */
    const char *work_dir;
    const char *model;
    const char *studies;        /* folder of study files, NAME.json */
    int64_t memory_mb, minutes; /* what one job may use */
};

struct ost_config {
    struct ost_config_db db;
    struct ost_config_http http;
    struct ost_config_store store;
    struct ost_config_share share;
    struct ost_config_auth auth;
    struct ost_config_worker worker;
    const char *log_level;
};

/* Strings live as long as the config. Fails with OST_INVALID, naming the variable. */
OST_MUST_CHECK bool ost_config_create(struct ost_config **out, struct ost_err *err);
void ost_config_destroy(struct ost_config *config); /* NULL is fine */
OST_AUTO_DEFINE(ost_config);

/* Every variable with its default and help: the text of infra/env.example. */
void ost_config_example(struct ost_buf *out);

/* The same one by one; false past the last. Static storage. */
struct ost_config_variable {
    const char *name, *fallback, *help;
};
bool ost_config_variable(size_t i, struct ost_config_variable *out);

/* The same for the end of a --help. */
void ost_config_help(struct ost_buf *out);

enum { OST_SECRET_BYTES = 32 };

/*
 * Reads the master key; the caller derives what it needs and zeroes it. Fails with
 * OST_DENIED where others can read or change the file.
 */
OST_MUST_CHECK
bool ost_config_secret(const char *path, unsigned char secret[OST_SECRET_BYTES],
                       struct ost_err *err);

/*
 * Keys that wrap the keys of blobs. Number 0 is the secret itself; a further line of the
 * file, "N DIGITS" with N from 1 to 255, is key N. The highest number wraps from now on;
 * the others only open, and a line may go once nothing needs it (osteon rotate).
 */
enum { OST_WRAP_KEYS = 16 };
struct ost_wrap_key {
    int id;
    unsigned char key[OST_SECRET_BYTES];
};
OST_MUST_CHECK
bool ost_config_wrap_keys(const char *path, struct ost_wrap_key out[OST_WRAP_KEYS], size_t *count,
                          struct ost_err *err);

/*
 * First line of a small file (a password), without its newline; the caller zeroes it. `what`
 * names the file in refusals: the variable or option it comes from. OST_DENIED as above.
 */
OST_MUST_CHECK
bool ost_config_line(const char *path, const char *what, char *line, size_t size,
                     struct ost_err *err);

OST_C_END

#endif
