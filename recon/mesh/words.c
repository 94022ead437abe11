#include "recon/mesh/words_impl.h"

#include <stddef.h>
#include <stdlib.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool ost_words_next_here(struct ost_words *words, char out[OST_WORD])
{
    while (words->at < words->end && is_blank(*words->at))
        words->at++;
    size_t n = 0;
    while (words->at < words->end && !is_blank(*words->at) && *words->at != '\n') {
        if (n + 1 >= OST_WORD)
            return false;
        out[n++] = *words->at++;
    }
    out[n] = '\0';
    return n > 0;
}

bool ost_words_next(struct ost_words *words, char out[OST_WORD])
{
    while (words->at < words->end && (is_blank(*words->at) || *words->at == '\n'))
        words->at++;
    return ost_words_next_here(words, out);
}

bool ost_words_number(struct ost_words *words, float *out)
{
    char word[OST_WORD], *end = NULL;
    if (!ost_words_next(words, word))
        return false;
    *out = strtof(word, &end);
    return end != word && *end == '\0';
}

void ost_words_skip_line(struct ost_words *words)
{
    while (words->at < words->end && *words->at != '\n')
        words->at++;
    if (words->at < words->end)
        words->at++;
}
