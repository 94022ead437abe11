#include "recon/image/exposed.h"

#include <stdlib.h>

/* Every pixel is put down once from each side at most; the border's are put down first. */
bool ost_image_exposed(const struct ost_image *film, const float beyond[2],
                       struct ost_image *exposed, struct ost_err *err)
{
    const size_t w = film->width, h = film->height, room = w * h + 2 * (w + h);
    size_t *stack = malloc(room * sizeof *stack), top = 0;
    if (stack == NULL)
        return ost_fail(err, OST_NOMEM, "film: no room for its border");
    for (size_t i = 0; i < w * h; i++)
        exposed->pixel[i] = 1.0F;
    for (size_t i = 0; i < w; i++) {
        stack[top++] = i;
        stack[top++] = (h - 1) * w + i;
    }
    for (size_t j = 0; j < h; j++) {
        stack[top++] = j * w;
        stack[top++] = (j + 1) * w - 1;
    }
    while (top > 0) {
        const size_t at = stack[--top], column = at % w;
        const float grey = film->pixel[at];
        if (exposed->pixel[at] < 0.5F || (grey > beyond[0] && grey < beyond[1]))
            continue;
        exposed->pixel[at] = 0.0F;
        const bool there[4] = {column > 0, column + 1 < w, at >= w, at + w < w * h};
        const size_t next[4] = {at - 1, at + 1, at - w, at + w};
        for (int k = 0; k < 4; k++)
            if (there[k] && exposed->pixel[next[k]] > 0.5F && top < room)
                stack[top++] = next[k];
    }
    free(stack);
    return true;
}
