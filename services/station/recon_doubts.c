#include "recon/math/vec.h"
#include "recon/shape/physis.h"
#include "services/station/recon_doubts_impl.h"
#include "services/station/recon_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Set on simulated adults and on real films of children; see recon/shape/README.md. */
static const double off_limit_sd = 0.7, cut_limit = 0.1, small_sd = 3.0, child_sd = 3.5;
static const double hopeless = 1.5;   /* times the doubtful: what is read there is no radius */
static const double apart_deg = 25.0; /* views nearer to each other than this are as good as one */

void ost_recon_warn(struct ost_recon_found *found, const char *code, const char *text)
{
    for (size_t i = 0; i < found->warning_count; i++)
        if (strcmp(found->warning[i].code, code) == 0)
            return;
    if (found->warning_count == OST_RESULT_WARNINGS)
        return;
    struct ost_result_warning *to = &found->warning[found->warning_count++];
    (void)snprintf(to->code, sizeof to->code, "%s", code);
    (void)snprintf(to->text, sizeof to->text, "%s", text);
}

double ost_recon_least_seen(const struct ost_find *find)
{
    double share = 1.0;
    for (size_t i = 0; i < find->view_count; i++)
        share = fmin(share, find->contour[i].share);
    return share;
}

/* Standard deviations below the mean adult's size; 0 where nothing says how large a pixel is. */
static double sd_below_adults(const struct ost_recon_seen *seen)
{
    double sd = ost_prior_numbers_view(seen->prior)->log_scale_sd;
    return ost_recon_films_are_sized(seen->films) ? -seen->find->arm.log_scale / sd : 0.0;
}

bool ost_recon_recognised(const struct ost_recon_seen *seen, struct ost_err *err)
{
    const struct ost_find *find = seen->find;
    const double share = ost_recon_least_seen(find), below = sd_below_adults(seen);
    const bool doubtful = find->doubt > ost_find_doubtful_mm;
    if (find->plate >= ost_physis_sure && find->doubt > hopeless * ost_find_doubtful_mm)
        return ost_fail(
            err, OST_UNSUPPORTED,
            "no adult wrist is recognised: a film is unlike any, with a dark line across "
            "where the radius would end (another thing, a child?)");
    if (find->plate >= ost_physis_sure)
        return ost_fail(
            err, OST_UNSUPPORTED,
            "a film shows an open growth plate in the distal radius: the shape model is "
            "of adults, children cannot be reconstructed");
    if (below > child_sd || (doubtful && below > small_sd))
        return ost_fail(
            err, OST_UNSUPPORTED,
            "bones %.0f %% smaller than adults': a child's wrist, whose growth plates are not "
            "modelled, or a wrong spacing_mm",
            100.0 * (1.0 - exp(find->arm.log_scale)));
    if (doubtful && share < ost_recon_share)
        return ost_fail(
            err, OST_UNSUPPORTED,
            "no adult wrist is recognised: a film is unlike them, and only %.0f %% of an "
            "outline lies on edges (another part, a child, a cast?)",
            100.0 * share);
    return true;
}

/* The greatest angle between two films' axes, degrees. */
static double spread_of_views(const struct ost_find *find)
{
    double most = 0.0;
    for (size_t i = 1; i < find->view_count; i++)
        for (size_t k = 0; k < i; k++) {
            double s[3], a[3], b[3];
            ost_camera_ray(&find->camera[i], find->camera[i].principal, s, a);
            ost_camera_ray(&find->camera[k], find->camera[k].principal, s, b);
            /* From behind a film shows what it shows from the front. */
            most = fmax(most, ost_degrees(acos(fmin(1.0, fabs(ost_dot(a, b))))));
        }
    return most;
}

static void doubt_views(const struct ost_recon_seen *seen, struct ost_recon_found *found)
{
    if (found->view_count == 1)
        ost_recon_warn(found, "one_view",
                       "one view only: angles are uncertain, a second view is needed");
    else if (spread_of_views(seen->find) < apart_deg)
        ost_recon_warn(found, "one_direction",
                       "all films look nearly the same way: they count as one view, add another");
    if (seen->find->swapped)
        ost_recon_warn(found, "views_swapped",
                       "the views fit better with their names exchanged and were read so: check "
                       "them");
}

static bool has_guessed_size(const struct ost_recon_films *films)
{
    bool guessed = false;
    for (size_t i = 0; i < films->count; i++)
        guessed = guessed || (!films->input[i].has_camera &&
                              (films->view[i].spacing_how == OST_SPACING_ASSUMED ||
                               films->view[i].spacing_how == OST_SPACING_ESTIMATED));
    return guessed;
}

static void doubt_size(const struct ost_recon_seen *seen, struct ost_recon_found *found)
{
    if (!ost_recon_films_are_sized(seen->films))
        ost_recon_warn(found, "scale_from_prior",
                       "no pixel size: lengths come from the shape model, +-5 % at least; give "
                       "spacing_mm");
    else if (has_guessed_size(seen->films))
        ost_recon_warn(found, "size_assumed",
                       "a pixel size is assumed, not measured: lengths are only as good as it is");
    if (seen->films->straightened)
        ost_recon_warn(found, "straightened",
                       "a film was photographed at an angle and was straightened by its rim");
    if (seen->films->leaning)
        ost_recon_warn(
            found, "leaning",
            "a film looks photographed at an angle: its pixel size cannot hold all over");
    if (sd_below_adults(seen) > small_sd)
        ost_recon_warn(found, "small_bones",
                       "smaller than adult forearms: a child's arm, or a wrong pixel size");
}

static void doubt_side(const struct ost_recon_seen *seen, struct ost_recon_found *found)
{
    bool shows = false;
    for (size_t i = 0; i < seen->films->count; i++)
        shows = shows || seen->films->view[i].projection != OST_PROJECTION_LATERAL;
    if (!shows)
        ost_recon_warn(found, "side_unchecked",
                       "on lateral films alone left and right look alike, in a mirror too: the "
                       "side cannot be checked");
    if (seen->find->conflicts > 0)
        ost_recon_warn(found, "side_conflict",
                       "a film looks like the other arm, or taken from the other side: check "
                       "marker, side and view");
}

static void doubt_reading(const struct ost_find_rival *rival, struct ost_recon_found *found)
{
    static const enum ost_find_number of[OST_RESULT_READ] = {
        [OST_VOLAR_TILT] = OST_FIND_TILT,
        [OST_RADIAL_INCLINATION] = OST_FIND_INCLINATION,
        [OST_RADIAL_HEIGHT] = OST_FIND_HEIGHT,
        [OST_ULNAR_VARIANCE] = OST_FIND_VARIANCE};
    char text[OST_RESULT_TEXT];
    found->second.present = rival->present;
    if (!rival->present)
        return;
    for (int m = 0; m < OST_RESULT_READ; m++)
        found->second.measure[m] = rival->number[of[m]];
    (void)snprintf(
        text, sizeof text,
        "the films can be read in another way nearly as well: volar tilt %.1f, "
        "inclination %.1f degrees, height %.1f, variance %.1f mm; the intervals hold both",
        rival->number[OST_FIND_TILT], rival->number[OST_FIND_INCLINATION],
        rival->number[OST_FIND_HEIGHT], rival->number[OST_FIND_VARIANCE]);
    ost_recon_warn(found, "two_readings", text);
}

void ost_recon_doubts(const struct ost_recon_seen *seen, struct ost_recon_found *found)
{
    const struct ost_find *find = seen->find;
    doubt_size(seen, found);
    doubt_views(seen, found);
    doubt_side(seen, found);
    doubt_reading(&find->rival, found);
    if (seen->films->camera_unused)
        ost_recon_warn(found, "camera_unused",
                       "a camera counts where each of two films or more has one: it was not used");
    if (find->cut_off > cut_limit)
        ost_recon_warn(found, "bone_cut",
                       "part of the wrist lies beyond a film's rim: take the film anew");
    if (find->doubt > ost_find_doubtful_mm)
        ost_recon_warn(found, "unlike",
                       "a film is unlike those of adult wrists (a child, a cast, a plate?): "
                       "look at the outlines before using any number");
    if (find->plate >= ost_physis_doubtful)
        ost_recon_warn(found, "growth_plate",
                       "a dark line crosses the distal radius: an open growth plate? the shape "
                       "model is of adults");
    if (find->off_sd > off_limit_sd)
        ost_recon_warn(found, "films_disagree",
                       "no one arm explains all films: are they of the same wrist?");
    if (ost_recon_least_seen(find) < ost_recon_share)
        ost_recon_warn(found, "few_edges",
                       "less than half of the outline lies on an edge: look at the films");
}
