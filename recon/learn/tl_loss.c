#include "recon/learn/tl_impl.h"

#include <math.h>

static double chance(float odds)
{
    return 1.0 / (1.0 + exp(-(double)odds));
}

double tl_cross_entropy(const float *odds, const float *label, size_t samples, size_t count,
                        double weight, float *gradient)
{
    double sum = 0.0, share = 1.0 / (double)(samples * count);
    for (size_t i = 0; i < samples * count; i++) {
        double x = (double)odds[i], y = (double)label[i];
        sum += fmax(x, 0.0) - x * y + log1p(exp(-fabs(x)));
        gradient[i] = (float)(weight * share * (chance(odds[i]) - y));
    }
    return sum * share;
}

/* One minus twice the overlap over the sum of both (Milletari et al. 2016, without squares). */
double tl_dice(const float *odds, const float *label, size_t samples, size_t count, double weight,
               float *gradient)
{
    double loss = 0.0;
    for (size_t s = 0; s < samples; s++) {
        const float *x = odds + s * count, *y = label + s * count;
        double both = 0.0, all = 1e-6;
        for (size_t i = 0; i < count; i++) {
            double p = chance(x[i]);
            both += p * (double)y[i];
            all += p + (double)y[i];
        }
        loss += (1.0 - 2.0 * both / all) / (double)samples;
        double scale = weight / (double)samples;
        for (size_t i = 0; i < count; i++) {
            double p = chance(x[i]);
            double slope = -2.0 * ((double)y[i] * all - both) / (all * all);
            gradient[s * count + i] = (float)(scale * slope * p * (1.0 - p));
        }
    }
    return loss;
}
