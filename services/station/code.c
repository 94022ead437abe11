#include "services/station/code.h"

#include <stdio.h>
#include <string.h>

enum { LETTERS = 10 }; /* that an engraved line has room for beside the side */

static char letter_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '-';
}

/* Where the last part of a path begins, and how long it is; ".", ".." and "/" name nothing. */
static const char *last_part(const char *path, size_t *length)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    *length = end - begin;
    if (strspn(path + begin, ".") >= *length)
        *length = 0;
    return path + begin;
}

void ost_station_code(const char *case_dir, const char *given, char out[OST_STATION_CODE])
{
    size_t length;
    const char *name = last_part(case_dir, &length);
    if (given != NULL || length == 0) {
        (void)snprintf(out, OST_STATION_CODE, "%s", given == NULL ? "-" : given);
        return;
    }
    size_t skip = length > LETTERS ? length - LETTERS : 0, at = 0;
    for (; skip + at < length; at++)
        out[at] = letter_of(name[skip + at]);
    out[at] = '\0';
}
