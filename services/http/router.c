#include "services/http/http_impl.h"

#include <string.h>

/* Whether `path` is what `pattern` describes; cuts nothing yet. */
static bool matches(const char *pattern, const char *path)
{
    while (*pattern != '\0') {
        if (*pattern == ':') {
            size_t len = strcspn(path, "/");
            if (len == 0)
                return false;
            path += len;
            pattern += strcspn(pattern, "/");
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

/* Leaves each ":word" of the path as a text of its own. */
static void cut(const char *pattern, struct ost_http_request *request)
{
    char *path = request->path;
    request->param_count = 0;
    while (*pattern != '\0') {
        if (*pattern != ':') {
            pattern++;
            path++;
            continue;
        }
        if (request->param_count < OST_HTTP_PARAM_MOST)
            request->param[request->param_count++] = path;
        path += strcspn(path, "/");
        pattern += strcspn(pattern, "/");
        if (*path == '/') {
            *path++ = '\0';
            pattern++;
        }
    }
}

const struct ost_http_route *ost_http_route_find(const struct ost_http_options *options,
                                                 struct ost_http_request *request, bool *other)
{
    *other = false;
    for (size_t i = 0; i < options->route_count; i++) {
        const struct ost_http_route *route = &options->route[i];
        if (!matches(route->path, request->path))
            continue;
        if (route->method == request->method) {
            cut(route->path, request);
            return route;
        }
        *other = true;
    }
    return NULL;
}
