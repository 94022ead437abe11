#include "services/config/config.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void what_is_not_set_has_its_default(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("OSTEON_PORT"), 0);
    assert_int_equal(setenv("OSTEON_LISTEN", "0.0.0.0", 1), 0);
    OST_AUTO(ost_config) config = NULL;
    assert_true(ost_config_create(&config, NULL));
    assert_int_equal(config->http.port, 8443);
    assert_string_equal(config->http.listen, "0.0.0.0");
    assert_string_equal(config->auth.secret_file, config->store.secret_file);
}

static void a_number_out_of_bounds_is_named(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0", "65536", "8443x", "", " ", "1e3", "-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ost_err err = {0};
        OST_AUTO(ost_config) config = NULL;
        assert_int_equal(setenv("OSTEON_PORT", wrong[i], 1), 0);
        bool empty = wrong[i][0] == '\0'; /* as if it were not set */
        assert_true(ost_config_create(&config, &err) == empty);
        if (!empty) {
            assert_int_equal(err.code, OST_INVALID);
            assert_non_null(strstr(err.msg, "OSTEON_PORT"));
        }
    }
    assert_int_equal(unsetenv("OSTEON_PORT"), 0);
}

static void the_example_file_is_what_the_table_says(void **state)
{
    (void)state;
    char file[64 << 10];
    FILE *in = fopen("infra/env.example", "rb");
    assert_non_null(in);
    size_t n = fread(file, 1, sizeof file, in);
    (void)fclose(in);
    struct ost_buf text;
    ost_buf_init(&text, sizeof file);
    ost_config_example(&text);
    assert_true(ost_buf_done(&text, NULL));
    if (n != text.len || memcmp(file, text.ptr, n) != 0)
        fail_msg("infra/env.example is old; make it with: osteon config > infra/env.example");
    ost_buf_fini(&text);
}

static void write_secret(const char *path, const char *text, mode_t mode)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, mode), 0);
}

#define HEX "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static void a_secret_is_64_digits_that_only_we_can_read(void **state)
{
    (void)state;
    char path[] = "/tmp/osteon-secret-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    unsigned char secret[OST_SECRET_BYTES];
    struct ost_err err = {0};

    write_secret(path, HEX "\n", 0600);
    assert_true(ost_config_secret(path, secret, &err));
    assert_int_equal(secret[1], 0x11);
    assert_int_equal(secret[31], 0xff);

    write_secret(path, HEX, 0640);
    assert_false(ost_config_secret(path, secret, &err));
    assert_int_equal(err.code, OST_DENIED);
    static const char *const wrong[] = {"", "0011", (HEX "00"), ("g" HEX)};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        write_secret(path, wrong[i], 0600);
        assert_false(ost_config_secret(path, secret, &err));
        assert_int_equal(err.code, OST_INVALID);
    }
    (void)unlink(path);
    assert_false(ost_config_secret(path, secret, &err));
    assert_int_equal(err.code, OST_UNAVAILABLE);
}

static void a_password_is_read_from_a_file_that_only_its_owner_can_read(void **state)
{
    (void)state;
    char path[] = "/tmp/osteon-secret-XXXXXX", line[64];
    struct ost_err err = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    write_secret(path, "correct horse\nmore\n", 0600);
    assert_true(ost_config_line(path, "OSTEON_APP_PASSWORD_FILE", line, sizeof line, &err));
    assert_string_equal(line, "correct horse");
    static const mode_t open_ones[] = {0640, 0604, 0620, 0602, 0644};
    for (size_t i = 0; i < sizeof open_ones / sizeof open_ones[0]; i++) {
        write_secret(path, "correct horse\n", open_ones[i]);
        assert_false(ost_config_line(path, "OSTEON_APP_PASSWORD_FILE", line, sizeof line, &err));
        assert_int_equal(err.code, OST_DENIED);
        assert_non_null(strstr(err.msg, "OSTEON_APP_PASSWORD_FILE"));
        assert_non_null(strstr(err.msg, "chmod 600"));
    }
    for (int open = 0; open < 2 && geteuid() == 0; open++) { /* only root can give a file away */
        write_secret(path, "correct horse\n", open != 0 ? 0640 : 0600);
        assert_int_equal(chown(path, 65534, 65534), 0);
        /* A service's own file is root's to read, while nobody else can. */
        assert_int_equal(ost_config_line(path, "--password-file", line, sizeof line, &err), !open);
        assert_int_equal(open != 0 ? err.code : OST_DENIED, OST_DENIED);
    }
    assert_int_equal(unlink(path), 0);
}

static void further_lines_are_keys_that_wrap(void **state)
{
    (void)state;
    char path[] = "/tmp/osteon-secret-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    struct ost_wrap_key key[OST_WRAP_KEYS];
    size_t count = 0;
    struct ost_err err = {0};
    unsigned char secret[OST_SECRET_BYTES];

    write_secret(path, HEX, 0600);
    assert_true(ost_config_wrap_keys(path, key, &count, &err));
    assert_true(count == 1 && key[0].id == 0);
    write_secret(path, HEX "\n1 F" HEX "\n", 0600);
    assert_false(ost_config_wrap_keys(path, key, &count, &err));
    write_secret(path, HEX "\n3 " HEX "\n255 " HEX "\n", 0600);
    assert_true(ost_config_wrap_keys(path, key, &count, &err));
    assert_true(count == 3 && key[1].id == 3 && key[2].id == 255);
    assert_int_equal(key[2].key[31], 0xff);
    assert_true(ost_config_secret(path, secret, &err)); /* the first line, as ever */
    static const char *const wrong[] = {
        HEX "\n" HEX,        HEX "\n0 " HEX,   HEX "\n256 " HEX,          HEX "\n-1 " HEX,
        HEX "\n1 " HEX " x", HEX "\n1  " HEX,  HEX "\n2 " HEX "\n2 " HEX, "1 " HEX "\n" HEX,
        HEX "\n1 0011",      HEX "\n1000 " HEX};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        write_secret(path, wrong[i], 0600);
        if (ost_config_wrap_keys(path, key, &count, &err))
            fail_msg("secret file %zu was taken", i);
        assert_int_equal(err.code, OST_INVALID);
    }
    (void)unlink(path);
}

RUN(T(what_is_not_set_has_its_default), T(a_number_out_of_bounds_is_named),
    T(the_example_file_is_what_the_table_says), T(a_secret_is_64_digits_that_only_we_can_read),
    T(a_password_is_read_from_a_file_that_only_its_owner_can_read),
    T(further_lines_are_keys_that_wrap))
