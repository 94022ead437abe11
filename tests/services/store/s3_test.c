/* The bucket and what goes wrong with it, on the peer of s3_peer.mjs. */
#include "services/store/s3_impl.h"
#include "services/store/store.h"
#include "services/store/xml_impl.h"
#include "tests/check.h"
#include "tests/services/store/s3_peer.h"

#include <string.h>

static struct s3_peer peer;
static struct ost_shelf *shelf;

static int begin(void **state)
{
    (void)state;
    peer_start(&peer);
    ok(ost_s3_create(&shelf, &peer.config, err));
    ((struct ost_s3 *)shelf)->wait_ms = 4;
    return 0;
}

static int end(void **state)
{
    (void)state;
    ost_shelf_destroy(shelf);
    peer_stop(&peer);
    return 0;
}

static struct ost_buf noise(size_t len)
{
    struct ost_buf bytes;
    uint64_t x = len + 1;
    ost_buf_init(&bytes, len);
    for (size_t i = 0; i < len / 8 + 1 && bytes.len < len; i++) {
        x = x * 6364136223846793005U + 1442695040888963407U;
        ost_buf_put(&bytes, &x, len - bytes.len < 8 ? len - bytes.len : 8);
    }
    return bytes;
}

#define FILE_1 "7/3f/3fab.01"

static enum ost_code put(const char *file, const struct ost_buf *bytes)
{
    struct ost_err why = {0};
    return shelf->kind->write(shelf, file, bytes, &why) ? OST_OK : why.code;
}

static enum ost_code get(const char *file, struct ost_buf *out, size_t limit)
{
    struct ost_err why = {0};
    ost_buf_init(out, limit);
    return shelf->kind->read(shelf, file, out, &why) ? OST_OK : why.code;
}

static void same(const struct ost_buf *a, const struct ost_buf *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->ptr, b->ptr, a->len);
}

/* How many lines of its log hold the word. */
static size_t heard(const char *word)
{
    char path[128], line[1024];
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/log", peer.folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        count += strstr(line, word) != NULL;
    (void)fclose(file);
    return count;
}

static size_t parts_left(void)
{
    char command[160], line[16] = "";
    (void)snprintf(command, sizeof command, "ls %s/parts 2>/dev/null | wc -l", peer.folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(line, sizeof line, pipe));
    (void)pclose(pipe);
    return (size_t)strtoul(line, NULL, 10);
}

/* -------------------------------------------- what passes is tried again */

static void what_passes_is_tried_again(void **state)
{
    (void)state;
    static const char *const fault[] = {"500 2",      "503 2",  "cut 2",        "stall 1 GET",
                                        "half 2 GET", "lost 2", "digest 1 PUT", "500 1 GET"};
    struct ost_buf bytes = noise(70000), out;
    for (size_t i = 0; i < sizeof fault / sizeof fault[0]; i++) {
        /* Short only where it is meant: a busy machine is slow of itself. */
        ((struct ost_s3 *)shelf)->stall_s = strncmp(fault[i], "stall", 5) == 0 ? 1 : 10;
        peer_told(&peer, "fault", fault[i]);
        assert_int_equal(put(FILE_1, &bytes), OST_OK);
        assert_int_equal(get(FILE_1, &out, 70000), OST_OK);
        assert_true(peer_is_done(&peer));
        same(&bytes, &out);
        ost_buf_fini(&out);
        int64_t size = 0;
        peer_told(&peer, "fault", "503 1 HEAD");
        ok(ost_s3_size(shelf, FILE_1, &size, err));
        assert_int_equal(size, 70000);
        peer_told(&peer, "fault", "lost 1 DELETE");
        ok(shelf->kind->remove(shelf, FILE_1, err));
        assert_true(peer_is_done(&peer));
        assert_int_equal(get(FILE_1, &out, 70000), OST_NOT_FOUND);
        ost_buf_fini(&out);
    }
    ost_buf_fini(&bytes);
}

static void what_stays_is_said_in_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *says;
        size_t tries;
    } row[] = {
        {"500 9 PUT", "500 InternalError", 6},
        {"503 9 PUT", "503 SlowDown", 6},
        {"denied 9 PUT", "AccessDenied", 1},
        {"redirect 9 PUT", "served elsewhere", 1},
        {"cut 9 PUT", "S3: ", 0},
    };
    struct ost_buf bytes = noise(100);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct ost_err why = {0};
        size_t before = heard("PUT ");
        peer_told(&peer, "fault", row[i].fault);
        assert_false(shelf->kind->write(shelf, FILE_1, &bytes, &why));
        peer_told(&peer, "fault", "");
        assert_int_equal(why.code, OST_UNAVAILABLE);
        if (strstr(why.msg, row[i].says) == NULL)
            fail_msg("%s", why.msg);
        assert_int_equal(heard("PUT ") - before, row[i].tries);
    }
    struct ost_buf out;
    assert_int_equal(get(FILE_1, &out, 100), OST_NOT_FOUND); /* nothing half */
    ost_buf_fini(&out);
    ost_buf_fini(&bytes);
}

static void an_answer_has_a_limit(void **state)
{
    (void)state;
    struct ost_buf bytes = noise(5000), out;
    assert_int_equal(put(FILE_1, &bytes), OST_OK);
    assert_int_equal(get(FILE_1, &out, 4999), OST_CORRUPT);
    ost_buf_fini(&out);
    peer_told(&peer, "fault", "endless 1");
    assert_int_equal(get(FILE_1, &out, 5000), OST_CORRUPT);
    ost_buf_fini(&out);
    ost_buf_fini(&bytes);
}

static void names_of_others_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "/7/3f", "../x", "7/../8", "7/ab/x?y", "7/ab/%2e"};
    struct ost_buf bytes = noise(10), out;
    int64_t size;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(put(bad[i], &bytes), OST_BUG);
        assert_int_equal(get(bad[i], &out, 10), OST_BUG);
        ost_buf_fini(&out);
        refuses(OST_BUG, shelf->kind->remove(shelf, bad[i], err));
        refuses(OST_BUG, shelf->kind->size(shelf, bad[i], &size, err));
    }
    ost_buf_fini(&bytes);
}

/* -------------------------------------------- parts */

enum { PART = OST_S3_PART, LARGE = 2 * OST_S3_PART + 12345 };

static void a_large_object_goes_in_parts(void **state)
{
    (void)state;
    struct ost_buf bytes = noise(LARGE), out;
    assert_int_equal(put("7/aa/aa.02", &bytes), OST_OK);
    assert_int_equal(heard("partNumber=3"), 1);
    assert_int_equal(get("7/aa/aa.02", &out, LARGE), OST_OK);
    same(&bytes, &out);
    ost_buf_fini(&out);
    ost_buf_fini(&bytes);
    bytes = noise(PART); /* one that fits goes at once */
    assert_int_equal(put("7/aa/aa.03", &bytes), OST_OK);
    assert_int_equal(heard("aa.03 uploads"), 0);
    ost_buf_fini(&bytes);
    assert_int_equal(parts_left(), 0);
}

static void a_part_that_fails_is_sent_again_alone(void **state)
{
    (void)state;
    static const char *const fault[] = {"500 1 PUT partNumber", "cut 1 PUT partNumber",
                                        "lost 1 POST uploadId", "late 1 POST uploadId",
                                        "503 1 POST uploads"};
    struct ost_buf bytes = noise(PART + 1), out;
    for (size_t i = 0; i < sizeof fault / sizeof fault[0]; i++) {
        peer_told(&peer, "fault", fault[i]);
        assert_int_equal(put("7/bb/bb.04", &bytes), OST_OK);
        assert_true(peer_is_done(&peer));
        assert_int_equal(get("7/bb/bb.04", &out, PART + 1), OST_OK);
        same(&bytes, &out);
        ost_buf_fini(&out);
        ok(shelf->kind->remove(shelf, "7/bb/bb.04", err));
        if (strncmp(fault[i], "lost", 4) != 0)
            assert_int_equal(parts_left(), 0);
    }
    ost_buf_fini(&bytes);
}

static void what_fails_for_good_is_taken_back(void **state)
{
    (void)state;
    struct ost_buf bytes = noise(PART + 1), out;
    static const char *const fault[] = {"denied 1 PUT partNumber", "late 3 POST uploadId"};
    for (size_t i = 0; i < sizeof fault / sizeof fault[0]; i++) {
        peer_told(&peer, "fault", fault[i]);
        assert_int_equal(put("7/cc/cc.05", &bytes), OST_UNAVAILABLE);
        assert_true(peer_is_done(&peer));
        assert_int_equal(get("7/cc/cc.05", &out, PART + 1), OST_NOT_FOUND);
        ost_buf_fini(&out);
        assert_int_equal(parts_left(), 0);
    }
    ost_buf_fini(&bytes);
}

/* -------------------------------------------- lists */

struct seen {
    size_t count;
    char last[128];
};

static bool see(void *user, const char *file, struct ost_err *err)
{
    struct seen *seen = user;
    (void)err;
    assert_true(strcmp(seen->last, file) < 0);
    (void)snprintf(seen->last, sizeof seen->last, "%s", file);
    seen->count++;
    return true;
}

static void a_list_has_many_pages_and_others_files(void **state)
{
    (void)state;
    struct ost_buf bytes = noise(9);
    char name[64], command[256];
    for (int i = 0; i < 10; i++) {
        (void)snprintf(name, sizeof name, "9/0%d/0%d.0a", i, i);
        assert_int_equal(put(name, &bytes), OST_OK);
    }
    (void)snprintf(command, sizeof command, "cd %s && touch other 'pre/fix/a&b <c>' pre/fix/zz",
                   peer.bucket);
    assert_int_equal(system(command), 0);
    struct seen seen = {.count = 0}, none = {.count = 0};
    int64_t now = (int64_t)time(NULL);
    peer_told(&peer, "page", "3");
    peer_told(&peer, "fault", "500 1 GET continuation-token");
    ok(ost_s3_old(shelf, now + 5, see, &seen, err));
    assert_true(seen.count >= 10 && peer_is_done(&peer));
    ok(ost_s3_old(shelf, now - 3600, see, &none, err));
    assert_int_equal(none.count, 0);
    peer_told(&peer, "page", "1000");
    peer_told(&peer, "fault", "noxml 1 GET");
    refuses(OST_CORRUPT, ost_s3_old(shelf, now, see, &none, err));
    ost_buf_fini(&bytes);
}

/* What a killed process began: the sweep ends it, what is young it leaves. */
static void uploads_nobody_finished_are_ended(void **state)
{
    (void)state;
    struct ost_s3 *s3 = (struct ost_s3 *)shelf;
    struct seen seen = {.count = 0};
    peer_told(&peer, "page", "2");
    for (int i = 0; i < 5; i++) {
        const struct ost_sigv4_pair query[] = {{"uploads", ""}};
        const struct ost_s3_ask ask = {
            .method = "POST", .file = "7/dd/dd.06", .query = query, .query_count = 1};
        struct ost_buf body;
        ost_buf_init(&body, 4096);
        struct ost_s3_answer answer = {.body = &body};
        ok(ost_s3_ask(s3, &ask, &answer, err));
        ost_buf_fini(&body);
    }
    assert_true(parts_left() >= 5);
    ok(ost_s3_old(shelf, (int64_t)time(NULL) - 3600, see, &seen, err));
    assert_true(parts_left() >= 5);
    ok(ost_s3_old(shelf, (int64_t)time(NULL) + 5, see, &seen, err));
    assert_int_equal(parts_left(), 0);
    peer_told(&peer, "page", "1000");
}

static void a_page_is_read_or_refused(void **state)
{
    (void)state;
    static const char good[] =
        "<?xml version='1.0'?><!-- a > b --><ListBucketResult xmlns=\"a>b\" ><IsTruncated>true"
        "</IsTruncated><Contents><Owner><ID>x</ID></Owner><Key>a&amp;&#x62;&#99;</Key>"
        "<LastModified>2009-10-12T17:50:30.000Z</LastModified></Contents><Contents/>"
        "<NextContinuationToken>&lt;t&gt;</NextContinuationToken></ListBucketResult>\n";
    struct ost_s3_page page;
    ok(ost_s3_page_read(good, sizeof good - 1, &page, err));
    assert_int_equal(page.count, 1);
    assert_string_equal(page.entry[0].name, "a&bc");
    assert_int_equal(page.entry[0].when, 1255369830);
    assert_true(page.more);
    assert_string_equal(page.next, "<t>");
    ost_s3_page_fini(&page);
    static const char *const bad[] = {
        "",
        "text",
        "<a>",
        "<a></b>",
        "<a></a><b></b>",
        "<a/>x",
        "<!DOCTYPE a><ListBucketResult/>",
        "<Other/>",
        "<ListBucketResult>&nbsp;</ListBucketResult>",
        "<ListBucketResult>&#0;</ListBucketResult>",
        "<ListBucketResult>&#xd800;</ListBucketResult>",
        "<ListBucketResult a='></ListBucketResult>",
        "<ListBucketResult",
        "<a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuses(OST_CORRUPT, ost_s3_page_read(bad[i], strlen(bad[i]), &page, err));
}

/* -------------------------------------------- what is said at the start */

static void starting(const struct ost_config_s3 *config, const char *says)
{
    struct ost_shelf *none = NULL;
    struct ost_err why = {0};
    assert_false(ost_s3_create(&none, config, &why));
    if (strstr(why.msg, says) == NULL)
        fail_msg("'%s' instead of '%s'", why.msg, says);
    assert_null(strstr(why.msg, "wJalr")); /* whatever it says, no secret */
    assert_null(strstr(why.msg, "AKIA"));
}

static void what_is_wrong_is_said_at_the_start(void **state)
{
    (void)state;
    char url[256], other[128];
    struct ost_config_s3 config = peer.config;
    (void)snprintf(url, sizeof url, "%.*s/no-such-bucket",
                   (int)(strchr(peer.url + 7, '/') - peer.url), peer.url);
    config.url = url;
    starting(&config, "no such bucket");
    config = peer.config;
    config.region = "eu-central-1";
    starting(&config, "OSTEON_BLOB_S3_REGION");
    config.region = "";
    starting(&config, "OSTEON_BLOB_S3_REGION");
    config = peer.config;
    peer_told(&peer, "other", "AKIAOTHER\n");
    (void)snprintf(other, sizeof other, "%s/other", peer.folder);
    config.key_id_file = other;
    starting(&config, "OSTEON_BLOB_S3_KEY_ID_FILE");
    config = peer.config;
    config.secret_file = other;
    starting(&config, "OSTEON_BLOB_S3_SECRET_FILE");
    peer_told(&peer, "other", "two words\n");
    starting(&config, "is no key");
    assert_int_equal(chmod(other, 0644), 0);
    starting(&config, "chmod 600");
    config = peer.config;
    for (int sign = -1; sign < 2; sign += 2) {
        peer_told(&peer, "clock", sign < 0 ? "-1200" : "1200");
        starting(&config, "clock");
    }
    peer_told(&peer, "clock", "0");
    peer_told(&peer, "fault", "redirect 1");
    starting(&config, "served elsewhere");
    peer_told(&peer, "fault", "denied 1");
    starting(&config, "may not list");
}

static void an_address_is_read_or_refused(void **state)
{
    (void)state;
    struct ost_s3_url url;
    ok(ost_s3_url_read("https://s3.example.org:443/bucket/a/b/", &url, err));
    assert_string_equal(url.server, "https://s3.example.org:443");
    assert_string_equal(url.host, "s3.example.org");
    assert_string_equal(url.bucket, "/bucket");
    assert_string_equal(url.prefix, "a/b/");
    ok(ost_s3_url_read("http://[::1]:9000/bucket", &url, err));
    assert_string_equal(url.host, "[::1]:9000");
    assert_string_equal(url.prefix, "");
    assert_false(url.secure);
    ok(ost_s3_url_read("http://localhost/bucket/", &url, err));
    static const char *const bad[] = {"",
                                      "s3.example/bucket",
                                      "ftp://s3.example/bucket",
                                      "file:///etc/passwd",
                                      "http://s3.example/bucket",
                                      "http://127.0.0.1.example/bucket",
                                      "http://localhost.example/bucket",
                                      "https://user:word@s3.example/bucket",
                                      "https://s3.example",
                                      "https://s3.example/",
                                      "https://s3.example/b",
                                      "https://s3.example:/bucket",
                                      "https://s3.example:123456/bucket",
                                      "https://s3.example/bucket?x=1",
                                      "https://s3.example/bucket#x",
                                      "https://s3.example/bucket/../x",
                                      "https://s3.example/bucket//x",
                                      "https://s3.example/bucket/a b",
                                      "https:///bucket",
                                      "https://[::1/bucket"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuses(OST_INVALID, ost_s3_url_read(bad[i], &url, err));
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(what_passes_is_tried_again),
        T(what_stays_is_said_in_the_end),
        T(an_answer_has_a_limit),
        T(names_of_others_are_refused),
        T(a_large_object_goes_in_parts),
        T(a_part_that_fails_is_sent_again_alone),
        T(what_fails_for_good_is_taken_back),
        T(a_list_has_many_pages_and_others_files),
        T(uploads_nobody_finished_are_ended),
        T(a_page_is_read_or_refused),
        T(what_is_wrong_is_said_at_the_start),
        T(an_address_is_read_or_refused),
    };
    return cmocka_run_group_tests(all, begin, end);
}
