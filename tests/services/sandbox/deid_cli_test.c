/* `osteon deid` as a person calls it: one file, a tree, a profile, and what it refuses. */
#define _GNU_SOURCE
#include "tests/check.h"
#include "tests/recon/dicom/dicom_bytes.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char room[256];

static void path_of(const char *name, char out[512])
{
    (void)snprintf(out, 512, "%s/%s", room, name);
}

static void write_file(const char *name, const void *bytes, size_t len)
{
    char path[512];
    path_of(name, path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    (void)fclose(f);
}

static struct ost_buf read_file(const char *name)
{
    char path[512];
    path_of(name, path);
    struct ost_buf b;
    ost_buf_init(&b, 1 << 20);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    unsigned char chunk[4096];
    for (size_t n = 0; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        ost_buf_put(&b, chunk, n);
    (void)fclose(f);
    return b;
}

static bool is_there(const char *name)
{
    char path[512];
    path_of(name, path);
    return access(path, F_OK) == 0;
}

static bool holds(const struct ost_buf *b, const char *text)
{
    return memmem(b->ptr, b->len, text, strlen(text)) != NULL;
}

/* Runs in the room; the exit code. */
static int osteon(const char *words)
{
    char command[2048];
    const char *program = getenv("OSTEON_PROGRAM");
    (void)snprintf(command, sizeof command, "cd %s && '%s' deid %s >out.txt 2>err.txt", room,
                   program, words);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void put_film(const char *name, const char *patient)
{
    struct ost_buf b;
    dicom_begin(&b, 1 << 20, DICOM_EXPLICIT, DICOM_DX);
    dicom_text(&b, 0x00080016, "UI", DICOM_DX);
    dicom_text(&b, 0x00080018, "UI", "1.2.3.4");
    dicom_text(&b, 0x00080020, "DA", "20240301");
    dicom_text(&b, 0x00100010, "PN", patient);
    dicom_text(&b, 0x00100020, "LO", "ID-7788991");
    dicom_picture(&b, &dicom_small);
    write_file(name, b.ptr, b.len);
    ost_buf_fini(&b);
}

static void one_file_and_its_record(void **state)
{
    (void)state;
    put_film("a.dcm", "Commandline^Clara");
    write_file("key", "sixteen bytes and more", 22);
    write_file("profile.json",
               "{\"osteon_profile\":1,\"options\":[\"shift_dates\"],\"keep_weekday\":true}", 66);
    assert_int_equal(osteon("a.dcm b.dcm --record r.json --key key --profile profile.json"), 0);
    struct ost_buf b = read_file("b.dcm"), r = read_file("r.json");
    assert_false(holds(&b, "Clara"));
    assert_false(holds(&b, "20240301"));
    assert_true(holds(&b, "113107"));
    assert_true(holds(&r, "\"done\":1,\"refused\":0"));
    assert_true(holds(&r, "\"action\":\"shifted\""));
    assert_false(holds(&r, "Clara"));
    assert_int_equal(osteon("a.dcm c.dcm --key key --profile profile.json"), 0);
    struct ost_buf c = read_file("c.dcm");
    assert_int_equal(b.len, c.len);
    assert_memory_equal(b.ptr, c.ptr, b.len);
    assert_int_equal(osteon("a.dcm d.dcm --profile profile.json"), 0);
    struct ost_buf d = read_file("d.dcm"); /* a key of its own */
    assert_false(d.len == b.len && memcmp(d.ptr, b.ptr, b.len) == 0);
    ost_buf_fini(&b);
    ost_buf_fini(&c);
    ost_buf_fini(&d);
    ost_buf_fini(&r);
}

static void a_tree_loses_the_names_of_its_files(void **state)
{
    (void)state;
    char path[512];
    path_of("in", path);
    assert_int_equal(mkdir(path, 0700), 0);
    path_of("in/Treename_Theo", path);
    assert_int_equal(mkdir(path, 0700), 0);
    put_film("in/Treename_Theo/film.dcm", "Treename^Theo");
    put_film("in/other.dcm", "Other^Olga");
    write_file("in/notes.txt", "no film at all", 14);
    assert_int_equal(osteon("in out --json --record tree.json"), 3);
    struct ost_buf said = read_file("out.txt"), record = read_file("tree.json"),
                   told = read_file("err.txt");
    assert_true(holds(&said, "{\"done\":2,\"refused\":1}"));
    assert_true(is_there("out/IM000001.dcm"));
    assert_false(holds(&record, "Theo") || holds(&record, "notes") || holds(&told, "notes"));
    assert_true(holds(&record, "{\"refused\":\"unsupported\"}"));
    ost_buf_fini(&said);
    ost_buf_fini(&record);
    ost_buf_fini(&told);
}

static void what_is_wrong_is_said_in_one_line(void **state)
{
    (void)state;
    assert_int_equal(osteon("a.dcm"), 2);
    assert_int_equal(osteon("a.dcm x.dcm --colour red"), 2);
    assert_int_equal(osteon("nowhere.dcm x.dcm"), 3);
    write_file("bad.json", "{\"osteon_profile\":1,\"options\":[\"everything\"]}", 45);
    assert_int_equal(osteon("a.dcm x.dcm --profile bad.json"), 3);
    struct ost_buf told = read_file("err.txt");
    assert_true(holds(&told, "osteon deid: profile: option 1"));
    ost_buf_fini(&told);
    write_file("short", "too short", 9);
    assert_int_equal(osteon("a.dcm x.dcm --key short"), 3);
    write_file("text.dcm", "no film at all", 14);
    assert_int_equal(osteon("text.dcm x.dcm"), 3);
    assert_false(is_there("x.dcm")); /* nothing partial stays */
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

int main(void)
{
    if (getenv("OSTEON_PROGRAM") == NULL)
        return 77;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(room, sizeof room, "%s/osteon-deid-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(room) == NULL)
        return 1;
    const struct CMUnitTest all[] = {T(one_file_and_its_record),
                                     T(a_tree_loses_the_names_of_its_files),
                                     T(what_is_wrong_is_said_in_one_line)};
    int failed = cmocka_run_group_tests(all, NULL, NULL);
    (void)nftw(room, drop, 16, FTW_DEPTH | FTW_PHYS);
    return failed;
}
