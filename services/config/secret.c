#include "services/config/config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ours or root's, and nobody else's to read or to change; root administers others' services. */
static bool is_private(const struct stat *st)
{
    return S_ISREG(st->st_mode) && (st->st_mode & (S_IRWXG | S_IRWXO)) == 0 &&
           (st->st_uid == geteuid() || st->st_uid == 0 || geteuid() == 0);
}

/* Reads at most size - 1 bytes and puts a NUL behind them; `what` names the file to people. */
static bool slurp(const char *path, const char *what, char *text, size_t size, struct ost_err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ost_fail(err, OST_UNAVAILABLE, "%s: the file cannot be opened", what);
    bool shut = fstat(fd, &st) == 0 && is_private(&st);
    ssize_t got = shut ? read(fd, text, size - 1) : -1;
    (void)close(fd);
    if (!shut) {
        return ost_fail(
            err, OST_DENIED,
            "%s: others can read or change this file; make it your own and chmod 600 it", what);
    }
    if (got < 0)
        return ost_fail(err, OST_UNAVAILABLE, "%s: the file cannot be read", what);
    text[got] = '\0';
    return true;
}

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    char lower = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    const char *at = lower == '\0' ? NULL : strchr(digits, lower);
    return at == NULL ? -1 : (int)(at - digits);
}

static bool unhex(const char *text, size_t len, unsigned char out[OST_SECRET_BYTES])
{
    bool fit = len == (size_t)2 * OST_SECRET_BYTES;
    for (size_t i = 0; fit && i < OST_SECRET_BYTES; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        fit = high >= 0 && low >= 0;
        out[i] = (unsigned char)(fit ? high * 16 + low : 0);
    }
    return fit;
}

/* "N DIGITS", N above every number before. */
static bool read_key(const char *line, size_t len, struct ost_wrap_key *out, int last)
{
    size_t digits = strspn(line, "0123456789");
    out->id = 0;
    for (size_t i = 0; i < digits && i < 4; i++)
        out->id = out->id * 10 + (line[i] - '0');
    return digits >= 1 && digits <= 3 && digits < len && line[digits] == ' ' && out->id > last &&
           out->id <= 255 && unhex(line + digits + 1, len - digits - 1, out->key);
}

static bool read_keys(const char *text, struct ost_wrap_key out[OST_WRAP_KEYS], size_t *count)
{
    size_t len = strcspn(text, "\r\n");
    out[0].id = 0;
    *count = 1;
    bool ok = unhex(text, len, out[0].key);
    for (text += len; ok && *(text += strspn(text, "\r\n")) != '\0'; text += len) {
        len = strcspn(text, "\r\n");
        ok = *count < OST_WRAP_KEYS && read_key(text, len, &out[*count], out[*count - 1].id);
        ++*count;
    }
    return ok;
}

bool ost_config_wrap_keys(const char *path, struct ost_wrap_key out[OST_WRAP_KEYS], size_t *count,
                          struct ost_err *err)
{
    char text[OST_WRAP_KEYS * 80] = "";
    if (!slurp(path, "OSTEON_SECRET_FILE", text, sizeof text, err))
        return false;
    bool ok = read_keys(text, out, count);
    explicit_bzero(text, sizeof text);
    return ok ||
           ost_fail(err, OST_INVALID,
                    "the secret file holds %d hexadecimal digits, then lines \"N DIGITS\" with "
                    "rising N up to 255",
                    2 * OST_SECRET_BYTES);
}

bool ost_config_secret(const char *path, unsigned char secret[OST_SECRET_BYTES],
                       struct ost_err *err)
{
    char text[2 * OST_SECRET_BYTES + 3] = "";
    if (!slurp(path, "OSTEON_SECRET_FILE", text, sizeof text, err))
        return false;
    bool fit = unhex(text, strcspn(text, "\r\n"), secret);
    explicit_bzero(text, sizeof text);
    if (!fit) {
        return ost_fail(err, OST_INVALID, "the secret file must hold %d hexadecimal digits",
                        2 * OST_SECRET_BYTES);
    }
    return true;
}

bool ost_config_line(const char *path, const char *what, char *line, size_t size,
                     struct ost_err *err)
{
    if (!slurp(path, what, line, size, err))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] == '\0')
        return ost_fail(err, OST_INVALID, "%s: the first line of the file is empty", what);
    return true;
}
