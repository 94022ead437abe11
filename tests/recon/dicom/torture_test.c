/*
 * A file with a traceable value in every attribute of Table E.1-1, at the top and inside
 * a sequence, through the de-identifier under every option: what comes out is searched as
 * bytes for each of the values that went in.
 */
#include "recon/dicom/dataset_impl.h"
#include "recon/dicom/deid.h"
#include "recon/dicom/prepare.h"
#include "recon/dicom/rules.h"
#include "tests/check.h"
#include "tests/recon/dicom/dicom_bytes.h"

#include <stdlib.h>

enum { NEST = 0x00081032 }; /* Procedure Code Sequence, which no profile touches */

/* A row of the table, and what its value is in this file. */
struct trace {
    const struct ost_deid_rule *rule;
    uint32_t tag;
    char vr[3];
    char value[80]; /* "" where the kind of value cannot carry a trace */
};

static bool is(const struct trace *t, const char *vr)
{
    return strcmp(t->vr, vr) == 0;
}

/* Something well formed that stands nowhere else; `n` tells top level from nested. */
static void make_value(struct trace *t, unsigned int n)
{
    char *to = t->value;
    size_t size = sizeof t->value;
    to[0] = '\0';
    /* Eleven years apart: no shifted date meets another. */
    char day[32];
    (void)snprintf(day, sizeof day, "%04u%s", 1000 + 11 * (n % 10000) + (n < 10000 ? 0 : 5),
                   n < 10000 ? "0506" : "0807");
    if (is(t, "DA"))
        (void)snprintf(to, size, "%s", day);
    else if (is(t, "DT"))
        (void)snprintf(to, size, "%s112233.%06u", day, 700000 + n);
    else if (is(t, "TM"))
        (void)snprintf(to, size, "112233.%06u", 800000 + n);
    else if (is(t, "AS"))
        (void)snprintf(to, size, "%03uY", n % 1000);
    else if (is(t, "IS") || is(t, "DS"))
        (void)snprintf(to, size, "9177%05u", n);
    else if (is(t, "UI"))
        (void)snprintf(to, size, "1.2.777.99.%05u.1", n);
    else if (strchr("ACLOPSU", t->vr[0]) != NULL && !is(t, "SQ") && !is(t, "AT") && !is(t, "SL") &&
             !is(t, "SS") && !is(t, "UL") && !is(t, "US") && !is(t, "OF") && !is(t, "OD"))
        (void)snprintf(to, size, "LEAK%05u", n);
}

static void put(struct ost_buf *b, const struct trace *t)
{
    if (is(t, "SQ")) {
        dicom_open(b, t->tag);
        dicom_item(b);
        /* X/Z/U*: the sequence may stay, and then the UIDs in it are replaced. */
        bool uids = t->rule->basic == OST_DEID_CODE_XZU;
        dicom_text(b, uids ? 0x00081155 : 0x00080100, uids ? "UI" : "SH", t->value);
        dicom_item_end(b);
        dicom_close(b);
    } else if (t->value[0] != '\0') {
        dicom_text(b, t->tag, t->vr, t->value);
    } else {
        dicom_bytes(b, t->tag, t->vr, "\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a", 8);
    }
}

/* Rows a data set can hold: commands (0000), the meta header (0002) and item marks cannot. */
static bool holds(const struct ost_deid_rule *rule)
{
    uint32_t group = rule->tag >> 16;
    return group != 0x0000 && group != 0x0002 && group != 0xFFFE;
}

static size_t make_traces(struct trace *trace, unsigned int offset)
{
    size_t rows = 0, count = 0;
    const struct ost_deid_rule *rule = ost_deid_rules(&rows);
    for (size_t i = 0; i < rows; i++) {
        struct trace *t = &trace[count];
        if (!holds(&rule[i]))
            continue;
        *t = (struct trace){.rule = &rule[i], .tag = rule[i].tag};
        if ((rule[i].mask & 0xFFFF) == 0)
            t->tag |= 0x0105; /* a curve has many attributes: one of them */
        ost_dataset_vr(t->tag, t->vr);
        if (memcmp(t->vr, "ox", 2) == 0 || memcmp(t->vr, "na", 2) == 0)
            memcpy(t->vr, "OW", 3);
        make_value(t, (unsigned int)i + offset);
        if (is(t, "SQ"))
            (void)snprintf(t->value, sizeof t->value,
                           rule[i].basic == OST_DEID_CODE_XZU ? "1.2.777.98.%05u" : "LEAK%05u",
                           (unsigned int)i + offset);
        count++;
    }
    return count;
}

static int by_tag(const void *a, const void *b)
{
    const struct trace *p = a, *q = b;
    return p->tag < q->tag ? -1 : p->tag > q->tag;
}

static void put_private(struct ost_buf *b, unsigned int offset)
{
    char text[64];
    dicom_text(b, 0x00090010, "LO", "OSTEON TEST");
    (void)snprintf(text, sizeof text, "LEAKPRIV%u", offset);
    dicom_text(b, 0x00091001, "LO", text);
    dicom_open(b, 0x00091002);
    dicom_item(b);
    dicom_text(b, 0x00100010, "PN", text);
    dicom_item_end(b);
    dicom_close(b);
}

/* The traces, in ascending order, around what a file must have. */
static void put_level(struct ost_buf *b, struct trace *trace, size_t count, unsigned int offset,
                      const struct ost_buf *nested)
{
    bool privates = false, nest = nested == NULL, fixed = nested == NULL;
    for (size_t i = 0; i < count; i++) {
        if (!fixed && trace[i].tag > 0x00080016) {
            dicom_text(b, 0x00080016, "UI", DICOM_SC);
            fixed = true;
        }
        if (!nest && trace[i].tag > NEST) {
            dicom_open(b, NEST);
            dicom_item(b);
            ost_buf_put(b, nested->ptr, nested->len);
            dicom_item_end(b);
            dicom_close(b);
            nest = true;
        }
        if (!privates && trace[i].tag > 0x00090000) {
            put_private(b, offset);
            privates = true;
        }
        put(b, &trace[i]);
    }
}

struct file {
    struct trace *top, *nested;
    size_t count;
    struct ost_buf bytes;
};

static struct file torture_file(void)
{
    struct file f = {.top = calloc(700, sizeof *f.top), .nested = calloc(700, sizeof *f.nested)};
    assert_non_null(f.top);
    assert_non_null(f.nested);
    f.count = make_traces(f.top, 0);
    assert_int_equal(make_traces(f.nested, 10000), f.count);
    qsort(f.top, f.count, sizeof *f.top, by_tag);
    qsort(f.nested, f.count, sizeof *f.nested, by_tag);
    struct ost_buf inner;
    ost_buf_init(&inner, 1 << 20);
    put_level(&inner, f.nested, f.count, 2, NULL);
    dicom_begin(&f.bytes, 1 << 22, DICOM_EXPLICIT, DICOM_SC);
    put_level(&f.bytes, f.top, f.count, 1, &inner);
    ost_buf_fini(&inner);
    return f;
}

static void file_fini(struct file *f)
{
    free(f->top);
    free(f->nested);
    ost_buf_fini(&f->bytes);
}

static bool in_bytes(const struct ost_buf *b, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= b->len; i++) {
        if (memcmp(b->ptr + i, text, len) == 0)
            return true;
    }
    return false;
}

/* A value can be searched for where chance cannot put it. */
static bool is_traceable(const struct trace *t)
{
    return strlen(t->value) >= 8 || is(t, "DA");
}

/* How many values are there that their row does not keep. */
static size_t leaks(const struct trace *trace, size_t count, const struct ost_buf *out,
                    uint32_t options, size_t *searched, size_t *kept)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        enum ost_deid_code code = ost_deid_rule_code(trace[i].rule, options);
        /* Dates are shifted by whole days: times of day stay. */
        if (!is_traceable(&trace[i]) || (code == OST_DEID_CODE_C && is(&trace[i], "TM")))
            continue;
        bool keeps = code == OST_DEID_CODE_K;
        bool there = in_bytes(out, trace[i].value);
        ++*searched;
        *kept += keeps && there ? 1 : 0;
        if (there && !keeps) {
            print_error("%08X %s: %s survives options %x\n", trace[i].tag, trace[i].vr,
                        trace[i].value, options);
            found++;
        }
    }
    return found;
}

static const struct ost_deid_key key = {"a key for tests", 15};

static struct ost_buf deidentified(const struct file *f, const struct ost_deid_profile *profile)
{
    static struct ost_deid_report report;
    struct ost_deid_file out = {.report = &report};
    struct ost_err err = {0};
    if (!ost_deid_file(f->bytes.ptr, f->bytes.len, profile, &key, &out, &err))
        print_error("options %x: %s\n", profile->options, err.msg);
    assert_int_equal(err.code, OST_OK);
    assert_false(in_bytes(&out.bytes, "LEAKPRIV"));
    return out.bytes;
}

static void no_value_of_the_table_survives_any_option(void **state)
{
    (void)state;
    struct file f = torture_file();
    size_t searched = 0, kept = 0;
    for (uint32_t options = 0; options < 1u << OST_DEID_OPTIONS; options++) {
        /* Each option alone, all of them, and a spread of combinations. */
        bool single = (options & (options - 1)) == 0;
        if (!single && options % 37 != 0 && options != (1u << OST_DEID_OPTIONS) - 1)
            continue;
        struct ost_deid_profile profile = {.options = options};
        struct ost_buf out = deidentified(&f, &profile);
        size_t count = 0, here = 0;
        assert_int_equal(leaks(f.top, f.count, &out, options, &count, &here), 0);
        assert_int_equal(leaks(f.nested, f.count, &out, options, &count, &here), 0);
        assert_true(count > 1000);
        if (options == 0)
            assert_int_equal(here, 0);
        searched += count;
        kept += here;
        ost_buf_fini(&out);
    }
    assert_true(searched > 20000);
    assert_true(kept > 1000);
    file_fini(&f);
}

/* Each option keeps what its column says, and the value is really there. */
static void each_option_keeps_its_column(void **state)
{
    (void)state;
    static const struct {
        uint32_t option;
        uint32_t tag;
    } sample[] = {{OST_DEID_KEEP_UIDS, 0x0020000D},
                  {OST_DEID_KEEP_DEVICE, 0x00181000},
                  {OST_DEID_KEEP_INSTITUTION, 0x00080080},
                  {OST_DEID_KEEP_PATIENT, 0x00102160},
                  {OST_DEID_KEEP_DATES, 0x00080020}};
    struct file f = torture_file();
    for (size_t k = 0; k < sizeof sample / sizeof sample[0]; k++) {
        struct ost_deid_profile profile = {.options = 1u << sample[k].option};
        struct ost_buf out = deidentified(&f, &profile);
        bool found = false;
        for (size_t i = 0; i < f.count; i++) {
            if (f.top[i].tag == sample[k].tag)
                found = in_bytes(&out, f.top[i].value);
        }
        assert_true(found);
        ost_buf_fini(&out);
    }
    file_fini(&f);
}

static void the_same_file_and_key_give_the_same_bytes(void **state)
{
    (void)state;
    struct file f = torture_file();
    const struct ost_deid_profile basic = {0};
    struct ost_buf a = deidentified(&f, &basic), b = deidentified(&f, &basic);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    ost_buf_fini(&a);
    ost_buf_fini(&b);
    file_fini(&f);
}

static int prepare(void **state)
{
    (void)state;
    struct ost_err err;
    return ost_dicom_prepare(&err) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest all[] = {T(no_value_of_the_table_survives_any_option),
                                     T(each_option_keeps_its_column),
                                     T(the_same_file_and_key_give_the_same_bytes)};
    return cmocka_run_group_tests(all, prepare, NULL);
}
