#include "services/casefile/model.h"

#include "services/casefile/disk.h"

#include <stdio.h>
#include <string.h>

enum { MODEL_BYTES = 1 << 26 };

static const char prior_name[] = "forearm";

bool ost_model_predictor_path(const char *prior_path, char *out, size_t size, struct ost_err *err)
{
    const size_t named = sizeof prior_name - 1;
    const char *slash = strrchr(prior_path, '/');
    const char *name = slash == NULL ? prior_path : slash + 1;
    const char *rest = strncmp(name, prior_name, named) == 0 ? name + named : ".ostm";
    int len = snprintf(out, size, "%.*spredictor%s", (int)(name - prior_path), prior_path, rest);
    return (len > 0 && (size_t)len < size) ||
           ost_fail(err, OST_LIMIT, "the path of the model is too long");
}

bool ost_model_predictor_read(const char *path, const struct ost_prior *prior,
                              struct ost_predictor **out, struct ost_err *err)
{
    struct ost_err why = {.code = OST_OK};
    struct ost_buf bytes;
    *out = NULL;
    ost_buf_init(&bytes, MODEL_BYTES);
    bool ok = ost_disk_read(NULL, path, &bytes, &why);
    ok = ok ? ost_predictor_open(bytes.ptr, bytes.len, prior, out, err)
            : why.code == OST_NOT_FOUND || ost_fail(err, why.code, "%s", why.msg);
    ost_buf_fini(&bytes);
    return ok || ost_err_note(err, "predictor");
}
