/*
 * One A4 page as PDF: the only place that knows libharu. Points (1/72 inch), origin
 * top left, y down. Text is UTF-8 in one embedded font that holds Japanese. Errors
 * are kept and told once, at the end. No date, no random id: same page, same bytes.
 */
#ifndef OST_STATION_SHEET_H
#define OST_STATION_SHEET_H

#include "recon/base/buf.h"
#include "recon/image/picture.h"

OST_C_BEGIN

enum { OST_SHEET_WIDTH = 595, OST_SHEET_HEIGHT = 842 };

struct ost_sheet;

OST_MUST_CHECK bool ost_sheet_create(struct ost_sheet **out, struct ost_err *err);
void ost_sheet_destroy(struct ost_sheet *sheet); /* NULL is fine */
OST_AUTO_DEFINE(ost_sheet);

/* Red, green, blue in 0..1 for what is drawn next. */
void ost_sheet_colour(struct ost_sheet *sheet, double red, double green, double blue);

/* `y` is the base line. */
void ost_sheet_text(struct ost_sheet *sheet, double x, double y, double size, const char *text);
double ost_sheet_text_width(struct ost_sheet *sheet, double size, const char *text);

void ost_sheet_line(struct ost_sheet *sheet, const double from[2], const double to[2]);
void ost_sheet_fill(struct ost_sheet *sheet, const double corner[2], const double size[2]);

/* Back to the colour of text. */
void ost_sheet_ink(struct ost_sheet *sheet);

/* A line across the page, and at its foot that it is planning support alone. */
static const double ost_sheet_left = 36.0, ost_sheet_right = 559.0;
void ost_sheet_rule(struct ost_sheet *sheet, double y);
void ost_sheet_foot(struct ost_sheet *sheet);

/* Fits the picture into the box, centred, keeping its shape. */
void ost_sheet_picture(struct ost_sheet *sheet, const struct ost_picture *picture,
                       const double corner[2], const double size[2]);

/* The PDF appended to `out`; fails where anything drawn before failed. */
OST_MUST_CHECK
bool ost_sheet_done(struct ost_sheet *sheet, struct ost_buf *out, struct ost_err *err);

OST_C_END

#endif
