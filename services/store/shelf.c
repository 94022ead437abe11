#include "services/store/shelf_impl.h"

#include <string.h>

void ost_shelf_destroy(struct ost_shelf *shelf)
{
    if (shelf != NULL)
        shelf->kind->destroy(shelf);
}

bool ost_shelf_check(const char *file, struct ost_err *err)
{
    bool ours = file[0] != '\0' && file[0] != '/' && strstr(file, "..") == NULL &&
                file[strspn(file, "0123456789abcdef./tmp")] == '\0';
    return ours || ost_fail(err, OST_BUG, "a blob's file has no name of ours");
}
