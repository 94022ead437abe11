#include "recon/segment/calibrate.h"

#include "recon/xray/spectrum.h"

#include <math.h>
#include <string.h>

enum { BINS = 1024, BIN_HU = 2, LOW_HU = -1200 };
static const double assumed_kev = 70.0, assumed_sd = 10.0;
static const double fat_sd = 12.0; /* HU between people: its water differs */
static const double apatite = 3.16, fat_density = 0.95, muscle_density = 1.05;

const char *ost_calibration_how_name(enum ost_calibration_how how)
{
    static const char *const name[] = {"internal", "assumed", "phantom", "table"};
    return name[how];
}

/* HU of a tissue of this density at an energy. */
static double hu_of(enum ost_material material, double density, double kev)
{
    const double water = ost_mass_attenuation(OST_WATER, kev);
    return 1000.0 * (density * ost_mass_attenuation(material, kev) / water - 1.0);
}

static void fill(const struct ost_grid *ct, size_t bin[BINS])
{
    const size_t count = (size_t)ct->size[0] * ct->size[1] * ct->size[2];
    memset(bin, 0, BINS * sizeof *bin);
    for (size_t n = 0; n < count; n++) {
        const double b = ((double)ct->value[n] - LOW_HU) / BIN_HU;
        if (b >= 0.0 && b < BINS)
            bin[(int)b]++;
    }
}

/* The middle of the fullest +-12 HU between two bounds; NAN where it is at a bound. */
static double peak(const size_t bin[BINS], double low, double high)
{
    const int reach = 12 / BIN_HU, from = (int)((low - LOW_HU) / BIN_HU);
    const int to = (int)((high - LOW_HU) / BIN_HU);
    size_t most = 0;
    int at = -1;
    for (int b = from; b <= to; b++) {
        size_t sum = 0;
        for (int i = -reach; i <= reach; i++)
            sum += bin[b + i];
        at = sum > most ? b : at;
        most = sum > most ? sum : most;
    }
    return at <= from || at >= to || most < 500 ? NAN : LOW_HU + BIN_HU * (at + 0.5);
}

/* Gain and offset of the three tissues at an energy; the misfit in HU squared. */
static double fit(const double measured[3], double kev, double *gain)
{
    const double want[3] = {-1000.0, hu_of(OST_ADIPOSE, fat_density, kev),
                            hu_of(OST_MUSCLE, muscle_density, kev)};
    double mx = 0.0, my = 0.0, xx = 0.0, xy = 0.0, yy = 0.0;
    for (int i = 0; i < 3; i++) {
        mx += want[i] / 3.0;
        my += measured[i] / 3.0;
    }
    for (int i = 0; i < 3; i++) {
        xx += (want[i] - mx) * (want[i] - mx);
        xy += (want[i] - mx) * (measured[i] - my);
        yy += (measured[i] - my) * (measured[i] - my);
    }
    *gain = xy / xx;
    return yy - xy * xy / xx;
}

static double best_energy(const double measured[3], double *gain)
{
    double least = INFINITY, best = assumed_kev, here = 1.0;
    for (double kev = 42.0; kev <= 98.0; kev += 0.5) {
        const double misfit = fit(measured, kev, &here);
        if (misfit < least) {
            least = misfit;
            best = kev;
            *gain = here;
        }
    }
    return best;
}

static double slope_at(double kev, double gain)
{
    const double water = ost_mass_attenuation(OST_WATER, kev);
    const double marrow = 0.5 * (fat_density * ost_mass_attenuation(OST_ADIPOSE, kev) +
                                 muscle_density * ost_mass_attenuation(OST_MUSCLE, kev));
    return gain * (ost_mass_attenuation(OST_HYDROXYAPATITE, kev) - marrow / apatite) / water;
}

static void assume(struct ost_calibration *out, const char *reason)
{
    out->how = OST_CALIBRATION_ASSUMED;
    out->reason = reason;
    out->energy = assumed_kev;
    out->energy_sd = assumed_sd;
    out->slope = slope_at(assumed_kev, 1.0);
    out->slope_share =
        0.5 *
        fabs(slope_at(assumed_kev - assumed_sd, 1.0) - slope_at(assumed_kev + assumed_sd, 1.0)) /
        out->slope;
    out->base = 0.0;
    out->base_sd = 40.0;
}

void ost_calibrate(const struct ost_grid *ct, struct ost_calibration *out)
{
    size_t bin[BINS];
    fill(ct, bin);
    *out = (struct ost_calibration){.air = peak(bin, -1100.0, -900.0),
                                    .fat = peak(bin, -160.0, -35.0),
                                    .muscle = peak(bin, 15.0, 100.0)};
    double measured[3] = {out->air, out->fat, out->muscle}, gain = 1.0, other = 1.0;
    if (isnan(out->air) || isnan(out->fat) || isnan(out->muscle)) {
        assume(out, isnan(out->air) ? "no air shows in the grey: HU were taken as they are"
                    : isnan(out->fat)
                        ? "fat has no peak of its own in the grey: HU were taken as they are"
                        : "muscle has no peak of its own in the grey: HU were taken as they are");
        return;
    }
    out->energy = best_energy(measured, &gain);
    measured[1] = out->fat - fat_sd;
    const double low = best_energy(measured, &other);
    measured[1] = out->fat + fat_sd;
    const double high = best_energy(measured, &other);
    if (out->energy < 45.0 || out->energy > 95.0 || fabs(gain - 1.0) > 0.1) {
        assume(out, "the grey of fat and muscle fits no beam of a CT: HU were taken as they are");
        return;
    }
    out->how = OST_CALIBRATION_MEASURED;
    out->energy_sd = fmax(2.0, 0.5 * (high - low));
    out->slope = slope_at(out->energy, gain);
    out->slope_share = 0.5 * fabs(slope_at(low, gain) - slope_at(high, gain)) / out->slope;
    out->base = 0.5 * (out->fat + out->muscle);
    out->base_sd = 0.25 * (out->muscle - out->fat);
}

double ost_calibration_mineral(const struct ost_calibration *calibration, double hu)
{
    return fmax(0.0, (hu - calibration->base) / calibration->slope);
}
