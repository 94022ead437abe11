#include "fem/study/study.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const char *const load_name[OST_LOADS] = {"fossae", "contact", "end", "couple",
                                                 "contact-deformable"};
static const char *const mapping_name[OST_MAPPINGS] = {"v3", "v1", "v2", "gauss"};
static const char *const yield_name[OST_YIELDS] = {"none", "drucker-prager"};
static const char *const fixation_name[OST_FIXATIONS] = {"none", "plate"};

/* Its place among the names; past the last where it is none of them. */
static unsigned place_of(const char *name, const char *const list[], unsigned count)
{
    unsigned i = 0;
    while (i < count && strcmp(name, list[i]) != 0)
        i++;
    return i;
}

const char *ost_study_load_name(enum ost_study_load load)
{
    return (unsigned)load < OST_LOADS ? load_name[load] : "unknown";
}

enum ost_study_load ost_study_load_of(const char *name)
{
    return (enum ost_study_load)place_of(name, load_name, OST_LOADS);
}

const char *ost_study_mapping_name(enum ost_study_mapping mapping)
{
    return (unsigned)mapping < OST_MAPPINGS ? mapping_name[mapping] : "unknown";
}

enum ost_study_mapping ost_study_mapping_of(const char *name)
{
    return (enum ost_study_mapping)place_of(name, mapping_name, OST_MAPPINGS);
}

const char *ost_study_yield_name(enum ost_study_yield yield)
{
    return (unsigned)yield < OST_YIELDS ? yield_name[yield] : "unknown";
}

enum ost_study_yield ost_study_yield_of(const char *name)
{
    return (enum ost_study_yield)place_of(name, yield_name, OST_YIELDS);
}

const char *ost_study_fixation_name(enum ost_study_fixation fixation)
{
    return (unsigned)fixation < OST_FIXATIONS ? fixation_name[fixation] : "unknown";
}

enum ost_study_fixation ost_study_fixation_of(const char *name)
{
    return (enum ost_study_fixation)place_of(name, fixation_name, OST_FIXATIONS);
}

struct ost_study ost_study_axial(void)
{
    return (struct ost_study){
        .name = "axial",
        .load_n = 100.0,
        .radius_share = 0.8,
        .scaphoid_share = 0.6,
        .direction = {0.0, 0.0, -1.0},
        .moment = {0.0, 0.0, 1000.0},
        .end_mm = 12.0,
        .held_mm = 3.0,
        .length_mm = 80.0,
        .lattice_mm = 1.12,
        .poisson = 0.3,
        .law = ost_law_nth(0),
        .least_mpa = 1.0,
        .tolerance = 1e-8,
        .iterations_most = 500,
        .increments = 20,
        .nodes = 4,
        .coarsen = 1.0,
        .implant_mpa = 110000.0,
        .cartilage_mpa = 10.0,
    };
}

struct ost_study ost_study_compression(void)
{
    struct ost_study study = ost_study_axial();
    static const char name[] = "compression";
    memcpy(study.name, name, sizeof name);
    study.load = OST_LOAD_END;
    study.load_n = 1000.0;
    study.radius_share = 1.0;
    study.length_mm = 600.0;
    return study;
}

static bool within(double value, double low, double high)
{
    return value >= low && value <= high;
}

/* Neither yields nor gives way under its carpals. */
static bool is_linear(const struct ost_study *study)
{
    return study->yield == OST_YIELD_NONE && study->load != OST_LOAD_TOUCH;
}

/* What goes with what. */
static bool check_parts(const struct ost_study *s, struct ost_err *err)
{
    const bool alone =
        s->gap_mpa == 0.0 && s->fixation == OST_FIXATION_NONE && s->cartilage_mm == 0.0 && !s->ulna;
    const struct {
        const char *what;
        bool good;
    } rule[] = {
        {"membrane_mm is for linear studies, neither yielding nor contact-deformable",
         s->membrane_mm == 0.0 || is_linear(s)},
        {"nodes must be 4 or 10", s->nodes == 4 || s->nodes == 10},
        {"nodes 10 is for linear studies without a membrane, neither yielding nor "
         "contact-deformable",
         s->nodes == 4 || (is_linear(s) && s->membrane_mm == 0.0)},
        {"coarsen must be from 1 to 6", within(s->coarsen, 1.0, 6.0)},
        {"gap_mpa must be 0, or from 0.01 to 20000",
         s->gap_mpa == 0.0 || within(s->gap_mpa, 0.01, 20000.0)},
        {"fixation must be none or plate", (unsigned)s->fixation < OST_FIXATIONS},
        {"fixation needs lattice_mm times coarsen of at most 1.5: a plate is 2 mm thick",
         s->fixation == OST_FIXATION_NONE || s->lattice_mm * s->coarsen <= 1.5},
        {"implant_mpa must be from 100 to 300000", within(s->implant_mpa, 100.0, 300000.0)},
        {"cartilage_mm must be 0, or from 0.4 to 4 and no thinner than lattice_mm",
         s->cartilage_mm == 0.0 ||
             (within(s->cartilage_mm, 0.4, 4.0) && s->cartilage_mm >= s->lattice_mm)},
        {"cartilage_mpa must be from 0.1 to 100", within(s->cartilage_mpa, 0.1, 100.0)},
        {"cartilage_mm is for load fossae: in a contact cartilage is springs",
         s->cartilage_mm == 0.0 || s->load == OST_LOAD_FOSSAE},
        {"ulna is for load fossae", !s->ulna || s->load == OST_LOAD_FOSSAE},
        {"gap_mpa, fixation, cartilage_mm and ulna are for linear studies without a membrane",
         alone || (is_linear(s) && s->membrane_mm == 0.0)},
    };
    for (size_t i = 0; i < sizeof rule / sizeof rule[0]; i++) {
        if (!rule[i].good)
            return ost_fail(err, OST_INVALID, "study: %s", rule[i].what);
    }
    return true;
}

bool ost_study_check(const struct ost_study *study, struct ost_err *err)
{
    const double *d = study->direction, *m = study->moment;
    const struct {
        const char *what;
        bool good;
    } rule[] = {
        {"load_n must be from 0.1 to 20000", within(study->load_n, 0.1, 20000.0)},
        {"radius_share must be from 0.01 to 1", within(study->radius_share, 0.01, 1.0)},
        {"scaphoid_share must be from 0 to 1", within(study->scaphoid_share, 0.0, 1.0)},
        {"direction must have a length", within(hypot(hypot(d[0], d[1]), d[2]), 1e-6, 1e6)},
        {"load must be one of ours", (unsigned)study->load < OST_LOADS},
        {"mapping must be one of ours", (unsigned)study->mapping < OST_MAPPINGS},
        {"moment_nmm must have a length", within(hypot(hypot(m[0], m[1]), m[2]), 1e-3, 1e7)},
        {"end_mm must be from 2 to 60", within(study->end_mm, 2.0, 60.0)},
        {"held_mm must be from 3 to 60", within(study->held_mm, 3.0, 60.0)},
        {"length_mm must be from 20 to 600", within(study->length_mm, 20.0, 600.0)},
        {"lattice_mm must be from 0.4 to 3", within(study->lattice_mm, 0.4, 3.0)},
        {"poisson must be from 0 to 0.49", within(study->poisson, 0.0, 0.49)},
        {"law must be one of ours", study->law != NULL},
        {"least_mpa must be from 1e-6 to 1000", within(study->least_mpa, 1e-6, 1000.0)},
        {"membrane_mm must be from 0 to 2", within(study->membrane_mm, 0.0, 2.0)},
        {"tolerance must be from 1e-14 to 1e-2", within(study->tolerance, 1e-14, 1e-2)},
        {"yield must be none or drucker-prager", (unsigned)study->yield < OST_YIELDS},
        {"yield needs a law that gives a strength, as keyak1998 does",
         study->yield == OST_YIELD_NONE || study->law == NULL || study->law->strength != NULL},
        {"increments must be from 1 to 200", study->increments >= 1 && study->increments <= 200},
        {"iterations_most must be from 1 to 100000",
         study->iterations_most >= 1 && study->iterations_most <= 100000},
    };
    for (size_t i = 0; i < sizeof rule / sizeof rule[0]; i++) {
        if (!rule[i].good)
            return ost_fail(err, OST_INVALID, "study: %s", rule[i].what);
    }
    return check_parts(study, err);
}
