/* The two halves of lettering.h: marks in a picture, and lines of marks. */
#ifndef OST_DICOM_LETTERING_IMPL_H
#define OST_DICOM_LETTERING_IMPL_H

#include "recon/base/err.h"
#include "recon/dicom/lettering.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

/* Eight bits a pixel, rows from the top. */
struct ost_grey {
    uint32_t width, height;
    const unsigned char *value; /* borrowed */
};

/* A connected patch brighter than some level, the size and shape of a letter or a word. */
struct ost_mark {
    uint32_t x, y, w, h;
    float edge; /* mean step across its border, grey values */
};

enum { OST_MARKS_MOST = 40000, OST_MARK_LOW = 5, OST_MARK_HIGH = 48 };

struct ost_marks {
    struct ost_mark *mark; /* owned, OST_MARKS_MOST of them */
    size_t count;
};

/*
 * Finds the marks brighter than `level` (`dark`: darker). Memory grows with the width of
 * the picture only. Beyond OST_MARKS_MOST the rest is left out: so many are no lettering.
 */
OST_MUST_CHECK
bool ost_marks_find(const struct ost_grey *grey, int level, bool dark, struct ost_marks *out,
                    struct ost_err *err);

/*
 * Lines of marks of like height side by side (`upright` false: one below the other, for
 * lettering turned by a quarter), added to `out` in pixels of a picture `scale` times
 * larger, with a margin.
 */
void ost_marks_lines(const struct ost_marks *marks, bool upright, uint32_t scale,
                     struct ost_lettering *out);

OST_C_END

#endif
