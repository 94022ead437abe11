/*
 * The little XML that an S3 store answers with: elements, text, the five entities and
 * numbered characters. No document type, no nesting beyond eight, no long text; attributes
 * are passed over.
 */
#ifndef OST_STORE_XML_IMPL_H
#define OST_STORE_XML_IMPL_H

#include "recon/base/err.h"

#include <stddef.h>

enum { OST_XML_DEPTH = 8, OST_XML_NAME = 64, OST_XML_TEXT = 2048 };

/* At the end of each element: its parent's name ("" of the root), its own, and its text. */
typedef bool ost_xml_visit(void *user, const char *in, const char *name, const char *text,
                           struct ost_err *err);

/* OST_CORRUPT where the bytes are no such document. */
OST_MUST_CHECK
bool ost_xml_read(const void *bytes, size_t len, ost_xml_visit *visit, void *user,
                  struct ost_err *err);

#endif
