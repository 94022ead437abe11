/* One page of a list, out of XML: ListBucketResult or ListMultipartUploadsResult. */
#include "services/store/s3_impl.h"
#include "services/store/xml_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void ost_s3_page_fini(struct ost_s3_page *page)
{
    free(page->entry);
    page->entry = NULL;
    page->count = 0;
}

static bool number(const char *text, size_t at, size_t len, int low, int high, int *out)
{
    *out = 0;
    for (size_t i = at; i < at + len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = *out * 10 + (text[i] - '0');
    }
    return *out >= low && *out <= high;
}

/* "2009-10-12T17:50:30.000Z" */
static bool read_time(const char *text, int64_t *out)
{
    struct tm tm = {.tm_isdst = 0};
    if (strlen(text) < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':' || text[strlen(text) - 1] != 'Z')
        return false;
    bool ok = number(text, 0, 4, 1970, 9999, &tm.tm_year) &&
              number(text, 5, 2, 1, 12, &tm.tm_mon) && number(text, 8, 2, 1, 31, &tm.tm_mday) &&
              number(text, 11, 2, 0, 23, &tm.tm_hour) && number(text, 14, 2, 0, 59, &tm.tm_min) &&
              number(text, 17, 2, 0, 60, &tm.tm_sec);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *out = (int64_t)timegm(&tm);
    return ok;
}

struct reading {
    struct ost_s3_page *page;
    struct ost_s3_entry entry; /* the one at hand */
    bool named, dated, strange, is_list;
};

/* Too long to be ours: as if it were not there. */
static void copy(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", strlen(text) < size ? text : "");
}

static bool end_entry(struct reading *reading, struct ost_err *err)
{
    struct ost_s3_page *page = reading->page;
    if (page->count == OST_S3_PAGE)
        return ost_fail(err, OST_LIMIT, "more than %d names on a page of S3", OST_S3_PAGE);
    if (reading->named && reading->dated && !reading->strange)
        page->entry[page->count++] = reading->entry;
    reading->entry = (struct ost_s3_entry){.when = 0};
    reading->named = reading->dated = reading->strange = false;
    return true;
}

static bool in_entry(struct reading *reading, const char *name, const char *text)
{
    struct ost_s3_entry *entry = &reading->entry;
    if (strcmp(name, "Key") == 0) {
        copy(entry->name, sizeof entry->name, text);
        reading->named = entry->name[0] != '\0';
    } else if (strcmp(name, "UploadId") == 0) {
        copy(entry->upload, sizeof entry->upload, text);
        reading->strange = entry->upload[0] == '\0'; /* no object of that name */
    } else if (strcmp(name, "LastModified") == 0 || strcmp(name, "Initiated") == 0) {
        reading->dated = read_time(text, &entry->when);
    }
    return true;
}

static bool in_list(struct reading *reading, const char *name, const char *text,
                    struct ost_err *err)
{
    struct ost_s3_page *page = reading->page;
    if (strcmp(name, "Contents") == 0 || strcmp(name, "Upload") == 0)
        return end_entry(reading, err);
    if (strcmp(name, "IsTruncated") == 0)
        page->more = strcmp(text, "true") == 0;
    else if (strcmp(name, "NextContinuationToken") == 0 || strcmp(name, "NextKeyMarker") == 0)
        copy(page->next, sizeof page->next, text);
    else if (strcmp(name, "NextUploadIdMarker") == 0)
        copy(page->next_upload, sizeof page->next_upload, text);
    return true;
}

static bool is_list(const char *name)
{
    return strcmp(name, "ListBucketResult") == 0 || strcmp(name, "ListMultipartUploadsResult") == 0;
}

static bool visit(void *user, const char *in, const char *name, const char *text,
                  struct ost_err *err)
{
    struct reading *reading = user;
    if (in[0] == '\0')
        reading->is_list = is_list(name);
    if (is_list(in))
        return in_list(reading, name, text, err);
    if (strcmp(in, "Contents") == 0 || strcmp(in, "Upload") == 0)
        return in_entry(reading, name, text);
    return true;
}

bool ost_s3_page_read(const void *bytes, size_t len, struct ost_s3_page *out, struct ost_err *err)
{
    struct reading reading = {.page = out};
    *out = (struct ost_s3_page){.entry = calloc(OST_S3_PAGE, sizeof *out->entry)};
    if (out->entry == NULL)
        return ost_fail(err, OST_NOMEM, "a page of S3");
    bool ok = ost_xml_read(bytes, len, visit, &reading, err) &&
              (reading.is_list || ost_fail(err, OST_CORRUPT, "S3 answers with no list")) &&
              (!out->more || out->next[0] != '\0' ||
               ost_fail(err, OST_CORRUPT, "S3 has more pages and does not say where"));
    if (!ok)
        ost_s3_page_fini(out);
    return ok;
}
