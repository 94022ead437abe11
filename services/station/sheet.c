#include "services/station/sheet.h"

#include <hpdf.h>
#include <stdlib.h>

struct ost_sheet {
    HPDF_Doc doc;         /* owned */
    HPDF_Page page;       /* of doc */
    HPDF_Font font;       /* of doc */
    unsigned long failed; /* libharu's first error, 0 for none */
};

static void on_error(HPDF_STATUS error, HPDF_STATUS detail, void *user)
{
    (void)detail;
    struct ost_sheet *sheet = user;
    if (sheet->failed == 0)
        sheet->failed = error;
}

static bool load_font(struct ost_sheet *sheet, struct ost_err *err)
{
    const char *name = HPDF_LoadTTFontFromFile(sheet->doc, OST_REPORT_FONT, HPDF_TRUE);
    if (name == NULL)
        return ost_fail(err, OST_UNAVAILABLE,
                        "the report's Japanese font is missing: install fonts-ipafont-gothic");
    if (HPDF_UseUTFEncodings(sheet->doc) == HPDF_OK)
        sheet->font = HPDF_GetFont(sheet->doc, name, "UTF-8");
    if (sheet->font == NULL)
        return ost_fail(err, OST_UNAVAILABLE, "the report's font cannot be used");
    return true;
}

bool ost_sheet_create(struct ost_sheet **out, struct ost_err *err)
{
    *out = NULL;
    OST_AUTO(ost_sheet) sheet = calloc(1, sizeof *sheet);
    if (sheet == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a page");
    sheet->doc = HPDF_New(on_error, sheet);
    if (sheet->doc == NULL)
        return ost_fail(err, OST_NOMEM, "no room for a page");
    (void)HPDF_SetCompressionMode(sheet->doc, HPDF_COMP_ALL);
    if (!load_font(sheet, err))
        return false;
    sheet->page = HPDF_AddPage(sheet->doc);
    (void)HPDF_Page_SetSize(sheet->page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
    (void)HPDF_Page_SetLineWidth(sheet->page, 0.6F);
    *out = ost_steal(&sheet);
    return true;
}

void ost_sheet_destroy(struct ost_sheet *sheet)
{
    if (sheet == NULL)
        return;
    if (sheet->doc != NULL)
        HPDF_Free(sheet->doc);
    free(sheet);
}

void ost_sheet_colour(struct ost_sheet *sheet, double red, double green, double blue)
{
    (void)HPDF_Page_SetRGBFill(sheet->page, (float)red, (float)green, (float)blue);
    (void)HPDF_Page_SetRGBStroke(sheet->page, (float)red, (float)green, (float)blue);
}

static float up(const struct ost_sheet *sheet, double y)
{
    return HPDF_Page_GetHeight(sheet->page) - (float)y;
}

void ost_sheet_text(struct ost_sheet *sheet, double x, double y, double size, const char *text)
{
    (void)HPDF_Page_BeginText(sheet->page);
    (void)HPDF_Page_SetFontAndSize(sheet->page, sheet->font, (float)size);
    (void)HPDF_Page_TextOut(sheet->page, (float)x, up(sheet, y), text);
    (void)HPDF_Page_EndText(sheet->page);
}

double ost_sheet_text_width(struct ost_sheet *sheet, double size, const char *text)
{
    (void)HPDF_Page_SetFontAndSize(sheet->page, sheet->font, (float)size);
    return (double)HPDF_Page_TextWidth(sheet->page, text);
}

void ost_sheet_line(struct ost_sheet *sheet, const double from[2], const double to[2])
{
    (void)HPDF_Page_MoveTo(sheet->page, (float)from[0], up(sheet, from[1]));
    (void)HPDF_Page_LineTo(sheet->page, (float)to[0], up(sheet, to[1]));
    (void)HPDF_Page_Stroke(sheet->page);
}

void ost_sheet_fill(struct ost_sheet *sheet, const double corner[2], const double size[2])
{
    (void)HPDF_Page_Rectangle(sheet->page, (float)corner[0], up(sheet, corner[1] + size[1]),
                              (float)size[0], (float)size[1]);
    (void)HPDF_Page_Fill(sheet->page);
}

void ost_sheet_ink(struct ost_sheet *sheet)
{
    ost_sheet_colour(sheet, 0.08, 0.13, 0.17);
}

void ost_sheet_rule(struct ost_sheet *sheet, double y)
{
    ost_sheet_colour(sheet, 0.78, 0.82, 0.85);
    ost_sheet_line(sheet, (double[]){ost_sheet_left, y}, (double[]){ost_sheet_right, y});
    ost_sheet_ink(sheet);
}

void ost_sheet_foot(struct ost_sheet *sheet)
{
    ost_sheet_rule(sheet, 800.0);
    ost_sheet_text(sheet, ost_sheet_left, 812.0, 8.5,
                   "本書は計画支援資料です。診断や治療の助言ではなく、判断は医師が行います。");
    ost_sheet_text(sheet, ost_sheet_left, 824.0, 8.5,
                   "Planning support only: neither a diagnosis nor advice. The decision is the "
                   "surgeon's.");
}

void ost_sheet_picture(struct ost_sheet *sheet, const struct ost_picture *picture,
                       const double corner[2], const double size[2])
{
    HPDF_Image image =
        HPDF_LoadRawImageFromMem(sheet->doc, (const HPDF_BYTE *)picture->pixel, picture->width,
                                 picture->height, HPDF_CS_DEVICE_RGB, 8);
    if (image == NULL)
        return; /* on_error has kept why */
    double wide = size[0] / picture->width, high = size[1] / picture->height;
    double scale = wide < high ? wide : high;
    double w = scale * picture->width, h = scale * picture->height;
    (void)HPDF_Page_DrawImage(sheet->page, image, (float)(corner[0] + 0.5 * (size[0] - w)),
                              up(sheet, corner[1] + 0.5 * (size[1] + h)), (float)w, (float)h);
}

bool ost_sheet_done(struct ost_sheet *sheet, struct ost_buf *out, struct ost_err *err)
{
    if (sheet->failed == 0)
        (void)HPDF_SaveToStream(sheet->doc);
    if (sheet->failed != 0)
        return ost_fail(err, OST_BUG, "the page could not be drawn: %04lx", sheet->failed);
    unsigned char part[65536];
    HPDF_UINT32 size = sizeof part;
    (void)HPDF_ResetStream(sheet->doc);
    while (HPDF_ReadFromStream(sheet->doc, part, &size) != HPDF_STREAM_EOF || size > 0) {
        ost_buf_put(out, part, size);
        if (size < sizeof part)
            break;
        size = sizeof part;
    }
    return ost_buf_done(out, err);
}
