/*
 * One writer, two forms: canonical CBOR (RFC 8949 4.2.1, floats always 64 bits) or
 * its JSON twin with the same members in the same order. A map or list says its
 * count first and closes itself after that many members, so what is written once
 * comes out well formed in both. Keys go in the order of their CBOR bytes: shorter
 * first, then bytewise.
 */
#ifndef OST_PLAN_SINK_H
#define OST_PLAN_SINK_H

#include "recon/base/buf.h"
#include "recon/plan/value.h"

OST_C_BEGIN

enum ost_form { OST_FORM_CBOR, OST_FORM_JSON };
enum { OST_SINK_DEPTH = 12 };

struct ost_sink {
    struct ost_buf *buf; /* borrowed; states the limit */
    enum ost_form form;
    int depth;
    struct {
        size_t left; /* members to come */
        bool map, key_next, begun;
    } level[OST_SINK_DEPTH];
};

struct ost_sink ost_sink_to(struct ost_buf *buf, enum ost_form form);

void ost_sink_map(struct ost_sink *sink, size_t count);
void ost_sink_list(struct ost_sink *sink, size_t count);
void ost_sink_key(struct ost_sink *sink, const char *key);
void ost_sink_text(struct ost_sink *sink, const char *text);
void ost_sink_integer(struct ost_sink *sink, int64_t v);
void ost_sink_f64(struct ost_sink *sink, double v); /* finite; -0 is written as 0 */
void ost_sink_bool(struct ost_sink *sink, bool v);
void ost_sink_null(struct ost_sink *sink);

/* A motion is the map {r, t}; none is null. */
void ost_sink_value(struct ost_sink *sink, const struct ost_value *value);

/* -1, 0 or 1 as canonical maps order their keys. */
int ost_key_order(const char *a, const char *b);

/*
 * The shortest of 15, 16 or 17 digits that reads back bit for bit, always with a
 * dot or an exponent ("2.0"), so that a number and an integer stay apart.
 */
enum { OST_F64_TEXT = 32 };
void ost_f64_text(double v, char text[OST_F64_TEXT]);

OST_C_END

#endif
