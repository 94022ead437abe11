#include "recon/shape/predictor_vote.h"

#include <math.h>
#include <string.h>

enum { K = OST_PREDICTOR_POINTS };

/* How far off its own middle a cell says for an output of 1. */
static const float said_step = 0.25F;

/* A cell's middle, as the network says places. */
static void middle(uint32_t cell, float out[2])
{
    const struct ost_patch_shape shape = ost_predictor_read_shape();
    const uint32_t at[2] = {cell % OST_VOTE_COLUMNS, cell / OST_VOTE_COLUMNS};
    for (int k = 0; k < 2; k++)
        out[k] = (float)((((double)at[k] + 0.5) * OST_VOTE_STEP - 0.5 - shape.anchor[k]) /
                         ost_predictor_read_unit);
}

/* Softmax over the cells, of each point. */
static void believe(const float *raw, float *share)
{
    float most[K], sum[K] = {0.0F};
    memcpy(most, raw, sizeof most);
    for (uint32_t c = 1; c < OST_VOTE_CELLS; c++)
        for (int i = 0; i < K; i++)
            most[i] = fmaxf(most[i], raw[(size_t)c * OST_VOTE_CHANNELS + (size_t)i]);
    for (uint32_t c = 0; c < OST_VOTE_CELLS; c++)
        for (int i = 0; i < K; i++) {
            float e = expf(raw[(size_t)c * OST_VOTE_CHANNELS + (size_t)i] - most[i]);
            share[(size_t)c * K + (size_t)i] = e;
            sum[i] += e;
        }
    for (uint32_t c = 0; c < OST_VOTE_CELLS; c++)
        for (int i = 0; i < K; i++)
            share[(size_t)c * K + (size_t)i] /= sum[i];
}

void ost_vote_count(const float *raw, float *said, float *share)
{
    believe(raw, share);
    memset(said, 0, 2 * K * sizeof *said);
    for (uint32_t c = 0; c < OST_VOTE_CELLS; c++) {
        const float *cell = raw + (size_t)c * OST_VOTE_CHANNELS, *s = share + (size_t)c * K;
        float at[2];
        middle(c, at);
        for (int k = 0; k < 2; k++)
            for (int i = 0; i < K; i++)
                said[k * K + i] += s[i] * (at[k] + said_step * cell[(1 + k) * K + i]);
    }
    memcpy(said + 2 * K, raw + (size_t)OST_VOTE_CELLS * OST_VOTE_CHANNELS,
           OST_VOTE_REST * sizeof *said);
}

void ost_vote_pull(const float *raw, const float *said, const float *share, const float *slope_said,
                   float *slope_raw)
{
    for (uint32_t c = 0; c < OST_VOTE_CELLS; c++) {
        const float *cell = raw + (size_t)c * OST_VOTE_CHANNELS, *s = share + (size_t)c * K;
        float *to = slope_raw + (size_t)c * OST_VOTE_CHANNELS;
        float at[2];
        middle(c, at);
        for (int i = 0; i < K; i++) {
            float weight = 0.0F;
            for (int k = 0; k < 2; k++) {
                float slope = slope_said[k * K + i];
                to[(1 + k) * K + i] = s[i] * said_step * slope;
                weight += slope * (at[k] + said_step * cell[(1 + k) * K + i] - said[k * K + i]);
            }
            to[i] = s[i] * weight;
        }
    }
    memcpy(slope_raw + (size_t)OST_VOTE_CELLS * OST_VOTE_CHANNELS, slope_said + 2 * K,
           OST_VOTE_REST * sizeof *slope_raw);
}
