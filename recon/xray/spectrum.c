#include "recon/xray/spectrum.h"

#include "recon/base/array.h"

#include <math.h>

static const double table_kev[] = {20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0};

/* cm2/g at the energies above. */
static const double table[OST_MATERIALS][OST_COUNT(table_kev)] = {
    [OST_WATER] = {0.8096, 0.3756, 0.2683, 0.2269, 0.2059, 0.1837, 0.1707},
    [OST_MUSCLE] = {0.8205, 0.3783, 0.2685, 0.2262, 0.2048, 0.1823, 0.1693},
    [OST_ADIPOSE] = {0.5677, 0.3063, 0.2396, 0.2123, 0.1974, 0.1800, 0.1688},
    [OST_CORTICAL_BONE] = {4.001, 1.331, 0.6655, 0.4242, 0.3148, 0.2229, 0.1855},
    /* 20 keV by its elements: Ca 0.3989, O 0.4140, P 0.1850, H 0.0020 by
       weight. */
    [OST_HYDROXYAPATITE] = {6.559, 2.099, 0.9877, 0.5867, 0.4067, 0.2589, 0.2019},
    [OST_TITANIUM] = {15.85, 4.972, 2.214, 1.213, 0.7661, 0.4052, 0.2721},
    /* 79.07 % calcium sulfate, 20.93 % water by weight. */
    [OST_GYPSUM] = {4.780, 1.562, 0.7621, 0.4730, 0.3426, 0.2341, 0.1909},
    [OST_ALUMINIUM] = {3.441, 1.128, 0.5685, 0.3681, 0.2778, 0.2018, 0.1704},
};

double ost_mass_attenuation(enum ost_material material, double kev)
{
    size_t k = 0;
    while (k + 2 < OST_COUNT(table_kev) && kev > table_kev[k + 1]) {
        k++;
    }
    const double *mu = table[material];
    double part = log(kev / table_kev[k]) / log(table_kev[k + 1] / table_kev[k]);
    return mu[k] * pow(mu[k + 1] / mu[k], part);
}

/* Signal per keV of the filtered beam, arbitrary scale. */
static double signal(double kev, double kvp, double aluminium_mm)
{
    const double aluminium = 2.699; /* g/cm3 */
    double filter = ost_mass_attenuation(OST_ALUMINIUM, kev) * aluminium * aluminium_mm / 10.0;
    return (kvp / kev - 1.0) * kev * exp(-filter);
}

bool ost_spectrum_tube(double kvp, double aluminium_mm, int bins, struct ost_spectrum *out,
                       struct ost_err *err)
{
    if (!(kvp >= 40.0 && kvp <= 69.0) || !(aluminium_mm >= 0.5 && aluminium_mm <= 20.0)) {
        return ost_fail(err, OST_INVALID, "tube voltage 40 to 69 kV, filter 0.5 to 20 mm Al");
    }
    if (bins < 1 || bins > OST_SPECTRUM_MOST) {
        return ost_fail(err, OST_INVALID, "%d energy bins, 1 to %d", bins, OST_SPECTRUM_MOST);
    }
    const double lowest = 16.0;
    const int steps = 100;
    double width = (kvp - lowest) / bins, total = 0.0;
    *out = (struct ost_spectrum){.count = bins};
    for (int b = 0; b < bins; b++) {
        for (int n = 0; n < steps; n++) {
            double kev = lowest + width * (b + (n + 0.5) / steps);
            double s = signal(kev, kvp, aluminium_mm);
            out->weight[b] += s;
            out->kev[b] += s * kev;
        }
        out->kev[b] /= out->weight[b];
        total += out->weight[b];
    }
    for (int b = 0; b < bins; b++) {
        out->weight[b] /= total;
    }
    return true;
}

struct ost_spectrum ost_spectrum_mono(double kev)
{
    return (struct ost_spectrum){.count = 1, .kev = {kev}, .weight = {1.0}};
}

static double depth_at(double kev, const double area[OST_MATERIALS])
{
    double depth = 0.0;
    for (int m = 0; m < OST_MATERIALS; m++) {
        if (area[m] != 0.0)
            depth += area[m] * ost_mass_attenuation((enum ost_material)m, kev);
    }
    return depth;
}

double ost_spectrum_passes(const struct ost_spectrum *spectrum, const double area[OST_MATERIALS])
{
    double sum = 0.0;
    for (int b = 0; b < spectrum->count; b++)
        sum += spectrum->weight[b] * exp(-depth_at(spectrum->kev[b], area));
    return sum;
}
