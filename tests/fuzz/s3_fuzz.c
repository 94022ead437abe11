/* What an S3 store may answer with: a page of a list, or the code of a refusal. */
#include "services/store/s3_impl.h"
#include "tests/fuzz/target.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
    struct ost_s3_page page;
    char code[OST_S3_CODE];
    if (ost_s3_code(bytes, len, code))
        must(strlen(code) < sizeof code && code[0] != '\0');
    if (!ost_s3_page_read(bytes, len, &page, NULL))
        return 0;
    must(page.count <= OST_S3_PAGE && (!page.more || page.next[0] != '\0'));
    for (size_t i = 0; i < page.count; i++)
        must(page.entry[i].name[0] != '\0' && strlen(page.entry[i].name) < OST_S3_NAME &&
             strlen(page.entry[i].upload) < OST_S3_UPLOAD);
    ost_s3_page_fini(&page);
    return 0;
}
