/*
 * Real files of many makers and character sets through both doors: each comes out clean or
 * is refused with a reason, the reader never dies of one, and no string that a second,
 * unrelated reader finds in the identity attributes of the original is in what comes out.
 */
#define _GNU_SOURCE
#include "recon/dicom/scan.h"
#include "services/sandbox/child.h"
#include "services/sandbox/intake.h"
#include "tests/check.h"
#include "tests/recon/dicom/dicom_walk.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STRINGS = 4096, FILES = 1024 };

/* Strings of the original, each with its length. */
static struct {
    char text[256];
    size_t len;
    bool digits;
} identity[STRINGS];
static size_t identity_count;

static char *path[FILES];
static size_t path_count;

static void remember(const unsigned char *value, size_t len)
{
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == 0))
        len--;
    bool digits = true;
    for (size_t i = 0; i < len; i++)
        digits = digits && value[i] >= '0' && value[i] <= '9';
    if (len < (digits ? 8 : 5) || len >= sizeof identity[0].text || identity_count == STRINGS)
        return;
    /* Files made anonymous before hold words that every output holds. */
    if ((len == 8 && memcmp(value, "19000101", 8) == 0) ||
        (len == 7 && memcmp(value, "Patient", 7) == 0))
        return;
    memcpy(identity[identity_count].text, value, len);
    identity[identity_count].digits = digits;
    identity[identity_count++].len = len;
}

static bool is_identity(uint32_t tag, const char vr[2])
{
    static const uint32_t person[] = {0x00100010, 0x00100020, 0x00100030, 0x00101000, 0x00101001,
                                      0x00101005, 0x00101040, 0x00101060, 0x00102154, 0x00080050,
                                      0x00080081, 0x00080090, 0x00081048, 0x00081050, 0x00081060,
                                      0x00081070, 0x00200010, 0x00321032, 0x00400006, 0x00401001};
    for (size_t i = 0; i < sizeof person / sizeof person[0]; i++) {
        if (person[i] == tag)
            return true;
    }
    return memcmp(vr, "PN", 2) == 0;
}

static void collect(void *user, uint32_t tag, const char vr[2], const unsigned char *value,
                    size_t len)
{
    (void)user;
    if (!is_identity(tag, vr))
        return;
    remember(value, len);
    for (size_t start = 0, i = 0; i <= len; i++) {
        if (i < len && strchr("^=\\", value[i]) == NULL)
            continue;
        remember(value + start, i - start);
        start = i + 1;
    }
}

static unsigned char *read_file(const char *name, size_t *len)
{
    FILE *f = fopen(name, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    *len = (size_t)ftell(f);
    rewind(f);
    unsigned char *bytes = malloc(*len + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *len, f), *len);
    (void)fclose(f);
    return bytes;
}

/* What the original says of its patient; nothing where this reader cannot read it. */
static void know(const char *name)
{
    size_t len = 0;
    unsigned char *bytes = read_file(name, &len);
    struct ost_buf plain;
    struct ost_err err;
    ost_buf_init(&plain, 1 << 28);
    identity_count = 0;
    struct dicom_walk walk = {.bytes = bytes, .len = len, .each = collect};
    if (ost_scan_is_deflated(bytes, len) && ost_scan_inflate(bytes, len, &plain, &err)) {
        walk.bytes = plain.ptr;
        walk.len = plain.len;
    }
    (void)walk_part10(&walk);
    ost_buf_fini(&plain);
    free(bytes);
}

/* Where the pixels of a written file begin: digits among them stand there by chance. */
static size_t head_of(const struct ost_buf *file)
{
    size_t head = file->len;
    for (size_t i = 0; i + 6 < file->len; i++) {
        if (memcmp(file->ptr + i, "\xe0\x7f\x10\0O", 5) == 0)
            head = i;
    }
    return head;
}

static size_t survivors(const char *name, const unsigned char *bytes, size_t len, size_t head)
{
    size_t found = 0;
    for (size_t i = 0; i < identity_count; i++) {
        size_t within = identity[i].digits ? head : len;
        if (memmem(bytes, within, identity[i].text, identity[i].len) == NULL)
            continue;
        print_error("%s: string %zu of its identity survives\n", name, i);
        found++;
    }
    return found;
}

/* A clear reason: one the reader gave, not its death. */
static bool is_reason(const struct ost_err *err)
{
    return err->msg[0] != '\0' && strstr(err->msg, "makes the reader") == NULL &&
           err->code != OST_BUG && err->code != OST_UNAVAILABLE;
}

static const struct ost_intake_options options = {.key = "0123456789abcdef", .key_len = 16};

static void every_file_comes_out_clean_or_with_a_reason(void **state)
{
    (void)state;
    size_t clean_count = 0, strings = 0;
    for (size_t i = 0; i < path_count; i++) {
        know(path[i]);
        strings += identity_count;
        int fd = open(path[i], O_RDONLY | O_CLOEXEC);
        OST_AUTO(ost_clean_dicom) clean = NULL;
        struct ost_err err = {0};
        if (ost_intake_run(fd, &options, &clean, &err)) {
            size_t len = 0;
            const unsigned char *bytes = ost_clean_dicom_bytes_view(clean, &len);
            const struct ost_clean_facts *f = ost_clean_dicom_facts_view(clean);
            size_t pixels = (size_t)f->width * f->height * (f->bits / 8);
            assert_int_equal(survivors(path[i], bytes, len, len - pixels), 0);
            clean_count++;
        } else {
            if (!is_reason(&err))
                print_error("%s: %s\n", path[i], err.msg);
            assert_true(is_reason(&err));
        }
        (void)close(fd);
    }
    assert_true(clean_count > 40);
    assert_true(strings > 300);
}

static void every_file_is_deidentified_or_refused(void **state)
{
    (void)state;
    static const struct ost_deid_profile profile[] = {
        {0},
        {.options = 1u << OST_DEID_SHIFT_DATES | 1u << OST_DEID_CLEAN_DESCRIPTORS |
                    1u << OST_DEID_CLEAN_STRUCTURED | 1u << OST_DEID_CLEAN_GRAPHICS |
                    1u << OST_DEID_KEEP_DEVICE | 1u << OST_DEID_KEEP_PATIENT}};
    for (size_t p = 0; p < 2; p++) {
        size_t done = 0, denied = 0;
        for (size_t i = 0; i < path_count; i++) {
            know(path[i]);
            int fd = open(path[i], O_RDONLY | O_CLOEXEC);
            struct ost_buf file, record;
            struct ost_err err = {0};
            ost_buf_init(&file, OST_DEID_FILE_MOST);
            ost_buf_init(&record, 1 << 20);
            if (ost_intake_deid(fd, &options, &profile[p], &file, &record, &err)) {
                assert_int_equal(survivors(path[i], file.ptr, file.len, head_of(&file)), 0);
                assert_int_equal(survivors(path[i], record.ptr, record.len, record.len), 0);
                done++;
            } else {
                if (!is_reason(&err))
                    print_error("%s: %s\n", path[i], err.msg);
                assert_true(is_reason(&err));
                denied += err.code == OST_DENIED ? 1 : 0;
            }
            ost_buf_fini(&file);
            ost_buf_fini(&record);
            (void)close(fd);
        }
        assert_true(done > 120);
        assert_true(denied < 3);
    }
}

static int add_path(const char *name, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    if (kind == FTW_F && path_count < FILES)
        path[path_count++] = strdup(name);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], OST_INTAKE_CHILD) == 0)
        return ost_intake_child(argc - 1, argv + 1);
    const char *data = getenv("OSTEON_DATA");
    char root[4096];
    (void)snprintf(root, sizeof root, "%s/dicom", data == NULL ? "../shared/data" : data);
    if (nftw(root, add_path, 16, FTW_PHYS) != 0 || path_count == 0) {
        print_message("skipped: no files in %s\n", root);
        return 77;
    }
    const struct CMUnitTest all[] = {T(every_file_comes_out_clean_or_with_a_reason),
                                     T(every_file_is_deidentified_or_refused)};
    int failed = cmocka_run_group_tests(all, NULL, NULL);
    while (path_count > 0)
        free(path[--path_count]);
    return failed;
}
