/*
 * DCMTK's door. A data set is identified: it lives in the process that parses and never
 * leaves this room. No C++ crosses this header, no exception and no log line of the
 * library either. Bytes are scanned (scan.h) before they come here.
 */
#ifndef OST_DICOM_DATASET_IMPL_H
#define OST_DICOM_DATASET_IMPL_H

#include "recon/base/buf.h"
#include "recon/base/err.h"

#include <stddef.h>
#include <stdint.h>

OST_C_BEGIN

struct ost_dataset;

OST_MUST_CHECK
bool ost_dataset_read(const void *bytes, size_t len, struct ost_dataset **out, struct ost_err *err);
OST_MUST_CHECK bool ost_dataset_create(struct ost_dataset **out, struct ost_err *err);
void ost_dataset_destroy(struct ost_dataset *dataset); /* NULL is fine */
OST_AUTO_DEFINE(ost_dataset);

/* Explicit little endian, Part 10, no preamble text, nothing of the old meta header. */
OST_MUST_CHECK
bool ost_dataset_write(struct ost_dataset *dataset, struct ost_buf *out, struct ost_err *err);

/* One attribute as the editor sees it; pointers die when the editor returns. */
struct ost_element {
    uint32_t tag;
    char vr[3];
    char usual[3]; /* what the dictionary says it is, whatever the file does */
    bool known;    /* to the dictionary */
    bool sequence;
    uint32_t depth;      /* 0 at the top */
    uint32_t items;      /* of a sequence */
    const char *creator; /* of a private attribute, else "" */
    const char *value;   /* text as stored; NULL where it is no text */
    size_t len;          /* also of a value that is no text */
    const char *held;    /* the bytes of a value said to be of no kind, else NULL */
    const char *utf8;    /* the same in UTF-8 where the character set needs it, else NULL */
    size_t utf8_len;
};

enum ost_edit {
    OST_EDIT_KEEP, /* a sequence is kept and its items are edited */
    OST_EDIT_DROP,
    OST_EDIT_EMPTY,
    OST_EDIT_SET,  /* to `text`, or to a zero of its kind where it holds no text */
    OST_EDIT_SHELL /* a sequence of one empty item */
};

struct ost_editor {
    enum ost_edit (*edit)(void *user, const struct ost_element *element);
    void *user;
    const char *text; /* what OST_EDIT_SET writes; the editor points it somewhere */
};

/* Every attribute, items of sequences after the sequence itself. */
OST_MUST_CHECK
bool ost_dataset_edit(struct ost_dataset *dataset, struct ost_editor *editor, struct ost_err *err);

/* A top-level value as stored, cut at `size` - 1; false where there is none. */
bool ost_dataset_text(const struct ost_dataset *dataset, uint32_t tag, char *text, size_t size);

/* A number at `index` of a top-level value; false where there is none or it is not finite. */
bool ost_dataset_number(const struct ost_dataset *dataset, uint32_t tag, size_t index, double *out);

/* A value of the first item of a top-level sequence. */
bool ost_dataset_item_text(const struct ost_dataset *dataset, uint32_t sequence, uint32_t tag,
                           char *text, size_t size);
bool ost_dataset_item_number(const struct ost_dataset *dataset, uint32_t sequence, uint32_t tag,
                             size_t index, double *out);
/* All values of such an attribute with 16 bits each, at most `most`; how many there were. */
size_t ost_dataset_item_words(const struct ost_dataset *dataset, uint32_t sequence, uint32_t tag,
                              uint16_t *word, size_t most);

OST_MUST_CHECK
bool ost_dataset_put(struct ost_dataset *dataset, uint32_t tag, const char *text,
                     struct ost_err *err);

/* Takes the attribute out, where it is. */
OST_MUST_CHECK
bool ost_dataset_clear(struct ost_dataset *dataset, uint32_t tag, struct ost_err *err);

struct ost_code_item {
    const char *value, *scheme, *meaning;
};

/* Appends an item to a top-level code sequence. */
OST_MUST_CHECK
bool ost_dataset_put_code(struct ost_dataset *dataset, uint32_t sequence,
                          const struct ost_code_item *code, struct ost_err *err);

/* True for a UID that names a class, syntax or frame of the standard itself. */
bool ost_dataset_is_standard_uid(const char *uid);

/* The representation the dictionary gives a tag, "UN" where it does not know it. */
void ost_dataset_vr(uint32_t tag, char vr[3]);

bool ost_dataset_has_pixels(const struct ost_dataset *dataset);

/*
 * Unpacks the pixels (JPEG, JPEG-LS, RLE, JPEG 2000) so that they lie native and little
 * endian; the scan has bounded their size. OST_UNSUPPORTED for a syntax without a decoder.
 */
OST_MUST_CHECK bool ost_dataset_unpack(struct ost_dataset *dataset, struct ost_err *err);

/* Native pixel bytes, borrowed; NULL where there are none. */
unsigned char *ost_dataset_pixels_view(struct ost_dataset *dataset, size_t *len);

/* Replaces the pixels by native ones of 8 or 16 bits allocated. */
OST_MUST_CHECK
bool ost_dataset_put_pixels(struct ost_dataset *dataset, const void *pixels, size_t len,
                            uint32_t bits, struct ost_err *err);

OST_C_END

#endif
