/*
 * result/compare.json: this bone before, as the plan would have it, and another case's (the
 * other side's), each of their fields on one scale. A column that was not computed is null.
 */
#include "services/casefile/disk.h"
#include "services/station/mech_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const size_t json_most = (size_t)8 << 20;
enum { BEFORE, PLANNED, OTHER, COLUMNS };
static const char *const column_name[COLUMNS] = {"before", "planned", "other"};

/* A study's fem.json and joint.json; NULL where there is none. */
struct column {
    json_t *fem, *joint;
};

/* What is compared: where it stands, in which of the two files, in which unit. */
struct figure {
    const char *name, *path[3], *unit;
    bool of_joint;
};
static const struct figure figure[] = {
    {"peak_von_mises", {"peak_von_mises_mpa", "value"}, "MPa", false},
    {"p99_von_mises", {"p99_von_mises_mpa"}, "MPa", false},
    {"max_displacement", {"max_displacement_mm"}, "mm", false},
    {"failure_coulomb_mohr", {"failure", "coulomb_mohr", "load"}, "N", false},
    {"joint_stress_mean", {"whole", "stress", "mean"}, "MPa", true},
    {"joint_stress_most", {"whole", "stress", "most"}, "MPa", true},
    {"joint_density_mean", {"whole", "density", "mean"}, "mgHA/cm3", true},
    {"joint_density_most", {"whole", "density", "most"}, "mgHA/cm3", true},
};

static json_t *read_file(const char *dir, const char *prefix, const char *name)
{
    char path[OST_MECH_PATH];
    struct ost_buf bytes;
    struct ost_err none = {0};
    (void)snprintf(path, sizeof path, "result/%s%s", prefix, name);
    ost_buf_init(&bytes, json_most);
    json_t *root = ost_disk_read(dir, path, &bytes, &none)
                       ? json_loadb((const char *)bytes.ptr, bytes.len, 0, NULL)
                       : NULL;
    ost_buf_fini(&bytes);
    return root;
}

static struct column read_column(const char *dir, const char *prefix)
{
    if (dir == NULL)
        return (struct column){NULL, NULL};
    return (struct column){read_file(dir, prefix, "fem.json"),
                           read_file(dir, prefix, "joint.json")};
}

static double value_of(const struct column *c, const struct figure *f)
{
    json_t *at = f->of_joint ? c->joint : c->fem;
    for (int i = 0; i < 3 && f->path[i] != NULL; i++)
        at = json_object_get(at, f->path[i]);
    return json_is_number(at) ? json_number_value(at) : NAN;
}

static json_t *figure_json(const struct column column[COLUMNS], const struct figure *f)
{
    /* A couple fails at a moment: the estimate says in which unit it is. */
    const char *unit = f->unit;
    (void)json_unpack(f->unit[0] != 'N' ? NULL : column[BEFORE].fem, "{s:{s:{s:s}}}", "failure",
                      "coulomb_mohr", "unit", &unit);
    json_t *row = json_pack("{s:s}", "unit", unit);
    double most = 0.0;
    for (int c = 0; c < COLUMNS && row != NULL; c++) {
        double value = value_of(&column[c], f);
        (void)json_object_set_new(row, column_name[c],
                                  isfinite(value) ? json_real(value) : json_null());
        most = isfinite(value) ? fmax(most, value) : most;
    }
    if (row != NULL)
        (void)json_object_set_new(row, "most", json_real(most));
    return row;
}

/* Where the highest fifth of the joint's field lies, and how far from the other side's. */
static json_t *centre_json(const struct column column[COLUMNS], const char *field)
{
    double at[COLUMNS][2];
    bool there[COLUMNS];
    json_t *row = json_object();
    for (int c = 0; c < COLUMNS; c++) {
        there[c] = json_unpack(column[c].joint, "{s:{s:{s:[F, F]}}}", "whole", field, "centre",
                               &at[c][0], &at[c][1]) == 0;
        (void)json_object_set_new(
            row, column_name[c],
            there[c] ? json_pack("{s:f, s:f}", "radial_mm", at[c][0], "dorsal_mm", at[c][1])
                     : json_null());
    }
    for (int c = BEFORE; c <= PLANNED && there[OTHER]; c++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s_past_other_mm", column_name[c]);
        if (there[c])
            (void)json_object_set_new(
                row, name, json_real(hypot(at[c][0] - at[OTHER][0], at[c][1] - at[OTHER][1])));
    }
    return row;
}

/* All columns that are there ask the same: else their colours mean nothing beside each other. */
static bool alike(const struct column column[COLUMNS])
{
    static const char *const key[] = {"study", "law", "load_n", "calibration", "mapping"};
    const struct column *first = NULL;
    for (int c = 0; c < COLUMNS; c++) {
        if (column[c].fem == NULL)
            continue;
        first = first == NULL ? &column[c] : first;
        for (size_t k = 0; k < sizeof key / sizeof key[0]; k++) {
            if (!json_equal(json_object_get(first->fem, key[k]),
                            json_object_get(column[c].fem, key[k])))
                return false;
        }
    }
    return true;
}

static json_t *compare_json(const struct mech *m, const struct column column[COLUMNS])
{
    json_t *rows = json_object(), *scale = NULL;
    for (size_t i = 0; i < sizeof figure / sizeof figure[0] && rows != NULL; i++)
        (void)json_object_set_new(rows, figure[i].name, figure_json(column, &figure[i]));
    /* One end of the colours for each field of the pictures; all begin at nothing. */
    double most[3] = {0.0};
    (void)json_unpack(rows, "{s:{s:F}, s:{s:F}, s:{s:F}}", "peak_von_mises", "most", &most[0],
                      "joint_density_most", "most", &most[1], "max_displacement", "most", &most[2]);
    scale = json_pack("{s:[f, f], s:[f, f], s:[f, f]}", "_VON_MISES_MPA", 0.0, most[0],
                      "_DENSITY_MG_CM3", 0.0, most[1], "_DISPLACEMENT_MM", 0.0, most[2]);
    return json_pack("{s:i, s:b, s:o, s:o, s:{s:o, s:o}, s:s}", "osteon_compare", 1,
                     "same_law_and_study", (int)alike(column), "figures", rows, "scale", scale,
                     "centre", "stress", centre_json(column, "stress"), "density",
                     centre_json(column, "density"), "state_how", mech_state_how(m));
}

bool mech_write_compare(const struct mech *m, struct ost_err *err)
{
    struct column column[COLUMNS] = {read_column(m->case_dir, ""),
                                     read_column(m->case_dir, "planned_"),
                                     read_column(m->options->against, "")};
    bool ok = false;
    if (column[BEFORE].fem == NULL) {
        (void)ost_fail(err, OST_NOT_FOUND,
                       "--planned: nothing to compare with; run osteon fem on the case as it is");
    } else if (m->options->against != NULL && column[OTHER].fem == NULL) {
        (void)ost_fail(err, OST_NOT_FOUND, "--against: run osteon fem on that case first");
    } else {
        ok = mech_put_json(m, "result/compare.json", compare_json(m, column), err);
    }
    for (int c = 0; c < COLUMNS; c++) {
        json_decref(column[c].fem);
        json_decref(column[c].joint);
    }
    return ok;
}
