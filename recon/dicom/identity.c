#include "recon/base/buf.h"
#include "recon/dicom/identity_impl.h"
#include "recon/dicom/japanese_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    uint32_t at, len;
    bool digits; /* nothing but digits */
    bool smooth; /* each byte close to the one before, as pixels are */
    bool forgiven;
};

struct ost_identity {
    struct entry entry[OST_IDENTITY_STRINGS];
    size_t count;
    struct ost_buf text;                 /* folded to lower case */
    uint32_t next[OST_IDENTITY_STRINGS]; /* 1 + the next entry with the same two bytes */
    uint32_t first[1 << 16];             /* 1 + the first entry that starts with these two bytes */
    bool full;
};

bool ost_identity_create(struct ost_identity **out, struct ost_err *err)
{
    struct ost_identity *identity = calloc(1, sizeof *identity);
    if (identity == NULL)
        return ost_fail(err, OST_NOMEM, "identity set");
    ost_buf_init(&identity->text, OST_IDENTITY_BYTES);
    *out = identity;
    return true;
}

void ost_identity_destroy(struct ost_identity *identity)
{
    if (identity == NULL)
        return;
    ost_buf_fini(&identity->text);
    free(identity);
}

size_t ost_identity_count(const struct ost_identity *identity)
{
    return identity->count;
}

bool ost_identity_done(const struct ost_identity *identity, struct ost_err *err)
{
    if (identity->full || identity->text.failed) {
        return ost_fail(err, OST_LIMIT,
                        "the file holds more names and numbers than can be checked");
    }
    return true;
}

static unsigned char fold(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool is_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (fold(c) >= 'a' && fold(c) <= 'z') || c >= 0x80;
}

static const unsigned char *text_at(const struct ost_identity *identity, const struct entry *e)
{
    return identity->text.ptr + e->at;
}

static size_t prefix(const unsigned char *p)
{
    return (size_t)fold(p[0]) << 8 | fold(p[1]);
}

static bool same(const unsigned char *folded, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (folded[i] != fold(bytes[i]))
            return false;
    }
    return true;
}

static bool known(const struct ost_identity *identity, const unsigned char *value, size_t len)
{
    for (uint32_t i = identity->first[prefix(value)]; i != 0; i = identity->next[i - 1]) {
        const struct entry *e = &identity->entry[i - 1];
        if (e->len == len && same(text_at(identity, e), value, len))
            return true;
    }
    return false;
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\0' || c == '\t' || c == '\r' || c == '\n';
}

/* As it stands, without the blanks around it. */
static void add(struct ost_identity *identity, const char *value, size_t len)
{
    const unsigned char *p = (const unsigned char *)value;
    while (len > 0 && is_blank(p[0])) {
        p++;
        len--;
    }
    while (len > 0 && is_blank(p[len - 1]))
        len--;
    if (len < OST_IDENTITY_WORD_LEAST || known(identity, p, len))
        return;
    if (identity->count == OST_IDENTITY_STRINGS) {
        identity->full = true;
        return;
    }
    struct entry *e = &identity->entry[identity->count];
    *e = (struct entry){(uint32_t)identity->text.len, (uint32_t)len, true, true, false};
    for (size_t i = 0; i < len; i++) {
        ost_buf_put_u8(&identity->text, fold(p[i]));
        e->digits = e->digits && p[i] >= '0' && p[i] <= '9';
        e->smooth = e->smooth && (i == 0 || abs(p[i] - p[i - 1]) <= 3);
    }
    if (identity->text.failed)
        return;
    size_t at = prefix(p);
    identity->next[identity->count] = identity->first[at];
    identity->first[at] = (uint32_t)++identity->count;
}

/* And, where it is not ASCII, as other systems would write it. */
static void add_everywhere(struct ost_identity *identity, const char *value, size_t len)
{
    add(identity, value, len);
    for (int form = 0; form < OST_JAPANESE_FORMS; form++) {
        char other[1024];
        size_t other_len = 0;
        if (ost_japanese_form(form, value, len, other, sizeof other, &other_len))
            add(identity, other, other_len);
    }
}

void ost_identity_add_text(struct ost_identity *identity, const char *value, size_t len)
{
    for (size_t start = 0, i = 0; i <= len; i++) {
        if (i == len || value[i] == '\\') {
            add_everywhere(identity, value + start, i - start);
            start = i + 1;
        }
    }
}

/* Family and given name joined as people join them. */
static void add_joins(struct ost_identity *identity, const char *family, size_t family_len,
                      const char *given, size_t given_len)
{
    static const char *const between[] = {" ", "^", ", ", ",", "_", ""};
    char text[512];
    for (size_t i = 0; i < sizeof between / sizeof between[0]; i++) {
        int n = snprintf(text, sizeof text, "%.*s%s%.*s", (int)family_len, family, between[i],
                         (int)given_len, given);
        if (n > 0 && (size_t)n < sizeof text)
            add_everywhere(identity, text, (size_t)n);
        n = snprintf(text, sizeof text, "%.*s%s%.*s", (int)given_len, given, between[i],
                     (int)family_len, family);
        if (n > 0 && (size_t)n < sizeof text)
            add_everywhere(identity, text, (size_t)n);
    }
}

/* One group: five parts at '^', of which the first two are family and given name. */
static void add_group(struct ost_identity *identity, const char *value, size_t len)
{
    const char *part[5];
    size_t part_len[5], count = 0, start = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && value[i] != '^')
            continue;
        if (count < 5) {
            part[count] = value + start;
            part_len[count++] = i - start;
        }
        add_everywhere(identity, value + start, i - start);
        start = i + 1;
    }
    add_everywhere(identity, value, len);
    if (count >= 2 && part_len[0] > 0 && part_len[1] > 0)
        add_joins(identity, part[0], part_len[0], part[1], part_len[1]);
    start = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && value[i] != '^' && value[i] != ' ' && value[i] != ',')
            continue;
        if (i - start >= 3)
            add_everywhere(identity, value + start, i - start);
        start = i + 1;
    }
}

void ost_identity_add_name(struct ost_identity *identity, const char *value, size_t len)
{
    for (size_t start = 0, i = 0; i <= len; i++) {
        if (i == len || value[i] == '=' || value[i] == '\\') {
            add_group(identity, value + start, i - start);
            start = i + 1;
        }
    }
}

static void add_printed(struct ost_identity *identity, const char *text)
{
    add_everywhere(identity, text, strlen(text));
}

/* Years of the Japanese calendar: the day an era began, its letter and its name. */
static const struct {
    int from;
    char letter;
    const char *latin, *kanji;
} era[] = {{20190501, 'R', "Reiwa", "令和"},
           {19890108, 'H', "Heisei", "平成"},
           {19261225, 'S', "Showa", "昭和"},
           {19120730, 'T', "Taisho", "大正"},
           {18680125, 'M', "Meiji", "明治"}};

static void add_era(struct ost_identity *identity, int y, int m, int d)
{
    for (size_t i = 0; i < sizeof era / sizeof era[0]; i++) {
        if (y * 10000 + m * 100 + d < era[i].from)
            continue;
        int n = y - era[i].from / 10000 + 1;
        static const char mark[] = "./-";
        char text[96];
        for (const char *c = mark; *c != '\0'; c++) {
            (void)snprintf(text, sizeof text, "%c%d%c%d%c%d", era[i].letter, n, *c, m, *c, d);
            add_printed(identity, text);
            (void)snprintf(text, sizeof text, "%c%02d%c%02d%c%02d", era[i].letter, n, *c, m, *c, d);
            add_printed(identity, text);
        }
        (void)snprintf(text, sizeof text, "%c%02d%02d%02d", era[i].letter, n, m, d);
        add_printed(identity, text);
        (void)snprintf(text, sizeof text, "%s %d", era[i].latin, n);
        add_printed(identity, text);
        (void)snprintf(text, sizeof text, "%s%d年%d月%d日", era[i].kanji, n, m, d);
        add_printed(identity, text);
        (void)snprintf(text, sizeof text, "%s%02d年%02d月%02d日", era[i].kanji, n, m, d);
        add_printed(identity, text);
        if (n == 1) {
            (void)snprintf(text, sizeof text, "%s元年%d月%d日", era[i].kanji, m, d);
            add_printed(identity, text);
        }
        return;
    }
}

static int number(const char *text, size_t count)
{
    int v = 0;
    for (size_t i = 0; i < count; i++)
        v = v * 10 + (text[i] - '0');
    return v;
}

void ost_identity_add_date(struct ost_identity *identity, const char *value, size_t len)
{
    ost_identity_add_text(identity, value, len);
    if (len < 8)
        return;
    for (size_t i = 0; i < 8; i++) {
        if (value[i] < '0' || value[i] > '9')
            return;
    }
    int y = number(value, 4), m = number(value + 4, 2), d = number(value + 6, 2);
    static const char mark[] = "-/.";
    char text[64];
    for (const char *c = mark; *c != '\0'; c++) {
        const int order[3][3] = {{y, m, d}, {d, m, y}, {m, d, y}};
        for (size_t i = 0; i < 3; i++) {
            (void)snprintf(text, sizeof text, "%02d%c%02d%c%02d", order[i][0], *c, order[i][1], *c,
                           order[i][2]);
            add_printed(identity, text);
            (void)snprintf(text, sizeof text, "%d%c%d%c%d", order[i][0], *c, order[i][1], *c,
                           order[i][2]);
            add_printed(identity, text);
        }
    }
    (void)snprintf(text, sizeof text, "%d年%d月%d日", y, m, d);
    add_printed(identity, text);
    (void)snprintf(text, sizeof text, "%d年%02d月%02d日", y, m, d);
    add_printed(identity, text);
    add_era(identity, y, m, d);
}

void ost_identity_forgive(struct ost_identity *identity, const char *own)
{
    size_t len = strlen(own);
    for (size_t i = 0; i < identity->count; i++) {
        struct entry *e = &identity->entry[i];
        for (size_t at = 0; at + e->len <= len && !e->forgiven; at++)
            e->forgiven = same(text_at(identity, e), (const unsigned char *)own + at, e->len);
    }
}

static bool is_strong(const struct entry *e)
{
    return e->len >= (e->digits ? OST_IDENTITY_DIGITS_LEAST : OST_IDENTITY_BYTES_LEAST);
}

/* Among pixels a smooth run of digits stands by chance, so smooth strings are let go there. */
static bool in_bytes(const struct ost_identity *identity, const void *bytes, size_t len,
                     bool among_pixels)
{
    const size_t least = among_pixels ? OST_IDENTITY_PIXELS_LEAST : OST_IDENTITY_BYTES_LEAST;
    const unsigned char *p = bytes;
    for (size_t at = 0; at + 2 <= len; at++) {
        for (uint32_t i = identity->first[prefix(p + at)]; i != 0; i = identity->next[i - 1]) {
            const struct entry *e = &identity->entry[i - 1];
            if (e->len >= least && is_strong(e) && (!e->smooth || !among_pixels) && !e->forgiven &&
                e->len <= len - at && same(text_at(identity, e), p + at, e->len))
                return true;
        }
    }
    return false;
}

bool ost_identity_in_bytes(const struct ost_identity *identity, const void *bytes, size_t len)
{
    return in_bytes(identity, bytes, len, false);
}

bool ost_identity_in_pixels(const struct ost_identity *identity, const void *bytes, size_t len)
{
    return in_bytes(identity, bytes, len, true);
}

bool ost_identity_in_text(const struct ost_identity *identity, const char *value, size_t len)
{
    const unsigned char *p = (const unsigned char *)value;
    for (size_t at = 0; at + 2 <= len; at++) {
        for (uint32_t i = identity->first[prefix(p + at)]; i != 0; i = identity->next[i - 1]) {
            const struct entry *e = &identity->entry[i - 1];
            if (e->forgiven || e->len > len - at || !same(text_at(identity, e), p + at, e->len))
                continue;
            bool begins = at == 0 || !is_word(p[at - 1]);
            bool ends = at + e->len == len || !is_word(p[at + e->len]);
            if (is_strong(e) || (begins && ends))
                return true;
        }
    }
    return false;
}
