#include "recon/dicom/keyed.h"

#include <stdio.h>
#include <string.h>

enum { OST_HMAC_BLOCK = 64 };

/* RFC 2104, with the purpose and a zero byte in front of the value. */
void ost_keyed_hash(const void *key, size_t key_len, const char *purpose, const void *value,
                    size_t value_len, unsigned char digest[OST_SHA256_BYTES])
{
    unsigned char pad[OST_HMAC_BLOCK] = {0};
    if (key_len > OST_HMAC_BLOCK) {
        ost_sha256_of(key, key_len, pad);
    } else if (key_len > 0) {
        memcpy(pad, key, key_len);
    }

    struct ost_sha256 sha;
    for (size_t i = 0; i < OST_HMAC_BLOCK; i++)
        pad[i] ^= 0x36;
    ost_sha256_init(&sha);
    ost_sha256_put(&sha, pad, OST_HMAC_BLOCK);
    ost_sha256_put(&sha, purpose, strlen(purpose) + 1);
    ost_sha256_put(&sha, value, value_len);
    ost_sha256_end(&sha, digest);

    for (size_t i = 0; i < OST_HMAC_BLOCK; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    ost_sha256_init(&sha);
    ost_sha256_put(&sha, pad, OST_HMAC_BLOCK);
    ost_sha256_put(&sha, digest, OST_SHA256_BYTES);
    ost_sha256_end(&sha, digest);
    memset(pad, 0, sizeof pad);
}

void ost_keyed_uid_text(const unsigned char bits[OST_KEYED_UID_BYTES],
                        char text[OST_KEYED_UID_TEXT])
{
    unsigned char rest[OST_KEYED_UID_BYTES];
    memcpy(rest, bits, sizeof rest);
    char digits[40];
    size_t count = 0;
    for (bool any = true; any;) {
        unsigned int carry = 0;
        any = false;
        for (size_t i = 0; i < sizeof rest; i++) {
            carry = carry << 8 | rest[i];
            rest[i] = (unsigned char)(carry / 10);
            carry %= 10;
            any = any || rest[i] != 0;
        }
        digits[count++] = (char)('0' + carry);
    }
    memcpy(text, "2.25.", 5);
    for (size_t i = 0; i < count; i++)
        text[5 + i] = digits[count - 1 - i];
    text[5 + count] = '\0';
}

void ost_keyed_code_text(const unsigned char digest[OST_SHA256_BYTES],
                         char text[OST_KEYED_CODE_TEXT])
{
    /* No I, O, 0, 1: read aloud and typed without doubt. */
    static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    memcpy(text, "OST-", 4);
    for (size_t i = 0; i < 15; i++) {
        size_t bit = 5 * i;
        unsigned int two = (unsigned int)digest[bit / 8] << 8 | digest[bit / 8 + 1];
        text[4 + i] = alphabet[two >> (11 - bit % 8) & 31];
    }
    text[19] = '\0';
}

int ost_keyed_shift_days(const unsigned char digest[OST_SHA256_BYTES], bool keep_weekday)
{
    uint32_t v = 0;
    for (size_t i = 0; i < 4; i++)
        v = v << 8 | digest[i];
    return keep_weekday ? (int)(v % 521 + 1) * 7 : (int)(v % 3650 + 1);
}

/* Days since 1970-01-01 and back, after Hinnant, chrono-compatible date algorithms. */
static long days_from(long y, long m, long d)
{
    y -= m <= 2;
    long era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    long doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_from(long days, long out[3])
{
    days += 719468;
    long era = (days >= 0 ? days : days - 146096) / 146097, doe = days - era * 146097;
    long yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    long doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    out[2] = doy - (153 * mp + 2) / 5 + 1;
    out[1] = mp < 10 ? mp + 3 : mp - 9;
    out[0] = yoe + era * 400 + (out[1] <= 2);
}

static long digits(const char *text, size_t count)
{
    long v = 0;
    for (size_t i = 0; i < count; i++)
        v = v * 10 + (text[i] - '0');
    return v;
}

bool ost_keyed_shift_date(char *text, size_t len, int days)
{
    if (len < 8)
        return false;
    for (size_t i = 0; i < 8; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    long y = digits(text, 4), m = digits(text + 4, 2), d = digits(text + 6, 2), date[3];
    if (m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    date_from(days_from(y, m, d) - days, date);
    if (date[0] < 0 || date[0] > 9999)
        return false;
    char moved[16];
    (void)snprintf(moved, sizeof moved, "%04d%02d%02d", (int)date[0] % 10000, (int)date[1] % 100,
                   (int)date[2] % 100);
    memcpy(text, moved, 8);
    return true;
}
