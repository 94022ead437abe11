/* What lies in the bucket below our prefix, page by page. */
#include "services/log/log.h"
#include "services/store/s3_impl.h"

#include <stdio.h>
#include <string.h>

enum { OST_S3_PAGES = 100000 };

static bool ask_page(struct ost_s3 *s3, const struct ost_sigv4_pair *query, size_t count,
                     struct ost_s3_page *out, struct ost_err *err)
{
    const struct ost_s3_ask ask = {.method = "GET", .query = query, .query_count = count};
    struct ost_buf body;
    ost_buf_init(&body, OST_S3_LINES);
    struct ost_s3_answer answer = {.body = &body};
    bool ok = ost_s3_ask(s3, &ask, &answer, err) && ost_s3_page_read(body.ptr, body.len, out, err);
    ost_buf_fini(&body);
    return ok;
}

static bool objects(struct ost_s3 *s3, const char *most, const struct ost_s3_page *last,
                    struct ost_s3_page *out, struct ost_err *err)
{
    const struct ost_sigv4_pair query[] = {{"list-type", "2"},
                                           {"max-keys", most},
                                           {"prefix", s3->url.prefix},
                                           {"continuation-token", last->next}};
    return ask_page(s3, query, last->more ? 4 : 3, out, err);
}

static bool uploads(struct ost_s3 *s3, const struct ost_s3_page *last, struct ost_s3_page *out,
                    struct ost_err *err)
{
    const struct ost_sigv4_pair query[] = {{"uploads", ""},
                                           {"prefix", s3->url.prefix},
                                           {"key-marker", last->next},
                                           {"upload-id-marker", last->next_upload}};
    return ask_page(s3, query, last->more ? (last->next_upload[0] != '\0' ? 4 : 3) : 2, out, err);
}

bool ost_s3_probe(struct ost_s3 *s3, struct ost_err *err)
{
    const struct ost_s3_page none = {.more = false};
    struct ost_s3_page page = {.count = 0};
    bool ok = objects(s3, "1", &none, &page, err);
    ost_s3_page_fini(&page);
    return ok;
}

struct sweep {
    struct ost_s3 *s3;
    int64_t before;
    ost_shelf_visit *visit;
    void *user;
    size_t ended;
};

/* The name below the prefix, NULL where it is none of ours. */
static const char *file_of(const struct ost_s3 *s3, const struct ost_s3_entry *entry)
{
    size_t prefix = strlen(s3->url.prefix);
    if (strncmp(entry->name, s3->url.prefix, prefix) != 0)
        return NULL;
    const char *file = entry->name + prefix;
    return ost_shelf_check(file, NULL) ? file : NULL;
}

static bool look(struct sweep *sweep, const struct ost_s3_entry *entry, struct ost_err *err)
{
    const char *file = file_of(sweep->s3, entry);
    if (file == NULL || entry->when > sweep->before)
        return true;
    if (entry->upload[0] == '\0')
        return sweep->visit(sweep->user, file, err);
    if (ost_s3_end_upload(sweep->s3, file, entry->upload, err))
        sweep->ended++;
    return true;
}

/* All pages of one list; a page says where the next begins. */
static bool walk(struct sweep *sweep, bool begun, struct ost_err *err)
{
    struct ost_s3_page last = {.more = false};
    bool ok = true, more = true;
    for (size_t i = 0; ok && more; i++) {
        struct ost_s3_page page = {.count = 0};
        if (i == OST_S3_PAGES)
            return ost_fail(err, OST_LIMIT, "more than %d pages of S3", OST_S3_PAGES);
        ok = begun ? uploads(sweep->s3, &last, &page, err)
                   : objects(sweep->s3, "1000", &last, &page, err);
        for (size_t k = 0; ok && k < page.count; k++)
            ok = look(sweep, &page.entry[k], err);
        more = page.more;
        last = page;
        ost_s3_page_fini(&page);
        last.entry = NULL;
    }
    return ok;
}

bool ost_s3_old(struct ost_shelf *shelf, int64_t before, ost_shelf_visit *visit, void *user,
                struct ost_err *err)
{
    struct sweep sweep = {
        .s3 = (struct ost_s3 *)shelf, .before = before, .visit = visit, .user = user};
    bool ok = walk(&sweep, false, err) && walk(&sweep, true, err);
    if (sweep.ended > 0)
        ost_log(OST_LOG_WARN, "store.uploads_ended", "uploads=%zu", sweep.ended);
    return ok;
}
