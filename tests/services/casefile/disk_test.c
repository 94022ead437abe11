#include "services/casefile/disk.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *fresh(char *dir)
{
    (void)snprintf(dir, 64, "/tmp/osteon_disk_XXXXXX");
    assert_non_null(mkdtemp(dir));
    return dir;
}

static bool put(const char *dir, const char *name, struct ost_err *err)
{
    struct ost_buf text;
    ost_buf_init(&text, 64);
    ost_buf_text(&text, "words");
    bool ok = ost_disk_write(dir, name, &text, err);
    ost_buf_fini(&text);
    return ok;
}

static bool is_folder(const char *dir, const char *name)
{
    char path[OST_DISK_PATH];
    struct stat at;
    assert_true(ost_disk_join(dir, name, path, NULL));
    return stat(path, &at) == 0 && S_ISDIR(at.st_mode);
}

static void remove_all(const char *dir, const char *const *name, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char path[OST_DISK_PATH];
        assert_true(ost_disk_join(dir, name[i], path, NULL));
        assert_int_equal(remove(path), 0);
    }
    assert_int_equal(rmdir(dir), 0);
}

static void a_folder_brings_its_parents(void **state)
{
    (void)state;
    static const char *const made[] = {"a/b/c", "a/b", "a"};
    char dir[64], path[OST_DISK_PATH];
    struct ost_err err = {0};
    (void)fresh(dir);
    assert_true(ost_disk_folder(dir, "a//b/c/", &err));
    assert_true(is_folder(dir, "a/b/c"));
    assert_true(ost_disk_folder(dir, "a/b", &err)); /* there already */
    assert_true(ost_disk_join(dir, "a", path, &err) && ost_disk_folder(NULL, path, &err));
    assert_false(ost_disk_folder(NULL, "", &err));
    remove_all(dir, made, 3);
}

static void a_file_in_the_way_is_told(void **state)
{
    (void)state;
    static const char *const made[] = {"file"};
    char dir[64];
    struct ost_err err = {0};
    assert_true(put(fresh(dir), "file", &err));
    static const char *const asked[] = {"file", "file/", "file/below"};
    for (size_t i = 0; i < 3; i++) {
        err = (struct ost_err){0};
        assert_false(ost_disk_folder(dir, asked[i], &err));
        assert_int_equal(err.code, OST_UNAVAILABLE);
        assert_non_null(strstr(err.msg, "a file stands where a folder should be"));
        assert_null(strstr(err.msg, dir)); /* a path may carry a name */
    }
    remove_all(dir, made, 1);
}

static void what_hinders_a_file_is_told_and_nothing_is_left(void **state)
{
    (void)state;
    static const char *const made[] = {"folder"};
    char dir[64];
    struct ost_err err = {0};
    assert_true(ost_disk_folder(fresh(dir), "folder", &err));
    assert_false(put(dir, "none/file", &err));
    assert_non_null(strstr(err.msg, "its folder is not there"));
    assert_false(put(dir, "folder", &err));
    assert_non_null(strstr(err.msg, "a folder stands where the file should be"));
    assert_true(is_folder(dir, "folder"));
    remove_all(dir, made, 1); /* fails where a half-written neighbour stays */
}

static void a_file_read_back_is_what_was_written_last(void **state)
{
    (void)state;
    static const char *const made[] = {"file"};
    char dir[64];
    struct ost_err err = {0};
    struct ost_buf back;
    assert_true(put(fresh(dir), "file", &err) && put(dir, "file", &err));
    ost_buf_init(&back, 4);
    assert_false(ost_disk_read(dir, "file", &back, &err)); /* one byte over the limit */
    assert_int_equal(err.code, OST_LIMIT);
    ost_buf_fini(&back);
    ost_buf_init(&back, 5);
    assert_true(ost_disk_read(dir, "file", &back, &err));
    assert_memory_equal(back.ptr, "words", 5);
    ost_buf_fini(&back);
    remove_all(dir, made, 1);
}

static void what_is_removed_may_be_gone_already(void **state)
{
    (void)state;
    static const char *const made[] = {"folder"};
    char dir[64];
    struct ost_err err = {0};
    assert_true(put(fresh(dir), "file", &err));
    assert_true(ost_disk_remove(dir, "file", &err));
    assert_true(ost_disk_remove(dir, "file", &err) && ost_disk_remove(dir, "none/file", &err));
    assert_true(ost_disk_folder(dir, "folder", &err));
    assert_false(ost_disk_remove(dir, "folder", &err));
    assert_int_equal(err.code, OST_UNAVAILABLE);
    remove_all(dir, made, 1);
}

static void names_that_climb_are_not_safe(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "/a", "../a", "a/../b", "a b", "a\nb", "a\\b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(ost_disk_name_is_safe(bad[i]));
    assert_true(ost_disk_name_is_safe("a-1/b_2.png"));
}

RUN(T(a_folder_brings_its_parents), T(a_file_in_the_way_is_told),
    T(what_hinders_a_file_is_told_and_nothing_is_left),
    T(a_file_read_back_is_what_was_written_last), T(what_is_removed_may_be_gone_already),
    T(names_that_climb_are_not_safe))
