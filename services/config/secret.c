#include "services/config/config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads at most size - 1 bytes and puts a NUL behind them. */
static bool slurp(const char *path, char *text, size_t size, bool secret, struct ost_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return ost_fail(err, OST_UNAVAILABLE,
                        "cannot open the secret file; see OSTEON_SECRET_FILE");
    }
    struct stat st;
    bool open_to_others =
        fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    ssize_t got = read(fd, text, size - 1);
    (void)close(fd);
    if (secret && open_to_others)
        return ost_fail(err, OST_DENIED, "others can read the secret file; chmod 600 it");
    if (got < 0)
        return ost_fail(err, OST_UNAVAILABLE, "cannot read the secret file");
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

bool ost_config_secret(const char *path, unsigned char secret[OST_SECRET_BYTES],
                       struct ost_err *err)
{
    char text[2 * OST_SECRET_BYTES + 3] = "";
    if (!slurp(path, text, sizeof text, true, err))
        return false;
    size_t len = strcspn(text, "\r\n");
    bool fit = len == (size_t)2 * OST_SECRET_BYTES;
    for (size_t i = 0; fit && i < OST_SECRET_BYTES; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        fit = high >= 0 && low >= 0;
        secret[i] = (unsigned char)(fit ? high * 16 + low : 0);
    }
    explicit_bzero(text, sizeof text);
    if (!fit) {
        return ost_fail(err, OST_INVALID, "the secret file must hold %d hexadecimal digits",
                        2 * OST_SECRET_BYTES);
    }
    return true;
}

bool ost_config_line(const char *path, char *line, size_t size, struct ost_err *err)
{
    if (!slurp(path, line, size, false, err))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] == '\0')
        return ost_fail(err, OST_INVALID, "the first line of the file is empty");
    return true;
}
