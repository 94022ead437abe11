#include "services/store/xml_impl.h"

#include <stdint.h>
#include <string.h>

struct reader {
    const char *at, *end;
    char name[OST_XML_DEPTH][OST_XML_NAME];
    size_t depth;
    char text[OST_XML_TEXT];
    size_t text_len;
    bool rooted; /* the one root has begun */
    ost_xml_visit *visit;
    void *user;
};

static bool broken(struct ost_err *err)
{
    return ost_fail(err, OST_CORRUPT, "an answer in XML that is none");
}

static bool put(struct reader *r, const char *bytes, size_t len)
{
    if (len >= sizeof r->text - r->text_len)
        return false;
    memcpy(r->text + r->text_len, bytes, len);
    r->text_len += len;
    return true;
}

static bool put_character(struct reader *r, uint32_t c)
{
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return false;
    char utf8[4];
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len; i-- > 1; c >>= 6)
        utf8[i] = (char)(0x80 | (c & 0x3f));
    utf8[0] = (char)(lead[len] | c);
    return put(r, utf8, len);
}

/* The digit's value, 99 where it is none. */
static uint32_t digit_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    char lower = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    const char *digit = lower == '\0' ? NULL : strchr(digits, lower);
    return digit == NULL ? 99 : (uint32_t)(digit - digits);
}

/* "#38", "#x26": what stands between & and ;. */
static bool numbered(struct reader *r, const char *word, size_t len)
{
    uint32_t base = len > 1 && word[1] == 'x' ? 16 : 10, c = 0;
    size_t first = base == 16 ? 2 : 1;
    bool fit = len > first && len - first <= 7;
    for (size_t i = first; fit && i < len; i++) {
        fit = digit_of(word[i]) < base;
        c = c * base + (fit ? digit_of(word[i]) : 0);
    }
    return fit && put_character(r, c);
}

static bool entity(struct reader *r)
{
    static const struct {
        const char *word, *is;
    } known[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}};
    const char *word = r->at + 1;
    size_t most = (size_t)(r->end - word) < 10 ? (size_t)(r->end - word) : 10;
    const char *stop = memchr(word, ';', most);
    if (stop == NULL || stop == word)
        return false;
    size_t len = (size_t)(stop - word);
    r->at = stop + 1;
    if (word[0] == '#')
        return numbered(r, word, len);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].word) == len && memcmp(known[i].word, word, len) == 0)
            return put(r, known[i].is, 1);
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool text(struct reader *r)
{
    if (r->depth == 0) /* outside of the root only blanks */
        return is_blank(*r->at++);
    if (*r->at == '&')
        return entity(r);
    if ((unsigned char)*r->at < ' ' && !is_blank(*r->at))
        return false;
    return put(r, r->at++, 1);
}

static bool pass(struct reader *r, const char *word)
{
    size_t len = strlen(word);
    for (; (size_t)(r->end - r->at) >= len; r->at++) {
        if (memcmp(r->at, word, len) != 0)
            continue;
        r->at += len;
        return true;
    }
    return false;
}

static bool begins(const struct reader *r, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(r->end - r->at) >= len && memcmp(r->at, word, len) == 0;
}

static bool take_name(struct reader *r, char name[OST_XML_NAME])
{
    size_t len = 0;
    for (; r->at < r->end && !is_blank(*r->at) && *r->at != '>' && *r->at != '/'; r->at++) {
        if (len == OST_XML_NAME - 1 || (unsigned char)*r->at <= ' ' || *r->at == '<')
            return false;
        name[len++] = *r->at;
    }
    name[len] = '\0';
    return len > 0;
}

static bool close_element(struct reader *r, struct ost_err *err)
{
    r->text[r->text_len] = '\0';
    r->text_len = 0;
    r->depth--;
    return r->visit(r->user, r->depth == 0 ? "" : r->name[r->depth - 1], r->name[r->depth], r->text,
                    err);
}

/* Up to and with the '>'; quoted values may hold one. */
static bool pass_attributes(struct reader *r, bool *empty)
{
    char quote = '\0', before = '\0';
    for (; r->at < r->end; r->at++) {
        if (quote != '\0')
            quote = (char)(*r->at == quote ? '\0' : quote);
        else if (*r->at == '"' || *r->at == '\'')
            quote = *r->at;
        else if (*r->at == '<' || *r->at == '>')
            break;
        before = *r->at;
    }
    *empty = before == '/';
    return r->at < r->end && *r->at++ == '>';
}

static bool open_element(struct reader *r, struct ost_err *err)
{
    bool empty = false;
    r->at++;
    if (r->depth == OST_XML_DEPTH || (r->depth == 0 && r->rooted) ||
        !take_name(r, r->name[r->depth]) || !pass_attributes(r, &empty))
        return broken(err);
    r->rooted = true;
    r->depth++;
    r->text_len = 0;
    return !empty || close_element(r, err);
}

static bool end_element(struct reader *r, struct ost_err *err)
{
    char name[OST_XML_NAME];
    r->at += 2;
    if (r->depth == 0 || !take_name(r, name) || strcmp(name, r->name[r->depth - 1]) != 0)
        return broken(err);
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
    if (r->at == r->end || *r->at != '>')
        return broken(err);
    r->at++;
    return close_element(r, err);
}

static bool markup(struct reader *r, struct ost_err *err)
{
    if (begins(r, "</"))
        return end_element(r, err);
    if (begins(r, "<?"))
        return pass(r, "?>") || broken(err);
    if (begins(r, "<!--"))
        return pass(r, "-->") || broken(err);
    return begins(r, "<!") ? broken(err) : open_element(r, err);
}

bool ost_xml_read(const void *bytes, size_t len, ost_xml_visit *visit, void *user,
                  struct ost_err *err)
{
    struct reader r = {.at = bytes, .visit = visit, .user = user};
    r.end = r.at + len;
    while (r.at < r.end) {
        bool ok = *r.at == '<' ? markup(&r, err) : text(&r) || broken(err);
        if (!ok)
            return false;
    }
    return (r.rooted && r.depth == 0) || broken(err);
}
