/*
 * A picture without a patient. `struct ost_clean_dicom` is the only form in which an
 * image reaches the store, and a clean record (the flat bytes behind it) is the only
 * thing that leaves the process that parsed the file: sizes, closed words, numbers and
 * pixels, no free text. ost_clean_dicom_open() is its only decoder: it knows nothing of
 * DICOM, checks every length and every word, and accepts exactly one spelling.
 *
 * Headers are clean by construction; pixels are clean after a person has looked at the
 * suspected boxes and blacked out what names the patient.
 */
#ifndef OST_DICOM_CLEAN_H
#define OST_DICOM_CLEAN_H

#include "recon/base/buf.h"
#include "recon/base/err.h"
#include "recon/image/image.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

enum ost_clean_kind { OST_CLEAN_FILM = 1, OST_CLEAN_CT };
enum ost_clean_source { OST_CLEAN_FROM_DICOM = 1, OST_CLEAN_FROM_PNG, OST_CLEAN_FROM_JPEG };
enum ost_clean_modality {
    OST_CLEAN_CR = 1,
    OST_CLEAN_DX,
    OST_CLEAN_SC,
    OST_CLEAN_XC,
    OST_CLEAN_X_CT
};
enum ost_clean_view {
    OST_CLEAN_VIEW_UNKNOWN,
    OST_CLEAN_VIEW_PA,
    OST_CLEAN_VIEW_AP,
    OST_CLEAN_VIEW_LATERAL,
    OST_CLEAN_VIEW_OBLIQUE
};
enum ost_clean_side {
    OST_CLEAN_SIDE_UNKNOWN,
    OST_CLEAN_SIDE_LEFT,
    OST_CLEAN_SIDE_RIGHT,
    OST_CLEAN_SIDE_BOTH
};

/*
 * How a pixel size is known. MEASURED: calibrated in the picture, corrected by the
 * magnification the file states, or CT. ASSUMED: the detector's own pitch, so that every
 * length still carries an unknown magnification (about 2 to 5 % at the wrist).
 */
enum ost_clean_how { OST_CLEAN_HOW_NONE, OST_CLEAN_HOW_MEASURED, OST_CLEAN_HOW_ASSUMED };

enum ost_clean_uid { OST_CLEAN_STUDY, OST_CLEAN_SERIES, OST_CLEAN_FRAME, OST_CLEAN_INSTANCE };

enum {
    OST_CLEAN_BOXES = 64, /* suspected, and blacked out, each */
    OST_CLEAN_UID_TEXT = 48,
    OST_CLEAN_PIXELS_MOST = 64 << 20,
    OST_CLEAN_BYTES_MOST = 160 << 20 /* of a whole record */
};

struct ost_clean_box {
    uint32_t x, y, w, h; /* pixels; inside the picture, w and h at least 1 */
};

struct ost_clean_facts {
    enum ost_clean_kind kind;
    enum ost_clean_source source;
    enum ost_clean_modality modality;
    uint32_t width, height;
    uint32_t bits;      /* 8 or 16 as kept here; CT is 16, signed */
    bool low_is_bright; /* MONOCHROME1 as it came; the getters below have turned it */
    enum ost_clean_view view;
    enum ost_clean_side side;
    double spacing[2]; /* mm per pixel along a row, along a column; 0 where how is NONE */
    enum ost_clean_how spacing_how;
    double magnification; /* as the file states it, 0 where it does not */
    double window[2];     /* centre, width in kept values; width 0: none */
    /* CT only: the centre of the first pixel and two unit vectors, LPS, mm. */
    double position[3], along_row[3], along_column[3];
    double thickness;
    int32_t instance;
};

struct ost_clean_dicom;

/* Copies what it needs. Fails with OST_CORRUPT or OST_LIMIT; `bytes` may be anything. */
OST_MUST_CHECK
bool ost_clean_dicom_open(const void *bytes, size_t len, struct ost_clean_dicom **out,
                          struct ost_err *err);
void ost_clean_dicom_destroy(struct ost_clean_dicom *clean); /* NULL is fine */
OST_AUTO_DEFINE(ost_clean_dicom);

const struct ost_clean_facts *ost_clean_dicom_facts_view(const struct ost_clean_dicom *clean);

/* The record: the same picture gives the same bytes. Dies with the next change. */
const unsigned char *ost_clean_dicom_bytes_view(const struct ost_clean_dicom *clean, size_t *len);

/* Where lettering is suspected; a person decides. */
const struct ost_clean_box *ost_clean_dicom_suspected_view(const struct ost_clean_dicom *clean,
                                                           size_t *count);
const struct ost_clean_box *ost_clean_dicom_blacked_view(const struct ost_clean_dicom *clean,
                                                         size_t *count);

/* A film: larger is brighter on the light box (bone bright). CT: Hounsfield units. */
OST_MUST_CHECK
bool ost_clean_dicom_image(const struct ost_clean_dicom *clean, struct ost_image **out,
                           struct ost_err *err);

/* width * height bytes to look at: the file's window, else the 0.5 and 99.5 percentiles. */
OST_MUST_CHECK
bool ost_clean_dicom_preview(const struct ost_clean_dicom *clean, struct ost_buf *grey,
                             struct ost_err *err);

/*
 * Fills each box with the darkest value found on the ring around it and writes the box
 * into the record. OST_INVALID outside the picture, OST_LIMIT beyond OST_CLEAN_BOXES.
 */
OST_MUST_CHECK
bool ost_clean_dicom_blackout(struct ost_clean_dicom *clean, const struct ost_clean_box *box,
                              size_t count, struct ost_err *err);

/* What the person who looked says of the projection. */
OST_MUST_CHECK
bool ost_clean_dicom_set_view(struct ost_clean_dicom *clean, enum ost_clean_view view,
                              struct ost_err *err);

/*
 * A fresh record carries digests of the file and of its UIDs, made without a secret by
 * the process that parsed it. Keying replaces them by HMAC-SHA-256 under `key`, so that
 * the same study sent twice is one study and nobody without the key can tell which;
 * without a key they are zeroed. Either happens once, before the record is stored.
 */
OST_MUST_CHECK
bool ost_clean_dicom_key(struct ost_clean_dicom *clean, const void *key, size_t key_len,
                         struct ost_err *err);
bool ost_clean_dicom_is_keyed(const struct ost_clean_dicom *clean);

/* "2.25.N" under the key; empty where the file had none. */
void ost_clean_dicom_uid(const struct ost_clean_dicom *clean, enum ost_clean_uid which,
                         char text[OST_CLEAN_UID_TEXT]);

/* What was removed, as one JSON object: tags, actions and counts, never a value. */
OST_MUST_CHECK
bool ost_clean_dicom_removed_json(const struct ost_clean_dicom *clean, struct ost_buf *json,
                                  struct ost_err *err);

/* "film", "pa", "left", "measured", ...: stable, used in JSON. */
const char *ost_clean_kind_name(enum ost_clean_kind kind);
const char *ost_clean_view_name(enum ost_clean_view view);
const char *ost_clean_side_name(enum ost_clean_side side);
const char *ost_clean_how_name(enum ost_clean_how how);
/* False for a word that is none of them. */
bool ost_clean_view_of(const char *name, enum ost_clean_view *out);

OST_C_END

#endif
