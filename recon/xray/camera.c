#include "recon/xray/camera.h"

#include "recon/math/vec.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 65536, WORD_MOST = 64, SIDE_MOST = 65536 };

bool ost_camera_project(const struct ost_camera *camera, const double point[3], double pixel[2],
                        double *depth)
{
    double p[3];
    ost_rigid_point(&camera->world_to_camera, point, p);
    if (!(p[2] > 0.0))
        return false;
    pixel[0] = camera->focal[0] * p[0] / p[2] + camera->principal[0];
    pixel[1] = camera->focal[1] * p[1] / p[2] + camera->principal[1];
    if (depth != NULL)
        *depth = p[2];
    return true;
}

void ost_camera_ray(const struct ost_camera *camera, const double pixel[2], double source[3],
                    double direction[3])
{
    struct ost_rigid camera_to_world = ost_rigid_inverse(&camera->world_to_camera);
    double d[3] = {(pixel[0] - camera->principal[0]) / camera->focal[0],
                   (pixel[1] - camera->principal[1]) / camera->focal[1], 1.0};
    (void)ost_unit(d);
    ost_rigid_direction(&camera_to_world, d, direction);
    memcpy(source, camera_to_world.t, sizeof camera_to_world.t);
}

/* The file as words and numbers: both forms are read through this. */
struct scan {
    const char *at, *end;
    bool failed;
};

static void skip(struct scan *s, const char *what)
{
    while (s->at < s->end && *s->at != '\0' && strchr(what, *s->at) != NULL)
        s->at++;
}

static bool take(struct scan *s, char c)
{
    skip(s, " \t\r\n");
    if (s->at == s->end || *s->at != c) {
        s->failed = true;
        return false;
    }
    s->at++;
    return true;
}

static double number(struct scan *s)
{
    skip(s, " \t\r\n");
    char word[WORD_MOST];
    size_t len = 0;
    while (s->at + len < s->end && len + 1 < sizeof word && s->at[len] != '\0' &&
           strchr("+-.0123456789eE", s->at[len]) != NULL) {
        word[len] = s->at[len];
        len++;
    }
    word[len] = '\0';
    char *stop = word;
    double value = strtod(word, &stop);
    if (len == 0 || *stop != '\0' || !isfinite(value))
        s->failed = true;
    s->at += len;
    return value;
}

/* `count` numbers with a comma between each two. */
static void numbers(struct scan *s, double *out, size_t count)
{
    for (size_t i = 0; i < count && !s->failed; i++) {
        if (i > 0)
            (void)take(s, ',');
        out[i] = number(s);
    }
}

static void rows(struct scan *s, double out[9])
{
    for (size_t r = 0; r < 3 && !s->failed; r++)
        numbers(s, out + 3 * r, 3);
}

/* What either form says, before it is checked. */
struct raw {
    double size[2], matrix[9], rotation[9], translation[3]; /* matrices by rows */
};

static bool heading(struct scan *s, const char *name)
{
    skip(s, " \t\r\n");
    size_t len = strlen(name);
    if ((size_t)(s->end - s->at) < len || strncmp(s->at, name, len) != 0) {
        s->failed = true;
        return false;
    }
    s->at += len;
    skip(s, " \t\r");
    s->failed = s->at == s->end || *s->at != '\n';
    return !s->failed;
}

static void read_text(struct scan *s, struct raw *raw)
{
    if (heading(s, "image size"))
        numbers(s, raw->size, 2);
    if (heading(s, "camera matrix"))
        rows(s, raw->matrix);
    if (heading(s, "rotation"))
        rows(s, raw->rotation);
    if (heading(s, "translation"))
        for (int k = 0; k < 3; k++)
            raw->translation[k] = number(s);
}

static void list(struct scan *s, double *out, size_t count)
{
    if (take(s, '['))
        numbers(s, out, count);
    (void)take(s, ']');
}

static void matrix(struct scan *s, double out[9])
{
    (void)take(s, '[');
    for (size_t r = 0; r < 3 && !s->failed; r++) {
        if (r > 0)
            (void)take(s, ',');
        list(s, out + 3 * r, 3);
    }
    (void)take(s, ']');
}

static void key(struct scan *s, char out[WORD_MOST])
{
    size_t len = 0;
    if (take(s, '"'))
        while (s->at < s->end && len + 1 < WORD_MOST &&
               (isalpha((unsigned char)*s->at) || *s->at == '_'))
            out[len++] = *s->at++;
    out[len] = '\0';
    (void)take(s, '"');
    (void)take(s, ':');
}

static unsigned field(struct scan *s, struct raw *raw)
{
    char name[WORD_MOST];
    key(s, name);
    if (strcmp(name, "osteon_camera") == 0)
        return number(s) == 1.0 ? 1U : 0U;
    if (strcmp(name, "size") == 0)
        return list(s, raw->size, 2), 2U;
    if (strcmp(name, "matrix") == 0)
        return matrix(s, raw->matrix), 4U;
    if (strcmp(name, "rotation") == 0)
        return matrix(s, raw->rotation), 8U;
    if (strcmp(name, "translation") == 0)
        return list(s, raw->translation, 3), 16U;
    return 0U;
}

/* The five fields in any order, each once. */
static void read_json(struct scan *s, struct raw *raw)
{
    enum { FIELDS = 5, ALL = 31 };
    unsigned seen = 0;
    (void)take(s, '{');
    for (int i = 0; i < FIELDS && !s->failed; i++) {
        if (i > 0)
            (void)take(s, ',');
        unsigned bit = field(s, raw);
        if (bit == 0 || (seen & bit) != 0)
            s->failed = true;
        seen |= bit;
    }
    (void)take(s, '}');
    if (seen != ALL)
        s->failed = true;
}

/* The nearest rotation: Gram and Schmidt twice is enough for what passes the check. */
static void make_exact(double r[9])
{
    (void)ost_unit(r);
    ost_along(r + 3, -ost_dot(r, r + 3), r, r + 3);
    (void)ost_unit(r + 3);
    ost_cross(r, r + 3, r + 6);
}

static bool whole(double x)
{
    return x >= 1.0 && x <= (double)SIDE_MOST && floor(x) == x;
}

static bool check(const struct raw *raw, struct ost_camera *out, struct ost_err *err)
{
    const double *k = raw->matrix;
    if (!whole(raw->size[0]) || !whole(raw->size[1]))
        return ost_fail(err, OST_INVALID, "camera: image size must be two whole numbers");
    if (!(k[0] > 0.0) || !(k[4] > 0.0))
        return ost_fail(err, OST_INVALID, "camera: focal lengths must be above zero");
    if (!(fabs(k[1]) <= 1e-6 * k[0]))
        return ost_fail(err, OST_UNSUPPORTED, "camera: a matrix with skew is not handled");
    if (k[3] != 0.0 || k[6] != 0.0 || k[7] != 0.0 || k[8] != 1.0)
        return ost_fail(err, OST_INVALID,
                        "camera: the matrix must be upper triangular, last row 0 0 1");
    struct ost_camera camera = {
        .width = (uint32_t)raw->size[0],
        .height = (uint32_t)raw->size[1],
        .focal = {k[0], k[4]},
        .principal = {k[2], k[5]},
    };
    memcpy(camera.world_to_camera.t, raw->translation, sizeof raw->translation);
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++)
            camera.world_to_camera.r[3 * c + r] = raw->rotation[3 * r + c];
    if (!ost_rigid_is_proper(&camera.world_to_camera, 1e-3))
        return ost_fail(err, OST_INVALID, "camera: the rotation is not a proper rotation");
    make_exact(camera.world_to_camera.r);
    *out = camera;
    return true;
}

bool ost_camera_read(const char *text, size_t len, struct ost_camera *out, struct ost_err *err)
{
    if (len > TEXT_MOST)
        return ost_fail(err, OST_LIMIT, "camera: file of %zu bytes", len);
    struct scan s = {.at = text, .end = text + len};
    struct raw raw = {.size = {0.0, 0.0}};
    skip(&s, " \t\r\n");
    if (s.at < s.end && *s.at == '{')
        read_json(&s, &raw);
    else
        read_text(&s, &raw);
    skip(&s, " \t\r\n");
    if (s.failed || s.at != s.end)
        return ost_fail(err, OST_CORRUPT, "camera: not readable at byte %zu of %zu",
                        (size_t)(s.at - text), len);
    return check(&raw, out, err);
}
