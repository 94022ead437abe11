/* In the child: what the tools read, from clean records. */
#include "recon/dicom/series.h"
#include "recon/image/png.h"
#include "services/casefile/casefile.h"
#include "services/casefile/disk.h"
#include "services/pipeline/fill_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool open_clean(const struct ost_work *work, const char *name, struct ost_clean_dicom **out,
                       struct ost_err *err)
{
    struct ost_buf bytes;
    ost_buf_init(&bytes, OST_CLEAN_BYTES_MOST);
    bool ok = ost_disk_read(work->dir, name, &bytes, err) &&
              ost_clean_dicom_open(bytes.ptr, bytes.len, out, err);
    ost_buf_fini(&bytes);
    return ok;
}

static bool write_png(const struct ost_work *work, const struct ost_clean_dicom *clean,
                      const char *name, struct ost_err *err)
{
    struct ost_buf png;
    OST_AUTO(ost_image) image = NULL;
    if (!ost_clean_dicom_image(clean, &image, err))
        return false;
    ost_buf_init(&png, OST_CLEAN_BYTES_MOST);
    bool ok = ost_png_write_grey(image, ost_clean_dicom_facts_view(clean)->bits, &png, err) &&
              ost_disk_write(work->dir, name, &png, err);
    ost_buf_fini(&png);
    return ok;
}

/* The row may say more than the file did: the uploader names projections. */
static void fill_view(const struct ost_db_film *film, const struct ost_clean_facts *facts,
                      struct ost_case_view *view)
{
    (void)ost_projection_of_name(film->projection, &view->projection);
    view->spacing[0] = film->spacing[0];
    view->spacing[1] = film->spacing[1];
    view->spacing_how = OST_SPACING_NONE;
    if (film->spacing[0] > 0.0 && film->spacing[1] > 0.0 &&
        !ost_spacing_how_of_name(film->spacing_how, &view->spacing_how))
        view->spacing_how = OST_SPACING_MEASURED; /* calibrated: measured by somebody */
    view->bone = facts->source == OST_CLEAN_FROM_DICOM ? OST_BONE_BRIGHT : OST_BONE_AUTO;
}

/* `stem`: "film" or "other", as the folder was filled. */
static bool add_view(const struct ost_work *work, const struct ost_db_film *film, const char *stem,
                     size_t i, struct ost_case_view *view, struct ost_err *err)
{
    char clean_name[OST_WORK_NAME];
    OST_AUTO(ost_clean_dicom) clean = NULL;
    (void)snprintf(clean_name, sizeof clean_name, "%s_%zu.clean", stem, i);
    (void)snprintf(view->image, sizeof view->image, "%s_%zu.png", stem, i);
    if (film->has_camera)
        (void)snprintf(view->camera, sizeof view->camera, "%s_%zu.camera", stem, i);
    if (!open_clean(work, clean_name, &clean, err) || !write_png(work, clean, view->image, err))
        return ost_err_note(err, "film %lld", (long long)film->id);
    fill_view(film, ost_clean_dicom_facts_view(clean), view);
    return true;
}

/*
 * Moments as they come, without the gaps that removed films leave; films said to be of one moment
 * stay so.
 */
static void number_frames(const struct ost_db_film *film, size_t count, struct ost_case_view *view)
{
    uint32_t next = 0;
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        while (film[same].frame != film[i].frame)
            same++;
        view[i].frame = same < i ? view[same].frame : next++;
    }
}

bool ost_fill_case(const struct ost_work *work, struct ost_err *err)
{
    struct ost_case about = {.simulated = work->about.simulated};
    (void)ost_side_of_name(work->about.side, &about.side);
    for (size_t i = 0; i < work->film_count; i++) {
        if (!add_view(work, &work->film[i], "film", i, &about.view[about.view_count++], err))
            return false;
    }
    for (size_t i = 0; i < work->other_count; i++) {
        if (!add_view(work, &work->other[i], "other", i, &about.other[about.other_count++], err))
            return false;
    }
    number_frames(work->film, work->film_count, about.view);
    number_frames(work->other, work->other_count, about.other);
    return ost_case_write(work->dir, &about, err);
}

bool ost_fill_ct(const struct ost_work *work, struct ost_series_facts *facts, struct ost_grid **out,
                 struct ost_err *err)
{
    struct ost_clean_dicom **slice =
        calloc(work->slice_count + 1, sizeof(struct ost_clean_dicom *));
    bool ok =
        slice != NULL || ost_fail(err, OST_NOMEM, "no room for %zu slices", work->slice_count);
    for (size_t i = 0; ok && i < work->slice_count; i++) {
        char name[OST_WORK_NAME];
        (void)snprintf(name, sizeof name, "slice_%zu.clean", i);
        ok = open_clean(work, name, &slice[i], err);
    }
    ok = ok && ost_series_volume((const struct ost_clean_dicom *const *)slice, work->slice_count,
                                 facts, out, err);
    for (size_t i = 0; slice != NULL && i < work->slice_count; i++)
        ost_clean_dicom_destroy(slice[i]);
    free(slice);
    return ok;
}
