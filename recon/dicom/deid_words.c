#include "recon/dicom/deid_impl.h"

#include <string.h>

/* Words that can describe a picture and cannot name a person. Ascending. */
static const char *const word[] = {"abdomen",    "and",          "ankle",     "anterior",
                                   "ap",         "arm",          "arthritis", "axial",
                                   "bone",       "both",         "carpal",    "carpus",
                                   "cast",       "chest",        "clavicle",  "comparison",
                                   "contrast",   "coronal",      "cr",        "ct",
                                   "digital",    "distal",       "dorsal",    "dx",
                                   "elbow",      "exam",         "extension", "extremity",
                                   "femur",      "film",         "finger",    "flexion",
                                   "foot",       "forearm",      "fracture",  "frontal",
                                   "hand",       "head",         "high",      "hip",
                                   "humerus",    "image",        "knee",      "lat",
                                   "lateral",    "left",         "leg",       "low",
                                   "lower",      "lunate",       "malunion",  "medial",
                                   "metacarpal", "mri",          "neck",      "neutral",
                                   "oblique",    "of",           "osteotomy", "ot",
                                   "pa",         "pelvis",       "plain",     "plate",
                                   "portable",   "post",         "posterior", "postoperative",
                                   "pre",        "preoperative", "pronation", "proximal",
                                   "radial",     "radiograph",   "radius",    "reconstruction",
                                   "resolution", "right",        "sagittal",  "scan",
                                   "scaphoid",   "series",       "shoulder",  "soft",
                                   "spine",      "splint",       "standard",  "study",
                                   "supination", "the",          "thin",      "thorax",
                                   "thumb",      "tibia",        "tissue",    "ulna",
                                   "ulnar",      "unit",         "upper",     "view",
                                   "views",      "volar",        "with",      "without",
                                   "wrist",      "xr",           "xray"};

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c + 32);
    return c;
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static int compare(const char *text, size_t len, const char *known)
{
    for (size_t i = 0; i < len; i++) {
        if (known[i] == '\0' || lower(text[i]) != known[i])
            return lower(text[i]) < known[i] ? -1 : 1;
    }
    return known[len] == '\0' ? 0 : -1;
}

static bool is_known(const char *text, size_t len)
{
    size_t low = 0, high = sizeof word / sizeof word[0];
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = compare(text, len, word[mid]);
        if (order == 0)
            return true;
        if (order > 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return false;
}

void ost_deid_clean_text(const char *text, size_t len, char *out)
{
    size_t made = 0;
    for (size_t at = 0; at < len;) {
        size_t end = at;
        while (end < len && (is_letter(text[end]) || (text[end] & 0x80) != 0 ||
                             (text[end] >= '0' && text[end] <= '9')))
            end++;
        if (end > at && is_known(text + at, end - at)) {
            if (made > 0)
                out[made++] = ' ';
            memcpy(out + made, text + at, end - at);
            made += end - at;
        }
        at = end > at ? end : at + 1;
    }
    out[made] = '\0';
}
