#include "recon/dicom/lettering.h"

bool ost_lettering_find(const unsigned char *pixels, const struct ost_clean_facts *facts,
                        struct ost_lettering *out, struct ost_err *err)
{
    (void)pixels;
    (void)facts;
    (void)err;
    *out = (struct ost_lettering){.count = 0};
    return true;
}
