#include "recon/mesh/file.h"

#include "recon/base/read.h"
#include "recon/mesh/obj.h"
#include "recon/mesh/ply.h"
#include "recon/mesh/stl.h"
#include "recon/mesh/words_impl.h"

#include <string.h>

/* The first line that is no comment begins with one of its keywords. */
static bool is_obj(const void *bytes, size_t len)
{
    static const char *const key[] = {"v", "vn", "vt", "f", "o", "g", "s", "mtllib", "usemtl"};
    struct ost_words words = {bytes, (const char *)bytes + len};
    if (memchr(bytes, '\0', len) != NULL)
        return false;
    for (char word[OST_WORD]; ost_words_next(&words, word); ost_words_skip_line(&words)) {
        if (word[0] == '#')
            continue;
        for (size_t i = 0; i < sizeof key / sizeof key[0]; i++)
            if (strcmp(word, key[i]) == 0)
                return true;
        return false;
    }
    return false;
}

/* Binary STL of exactly the length that it states, or a text that begins like one. */
static bool is_stl(const void *bytes, size_t len)
{
    struct ost_read read = ost_read_of(bytes, len);
    (void)ost_read_bytes(&read, 80);
    uint64_t count = ost_read_u32le(&read);
    return (!read.failed && len == 84 + count * 50) || (len >= 5 && memcmp(bytes, "solid", 5) == 0);
}

bool ost_mesh_read(const void *bytes, size_t len, uint32_t limit, struct ost_mesh **out,
                   struct ost_err *err)
{
    *out = NULL;
    if (is_stl(bytes, len))
        return ost_stl_read(bytes, len, limit, out, err);
    if (len >= 4 && memcmp(bytes, "ply", 3) == 0)
        return ost_ply_read(bytes, len, limit, out, err);
    if (is_obj(bytes, len))
        return ost_obj_read(bytes, len, limit, out, err);
    return ost_fail(err, OST_UNSUPPORTED, "%zu bytes are no STL, PLY or OBJ surface", len);
}
