/*
 * The page's files, found once at the start, so that no path of a client ever
 * reaches the file system. A changed file is read again; a new one is found by
 * looking again, at most every two seconds. Beside NAME a NAME.gz is served to
 * whoever takes it. A page's inline scripts (the import map) are named in its
 * Content-Security-Policy by their hash, so that no other inline script runs.
 */
#include "recon/base/buf.h"
#include "recon/base/sha256.h"
#include "services/http/http_impl.h"
#include "services/log/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MOST 2048
#define DEPTH_MOST 8
#define NAME_MOST  512
#define RESCAN_S   2

#define FILE_BYTES  ((size_t)32 * 1024 * 1024)
#define FILES_BYTES ((size_t)128 * 1024 * 1024)

struct ost_http_file {
    unsigned uses; /* the table's and those of answers under way */
    struct ost_buf bytes;
    char etag[35];    /* quoted */
    char *inline_csp; /* " 'sha256-...'", owned; NULL without inline scripts */
};

struct entry {
    char *name; /* "/viewer/scene.js" */
    const char *type;
    off_t size;
    struct timespec changed;
    struct ost_http_file *file;
};

struct ost_http_files {
    char root[NAME_MOST];
    char connect[256]; /* " wss://host:port ..." */
    struct entry entry[FILES_MOST];
    size_t count, held; /* bytes */
    uint64_t scanned_us;
};

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".ico", "image/x-icon"},
    {".wasm", "application/wasm"},
    {".woff2", "font/woff2"},
    {".glb", "model/gltf-binary"},
    {".txt", "text/plain; charset=utf-8"},
    {".map", "application/json"},
};

static const char *type_of(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t n = strlen(types[i].ending);
        if (len > n && strcmp(name + len - n, types[i].ending) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* --- reading ------------------------------------------------------------------ */

void ost_http_file_release(struct ost_http_file *file)
{
    if (file == NULL || --file->uses > 0)
        return;
    ost_buf_fini(&file->bytes);
    free(file->inline_csp);
    free(file);
}

static bool read_all(int fd, struct ost_buf *out)
{
    unsigned char piece[16 * 1024];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0)
        ost_buf_put(out, piece, (size_t)n);
    return n == 0 && !out->failed;
}

static void put_base64(struct ost_buf *out, const unsigned char *bytes, size_t len)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)bytes[i] << 16;
        v |= i + 1 < len ? (uint32_t)bytes[i + 1] << 8 : 0;
        v |= i + 2 < len ? bytes[i + 2] : 0;
        ost_buf_put_u8(out, (uint8_t)digit[v >> 18]);
        ost_buf_put_u8(out, (uint8_t)digit[v >> 12 & 63]);
        ost_buf_put_u8(out, i + 1 < len ? (uint8_t)digit[v >> 6 & 63] : '=');
        ost_buf_put_u8(out, i + 2 < len ? (uint8_t)digit[v & 63] : '=');
    }
}

/* " 'sha256-...'" for each inline script of a page of ours. */
static char *inline_scripts(const struct ost_buf *page)
{
    struct ost_buf out;
    ost_buf_init(&out, 4096);
    const char *at = (const char *)page->ptr, *end = at + page->len;
    while (at < end && (at = memmem(at, (size_t)(end - at), "<script", 7)) != NULL) {
        const char *open = memchr(at, '>', (size_t)(end - at));
        if (open == NULL)
            break;
        const char *close = memmem(open, (size_t)(end - open), "</script", 8);
        if (close == NULL)
            break;
        if (close > open + 1) {
            unsigned char hash[OST_SHA256_BYTES];
            ost_sha256_of(open + 1, (size_t)(close - open - 1), hash);
            ost_buf_text(&out, " 'sha256-");
            put_base64(&out, hash, sizeof hash);
            ost_buf_text(&out, "'");
        }
        at = close;
    }
    ost_buf_put_u8(&out, 0);
    char *text = out.failed || out.len == 1 ? NULL : strdup((const char *)out.ptr);
    ost_buf_fini(&out);
    return text;
}

static struct ost_http_file *file_read(int fd, const char *type)
{
    struct ost_http_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return NULL;
    file->uses = 1;
    ost_buf_init(&file->bytes, FILE_BYTES);
    if (!read_all(fd, &file->bytes)) {
        ost_http_file_release(file);
        return NULL;
    }
    unsigned char hash[OST_SHA256_BYTES];
    ost_sha256_of(file->bytes.ptr, file->bytes.len, hash);
    file->etag[0] = '"';
    for (size_t i = 0; i < 16; i++)
        (void)snprintf(file->etag + 1 + 2 * i, 4, "%02x\"", hash[i]);
    if (strncmp(type, "text/html", 9) == 0)
        file->inline_csp = inline_scripts(&file->bytes);
    return file;
}

/* --- the table ------------------------------------------------------------------ */

static struct entry *find(struct ost_http_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->entry[i].name, name) == 0)
            return &files->entry[i];
    }
    return NULL;
}

static void add(struct ost_http_files *files, const char *name)
{
    if (find(files, name) != NULL || files->count == FILES_MOST)
        return;
    char *own = strdup(name);
    if (own != NULL)
        files->entry[files->count++] = (struct entry){.name = own, .type = type_of(name)};
}

/* `inner` is "" or "/viewer"; hidden names and links are left out. */
static void scan(struct ost_http_files *files, const char *inner, unsigned depth)
{
    char path[2 * NAME_MOST], name[NAME_MOST];
    (void)snprintf(path, sizeof path, "%s%s", files->root, inner);
    DIR *folder = depth < DEPTH_MOST ? opendir(path) : NULL;
    if (folder == NULL)
        return;
    for (struct dirent *item; (item = readdir(folder)) != NULL;) {
        struct stat info;
        int len = snprintf(name, sizeof name, "%s/%s", inner, item->d_name);
        if (item->d_name[0] == '.' || len < 0 || (size_t)len >= sizeof name ||
            fstatat(dirfd(folder), item->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(info.st_mode)) {
            scan(files, name, depth + 1);
        } else if (S_ISREG(info.st_mode)) {
            add(files, name);
        }
    }
    (void)closedir(folder);
}

/* The file as it is on disk now; NULL where it is gone or too large. */
static struct ost_http_file *load(struct ost_http_files *files, struct entry *entry)
{
    char path[2 * NAME_MOST];
    struct stat info;
    (void)snprintf(path, sizeof path, "%s%s", files->root, entry->name);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    bool same = fstat(fd, &info) == 0 && entry->file != NULL && info.st_size == entry->size &&
                info.st_mtim.tv_sec == entry->changed.tv_sec &&
                info.st_mtim.tv_nsec == entry->changed.tv_nsec;
    if (!same) {
        files->held -= entry->file == NULL ? 0 : entry->file->bytes.len;
        ost_http_file_release(entry->file);
        entry->file = files->held > FILES_BYTES ? NULL : file_read(fd, entry->type);
        files->held += entry->file == NULL ? 0 : entry->file->bytes.len;
        entry->size = info.st_size;
        entry->changed = info.st_mtim;
    }
    (void)close(fd);
    return entry->file;
}

static struct ost_http_file *look_up(struct ost_http_files *files, const char *name,
                                     const char **type)
{
    struct entry *entry = find(files, name);
    uint64_t now = ost_http_now_us();
    if (entry == NULL && now - files->scanned_us > (uint64_t)RESCAN_S * 1000000u) {
        files->scanned_us = now;
        scan(files, "", 0);
        entry = find(files, name);
    }
    if (entry == NULL)
        return NULL;
    *type = entry->type;
    return load(files, entry);
}

/* --- serving ---------------------------------------------------------------------- */

static void put_policy(const struct ost_http_files *files, const struct ost_http_file *plain,
                       struct ost_http_request *request)
{
    char policy[1400];
    int len = snprintf(policy, sizeof policy,
                       "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'%s; "
                       "style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
                       "connect-src 'self' blob:%s; worker-src 'self'; manifest-src 'self'; "
                       "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
                       plain->inline_csp == NULL ? "" : plain->inline_csp, files->connect);
    if (len > 0 && (size_t)len < sizeof policy)
        ost_http_reply_header(request, "Content-Security-Policy", policy);
}

static bool has_it(const struct ost_http_request *request, const struct ost_http_file *file)
{
    const char *known = request->header[OST_HTTP_IF_NONE_MATCH];
    return known != NULL && strstr(known, file->etag) != NULL;
}

void ost_http_files_serve(struct ost_http_files *files, struct ost_http_request *request)
{
    char packed_name[NAME_MOST + 4];
    const char *name = strcmp(request->path, "/") == 0 ? "/index.html" : request->path;
    const char *accept = request->header[OST_HTTP_ACCEPT_ENCODING];
    const char *type = NULL, *packed_type = NULL;
    struct ost_http_file *plain = look_up(files, name, &type), *file = plain;
    if (plain == NULL) {
        ost_http_reply_error(request, 404, "not_found", NULL, "There is nothing at this address.");
        return;
    }
    (void)snprintf(packed_name, sizeof packed_name, "%s.gz", name);
    if (accept != NULL && strstr(accept, "gzip") != NULL && find(files, packed_name) != NULL) {
        struct ost_http_file *packed = look_up(files, packed_name, &packed_type);
        if (packed != NULL) {
            file = packed;
            ost_http_reply_header(request, "Content-Encoding", "gzip");
        }
    }
    file->uses++;
    request->reply.file = file;
    request->reply.bytes = file->bytes.ptr;
    request->reply.len = file->bytes.len;
    request->reply.status = has_it(request, file) ? 304 : 200;
    ost_http_reply_header(request, "Content-Type", type);
    ost_http_reply_header(request, "ETag", file->etag);
    ost_http_reply_header(request, "Cache-Control", "no-cache");
    ost_http_reply_header(request, "Vary", "Accept-Encoding");
    put_policy(files, plain, request);
}

bool ost_http_files_create(struct ost_http_files **out, const struct ost_http_options *options,
                           struct ost_err *err)
{
    *out = NULL;
    if (options->web_root == NULL || options->web_root[0] == '\0')
        return true;
    struct ost_http_files *files = calloc(1, sizeof *files);
    *out = files;
    if (files == NULL)
        return ost_fail(err, OST_NOMEM, "http: files");
    int len = snprintf(files->root, sizeof files->root, "%s", options->web_root);
    if (len < 0 || (size_t)len >= sizeof files->root)
        return ost_fail(err, OST_INVALID, "http: the web root's path is too long");
    for (size_t i = 0, at = 0; i < options->origin_count; i++) {
        const char *origin = options->origin[i];
        if (strncmp(origin, "https://", 8) == 0 &&
            at + strlen(origin) + 2 < sizeof files->connect) {
            at += (size_t)snprintf(files->connect + at, sizeof files->connect - at, " wss://%s",
                                   origin + 8);
        }
    }
    scan(files, "", 0);
    files->scanned_us = ost_http_now_us();
    ost_log(files->count > 0 ? OST_LOG_INFO : OST_LOG_WARN, "http.files", "count=%zu",
            files->count);
    return true;
}

void ost_http_files_destroy(struct ost_http_files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->count; i++) {
        free(files->entry[i].name);
        ost_http_file_release(files->entry[i].file);
    }
    free(files);
}
