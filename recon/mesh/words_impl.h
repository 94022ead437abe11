/* The words of a text that somebody else wrote, held in memory. */
#ifndef OST_MESH_WORDS_IMPL_H
#define OST_MESH_WORDS_IMPL_H

#include "recon/base/attr.h"

#include <stdbool.h>

OST_C_BEGIN

enum { OST_WORD = 64 }; /* bytes of a word with its NUL; a longer one ends the reading */

struct ost_words {
    const char *at, *end; /* borrowed */
};

/* The next word; false at the end, or where it is too long. */
bool ost_words_next(struct ost_words *words, char out[OST_WORD]);

/* The same on this line alone; false at its end. */
bool ost_words_next_here(struct ost_words *words, char out[OST_WORD]);

/* The next word as a number; false where it is none. */
bool ost_words_number(struct ost_words *words, float *out);

/* To the first byte after this line. */
void ost_words_skip_line(struct ost_words *words);

OST_C_END

#endif
