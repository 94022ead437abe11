/*
 * A left arm is a right one in a mirror: its films are mirrored before anything looks at
 * them, and what is found is mirrored back. A fit may end in one of several places; so it
 * ends in the same one whichever arm it was.
 */
#include "recon/shape/find_impl.h"

/* Seen across the plane of the world's y and z. */
static void mirror_rigid(struct ost_rigid *m)
{
    for (int c = 0; c < 3; c++)
        for (int r = 0; r < 3; r++)
            m->r[3 * c + r] *= (c == 0) != (r == 0) ? -1.0 : 1.0;
    m->t[0] = -m->t[0];
}

static void mirror_camera(struct ost_camera *camera)
{
    camera->principal[0] = camera->width - 1.0 - camera->principal[0];
    mirror_rigid(&camera->world_to_camera);
}

static bool mirror_image(const struct ost_image *from, struct ost_image **out, struct ost_err *err)
{
    if (!ost_image_create(out, from->width, from->height, err))
        return false;
    for (size_t y = 0; y < from->height; y++)
        for (size_t x = 0; x < from->width; x++)
            (*out)->pixel[y * from->width + x] =
                from->pixel[y * from->width + (from->width - 1 - x)];
    return true;
}

bool find_mirror_films(struct find_mirror *mirror, const struct ost_fit_film *film, size_t count,
                       struct ost_err *err)
{
    *mirror = (struct find_mirror){.count = count};
    for (size_t v = 0; v < count; v++) {
        if (!mirror_image(film[v].image, &mirror->image[v], err))
            return false;
        mirror->film[v] = film[v];
        mirror->film[v].image = mirror->image[v];
        if (film[v].has_camera)
            mirror_camera(&mirror->film[v].camera);
    }
    return true;
}

void find_mirror_fini(struct find_mirror *mirror)
{
    for (size_t v = 0; v < mirror->count; v++)
        ost_image_destroy(mirror->image[v]);
}

void find_mirror_back(struct ost_find *find)
{
    struct ost_anatomy *a = &find->anatomy;
    double right = find->side_cost[OST_SIDE_LEFT];
    find->side_cost[OST_SIDE_LEFT] = find->side_cost[OST_SIDE_RIGHT];
    find->side_cost[OST_SIDE_RIGHT] = right;
    find->arm.mirrored = !find->arm.mirrored;
    mirror_rigid(&find->arm.place);
    for (size_t v = 0; v < find->view_count; v++)
        mirror_camera(&find->camera[v]);
    double *const x[] = {a->origin, a->axis, a->radial, a->volar};
    for (size_t i = 0; i < sizeof x / sizeof x[0]; i++)
        x[i][0] = -x[i][0];
}
