#include "services/store/store.h"
#include "tests/check.h"
#include "tests/services/cluster.h"
#include "tests/services/store/s3_peer.h"

#include <dirent.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

static struct ost_store *store;
static char folder[128];
static struct ost_config_store config;
static struct s3_peer peer;

static int open_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/osteon-store-XXXXXX");
    assert_non_null(mkdtemp(folder));
    config = (struct ost_config_store){.blob_dir = folder,
                                       .secret_file = variable("OSTEON_SECRET_FILE")};
    ok(ost_store_create(&store, &config, err));
    return 0;
}

/* The same things in a bucket: what lies in it are files of the peer's, below `folder` too. */
static int open_bucket(void **state)
{
    (void)state;
    char command[200];
    peer_start(&peer);
    (void)snprintf(folder, sizeof folder, "%s/pre/fix", peer.bucket);
    (void)snprintf(command, sizeof command, "mkdir -p %s", folder);
    assert_int_equal(system(command), 0);
    peer_told(&peer, "page", "3");
    config = (struct ost_config_store){
        .blob_dir = "/none", .secret_file = variable("OSTEON_SECRET_FILE"), .s3 = peer.config};
    ok(ost_store_create(&store, &config, err));
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int close_folder(void **state)
{
    (void)state;
    ost_store_destroy(store);
    assert_int_equal(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    return 0;
}

static int close_bucket(void **state)
{
    (void)state;
    ost_store_destroy(store);
    peer_stop(&peer);
    return 0;
}

static void path_of(const struct ost_blob *blob, char out[256])
{
    (void)snprintf(out, 256, "%s/%s", folder, blob->file);
}

/* The file's bytes, to be freed. */
static unsigned char *file_of(const struct ost_blob *blob, size_t *len)
{
    char path[256];
    path_of(blob, path);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    unsigned char *bytes = malloc((size_t)blob->stored_bytes + 1);
    assert_non_null(bytes);
    *len = fread(bytes, 1, (size_t)blob->stored_bytes + 1, in);
    (void)fclose(in);
    return bytes;
}

static bool holds(const unsigned char *bytes, size_t len, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= len; i++)
        if (memcmp(bytes + i, word, n) == 0)
            return true;
    return false;
}

static enum ost_code got_back(const struct ost_blob *blob, struct ost_buf *out)
{
    struct ost_err why = {0};
    ost_buf_init(out, 64 << 20);
    bool got = ost_store_get(store, blob, out, &why);
    return got ? OST_OK : why.code;
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 511, 65535, 65536, 65537, 131072, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *bytes = malloc(sizes[i] + 1);
        assert_non_null(bytes);
        for (int noisy = 0; noisy < 2; noisy++) { /* packs well, and not at all */
            uint32_t x = 1;
            for (size_t k = 0; k < sizes[i]; k++) {
                x = x * 1664525U + 1013904223U;
                bytes[k] = noisy == 1 ? (unsigned char)(x >> 24) : (unsigned char)(k / 64);
            }
            struct ost_blob blob;
            struct ost_buf out;
            ok(ost_store_put_result(store, 7, bytes, sizes[i], &blob, err));
            assert_int_equal(blob.bytes, sizes[i]);
            assert_int_equal(got_back(&blob, &out), OST_OK);
            assert_int_equal(out.len, sizes[i]);
            assert_true(sizes[i] == 0 || memcmp(out.ptr, bytes, sizes[i]) == 0);
            assert_true(blob.packed == (noisy == 0 && sizes[i] >= 512) || sizes[i] == 511);
            if (blob.packed)
                assert_true(blob.stored_bytes < blob.bytes);
            ost_buf_fini(&out);
        }
        free(bytes);
    }
}

static void the_file_shows_nothing_of_the_content(void **state)
{
    (void)state;
    static const char text[] = "SECRETWORD SECRETWORD SECRETWORD";
    struct ost_blob blob, again;
    ok(ost_store_put_result(store, 7, text, sizeof text, &blob, err));
    ok(ost_store_put_result(store, 7, text, sizeof text, &again, err));
    size_t len = 0, second = 0;
    unsigned char *bytes = file_of(&blob, &len), *other = file_of(&again, &second);
    assert_int_equal(len, blob.stored_bytes);
    assert_false(holds(bytes, len, "SECRET"));
    assert_int_equal(len, second);
    assert_memory_not_equal(bytes, other, len); /* another key each time */
    free(bytes);
    free(other);
}

static void equality_shows_within_an_institution_only(void **state)
{
    (void)state;
    struct ost_blob a, b, c;
    ok(ost_store_put_result(store, 7, "same", 4, &a, err));
    ok(ost_store_put_result(store, 7, "same", 4, &b, err));
    ok(ost_store_put_result(store, 8, "same", 4, &c, err));
    assert_memory_equal(a.address, b.address, OST_DB_HASH);
    assert_memory_not_equal(a.address, c.address, OST_DB_HASH);
    assert_memory_equal(a.sha256, c.sha256, OST_DB_HASH);
    assert_string_not_equal(a.file, b.file);
}

static void any_changed_bit_is_noticed(void **state)
{
    (void)state;
    struct ost_blob blob;
    char path[256], text[3000];
    memset(text, 'x', sizeof text);
    ok(ost_store_put_result(store, 7, text, sizeof text, &blob, err));
    path_of(&blob, path);
    for (long at = 0; at < blob.stored_bytes; at++) {
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        int c = fgetc(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        (void)fputc(c ^ 4, file);
        (void)fclose(file);
        struct ost_buf out;
        assert_int_equal(got_back(&blob, &out), OST_CORRUPT);
        ost_buf_fini(&out);
        file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        (void)fputc(c, file);
        (void)fclose(file);
    }
    struct ost_buf out;
    assert_int_equal(got_back(&blob, &out), OST_OK);
    ost_buf_fini(&out);
}

static void a_cut_off_or_lengthened_file_is_noticed(void **state)
{
    (void)state;
    enum { SIZE = 200000 };
    struct ost_blob blob;
    char path[256];
    unsigned char *noise = malloc(SIZE);
    assert_non_null(noise);
    for (size_t i = 0; i < SIZE; i++)
        noise[i] = (unsigned char)(i * i * 2654435761U >> 13);
    ok(ost_store_put_result(store, 7, noise, SIZE, &blob, err));
    free(noise);
    path_of(&blob, path);
    static const long cuts[] = {1, 16, 17, 65553, 100000};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        struct ost_buf out;
        assert_int_equal(truncate(path, (off_t)blob.stored_bytes - cuts[i]), 0);
        assert_int_equal(got_back(&blob, &out), OST_CORRUPT);
        ost_buf_fini(&out);
    }
    struct ost_blob longer;
    ok(ost_store_put_result(store, 7, "abc", 3, &longer, err));
    path_of(&longer, path);
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    (void)fputc(0, file);
    (void)fclose(file);
    struct ost_buf out;
    assert_int_equal(got_back(&longer, &out), OST_CORRUPT);
    ost_buf_fini(&out);
}

static void a_blob_does_not_open_as_another(void **state)
{
    (void)state;
    struct ost_blob a, b, stolen;
    struct ost_buf out;
    ok(ost_store_put_result(store, 7, "first content", 13, &a, err));
    ok(ost_store_put_result(store, 8, "other content", 13, &b, err));
    stolen = a;
    stolen.institution = 8; /* the row copied to another tenant */
    assert_int_equal(got_back(&stolen, &out), OST_CORRUPT);
    ost_buf_fini(&out);
    stolen = a;
    memcpy(stolen.file, b.file, sizeof stolen.file); /* the files exchanged */
    assert_int_equal(got_back(&stolen, &out), OST_CORRUPT);
    ost_buf_fini(&out);
    memcpy(stolen.wrapped, b.wrapped, sizeof stolen.wrapped); /* and the keys */
    assert_int_equal(got_back(&stolen, &out), OST_CORRUPT);
    ost_buf_fini(&out);
}

static void deleted_is_gone(void **state)
{
    (void)state;
    struct ost_blob blob;
    struct ost_buf out;
    char path[256];
    ok(ost_store_put_result(store, 7, "content", 7, &blob, err));
    path_of(&blob, path);
    ok(ost_store_delete(store, &blob, err));
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(got_back(&blob, &out), OST_NOT_FOUND);
    ost_buf_fini(&out);
    ok(ost_store_delete(store, &blob, err)); /* twice is fine */
}

static void a_path_that_leaves_the_folder_is_refused(void **state)
{
    (void)state;
    struct ost_blob blob;
    ok(ost_store_put_result(store, 7, "content", 7, &blob, err));
    static const char *const bad[] = {"../x", "/etc/passwd", "7/../../x", "7/ab/x y"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(blob.file, sizeof blob.file, "%s", bad[i]);
        refuses(OST_BUG, ost_store_delete(store, &blob, err));
    }
}

static void another_master_key_opens_nothing(void **state)
{
    (void)state;
    char path[] = "/tmp/osteon-master-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    static const char hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    assert_true(write(fd, hex, sizeof hex - 1) == sizeof hex - 1);
    (void)close(fd);
    struct ost_config_store foreign = config;
    foreign.secret_file = path;
    OST_AUTO(ost_store) elsewhere = NULL;
    ok(ost_store_create(&elsewhere, &foreign, err));
    (void)unlink(path);
    struct ost_blob blob;
    struct ost_buf out;
    ok(ost_store_put_result(store, 7, "content", 7, &blob, err));
    ost_buf_init(&out, 100);
    refuses(OST_CORRUPT, ost_store_get(elsewhere, &blob, &out, err));
    ost_buf_fini(&out);
}

static void the_sweep_takes_only_old_files_without_a_row(void **state)
{
    (void)state;
    struct ost_db *db = connect_as_app();
    struct ost_db_who who = new_institution();
    struct ost_blob kept, orphan;
    struct ost_buf out;
    bool added = false;
    size_t count = 0;
    ok(ost_store_put_result(store, who.institution, "kept", 4, &kept, err));
    within(db, &who, ost_db_blob_add(db, &kept, &added, err));
    assert_true(added);
    ok(ost_store_put_result(store, who.institution, "orphan", 6, &orphan, err));
    ok(ost_store_sweep(store, db, 3600, &count, err));
    assert_int_equal(count, 0); /* all are young */
    ok(ost_store_sweep(store, db, -5, &count, err));
    assert_true(count >= 1);
    assert_int_equal(got_back(&kept, &out), OST_OK);
    ost_buf_fini(&out);
    assert_int_equal(got_back(&orphan, &out), OST_NOT_FOUND);
    ost_buf_fini(&out);
    ost_db_destroy(db);
}

/* The cluster's secret, with as many further keys as `lines` has. */
static void secret_with(const char *path, const char *lines)
{
    char first[80] = "";
    FILE *in = fopen(variable("OSTEON_SECRET_FILE"), "rb"), *out = fopen(path, "wb");
    assert_true(in != NULL && out != NULL);
    assert_non_null(fgets(first, sizeof first, in));
    first[strcspn(first, "\r\n")] = '\0';
    assert_true(fprintf(out, "%s\n%s", first, lines) > 64);
    (void)fclose(in);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static struct ost_store *store_of(const char *secret)
{
    struct ost_store *made = NULL;
    struct ost_config_store with = config;
    with.secret_file = secret;
    ok(ost_store_create(&made, &with, err));
    return made;
}

static enum ost_code opens(struct ost_store *with, const struct ost_blob *blob)
{
    struct ost_buf out;
    struct ost_err why = {0};
    ost_buf_init(&out, 1 << 20);
    bool got = ost_store_get(with, blob, &out, &why);
    bool same = got && out.len == 5 && memcmp(out.ptr, "bones", 5) == 0;
    ost_buf_fini(&out);
    return got ? (same ? OST_OK : OST_BUG) : why.code;
}

#define ONE "1 1111111111111111111111111111111111111111111111111111111111111111\n"
#define TWO "2 2222222222222222222222222222222222222222222222222222222222222222\n"

/* From key 0 to 1 to 2: what is wrapped anew needs the old key no more, its file is the same. */
static void keys_rotate_and_files_stay(void **state)
{
    (void)state;
    char path[256];
    (void)snprintf(path, sizeof path, "%s/secret", folder);
    struct ost_blob blob[3];
    ok(ost_store_put_result(store, 7, "bones", 5, &blob[0], err));
    assert_int_equal(blob[0].key_id, 0);
    secret_with(path, ONE);
    OST_AUTO(ost_store) one = store_of(path);
    ok(ost_store_put_result(one, 7, "bones", 5, &blob[1], err));
    assert_int_equal(blob[1].key_id, 1);
    assert_memory_equal(blob[0].address, blob[1].address, OST_DB_HASH); /* one content still */
    assert_int_equal(opens(one, &blob[0]), OST_OK);
    assert_int_equal(opens(store, &blob[1]), OST_UNAVAILABLE);

    secret_with(path, ONE TWO);
    OST_AUTO(ost_store) two = store_of(path);
    blob[2] = blob[1];
    ok(ost_store_rewrap(two, &blob[2], err));
    assert_int_equal(blob[2].key_id, 2);
    assert_string_equal(blob[2].file, blob[1].file);
    assert_memory_not_equal(blob[2].wrapped, blob[1].wrapped, sizeof blob[1].wrapped);
    assert_int_equal(opens(two, &blob[2]), OST_OK);

    secret_with(path, TWO); /* the first line stays, key 1 is no more */
    OST_AUTO(ost_store) later = store_of(path);
    assert_int_equal(opens(later, &blob[2]), OST_OK);
    assert_int_equal(opens(later, &blob[1]), OST_UNAVAILABLE);
    blob[2].key_id = 0; /* and a number that lies opens nothing */
    assert_int_equal(opens(later, &blob[2]), OST_CORRUPT);
}

/* The store at hand as the program's environment. */
static void settings(char out[500])
{
    if (config.s3.url == NULL) {
        (void)snprintf(out, 500, "OSTEON_BLOB_DIR=%s", folder);
        return;
    }
    (void)snprintf(out, 500,
                   "OSTEON_BLOB_S3_URL=%s OSTEON_BLOB_S3_KEY_ID_FILE=%s "
                   "OSTEON_BLOB_S3_SECRET_FILE=%s",
                   peer.url, peer.id, peer.secret);
}

/* `osteon rotate` for one institution: its exit status. */
static int rotate(const struct ost_db_who *who, const char *secret, const char *says)
{
    char command[1000], text[200] = "", name[128], where[500];
    struct ost_db *db = connect_as_app();
    struct ost_db_user user;
    within(db, who, ost_db_user_within(db, who->user, &user, name, err));
    ost_db_destroy(db);
    settings(where);
    (void)snprintf(command, sizeof command,
                   "OSTEON_SECRET_FILE=%s %s %s rotate --json --institution '%s' 2>/dev/null",
                   secret, where, variable("OSTEON_PROGRAM"), name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(text, sizeof text, pipe));
    if (strstr(text, says) == NULL)
        fail_msg("%s", text);
    return WEXITSTATUS(pclose(pipe));
}

static void the_command_wraps_every_row_anew(void **state)
{
    (void)state;
    struct ost_db_who who = new_institution();
    struct ost_db *db = connect_as_app();
    struct ost_blob blob, now, spoilt;
    bool added = false;
    char path[256];
    ok(ost_store_put_result(store, who.institution, "bones", 5, &blob, err));
    within(db, &who, ost_db_blob_add(db, &blob, &added, err));
    (void)snprintf(path, sizeof path, "%s/rotated", folder);
    secret_with(path, ONE);
    assert_int_equal(rotate(&who, path, "{\"key\":1,\"blobs\":1,\"left\":0}"), 0);
    within(db, &who, ost_db_blob_get(db, blob.id, &now, err));
    assert_int_equal(now.key_id, 1);
    assert_string_equal(now.file, blob.file);
    OST_AUTO(ost_store) one = store_of(path);
    assert_int_equal(opens(one, &now), OST_OK);
    assert_int_equal(rotate(&who, path, "\"blobs\":0"), 0);

    /* One that nothing opens is counted, and stops nobody else's. */
    ok(ost_store_put_result(one, who.institution, "broken", 6, &spoilt, err));
    spoilt.wrapped[30] ^= 1;
    within(db, &who, ost_db_blob_add(db, &spoilt, &added, err));
    secret_with(path, ONE TWO);
    assert_int_equal(rotate(&who, path, "{\"key\":2,\"blobs\":1,\"left\":1}"), 3);
    within(db, &who, ost_db_blob_get(db, blob.id, &now, err));
    assert_int_equal(now.key_id, 2);
    ost_db_destroy(db);
}

/* A name mistyped would leave everything under the old key and say that nothing is left. */
static void the_command_knows_no_unknown_institution(void **state)
{
    (void)state;
    char path[256], command[1000], where[500];
    (void)snprintf(path, sizeof path, "%s/rotated", folder);
    secret_with(path, ONE);
    settings(where);
    (void)snprintf(command, sizeof command,
                   "OSTEON_SECRET_FILE=%s %s %s rotate --institution nowhere >/dev/null 2>&1", path,
                   where, variable("OSTEON_PROGRAM"));
    assert_int_equal(WEXITSTATUS(system(command)), 3);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        T(what_goes_in_comes_out),
        T(the_file_shows_nothing_of_the_content),
        T(equality_shows_within_an_institution_only),
        T(any_changed_bit_is_noticed),
        T(a_cut_off_or_lengthened_file_is_noticed),
        T(a_blob_does_not_open_as_another),
        T(deleted_is_gone),
        T(a_path_that_leaves_the_folder_is_refused),
        T(another_master_key_opens_nothing),
        T(keys_rotate_and_files_stay),
        T(the_command_wraps_every_row_anew),
        T(the_command_knows_no_unknown_institution),
        T(the_sweep_takes_only_old_files_without_a_row),
    };
    int failed = cmocka_run_group_tests_name("folder", all, open_folder, close_folder);
    return failed + cmocka_run_group_tests_name("bucket", all, open_bucket, close_bucket);
}
