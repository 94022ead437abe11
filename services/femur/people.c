#include "services/femur/people.h"

#include "recon/mesh/icp.h"
#include "recon/mesh/stl.h"
#include "services/casefile/disk.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    LANDMARKS = 6,
    FITTED_VERTICES = 4002,
    NUMBERS = 100,
    FILE_MOST = 1 << 23,
    TRIANGLES_MOST = 200000
};

static const char folder[] = "femur_population";

bool ost_femur_is_test(uint32_t index)
{
    return index % 5 == 4;
}

void ost_femur_people_fini(struct ost_femur_people *people)
{
    for (uint32_t i = 0; i < people->count; i++) {
        ost_mesh_destroy(people->fitted[i]);
        ost_mesh_destroy(people->surface[i]);
    }
    *people = (struct ost_femur_people){0};
}

static bool read_mesh(const char *data, const char *name, struct ost_mesh **out,
                      struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_MOST);
    bool ok = ost_disk_read(data, name, &bytes, err) &&
              ost_stl_read(bytes.ptr, bytes.len, TRIANGLES_MOST, out, err);
    ost_buf_fini(&bytes);
    return ok;
}

static bool take_landmarks(const json_t *list, double out[LANDMARKS][3])
{
    if (json_array_size(list) != LANDMARKS)
        return false;
    for (size_t i = 0; i < LANDMARKS; i++) {
        const json_t *at = json_object_get(json_array_get(list, i), "coordinates");
        if (json_array_size(at) != 3)
            return false;
        for (size_t k = 0; k < 3; k++)
            out[i][k] = json_number_value(json_array_get(at, k));
    }
    return true;
}

static bool read_landmarks(const char *data, int number, double out[LANDMARKS][3],
                           struct ost_err *err)
{
    char name[128];
    struct ost_buf bytes;
    ost_buf_init(&bytes, FILE_MOST);
    (void)snprintf(name, sizeof name, "%s/landmarks/%d.json", folder, number);
    bool ok = ost_disk_read(data, name, &bytes, err);
    if (ok) {
        json_auto_t *list = json_loadb((const char *)bytes.ptr, bytes.len, 0, NULL);
        ok = take_landmarks(list, out) ||
             ost_fail(err, OST_CORRUPT, "femur %d: six landmarks are expected", number);
    }
    ost_buf_fini(&bytes);
    return ok;
}

static bool read_person(const char *data, int number, struct ost_femur_people *people,
                        double mark[LANDMARKS][3], struct ost_err *err)
{
    char name[128];
    const uint32_t i = people->count;
    (void)snprintf(name, sizeof name, "%s/raw/%d.stl", folder, number);
    if (!read_mesh(data, name, &people->surface[i], err))
        return false;
    (void)snprintf(name, sizeof name, "%s/correspondence/fitted_%d.stl", folder, number);
    people->number[i] = number;
    people->count++;
    return read_mesh(data, name, &people->fitted[i], err) &&
           read_landmarks(data, number, mark, err);
}

/*
 * Where the six landmarks of the data lie on every fitted surface: read off person 2, whose
 * surface is the one that was fitted to all others (0.12 mm apart), to the nearest vertex.
 */
static const uint32_t landmark_vertex[LANDMARKS] = {970, 1262, 1526, 3328, 3784, 3006};

static bool lay(struct ost_femur_people *people, double (*mark)[LANDMARKS][3],
                const struct ost_progress *progress, struct ost_err *err)
{
    const struct ost_icp_options options = {.spacing = 6.0, .steps = 25};
    for (uint32_t i = 0; i < people->count; i++) {
        const struct ost_mesh *fitted = people->fitted[i];
        double to[LANDMARKS][3];
        struct ost_rigid start;
        struct ost_icp_result here;
        if (fitted->vertex_count != FITTED_VERTICES)
            return ost_fail(err, OST_CORRUPT, "femur %d: %u vertices; %d are expected",
                            people->number[i], fitted->vertex_count, (int)FITTED_VERTICES);
        for (int l = 0; l < LANDMARKS; l++)
            for (int k = 0; k < 3; k++)
                to[l][k] = (double)fitted->vertex[landmark_vertex[l]][k];
        if (!ost_rigid_fit((const double(*)[3])mark[i], (const double(*)[3])to, NULL, LANDMARKS,
                           &start))
            return ost_fail(err, OST_CORRUPT, "femur %d: its landmarks are one point",
                            people->number[i]);
        if (!ost_icp(people->surface[i], fitted, &start, &options, &here, err) ||
            !ost_progress_step(progress, (double)i / people->count, "lay", err))
            return false;
        ost_mesh_move(people->surface[i], &here.motion);
    }
    return true;
}

static bool read_people(const char *data, struct ost_femur_people *out,
                        double (*mark)[LANDMARKS][3], struct ost_err *err)
{
    for (int number = 0; number < NUMBERS && out->count < OST_FEMUR_PEOPLE; number++) {
        struct ost_err why = {0};
        if (read_person(data, number, out, mark[out->count], &why))
            continue;
        if (why.code != OST_NOT_FOUND || (out->count > 0 && out->number[out->count - 1] == number))
            return ost_fail(err, why.code, "%s", why.msg);
    }
    if (out->count < 10)
        return ost_fail(err, OST_UNAVAILABLE, "--data has no femur_population");
    return true;
}

bool ost_femur_people_load(const char *data, const struct ost_progress *progress,
                           struct ost_femur_people *out, struct ost_err *err)
{
    double(*mark)[LANDMARKS][3] = calloc(OST_FEMUR_PEOPLE, sizeof *mark);
    *out = (struct ost_femur_people){0};
    bool ok = (mark != NULL || ost_fail(err, OST_NOMEM, "femur: out of memory")) &&
              read_people(data, out, mark, err) && lay(out, mark, progress, err);
    free(mark);
    return ok;
}
