#include "recon/plan/order.h"

#include <string.h>

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
#define BASE 62

/* Of a valid key's digit. */
static int digit_of(char c)
{
    return c <= '9' ? c - '0' : c <= 'Z' ? c - 'A' + 10 : c - 'a' + 36;
}

bool ost_order_valid(const char *key)
{
    size_t len = strlen(key);
    if (len == 0 || len > OST_ORDER_BYTES || key[len - 1] == '0')
        return false;
    return strspn(key, digits) == len;
}

/* The digit of `key` at `at`, as if zeros followed for ever. */
static int low_digit(const char *key, size_t len, size_t at)
{
    return at < len ? digit_of(key[at]) : 0;
}

/*
 * Walks down both keys: while they share a digit it is copied; at the first place
 * with room between, the middle digit ends the key. Where the digits are neighbours
 * the low one is copied and from there on the upper end is open.
 */
bool ost_order_between(const char *low, const char *high, char out[OST_ORDER_BYTES + 1],
                       struct ost_err *err)
{
    size_t low_len = strlen(low), high_len = strlen(high);
    if ((low_len > 0 && !ost_order_valid(low)) || (high_len > 0 && !ost_order_valid(high)))
        return ost_fail(err, OST_INVALID, "an order key is 1 to %d digits", (int)OST_ORDER_BYTES);
    if (high_len > 0 && strcmp(low, high) >= 0)
        return ost_fail(err, OST_INVALID, "order keys are not in order");

    bool open = high_len == 0;
    for (size_t at = 0; at < OST_ORDER_BYTES; at++) {
        int a = low_digit(low, low_len, at);
        int b = open ? BASE : low_digit(high, high_len, at);
        if (b - a > 1) {
            out[at] = digits[(a + b) / 2];
            out[at + 1] = '\0';
            return true;
        }
        out[at] = digits[a];
        open = open || b > a;
    }
    return ost_fail(err, OST_LIMIT, "no room for an order key of %d digits", (int)OST_ORDER_BYTES);
}
