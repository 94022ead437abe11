#include "fem/study/contact.h"
#include "recon/math/vec.h"

#include <string.h>

/* Brings the row with the largest pivot of a column up to it. */
static void pivot(double m[4][5], int c)
{
    int best = c;
    for (int r = c + 1; r < 4; r++)
        best = fabs(m[r][c]) > fabs(m[best][c]) ? r : best;
    for (int k = 0; k < 5; k++) {
        double swap = m[c][k];
        m[c][k] = m[best][k];
        m[best][k] = swap;
    }
}

/* Gauss and Jordan; false for a singular system. */
static bool solve4(double m[4][5])
{
    for (int c = 0; c < 4; c++) {
        pivot(m, c);
        if (!(fabs(m[c][c]) > 1e-9))
            return false;
        for (int r = 0; r < 4; r++) {
            double part = r == c ? 0.0 : m[r][c] / m[c][c];
            for (int k = 0; k < 5; k++)
                m[r][k] -= part * m[c][k];
        }
    }
    return true;
}

/* |x|^2 = 2 c.x + (R^2 - c^2) is linear in c and the rest; about the middle, in cm. */
bool ost_ball_fit(const struct ost_patch *patch, size_t count, struct ost_ball *out,
                  struct ost_err *err)
{
    const double scale = 0.1;
    double middle[3] = {0.0}, area = 0.0, m[4][5];
    memset(m, 0, sizeof m);
    for (size_t i = 0; i < count; i++) {
        ost_along(middle, patch[i].area, patch[i].middle, middle);
        area += patch[i].area;
    }
    for (int k = 0; k < 3 && area > 0.0; k++)
        middle[k] /= area;
    for (size_t i = 0; i < count; i++) {
        double x[3], row[5];
        ost_sub(patch[i].middle, middle, x);
        for (int k = 0; k < 3; k++)
            row[k] = 2.0 * (x[k] *= scale);
        row[3] = 1.0;
        row[4] = ost_dot(x, x);
        for (int r = 0; r < 4; r++) {
            for (int k = 0; k < 5; k++)
                m[r][k] += patch[i].area / area * row[r] * row[k];
        }
    }
    if (count < 10 || !solve4(m))
        return ost_fail(err, OST_INVALID, "%zu patches of a joint show no ball", count);
    double c[3];
    for (int k = 0; k < 3; k++) {
        c[k] = m[k][4] / m[k][k];
        out->centre[k] = middle[k] + c[k] / scale;
    }
    out->radius = sqrt(fmax(0.0, m[3][4] / m[3][3] + ost_dot(c, c))) / scale;
    return true;
}
