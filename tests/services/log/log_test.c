#include "services/log/log.h"
#include "tests/check.h"

#include <string.h>
#include <unistd.h>

/* What `emit` writes on stderr. */
static size_t caught(void (*emit)(void), char *out, size_t size)
{
    int ends[2], saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    emit();
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(ends[1]);
    (void)close(saved);
    ssize_t n = read(ends[0], out, size - 1);
    (void)close(ends[0]);
    assert_true(n >= 0);
    out[n] = '\0';
    return (size_t)n;
}

static void emit_plain(void)
{
    ost_log(OST_LOG_INFO, "job.claimed", "job=%d kind=%s", 42, "recon");
}

static void emit_hostile(void)
{
    ost_log(OST_LOG_WARN, "x.y", "word=%s", "a\nerror event=forged\x1b[31m");
}

static void emit_long(void)
{
    char word[2000];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    ost_log(OST_LOG_ERROR, "x.long", "word=%s", word);
}

static void emit_debug(void)
{
    ost_log(OST_LOG_DEBUG, "x.quiet", "n=%d", 1);
}

static void an_event_is_one_line(void **state)
{
    (void)state;
    char line[4096];
    (void)caught(emit_plain, line, sizeof line);
    assert_string_equal(line, "info event=job.claimed job=42 kind=recon\n");
}

static void a_value_cannot_begin_a_line_of_its_own(void **state)
{
    (void)state;
    char line[4096];
    size_t n = caught(emit_hostile, line, sizeof line);
    assert_ptr_equal(strchr(line, '\n'), line + n - 1);
    assert_null(strchr(line, '\x1b'));
}

static void a_long_line_is_cut_off(void **state)
{
    (void)state;
    char line[4096];
    size_t n = caught(emit_long, line, sizeof line);
    assert_in_range(n, 100, 600);
    assert_int_equal(line[n - 1], '\n');
}

static void what_is_below_the_level_is_silent(void **state)
{
    (void)state;
    char line[64];
    assert_int_equal(caught(emit_debug, line, sizeof line), 0);
    assert_true(ost_log_from_name("debug", NULL));
    assert_true(caught(emit_debug, line, sizeof line) > 0);
    assert_false(ost_log_from_name("loud", NULL));
    assert_true(ost_log_from_name("info", NULL));
    assert_int_equal(caught(emit_debug, line, sizeof line), 0);
}

RUN(T(an_event_is_one_line), T(a_value_cannot_begin_a_line_of_its_own), T(a_long_line_is_cut_off),
    T(what_is_below_the_level_is_silent))
