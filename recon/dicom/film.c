#include "recon/dicom/film_impl.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *sop_class;
    enum ost_clean_modality modality;
} readable[] = {{"1.2.840.10008.5.1.4.1.1.1", OST_CLEAN_CR},
                {"1.2.840.10008.5.1.4.1.1.1.1", OST_CLEAN_DX},
                {"1.2.840.10008.5.1.4.1.1.1.1.1", OST_CLEAN_DX},
                {"1.2.840.10008.5.1.4.1.1.7", OST_CLEAN_SC},
                {"1.2.840.10008.5.1.4.1.1.77.1.4", OST_CLEAN_XC},
                {"1.2.840.10008.5.1.4.1.1.2", OST_CLEAN_X_CT}};

bool ost_film_kind(const struct ost_dataset *dataset, struct ost_clean_facts *facts,
                   struct ost_err *err)
{
    char sop_class[65];
    (void)ost_dataset_text(dataset, 0x00080016, sop_class, sizeof sop_class);
    for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++) {
        if (strcmp(sop_class, readable[i].sop_class) == 0) {
            facts->modality = readable[i].modality;
            facts->kind = facts->modality == OST_CLEAN_X_CT ? OST_CLEAN_CT : OST_CLEAN_FILM;
            if (!ost_dataset_has_pixels(dataset))
                return ost_fail(err, OST_INVALID, "the DICOM file holds no picture");
            return true;
        }
    }
    return ost_fail(err, OST_UNSUPPORTED,
                    "this DICOM file is no film and no CT slice: send CR, DX, secondary capture "
                    "or CT");
}

/* ------------------------------------------------ closed words */

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Letters only, capitals: "Postero-anterior" becomes POSTEROANTERIOR. */
static void capitals(char *text)
{
    size_t made = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (is_letter(*c))
            text[made++] = (char)(*c & ~32);
    }
    text[made] = '\0';
}

static const struct {
    const char *word;
    enum ost_clean_view view;
} view_word[] = {{"PA", OST_CLEAN_VIEW_PA},       {"AP", OST_CLEAN_VIEW_AP},
                 {"LL", OST_CLEAN_VIEW_LATERAL},  {"RL", OST_CLEAN_VIEW_LATERAL},
                 {"LAT", OST_CLEAN_VIEW_LATERAL}, {"ML", OST_CLEAN_VIEW_LATERAL},
                 {"LM", OST_CLEAN_VIEW_LATERAL},  {"LATERAL", OST_CLEAN_VIEW_LATERAL},
                 {"OBL", OST_CLEAN_VIEW_OBLIQUE}, {"LLO", OST_CLEAN_VIEW_OBLIQUE},
                 {"RLO", OST_CLEAN_VIEW_OBLIQUE}, {"LPO", OST_CLEAN_VIEW_OBLIQUE},
                 {"RPO", OST_CLEAN_VIEW_OBLIQUE}, {"LAO", OST_CLEAN_VIEW_OBLIQUE},
                 {"RAO", OST_CLEAN_VIEW_OBLIQUE}, {"OBLIQUE", OST_CLEAN_VIEW_OBLIQUE},
                 {"DP", OST_CLEAN_VIEW_PA},       {"POSTEROANTERIOR", OST_CLEAN_VIEW_PA},
                 {"PD", OST_CLEAN_VIEW_AP},       {"ANTEROPOSTERIOR", OST_CLEAN_VIEW_AP}};

static enum ost_clean_view view_of(char *text)
{
    capitals(text);
    for (size_t i = 0; i < sizeof view_word / sizeof view_word[0]; i++) {
        if (strcmp(text, view_word[i].word) == 0)
            return view_word[i].view;
    }
    if (strstr(text, "OBLIQUE") != NULL)
        return OST_CLEAN_VIEW_OBLIQUE;
    return strstr(text, "LATERAL") != NULL ? OST_CLEAN_VIEW_LATERAL : OST_CLEAN_VIEW_UNKNOWN;
}

static enum ost_clean_view read_view(const struct ost_dataset *dataset)
{
    char text[65];
    if (ost_dataset_text(dataset, 0x00185101, text, sizeof text)) {
        enum ost_clean_view view = view_of(text);
        if (view != OST_CLEAN_VIEW_UNKNOWN)
            return view;
    }
    if (ost_dataset_item_text(dataset, 0x00540220, 0x00080100, text, sizeof text)) {
        if (strcmp(text, "R-10214") == 0)
            return OST_CLEAN_VIEW_PA;
        if (strcmp(text, "R-10206") == 0)
            return OST_CLEAN_VIEW_AP;
    }
    if (ost_dataset_item_text(dataset, 0x00540220, 0x00080104, text, sizeof text))
        return view_of(text);
    return OST_CLEAN_VIEW_UNKNOWN;
}

static enum ost_clean_side read_side(const struct ost_dataset *dataset)
{
    static const uint32_t tag[] = {0x00200062, 0x00200060};
    for (size_t i = 0; i < 2; i++) {
        char text[17];
        if (!ost_dataset_text(dataset, tag[i], text, sizeof text))
            continue;
        if (text[0] == 'L')
            return OST_CLEAN_SIDE_LEFT;
        if (text[0] == 'R')
            return OST_CLEAN_SIDE_RIGHT;
        if (text[0] == 'B')
            return OST_CLEAN_SIDE_BOTH;
    }
    return OST_CLEAN_SIDE_UNKNOWN;
}

/* ------------------------------------------------ millimetres */

/* Row spacing comes first in the file; ours runs along a row first. */
static bool read_spacing(const struct ost_dataset *dataset, uint32_t tag, double spacing[2])
{
    double down = 0, across = 0;
    if (!ost_dataset_number(dataset, tag, 0, &down) ||
        !ost_dataset_number(dataset, tag, 1, &across))
        return false;
    if (!(down >= 0.005 && down <= 10.0 && across >= 0.005 && across <= 10.0))
        return false;
    spacing[0] = across;
    spacing[1] = down;
    return true;
}

static double read_ratio(const struct ost_dataset *dataset)
{
    double m = 0, detector = 0, patient = 0;
    if (ost_dataset_number(dataset, 0x00181114, 0, &m) && m >= 1.0 && m <= 3.0)
        return m;
    if (ost_dataset_number(dataset, 0x00181110, 0, &detector) &&
        ost_dataset_number(dataset, 0x00181111, 0, &patient) && patient > 0 &&
        detector >= patient && detector <= 3.0 * patient)
        return detector / patient;
    return 0;
}

static bool is_calibrated(const struct ost_dataset *dataset)
{
    char text[17];
    return ost_dataset_text(dataset, 0x00280A02, text, sizeof text) &&
           (strncmp(text, "GEOMETRY", 8) == 0 || strncmp(text, "FIDUCIAL", 8) == 0);
}

/*
 * PS3.3 10.7.1: Pixel Spacing is at the patient only where it says how it was calibrated;
 * otherwise it and Imager Pixel Spacing are the pitch of the detector.
 */
static void film_spacing(const struct ost_dataset *dataset, struct ost_clean_facts *facts)
{
    static const uint32_t pitch[] = {0x00181164, 0x00280030, 0x00182010};
    double stated = 0;
    facts->magnification = read_ratio(dataset);
    if (is_calibrated(dataset) && read_spacing(dataset, 0x00280030, facts->spacing)) {
        facts->spacing_how = OST_CLEAN_HOW_MEASURED;
        return;
    }
    for (size_t i = 0; i < 3 && facts->spacing_how == OST_CLEAN_HOW_NONE; i++) {
        if (read_spacing(dataset, pitch[i], facts->spacing))
            facts->spacing_how = OST_CLEAN_HOW_ASSUMED;
    }
    if (facts->spacing_how == OST_CLEAN_HOW_ASSUMED &&
        ost_dataset_number(dataset, 0x00181114, 0, &stated) && stated == facts->magnification &&
        stated > 0) {
        facts->spacing[0] /= stated;
        facts->spacing[1] /= stated;
        facts->spacing_how = OST_CLEAN_HOW_MEASURED;
    }
}

static bool three(const struct ost_dataset *dataset, uint32_t tag, size_t from, double out[3])
{
    for (size_t i = 0; i < 3; i++) {
        if (!ost_dataset_number(dataset, tag, from + i, &out[i]) || fabs(out[i]) > 1e5)
            return false;
        out[i] += 0.0; /* minus zero has a second spelling */
    }
    return true;
}

static bool ct_place(const struct ost_dataset *dataset, struct ost_clean_facts *facts,
                     struct ost_err *err)
{
    double number = 0;
    if (!read_spacing(dataset, 0x00280030, facts->spacing) ||
        !three(dataset, 0x00200032, 0, facts->position) ||
        !three(dataset, 0x00200037, 0, facts->along_row) ||
        !three(dataset, 0x00200037, 3, facts->along_column)) {
        return ost_fail(err, OST_INVALID,
                        "the CT slice does not say where it lies (spacing, position, orientation)");
    }
    facts->spacing_how = OST_CLEAN_HOW_MEASURED;
    if (ost_dataset_number(dataset, 0x00180050, 0, &number) && number > 0 && number <= 1000)
        facts->thickness = number;
    if (ost_dataset_number(dataset, 0x00200013, 0, &number) && fabs(number) < 1e9)
        facts->instance = (int32_t)number;
    return true;
}

bool ost_film_facts(const struct ost_dataset *dataset, struct ost_clean_facts *facts,
                    struct ost_err *err)
{
    if (facts->kind == OST_CLEAN_CT)
        return ct_place(dataset, facts, err);
    film_spacing(dataset, facts);
    facts->view = read_view(dataset);
    facts->side = read_side(dataset);
    return true;
}
